package api

import (
	"net/http"

	"recado/conversation"
)

// Mail is the body of POST /mails, with the same two forms as [Reply].
type Mail struct {
	Department  string     `json:"department"`
	To          string     `json:"to"`
	Name        string     `json:"name,omitempty"` // the contact's; "": as he is known
	Subject     string     `json:"subject"`
	Text        string     `json:"text"`
	Attachments []Enclosed `json:"attachments,omitempty"`
}

func (b *Mail) enclosed() []Enclosed { return b.Attachments }

func (b *Mail) field(name string) any {
	switch name {
	case "department":
		return &b.Department
	case "to":
		return &b.To
	case "name":
		return &b.Name
	case "subject":
		return &b.Subject
	case "text":
		return &b.Text
	}
	return nil
}

// sendMail answers with the message, whose number tells the protocol that it joined or opened.
func (h *handler) sendMail(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, err := intent(r, a)
	if err != nil {
		return err
	}
	var body Mail
	files, done, err := h.readWritten(w, r, &body)
	if err != nil {
		return err
	}
	defer done()
	m, err := h.desk.SendMail(r.Context(), in, conversation.MailRequest{
		Department: body.Department, To: body.To, Name: body.Name, Subject: body.Subject, Text: body.Text, Attachments: files,
	})
	if err != nil {
		return err
	}
	return h.answerMessage(w, r, a, http.StatusCreated, m)
}

// Recontact is the body of POST /protocols/{number}/recontact, with the same two forms as [Reply].
type Recontact struct {
	Text        string     `json:"text"`
	Subject     string     `json:"subject,omitempty"` // "": the old protocol's
	Attachments []Enclosed `json:"attachments,omitempty"`
}

func (b *Recontact) enclosed() []Enclosed { return b.Attachments }

func (b *Recontact) field(name string) any {
	switch name {
	case "text":
		return &b.Text
	case "subject":
		return &b.Subject
	}
	return nil
}

// recontact answers with the message, which is of another protocol than the one that it is asked of.
func (h *handler) recontact(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	var body Recontact
	files, done, err := h.readWritten(w, r, &body)
	if err != nil {
		return err
	}
	defer done()
	m, err := h.desk.Recontact(r.Context(), in, n, conversation.RecontactRequest{Text: body.Text, Subject: body.Subject, Attachments: files})
	if err != nil {
		return err
	}
	return h.answerMessage(w, r, a, http.StatusCreated, m)
}

// sendHistory answers with the event, whose deliveries tell how far the mail came.
func (h *handler) sendHistory(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	var body struct {
		To string `json:"to"` // "": the contact
	}
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	m, err := h.desk.SendHistory(r.Context(), in, n, conversation.HistoryRequest{To: body.To})
	if err != nil {
		return err
	}
	return h.answerMessage(w, r, a, http.StatusCreated, m)
}
