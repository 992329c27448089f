package conversation

import (
	"cmp"
	"context"
	"slices"
	"time"

	"recado/internal/message"
)

// ContactItem is a contact as an actor sees it: what the sides know that he is on.
type ContactItem struct {
	Key, Address    string
	Name            string // that an agent gave, else MailName
	MailName        string // what mails say
	FirstAt, LastAt time.Time
	Blocked         bool
	Linked          []string // the other addresses of the same person
	Notes           int      // about the person
}

// Person is a contact with all that agents say of it, the sides told apart.
type Person struct {
	ContactItem
	Sides []ContactSide // those that the actor is on, in the order of Directory.Sides
}

// ContactSide is what one side says of a contact.
type ContactSide struct {
	Contact                // of the address itself
	Given   *Naming        // the person's name, nil where no agent gave one
	Linked  []*Contact     // the other addresses of the person
	Notes   []*ContactNote // about the person, newest first
}

// side is where a department's agents keep what they say of contacts (see Contact).
func (d *Directory) side(department string) string {
	if d.Isolated(department) {
		return department
	}
	return ""
}

// Sides are the sides that the actor is on, the shared one first, the isolated departments in the file's order.
func (d *Directory) Sides(actor Actor) []string {
	out := []string{}
	if actor.Operator {
		out = append(out, "")
	}
	for i := range d.Departments {
		dep := &d.Departments[i]
		switch {
		case !actor.Sees(d, dep.ID):
		case dep.Isolated:
			out = append(out, dep.ID)
		case !slices.Contains(out, ""):
			out = slices.Insert(out, 0, "")
		}
	}
	return out
}

// Contacts lists the contacts of the sides that the actor is on. The filter's Sides are not looked at.
func (m *Manager) Contacts(ctx context.Context, actor Actor, f ContactFilter, page Page) ([]*ContactItem, string, error) {
	var list []*ContactItem
	var next string
	f.Sides = m.Directory().Sides(actor)
	f.Prefix, f.Find = message.Address{Address: f.Prefix}.Key(), whole(FoldFind(f.Find), maxFound) // no more is kept to be found by
	err := m.store.View(ctx, func(tx Tx) error {
		keys, cursor, err := tx.Contacts(f, page)
		if err != nil {
			return err
		}
		list, next = make([]*ContactItem, 0, len(keys)), cursor
		for _, key := range keys {
			p, err := personOf(tx, f.Sides, key)
			if err != nil {
				return err
			}
			list = append(list, &p.ContactItem)
		}
		return nil
	})
	return list, next, listError(err)
}

// Contact returns one customer with what agents say of him.
func (m *Manager) Contact(ctx context.Context, actor Actor, address string) (*Person, error) {
	var p *Person
	d := m.Directory()
	err := m.store.View(ctx, func(tx Tx) (err error) {
		if p, err = personOf(tx, d.Sides(actor), d.SenderKey(message.Address{Address: address})); err != nil || p == nil {
			return err
		}
		return readNotes(tx, p)
	})
	if err == nil && p == nil {
		err = errorf(CodeNotFound, "no contact has the address %s", address)
	}
	return p, err
}

// personOf is what the sides know of a contact, without the notes; nil where none of them knows it.
func personOf(tx Tx, sides []string, key string) (*Person, error) {
	p := &Person{ContactItem: ContactItem{Key: key}}
	known := false
	for _, side := range sides {
		c, err := tx.Contact(Key{Sender: key, Department: side})
		if err != nil {
			return nil, err
		}
		if c == nil {
			p.Sides = append(p.Sides, ContactSide{Contact: Contact{Key: key, Department: side}})
			continue
		}
		s := ContactSide{Contact: *c}
		if err := s.read(tx); err != nil {
			return nil, err
		}
		known = true
		p.Sides = append(p.Sides, s)
	}
	if !known {
		return nil, nil
	}
	p.sum()
	return p, nil
}

// read finds what is linked, and the name that counts.
func (s *ContactSide) read(tx Tx) error {
	s.Given = s.Named
	for _, l := range s.Links {
		c, err := tx.Contact(Key{Sender: l.Key, Department: s.Department})
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		s.Linked = append(s.Linked, c)
		if c.Named != nil && (s.Given == nil || c.Named.At.After(s.Given.At)) {
			s.Given = c.Named
		}
	}
	if s.Given != nil && s.Given.Name == "" {
		s.Given = nil
	}
	return nil
}

// givenName is the name that an agent of the key's side gave the person, empty where none did.
func givenName(tx Tx, key Key) (string, error) {
	if key.Sender == "" {
		return "", nil
	}
	c, err := tx.Contact(key)
	if c == nil || err != nil {
		return "", err
	}
	s := ContactSide{Contact: *c}
	if err := s.read(tx); err != nil || s.Given == nil {
		return "", err
	}
	return s.Given.Name, nil
}

// sum makes one contact of what the sides say.
func (p *Person) sum() {
	given := ""
	for i := range p.Sides {
		s := &p.Sides[i]
		if p.Address == "" {
			p.Address = s.Address
		}
		if p.MailName == "" {
			p.MailName = s.Name
		}
		if given == "" && s.Given != nil {
			given = s.Given.Name
		}
		if p.FirstAt.IsZero() || !s.FirstAt.IsZero() && s.FirstAt.Before(p.FirstAt) {
			p.FirstAt = s.FirstAt
		}
		if s.LastAt.After(p.LastAt) {
			p.LastAt = s.LastAt
		}
		p.Blocked = p.Blocked || s.Blocked != nil
		p.Notes += s.notes()
		for _, c := range s.Linked {
			if !slices.Contains(p.Linked, c.Address) {
				p.Linked = append(p.Linked, c.Address)
			}
		}
	}
	if p.Name = given; given == "" {
		p.Name = p.MailName
	}
}

// notes is how many there are about the person.
func (s *ContactSide) notes() int {
	n := s.Contact.Notes
	for _, c := range s.Linked {
		n += c.Notes
	}
	return n
}

// readNotes reads the notes about the person on every side.
func readNotes(tx Tx, p *Person) error {
	for i := range p.Sides {
		s := &p.Sides[i]
		for _, c := range append([]*Contact{&s.Contact}, s.Linked...) {
			if c.Notes == 0 {
				continue
			}
			list, err := tx.ContactNotes(c.side())
			if err != nil {
				return err
			}
			s.Notes = append(s.Notes, list...)
		}
		slices.SortFunc(s.Notes, func(a, b *ContactNote) int { return cmp.Compare(b.ID, a.ID) })
	}
	return nil
}

// ContactProtocols lists the protocols of the person that the actor sees, those of all linked addresses, newest first.
func (m *Manager) ContactProtocols(ctx context.Context, actor Actor, address string, page Page) ([]ProtocolItem, string, error) {
	var items []ProtocolItem
	var next string
	d := m.Directory()
	key := d.SenderKey(message.Address{Address: address})
	err := m.store.View(ctx, func(tx Tx) error {
		keys := []string{key}
		p, err := personOf(tx, d.Sides(actor), key)
		if err != nil {
			return err
		}
		if p != nil {
			for i := range p.Sides {
				for _, c := range p.Sides[i].Linked {
					keys = append(keys, c.Key)
				}
			}
		}
		list, cursor, err := tx.ProtocolsOf(keys, actor.scope(d), page)
		if err != nil {
			return err
		}
		next = cursor
		items, err = m.items(tx, actor, list)
		return err
	})
	return items, next, listError(err)
}

// ProtocolContact is what the side of the protocol says of its contact, without the notes.
func (m *Manager) ProtocolContact(ctx context.Context, actor Actor, number string) (*ContactItem, error) {
	var item *ContactItem
	err := m.store.View(ctx, func(tx Tx) error {
		p, err := m.visible(tx, actor, number)
		if err != nil {
			return err
		}
		known, err := personOf(tx, []string{p.Key.Department}, p.Key.Sender)
		if err != nil {
			return err
		}
		item = &ContactItem{Key: p.Key.Sender, Address: p.Contact.Address, Name: p.Contact.Name, MailName: p.Contact.Name}
		if known != nil {
			item = &known.ContactItem
		}
		return nil
	})
	return item, err
}
