package api

import (
	"context"
	"net/http"
)

// ContactQuery narrows a list of contacts; what is empty does not.
type ContactQuery struct {
	Prefix  string // of the address
	Find    string // what the address, or a word of a name, begins with
	Blocked bool
	Paging
}

// Contacts lists by address; with Find, by what it found.
func (c *Client) Contacts(ctx context.Context, q ContactQuery) (Answer[List[ContactItem]], error) {
	blocked := ""
	if q.Blocked {
		blocked = "true"
	}
	return get[List[ContactItem]](ctx, c, address("contacts"), q.with("prefix", q.Prefix, "q", q.Find, "blocked", blocked))
}

// Contact is one with what agents say of him.
func (c *Client) Contact(ctx context.Context, contact string) (Answer[Contact], error) {
	return get[Contact](ctx, c, address("contacts", contact), nil)
}

// ContactProtocols are those of all addresses of the person, newest first.
func (c *Client) ContactProtocols(ctx context.Context, contact string, p Paging) (Answer[List[Protocol]], error) {
	return get[List[Protocol]](ctx, c, address("contacts", contact, "protocols"), p.values())
}

// NameContact gives a person a name; "" takes it away.
func (c *Client) NameContact(ctx context.Context, contact, department, name string) (Answer[Contact], error) {
	return post[Contact](ctx, c, address("contacts", contact, "name"), map[string]string{"name": name, "department": department})
}

// LinkContact says which other addresses are the same person's, and which are not.
func (c *Client) LinkContact(ctx context.Context, contact string, l ContactLinks) (Answer[Contact], error) {
	return post[Contact](ctx, c, address("contacts", contact, "links"), l)
}

// AddContactNote writes down something about a person.
func (c *Client) AddContactNote(ctx context.Context, contact, department, text string) (Answer[ContactNote], error) {
	return post[ContactNote](ctx, c, address("contacts", contact, "notes"), map[string]string{"text": text, "department": department})
}

// DeleteContactNote removes a note.
func (c *Client) DeleteContactNote(ctx context.Context, contact, note string) (Answer[Contact], error) {
	return send[Contact](ctx, c, http.MethodDelete, address("contacts", contact, "notes", note), nil, struct{}{})
}

// BlockContact lets mail of an address be held.
func (c *Client) BlockContact(ctx context.Context, contact, department, reason string) (Answer[Contact], error) {
	return post[Contact](ctx, c, address("contacts", contact, "block"), map[string]string{"reason": reason, "department": department})
}

// UnblockContact lets it come in again.
func (c *Client) UnblockContact(ctx context.Context, contact, department string) (Answer[Contact], error) {
	return post[Contact](ctx, c, address("contacts", contact, "unblock"), map[string]string{"department": department})
}
