package conversation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"recado/internal/message"
)

// acknowledge queues the acknowledgement of a protocol that just opened, where one is due (rule 14):
// the department wants it, the sender is verified and a person, not blocked, and had not too many within the hour.
func (a *application) acknowledge(p *Protocol, first *Message) error {
	dep := a.f.d.Department(p.Department)
	switch {
	case dep == nil, !dep.Acknowledge,
		a.f.sender.auth.Verdict != Verified,
		a.p.block != nil, // accepted by a person, who answers or does not
		a.f.automatic.SuppressAck, a.f.automatic.Kind != "",
		a.f.in.Envelope.From == "":
		return nil
	}
	if limit := a.f.d.Limits.AckPerHour; limit > 0 {
		counts := acks(p.Key.Sender, limit)
		for _, c := range counts {
			if full, err := c.full(a.tx); full || err != nil {
				return err
			}
		}
		for _, c := range counts {
			if err := noteTime(a.tx, c.name, c.limit); err != nil {
				return err
			}
		}
	}
	from := a.f.d.answering(p, first.Channel)
	if from == nil {
		return nil
	}
	return a.queueAcknowledgement(p, first, dep, from)
}

// queueAcknowledgement adds the acknowledgement to the protocol as an event, and to the queue. Its bytes
// are made when it is sent (composeAcknowledgement), from what is stored here.
func (a *application) queueAcknowledgement(p *Protocol, first *Message, dep *Department, from *Channel) error {
	now := a.tx.Now()
	subject, text := acknowledgementText(dep, p, a.f.d.Location)
	id := NewID(now)
	msg := &Message{
		ID: id, Kind: KindEvent, Event: EventAcknowledged,
		From:    ContactRef{Address: from.Email, Name: dep.Name},
		To:      []message.Address{{Address: p.Contact.Address}}, // without the name, which the sender chose
		Subject: subject, Text: text, Date: now, ReceivedAt: now,
		MessageID: a.m.signer.MessageID(id, from.Domain()), InReplyTo: first.MessageID,
		References: []string{first.MessageID}, Channel: from.Email, Department: p.Department,
		Deliveries: []Delivery{{Recipient: p.Contact.Address, State: DeliveryQueued}},
	}
	if !a.f.d.receives(from.Email) {
		if c := a.f.d.ReceivingChannel(p.Department); c != nil {
			msg.ReplyTo = []message.Address{{Name: dep.Name, Address: c.Email}}
		}
	}
	if err := appendEntry(a.tx, p, msg); err != nil {
		return err
	}
	return a.tx.PutQueueItem(&QueueItem{
		ID: NewID(now), Number: p.Number, Message: id, Kind: QueueAcknowledgement, Department: p.Department,
		Domain: from.Domain(), Recipients: []string{p.Contact.Address}, State: QueueWaiting,
		CreatedAt: now, NextAt: now,
	})
}

// numberWords are what gives a customer the number, in one language.
type numberWords struct{ subject, text, line, date, clock string }

// wordsOf are those of the department's language.
func wordsOf(dep *Department) numberWords {
	if words, ok := acknowledgementWords[dep.Language]; ok {
		return words
	}
	return acknowledgementWords["en"]
}

// acknowledgementWords are the built-in texts. They repeat nothing that the sender wrote: whoever forges
// a sender cannot make us carry words to him.
var acknowledgementWords = map[string]numberWords{
	"es": {
		subject: "Hemos recibido su mensaje [#%s]",
		text: "Hola:\n\nHemos recibido su mensaje. Su número de atención es {number}, del {date} a las {time}.\n" +
			"Le responderemos a la brevedad. Para añadir algo, responda a este correo.\n\n{department}\n",
		line: "Número de atención {number}, del {date} a las {time}",
		date: "02/01/2006", clock: "15:04",
	},
	"pt": {
		subject: "Recebemos a sua mensagem [#%s]",
		text: "Olá,\n\nRecebemos a sua mensagem. O número do seu protocolo é {number}, de {date} às {time}.\n" +
			"Responderemos em breve. Para acrescentar algo, responda a este e-mail.\n\n{department}\n",
		line: "Protocolo número {number}, de {date} às {time}",
		date: "02/01/2006", clock: "15:04",
	},
	"en": {
		subject: "We have received your message [#%s]",
		text: "Hello,\n\nWe have received your message. Your protocol number is {number}, of {date} at {time}.\n" +
			"We will answer shortly. To add something, reply to this e-mail.\n\n{department}\n",
		line: "Protocol number {number}, of {date} at {time}",
		date: "2006-01-02", clock: "15:04",
	},
}

// acknowledgementText is the subject and the words in the department's language.
func acknowledgementText(dep *Department, p *Protocol, loc *time.Location) (subject, text string) {
	words := wordsOf(dep)
	text = words.text
	if dep.AcknowledgementText != "" {
		text = dep.AcknowledgementText
	}
	return fmt.Sprintf(words.subject, p.Number), withNumber(text, dep, p, loc)
}

// withNumber puts the number, its date and its time where the text has their names.
func withNumber(text string, dep *Department, p *Protocol, loc *time.Location) string {
	words := wordsOf(dep)
	at := p.OpenedAt.In(loc)
	return strings.NewReplacer(
		"{number}", p.Number, "{date}", at.Format(words.date), "{time}", at.Format(words.clock+" MST"),
		"{department}", dep.Name,
	).Replace(text)
}

// numberLine gives the number with date and time, in the department's language (rule 2).
func numberLine(dep *Department, p *Protocol, loc *time.Location) string {
	words := wordsOf(dep)
	return withNumber(words.line, dep, p, loc)
}

// composeAcknowledgement makes the bytes of a queued acknowledgement and keeps them in the mail log.
func (m *Manager) composeAcknowledgement(ctx context.Context, item *QueueItem) (MailRef, error) {
	var msg *Message
	err := m.store.View(ctx, func(tx Tx) (err error) {
		msg, err = tx.Message(item.Message)
		return err
	})
	if err != nil {
		return MailRef{}, err
	}
	if msg == nil {
		return MailRef{}, fmt.Errorf("the acknowledgement's message %s is missing", item.Message)
	}
	draft := message.Draft{
		From: message.Address{Name: msg.From.Name, Address: msg.From.Address}, To: msg.To, ReplyTo: msg.ReplyTo,
		Subject: msg.Subject, MessageID: msg.MessageID, InReplyTo: msg.InReplyTo, References: msg.References,
		Date: msg.Date.In(m.Directory().Location), Text: msg.Text,
		// RFC 3834 3.1.7; the second keeps Exchange's robots quiet.
		Header: [][2]string{{"Auto-Submitted", "auto-replied"}, {"X-Auto-Response-Suppress", "All"}},
	}
	return m.compose(ctx, msg.ID, draft, Envelope{Recipients: item.Recipients})
}
