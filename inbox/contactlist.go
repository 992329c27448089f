package inbox

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"recado/conversation"
	"recado/internal/message"
)

// contactDesk is what the screens of contacts need of the domain. The department tells for whom something is said: ""
// is the actor's own side.
type contactDesk interface {
	Contacts(ctx context.Context, actor conversation.Actor, f conversation.ContactFilter, page conversation.Page) ([]*conversation.ContactItem, string, error)
	Contact(ctx context.Context, actor conversation.Actor, address string) (*conversation.Person, error)
	ContactProtocols(ctx context.Context, actor conversation.Actor, address string, page conversation.Page) ([]conversation.ProtocolItem, string, error)
	// ProtocolContact is what the side of the protocol says of its contact.
	ProtocolContact(ctx context.Context, actor conversation.Actor, number string) (*conversation.ContactItem, error)
	NameContact(ctx context.Context, in conversation.Intent, address, department, name string) (*conversation.Person, error)
	LinkContact(ctx context.Context, in conversation.Intent, address, department string, add, remove []string) (*conversation.Person, error)
	AddContactNote(ctx context.Context, in conversation.Intent, address, department, text string) (*conversation.ContactNote, error)
	DeleteContactNote(ctx context.Context, in conversation.Intent, address, id string) (*conversation.Person, error)
	BlockContact(ctx context.Context, in conversation.Intent, address, department, reason string) (*conversation.Person, error)
	UnblockContact(ctx context.Context, in conversation.Intent, address, department string) (*conversation.Person, error)
}

// contactsView is the list of customers.
type contactsView struct {
	Find    string
	Blocked bool // the list is of those who are
	All     string
	Held    string // where the blocked ones are
	Rows    []contactRow
	Write   string // where one writes to the address that was looked for, which nobody has yet
	Empty   *emptyView
	More    string
	First   string
}

type contactRow struct {
	Name, Address, URL string
	Others             string // the person's other addresses
	Blocked            bool
	Notes              int
	Last               moment
}

func contactURL(address string) string { return "/contacts/" + url.PathEscape(address) }

func contactsURL(find string, blocked bool, cursor string) string {
	values := url.Values{}
	if find != "" {
		values.Set("q", find)
	}
	if blocked {
		values.Set("blocked", "1")
	}
	if cursor != "" {
		values.Set("cursor", cursor)
	}
	if len(values) == 0 {
		return "/contacts"
	}
	return "/contacts?" + values.Encode()
}

func (in *Inbox) showContacts(w http.ResponseWriter, r *http.Request, v *visit) error {
	query := r.URL.Query()
	view := &contactsView{Find: strings.TrimSpace(query.Get("q")), Blocked: query.Get("blocked") != ""}
	view.All, view.Held = contactsURL(view.Find, false, ""), contactsURL(view.Find, true, "")
	cursor := query.Get("cursor")
	f := conversation.ContactFilter{Find: view.Find, Blocked: view.Blocked}
	list, next, err := in.desk.Contacts(r.Context(), v.actor, f, conversation.Page{Cursor: cursor, Limit: listPage})
	if err != nil {
		return err
	}
	for _, c := range list {
		view.Rows = append(view.Rows, v.contactRow(c))
	}
	if next != "" {
		view.More = contactsURL(view.Find, view.Blocked, next)
	}
	if cursor != "" {
		view.First = contactsURL(view.Find, view.Blocked, "")
	}
	if len(view.Rows) == 0 && next == "" {
		view.empty(v)
	}
	p := page{Title: v.lang.T("nav.contacts"), Body: view}
	if err := in.framed(r.Context(), r, v, &p, "contacts"); err != nil {
		return err
	}
	return in.render(w, v, http.StatusOK, "contacts", p)
}

func (v *visit) contactRow(c *conversation.ContactItem) contactRow {
	row := contactRow{
		Address: c.Address, URL: contactURL(c.Address), Others: strings.Join(c.Linked, ", "), Blocked: c.Blocked, Notes: c.Notes, Last: v.moment(c.LastAt),
	}
	if who := displayName(conversation.ContactRef{Address: c.Address, Name: c.Name}); who != c.Address {
		row.Name = who
	}
	return row
}

// empty says what the list is for, and what to do next.
func (view *contactsView) empty(v *visit) {
	switch {
	case view.Find != "":
		view.Empty = &emptyView{Title: v.lang.T("contacts.nobody"), Text: v.lang.T("contacts.nobody.text")}
		if a, ok := message.ParseAddress(view.Find); ok && !view.Blocked {
			view.Write = contactURL(a.Address)
		}
	case view.Blocked:
		view.Empty = &emptyView{Title: v.lang.T("contacts.noblock"), Text: v.lang.T("contacts.noblock.text")}
	default:
		view.Empty = &emptyView{Title: v.lang.T("contacts.empty"), Text: v.lang.T("contacts.empty.text")}
	}
}
