package conversation

import (
	"context"
	"strings"

	"recado/internal/message"
)

// Recontact resumes contact from a finalized protocol, by the department's channel for that (rules 3 and 17).
// It joins the contact's open protocol, else opens one; either is linked to the old one, whose thread the mail goes on. It
// returns the new message.
func (m *Manager) Recontact(ctx context.Context, intent Intent, number string, r RecontactRequest) (*Message, error) {
	if err := checkText(r.Text, r.Attachments, r.Draft); err != nil {
		return nil, err
	}
	subject, err := checkSubject(r.Subject)
	if err != nil {
		return nil, err
	}
	return m.begin(ctx, intent, "recontact/"+number, QueueRecontact, r.sendAs(RecontactAt(number)), func(tx Tx) (*opening, error) {
		old, err := m.ended(tx, intent, number)
		if err != nil {
			return nil, err
		}
		d := m.Directory()
		to := message.Address{Address: old.Contact.Address, Name: old.Contact.Name}
		if !validSender(to) {
			return nil, errorf(CodeConflict, "protocol %s has no address of a contact to write to", number)
		}
		o := &opening{
			department: old.Department, contact: old.Contact, key: d.keyOf(to, old.Department),
			subject: subject, topic: subject, text: r.Text, files: r.Attachments, old: old,
		}
		if o.from, err = d.sender(old.Department, SendRecontact); err != nil {
			return nil, err
		}
		if subject == "" {
			o.topic = strings.TrimSpace(strings.ReplaceAll(old.Subject, "[#"+number+"]", ""))
			o.subject = asReply(o.topic)
		}
		o.answers, err = lastOf(tx, old, KindIn, KindOut)
		return o, err
	})
}

// ended is the finalized protocol that contact is resumed from.
func (m *Manager) ended(tx Tx, intent Intent, number string) (*Protocol, error) {
	p, err := m.changeable(tx, intent, number)
	switch {
	case err != nil:
		return nil, err
	case p.Status == Open:
		return nil, errorf(CodeConflict, "protocol %s is open: answer in it", number)
	case p.Merged != nil:
		return nil, errorf(CodeConflict, "the messages of protocol %s are in %s: go on there", number, p.Merged.Into)
	}
	return p, nil
}
