package conversation

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// startSessions begins n sessions of the agent, a minute after each other, and returns their tokens.
func startSessions(t *testing.T, m *Manager, s *agentStore, email string, n int) []string {
	t.Helper()
	var tokens []string
	for i := range n {
		s.tx.now = s.tx.now.Add(time.Minute)
		token, _, err := m.StartSession(t.Context(), SessionInput{Agent: email, Life: 12 * time.Hour, UserAgent: fmt.Sprint("browser ", i), RemoteIP: "192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
	}
	return tokens
}

// goodOnes tells which of the tokens still let somebody in.
func goodOnes(t *testing.T, m *Manager, tokens []string) (good []int) {
	t.Helper()
	for i, token := range tokens {
		if _, _, err := m.SessionAgent(t.Context(), token); err == nil {
			good = append(good, i)
		}
	}
	return good
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	m, s := newAgentManager(t)
	ana := addAna(t, m)
	own := Intent{Actor: ActorOf(ana)}
	tokens := startSessions(t, m, s, ana.Email, 4)
	list, _, err := m.Sessions(t.Context(), own.Actor, "ANA@example.com", Page{})
	if err != nil || len(list) != 4 || list[0].UserAgent != "browser 3" {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, one := range list {
		if one.TokenHash != "" || one.ID == "" {
			t.Errorf("a session is listed as %+v", one)
		}
	}
	ended, err := m.EndAgentSession(t.Context(), own, ana.Email, list[0].ID)
	if err != nil || ended.ID != list[0].ID || ended.TokenHash != "" {
		t.Errorf("%+v, %v", ended, err)
	}
	if good := goodOnes(t, m, tokens); !slices.Equal(good, []int{0, 1, 2}) {
		t.Errorf("one was ended, still good are %v", good)
	}
	_, err = m.EndAgentSession(t.Context(), own, ana.Email, list[0].ID)
	wantCode(t, err, CodeNotFound)
	if all, err := m.EndSessions(t.Context(), own, ana.Email, list[2].ID); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
	if good := goodOnes(t, m, tokens); !slices.Equal(good, []int{1}) {
		t.Errorf("the others were ended, still good are %v", good)
	}
	if n := len(s.tx.changes); n != 2 || s.tx.changes[1].Kind != ChangeSession || s.tx.changes[1].Departments != nil {
		t.Errorf("the live streams are not woken, or somebody hears of it: %+v", s.tx.changes)
	}
}

func TestWhoSeesAndEndsSessions(t *testing.T) {
	m, s := newAgentManager(t)
	ana := addAna(t, m)
	tokens := startSessions(t, m, s, ana.Email, 1)
	list, _, err := m.Sessions(t.Context(), operator.Actor, ana.Email, Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []Actor{
		{Email: "luis@example.com", Role: RoleAgent, Departments: []string{"care"}},
		{Email: "sue@example.com", Role: RoleSupervisor, Departments: []string{"care"}},
		{Token: "t", Role: RoleSupervisor, Departments: []string{"care"}},
	} {
		_, _, err := m.Sessions(t.Context(), other, ana.Email, Page{})
		wantCode(t, err, CodeForbidden)
		_, err = m.EndAgentSession(t.Context(), Intent{Actor: other}, ana.Email, list[0].ID)
		wantCode(t, err, CodeForbidden)
		_, err = m.EndSessions(t.Context(), Intent{Actor: other}, ana.Email, "")
		wantCode(t, err, CodeForbidden)
	}
	admin := Intent{Actor: Actor{Email: "boss@example.com", Role: RoleAdmin}}
	_, err = m.EndSessions(t.Context(), admin, "nobody@example.com", "")
	wantCode(t, err, CodeNotFound)
	// An id is good for the agent whose session it is, and for no other.
	_, err = m.AddAgent(t.Context(), operator, AgentInput{Email: "luis@example.com", Departments: []string{"care"}, Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.EndAgentSession(t.Context(), Intent{Actor: Actor{Email: "luis@example.com", Role: RoleAgent}}, "luis@example.com", list[0].ID)
	wantCode(t, err, CodeNotFound)
	if len(goodOnes(t, m, tokens)) != 1 {
		t.Error("somebody else ended it")
	}
	if ended, err := m.EndSessions(t.Context(), admin, ana.Email, ""); err != nil || len(ended) != 1 || len(goodOnes(t, m, tokens)) != 0 {
		t.Errorf("an admin ends them: %v, %v", ended, err)
	}
}

// TestSessionsAreBounded: one log-in too many ends the session that was not used for the longest, not the oldest.
func TestSessionsAreBounded(t *testing.T) {
	m, s := newAgentManager(t)
	ana := addAna(t, m)
	tokens := startSessions(t, m, s, ana.Email, maxSessions)
	m.NoteSessionUse(t.Context(), tokens[0], netip.MustParseAddr("198.51.100.7"))
	tokens = append(tokens, startSessions(t, m, s, ana.Email, 1)...)
	good := goodOnes(t, m, tokens)
	if len(good) != maxSessions || good[0] != 0 || good[1] != 2 {
		t.Errorf("still good are %v", good)
	}
	list, _, err := m.Sessions(t.Context(), operator.Actor, ana.Email, Page{Limit: MaxLimit})
	if err != nil || list[maxSessions-1].RemoteIP != "198.51.100.7" || list[maxSessions-1].UseIsDue(s.tx.now) || !list[maxSessions-1].UseIsDue(s.tx.now.Add(sessionUse)) {
		t.Errorf("%+v, %v", list[maxSessions-1], err)
	}
}

// TestNoSessionIsNotedBackToLife: a page that was asked for while the session ended does not bring it back.
func TestNoSessionIsNotedBackToLife(t *testing.T) {
	m, s := newAgentManager(t)
	ana := addAna(t, m)
	tokens := startSessions(t, m, s, ana.Email, 1)
	mustAgent(t)(m.SetPassword(t.Context(), operator, ana.Email, "another good one"))
	m.NoteSessionUse(t.Context(), tokens[0], office)
	if len(s.tx.sessions) != 0 {
		t.Errorf("kept: %+v", s.tx.sessions)
	}
}
