package conversation

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// counted are the lines of log-ins, as action, object and count.
func counted(s *agentStore) []string {
	out := []string{}
	for _, l := range s.tx.audit {
		if l.Action.Kind() == "session" || l.Action == AuditTokenRefused {
			out = append(out, fmt.Sprintf("%s %s %d", l.Action, l.Object, l.Count))
		}
	}
	return out
}

// TestFailedLogInsAreCounted: failures of an account leave lines that grow rarer, those of strangers share one count, and
// the log-in that goes well tells how many there were.
func TestFailedLogInsAreCounted(t *testing.T) {
	m, s := newAgentManager(t)
	addAna(t, m)
	try := func(email, password string) {
		t.Helper()
		s.tx.now = s.tx.now.Add(maxLoginDelay)
		a, err := m.Authenticate(t.Context(), email, password, office)
		if err == nil {
			_, _, err = m.StartSession(t.Context(), SessionInput{Agent: a.Email, Password: a.Password, RemoteIP: office.String()})
		}
		if err != nil && !IsLoginError(err) {
			t.Fatal(err)
		}
	}
	for range 5 {
		try("ana@example.com", "not the password")
	}
	for i := range 3 {
		try(fmt.Sprintf("stranger-%d@example.com", i), "not the password")
	}
	try("not an address", "not the password")
	try("Ana@example.com", goodPassword)
	try("ana@example.com", goodPassword)
	try("ana@example.com", "not the password")
	want := []string{
		"session.failed ana@example.com 1", "session.failed ana@example.com 2", "session.failed ana@example.com 4",
		"session.failed  1", "session.failed  2", "session.failed  4",
		"session.begin ana@example.com 5", "session.begin ana@example.com 0", "session.failed ana@example.com 1",
	}
	if diff := cmp.Diff(want, counted(s)); diff != "" {
		t.Error(diff)
	}
	for _, l := range s.tx.audit {
		if l.Action == AuditSessionFailed && (l.Actor != "" || l.From != office.String() || l.Via != ViaInbox) ||
			l.Action == AuditSessionBegin && (l.Actor != "ana@example.com" || l.From != office.String()) {
			t.Errorf("%+v", l)
		}
	}
}

// TestFloodOfFailures: a stranger who fails a hundred thousand times an hour leaves a few lines, and after an hour one again.
func TestFloodOfFailures(t *testing.T) {
	_, s := newAgentManager(t)
	for range 100_000 {
		if err := auditFailure(&s.tx, Actor{Via: ViaAPI, Remote: elsewhere}, deed{action: AuditTokenRefused}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.tx.audit); n != 17 || s.tx.audit[16].Count != 65536 {
		t.Errorf("%d lines, the last one of %d", n, s.tx.audit[n-1].Count)
	}
	s.tx.now = s.tx.now.Add(failedMemory + time.Second)
	if err := auditFailure(&s.tx, Actor{}, deed{action: AuditTokenRefused}); err != nil {
		t.Fatal(err)
	}
	if l := s.tx.audit[17]; l.Count != 1 {
		t.Errorf("an hour later the count is %d", l.Count)
	}
}
