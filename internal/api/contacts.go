package api

import (
	"net/http"
	"slices"
	"strings"

	"recado/conversation"
)

// ContactItem is a customer in a list. Name is what an agent gave, else what mails say.
type ContactItem struct {
	Address   string   `json:"address"`
	Name      string   `json:"name"`
	MailName  string   `json:"mail_name"`
	FirstAt   Time     `json:"first_at"` // null: no mail came or went yet
	LastAt    Time     `json:"last_at"`
	Blocked   bool     `json:"blocked"`
	Addresses []string `json:"addresses"` // of the same person, this one first
	Notes     int      `json:"notes"`
}

// Contact is a customer with all that agents say of him; in place of their number stand the notes. Department tells
// for whom something is said: an isolated department alone, or all others ("").
type Contact struct {
	ContactItem
	Notes  []ContactNote `json:"notes"` // newest first
	Names  []ContactName `json:"names"`
	Links  []ContactLink `json:"links"`
	Blocks []Block       `json:"blocks"`
	Acts   []ContactAct  `json:"acts"` // the latest that were done, newest first
}

// ContactNote is what an agent wrote down about a person.
type ContactNote struct {
	ID         string `json:"id"`
	Department string `json:"department"`
	Address    string `json:"address"` // it was written at; of the same person
	Text       string `json:"text"`
	Agent      string `json:"agent"` // the agent's address, or a program's name; "": the operator
	At         Time   `json:"at"`
}

// ContactName is the name that an agent gave.
type ContactName struct {
	Department string `json:"department"`
	Name       string `json:"name"`
	Agent      string `json:"agent"`
	At         Time   `json:"at"`
}

// ContactLink is another address of the same person.
type ContactLink struct {
	Department string `json:"department"`
	Address    string `json:"address"`
	Name       string `json:"name"` // what mails say
	Blocked    bool   `json:"blocked"`
	Agent      string `json:"agent"`
	At         Time   `json:"at"`
}

// Block lets mail of the address be held.
type Block struct {
	Department string `json:"department"`
	Reason     string `json:"reason"`
	Agent      string `json:"agent"`
	At         Time   `json:"at"`
}

// ContactAct is what somebody did: named, unnamed, linked, unlinked, blocked, unblocked, note-deleted.
type ContactAct struct {
	Department string `json:"department"`
	Act        string `json:"act"`
	Detail     string `json:"detail"`
	Agent      string `json:"agent"`
	At         Time   `json:"at"`
}

func (h *handler) contactRoutes(table map[string]methods) {
	const get, post, remove = http.MethodGet, http.MethodPost, http.MethodDelete
	table["/contacts"] = methods{get: h.listContacts}
	table["/contacts/{address}"] = methods{get: h.showContact}
	table["/contacts/{address}/protocols"] = methods{get: h.contactProtocols}
	table["/contacts/{address}/name"] = methods{post: h.nameContact}
	table["/contacts/{address}/links"] = methods{post: h.linkContact}
	table["/contacts/{address}/notes"] = methods{post: h.addContactNote}
	table["/contacts/{address}/notes/{id}"] = methods{remove: h.deleteContactNote}
	table["/contacts/{address}/block"] = methods{post: h.blockContact}
	table["/contacts/{address}/unblock"] = methods{post: h.unblockContact}
}

// listContacts is ordered by address; with q, by what it found.
func (h *handler) listContacts(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	values, page, err := listQuery(r, "prefix", "q", "blocked")
	if err != nil {
		return err
	}
	blocked, err := word("blocked", values.Get("blocked"), "true")
	if err != nil {
		return err
	}
	items, next, err := h.desk.Contacts(r.Context(), a, conversation.ContactFilter{
		Prefix: strings.ToLower(values.Get("prefix")), Find: values.Get("q"), Blocked: blocked != "",
	}, page)
	if err != nil {
		return err
	}
	return list(w, items, next, contactItemOf)
}

func (h *handler) showContact(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	p, err := h.desk.Contact(r.Context(), a, r.PathValue("address"))
	return answerContact(w, p, err)
}

// contactProtocols are those of all linked addresses.
func (h *handler) contactProtocols(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	_, page, err := listQuery(r)
	if err != nil {
		return err
	}
	items, next, err := h.desk.ContactProtocols(r.Context(), a, r.PathValue("address"), page)
	if err != nil {
		return err
	}
	return list(w, items, next, func(p conversation.ProtocolItem) Protocol { return protocolOf(&p) })
}

func (h *handler) nameContact(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	var body struct {
		Name       *string `json:"name"`
		Department string  `json:"department"`
	}
	in, err := said(w, r, a, &body)
	if err != nil {
		return err
	}
	if body.Name == nil {
		return invalid(`the field "name" is missing: a name, or "" to take it away`)
	}
	p, err := h.desk.NameContact(r.Context(), in, r.PathValue("address"), body.Department, *body.Name)
	return answerContact(w, p, err)
}

// ContactLinks is the body of POST /contacts/{address}/links.
type ContactLinks struct {
	Add        OneOrMore `json:"add,omitempty"`
	Remove     OneOrMore `json:"remove,omitempty"`
	Department string    `json:"department,omitempty"`
}

func (h *handler) linkContact(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	var body ContactLinks
	in, err := said(w, r, a, &body)
	if err != nil {
		return err
	}
	if len(body.Add)+len(body.Remove) == 0 {
		return invalid("say which: the fields are add and remove, addresses of the same person")
	}
	p, err := h.desk.LinkContact(r.Context(), in, r.PathValue("address"), body.Department, body.Add, body.Remove)
	return answerContact(w, p, err)
}

func (h *handler) addContactNote(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	var body struct {
		Text       string `json:"text"`
		Department string `json:"department"`
	}
	in, err := said(w, r, a, &body)
	if err != nil {
		return err
	}
	n, err := h.desk.AddContactNote(r.Context(), in, r.PathValue("address"), body.Department, body.Text)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, contactNoteOf(n, r.PathValue("address")))
}

func (h *handler) deleteContactNote(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, err := said(w, r, a, &struct{}{})
	if err != nil {
		return err
	}
	note, err := id(r)
	if err != nil {
		return err
	}
	p, err := h.desk.DeleteContactNote(r.Context(), in, r.PathValue("address"), note)
	return answerContact(w, p, err)
}

func (h *handler) blockContact(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	var body struct {
		Reason     string `json:"reason"`
		Department string `json:"department"`
	}
	in, err := said(w, r, a, &body)
	if err != nil {
		return err
	}
	p, err := h.desk.BlockContact(r.Context(), in, r.PathValue("address"), body.Department, body.Reason)
	return answerContact(w, p, err)
}

func (h *handler) unblockContact(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	var body struct {
		Department string `json:"department"`
	}
	in, err := said(w, r, a, &body)
	if err != nil {
		return err
	}
	p, err := h.desk.UnblockContact(r.Context(), in, r.PathValue("address"), body.Department)
	return answerContact(w, p, err)
}

// said reads what is said of a contact, and what goes with it.
func said(w http.ResponseWriter, r *http.Request, a conversation.Actor, body any) (conversation.Intent, error) {
	in, err := intent(r, a)
	if err != nil {
		return in, err
	}
	return in, decode(w, r, maxWords, body)
}

func answerContact(w http.ResponseWriter, p *conversation.Person, err error) error {
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, contactOf(p))
}

func contactItemOf(c *conversation.ContactItem) ContactItem {
	return ContactItem{
		Address: c.Address, Name: c.Name, MailName: c.MailName, FirstAt: Time{c.FirstAt}, LastAt: Time{c.LastAt},
		Blocked: c.Blocked, Addresses: append([]string{c.Address}, c.Linked...), Notes: c.Notes,
	}
}

func contactOf(p *conversation.Person) Contact {
	out := Contact{
		ContactItem: contactItemOf(&p.ContactItem), Notes: []ContactNote{}, Names: []ContactName{}, Links: []ContactLink{},
		Blocks: []Block{}, Acts: []ContactAct{},
	}
	for i := range p.Sides {
		s := &p.Sides[i]
		if g := s.Given; g != nil {
			out.Names = append(out.Names, ContactName{Department: s.Department, Name: g.Name, Agent: authorOf(g.Author), At: Time{g.At}})
		}
		if b := s.Blocked; b != nil {
			out.Blocks = append(out.Blocks, Block{Department: s.Department, Reason: b.Reason, Agent: authorOf(b.Author), At: Time{b.At}})
		}
		addresses := map[string]string{p.Key: p.Address}
		for _, c := range s.Linked {
			addresses[c.Key] = c.Address
			out.Links = append(out.Links, contactLinkOf(s, c))
		}
		for _, n := range s.Notes {
			out.Notes = append(out.Notes, contactNoteOf(n, addresses[n.Key]))
		}
		for _, act := range slices.Backward(s.Acts) {
			out.Acts = append(out.Acts, ContactAct{Department: s.Department, Act: act.Act, Detail: act.Detail, Agent: authorOf(act.Author), At: Time{act.At}})
		}
	}
	return out
}

func contactLinkOf(s *conversation.ContactSide, c *conversation.Contact) ContactLink {
	out := ContactLink{Department: s.Department, Address: c.Address, Name: c.Name, Blocked: c.Blocked != nil}
	for _, l := range s.Links {
		if l.Key == c.Key {
			out.Agent, out.At = authorOf(l.Author), Time{l.At}
		}
	}
	return out
}

func contactNoteOf(n *conversation.ContactNote, address string) ContactNote {
	return ContactNote{ID: n.ID, Department: n.Department, Address: address, Text: n.Text, Agent: authorOf(n.Author), At: Time{n.At}}
}

// authorOf names who said something: no program's name reads as an address.
func authorOf(a conversation.Author) string {
	if a.Token != "" {
		return a.Label()
	}
	return a.Agent
}
