package conversation

import (
	"context"
	"strings"
	"unicode"

	"recado/internal/message"
)

// Bounds of what agents say of a person.
const (
	maxAddresses    = 20    // of one person, on one side
	maxContactNotes = 100   // about one person, on one side
	maxContactNote  = 10000 // characters of one note
	maxBlockReason  = 500   // characters
)

// NameContact gives the person a name, which wins over what mails say; an empty one takes it away. department says
// for whom (see Manager.writingSide). So it does in all that follow.
func (m *Manager) NameContact(ctx context.Context, intent Intent, address, department, name string) (*Person, error) {
	if name = oneLine(name); !showable(name, maxName) {
		return nil, errorf(CodeInvalid, "the name has characters that cannot be shown, or more than %d of them", maxName)
	}
	return m.alterContact(ctx, intent, AuditContactName, address, department, func(tx Tx, c *Contact) (bool, error) {
		s := ContactSide{Contact: *c}
		if err := s.read(tx); err != nil {
			return false, err
		}
		switch {
		case s.Given == nil && name == "", s.Given != nil && s.Given.Name == name:
			return false, nil
		case name == "":
			c.did(tx, intent.Actor, ActUnnamed, s.Given.Name)
		default:
			c.did(tx, intent.Actor, ActNamed, name)
		}
		c.Named = &Naming{Name: name, At: tx.Now(), Author: intent.Actor.author()}
		return true, nil
	})
}

// BlockContact lets mail of the address be held from now on (rule 22). To block what is blocked renews the reason.
func (m *Manager) BlockContact(ctx context.Context, intent Intent, address, department, reason string) (*Person, error) {
	if reason = oneLine(reason); !showable(reason, maxBlockReason) {
		return nil, errorf(CodeInvalid, "the reason has characters that cannot be shown, or more than %d of them", maxBlockReason)
	}
	return m.alterContact(ctx, intent, AuditContactBlock, address, department, func(tx Tx, c *Contact) (bool, error) {
		b := &Block{Reason: reason, At: tx.Now(), Author: intent.Actor.author()}
		if old := c.Blocked; old != nil {
			if reason == "" || reason == old.Reason {
				return false, nil
			}
			b.At = old.At // it has been held since then
		}
		c.Blocked = b
		c.did(tx, intent.Actor, ActBlocked, preview(reason))
		return true, nil
	})
}

// UnblockContact lets mail of the address come in again. What is held stays so until somebody decides on it.
func (m *Manager) UnblockContact(ctx context.Context, intent Intent, address, department string) (*Person, error) {
	return m.alterContact(ctx, intent, AuditContactUnblock, address, department, func(tx Tx, c *Contact) (bool, error) {
		if c.Blocked == nil {
			return false, nil
		}
		c.Blocked = nil
		c.did(tx, intent.Actor, ActUnblocked, "")
		return true, nil
	})
}

// writingSide is the contact's address, and the side that an actor writes for who names the department. Without one
// it is the shared side, where he is on it, or the only one that he is on.
func (m *Manager) writingSide(actor Actor, address, department string) (message.Address, string, error) {
	d := m.Directory()
	a, err := d.contactAddress(address)
	if err != nil {
		return a, "", err
	}
	if department == "" {
		switch sides := d.Sides(actor); {
		case len(sides) == 0:
			return a, "", errorf(CodeForbidden, "you are of no department that has contacts")
		case sides[0] == "", len(sides) == 1:
			return a, sides[0], nil
		default:
			return a, "", errorf(CodeInvalid, "say for which department: one of %s", strings.Join(sides, ", "))
		}
	}
	return a, d.side(department), d.speaksFor(actor, department)
}

// contactAddress reads the address of somebody who may be a contact: anybody but a channel of ours.
func (d *Directory) contactAddress(s string) (message.Address, error) {
	a, ok := message.ParseAddress(s)
	if !ok || strings.ContainsFunc(s, unicode.IsControl) || !Writable(a) {
		return a, errorf(CodeInvalid, "%q is not an e-mail address: write name@example.com", preview(s))
	}
	if d.IsOurs(a.Key()) {
		return a, errorf(CodeInvalid, "%s is an address of ours, not a contact's", a.Address)
	}
	return a, nil
}

// contactOn is what the side knows of the address: a new contact where it knows nothing.
func (m *Manager) contactOn(tx Tx, a message.Address, side string) (*Contact, error) {
	key := Key{Sender: m.Directory().SenderKey(a), Department: side}
	c, err := tx.Contact(key)
	if c == nil && err == nil {
		c = &Contact{Key: key.Sender, Department: side, Address: a.Address}
	}
	return c, err
}

// alterContact changes what one side says of a contact. The same request again changes nothing, and is answered with the
// contact as it is now.
func (m *Manager) alterContact(ctx context.Context, intent Intent, action AuditAction, address, department string, fn func(Tx, *Contact) (changed bool, err error)) (*Person, error) {
	a, side, err := m.writingSide(intent.Actor, address, department)
	if err != nil {
		return nil, err
	}
	d := m.Directory()
	what := string(action) + "/" + side + "/" + d.SenderKey(a)
	var p *Person
	err = m.store.Update(ctx, func(tx Tx) error {
		done, err := doneOnce(tx, intent, what)
		if err != nil {
			return err
		}
		c, err := m.contactOn(tx, a, side)
		if err != nil {
			return err
		}
		changed := false
		if !done {
			if changed, err = fn(tx, c); err != nil {
				return err
			}
		}
		if changed {
			if err := tx.PutContact(c); err != nil {
				return err
			}
			if err := auditContact(tx, intent.Actor, action, c); err != nil {
				return err
			}
		}
		p, err = personOf(tx, d.Sides(intent.Actor), c.Key)
		switch {
		case err != nil:
			return err
		case p == nil:
			return errorf(CodeNotFound, "no contact has the address %s", address)
		}
		return readNotes(tx, p)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// doneOnce tells whether the same request was made before, and notes that it is now.
func doneOnce(tx Tx, intent Intent, what string) (bool, error) {
	if intent.IdempotencyKey == "" {
		return false, nil
	}
	note, err := tx.Note(intent.noteName(what))
	if err != nil || note != "" {
		return note != "", err
	}
	return false, tx.PutNote(intent.noteName(what), "done", tx.Now().Add(idempotencyLife))
}
