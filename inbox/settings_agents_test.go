package inbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"recado/conversation"
)

// agentsInbox is one where ada, an admin, has logged in.
func agentsInbox(t *testing.T) (*fakeAgents, *client) {
	t.Helper()
	agents := newFakeAgents()
	agents.agents["ada@example.com"] = &conversation.Agent{Email: "ada@example.com", Name: "Ada", Role: conversation.RoleAdmin, Departments: []string{"care"}, Language: "en", CreatedAt: today}
	c := newClient(t, newInbox(t, newFakeDesk(), agents, nil))
	c.login("ada@example.com")
	return agents, c
}

func TestSettingsAgents(t *testing.T) {
	agents, c := agentsInbox(t)
	before := len(agents.agents)
	page := c.page("/settings/agents")
	if !strings.Contains(page, `href="/settings/agents/ana@example.com"`) || strings.Contains(page, `value="hr"`) || strings.Contains(page, "agent-sought") {
		t.Errorf("the list:\n%s", page)
	}
	good := url.Values{"email": {"bo@example.com"}, "name": {"Bo"}, "role": {"supervisor"}, "department": {"care", "sales"}, "password": {"correct horse"}}
	w := c.post("/settings/agents", good)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/settings/agents/bo@example.com?done=added" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	page = c.page(w.Header().Get("Location"))
	if !strings.Contains(page, "The agent was added.") || !strings.Contains(page, `<option value="supervisor" selected>`) || strings.Count(page, " checked>") != 2 {
		t.Errorf("the new one's page:\n%s", page)
	}
	for name, tt := range map[string]struct {
		change url.Values
		status int
		at     string
		words  string
	}{
		"no address":     {url.Values{"email": {""}}, 422, "agent-email-error", "Enter the address."},
		"not an address": {url.Values{"email": {"kept"}}, 422, "agent-email-error", "Write it as"},
		"there already":  {url.Values{}, 409, "agent-email-error", "There is an agent with this address already."},
		"no department":  {url.Values{"department": nil}, 422, "agent-department-error", "Choose a department"},
		"short password": {url.Values{"password": {"short"}}, 422, "agent-password-error", "Enter at least 10 characters."},
		"the address":    {url.Values{"password": {"bo@example.com"}}, 422, "agent-password-error", "Choose another one"},
	} {
		form := url.Values{}
		for key, values := range good {
			form[key] = values
		}
		for key, values := range tt.change {
			form[key] = values
		}
		w := c.post("/settings/agents", form)
		body := w.Body.String()
		mistake := `id="` + tt.at + `">` + tt.words
		if w.Code != tt.status || !strings.Contains(body, mistake) {
			t.Errorf("%s: %d without %q", name, w.Code, mistake)
		}
		if !strings.Contains(body, `value="Bo"`) || !strings.Contains(body, `value="`+form.Get("email")+`"`) || !strings.Contains(body, `<option value="supervisor" selected>`) {
			t.Errorf("%s: what was typed is gone", name)
		}
		if strings.Contains(body, "correct horse") || tt.status == 422 && form.Get("password") == "correct horse" && !strings.Contains(body, "Enter the password again.") {
			t.Errorf("%s: the password comes back, or is not asked for again", name)
		}
	}
	if n := len(agents.agents); n != before+1 {
		t.Errorf("of %d agents became %d", before, n)
	}
}

func TestSettingsAgent(t *testing.T) {
	agents, c := agentsInbox(t)
	const bo = "/settings/agents/bo@example.com"
	agents.agents["bo@example.com"] = &conversation.Agent{Email: "bo@example.com", Name: "Bo", Role: conversation.RoleAgent, Departments: []string{"care"}, CreatedAt: today, LastSeenAt: today}
	post := func(path string, form url.Values, status int, words string) {
		t.Helper()
		w := c.post(path, form)
		body := w.Body.String()
		if w.Code == http.StatusSeeOther {
			body = c.page(w.Header().Get("Location"))
		}
		if w.Code != status || !strings.Contains(body, words) {
			t.Errorf("%s %v: %d without %q\n%s", path, form, w.Code, words, body)
		}
	}
	post(bo, url.Values{"name": {"Bo Li"}, "role": {"supervisor"}, "department": {"sales"}}, 303, "It was saved.")
	if a := agents.agents["bo@example.com"]; a.Name != "Bo Li" || a.Role != conversation.RoleSupervisor || fmt.Sprint(a.Departments) != "[sales]" {
		t.Errorf("saved as %+v", a)
	}
	post(bo, url.Values{"name": {" "}, "role": {"admin"}}, 422, `id="agent-name-error">Enter the name.`)
	post(bo, url.Values{"name": {"Kept"}, "role": {"agent"}}, 422, `id="agent-department-error">Choose a department`)
	post(bo+"/password", url.Values{"password": {"short"}}, 422, `id="agent-password-error">Enter at least`)
	post(bo+"/password", url.Values{"password": {"another horse"}}, 303, "logged out everywhere")
	for range 2 {
		post(bo+"/disable", nil, 303, "Disabled: this agent cannot log in.")
	}
	post(bo+"/enable", nil, 303, "The agent can log in again.")
	agents.agents["bo@example.com"].Departments = []string{"hr"}
	post(bo+"/password", url.Values{"password": {"another horse"}}, 403, "Only the agent, or who runs the server")
	const own = "/settings/agents/ada@example.com"
	post(own, url.Values{"name": {"Ada"}, "role": {"agent"}, "department": {"care"}}, 409, `id="agent-role-error">Nobody else can log in as an administrator`)
	post(own+"/disable", nil, 409, "Nobody else can log in as an administrator")
	agents.agents["bo@example.com"].Role = conversation.RoleAdmin
	post(own, url.Values{"name": {"Ada"}, "role": {"agent"}, "department": {"care"}}, 303, "Where you are logged in")
	for _, path := range []string{"", "/ada@example.com"} {
		if w := c.get("/settings/agents" + path); w.Code != http.StatusForbidden {
			t.Errorf("%s, admin no more: %d", path, w.Code)
		}
	}
}

func TestSettingsAgentIsNowhere(t *testing.T) {
	_, c := agentsInbox(t)
	const nobody = "/settings/agents/nobody@example.com"
	for path, form := range map[string]url.Values{"": {"name": {"x"}, "role": {"admin"}}, "/password": {"password": {"correct horse"}}, "/disable": nil, "/enable": nil} {
		if w := c.post(nobody+path, form); w.Code != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
	if w := c.get(nobody); w.Code != http.StatusNotFound {
		t.Errorf("GET: %d", w.Code)
	}
	if w := c.get("/settings/agents?email=nobody@example.com"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "No agent has this address.") {
		t.Errorf("sought: %d %s", w.Code, w.Body)
	}
	if w := c.get("/settings/agents?email=ana@example.com"); w.Header().Get("Location") != "/settings/agents/ana@example.com" {
		t.Errorf("found: %d %s", w.Code, w.Header().Get("Location"))
	}
}

// TestSettingsSessions: an agent sees and ends the own log-ins, an admin everybody's; nobody the one he asks from.
func TestSettingsSessions(t *testing.T) {
	agents, c := agentsInbox(t)
	for range 3 {
		if _, _, err := agents.StartSession(t.Context(), conversation.SessionInput{Agent: "ada@example.com", UserAgent: "Mozilla/5.0 (Windows) Firefox/1", RemoteIP: "198.51.100.7"}); err != nil {
			t.Fatal(err)
		}
	}
	page := c.page("/settings/you")
	if strings.Count(page, "Firefox, Windows") != 6 || strings.Count(page, "this one") != 1 || strings.Count(page, `name="session"`) != 3 || strings.Contains(page, "token-") {
		t.Errorf("the own page:\n%s", page)
	}
	id := agents.logins["token-2"].ID
	for range 2 { // the second click finds it ended
		if w := c.post("/settings/you/sessions", url.Values{"session": {id}}); w.Code != http.StatusSeeOther || !strings.Contains(c.page(w.Header().Get("Location")), "It was ended.") {
			t.Errorf("end one: %d", w.Code)
		}
	}
	if w := c.post("/settings/you/sessions", nil); w.Code != http.StatusUnprocessableEntity || len(agents.sessions) != 3 {
		t.Errorf("end nothing: %d, left %v", w.Code, agents.sessions)
	}
	c.post("/settings/you/sessions", url.Values{"all": {"1"}})
	if len(agents.sessions) != 1 || agents.sessions["token-1"] == "" {
		t.Errorf("left %v", agents.sessions)
	}
	if page := c.page("/settings/you"); strings.Contains(page, `name="all"`) || strings.Contains(page, `name="session"`) {
		t.Error("there is something to end beside the session that asks")
	}
	if _, _, err := agents.StartSession(t.Context(), conversation.SessionInput{Agent: "ana@example.com"}); err != nil {
		t.Fatal(err)
	}
	if page := c.page("/settings/agents/ana@example.com"); !strings.Contains(page, "Unknown browser") || !strings.Contains(page, "End all") {
		t.Errorf("ana's page:\n%s", page)
	}
	c.post("/settings/agents/ana@example.com/sessions", url.Values{"all": {"1"}})
	if len(agents.sessions) != 1 {
		t.Errorf("left %v", agents.sessions)
	}
}
