package message

import (
	"strings"
	"unicode/utf8"
)

// Bounds of a signature without a mark of its own, in lines with text.
const (
	signatureLines = 20 // below a delimiter
	signOffLines   = 8  // below "Saludos,"
)

// pgpSignature begins the signature of a text that is signed in place (RFC 9580 section 6.2).
const pgpSignature = "-----BEGIN PGP SIGNATURE-----"

// signatureStart returns the index of the line where the closing signature of
// lines begins, or the legal notice below it; len(lines) when there is neither. What precedes it is never blank.
func signatureStart(lines []string) int {
	end := disclaimerStart(lines)
	disclaimed := end < len(lines)
	for end > 0 && strings.TrimSpace(lines[end-1]) == "" {
		end--
	}
	cut := end
	texts := 0
	for i := end - 1; i > 0 && texts <= signatureLines; i-- {
		l := strings.TrimSpace(lines[i])
		if l == "" {
			continue
		}
		switch {
		case isQuoted(l):
			i = 0 // a signature stands below what it signs
			continue
		case isDelimiter(lines[i]) && texts > 0, isSignOff(l, texts, lines[i+1:end]), isListFooter(l, texts), l == pgpSignature:
			cut = i
		}
		texts++
	}
	if i := deviceLine(lines[:cut]); i >= 0 {
		cut = i
	}
	if blank(lines[:cut]) {
		return len(lines)
	}
	if cut == end && !disclaimed {
		return len(lines)
	}
	return cut
}

// deviceLine finds "Enviado desde mi iPhone" and its like; what stands below it
// without a mark is an earlier mail.
func deviceLine(lines []string) int {
	for i, l := range lines {
		if i > 0 && isDeviceLine(strings.TrimSpace(l)) && l[0] != ' ' && l[0] != '\t' && !blank(lines[:i]) {
			return i
		}
	}
	return -1
}

// isDelimiter recognises "-- " (RFC 3676 section 4.3) and what stands in for it.
func isDelimiter(line string) bool {
	switch strings.TrimRight(line, " \t\r\u00a0") {
	case "--", "__", "—", "–", "–-", "-–", "___", "--=20":
		return true
	}
	l := strings.TrimSpace(line)
	if n := utf8.RuneCountInString(l); n >= 3 && n <= 80 {
		return strings.Trim(l, "—") == "" || n >= 5 && strings.Trim(l, "_") == ""
	}
	return false
}

func isListFooter(line string, texts int) bool {
	return texts > 0 && len(line) >= 20 && strings.Trim(line, "_") == ""
}

// isDeviceLine recognises the line that telephones and mail programs add.
func isDeviceLine(line string) bool {
	line = strings.TrimLeft(line, "*_ ")
	if len(line) > 120 {
		return false
	}
	if devicePrefixes.prefixes(line) {
		// A sentence that only begins like it goes on and asks or ends.
		return !strings.HasSuffix(strings.TrimSpace(line), "?") && (len(line) < 70 || strings.Contains(line, "<"))
	}
	end := strings.TrimRight(line, ". ")
	for _, s := range deviceSuffixes {
		if strings.HasSuffix(end, s) && len(line) < 70 {
			return true
		}
	}
	return false
}

var devicePrefixes = newWordSet(
	"sent from my ", "sent from mail for ", "sent from outlook", "sent from yahoo", "sent from typeapp", "sent from proton", "sent from samsung", "sent with ", "sent via ", "sent using ", "sent from gmail",
	"sent from a ", "sent from bluemail", "sent from ios", "sent from android", "sent from iphone", "sent from ipad",
	"get outlook for ", "download outlook for ", "obtener outlook para ", "descargar outlook para ", "obter o outlook para ", "obtenha o outlook para ", "télécharger outlook pour ", "outlook für ", "scarica outlook per ",
	"enviado desde mi ", "enviado desde mail", "enviado desde correo", "enviado desde outlook", "enviado desde yahoo", "enviado desde un ", "enviado con ", "enviado mediante ", "enviado de samsung", "enviado desde el ",
	"enviado do meu ", "enviado do yahoo", "enviado do outlook", "enviado do email", "enviado do correio", "enviado pelo ", "enviado via ", "enviado de meu ", "enviado a partir do ", "enviada do meu ", "enviat des del ",
	"envoyé de mon ", "envoyé depuis ", "envoyé à partir de ", "envoyé du ", "von meinem ", "gesendet von ", "gesendet mit ", "inviato da ", "inviato dal ", "verzonden vanaf ", "verstuurd vanaf ", "verzonden met ",
	"skickat från ", "sendt fra ", "lähetetty ", "wysłane z ", "wysłano z ", "odesláno z ", "отправлено с ", "отправлено из ", "从我的", "發自我的", "发自我的", "iphoneから送信", "iphone에서 보냄", "trimis de pe ", "küldve ",
)

var deviceSuffixes = []string{" gesendet", "から送信", "에서 보냄", "'den gönderildi", "'dan gönderildi"}

// isSignOff recognises the closing formula: a short line of its own with only a
// few short lines below it.
func isSignOff(line string, below int, rest []string) bool {
	if below > signOffLines || len(line) > 40 {
		return false
	}
	word := strings.ToLower(strings.TrimRight(line, " ,.!;:-"))
	if !signOffs[word] {
		return false
	}
	for _, l := range rest {
		if l = strings.TrimSpace(l); len(l) > 90 || strings.HasSuffix(l, "?") {
			return false
		}
	}
	return true
}

var signOffs = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{
		"regards", "best regards", "kind regards", "warm regards", "warmest regards", "best", "cheers", "sincerely", "yours sincerely", "yours truly", "best wishes", "with kind regards", "kindest regards", "many thanks and regards",
		"saludos", "un saludo", "saludos cordiales", "cordiales saludos", "atentamente", "muy atentamente", "cordialmente", "un cordial saludo", "un saludo cordial", "saludos atentos", "reciba un cordial saludo", "atte", "un abrazo", "muchas gracias y saludos", "quedo atento", "quedo atenta",
		"atenciosamente", "att", "abraço", "abraços", "um abraço", "cumprimentos", "com os melhores cumprimentos", "melhores cumprimentos", "cordiais saudações", "saudações", "respeitosamente", "grato", "grata",
		"cordialement", "bien cordialement", "bien à vous", "salutations", "mit freundlichen grüßen", "mit freundlichen grüssen", "freundliche grüße", "viele grüße", "beste grüße", "liebe grüße", "mfg",
		"cordiali saluti", "distinti saluti", "saluti", "met vriendelijke groet", "met vriendelijke groeten", "groeten", "med vänliga hälsningar", "med vennlig hilsen", "med venlig hilsen", "mvh", "hälsningar", "hilsen", "ystävällisin terveisin", "pozdrawiam", "z poważaniem", "с уважением", "salutacions",
	} {
		m[w] = true
	}
	return m
}()
