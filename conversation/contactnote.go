package conversation

import (
	"context"
	"strings"
	"unicode/utf8"

	"recado/internal/message"
)

// AddContactNote writes down something about the person.
func (m *Manager) AddContactNote(ctx context.Context, intent Intent, address, department, text string) (*ContactNote, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch {
	case text == "":
		return nil, errorf(CodeInvalid, "the note is empty")
	case !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxContactNote:
		return nil, errorf(CodeInvalid, "the note has more than %d characters, or is not UTF-8", maxContactNote)
	}
	a, side, err := m.writingSide(intent.Actor, address, department)
	if err != nil {
		return nil, err
	}
	var note *ContactNote
	what := "contact/note/" + side + "/" + m.Directory().SenderKey(a)
	err = m.store.Update(ctx, func(tx Tx) error {
		if note, err = recall[ContactNote](tx, intent, what); err != nil || note != nil {
			return err
		}
		c, err := m.contactOn(tx, a, side)
		if err != nil {
			return err
		}
		s := ContactSide{Contact: *c}
		if err := s.read(tx); err != nil {
			return err
		}
		if s.notes() >= maxContactNotes {
			return errorf(CodeConflict, "there are %d notes about this contact: delete one first", maxContactNotes)
		}
		note = &ContactNote{ID: NewID(tx.Now()), Key: c.Key, Department: side, Text: text, At: tx.Now(), Author: intent.Actor.author()}
		if err := tx.PutContactNote(note); err != nil {
			return err
		}
		c.Notes++
		if err := tx.PutContact(c); err != nil {
			return err
		}
		if err := auditContact(tx, intent.Actor, AuditContactNote, c); err != nil {
			return err
		}
		return keep(tx, intent, what, note)
	})
	if err != nil {
		return nil, err
	}
	return note, nil
}

// DeleteContactNote removes a note about the person; its writer may, and a supervisor.
func (m *Manager) DeleteContactNote(ctx context.Context, intent Intent, address, id string) (*Person, error) {
	d := m.Directory()
	var out *Person
	err := m.store.Update(ctx, func(tx Tx) error {
		p, err := personOf(tx, d.Sides(intent.Actor), d.SenderKey(message.Address{Address: address}))
		if err == nil && p != nil {
			err = readNotes(tx, p)
		}
		if err != nil {
			return err
		}
		n := p.note(id)
		if n == nil {
			return errorf(CodeNotFound, "there is no note %s about %s", id, address)
		}
		if !intent.Actor.MayDelete(n) {
			return errorf(CodeForbidden, "only who wrote the note, or a supervisor, may delete it")
		}
		c, err := tx.Contact(Key{Sender: n.Key, Department: n.Department})
		if err != nil {
			return err
		}
		c.Notes--
		c.did(tx, intent.Actor, ActNoteDeleted, "")
		if err := tx.DeleteContactNote(c.side(), id); err != nil {
			return err
		}
		if err := tx.PutContact(c); err != nil {
			return err
		}
		if err := auditContact(tx, intent.Actor, AuditContactUnnote, c); err != nil {
			return err
		}
		if out, err = personOf(tx, d.Sides(intent.Actor), p.Key); err != nil {
			return err
		}
		return readNotes(tx, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// note is the one of the id; nil where there is none, or no person.
func (p *Person) note(id string) *ContactNote {
	if p == nil {
		return nil
	}
	for _, s := range p.Sides {
		for _, n := range s.Notes {
			if n.ID == id {
				return n
			}
		}
	}
	return nil
}

// MayDelete tells whether the actor may delete the note: its writer may, and a supervisor.
func (a Actor) MayDelete(n *ContactNote) bool {
	return n.Agent == a.Email && n.Token == a.Token || a.Supervises()
}

// Supervises tells whether the actor may do what is not every agent's.
func (a Actor) Supervises() bool {
	return a.Operator || a.Role == RoleSupervisor || a.Role == RoleAdmin
}
