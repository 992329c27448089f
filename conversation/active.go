package conversation

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"recado/internal/message"
)

// Bounds of what an agent types into a header, in characters.
const (
	maxSubject = 500
	maxName    = 200
)

// SendMail sends an active mail from the department's channel for first contact (rules 3 and 17). It joins the
// contact's open protocol, else opens one. It returns the new message.
func (m *Manager) SendMail(ctx context.Context, intent Intent, r MailRequest) (*Message, error) {
	if err := checkText(r.Text, r.Attachments, r.Draft); err != nil {
		return nil, err
	}
	subject, err := checkSubject(r.Subject)
	if err != nil {
		return nil, err
	}
	if subject == "" {
		return nil, errorf(CodeInvalid, "the subject is missing: say in a few words what the mail is about")
	}
	to, err := m.Directory().customer(r.To)
	if err != nil {
		return nil, err
	}
	if name := oneLine(r.Name); name != "" {
		to.Name = name
	}
	if to.Name = oneLine(to.Name); !showable(to.Name, maxName) {
		return nil, errorf(CodeInvalid, "the name has characters that cannot be shown, or more than %d of them", maxName)
	}
	return m.begin(ctx, intent, "mail", QueueActive, r.sendAs(MailTo(r.To)), func(tx Tx) (*opening, error) {
		from, err := m.Sender(intent.Actor, r.Department, SendActive)
		if err != nil {
			return nil, err
		}
		o := &opening{
			from: from, department: r.Department, contact: ContactRef{Address: to.Address, Name: to.Name},
			key: m.Directory().keyOf(to, r.Department), subject: subject, topic: subject, text: r.Text, files: r.Attachments,
		}
		if o.contact.Name == "" {
			known, err := tx.Contact(o.key)
			if err != nil {
				return nil, err
			}
			if known != nil {
				o.contact.Name = known.Name
			}
		}
		return o, nil
	})
}

// checkSubject is the subject on one line; empty where none is given.
func checkSubject(s string) (string, error) {
	s = oneLine(s)
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxSubject || strings.ContainsFunc(s, unicode.IsControl) {
		return "", errorf(CodeInvalid, "the subject has control characters, or more than %d characters", maxSubject)
	}
	return s, nil
}

// customer reads the address that a mail is to go to, which is none of our own: nobody would read it there,
// and its answer would be a loop (rule 15).
func (d *Directory) customer(s string) (message.Address, error) {
	if s == "" {
		return message.Address{}, errorf(CodeInvalid, "the recipient is missing: name one e-mail address")
	}
	a, ok := message.ParseAddress(s)
	if !ok || strings.ContainsFunc(s, unicode.IsControl) || !Writable(a) {
		return a, errorf(CodeInvalid, "%q is not an e-mail address: write name@example.com", s)
	}
	if d.IsHere(a) {
		return a, errorf(CodeInvalid, "%s is in a domain of ours: write to a customer's address", a.Address)
	}
	return a, nil
}
