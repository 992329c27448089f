package inbox

import (
	"net/http"
	"strings"

	"recado/conversation"
)

// mailView is a mail that we write first, before it is sent.
type mailView struct {
	Key           string // makes the second of two clicks send nothing
	From, To      string // an empty From: the department has no channel of that send type
	Department    string // of a new mail
	Subject, Text string
	Error         string
	Files         filesView
	Kept          string // when the text was kept as a draft
	Undone        bool   // the text is that of a mail that was taken back
	Canned        *chooser
}

// historyView is the history of a protocol, before it is sent.
type historyView struct {
	Key, From, To string
	Anybody       bool // it may go to another address than the contact's
	Other         string
	Error         string
}

// mailbox is a contact as the line over a mail names him.
func mailbox(c conversation.ContactRef) string {
	if who := displayName(c); who != c.Address {
		return who + " <" + c.Address + ">"
	}
	return c.Address
}

// sendingFrom is the address that mail of the send type leaves from, empty where there is no channel for it.
func (v *visit) sendingFrom(department string, t conversation.SendType) string {
	if c := v.dir.SendingChannel(department, t); c != nil {
		return c.Email
	}
	return ""
}

// toSend fills in what can be sent from the screen of a protocol beside an answer. What went to another
// protocol is told of and gone on with there.
func (in *Inbox) toSend(r *http.Request, v *visit, view *protocolView, c *conversation.Conversation, d *draft) error {
	typed := d != nil && d.resume != nil // stays on the page whatever became of the protocol
	if c.Contact.Address == "" || c.Merged != nil && !typed {
		return nil
	}
	if c.Merged == nil {
		view.History = &historyView{
			Key: conversation.NewID(v.now), From: v.sendingFrom(c.Department, conversation.SendHistory), To: mailbox(c.Contact), Anybody: v.actor.MayTellOthers(),
		}
		if d != nil && d.history != nil {
			view.History.Key, view.History.Other, view.History.Error = d.history.Key, d.history.Other, d.history.Error
		}
	}
	if c.Status == conversation.Open {
		return nil
	}
	view.Resume = &mailView{
		Key: conversation.NewID(v.now), From: v.sendingFrom(c.Department, conversation.SendRecontact), To: mailbox(c.Contact),
		Subject: strings.TrimSpace(strings.ReplaceAll(c.Subject, "[#"+c.Number+"]", "")),
	}
	at := conversation.RecontactAt(c.Number)
	kept, _, err := in.desk.Draft(r.Context(), v.actor, at)
	if err != nil {
		return err
	}
	view.Resume.begun(v, kept)
	view.Resume.Files = in.filesView(kept, view.Action+"/recontact/draft")
	if typed {
		view.Resume.Key, view.Resume.Subject, view.Resume.Text, view.Resume.Error = d.resume.Key, d.resume.Subject, d.resume.Text, d.resume.Error
	}
	view.Resume.Undone, err = in.undone(r, v, at)
	return err
}

// begun shows what was kept of a mail.
func (m *mailView) begun(v *visit, kept *conversation.Draft) {
	if kept == nil || kept.Text == "" {
		return
	}
	m.Text, m.Kept = kept.Text, v.moment(kept.At).Short
	m.Department = kept.Department
	if kept.Subject != "" {
		m.Subject = kept.Subject
	}
}

// unsent is what a form says of a mail that was not sent; an error that no form can mend comes back.
func (v *visit) unsent(err error) (status int, words string, _ error) {
	if !hasCode(err, conversation.CodeConflict) && !hasCode(err, conversation.CodeInvalid) && !hasCode(err, conversation.CodeForbidden) {
		return 0, "", err
	}
	status, key := failure(err)
	return status, v.lang.T(key) + ". " + v.reason(err), nil
}

// amiss is what keeps a mail that we write first from being sent, before it is tried.
func (in *Inbox) amiss(v *visit, t *written, needsSubject bool) (status int, words string) {
	switch {
	case t.tooLarge():
		return http.StatusRequestEntityTooLarge, in.over(v, t)
	case needsSubject && t.draft.Subject == "":
		return http.StatusUnprocessableEntity, v.lang.T("mail.nosubject")
	case !t.says():
		return http.StatusUnprocessableEntity, v.lang.T("mail.empty")
	}
	return 0, ""
}

// view is the form with what was typed.
func (t *written) view(words string) *mailView {
	return &mailView{Key: t.key, Department: t.draft.Department, Subject: t.draft.Subject, Text: t.draft.Text, Error: words}
}

// sendFirst sends a mail that we write first, and shows the protocol that it joined or opened: status is 0 then. What cannot
// be sent is kept, and the words say why.
func (in *Inbox) sendFirst(w http.ResponseWriter, r *http.Request, v *visit, t *written, needsSubject bool,
	send func(conversation.Intent) (*conversation.Message, error)) (status int, words string, err error) {
	if status, words = in.amiss(v, t, needsSubject); status == 0 {
		msg, err := send(conversation.Intent{Actor: v.actor, IdempotencyKey: t.key})
		if err == nil {
			http.Redirect(w, r, "/protocols/"+msg.Number+"#m-"+msg.ID, http.StatusSeeOther)
			return 0, "", nil
		}
		if status, words, err = v.unsent(err); err != nil {
			return 0, "", err
		}
	}
	in.keepStopped(r.Context(), v, t)
	return status, words, nil
}

// resume resumes contact from a finalized protocol, and shows the one that the mail joined or opened.
func (in *Inbox) resume(w http.ResponseWriter, r *http.Request, v *visit) error {
	number := r.PathValue("number")
	t, err := in.readWritten(w, r, v, conversation.RecontactAt(number))
	if err != nil {
		return err
	}
	status, words, err := in.sendFirst(w, r, v, t, false, func(intent conversation.Intent) (*conversation.Message, error) {
		return in.desk.Recontact(r.Context(), intent, number, conversation.RecontactRequest{Subject: t.draft.Subject, Text: t.draft.Text, Written: in.sentAs(t)})
	})
	if err != nil || status == 0 {
		return err
	}
	d := &draft{resume: t.view(words)}
	if c, err := in.desk.ConversationWindow(r.Context(), v.actor, number, conversation.Window{Newest: 1}); err == nil && c.Status == conversation.Open {
		d.moved, d.compose = &movedView{Title: v.lang.T("resume.open"), Text: words}, composeView{Text: t.draft.Text} // somebody reopened it: the text goes on as an answer
	}
	return in.renderProtocol(w, r, v, status, d)
}

// sendHistory sends what was written in a protocol to its contact, or to the address that was typed.
func (in *Inbox) sendHistory(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	typed := &historyView{Key: validKey(r.PostForm.Get("key")), Other: strings.TrimSpace(r.PostForm.Get("other"))}
	if typed.Key == "" {
		typed.Key = conversation.NewID(v.now)
	}
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: typed.Key}
	msg, err := in.desk.SendHistory(r.Context(), intent, r.PathValue("number"), conversation.HistoryRequest{To: typed.Other, Wait: in.undoTime})
	if err == nil {
		return in.backTo(w, r, v, "m-"+msg.ID)
	}
	status, words, err := v.unsent(err)
	if err != nil {
		return err
	}
	typed.Error = words
	return in.renderProtocol(w, r, v, status, &draft{history: typed})
}
