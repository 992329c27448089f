package inbox

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"recado/conversation"
	"recado/internal/say"
)

// textsView is Settings > Texts: the canned answers that the agent has.
type textsView struct {
	Rows        []textRow
	More, First string
	MayAdd      bool
	Said        []saidTeam // what departments say by themselves, for those who may change it
}

type textRow struct {
	Title, URL, Department, Languages string
	By                                string
	At                                moment
}

// textView is one canned answer, as it is read or written.
type textView struct {
	ID, Key, Title string // an empty ID: it is new
	Version        string
	Teams          []choice
	Department     string
	Texts          []textIn
	MayEdit        bool
	Variables      []string
	Error          string
	department     string // its id
}

// textIn is the text in one language, and what it says with values.
type textIn struct{ Language, Name, Text, Shown string }

func textURL(id string) string { return "/settings/texts/" + id }

func (in *Inbox) showTexts(w http.ResponseWriter, r *http.Request, v *visit) error {
	cursor := r.URL.Query().Get("cursor")
	list, next, err := in.desk.CannedAnswers(r.Context(), v.actor, conversation.Page{Cursor: cursor, Limit: listPage})
	if err != nil {
		return err
	}
	if err := in.readNames(r.Context(), v); err != nil {
		return err
	}
	view := &textsView{MayAdd: v.actor.MayEditSomeCanned()}
	if cursor == "" {
		view.Said = in.saidTeams(v)
	}
	for _, c := range list {
		view.Rows = append(view.Rows, textRow{
			Title: c.Title, URL: textURL(c.ID), Department: v.cannedTeam(c.Department), Languages: strings.Join(c.Heading().Languages, ", "),
			By: v.name(c.UpdatedBy), At: v.moment(c.UpdatedAt),
		})
	}
	if next != "" {
		view.More = "/settings/texts?" + url.Values{"cursor": {next}}.Encode()
	}
	if cursor != "" {
		view.First = "/settings/texts"
	}
	p := page{Title: v.lang.T("texts.title"), Body: view}
	switch done := r.URL.Query().Get("done"); done {
	case "saved", "removed":
		p.Notice = v.lang.T("texts." + done)
	}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	return in.render(w, v, http.StatusOK, "settings_texts", p)
}

// cannedTeam is whose an answer is.
func (v *visit) cannedTeam(id string) string {
	if id == "" {
		return v.lang.T("canned.everybody")
	}
	return departmentName(v.dir, id)
}

func (in *Inbox) newText(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.actor.MayEditSomeCanned() {
		return &conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("only a supervisor or an admin writes canned answers")}
	}
	return in.renderText(w, r, v, http.StatusOK, in.textView(v, "", map[string]string{}))
}

func (in *Inbox) showText(w http.ResponseWriter, r *http.Request, v *visit) error {
	c, err := in.desk.CannedAnswer(r.Context(), v.actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	view := in.textView(v, c.Department, c.Texts)
	view.ID, view.Title, view.Version = c.ID, c.Title, strconv.FormatUint(c.Version, 10)
	view.MayEdit = v.actor.MayEditCanned(v.dir, c.Department)
	in.tryTexts(v, view)
	return in.renderText(w, r, v, http.StatusOK, view)
}

// textView is the form of an answer of the department that the agent may write.
func (in *Inbox) textView(v *visit, department string, texts map[string]string) *textView {
	view := &textView{Key: conversation.NewID(v.now), MayEdit: true, department: department, Department: v.cannedTeam(department), Variables: conversation.Variables}
	for _, code := range conversation.Languages {
		view.Texts = append(view.Texts, textIn{Language: code, Name: in.languages[code].name, Text: texts[code]})
	}
	if v.actor.MayEditCanned(v.dir, "") {
		view.Teams = append(view.Teams, choice{Value: "", Label: v.cannedTeam(""), Current: department == ""})
	}
	for _, d := range v.departments() {
		if v.actor.MayEditCanned(v.dir, d.ID) {
			view.Teams = append(view.Teams, choice{Value: d.ID, Label: departmentName(v.dir, d.ID), Current: department == d.ID})
		}
	}
	return view
}

// tryTexts shows what each text says with a made-up contact, and tells the first that cannot be said.
func (in *Inbox) tryTexts(v *visit, view *textView) (ok bool) {
	for i := range view.Texts {
		t := &view.Texts[i]
		if strings.TrimSpace(t.Text) == "" {
			continue
		}
		shown, err := in.desk.PreviewCanned(v.actor, view.department, t.Language, t.Text)
		if err != nil {
			view.Error = t.Name + ": " + v.reason(err)
			return false
		}
		t.Shown = shown
	}
	return true
}

func (in *Inbox) renderText(w http.ResponseWriter, r *http.Request, v *visit, status int, view *textView) error {
	p := page{Title: view.Title, Body: view}
	if view.ID == "" {
		p.Title = v.lang.T("texts.add")
	}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	return in.render(w, v, status, "settings_text", p)
}

// saveText makes or changes an answer, or only shows what it would say.
func (in *Inbox) saveText(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	id, title, department := r.PathValue("id"), r.PostForm.Get("title"), r.PostForm.Get("department")
	texts := map[string]string{}
	for _, code := range conversation.Languages {
		texts[code] = normalize(r.PostForm.Get("text-" + code))
	}
	view := in.textView(v, department, texts)
	view.ID, view.Title, view.Version = id, title, r.PostForm.Get("version")
	if key := validKey(r.PostForm.Get("key")); key != "" {
		view.Key = key
	}
	if r.PostForm.Get("do") == "try" {
		status := http.StatusOK
		if !in.tryTexts(v, view) {
			status = http.StatusUnprocessableEntity
		}
		return in.renderText(w, r, v, status, view)
	}
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: view.Key}
	edit := conversation.CannedEdit{Title: &title, Department: &department, Texts: texts}
	var err error
	if id == "" {
		_, err = in.desk.AddCanned(r.Context(), intent, edit)
	} else {
		version := parseUint(view.Version)
		intent.IfMatch = &version
		_, err = in.desk.SetCanned(r.Context(), intent, id, edit)
	}
	if err == nil {
		http.Redirect(w, r, "/settings/texts?done=saved", http.StatusSeeOther)
		return nil
	}
	return in.textNotSaved(w, r, v, view, err)
}

// textNotSaved shows what was typed, and why it was not kept. Whoever saves again after another's change means it.
func (in *Inbox) textNotSaved(w http.ResponseWriter, r *http.Request, v *visit, view *textView, err error) error {
	if hasCode(err, conversation.CodeChanged) {
		c, err := in.desk.CannedAnswer(r.Context(), v.actor, view.ID)
		if err != nil {
			return err
		}
		view.Version, view.Error = strconv.FormatUint(c.Version, 10), v.lang.T("texts.changed")
		return in.renderText(w, r, v, http.StatusConflict, view)
	}
	status, words, err := v.unsent(err)
	if err != nil {
		return err
	}
	view.Error = words
	return in.renderText(w, r, v, status, view)
}

func (in *Inbox) removeText(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	// That it went already is what was wanted.
	_, err := in.desk.RemoveCanned(r.Context(), conversation.Intent{Actor: v.actor}, r.PathValue("id"))
	if err != nil && !hasCode(err, conversation.CodeNotFound) {
		return err
	}
	http.Redirect(w, r, "/settings/texts?done=removed", http.StatusSeeOther)
	return nil
}
