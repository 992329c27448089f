package inbox

import (
	"net/http"
	"strings"

	"recado/conversation"
)

// saidView is a text that a department says by itself, as it is listed.
type saidView struct {
	Title, URL string
	Own        bool // it has one of its own
	None       bool // nothing is said
}

// saidTeam is a department with its texts.
type saidTeam struct {
	Name  string
	Texts []saidView
}

// saidPage is one of them, as it is written.
type saidPage struct {
	Department, Title, What, Language string
	LanguageName                      string
	URL, Hash, Text, Shown, Error     string
	Own                               bool
	Empty                             bool // there is no built-in text to go back to
	Quiet                             bool // the department acknowledges nothing at present
	Variables                         []string
}

var saidKinds = []conversation.DepartmentText{conversation.TextAcknowledgement, conversation.TextSignature}

// said are the texts of a department.
func (v *visit) said(dep *conversation.Department) []saidView {
	var out []saidView
	for _, kind := range saidKinds {
		own := dep.Text(kind) != ""
		out = append(out, saidView{Title: v.lang.word("said.", string(kind)), URL: "/settings/texts/departments/" + dep.ID + "/" + string(kind),
			Own: own, None: !own && dep.BuiltInText(kind) == ""})
	}
	return out
}

// saidTeams are the departments whose texts the agent may change.
func (in *Inbox) saidTeams(v *visit) []saidTeam {
	if in.file == nil || !v.actor.MaySettle() {
		return nil
	}
	var out []saidTeam
	for i := range v.dir.Departments {
		if d := &v.dir.Departments[i]; v.actor.Knows(v.dir, d.ID) && len(out) < channelsPage {
			out = append(out, saidTeam{Name: departmentName(v.dir, d.ID), Texts: v.said(d)})
		}
	}
	return out
}

// saidText finds the text that the address names.
func (in *Inbox) saidText(r *http.Request, v *visit) (*conversation.Department, conversation.DepartmentText, error) {
	v.dir = in.desk.Directory()
	dep, err := v.dir.DepartmentRow(v.actor, r.PathValue("id"))
	if err != nil {
		return nil, "", err
	}
	for _, kind := range saidKinds {
		if string(kind) == r.PathValue("text") {
			return dep, kind, nil
		}
	}
	return nil, "", errNotFound
}

func (in *Inbox) saidView(v *visit, dep *conversation.Department, kind conversation.DepartmentText) *saidPage {
	view := &saidPage{
		Department: departmentName(v.dir, dep.ID), Title: v.lang.word("said.", string(kind)), What: v.lang.word("said.what.", string(kind)),
		Language: dep.Language, LanguageName: in.languageName(dep.Language), URL: "/settings/texts/departments/" + dep.ID + "/" + string(kind),
		Hash: dep.TextHash(kind), Text: dep.Text(kind), Own: dep.Text(kind) != "", Empty: dep.BuiltInText(kind) == "",
		Quiet: kind == conversation.TextAcknowledgement && !dep.Acknowledge, Variables: kind.Variables(),
	}
	if !view.Own {
		view.Text = dep.BuiltInText(kind)
	}
	return view
}

func (in *Inbox) showSaid(w http.ResponseWriter, r *http.Request, v *visit) error {
	dep, kind, err := in.saidText(r, v)
	if err != nil {
		return err
	}
	return in.renderSaid(w, r, v, http.StatusOK, dep, kind, in.saidView(v, dep, kind))
}

// renderSaid shows a text and what a customer would read of it.
func (in *Inbox) renderSaid(w http.ResponseWriter, r *http.Request, v *visit, status int, dep *conversation.Department, kind conversation.DepartmentText, view *saidPage) error {
	if strings.TrimSpace(view.Text) != "" {
		view.Shown = kind.Preview(v.dir, dep, view.Text, v.now)
	}
	p := page{Title: view.Title + " · " + view.Department, Body: view}
	if done := r.URL.Query().Get("done"); done == "saved" || done == "back" {
		p.Notice = v.lang.T("said.done." + done)
	}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	return in.render(w, v, status, "settings_said", p)
}

// saveSaid writes a text of the department's own, goes back to the built-in one, or only shows what would be said.
func (in *Inbox) saveSaid(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	dep, kind, err := in.saidText(r, v)
	if err != nil {
		return err
	}
	view, do, done := in.saidView(v, dep, kind), r.PostForm.Get("do"), "saved"
	text := strings.TrimRight(normalize(r.PostForm.Get("text")), "\n \t")
	view.Hash, view.Text = r.PostForm.Get("hash"), text
	if do == "default" {
		text, done = "", "back"
	} else if text == "" && !view.Empty {
		view.Error = v.lang.T("said.empty")
	} else if err := kind.Check(text); err != nil {
		view.Error = v.reason(err)
	}
	switch {
	case view.Error != "":
		return in.renderSaid(w, r, v, http.StatusUnprocessableEntity, dep, kind, view)
	case do == "try":
		return in.renderSaid(w, r, v, http.StatusOK, dep, kind, view)
	case text == strings.TrimRight(dep.BuiltInText(kind), "\n"):
		text = ""
	}
	_, err = in.file.SetDepartmentText(r.Context(), v.actor, dep.ID, kind, view.Hash, text)
	if err == nil {
		http.Redirect(w, r, view.URL+"?done="+done, http.StatusSeeOther)
		return nil
	}
	return in.saidNotSaved(w, r, v, view, err)
}

// saidNotSaved shows what was typed, and why it was not kept. Whoever saves again after another's change means it.
func (in *Inbox) saidNotSaved(w http.ResponseWriter, r *http.Request, v *visit, typed *saidPage, err error) error {
	changed := hasCode(err, conversation.CodeChanged)
	status, words, err := v.notEdited(err)
	if err != nil {
		return err
	}
	if changed {
		words = v.lang.T("texts.changed")
	}
	dep, kind, err := in.saidText(r, v)
	if err != nil {
		return err
	}
	view := in.saidView(v, dep, kind)
	view.Text, view.Error = typed.Text, words
	return in.renderSaid(w, r, v, status, dep, kind, view)
}
