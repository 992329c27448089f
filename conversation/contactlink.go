package conversation

import (
	"context"
	"slices"

	"recado/internal/message"
)

// LinkContact says which other addresses are the same person's, and which are not. Who is linked to an address is
// linked to all that it is linked to: addresses are of one person, on one side, or of several.
func (m *Manager) LinkContact(ctx context.Context, intent Intent, address, department string, add, remove []string) (*Person, error) {
	d := m.Directory()
	var others [2][]message.Address
	for i, list := range [][]string{add, remove} {
		for _, s := range list {
			a, err := d.contactAddress(s)
			if err != nil {
				return nil, err
			}
			others[i] = append(others[i], a)
		}
	}
	if len(add)+len(remove) > maxAddresses {
		return nil, errorf(CodeInvalid, "a person has at most %d addresses", maxAddresses)
	}
	return m.alterContact(ctx, intent, AuditContactLinks, address, department, func(tx Tx, c *Contact) (bool, error) {
		before := len(c.Links)
		for _, a := range others[0] {
			if err := m.link(tx, intent.Actor, c, a); err != nil {
				return false, err
			}
		}
		changed := len(c.Links) > before
		for _, a := range others[1] {
			linked := len(c.Links)
			if err := unlink(tx, intent.Actor, c, d.SenderKey(a)); err != nil {
				return false, err
			}
			changed = changed || len(c.Links) < linked
		}
		return changed, nil
	})
}

// link makes one person of the two that the addresses are of. What c becomes is not stored, the others are.
func (m *Manager) link(tx Tx, actor Actor, c *Contact, a message.Address) error {
	other, err := m.contactOn(tx, a, c.Department)
	if err != nil {
		return err
	}
	if other.Key == c.Key {
		return errorf(CodeInvalid, "%s is the address itself: name another one of the same person", a.Address)
	}
	if c.linkedTo(other.Key) {
		return nil
	}
	ours, err := group(tx, c)
	if err != nil {
		return err
	}
	theirs, err := group(tx, other)
	if err != nil {
		return err
	}
	if len(ours)+len(theirs) > maxAddresses {
		return errorf(CodeConflict, "a person has at most %d addresses, and these would be %d: unlink some first", maxAddresses, len(ours)+len(theirs))
	}
	notes := 0
	for _, member := range slices.Concat(ours, theirs) {
		notes += member.Notes
	}
	if notes > maxContactNotes {
		return errorf(CodeConflict, "there would be %d notes about one person, more than %d: delete some first", notes, maxContactNotes)
	}
	for _, one := range ours {
		for _, two := range theirs {
			one.Links = append(one.Links, ContactLink{Key: two.Key, At: tx.Now(), Author: actor.author()})
			two.Links = append(two.Links, ContactLink{Key: one.Key, At: tx.Now(), Author: actor.author()})
		}
	}
	c.did(tx, actor, ActLinked, other.Address)
	other.did(tx, actor, ActLinked, c.Address)
	return putContacts(tx, slices.Concat(ours[1:], theirs))
}

// unlink takes the address of the key out of c's person; what it was linked to otherwise stays together. What c becomes
// is not stored, the others are.
func unlink(tx Tx, actor Actor, c *Contact, key string) error {
	if key == c.Key {
		return errorf(CodeInvalid, "name the address to take away, as seen from another one of the same person")
	}
	if !c.linkedTo(key) {
		return nil
	}
	members, err := group(tx, c)
	if err != nil {
		return err
	}
	for _, one := range members {
		if one.Key == key {
			one.Links = nil
			one.did(tx, actor, ActUnlinked, c.Address)
			c.did(tx, actor, ActUnlinked, one.Address)
			continue
		}
		one.Links = slices.DeleteFunc(one.Links, func(l ContactLink) bool { return l.Key == key })
	}
	return putContacts(tx, members[1:])
}

func (c *Contact) linkedTo(key string) bool {
	return slices.ContainsFunc(c.Links, func(l ContactLink) bool { return l.Key == key })
}

// group is the contact itself and all that it is linked to.
func group(tx Tx, c *Contact) ([]*Contact, error) {
	out := []*Contact{c}
	for _, l := range c.Links {
		other, err := tx.Contact(Key{Sender: l.Key, Department: c.Department})
		if err != nil {
			return nil, err
		}
		if other != nil {
			out = append(out, other)
		}
	}
	return out, nil
}

func putContacts(tx Tx, list []*Contact) error {
	for _, c := range list {
		if err := tx.PutContact(c); err != nil {
			return err
		}
	}
	return nil
}
