package message

import "strings"

// disclaimerLines bounds a legal notice, in lines of all its paragraphs.
const disclaimerLines = 60

// disclaimerLength is what a paragraph needs at least to be one, in octets: nobody writes so much about
// confidentiality as a last word but a lawyer.
const disclaimerLength = 100

// disclaimerStart returns the index of the line where the legal notice that closes lines begins, len(lines)
// when there is none. Mail systems of companies put it below everything else, so that the signature stands
// above it. Each of its paragraphs begins like one and has a word that only a notice needs.
func disclaimerStart(lines []string) int {
	cut := len(lines)
	for end := len(lines); len(lines)-end < disclaimerLines; {
		for end > 0 && strings.TrimSpace(lines[end-1]) == "" {
			end--
		}
		start := end
		for start > 0 && strings.TrimSpace(lines[start-1]) != "" {
			start--
		}
		if start == end || !isDisclaimer(lines[start:end]) {
			break
		}
		cut, end = start, start
	}
	if blank(lines[:cut]) {
		return len(lines)
	}
	return cut
}

func isDisclaimer(paragraph []string) bool {
	if !disclaimerBegins.prefixes(strings.ToLower(strings.Trim(paragraph[0], " \t*_-=\u00a0"))) {
		return false
	}
	all := strings.ToLower(strings.Join(paragraph, " "))
	if len(all) < disclaimerLength {
		return strings.Contains(all, "imprimir") || strings.Contains(all, "printing")
	}
	for _, w := range disclaimerWords {
		if strings.Contains(all, w) {
			return true
		}
	}
	return false
}

var disclaimerBegins = newWordSet(
	"aviso legal", "aviso de confidencial", "aviso de privacidad", "nota de confidencialid", "cláusula de confidencialid", "confidencialidad", "confidencialidade", "advertencia legal",
	"este mensaje", "este correo", "este e-mail", "este email", "la información contenida", "la información incluida", "el contenido de este", "antes de imprimir", "piense en el medio ambiente",
	"esta mensagem", "este correio", "as informações contidas", "a informação contida", "o conteúdo desta", "o conteúdo deste", "pense no meio ambiente",
	"confidentiality", "disclaimer", "legal notice", "this message", "this e-mail", "this email", "this communication", "the information contained", "the information in this", "the contents of this", "please consider the environment",
	"ce message", "ce courriel", "diese e-mail", "diese nachricht", "questo messaggio", "le informazioni contenute", "aquest missatge",
)

var disclaimerWords = []string{
	"confiden", "destinatari", "destinatár", "privileg", "intended recipient", "addressee", "imprimir", "printing",
	"protección de datos", "proteção de dados", "destinataire", "vertraulich", "riservat",
}
