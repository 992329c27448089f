package inbox

import (
	"net/http"
	"net/url"

	"recado/conversation"
	"recado/internal/message"
)

// contactView is one customer: the protocols that the agent sees, and a new mail.
type contactView struct {
	Who, Address string
	Action       string
	Person       *personView
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
	return in.renderContact(w, r, v, http.StatusOK, nil, nil)
}

// renderContact shows a customer, or an address that nobody has written from yet: it can be written to.
func (in *Inbox) renderContact(w http.ResponseWriter, r *http.Request, v *visit, status int, typed *mailView, saying *personTyped) error {
	a, ok := message.ParseAddress(r.PathValue("address"))
	if !ok {
		return errNotFound
	}
	known, err := in.desk.Contact(r.Context(), v.actor, a.Address)
	switch {
	case err == nil:
		a = message.Address{Address: known.Address, Name: known.Name}
	case !hasCode(err, conversation.CodeNotFound):
		return err
	}
	if err := in.readNames(r.Context(), v); err != nil {
		return err
	}
	view := &contactView{Address: a.Address, Who: displayName(conversation.ContactRef{Address: a.Address, Name: a.Name}), Action: contactURL(a.Address)}
	view.Person = v.person(known, a.Address, r.URL.Query().Get("notes") == "all", saying)
	cursor := r.URL.Query().Get("cursor")
	list, next, err := in.desk.ContactProtocols(r.Context(), v.actor, a.Address, conversation.Page{Cursor: cursor, Limit: listPage})
	if err != nil {
		return err
	}
	for i := range list {
		view.Rows = append(view.Rows, contactProtocol{row: v.row(&list[i], listQuery{View: viewAll}, ""), Status: string(list[i].Status)})
	}
	if next != "" {
		view.More = view.Action + "?cursor=" + url.QueryEscape(next)
	}
	if err := in.newMail(r, v, &view.Mail, typed, a.Address); err != nil {
		return err
	}
	for _, d := range v.departments() {
		from := v.sendingFrom(d.ID, conversation.SendActive)
		if from == "" {
			view.Mute = append(view.Mute, departmentName(v.dir, d.ID))
			continue
		}
		view.Departments = append(view.Departments, choice{Value: d.ID, Label: from + " · " + departmentName(v.dir, d.ID), Current: d.ID == view.Mail.Department})
	}
	writing := make([]string, len(view.Departments))
	for i, c := range view.Departments {
		writing[i] = c.Value
	}
	if view.Mail.Canned, err = in.chooser(r.Context(), v, view.Action+"/mails/canned", url.Values{"contact": {a.Address}}, writing...); err != nil {
		return err
	}
	p := page{Title: view.Who, Body: view}
	if err := in.framed(r.Context(), r, v, &p, "contacts"); err != nil {
		return err
	}
	return in.render(w, v, status, "contact", p)
}

// newMail fills in the form of a new mail, from what was typed or kept.
func (in *Inbox) newMail(r *http.Request, v *visit, view, typed *mailView, address string) error {
	at := conversation.MailTo(address)
	kept, _, err := in.desk.Draft(r.Context(), v.actor, at)
	if err != nil && !hasCode(err, conversation.CodeInvalid) { // invalid is an address that nobody writes to, one of ours
		return err
	}
	view.Key = conversation.NewID(v.now)
	view.begun(v, kept)
	if typed != nil {
		*view = *typed
	}
	view.Files = in.filesView(kept, contactURL(address)+"/mails/draft")
	view.Undone, err = in.undone(r, v, at)
	return err
}

// writeFirst sends a new mail to the contact, and shows the protocol that it joined or opened.
func (in *Inbox) writeFirst(w http.ResponseWriter, r *http.Request, v *visit) error {
	address := r.PathValue("address")
	t, err := in.readWritten(w, r, v, conversation.MailTo(address))
	if err != nil {
		return err
	}
	status, words, err := in.sendFirst(w, r, v, t, true, func(intent conversation.Intent) (*conversation.Message, error) {
		return in.desk.SendMail(r.Context(), intent,
			conversation.MailRequest{Department: t.draft.Department, To: address, Subject: t.draft.Subject, Text: t.draft.Text, Written: in.sentAs(t)})
	})
	if err != nil || status == 0 {
		return err
	}
	return in.renderContact(w, r, v, status, t.view(words), nil)
}
