package inbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"recado/conversation"
)

// DepartmentFile edits the departments of the channel file, as ChannelFile does its channels.
type DepartmentFile interface {
	AddDepartment(ctx context.Context, a conversation.Actor, seen string, d conversation.DepartmentEdit, first conversation.ChannelEdit) (*conversation.Department, error)
	SetDepartment(ctx context.Context, a conversation.Actor, seen, id string, d conversation.DepartmentEdit) (*conversation.Department, error)
	RemoveDepartment(ctx context.Context, a conversation.Actor, seen, id string, fate conversation.ChannelsFate) error
	// SetDepartmentText carries the hash of the text that it was decided by.
	SetDepartmentText(ctx context.Context, a conversation.Actor, id string, kind conversation.DepartmentText, seen, text string) (*conversation.Department, error)
}

// departmentsView is Settings > Departments.
type departmentsView struct {
	Hash      string // of the file that the table shows
	Rows      []departmentView
	Add       departmentForm
	Sends     []choice
	Languages []choice
	More      string
	First     string
}

// departmentView is a row of the table.
type departmentView struct {
	ID, Name, URL, Language string
	Isolated, Acknowledge   bool
	Channels                int
	Open, Held              int
	Counted                 bool // the agent may know how much there is
}

// departmentForm is what was typed of a department, with what is wrong with it.
type departmentForm struct {
	Unfolded              bool
	ID, Name, Language    string
	Isolated, Acknowledge bool
	Email, Send           string            // of the first channel of a new one
	Errors                map[string]string // by field; "" for the whole
}

func departmentURL(id string) string { return "/settings/departments/" + url.PathEscape(id) }

func (in *Inbox) showDepartments(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderDepartments(w, r, v, http.StatusOK, departmentForm{Acknowledge: true, Language: v.dir.Language, Send: string(conversation.SendAll)})
}

func (in *Inbox) renderDepartments(w http.ResponseWriter, r *http.Request, v *visit, status int, form departmentForm) error {
	var p page
	view := &departmentsView{Hash: in.file.State().Hash, Add: form} // the hash before the rows: never newer than they are
	v.dir = in.desk.Directory()
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	rows, err := in.departmentRows(r.Context(), v)
	if err != nil {
		return err
	}
	from := max(0, slices.IndexFunc(rows, func(d departmentView) bool { return d.ID == r.FormValue("from") }))
	view.Rows = rows[from:min(len(rows), from+channelsPage)]
	if from+channelsPage < len(rows) {
		view.More = "/settings/departments?" + url.Values{"from": {rows[from+channelsPage].ID}}.Encode()
	}
	if from > 0 {
		view.First = "/settings/departments"
	}
	for _, s := range []conversation.SendType{conversation.SendAll, conversation.SendReceptive} {
		view.Sends = append(view.Sends, choice{Value: string(s), Label: v.lang.word("send.", string(s)), Current: form.Send == string(s)})
	}
	view.Languages = in.languageChoices(form.Language, "")[1:]
	p.Title, p.Notice = v.lang.T("teams.title"), v.departmentDone(r)
	p.Body = view
	return in.render(w, v, status, "settings_departments", p)
}

// departmentDone is what the last edit did.
func (v *visit) departmentDone(r *http.Request) string {
	switch done := r.URL.Query().Get("done"); done {
	case "added", "apart", "changed", "isolated", "opened", "removed":
		return v.lang.T("teams.done." + done)
	}
	return ""
}

// departmentRows are the departments that the agent may know of, with how much there is.
func (in *Inbox) departmentRows(ctx context.Context, v *visit) ([]departmentView, error) {
	counts, err := in.desk.Counts(ctx, v.actor)
	if err != nil {
		return nil, err
	}
	channels := map[string]int{}
	for i := range v.dir.Channels {
		channels[v.dir.Channels[i].Department]++
	}
	var out []departmentView
	for i := range v.dir.Departments {
		d := &v.dir.Departments[i]
		if !v.actor.Knows(v.dir, d.ID) {
			continue
		}
		row := departmentView{ID: d.ID, Name: departmentName(v.dir, d.ID), URL: departmentURL(d.ID), Language: in.languageName(d.Language),
			Isolated: d.Isolated, Acknowledge: d.Acknowledge, Channels: channels[d.ID]}
		if at := slices.IndexFunc(counts, func(c conversation.DepartmentCount) bool { return c.Department == d.ID }); at >= 0 {
			row.Open, row.Held, row.Counted = counts[at].Open, counts[at].Held, true
		}
		out = append(out, row)
	}
	return out, nil
}

// languageName is a language by its own name.
func (in *Inbox) languageName(code string) string {
	if l := in.languages[code]; l != nil {
		return l.name
	}
	return code
}

// departmentFormOf reads what was typed.
func departmentFormOf(r *http.Request) departmentForm {
	field := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	return departmentForm{Unfolded: true, ID: field("id"), Name: field("name"), Language: field("language"), Isolated: field("isolated") != "",
		Acknowledge: field("acknowledge") != "", Email: field("email"), Send: field("send"), Errors: map[string]string{}}
}

var departmentID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (in *Inbox) addDepartment(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	f := departmentFormOf(r)
	if f.Name == "" {
		f.Errors["name"] = v.lang.T("teams.noname")
	}
	if !departmentID.MatchString(f.ID) {
		f.Errors["id"] = v.lang.T("teams.badid")
	}
	if mistake := v.emailMistake(f.Email); mistake != "" {
		f.Errors["email"] = mistake
	}
	if len(f.Errors) > 0 {
		return in.renderDepartments(w, r, v, http.StatusUnprocessableEntity, f)
	}
	edit := conversation.DepartmentEdit{ID: &f.ID, Name: &f.Name, Isolated: &f.Isolated, Acknowledge: &f.Acknowledge}
	if f.Language != v.dir.Language { // the server's is no key
		edit.Language = &f.Language
	}
	_, err := in.file.AddDepartment(r.Context(), v.actor, r.PostForm.Get("hash"), edit, conversation.ChannelEdit{Email: &f.Email, Send: &f.Send})
	if err == nil {
		done := "added"
		if f.Isolated && !slices.Contains(v.actor.Departments, f.ID) {
			done = "apart"
		}
		http.Redirect(w, r, "/settings/departments?done="+done, http.StatusSeeOther)
		return nil
	}
	status, err := v.atFields(err, f.Errors)
	if err != nil {
		return err
	}
	return in.renderDepartments(w, r, v, status, f)
}

// atFields puts why an edit was not made where it is to be read; an error that there are no words for comes back.
func (v *visit) atFields(err error, fields map[string]string) (status int, _ error) {
	var refusal conversation.ChannelFileRefusal
	if errors.As(err, &refusal) && refusal.Code() == conversation.CodeInvalid {
		for _, p := range refusal {
			fields[p.Field] = v.told(p.Said())
		}
		return http.StatusUnprocessableEntity, nil
	}
	status, words, err := v.notEdited(err)
	if err == nil {
		fields[""] = words
	}
	return status, err
}
