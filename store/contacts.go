package store

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// contactKey is where what a side knows of a contact is kept: those of one side follow one another.
func contactKey(k conversation.Key) []byte {
	if k.Sender == "" {
		return nil
	}
	return append(appendText(nil, k.Department), valid(k.Sender)...)
}

func (t *transaction) Contact(key conversation.Key) (*conversation.Contact, error) {
	return decode[conversation.Contact](t.get(contacts, contactKey(key)))
}

func (t *transaction) PutContact(c *conversation.Contact) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	k := conversation.Key{Sender: c.Key, Department: c.Department}
	old, err := t.Contact(k)
	if err != nil {
		return err
	}
	if err := t.putRecord(contacts, contactKey(k), c); err != nil {
		return err
	}
	return t.move(contactEntries(old), contactEntries(c))
}

// contactEntries are the places of a contact in its indexes.
func contactEntries(c *conversation.Contact) []entry {
	if c == nil {
		return nil
	}
	var out []entry
	for _, text := range c.FoundBy() {
		k := appendText(appendText(nil, c.Department), text)
		out = append(out, entry{contactsFound, append(k, valid(c.Key)...)})
	}
	if c.Blocked != nil {
		out = append(out, entry{contactsBlocked, contactKey(conversation.Key{Sender: c.Key, Department: c.Department})})
	}
	return out
}

func (t *transaction) Contacts(f conversation.ContactFilter, p conversation.Page) ([]string, string, error) {
	list := fmt.Sprintf("contacts %q %q %t", f.Prefix, f.Find, f.Blocked)
	if f.Find != "" && !f.Blocked {
		return t.findContacts(list, f, p)
	}
	index := contacts
	if f.Blocked {
		index = contactsBlocked
	}
	prefix := valid(f.Prefix)
	var out []string
	next, err := t.page(list, index, beginningWith(f.Sides, prefix), p, func(end, _ []byte) (bool, error) {
		key := prefix + string(end)
		first, err := t.firstFound(f, key)
		if err != nil || f.Find != "" && first == nil {
			return false, err
		}
		out = append(out, key)
		return true, nil
	})
	return out, next, err
}

// findContacts lists by what was found. A contact that is found by several of its texts is listed at the first.
func (t *transaction) findContacts(list string, f conversation.ContactFilter, p conversation.Page) ([]string, string, error) {
	var out []string
	next, err := t.page(list, contactsFound, beginningWith(f.Sides, valid(f.Find)), p, func(end, _ []byte) (bool, error) {
		n := textEnd(end)
		if n < 0 {
			return false, fmt.Errorf("a place in %s cannot be read", bucketNames[contactsFound])
		}
		key := string(end[n:])
		first, err := t.firstFound(f, key)
		if err != nil || !bytes.Equal(first, end) || !strings.HasPrefix(key, f.Prefix) {
			return false, err
		}
		out = append(out, key)
		return true, nil
	})
	return out, next, err
}

// beginningWith are what the keys of the sides begin with where a text does that follows.
func beginningWith(sides []string, text string) [][]byte {
	var out [][]byte
	for _, s := range distinct(sides) {
		out = append(out, append(appendText(nil, s), text...))
	}
	return out
}

// firstFound is what follows f.Find in the first of the places where the sides' contacts of the key are found by it; nil
// where they are not.
func (t *transaction) firstFound(f conversation.ContactFilter, key string) ([]byte, error) {
	var first []byte
	if f.Find == "" {
		return nil, nil
	}
	for _, s := range f.Sides {
		c, err := t.Contact(conversation.Key{Sender: key, Department: s})
		if err != nil {
			return nil, err
		}
		if c == nil {
			continue
		}
		for _, text := range c.FoundBy() {
			rest, ok := strings.CutPrefix(valid(text), valid(f.Find))
			if !ok {
				continue
			}
			end := append(appendText(nil, rest), valid(key)...)
			if first == nil || bytes.Compare(end, first) < 0 {
				first = end
			}
		}
	}
	return first, nil
}

// noteKey is where a note about a contact is kept.
func noteKey(key conversation.Key, id string) []byte {
	if key.Sender == "" || id == "" {
		return nil
	}
	return append(openKey(key), valid(id)...)
}

func (t *transaction) ContactNotes(key conversation.Key) ([]*conversation.ContactNote, error) {
	var out []*conversation.ContactNote
	prefix := openKey(key)
	c := t.bucket(contactsNotes).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		n, err := decode[conversation.ContactNote](v)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func (t *transaction) PutContactNote(n *conversation.ContactNote) error {
	return t.putRecord(contactsNotes, noteKey(conversation.Key{Sender: n.Key, Department: n.Department}, n.ID), n)
}

func (t *transaction) DeleteContactNote(key conversation.Key, id string) error {
	return t.delete(contactsNotes, noteKey(key, id))
}

func (t *transaction) ProtocolsOf(contacts, departments []string, p conversation.Page) ([]*conversation.Protocol, string, error) {
	contacts = distinct(contacts)
	slices.Sort(contacts)
	list := fmt.Sprintf("protocols of %q", contacts)
	var prefixes [][]byte
	for _, c := range contacts {
		prefixes = append(prefixes, appendText(nil, c))
	}
	prefixes = t.beginnings(protocolsContact, prefixes, nil)
	prefixes = t.beginnings(protocolsContact, prefixes, distinct(departments))
	var out []*conversation.Protocol
	next, err := t.page(list, protocolsContact, prefixes, p, func(end, _ []byte) (bool, error) {
		found, err := t.indexedProtocol(latestNumber(end))
		out = append(out, found)
		return true, err
	})
	return out, next, err
}

// sideContacts gives the contacts of before to the side of the departments that are not isolated, whose they were, and
// makes those of the isolated ones out of their protocols.
func sideContacts(tx *bolt.Tx) error {
	if err := makeBuckets(contactsFound, contactsBlocked, contactsNotes)(tx); err != nil {
		return err
	}
	t := &transaction{work: &work{tx: tx, writable: true}}
	var before []*conversation.Contact
	err := t.bucket(contacts).ForEach(func(_, stored []byte) error {
		c, err := decode[conversation.Contact](stored)
		before = append(before, c)
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range before {
		if err := t.delete(contacts, textKey(c.Key)); err != nil {
			return err
		}
		if err := t.PutContact(c); err != nil {
			return err
		}
	}
	return t.bucket(protocols).ForEach(func(_, stored []byte) error {
		p, err := decode[conversation.Protocol](stored)
		if err != nil || p.Key.Department == "" || p.Key.Sender == "" {
			return err
		}
		return t.contactOf(p)
	})
}

// contactOf makes the contact that the protocol is with.
func (t *transaction) contactOf(p *conversation.Protocol) error {
	c, err := t.Contact(p.Key)
	if err != nil {
		return err
	}
	if c == nil {
		c = &conversation.Contact{Key: p.Key.Sender, Department: p.Key.Department, Address: p.Contact.Address, FirstAt: p.OpenedAt}
	}
	if c.Name == "" {
		c.Name = p.Contact.Name
	}
	if p.OpenedAt.Before(c.FirstAt) {
		c.FirstAt = p.OpenedAt
	}
	if p.UpdatedAt.After(c.LastAt) {
		c.LastAt = p.UpdatedAt
	}
	return t.PutContact(c)
}
