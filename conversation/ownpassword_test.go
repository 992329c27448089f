package conversation

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const newPassword = "cinco caballos nuevos"

// logsIn tells whether the password does, from the office.
func (d *anasDesk) logsIn(password string) bool {
	d.Helper()
	_, err := d.Authenticate(d.Context(), "ana@example.com", password, office)
	if err != nil && !IsLoginError(err) {
		d.Fatal(err)
	}
	return err == nil
}

func TestChangePassword(t *testing.T) {
	d := newAnasDesk(t)
	d.enrol()
	other, _, err := d.finish(d.begin(office), d.code(0), office)
	if err != nil {
		t.Fatal(err)
	}
	d.pass(time.Minute)
	waiting := d.begin(office)
	before := len(d.s.tx.audit)
	if err := d.ChangePassword(t.Context(), d.proof(), newPassword); err != nil {
		t.Fatal(err)
	}
	if d.logsIn(goodPassword) || !d.logsIn(newPassword) {
		t.Error("the old password logs in, or the new one does not")
	}
	if !d.good(d.session) || d.good(other) {
		t.Error("another session goes on, or this one ended")
	}
	if _, _, err := d.finish(waiting, d.code(0), office); !errors.Is(err, ErrNoLogin) {
		t.Errorf("a log-in with the old password: %v", err)
	}
	if !d.state().On {
		t.Error("the second step went off")
	}
	want := AuditLine{Actor: "ana@example.com", Name: "Ana Núñez", Via: ViaInbox, From: office.String(), Action: AuditAgentPassword, Object: "ana@example.com"}
	got := d.s.tx.audit[before]
	got.ID, got.At = "", time.Time{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if last := d.s.tx.changes[len(d.s.tx.changes)-1]; last.Kind != ChangeSession || last.Agent != "ana@example.com" {
		t.Errorf("the live streams are told %+v", last)
	}
}

// TestChangePasswordRefused: nothing is changed, and what is wrong with the new one costs no try.
func TestChangePasswordRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		now, then string
		wrong     func(error) bool
		costs     int
	}{
		"another password":    {goodPassword + "x", newPassword, IsLoginError, 2},
		"no password":         {"", newPassword, IsLoginError, 2},
		"too short":           {goodPassword, "nine char", invalid, 0},
		"the address":         {goodPassword, "ana@example.com", invalid, 0},
		"too long":            {goodPassword, strings.Repeat("ab", maxPassword), invalid, 0},
		"the one there is":    {goodPassword, goodPassword, isSame, 0},
		"the wrong one twice": {newPassword, newPassword, isSame, 0},
	} {
		d := newAnasDesk(t)
		other := d.another()
		p := d.proof()
		p.Password = tt.now
		if err := d.ChangePassword(t.Context(), p, tt.then); !tt.wrong(err) {
			t.Errorf("%s: %v", name, err)
		}
		if tries := len(d.s.tx.times[loginsOfAccount("ana@example.com")]); tries != tt.costs {
			t.Errorf("%s: %d tries counted, want %d", name, tries, tt.costs)
		}
		if !d.good(d.session) || !d.good(other) || !d.logsIn(goodPassword) {
			t.Errorf("%s: a session ended, or the password changed", name)
		}
	}
}

func invalid(err error) bool { return codeOf(err) == CodeInvalid && !isSame(err) }
func isSame(err error) bool  { return errors.Is(err, ErrSamePassword) }

// TestChangePasswordIsThrottled: a session that was stolen is no way to guess the password, and its guesses keep the
// agent out nowhere that he logged in from before.
func TestChangePasswordIsThrottled(t *testing.T) {
	d := newAnasDesk(t)
	guess := d.proof()
	guess.Password, guess.Remote = "not the password", elsewhere
	var throttled *ThrottledError
	tries := 0
	for ; !errors.As(d.ChangePassword(t.Context(), guess, newPassword), &throttled); tries++ {
		if tries == 100 {
			t.Fatal("a hundred guesses and no delay")
		}
	}
	// Each try looks at two passwords, as the one there is and as one that was changed before.
	if tries != (freeForAccount+1)/2 || throttled.RetryAfter != firstLoginDelay {
		t.Errorf("a delay of %s after %d tries", throttled.RetryAfter, tries)
	}
	guess.Password = goodPassword
	if err := d.ChangePassword(t.Context(), guess, newPassword); !errors.As(err, &throttled) {
		t.Errorf("the right one did not wait: %v", err)
	}
	if _, err := d.Authenticate(t.Context(), "ana@example.com", goodPassword, elsewhere); !errors.As(err, &throttled) {
		t.Errorf("guesses of a session do not count at the log-in: %v", err)
	}
	if err := d.ChangePassword(t.Context(), d.proof(), newPassword); err != nil {
		t.Errorf("the agent, at home: %v", err)
	}
}

// TestChangePasswordTwice: the same form again is done; another one with the password of before is not.
func TestChangePasswordTwice(t *testing.T) {
	d := newAnasDesk(t)
	for _, what := range []string{"first", "again"} {
		if err := d.ChangePassword(t.Context(), d.proof(), newPassword); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if tries := d.s.tx.times[loginsOfAccount("ana@example.com")]; len(tries) > 0 {
		t.Errorf("%d tries are counted", len(tries))
	}
	if err := d.ChangePassword(t.Context(), d.proof(), newPassword+"!"); !IsLoginError(err) {
		t.Errorf("with the password of before: %v", err)
	}
	if !d.logsIn(newPassword) {
		t.Error("the first one does not count")
	}
}

// TestChangePasswordMeanwhile: what was proven before another change is proven no more.
func TestChangePasswordMeanwhile(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(d *anasDesk) error
		wrong  func(error) bool
		counts string // the password that does afterwards
	}{
		"the agent himself": {func(d *anasDesk) error { return d.ChangePassword(d.Context(), d.proof(), "seis caballos nuevos") }, IsLoginError, "seis caballos nuevos"},
		"an admin": {func(d *anasDesk) error {
			_, err := d.SetPassword(d.Context(), operator, "ana@example.com", "seis caballos nuevos")
			return err
		}, noSession, "seis caballos nuevos"},
		"who ends the session": {func(d *anasDesk) error { return d.EndSession(d.Context(), Actor{}, d.session) }, noSession, goodPassword},
		"who disables him": {func(d *anasDesk) error {
			_, err := d.DisableAgent(d.Context(), operator, "ana@example.com")
			return err
		}, noSession, ""},
	} {
		d := newAnasDesk(t)
		p := d.proof()
		checked, err := d.prove(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if err := tt.change(d); err != nil {
			t.Fatal(name, err)
		}
		_, err = d.asProven(t.Context(), p, checked, func(Tx, *Agent) error { t.Error(name, "is carried out"); return nil })
		if !tt.wrong(err) {
			t.Errorf("%s: %v", name, err)
		}
		if tt.counts != "" && !d.logsIn(tt.counts) {
			t.Errorf("%s: %q does not log in", name, tt.counts)
		}
	}
}

func noSession(err error) bool { return errors.Is(err, ErrNoSession) }
