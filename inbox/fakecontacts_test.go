package inbox

import (
	"context"
	"maps"
	"slices"
	"strings"

	"recado/conversation"
)

// contactNow is what the desk knows of an address: by its protocols, and what was said in d.people.
func (d *fakeDesk) contactNow(address string) *conversation.ContactItem {
	var out *conversation.ContactItem
	for _, p := range d.protocols {
		if p.Contact.Address == address {
			out = &conversation.ContactItem{Key: address, Address: address, Name: p.Contact.Name, MailName: p.Contact.Name, LastAt: p.UpdatedAt}
		}
	}
	return out
}

func (d *fakeDesk) Contacts(_ context.Context, _ conversation.Actor, f conversation.ContactFilter, page conversation.Page) ([]*conversation.ContactItem, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	known := map[string]*conversation.ContactItem{}
	for _, p := range d.protocols {
		a := p.Contact.Address
		c := d.contactNow(a)
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
	c := d.contactNow(address)
	if c == nil {
		return nil, notFound("contact")
	}
	return &conversation.Person{ContactItem: *c}, nil
}

func (d *fakeDesk) ContactProtocols(ctx context.Context, a conversation.Actor, address string, page conversation.Page) ([]conversation.ProtocolItem, string, error) {
	return d.Protocols(ctx, a, conversation.ProtocolFilter{Contact: address}, page)
}
