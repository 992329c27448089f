package conversation

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// TestLastAdmin: an admin who is the only one neither disables nor demotes himself; the operator may.
func TestLastAdmin(t *testing.T) {
	m, _ := newAgentManager(t)
	ana := addAna(t, m)
	admin, agent, care := RoleAdmin, RoleAgent, []string{"care"}
	if _, err := m.SetAgent(t.Context(), operator, ana.Email, AgentEdit{Role: &admin}); err != nil {
		t.Fatal(err)
	}
	self := Intent{Actor: Actor{Email: ana.Email, Role: RoleAdmin, Departments: care}}
	refused := func(what string, err error) {
		t.Helper()
		var told *Error
		if !errors.As(err, &told) || told.Code != CodeConflict {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := m.DisableAgent(t.Context(), self, ana.Email)
	refused("disable", err)
	_, err = m.SetAgent(t.Context(), self, ana.Email, AgentEdit{Role: &agent})
	refused("demote", err)
	if _, err := m.AddAgent(t.Context(), operator, AgentInput{Email: "bo@example.com", Role: RoleAdmin, Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.DisableAgent(t.Context(), operator, "bo@example.com"); err != nil {
		t.Fatal(err)
	}
	_, err = m.DisableAgent(t.Context(), self, ana.Email)
	refused("disable beside one who is disabled", err)
	if _, err := m.EnableAgent(t.Context(), self, "bo@example.com"); err != nil {
		t.Fatal(err)
	}
	if a, err := m.SetAgent(t.Context(), self, ana.Email, AgentEdit{Role: &agent}); err != nil || a.Role != RoleAgent {
		t.Errorf("beside another admin: %v %v", a, err)
	}
}

// TestEnabledAgentLogsInAnew: what was disabled does not come back with its sessions.
func TestEnabledAgentLogsInAnew(t *testing.T) {
	m, s := newAgentManager(t)
	ana := addAna(t, m)
	token, _, err := m.StartSession(t.Context(), SessionInput{Agent: ana.Email, Life: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	s.tx.now = s.tx.now.Add(time.Second)
	for _, change := range []func() (*Agent, error){
		func() (*Agent, error) { return m.DisableAgent(t.Context(), operator, ana.Email) },
		func() (*Agent, error) { return m.EnableAgent(t.Context(), operator, ana.Email) },
	} {
		if _, err := change(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.SessionAgent(t.Context(), token); !errors.Is(err, ErrNoSession) {
			t.Errorf("the session: %v", err)
		}
	}
	s.tx.now = s.tx.now.Add(time.Second)
	if _, err := m.Authenticate(t.Context(), ana.Email, goodPassword, office); err != nil {
		t.Errorf("log in again: %v", err)
	}
}

// TestSetAgentKeepsWhatIsHidden: an admin neither sees, gives nor takes away an isolated department that is not his.
func TestSetAgentKeepsWhatIsHidden(t *testing.T) {
	m, s := newAgentManager(t)
	m.directory.Store((&Directory{Departments: []Department{{ID: "care"}, {ID: "sales"}, {ID: "hr", Isolated: true}}}).Build())
	ana := addAna(t, m)
	both, sales, hr := []string{"care", "hr"}, []string{"sales"}, []string{"hr"}
	if _, err := m.SetAgent(t.Context(), operator, ana.Email, AgentEdit{Departments: &both}); err != nil {
		t.Fatal(err)
	}
	outside := Intent{Actor: Actor{Email: "bo@example.com", Role: RoleAdmin}}
	a, err := m.SetAgent(t.Context(), outside, ana.Email, AgentEdit{Departments: &sales})
	if err != nil || !slices.Equal(a.Departments, sales) || !slices.Equal(s.tx.agents[ana.Email].Departments, []string{"sales", "hr"}) {
		t.Errorf("%v %v, kept %v", a, err, s.tx.agents[ana.Email].Departments)
	}
	if _, err := m.AddAgent(t.Context(), operator, AgentInput{Email: outside.Actor.Email, Role: RoleAdmin, Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{outside.Actor.Email, ana.Email} {
		var told *Error
		if _, err := m.SetAgent(t.Context(), outside, email, AgentEdit{Departments: &hr}); !errors.As(err, &told) || told.Code != CodeInvalid {
			t.Errorf("an admin gave %s an isolated department: %v", email, err)
		}
	}
	if _, err := m.SetAgent(t.Context(), Intent{Actor: Actor{Email: ana.Email, Role: RoleSupervisor}}, ana.Email, AgentEdit{Departments: &hr}); err == nil {
		t.Error("a supervisor gave herself a department")
	}
}

// TestAddAgentTwice: the form that was sent twice makes one agent and says no other thing; another request is told.
func TestAddAgentTwice(t *testing.T) {
	m, _ := newAgentManager(t)
	in := AgentInput{Email: "bo@example.com", Departments: []string{"care"}, Password: goodPassword}
	intent := Intent{Actor: operator.Actor, IdempotencyKey: "k"}
	for range 2 {
		if a, err := m.AddAgent(t.Context(), intent, in); err != nil || a.Email != in.Email {
			t.Fatalf("%v, %v", a, err)
		}
	}
	intent.IdempotencyKey = "another"
	_, err := m.AddAgent(t.Context(), intent, in)
	wantCode(t, err, CodeConflict)
}

// TestLastSeenIsForAdmins, who look for log-ins that nobody needs any more.
func TestLastSeenIsForAdmins(t *testing.T) {
	m, s := newAgentManager(t)
	ana := addAna(t, m)
	token := startSessions(t, m, s, ana.Email, 1)[0]
	s.tx.now = s.tx.now.Add(time.Hour)
	m.NoteSessionUse(t.Context(), token, office)
	a, err := m.Agent(t.Context(), operator.Actor, "ANA@example.com")
	if err != nil || !a.LastSeenAt.Equal(s.tx.now) || a.Password != "" {
		t.Errorf("%+v, %v", a, err)
	}
	colleague := Actor{Email: "luis@example.com", Role: RoleSupervisor, Departments: []string{"care"}}
	if a, err := m.Agent(t.Context(), colleague, ana.Email); err != nil || !a.LastSeenAt.IsZero() {
		t.Errorf("a colleague is told %+v, %v", a, err)
	}
	for _, email := range []string{ana.Email, "nobody@example.com", "x"} {
		_, err := m.Agent(t.Context(), Actor{Email: "luis@example.com", Role: RoleSupervisor, Departments: []string{"sales"}}, email)
		wantCode(t, err, CodeNotFound)
	}
}
