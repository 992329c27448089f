package conversation

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/argon2"
)

// agentStore keeps in memory what agents, log-ins and sessions need of a store; anything else panics.
type agentStore struct {
	Store
	tx agentTx
}

type agentTx struct {
	Tx
	now      time.Time
	agents   map[string]Agent
	sessions map[string]Session
	times    map[string][]time.Time
	notes    map[string]string
	changes  []Change
	steps    map[string]SecondStep
	ends     map[string]time.Time // of notes
	audit    []AuditLine
}

func (s *agentStore) View(_ context.Context, fn func(Tx) error) error { return fn(&s.tx) }

// Update runs the function twice, the first time for nothing, as a store may.
func (s *agentStore) Update(_ context.Context, fn func(Tx) error) error {
	lost := s.tx.clone()
	_ = fn(&lost)
	next := s.tx.clone()
	if err := fn(&next); err != nil {
		return err
	}
	s.tx = next
	return nil
}

func (t *agentTx) clone() agentTx {
	c := *t
	c.audit = slices.Clone(t.audit)
	c.agents, c.sessions, c.times, c.notes = maps.Clone(t.agents), maps.Clone(t.sessions), maps.Clone(t.times), maps.Clone(t.notes)
	c.steps, c.ends = maps.Clone(t.steps), maps.Clone(t.ends)
	return c
}

func (t *agentTx) Now() time.Time { return t.now }

func (t *agentTx) AddAudit(l *AuditLine) error { t.audit = append(t.audit, *l); return nil }

func (t *agentTx) Agent(email string) (*Agent, error) {
	a, ok := t.agents[email]
	if !ok {
		return nil, nil
	}
	return &a, nil
}
func (t *agentTx) PutAgent(a *Agent) error { t.agents[a.Email] = *a; return nil }
func (t *agentTx) Agents(Page) ([]*Agent, string, error) {
	var out []*Agent
	for _, k := range slices.Sorted(maps.Keys(t.agents)) {
		a := t.agents[k]
		out = append(out, &a)
	}
	return out, "", nil
}
func (t *agentTx) Session(hash string) (*Session, error) {
	s, ok := t.sessions[hash]
	if !ok {
		return nil, nil
	}
	return &s, nil
}
func (t *agentTx) PutSession(s *Session) error     { t.sessions[s.TokenHash] = *s; return nil }
func (t *agentTx) DeleteSession(hash string) error { delete(t.sessions, hash); return nil }
func (t *agentTx) SessionsOf(email string, _ Page) ([]*Session, string, error) {
	var out []*Session
	for _, s := range t.sessions {
		if s.Agent == email && t.now.Before(s.ExpiresAt) {
			out = append(out, &s)
		}
	}
	slices.SortFunc(out, func(a, b *Session) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return out, "", nil
}
func (t *agentTx) AddChange(c *Change) error {
	t.changes = append(slices.Clip(t.changes), *c)
	return nil
}
func (t *agentTx) Times(name string) ([]time.Time, error) { return slices.Clone(t.times[name]), nil }
func (t *agentTx) Note(name string) (string, error) {
	if at := t.ends[name]; !at.IsZero() && !t.now.Before(at) {
		return "", nil
	}
	return t.notes[name], nil
}
func (t *agentTx) PutNote(name, value string, expires time.Time) error {
	t.notes[name], t.ends[name] = value, expires
	return nil
}
func (t *agentTx) SecondStep(email string) (*SecondStep, error) {
	s, ok := t.steps[email]
	if !ok {
		return nil, nil
	}
	s.Codes = slices.Clone(s.Codes)
	return &s, nil
}
func (t *agentTx) PutSecondStep(s *SecondStep) error   { t.steps[s.Agent] = *s; return nil }
func (t *agentTx) DeleteSecondStep(email string) error { delete(t.steps, email); return nil }
func (t *agentTx) PutTimes(name string, times []time.Time, _ time.Time) error {
	t.times[name] = slices.Clone(times)
	return nil
}

func newAgentManager(t *testing.T) (*Manager, *agentStore) {
	t.Helper()
	s := &agentStore{tx: agentTx{
		now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), agents: map[string]Agent{}, sessions: map[string]Session{},
		times: map[string][]time.Time{}, notes: map[string]string{}, steps: map[string]SecondStep{}, ends: map[string]time.Time{},
	}}
	d := (&Directory{Departments: []Department{{ID: "care"}, {ID: "sales"}}}).Build()
	return NewManager(Options{Store: s, Directory: d}), s
}

var (
	operator  = Intent{Actor: Actor{Operator: true}}
	office    = netip.MustParseAddr("192.0.2.10")
	elsewhere = netip.MustParseAddr("198.51.100.7")
)

const goodPassword = "cuatro caballos"

func addAna(t *testing.T, m *Manager) *Agent {
	t.Helper()
	a, err := m.AddAgent(t.Context(), operator, AgentInput{
		Email: "Ana@EXAMPLE.com", Name: " Ana  Núñez ", Departments: []string{"care", "care"}, Password: goodPassword,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// cheapPassword makes the stored hash of goodPassword one that costs next to nothing, for tests of many log-ins.
func (s *agentStore) cheapPassword(email string) {
	salt := make([]byte, 8)
	a, b64 := s.tx.agents[email], base64.RawStdEncoding
	a.Password = fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, b64.EncodeToString(salt),
		b64.EncodeToString(argon2.IDKey([]byte(goodPassword), salt, 1, 8, 1, 16)))
	s.tx.agents[email] = a
}

func TestAddAgentFoldsAndValidates(t *testing.T) {
	m, _ := newAgentManager(t)
	a := addAna(t, m)
	if !strings.HasPrefix(a.Password, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("password is kept as %q", a.Password)
	}
	a.Password = ""
	want := &Agent{Email: "ana@example.com", Name: "Ana Núñez", Role: RoleAgent, Departments: []string{"care"},
		CreatedAt: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Error(diff)
	}

	good := AgentInput{Email: "luis@example.com", Name: "Luis", Departments: []string{"care"}, Password: goodPassword}
	tests := []struct {
		name   string
		change func(*AgentInput)
		intent Intent
		want   Code
	}{
		{"there already", func(in *AgentInput) { in.Email = "ANA@example.com" }, operator, CodeConflict},
		{"no address", func(in *AgentInput) { in.Email = "luis" }, operator, CodeInvalid},
		{"a line break in the address", func(in *AgentInput) { in.Email = "luis@example.com\r\nBcc: x@y" }, operator, CodeInvalid},
		{"a turned name", func(in *AgentInput) { in.Name = "Luis\u202egro" }, operator, CodeInvalid},
		{"a long name", func(in *AgentInput) { in.Name = strings.Repeat("x", 101) }, operator, CodeInvalid},
		{"no such role", func(in *AgentInput) { in.Role = "root" }, operator, CodeInvalid},
		{"no such language", func(in *AgentInput) { in.Language = "fr" }, operator, CodeInvalid},
		{"no such department", func(in *AgentInput) { in.Departments = []string{"hr"} }, operator, CodeInvalid},
		{"no department", func(in *AgentInput) { in.Departments = nil }, operator, CodeInvalid},
		{"short password", func(in *AgentInput) { in.Password = "corto1234" }, operator, CodeInvalid},
		{"password is the address", func(in *AgentInput) { in.Password = "Luis@example.com" }, operator, CodeInvalid},
		{"password is the name and a year", func(in *AgentInput) { in.Password = "luisluis2026" }, operator, CodeInvalid},
		{"password is one character", func(in *AgentInput) { in.Password = "aaaaaaaaaaaa" }, operator, CodeInvalid},
		{"asked by an agent", func(*AgentInput) {}, Intent{Actor: ActorOf(a)}, CodeForbidden},
		{"asked by a supervisor", func(*AgentInput) {}, Intent{Actor: Actor{Email: "s@example.com", Role: RoleSupervisor}}, CodeForbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := good
			tt.change(&in)
			_, err := m.AddAgent(t.Context(), tt.intent, in)
			wantCode(t, err, tt.want)
		})
	}
}

func wantCode(t *testing.T, err error, want Code) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != want {
		t.Errorf("error %v, want one of code %s", err, want)
	}
}

func TestAuthenticate(t *testing.T) {
	m, _ := newAgentManager(t)
	addAna(t, m)
	if a, err := m.Authenticate(t.Context(), " ANA@example.COM ", goodPassword, office); err != nil || a.Email != "ana@example.com" {
		t.Errorf("the right password: %v, %v", a, err)
	}
	for name, try := range map[string][2]string{
		"wrong password":  {"ana@example.com", goodPassword + "x"},
		"empty password":  {"ana@example.com", ""},
		"huge password":   {"ana@example.com", strings.Repeat(goodPassword, 1000)},
		"unknown account": {"eva@example.com", goodPassword},
		"not an address":  {"ana", goodPassword},
		"nothing at all":  {"", ""},
	} {
		if _, err := m.Authenticate(t.Context(), try[0], try[1], office); !IsLoginError(err) {
			t.Errorf("%s: %v, want the one answer to a wrong log-in", name, err)
		}
	}
	if _, err := m.DisableAgent(t.Context(), operator, "ana@example.com"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Authenticate(t.Context(), "ana@example.com", goodPassword, office); !IsLoginError(err) {
		t.Errorf("a disabled agent: %v", err)
	}
}

// fail tries a wrong password until the answer is a delay, and returns it with how many tries it took.
func fail(t *testing.T, m *Manager, email string, from netip.Addr) (*ThrottledError, int) {
	t.Helper()
	for i := range 100 {
		_, err := m.Authenticate(t.Context(), email, "not the password", from)
		var throttled *ThrottledError
		if errors.As(err, &throttled) {
			wantCode(t, err, CodeTooMany)
			return throttled, i
		}
	}
	t.Fatal("a hundred wrong passwords and no delay")
	return nil, 0
}

func TestLoginsAreThrottledButNeverForGood(t *testing.T) {
	m, s := newAgentManager(t)
	addAna(t, m)
	s.cheapPassword("ana@example.com")
	// At home once: that network is known from now on.
	if _, err := m.Authenticate(t.Context(), "ana@example.com", goodPassword, office); err != nil {
		t.Fatal(err)
	}
	e, tries := fail(t, m, "ana@example.com", elsewhere)
	if tries != freeForAccount || e.RetryAfter != firstLoginDelay {
		t.Errorf("delay of %s after %d tries, want %s after %d", e.RetryAfter, tries, firstLoginDelay, freeForAccount)
	}
	if _, err := m.Authenticate(t.Context(), "ana@example.com", goodPassword, elsewhere); err == nil {
		t.Error("the right password did not wait")
	}
	s.tx.now = s.tx.now.Add(e.RetryAfter)
	if next, tries := fail(t, m, "ana@example.com", elsewhere); tries != 1 || next.RetryAfter != 2*firstLoginDelay {
		t.Errorf("then a delay of %s after %d tries, want %s after 1", next.RetryAfter, tries, 2*firstLoginDelay)
	}
	if _, err := m.Authenticate(t.Context(), "ana@example.com", goodPassword, office); err != nil {
		t.Errorf("from a network that is known: %v", err)
	}
	// Whoever goes on all day meets an upper bound, and an hour's rest forgets everything.
	for range 60 {
		e, _ = fail(t, m, "ana@example.com", elsewhere)
		s.tx.now = s.tx.now.Add(e.RetryAfter)
	}
	if e.RetryAfter > maxLoginDelay {
		t.Errorf("a delay of %s, over the bound of %s", e.RetryAfter, maxLoginDelay)
	}
	s.tx.now = s.tx.now.Add(loginMemory)
	if _, err := m.Authenticate(t.Context(), "ana@example.com", goodPassword, elsewhere); err != nil {
		t.Errorf("after an hour: %v", err)
	}
}

// guessAtMany tries one password at as many accounts as a network is free to.
func guessAtMany(t *testing.T, m *Manager, s *agentStore, from netip.Addr) {
	t.Helper()
	for i := range freeForNetwork {
		email := fmt.Sprintf("a%d@example.com", i)
		s.tx.agents[email] = Agent{Email: email, Role: RoleAgent}
		s.cheapPassword(email)
		if _, err := m.Authenticate(t.Context(), email, "some password", from); !IsLoginError(err) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
}

func TestLoginsAreThrottledPerNetwork(t *testing.T) {
	m, s := newAgentManager(t)
	guessAtMany(t, m, s, elsewhere)
	_, err := m.Authenticate(t.Context(), "z@example.com", "some password", elsewhere.Next())
	wantCode(t, err, CodeTooMany)
}

// TestAStrangerBehindTheSameAddress slows nobody who logged in from there before, and is slowed himself at every account.
func TestAStrangerBehindTheSameAddress(t *testing.T) {
	m, s := newAgentManager(t)
	addAna(t, m)
	s.cheapPassword("ana@example.com")
	if _, err := m.Authenticate(t.Context(), "ana@example.com", goodPassword, office); err != nil {
		t.Fatal(err)
	}
	guessAtMany(t, m, s, office)
	_, err := m.Authenticate(t.Context(), "z@example.com", "some password", office)
	wantCode(t, err, CodeTooMany)
	if _, err := m.Authenticate(t.Context(), "ana@example.com", goodPassword, office); err != nil {
		t.Errorf("she waits for what others did: %v", err)
	}
	if e, tries := fail(t, m, "ana@example.com", office); tries != freeForAccount || e.RetryAfter != firstLoginDelay {
		t.Errorf("guessing hers from there waits %s after %d tries", e.RetryAfter, tries)
	}
}

func TestSessions(t *testing.T) {
	m, s := newAgentManager(t)
	ana := addAna(t, m)
	start := func() string {
		t.Helper()
		s.tx.now = s.tx.now.Add(time.Second)
		token, session, err := m.StartSession(t.Context(), SessionInput{Agent: ana.Email, Life: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if session.TokenHash == token || len(s.tx.sessions) == 0 {
			t.Fatal("the token itself is kept")
		}
		return token
	}
	good := func(token string) bool {
		t.Helper()
		a, _, err := m.SessionAgent(t.Context(), token)
		if err != nil && !errors.Is(err, ErrNoSession) {
			t.Fatal(err)
		}
		return a != nil && err == nil
	}
	ended := map[string]func(){
		"logged out": nil,
		"hour over":  func() { s.tx.now = s.tx.now.Add(time.Hour) },
		"password changed": func() {
			mustAgent(t)(m.SetPassword(t.Context(), operator, ana.Email, "another good one"))
		},
		"logged out everywhere": func() {
			if _, err := m.EndSessions(t.Context(), operator, ana.Email, ""); err != nil {
				t.Fatal(err)
			}
		},
	}
	for _, name := range slices.Sorted(maps.Keys(ended)) {
		token := start()
		if !good(token) || good(token+"x") || good("") {
			t.Errorf("%s: before that, the token is not good or another one is", name)
		}
		if end := ended[name]; end != nil {
			end()
		} else if err := m.EndSession(t.Context(), Actor{}, token); err != nil {
			t.Fatal(err)
		}
		if good(token) {
			t.Errorf("%s: the session is still good", name)
		}
	}
	token := start()
	mustAgent(t)(m.DisableAgent(t.Context(), operator, ana.Email))
	if good(token) {
		t.Error("a disabled agent's session is still good")
	}
	if _, _, err := m.StartSession(t.Context(), SessionInput{Agent: ana.Email, Life: time.Hour}); err == nil {
		t.Error("a disabled agent begins a session")
	}
}

// TestSessionNeedsThePasswordThatWasChecked: checking takes a while, in which the password can be changed, since
// a stranger knows it. His session must not begin after it.
func TestSessionNeedsThePasswordThatWasChecked(t *testing.T) {
	m, s := newAgentManager(t)
	addAna(t, m)
	stranger, err := m.Authenticate(t.Context(), "ana@example.com", goodPassword, elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	checked := stranger.Password
	mustAgent(t)(m.SetPassword(t.Context(), operator, "ana@example.com", "another good one"))
	s.tx.now = s.tx.now.Add(time.Second)
	if _, _, err := m.StartSession(t.Context(), SessionInput{Agent: "ana@example.com", Password: checked, Life: time.Hour}); !IsLoginError(err) {
		t.Errorf("the old password begins a session: %v", err)
	}
	ana, err := m.Authenticate(t.Context(), "ana@example.com", "another good one", elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.StartSession(t.Context(), SessionInput{Agent: ana.Email, Password: ana.Password, Life: time.Hour}); err != nil {
		t.Error(err)
	}
}

func mustAgent(t *testing.T) func(*Agent, error) {
	return func(_ *Agent, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhoMayChangeAndSeeAgents(t *testing.T) {
	m, _ := newAgentManager(t)
	ana := addAna(t, m)
	luis, err := m.AddAgent(t.Context(), operator, AgentInput{Email: "luis@example.com", Departments: []string{"sales"}, Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.SetPassword(t.Context(), Intent{Actor: ActorOf(ana)}, luis.Email, "another good one")
	wantCode(t, err, CodeForbidden)
	_, err = m.SetPassword(t.Context(), Intent{Actor: Actor{Email: luis.Email, Role: RoleAdmin}}, luis.Email, "another good one")
	wantCode(t, err, CodeForbidden)
	_, err = m.DisableAgent(t.Context(), Intent{Actor: ActorOf(ana)}, ana.Email)
	wantCode(t, err, CodeForbidden)
	_, err = m.SetPassword(t.Context(), operator, "eva@example.com", "another good one")
	wantCode(t, err, CodeNotFound)
	if a, err := m.SetLanguage(t.Context(), Intent{Actor: ActorOf(ana)}, ana.Email, "pt"); err != nil || a.Language != "pt" {
		t.Errorf("own language: %v, %v", a, err)
	}
	for name, tt := range map[string]struct {
		actor Actor
		want  []string
	}{
		"the operator": {operator.Actor, []string{"ana@example.com", "luis@example.com"}},
		"a colleague":  {ActorOf(ana), []string{"ana@example.com"}},
	} {
		list, _, err := m.Agents(t.Context(), tt.actor, Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range list {
			got = append(got, a.Email)
			if a.Password != "" {
				t.Errorf("%s sees a password's hash", name)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestParsePHCRefusesWhatWeNeverWrote(t *testing.T) {
	for _, s := range []string{
		"", "plain", "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=16$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=19456,t=2,p=1$AA$AA", "$argon2id$v=19$m=19456,t=2,p=1$*$*",
	} {
		if _, err := parsePHC(s); err == nil {
			t.Errorf("%q is taken for a password's hash", s)
		}
	}
}
