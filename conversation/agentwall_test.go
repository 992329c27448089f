package conversation

import (
	"context"
	"errors"
	"testing"
	"time"
)

func newWalledManager(t *testing.T) (*Manager, *agentStore) {
	t.Helper()
	m, s := newAgentManager(t)
	m.directory.Store((&Directory{Departments: []Department{{ID: "care"}, {ID: "hr", Isolated: true}}}).Build())
	return m, s
}

// TestAddAgentTwiceTellsOfNoWall: the same request again is answered with the agent as the asker may see her.
func TestAddAgentTwiceTellsOfNoWall(t *testing.T) {
	m, _ := newWalledManager(t)
	boss := Actor{Email: "boss@example.com", Role: RoleAdmin, Departments: []string{"care"}}
	intent := Intent{Actor: boss, IdempotencyKey: "k"}
	in := AgentInput{Email: "bo@example.com", Departments: []string{"care"}, Password: goodPassword}
	if _, err := m.AddAgent(t.Context(), intent, in); err != nil {
		t.Fatal(err)
	}
	both := []string{"care", "hr"}
	if _, err := m.SetAgent(t.Context(), operator, in.Email, AgentEdit{Departments: &both}); err != nil {
		t.Fatal(err)
	}
	a, err := m.AddAgent(t.Context(), intent, in)
	if err != nil || len(a.Departments) != 1 || a.Departments[0] != "care" || a.Password != "" {
		t.Errorf("answered %+v, %v", a, err)
	}
}

// betweenTx does something when the first View has ended, as another request may.
type betweenTx struct {
	*agentStore
	do func()
}

func (s *betweenTx) View(ctx context.Context, fn func(Tx) error) error {
	err := s.agentStore.View(ctx, fn)
	if do := s.do; do != nil {
		s.do = nil
		do()
	}
	return err
}

// TestPasswordOfWhoGoesBehindAWall: an admin outside sets none, though the agent came into the isolated department only
// while it was hashed.
func TestPasswordOfWhoGoesBehindAWall(t *testing.T) {
	m, s := newWalledManager(t)
	ana := addAna(t, m)
	boss := Intent{Actor: Actor{Email: "boss@example.com", Role: RoleAdmin, Departments: []string{"care"}}}
	m.store = &betweenTx{s, func() {
		a := s.tx.agents[ana.Email]
		a.Departments = []string{"care", "hr"}
		s.tx.agents[ana.Email] = a
	}}
	_, err := m.SetPassword(t.Context(), boss, ana.Email, "another good one")
	wantCode(t, err, CodeForbidden)
}

// TestAgentsOfARemovedDepartment: one that was ordinary when the channel file last named it is no wall around its agents;
// one that was isolated is.
func TestAgentsOfARemovedDepartment(t *testing.T) {
	m, s := newWalledManager(t)
	ana := addAna(t, m)
	boss := Intent{Actor: Actor{Email: "boss@example.com", Role: RoleAdmin, Departments: []string{"care"}}}
	a := s.tx.agents[ana.Email]
	a.Departments = []string{"care", "gone"}
	s.tx.agents[ana.Email] = a
	for _, tt := range []struct {
		note string
		code Code
	}{
		{`{"isolated":{"care":false,"gone":false}}`, ""},
		{`{"isolated":{"care":false,"gone":true}}`, CodeForbidden},
		{"", CodeForbidden},
	} {
		s.tx.notes[keyingNote] = tt.note
		s.tx.steps[ana.Email] = SecondStep{Agent: ana.Email, Secret: []byte("x"), Since: time.Now()}
		_, password := m.SetPassword(t.Context(), boss, ana.Email, "another good one")
		_, step := m.ResetSecondStep(t.Context(), boss, ana.Email)
		for what, err := range map[string]error{"password": password, "second step": step} {
			var told *Error
			if errors.As(err, &told) != (tt.code != "") || told != nil && told.Code != tt.code {
				t.Errorf("%s, by %q: %v", what, tt.note, err)
			}
		}
	}
}
