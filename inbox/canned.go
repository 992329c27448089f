package inbox

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"recado/conversation"
)

// CannedDesk is what the inbox needs of canned answers. *conversation.Manager is one.
type CannedDesk interface {
	// CannedTitles are those that may be said in any of the departments.
	CannedTitles(ctx context.Context, actor conversation.Actor, departments ...string) ([]*conversation.CannedTitle, error)
	CannedText(ctx context.Context, actor conversation.Actor, id string, r conversation.CannedRequest) (text, language string, err error)
	CannedAnswers(ctx context.Context, actor conversation.Actor, page conversation.Page) ([]*conversation.CannedAnswer, string, error)
	CannedAnswer(ctx context.Context, actor conversation.Actor, id string) (*conversation.CannedAnswer, error)
	PreviewCanned(actor conversation.Actor, department, language, text string) (string, error)
	AddCanned(ctx context.Context, intent conversation.Intent, e conversation.CannedEdit) (*conversation.CannedAnswer, error)
	SetCanned(ctx context.Context, intent conversation.Intent, id string, e conversation.CannedEdit) (*conversation.CannedAnswer, error)
	RemoveCanned(ctx context.Context, intent conversation.Intent, id string) (*conversation.CannedAnswer, error)
}

// chooser offers the canned answers in a form that writes a mail.
type chooser struct {
	Groups    []cannedGroup
	Languages []choice // where one of them has several
	Action    string   // where the form goes to have the chosen text added
	Query     string   // what the script asks for the text with
	Chosen    string
}

// cannedGroup are the answers of a department.
type cannedGroup struct {
	Label   string
	Answers []choice
}

// chooser is nil where there is nothing to choose. The departments' own answers come first, then everybody's.
func (in *Inbox) chooser(ctx context.Context, v *visit, action string, query url.Values, departments ...string) (*chooser, error) {
	titles, err := in.desk.CannedTitles(ctx, v.actor, departments...)
	if len(titles) == 0 || err != nil {
		return nil, err
	}
	c := &chooser{Action: action, Query: query.Encode()}
	several := false
	byDepartment := map[string][]choice{}
	for _, t := range titles {
		byDepartment[t.Department] = append(byDepartment[t.Department], choice{Value: t.ID, Label: t.Title})
		several = several || len(t.Languages) > 1
	}
	order := slices.Clone(departments)
	order = append(order, "")
	for _, d := range v.departments() {
		order = append(order, d.ID)
	}
	for _, id := range order {
		if answers := byDepartment[id]; len(answers) > 0 {
			label := v.lang.T("canned.everybody")
			if id != "" {
				label = departmentName(v.dir, id)
			}
			c.Groups = append(c.Groups, cannedGroup{Label: label, Answers: answers})
			delete(byDepartment, id)
		}
	}
	if several {
		c.Languages = in.languageChoices("", v.lang.T("canned.language.default"))
	}
	return c, nil
}

// closingView is what stands below an answer, in a line and whole.
type closingView struct{ Line, Text string }

// offer puts canned answers beside whichever form of the protocol writes a mail, and says how an answer is closed.
func (in *Inbox) offer(ctx context.Context, v *visit, view *protocolView, c *conversation.Conversation) (err error) {
	query := url.Values{"number": {c.Number}}
	if view.Resume != nil {
		view.Resume.Canned, err = in.chooser(ctx, v, view.Action+"/recontact/canned", query, c.Department)
		return err
	}
	if !view.Open {
		return nil
	}
	if text := v.dir.Closing(c.Department, c.Protocol, v.agent.Signature); text != "" {
		view.Compose.Closing = &closingView{Line: strings.Join(strings.Split(text, "\n"), " · "), Text: "-- \n" + text}
	}
	view.Compose.Canned, err = in.chooser(ctx, v, view.Action+"/replies/canned"+view.Query, query, c.Department)
	return err
}

// languageChoices are the languages, after one that has the words for none.
func (in *Inbox) languageChoices(current, none string) []choice {
	out := []choice{{Label: none, Current: current == ""}}
	for _, code := range conversation.Languages {
		out = append(out, choice{Value: code, Label: in.languages[code].name, Current: code == current})
	}
	return out
}

// cannedText answers the script with the text to put in.
func (in *Inbox) cannedText(w http.ResponseWriter, r *http.Request, v *visit) error {
	q := r.URL.Query()
	text, language, err := in.desk.CannedText(r.Context(), v.actor, r.PathValue("id"), conversation.CannedRequest{
		Number: q.Get("number"), Language: q.Get("language"), Department: q.Get("department"), Contact: in.contactOf(r.Context(), v, q.Get("contact")),
	})
	if hasCode(err, conversation.CodeInvalid) || hasCode(err, conversation.CodeNotFound) {
		http.Error(w, v.cannedRefused(err), http.StatusUnprocessableEntity)
		return nil
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Language", language)
	_, _ = w.Write([]byte(text)) // nobody is left to tell when the browser has gone
	return nil
}

// cannedRefused says why a chosen text was not put in.
func (v *visit) cannedRefused(err error) string {
	if hasCode(err, conversation.CodeInvalid) {
		return v.lang.T("canned.nolanguage")
	}
	return v.lang.T("canned.gone")
}

// contactOf is the customer of the address, as far as he is known; by the name that mails say, since what agents call him
// stands in no mail (rule 22).
func (in *Inbox) contactOf(ctx context.Context, v *visit, address string) conversation.ContactRef {
	if address == "" {
		return conversation.ContactRef{}
	}
	if c, err := in.desk.Contact(ctx, v.actor, address); err == nil {
		return conversation.ContactRef{Address: c.Address, Name: c.MailName}
	}
	return conversation.ContactRef{Address: address}
}

// addToReply adds a canned text to the answer that is being written, without a script: it comes back as a draft.
func (in *Inbox) addToReply(w http.ResponseWriter, r *http.Request, v *visit) error {
	number := r.PathValue("number")
	t, words, err := in.addCanned(w, r, v, conversation.ReplyAt(number), conversation.CannedRequest{Number: number})
	switch {
	case err != nil:
		return err
	case words == "":
		return in.backTo(w, r, v, "reply")
	}
	d := t.reply()
	d.compose.Error = words
	return in.renderProtocol(w, r, v, http.StatusUnprocessableEntity, d)
}

// addToResume is addToReply for the mail that resumes contact.
func (in *Inbox) addToResume(w http.ResponseWriter, r *http.Request, v *visit) error {
	number := r.PathValue("number")
	t, words, err := in.addCanned(w, r, v, conversation.RecontactAt(number), conversation.CannedRequest{Number: number})
	switch {
	case err != nil:
		return err
	case words == "":
		return in.backTo(w, r, v, "resume")
	}
	return in.renderProtocol(w, r, v, http.StatusUnprocessableEntity, &draft{resume: t.view(words)})
}

// addToFirst is addToReply for a first mail.
func (in *Inbox) addToFirst(w http.ResponseWriter, r *http.Request, v *visit) error {
	address := r.PathValue("address")
	t, words, err := in.addCanned(w, r, v, conversation.MailTo(address), conversation.CannedRequest{Contact: in.contactOf(r.Context(), v, address)})
	switch {
	case err != nil:
		return err
	case words == "":
		http.Redirect(w, r, contactURL(address)+"#mail", http.StatusSeeOther)
		return nil
	}
	return in.renderContact(w, r, v, http.StatusUnprocessableEntity, t.view(words), nil)
}

// addCanned adds the chosen text below what is written at the place, and keeps both. The words say why it did not.
func (in *Inbox) addCanned(w http.ResponseWriter, r *http.Request, v *visit, at conversation.Place, request conversation.CannedRequest) (*written, string, error) {
	t, err := in.readWritten(w, r, v, at)
	if err != nil {
		return nil, "", err
	}
	request.Language = t.fields["canned_language"]
	if request.Number == "" {
		request.Department = t.draft.Department
	}
	words := ""
	switch text, _, err := in.desk.CannedText(r.Context(), v.actor, t.fields["canned"], request); {
	case t.fields["canned"] == "":
		words = v.lang.T("canned.choosefirst")
	case hasCode(err, conversation.CodeInvalid), hasCode(err, conversation.CodeNotFound):
		words = v.cannedRefused(err)
	case err != nil:
		return nil, "", err
	case strings.TrimSpace(t.draft.Text) == "":
		t.draft.Text = text
	default:
		t.draft.Text = strings.TrimRight(t.draft.Text, " \t\n") + "\n\n" + text
	}
	if t.tooLarge() && words == "" {
		words = in.over(v, t)
	}
	if words != "" {
		in.keepStopped(r.Context(), v, t)
		return t, words, nil
	}
	return t, "", in.desk.SaveDraft(r.Context(), v.actor, at, t.draft)
}
