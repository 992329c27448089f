package inbox

import (
	"net/http"

	"recado/conversation"
)

// youView is Settings > You: how the agent is shown.
type youView struct {
	Name, Signature string
	Languages       []choice
	Closings        []closingView // how mails of the agent's departments end
	Password        ownPassword
	Step            stepState
	Sessions        *sessionsView
	Error           string
}

func (in *Inbox) showYou(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderYou(w, r, v, http.StatusOK, youView{Name: v.agent.Name, Signature: v.agent.Signature})
}

func (in *Inbox) renderYou(w http.ResponseWriter, r *http.Request, v *visit, status int, view youView) error {
	view.Languages = in.languageChoices(v.agent.Language, v.lang.T("you.language.default"))
	example := &conversation.Protocol{Number: conversation.FormatNumber(conversation.NumberDay(v.now, v.dir.Location), 42), OpenedAt: v.now}
	const most = 10 // departments whose mails are shown
	for _, id := range v.agent.Departments[:min(most, len(v.agent.Departments))] {
		view.Closings = append(view.Closings, closingView{Line: departmentName(v.dir, id), Text: "-- \n" + v.dir.Closing(id, example, v.agent.Signature)})
	}
	v.offerPassword(r, &view.Password)
	var err error
	if view.Step, err = in.stepState(r.Context(), v); err != nil {
		return err
	}
	p := page{Title: v.lang.T("you.title"), Body: &view}
	switch r.URL.Query().Get("done") {
	case "saved":
		p.Notice = v.lang.T("you.saved")
	case "ended":
		p.Notice = v.lang.T("sessions.done")
	case "password":
		p.Notice = v.lang.T("you.password.done")
	}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	if view.Sessions, err = in.sessionsView(r.Context(), v, v.agent.Email, youPage); err != nil {
		return err
	}
	return in.render(w, v, status, "settings_you", p)
}

func (in *Inbox) saveYou(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	name, language, signature := r.PostForm.Get("name"), r.PostForm.Get("language"), normalize(r.PostForm.Get("signature"))
	_, err := in.agents.SetProfile(r.Context(), conversation.Intent{Actor: v.actor}, v.agent.Email,
		conversation.ProfileEdit{Name: &name, Language: &language, Signature: &signature})
	if err == nil {
		http.Redirect(w, r, "/settings/you?done=saved", http.StatusSeeOther)
		return nil
	}
	status, words, err := v.unsent(err)
	if err != nil {
		return err
	}
	return in.renderYou(w, r, v, status, youView{Name: name, Signature: signature, Error: words})
}
