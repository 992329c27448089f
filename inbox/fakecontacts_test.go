package inbox

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"recado/conversation"
	"recado/internal/say"
)

// personNow is what the desk knows of an address: by its protocols, and what was said of it in d.people; nil where
// it knows nothing.
// given is the name that an agent gave the contact of the protocol.
func (d *fakeDesk) given(p *conversation.Protocol) string {
	if s := d.people[p.Contact.Address]; s != nil && s.Given != nil {
		return s.Given.Name
	}
	return ""
}

func (d *fakeDesk) personNow(address string) *conversation.Person {
	var out *conversation.Person
	for _, p := range d.protocols {
		if p.Contact.Address == address {
			c := conversation.Contact{Key: address, Address: address, Name: p.Contact.Name, LastAt: p.UpdatedAt}
			out = &conversation.Person{
				ContactItem: conversation.ContactItem{Key: address, Address: address, Name: p.Contact.Name, MailName: p.Contact.Name, LastAt: p.UpdatedAt},
				Sides:       []conversation.ContactSide{{Contact: c}},
			}
		}
	}
	if said := d.people[address]; said != nil {
		if out == nil {
			out = &conversation.Person{ContactItem: conversation.ContactItem{Key: address, Address: address}}
		}
		out.Sides = []conversation.ContactSide{*said}
		if said.Given != nil {
			out.Name = said.Given.Name
		}
		out.Blocked, out.Notes = said.Blocked != nil, len(said.Notes)
		for _, c := range said.Linked {
			out.Linked = append(out.Linked, c.Address)
		}
	}
	return out
}

// saying changes what is said of an address, and notes what was asked. An address with "nada" cannot be.
func (d *fakeDesk) saying(address, asked string, change func(*conversation.ContactSide)) (*conversation.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if strings.Contains(asked, "nada") {
		return nil, &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("you are of no department that has contacts")}
	}
	if d.people == nil {
		d.people = map[string]*conversation.ContactSide{}
	}
	if d.people[address] == nil {
		d.people[address] = &conversation.ContactSide{Contact: conversation.Contact{Key: address, Address: address}}
	}
	d.moves = append(d.moves, asked)
	change(d.people[address])
	return d.personNow(address), nil
}

func (d *fakeDesk) Contacts(_ context.Context, _ conversation.Actor, f conversation.ContactFilter, page conversation.Page) ([]*conversation.ContactItem, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := map[string]*conversation.ContactItem{}
	for _, p := range d.protocols {
		a := p.Contact.Address
		c := &d.personNow(a).ContactItem
		if found := strings.HasPrefix(a, f.Find) || strings.HasPrefix(strings.ToLower(c.Name), f.Find); a > page.Cursor && found && (c.Blocked || !f.Blocked) {
			known[a] = c
		}
	}
	var out []*conversation.ContactItem
	for _, a := range slices.Sorted(maps.Keys(known)) {
		if len(out) == page.Size() {
			return out, out[len(out)-1].Key, nil
		}
		out = append(out, known[a])
	}
	return out, "", nil
}

func (d *fakeDesk) Contact(_ context.Context, _ conversation.Actor, address string) (*conversation.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.personNow(address); p != nil {
		return p, nil
	}
	return nil, notFound("contact")
}

func (d *fakeDesk) ContactProtocols(ctx context.Context, a conversation.Actor, address string, page conversation.Page) ([]conversation.ProtocolItem, string, error) {
	return d.Protocols(ctx, a, conversation.ProtocolFilter{Contact: address}, page)
}

func (d *fakeDesk) ProtocolContact(_ context.Context, a conversation.Actor, number string) (*conversation.ContactItem, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, err := d.visible(a, number)
	if err != nil {
		return nil, err
	}
	return &d.personNow(p.Contact.Address).ContactItem, nil
}

func (d *fakeDesk) NameContact(_ context.Context, i conversation.Intent, address, department, name string) (*conversation.Person, error) {
	return d.saying(address, fmt.Sprintf("name %s %s %s", address, department, name), func(s *conversation.ContactSide) {
		s.Given = &conversation.Naming{Name: name}
		s.Acts = append(s.Acts, conversation.ContactAct{Act: conversation.ActNamed, Detail: name, Author: conversation.Author{Agent: i.Actor.Email}})
	})
}

func (d *fakeDesk) LinkContact(_ context.Context, _ conversation.Intent, address, department string, add, remove []string) (*conversation.Person, error) {
	return d.saying(address, fmt.Sprintf("link %s %s +%s -%s", address, department, add, remove), func(s *conversation.ContactSide) {
		s.Linked = nil
		for _, a := range add {
			s.Linked = append(s.Linked, &conversation.Contact{Key: a, Address: a, Blocked: &conversation.Block{}})
		}
	})
}

func (d *fakeDesk) AddContactNote(_ context.Context, i conversation.Intent, address, department, text string) (*conversation.ContactNote, error) {
	n := &conversation.ContactNote{Key: address, Text: text, Author: conversation.Author{Agent: i.Actor.Email, By: i.Actor.Name}}
	_, err := d.saying(address, fmt.Sprintf("note %s %s %s", address, department, text), func(s *conversation.ContactSide) {
		n.ID = fmt.Sprintf("%026d", len(s.Notes)+1)
		s.Notes = append([]*conversation.ContactNote{n}, s.Notes...)
	})
	return n, err
}

func (d *fakeDesk) DeleteContactNote(_ context.Context, _ conversation.Intent, address, id string) (*conversation.Person, error) {
	return d.saying(address, "delete "+address+" "+id, func(s *conversation.ContactSide) {
		s.Notes = slices.DeleteFunc(s.Notes, func(n *conversation.ContactNote) bool { return n.ID == id })
	})
}

func (d *fakeDesk) BlockContact(_ context.Context, i conversation.Intent, address, department, reason string) (*conversation.Person, error) {
	return d.saying(address, fmt.Sprintf("block %s %s %s", address, department, reason), func(s *conversation.ContactSide) {
		s.Blocked = &conversation.Block{Reason: reason, At: s.LastAt, Author: conversation.Author{Agent: i.Actor.Email}}
	})
}

func (d *fakeDesk) UnblockContact(_ context.Context, _ conversation.Intent, address, department string) (*conversation.Person, error) {
	return d.saying(address, fmt.Sprintf("unblock %s %s", address, department), func(s *conversation.ContactSide) { s.Blocked = nil })
}
