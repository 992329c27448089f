package conversation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"recado/internal/message"
)

// opening is a mail of ours that joins the contact's open protocol, or opens one (rule 17).
type opening struct {
	from       *Channel
	department string
	contact    ContactRef
	key        Key
	subject    string // without the number
	topic      string // the subject of a protocol that it opens
	text       string
	signature  string // the agent's
	files      []AttachmentInput
	old        *Protocol // finalized, that contact is resumed from; nil: none
	answers    *Message  // whose thread it goes on; nil: the joined protocol's
}

// errElsewhere tells that the contact's open protocol is another one than the mail was composed for.
var errElsewhere = errors.New("the contact's open protocol changed")

// maxOpenings bounds how often a mail is composed again: each time somebody's change came between.
const maxOpenings = 5

// Sender is the channel that mail of the send type leaves from in the department (rule 3). Where there is
// none the error says what to do, so that a screen can tell before anybody writes.
func (m *Manager) Sender(actor Actor, department string, t SendType) (*Channel, error) {
	d := m.Directory()
	if err := d.speaksFor(actor, department); err != nil {
		return nil, err
	}
	return d.sender(department, t)
}

// speaksFor tells whether the actor may say something in the department's name. An isolated one that he is not of is as
// unknown as one that there is not (rule 5).
func (d *Directory) speaksFor(actor Actor, department string) error {
	switch {
	case d.Department(department) == nil, !actor.Knows(d, department):
		return errorf(CodeInvalid, "there is no department %q in the channel file", department)
	case !actor.Sees(d, department):
		return errorf(CodeForbidden, "the department %s is not one of yours", department)
	}
	return nil
}

func (d *Directory) sender(department string, t SendType) (*Channel, error) {
	if c := d.SendingChannel(department, t); c != nil {
		return c, nil
	}
	return nil, errorf(CodeConflict, "the department %s has no active channel to send this from: add or enable one of the send type %s or %s", department, t, SendAll)
}

// begin composes the mail that prepare describes and commits it. A protocol that it opens has its number,
// which the mail names, from a short transaction before: a number that is not used after all is left out.
func (m *Manager) begin(ctx context.Context, intent Intent, what string, kind QueueKind, s *sending, prepare func(Tx) (*opening, error)) (*Message, error) {
	var fresh *Protocol
	for range maxOpenings {
		var done, last *Message
		var o *opening
		var open *Protocol
		err := m.store.View(ctx, func(tx Tx) (err error) {
			if done, err = m.doneBefore(tx, intent, what); done != nil || err != nil {
				return err
			}
			if o, err = prepare(tx); err != nil {
				return err
			}
			kept, err := m.attachments(ctx, tx, intent.Actor.Email, s.at, s.draft)
			if err != nil {
				return err
			}
			o.files = slices.Concat(o.files, kept)
			if o.signature, err = signatureOf(tx, intent.Actor); err != nil {
				return err
			}
			if open, err = tx.OpenProtocol(o.key); open != nil && err == nil {
				last, err = lastMessage(tx, open)
			}
			return err
		})
		if done != nil || err != nil {
			return done, err
		}
		if o.answers == nil {
			o.answers = last
		}
		if open == nil && fresh == nil {
			if fresh, err = m.reserve(ctx); err != nil {
				return nil, err
			}
		}
		msg, err := m.sendOpening(ctx, intent, what, kind, s, o, open, fresh, prepare)
		if !errors.Is(err, errElsewhere) {
			return msg, err
		}
	}
	return nil, errorf(CodeConflict, "the contact's protocols changed while the mail was composed: send it again")
}

// reserve takes the next number for a protocol.
func (m *Manager) reserve(ctx context.Context) (*Protocol, error) {
	var p *Protocol
	err := m.store.Update(ctx, func(tx Tx) error {
		number, err := tx.NextNumber(NumberDay(tx.Now(), m.Directory().Location))
		p = &Protocol{Number: number, Status: Open, OpenedAt: tx.Now()}
		return err
	})
	return p, err
}

// sendOpening composes the mail for the open protocol, or for the fresh one where there is none, and commits it.
func (m *Manager) sendOpening(ctx context.Context, intent Intent, what string, kind QueueKind, s *sending, o *opening, open, fresh *Protocol,
	prepare func(Tx) (*opening, error)) (*Message, error) {
	p, step := open, "appended"
	if open == nil {
		p, step = fresh, "opened"
	}
	msg, draft := m.draftOpening(intent, o, p)
	msg.Trace = []TraceStep{{"channel", o.from.Email + ", " + string(o.from.Send)}, {"rule", "17"}, {"protocol", p.Number + ", " + step}}
	recipients := addressesOf(msg.To)
	returnPath := m.signer.ReturnPath(msg.ID, o.from.Domain())
	var err error
	if msg.Raw, err = m.compose(ctx, msg.ID, draft, Envelope{From: returnPath, Recipients: recipients}); err != nil {
		return nil, fmt.Errorf("%s mail: %w", kind, err)
	}
	item := QueueItem{Kind: kind, ReturnPath: returnPath, Domain: o.from.Domain(), Recipients: recipients}
	return m.commitOutgoing(ctx, intent, what, msg, item, s, func(tx Tx) (*Protocol, error) {
		o, err := prepare(tx) // what was allowed may be no more
		if err != nil {
			return nil, err
		}
		now, err := tx.OpenProtocol(o.key)
		switch {
		case err != nil:
			return nil, err
		case now == nil && open == nil:
			now = o.protocol(fresh)
		case now == nil || now.Number != p.Number:
			return nil, errElsewhere
		}
		s.undo.Opened, s.undo.Resumed = open == nil, ""
		if o.old != nil && !slices.Contains(now.Links, Link{o.old.Number, LinkPrevious}) {
			s.undo.Resumed = o.old.Number
		}
		return now, m.enter(tx, o, now)
	})
}

// protocol is the one that the mail opens.
func (o *opening) protocol(reserved *Protocol) *Protocol {
	p := *reserved
	p.Key, p.Contact, p.Department, p.Channel, p.Subject = o.key, o.contact, o.department, o.from.Email, o.topic
	return &p
}

// enter lets the department see the protocol that its mail is of (rule 5), links it to the one that contact
// is resumed from, which its readers see too, and keeps the contact.
func (m *Manager) enter(tx Tx, o *opening, p *Protocol) error {
	d, readers := m.Directory(), []string{o.department}
	if o.old != nil {
		readers = o.old.Departments()
		p.link(o.old.Number, LinkPrevious)
		o.old.link(p.Number, LinkNext)
		if err := tx.PutProtocol(o.old); err != nil {
			return err
		}
	}
	for _, r := range readers {
		if !slices.Contains(p.Departments(), r) && d.sameWall(r, p.Department) {
			p.SeenBy = append(p.SeenBy, r)
		}
	}
	return noteContact(tx, o.key, o.contact)
}

// draftOpening is the message and the mail. The number is given with its date and time (rule 2).
func (m *Manager) draftOpening(intent Intent, o *opening, p *Protocol) (*Message, message.Draft) {
	d := m.Directory()
	msg := m.outgoing(d, o.department, o.from, intent.Actor)
	msg.To = []message.Address{{Name: o.contact.Name, Address: o.contact.Address}}
	msg.Subject = tagged(o.subject, p.Number)
	msg.Preview = preview(o.text)
	thread(msg, o.answers)
	return msg, m.draft(d, msg, closed(o.text, d.Closing(o.department, p, o.signature)), o.files)
}

// keyOf is what an open protocol of the customer's stands for in the department (rules 1 and 5).
func (d *Directory) keyOf(a message.Address, department string) Key {
	k := Key{Sender: d.SenderKey(a)}
	if d.Isolated(department) {
		k.Department = department
	}
	return k
}
