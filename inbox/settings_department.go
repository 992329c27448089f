package inbox

import (
	"net/http"
	"slices"
	"strings"

	"recado/conversation"
)

// departmentPage is one department with what may be done to it.
type departmentPage struct {
	departmentView
	Hash      string // of the file that it shows
	Form      departmentForm
	Languages []choice
	Emails    []departmentChannel
	Said      []saidView
	Heirs     []choice // departments that its channels may go to
	Member    bool     // the agent is one of its own
	Complaint string   // why the last change was not made
}

type departmentChannel struct {
	Email, Send string
	Active      bool
}

func (in *Inbox) showDepartment(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderDepartment(w, r, v, http.StatusOK, nil, "")
}

// renderDepartment shows the department that the address names, with what was typed, and why it was not kept.
func (in *Inbox) renderDepartment(w http.ResponseWriter, r *http.Request, v *visit, status int, typed *departmentForm, complaint string) error {
	var p page
	hash := in.file.State().Hash // before the rows: never newer than they are
	v.dir = in.desk.Directory()
	dep, err := v.dir.DepartmentRow(v.actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	rows, err := in.departmentRows(r.Context(), v)
	if err != nil {
		return err
	}
	view := &departmentPage{Hash: hash, Complaint: complaint, Member: slices.Contains(v.actor.Departments, dep.ID), Said: v.said(dep)}
	for _, row := range rows {
		if row.ID == dep.ID {
			view.departmentView = row
		} else {
			view.Heirs = append(view.Heirs, choice{Value: row.ID, Label: row.Name})
		}
	}
	view.Form = departmentForm{Name: view.Name, Language: dep.Language, Acknowledge: dep.Acknowledge}
	if typed != nil {
		view.Form = *typed
	}
	view.Languages = in.languageChoices(view.Form.Language, "")[1:]
	for _, c := range v.dir.DepartmentChannels(dep.ID) {
		if len(view.Emails) == channelsPage { // the table of channels has the rest
			break
		}
		view.Emails = append(view.Emails, departmentChannel{Email: c.Email, Send: v.lang.word("send.", string(c.Send)), Active: c.Active})
	}
	p.Title, p.Notice, p.Body = view.Name, v.departmentDone(r), view
	return in.render(w, v, status, "settings_department", p)
}

// saveDepartment changes what differs from what there is: a key that was not touched is not written.
func (in *Inbox) saveDepartment(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	dep, err := v.dir.DepartmentRow(v.actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	f := departmentFormOf(r)
	if f.Name == "" {
		f.Errors["name"] = v.lang.T("teams.noname")
		return in.renderDepartment(w, r, v, http.StatusUnprocessableEntity, &f, "")
	}
	var edit conversation.DepartmentEdit
	if f.Name != dep.Name {
		edit.Name = &f.Name
	}
	if f.Language != dep.Language {
		edit.Language = &f.Language
	}
	if f.Acknowledge != dep.Acknowledge {
		edit.Acknowledge = &f.Acknowledge
	}
	_, err = in.file.SetDepartment(r.Context(), v.actor, r.PostForm.Get("hash"), dep.ID, edit)
	if err == nil {
		http.Redirect(w, r, departmentURL(dep.ID)+"?done=changed", http.StatusSeeOther)
		return nil
	}
	status, err := v.atFields(err, f.Errors)
	if err != nil {
		return err
	}
	return in.renderDepartment(w, r, v, status, &f, f.Errors[""])
}

// isolateDepartment puts a department behind the wall, or takes the wall away.
func (in *Inbox) isolateDepartment(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	id, isolated, done := r.PathValue("id"), r.PostForm.Get("isolated") == "true", "opened"
	if isolated {
		done = "isolated"
	}
	_, err := in.file.SetDepartment(r.Context(), v.actor, r.PostForm.Get("hash"), id, conversation.DepartmentEdit{Isolated: &isolated})
	if err != nil {
		return in.departmentNotEdited(w, r, v, err)
	}
	to := departmentURL(id)
	if isolated && !slices.Contains(v.actor.Departments, id) {
		to = "/settings/departments" // it is out of sight
	}
	http.Redirect(w, r, to+"?done="+done, http.StatusSeeOther)
	return nil
}

func (in *Inbox) removeDepartment(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	where := r.PostForm.Get("channels")
	to, _ := strings.CutPrefix(where, "to:")
	fate := conversation.ChannelsFate{To: to}
	if where == "remove" {
		fate = conversation.ChannelsFate{Remove: true}
	}
	err := in.file.RemoveDepartment(r.Context(), v.actor, r.PostForm.Get("hash"), r.PathValue("id"), fate)
	if err != nil {
		return in.departmentNotEdited(w, r, v, err)
	}
	http.Redirect(w, r, "/settings/departments?done=removed", http.StatusSeeOther)
	return nil
}

func (in *Inbox) departmentNotEdited(w http.ResponseWriter, r *http.Request, v *visit, err error) error {
	status, words, err := v.notEdited(err)
	if err != nil {
		return err
	}
	return in.renderDepartment(w, r, v, status, nil, words)
}
