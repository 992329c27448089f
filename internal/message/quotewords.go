package message

import "strings"

// The words that mail programs put around quotes, in lower case.

// wroteWords end the sentence that introduces a quote, before the colon.
var wroteWords = []string{
	"wrote", "writes", "said", "escribió", "escribio", "escribió lo siguiente", "escribió lo siguente", "ha escrito", "escreveu", "a escrito", "escribiu", "va escriure", "ha escrit",
	"a écrit", "a ecrit", "schrieb", "geschrieben", "schrieb folgendes", "ha scritto", "scrisse", "schreef", "schreef het volgende", "het volgende geschreven", "geschreven",
	"skrev", "skrev følgende", "följande", "kirjoitti", "napisał", "napisała", "napisał(a)", "napisal", "napisał/a", "napsal", "napsal(a)", "napsala", "napísal", "napísal(a)",
	"a scris", "написал", "написала", "написал(а)", "пишет", "пише", "написав", "írta", "ezt írta", "yazdı", "şunu yazdı", "έγραψε", "написа",
	"写道", "寫道", "写道", "のメール", "のメッセージ", "님이 작성", "작성", "đã viết", "menulis", "כתב/ה", "כתב", "كتب", "je napisao/la", "rašė", "kirjutas",
}

// wroteInside stand before the name in languages that put it last.
var wroteInside = []string{" schrieb ", " skrev ", " schreef ", " napisał(a) ", " kirjoitti ", " escribió ", " escreveu ", " a écrit "}

// wordSet finds which of its words, in lower case, a text begins with. The words
// are kept by their first octet, so that most texts cost one look.
type wordSet [256][]string

func newWordSet(words ...string) *wordSet {
	var set wordSet
	for _, w := range words {
		set[w[0]] = append(set[w[0]], w)
		if upper := strings.ToUpper(w); upper[0] != w[0] {
			set[upper[0]] = append(set[upper[0]], w)
		}
	}
	return &set
}

func (s *wordSet) prefixes(text string) bool {
	if text == "" {
		return false
	}
	for _, w := range s[text[0]] {
		if len(text) >= len(w) && strings.EqualFold(text[:len(w)], w) {
			return true
		}
	}
	return false
}

// openers begin that sentence.
var openers = newWordSet(
	"on ", "at ", "el ", "em ", "no dia ", "a ", "en ", "le ", "am ", "um ", "il ", "in data ", "op ", "den ", "d. ", "på ", "pe ", "la ", "w dniu ", "dnia ", "dne ", "dňa ",
	"в ", "ke ", "ma ", "ti ", "to ", "pe ", "la ", "su ", "lun", "mar", "mer", "mié", "mie", "jue", "vie", "sáb", "sab", "dom", "seg", "ter", "qua", "qui", "sex",
	"mon", "tue", "wed", "thu", "fri", "sat", "sun", "gio", "ven", "jeu", "sam", "dim", "man", "tir", "ons", "tor", "fre", "lør", "søn", "lör", "sön", "mån", "tis",
	"пн", "вт", "ср", "чт", "пт", "сб", "вс", "vào ", "pada ", "στις ", "ב-", "في ", "op",
)

// originalWords stand between dashes above an unmarked quote.
var originalWords = []string{
	"original message", "original email", "original mail", "original text", "reply message", "reply above this line", "mensaje original", "mensaje original del remitente", "correo original",
	"mensagem original", "mensagem de origem", "message d'origine", "message original", "message initial", "message d’origine", "ursprüngliche nachricht", "originalnachricht", "originalmeddelande", "oprindelig besked", "oprindelig e-mail", "opprinnelig e-post", "original besked",
	"urspr. nachricht", "messaggio originale", "oorspronkelijk bericht", "oorspronkelijke bericht", "origineel bericht", "oprindelig meddelelse", "opprinnelig melding", "ursprungligt meddelande",
	"alkuperäinen viesti", "oryginalna wiadomość", "wiadomość oryginalna", "původní zpráva", "pôvodná správa", "eredeti üzenet", "mesaj original", "mesajul original", "исходное сообщение",
	"оригинальное сообщение", "пересланное сообщение от", "orijinal mesaj", "αρχικό μήνυμα", "原始邮件", "原始郵件", "原郵件", "邮件原件", "元のメッセージ", "원본 메시지", "missatge original", "mensaxe orixinal",
}

// forwardWords stand above a mail that is passed on.
var forwardWords = []string{
	"forwarded message", "begin forwarded message", "forwarded by", "mensaje reenviado", "inicio del mensaje reenviado", "mensagem encaminhada", "mensagem reencaminhada", "início da mensagem encaminhada",
	"início da mensagem reencaminhada", "message transféré", "début du message transféré", "message transmis", "weitergeleitete nachricht", "anfang der weitergeleiteten nachricht", "messaggio inoltrato",
	"inizio messaggio inoltrato", "doorgestuurd bericht", "begin doorgestuurd bericht", "videresendt meddelelse", "videresendt melding", "vidarebefordrat meddelande", "välitetty viesti",
	"wiadomość przekazana dalej", "přeposlaná zpráva", "továbbított üzenet", "пересылаемое сообщение", "пересланное сообщение", "转发的邮件", "轉寄郵件", "missatge reenviat",
}

// headerWords are the header names above an unmarked quote.
var headerWords = func() map[string]headerWord {
	m := map[string]headerWord{}
	for _, w := range []string{"from", "de", "von", "da", "van", "od", "от", "från", "fra", "lähettäjä", "feladó", "kimden", "gönderen", "από", "发件人", "寄件者", "差出人", "보낸 사람", "remitente", "expéditeur", "mittente", "remetente", "afzender"} {
		m[w] = fromHeader
	}
	for _, w := range []string{
		"sent", "date", "to", "cc", "subject", "reply-to", "sent at",
		"enviado", "enviado el", "enviado em", "enviada em", "enviada", "fecha", "data", "para", "asunto", "assunto", "cc.", "data de envio", "destinatario", "destinatário", "cópia", "copia",
		"sujet", "copie à", "message du", "envoyé", "envoyé le", "à", "objet", "gesendet", "gesendet am", "datum", "an", "betreff", "kopie",
		"inviato", "inviato il", "a", "oggetto", "verzonden", "aan", "onderwerp", "verzonden op", "skickat", "till", "ämne", "sendt", "til", "emne", "lähetetty", "vastaanottaja", "aihe", "päivämäärä",
		"wysłano", "do", "temat", "odesláno", "komu", "předmět", "odoslané", "predmet", "отправлено", "дата", "кому", "тема", "elküldve", "címzett", "tárgy", "gönderildi", "kime", "konu",
		"στάλθηκε", "προς", "θέμα", "发送时间", "收件人", "主题", "寄件日期", "收件者", "主旨", "送信日時", "宛先", "件名", "보낸 날짜", "받는 사람", "제목", "enviat", "enviat el", "per a", "assumpte",
	} {
		m[w] = otherHeader
	}
	return m
}()
