package inbox

import (
	"net/http"
	"net/url"
	"strings"

	"recado/conversation"
	"recado/internal/message"
)

// contactsView is the list of customers.
type contactsView struct {
	Prefix string
	Rows   []contactRow
	Write  string // where one writes to the address that was looked for, which nobody has yet
	Empty  *emptyView
	More   string
	First  string
}

type contactRow struct {
	Name, Address, URL string
	Last               moment
}

func contactURL(address string) string { return "/contacts/" + url.PathEscape(address) }

func contactsURL(prefix, cursor string) string {
	values := url.Values{}
	if prefix != "" {
		values.Set("address", prefix)
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
	view := &contactsView{Prefix: strings.TrimSpace(query.Get("address"))}
	cursor := query.Get("cursor")
	list, next, err := in.desk.Contacts(r.Context(), v.actor, view.Prefix, conversation.Page{Cursor: cursor, Limit: listPage})
	if err != nil {
		return err
	}
	for _, c := range list {
		row := contactRow{Address: c.Address, URL: contactURL(c.Address), Last: v.moment(c.LastAt)}
		if who := displayName(conversation.ContactRef{Address: c.Address, Name: c.Name}); who != c.Address {
			row.Name = who
		}
		view.Rows = append(view.Rows, row)
	}
	if next != "" {
		view.More = contactsURL(view.Prefix, next)
	}
	if cursor != "" {
		view.First = contactsURL(view.Prefix, "")
	}
	if len(view.Rows) == 0 {
		view.Empty = &emptyView{Title: v.lang.T("contacts.empty"), Text: v.lang.T("contacts.empty.text")}
		if view.Prefix != "" {
			view.Empty = &emptyView{Title: v.lang.T("contacts.nobody"), Text: v.lang.T("contacts.nobody.text")}
			if a, ok := message.ParseAddress(view.Prefix); ok {
				view.Write = contactURL(a.Address)
			}
		}
	}
	p := page{Title: v.lang.T("nav.contacts"), Body: view}
	if err := in.framed(r.Context(), r, v, &p, "contacts"); err != nil {
		return err
	}
	return in.render(w, v, http.StatusOK, "contacts", p)
}

// contactView is one customer: the protocols that the agent sees, and a new mail.
type contactView struct {
	Who, Address string
	Action       string
	Rows         []contactProtocol
	More         string
	Mail         mailView
	Departments  []choice // those that can write first, with their address
	Mute         []string // those that have no address for that
}

type contactProtocol struct {
	row
	Status string
}

func (in *Inbox) showContact(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderContact(w, r, v, http.StatusOK, &mailView{Key: conversation.NewID(v.now)}, "")
}

// renderContact shows a customer, or an address that nobody has written from yet: it can be written to.
func (in *Inbox) renderContact(w http.ResponseWriter, r *http.Request, v *visit, status int, typed *mailView, department string) error {
	a, ok := message.ParseAddress(r.PathValue("address"))
	if !ok {
		return errNotFound
	}
	key := v.dir.SenderKey(a)
	known, err := in.desk.Contact(r.Context(), v.actor, a.Address)
	switch {
	case err == nil:
		a, key = message.Address{Address: known.Address, Name: known.Name}, known.Key
	case !hasCode(err, conversation.CodeNotFound):
		return err
	}
	view := &contactView{Address: a.Address, Who: displayName(conversation.ContactRef{Address: a.Address, Name: a.Name}), Action: contactURL(a.Address), Mail: *typed}
	cursor := r.URL.Query().Get("cursor")
	list, next, err := in.desk.Protocols(r.Context(), v.actor, conversation.ProtocolFilter{Contact: key}, conversation.Page{Cursor: cursor, Limit: listPage})
	if err != nil {
		return err
	}
	for i := range list {
		view.Rows = append(view.Rows, contactProtocol{row: v.row(&list[i], listQuery{View: viewAll}, ""), Status: string(list[i].Status)})
	}
	if next != "" {
		view.More = view.Action + "?cursor=" + url.QueryEscape(next)
	}
	for _, d := range v.departments() {
		from := v.sendingFrom(d.ID, conversation.SendActive)
		if from == "" {
			view.Mute = append(view.Mute, departmentName(v.dir, d.ID))
			continue
		}
		view.Departments = append(view.Departments, choice{Value: d.ID, Label: from + " · " + departmentName(v.dir, d.ID), Current: d.ID == department})
	}
	p := page{Title: view.Who, Body: view}
	if err := in.framed(r.Context(), r, v, &p, "contacts"); err != nil {
		return err
	}
	return in.render(w, v, status, "contact", p)
}

// writeFirst sends a new mail to the contact, and shows the protocol that it joined or opened.
func (in *Inbox) writeFirst(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	typed, department := v.typedMail(r), r.PostForm.Get("department")
	if typed.Subject == "" {
		typed.Error = v.lang.T("mail.nosubject")
	}
	if typed.Error != "" {
		return in.renderContact(w, r, v, http.StatusUnprocessableEntity, typed, department)
	}
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: typed.Key}
	msg, err := in.desk.SendMail(r.Context(), intent, conversation.MailRequest{Department: department, To: r.PathValue("address"), Subject: typed.Subject, Text: typed.Text})
	if err == nil {
		http.Redirect(w, r, "/protocols/"+msg.Number+"#m-"+msg.ID, http.StatusSeeOther)
		return nil
	}
	status, words, err := v.unsent(err)
	if err != nil {
		return err
	}
	typed.Error = words
	return in.renderContact(w, r, v, status, typed, department)
}
