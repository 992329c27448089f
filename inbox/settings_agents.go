package inbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"recado/conversation"
)

// People are agents as admins make and change them. *conversation.Manager has them.
type People interface {
	Agents(ctx context.Context, actor conversation.Actor, page conversation.Page) ([]*conversation.Agent, string, error)
	Agent(ctx context.Context, actor conversation.Actor, email string) (*conversation.Agent, error)
	AddAgent(ctx context.Context, intent conversation.Intent, in conversation.AgentInput) (*conversation.Agent, error)
	SetAgent(ctx context.Context, intent conversation.Intent, email string, e conversation.AgentEdit) (*conversation.Agent, error)
	SetPassword(ctx context.Context, intent conversation.Intent, email, password string) (*conversation.Agent, error)
	DisableAgent(ctx context.Context, intent conversation.Intent, email string) (*conversation.Agent, error)
	EnableAgent(ctx context.Context, intent conversation.Intent, email string) (*conversation.Agent, error)
}

const (
	agentsPage = "/settings/agents"
	youPage    = "/settings/you"
)

// agentURL is the page of one agent.
func agentURL(email string) string { return agentsPage + "/" + url.PathEscape(email) }

// agentsView is Settings > Agents.
type agentsView struct {
	Rows        []agentRow
	Add         agentForm
	Sought      string // an address that no agent has
	Long        bool   // there is more than this page
	More, First string
}

type agentRow struct {
	Name, Email, URL, Role, Departments string
	Disabled                            bool
	Seen                                *moment
}

// agentForm is what is typed of an agent, with what is wrong with it.
type agentForm struct {
	Open              bool
	Key               string // of this form: sent twice, it makes one agent
	Email, Name, Role string
	Departments       []string
	Errors            map[string]string // by field; "" for the whole
	Roles, Teams      []choice
	Floor             string // what a password needs
}

// readAgentForm is the form as it was sent, but for the password, which is never shown again.
func readAgentForm(r *http.Request) agentForm {
	return agentForm{
		Open: true, Key: validKey(r.PostForm.Get("key")), Email: strings.TrimSpace(r.PostForm.Get("email")), Name: strings.TrimSpace(r.PostForm.Get("name")),
		Role: r.PostForm.Get("role"), Departments: r.PostForm["department"], Errors: map[string]string{},
	}
}

// offer fills in what may be chosen.
func (v *visit) offer(f *agentForm) {
	f.Roles, f.Teams = v.roleChoices(f.Role), v.teamChoices(f.Departments)
	f.Floor = v.lang.T("agents.password.floor", "n", v.lang.number(conversation.MinPassword))
	if f.Key == "" {
		f.Key = conversation.NewID(v.now)
	}
}

// roleChoices are all roles.
func (v *visit) roleChoices(current string) []choice {
	var out []choice
	for _, role := range []conversation.Role{conversation.RoleAgent, conversation.RoleSupervisor, conversation.RoleAdmin} {
		out = append(out, choice{Value: string(role), Label: v.lang.word("role.", string(role)), Current: current == string(role)})
	}
	return out
}

// teamChoices are the departments that the agent may know of.
func (v *visit) teamChoices(current []string) []choice {
	var out []choice
	for i := range v.dir.Departments {
		if d := &v.dir.Departments[i]; v.actor.Knows(v.dir, d.ID) {
			out = append(out, choice{Value: d.ID, Label: departmentName(v.dir, d.ID), Current: slices.Contains(current, d.ID)})
		}
	}
	return out
}

// teamNames are those of departments, in a line.
func (v *visit) teamNames(departments []string) string {
	var names []string
	for _, d := range departments {
		names = append(names, departmentName(v.dir, d))
	}
	return strings.Join(names, ", ")
}

func (in *Inbox) showAgents(w http.ResponseWriter, r *http.Request, v *visit) error {
	view := agentsView{Sought: strings.TrimSpace(r.URL.Query().Get("email"))}
	if view.Sought != "" {
		a, err := in.agents.Agent(r.Context(), v.actor, view.Sought)
		if err == nil {
			http.Redirect(w, r, agentURL(a.Email), http.StatusSeeOther)
			return nil
		}
		if !hasCode(err, conversation.CodeNotFound) {
			return err
		}
	}
	return in.renderAgents(w, r, v, http.StatusOK, view)
}

func (in *Inbox) renderAgents(w http.ResponseWriter, r *http.Request, v *visit, status int, view agentsView) error {
	p := page{Title: v.lang.T("agents.title"), Body: &view}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	cursor := r.URL.Query().Get("cursor")
	all, next, err := in.agents.Agents(r.Context(), v.actor, conversation.Page{Cursor: cursor, Limit: listPage})
	if err != nil {
		return err
	}
	for _, a := range all {
		row := agentRow{Name: a.Name, Email: a.Email, URL: agentURL(a.Email), Role: v.lang.word("role.", string(a.Role)), Departments: v.teamNames(a.Departments), Disabled: a.Disabled}
		if !a.LastSeenAt.IsZero() {
			seen := v.moment(a.LastSeenAt)
			row.Seen = &seen
		}
		view.Rows = append(view.Rows, row)
	}
	if next != "" {
		view.More = agentsPage + "?cursor=" + url.QueryEscape(next)
	}
	if cursor != "" {
		view.First = agentsPage
	}
	view.Long = view.More != "" || view.First != "" || view.Sought != ""
	v.offer(&view.Add)
	return in.render(w, v, status, "settings_agents", p)
}

func (in *Inbox) addAgent(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	f, password := readAgentForm(r), r.PostForm.Get("password")
	v.lookAtAgent(&f, password)
	if len(f.Errors) > 0 {
		if f.Errors["password"] == "" {
			f.Errors["password"] = v.lang.T("agents.password.again")
		}
		return in.renderAgents(w, r, v, http.StatusUnprocessableEntity, agentsView{Add: f})
	}
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: f.Key}
	a, err := in.agents.AddAgent(r.Context(), intent, conversation.AgentInput{
		Email: f.Email, Name: f.Name, Role: conversation.Role(f.Role), Departments: f.Departments, Password: password,
	})
	if err == nil {
		http.Redirect(w, r, agentURL(a.Email)+"?done=added", http.StatusSeeOther)
		return nil
	}
	if hasCode(err, conversation.CodeConflict) {
		f.Errors["email"] = v.lang.T("agents.there")
		return in.renderAgents(w, r, v, http.StatusConflict, agentsView{Add: f})
	}
	status, words, err := v.unsent(err)
	if err != nil {
		return err
	}
	f.Errors[""] = words
	return in.renderAgents(w, r, v, status, agentsView{Add: f})
}

// lookAtAgent finds the mistakes that are made most, in the language of who makes them; the domain has the last word.
func (v *visit) lookAtAgent(f *agentForm, password string) {
	email, err := conversation.AgentEmail(f.Email)
	switch {
	case f.Email == "":
		f.Errors["email"] = v.lang.T("settings.noemail")
	case err != nil:
		f.Errors["email"] = v.lang.T("settings.bademail")
	}
	if len(f.Departments) == 0 && f.Role != string(conversation.RoleAdmin) {
		f.Errors["department"] = v.lang.T("tokens.noteam")
	}
	if words := v.passwordFault(password, email, f.Name); words != "" {
		f.Errors["password"] = words
	}
}

// passwordFault is what keeps the password from being one; empty: nothing.
func (v *visit) passwordFault(password, email, name string) string {
	var told *conversation.Error
	switch {
	case utf8.RuneCountInString(password) < conversation.MinPassword:
		return v.lang.T("agents.password.short", "n", v.lang.number(conversation.MinPassword))
	case errors.As(conversation.CheckPassword(password, email, name), &told):
		return v.lang.T("agents.password.bad")
	}
	return ""
}
