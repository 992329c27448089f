package inbox

import (
	"context"
	"net/http"

	"recado/conversation"
)

// agentView is the page of one agent, as admins see it.
type agentView struct {
	Email, URL    string
	Form          agentForm
	Disabled, Own bool
	Since         moment
	Seen          *moment
	PasswordOpen  bool
	PasswordError string
	Complaint     string // why the last decision could not be carried out
	Sessions      *sessionsView
	Step          bool // the second step is on
}

func (in *Inbox) showAgent(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderAgent(w, r, v, http.StatusOK, agentView{})
}

// renderAgent shows the agent as he is, with what was typed where something was.
func (in *Inbox) renderAgent(w http.ResponseWriter, r *http.Request, v *visit, status int, view agentView) error {
	a, err := in.agents.Agent(r.Context(), v.actor, r.PathValue("email"))
	if err != nil {
		return err
	}
	p := page{Title: a.Name, Body: &view}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	view.Step = a.SecondStep
	view.Email, view.URL, view.Disabled, view.Own, view.Since = a.Email, agentURL(a.Email), a.Disabled, a.Email == v.agent.Email, v.moment(a.CreatedAt)
	if !a.LastSeenAt.IsZero() {
		seen := v.moment(a.LastSeenAt)
		view.Seen = &seen
	}
	if !view.Form.Open {
		view.Form.Name, view.Form.Role, view.Form.Departments = a.Name, string(a.Role), a.Departments
	}
	v.offer(&view.Form)
	if view.Sessions, err = in.sessionsView(r.Context(), v, a.Email, view.URL); err != nil {
		return err
	}
	switch done := r.URL.Query().Get("done"); done {
	case "added", "saved", "password", "disabled", "enabled":
		p.Notice = v.lang.T("agents.done." + done)
	case "ended":
		p.Notice = v.lang.T("sessions.done")
	case "totp-reset":
		p.Notice = v.lang.T("step.reset.done")
	}
	return in.render(w, v, status, "settings_agent", p)
}

func (in *Inbox) saveAgent(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	f := readAgentForm(r)
	if f.Name == "" {
		f.Errors["name"] = v.lang.T("agents.noname")
		return in.renderAgent(w, r, v, http.StatusUnprocessableEntity, agentView{Form: f})
	}
	role, departments := conversation.Role(f.Role), f.Departments
	a, err := in.agents.SetAgent(r.Context(), conversation.Intent{Actor: v.actor}, r.PathValue("email"),
		conversation.AgentEdit{ProfileEdit: conversation.ProfileEdit{Name: &f.Name}, Role: &role, Departments: &departments})
	switch {
	case err == nil && a.Email == v.agent.Email && a.Role != conversation.RoleAdmin: // this page is not his any more
		http.Redirect(w, r, youPage+"?done=saved", http.StatusSeeOther)
		return nil
	case err == nil:
		return in.agentDone(w, r, "saved")
	}
	if hasCode(err, conversation.CodeConflict) {
		f.Errors["role"] = v.lang.T("agents.lastadmin")
		return in.renderAgent(w, r, v, http.StatusConflict, agentView{Form: f})
	}
	status, words, err := v.unsent(err)
	if err != nil {
		return err
	}
	// Whether there is nothing to see is for the domain to say: there may be departments that do not show here.
	if len(departments) == 0 && role != conversation.RoleAdmin {
		f.Errors["department"] = v.lang.T("tokens.noteam")
	} else {
		f.Errors[""] = words
	}
	return in.renderAgent(w, r, v, status, agentView{Form: f})
}

func (in *Inbox) agentDone(w http.ResponseWriter, r *http.Request, what string) error {
	http.Redirect(w, r, agentURL(r.PathValue("email"))+"?done="+what, http.StatusSeeOther)
	return nil
}

// setAgentPassword gives an agent another password, which ends all of his sessions.
func (in *Inbox) setAgentPassword(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	a, err := in.agents.Agent(r.Context(), v.actor, r.PathValue("email"))
	if err != nil {
		return err
	}
	password := r.PostForm.Get("password")
	if words := v.passwordFault(password, a.Email, a.Name); words != "" {
		return in.renderAgent(w, r, v, http.StatusUnprocessableEntity, agentView{PasswordOpen: true, PasswordError: words})
	}
	_, err = in.agents.SetPassword(r.Context(), conversation.Intent{Actor: v.actor}, a.Email, password)
	switch {
	case err == nil:
		return in.agentDone(w, r, "password")
	case hasCode(err, conversation.CodeForbidden):
		return in.renderAgent(w, r, v, http.StatusForbidden, agentView{PasswordOpen: true, PasswordError: v.lang.T("agents.walled")})
	}
	return err
}

func (in *Inbox) disableAgent(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.admitAgent(w, r, v, "disabled", in.agents.DisableAgent)
}

func (in *Inbox) enableAgent(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.admitAgent(w, r, v, "enabled", in.agents.EnableAgent)
}

// admitAgent changes whether an agent may log in. Twice is once.
func (in *Inbox) admitAgent(w http.ResponseWriter, r *http.Request, v *visit, done string,
	change func(context.Context, conversation.Intent, string) (*conversation.Agent, error)) error {
	if err := form(w, r); err != nil {
		return err
	}
	_, err := change(r.Context(), conversation.Intent{Actor: v.actor}, r.PathValue("email"))
	switch {
	case err == nil:
		return in.agentDone(w, r, done)
	case hasCode(err, conversation.CodeConflict):
		return in.renderAgent(w, r, v, http.StatusConflict, agentView{Complaint: v.lang.T("agents.lastadmin")})
	}
	return err
}

// resetAgentStep turns off the second step of an agent who lost the app and the recovery codes.
func (in *Inbox) resetAgentStep(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	_, err := in.agents.ResetSecondStep(r.Context(), conversation.Intent{Actor: v.actor}, r.PathValue("email"))
	switch {
	case err == nil:
		return in.agentDone(w, r, "totp-reset")
	case hasCode(err, conversation.CodeForbidden):
		return in.renderAgent(w, r, v, http.StatusForbidden, agentView{Complaint: v.lang.T("step.reset.walled")})
	}
	return err
}

func (in *Inbox) endAgentSessions(w http.ResponseWriter, r *http.Request, v *visit) error {
	email, err := conversation.AgentEmail(r.PathValue("email"))
	if err != nil {
		return errNotFound
	}
	return in.endSessions(w, r, v, email, agentURL(email))
}
