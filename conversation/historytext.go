package conversation

import (
	"fmt"
	"strings"
	"time"

	"recado/internal/message"
)

// historyWords are the words of a history mail in one language.
type historyWords struct {
	title, contact, subject, opened, finalized, omitted, cut, file, attached, separate string
}

var wordsOfHistory = map[string]historyWords{
	"es": {
		title: "Historial de la conversación", contact: "Contacto", subject: "Asunto", opened: "Abierta", finalized: "Finalizada",
		omitted: "Los mensajes más antiguos (%d) no caben en este correo.", cut: "[el resto de este mensaje no cabe en este correo]",
		file: "Adjunto", attached: "adjunto a este correo", separate: "no va en este correo",
	},
	"pt": {
		title: "Histórico da conversa", contact: "Contato", subject: "Assunto", opened: "Aberta", finalized: "Finalizada",
		omitted: "As mensagens mais antigas (%d) não cabem neste e-mail.", cut: "[o resto desta mensagem não cabe neste e-mail]",
		file: "Anexo", attached: "anexado a este e-mail", separate: "não vai neste e-mail",
	},
	"en": {
		title: "History of the conversation", contact: "Contact", subject: "Subject", opened: "Opened", finalized: "Finalized",
		omitted: "The oldest messages (%d) do not fit into this mail.", cut: "[the rest of this message does not fit into this mail]",
		file: "Attachment", attached: "attached to this mail", separate: "not in this mail",
	},
}

// historyWordsOf are those of the department's language.
func historyWordsOf(dep *Department) historyWords {
	if words, ok := wordsOfHistory[dep.Language]; ok {
		return words
	}
	return wordsOfHistory["en"]
}

// text is the whole of it, as plain text.
func (h *history) text(d *Directory) string {
	var b strings.Builder
	layout := wordsOf(h.department)
	when := func(t time.Time) string { return t.In(d.Location).Format(layout.date + " " + layout.clock + " MST") }
	fmt.Fprintf(&b, "%s\n", numberLine(h.department, h.p, d.Location))
	line := func(name, value string) {
		if value = oneLine(value); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	line(h.words.contact, mailbox(h.p.Contact))
	line(h.words.subject, h.p.Subject)
	line(h.words.opened, when(h.p.OpenedAt))
	if !h.p.FinalizedAt.IsZero() {
		line(h.words.finalized, when(h.p.FinalizedAt))
	}
	if h.omitted > 0 {
		fmt.Fprintf(&b, "\n"+h.words.omitted+"\n", h.omitted)
	}
	for i := range h.told {
		e := &h.told[i]
		fmt.Fprintf(&b, "\n%s\n%s, %s\n", strings.Repeat("_", 60), when(e.ReceivedAt), oneLine(mailbox(e.From)))
		line(h.words.subject, e.Subject)
		for _, a := range e.Attachments {
			h.file(&b, e, a)
		}
		fmt.Fprintf(&b, "\n%s\n", h.body(e))
	}
	return b.String()
}

// body is what a message says: of one that answers nothing what it quotes too, which stands nowhere else.
func (h *history) body(e *Entry) string {
	text := strings.TrimRight(e.Text, "\r\n ")
	if e.InReplyTo == "" && e.Kind == KindIn && e.Quoted != "" {
		text += "\n" + strings.TrimRight(e.Quoted, "\r\n ")
	}
	if len(text) > maxHistoryText {
		text = strings.ToValidUTF8(text[:maxHistoryText], "") + "\n" + h.words.cut
	}
	return text
}

func (h *history) file(b *strings.Builder, e *Entry, a message.Attachment) {
	where := h.words.separate
	if h.sent[fileKey(e, a)] {
		where = h.words.attached
	}
	fmt.Fprintf(b, "%s: %s (%d KB, %s)\n", h.words.file, oneLine(a.Name), (a.Size+1023)/1024, where)
}

// mailbox is a name with the address.
func mailbox(c ContactRef) string {
	if c.Name == "" {
		return c.Address
	}
	return c.Name + " <" + c.Address + ">"
}
