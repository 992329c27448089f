package conversation

import (
	"errors"
	"net/netip"
	"testing"
	"time"
)

func TestNoSessionBeforeTheSecondStep(t *testing.T) {
	d := newAnasDesk(t)
	d.enrol()
	a, err := d.Authenticate(t.Context(), "ana@example.com", goodPassword, elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.StartSession(t.Context(), SessionInput{Agent: a.Email, Password: a.Password, Life: time.Hour}); !IsLoginError(err) {
		t.Errorf("a session with the password alone: %v", err)
	}
	token := d.begin(elsewhere)
	if d.good(token) {
		t.Error("what waits for a code is a session")
	}
	if who, err := d.LoginAgent(t.Context(), token); err != nil || who.Email != a.Email {
		t.Errorf("whose it is: %v, %v", who, err)
	}
	if d.s.tx.notes[knownNote(a.Email, network(elsewhere))] != "" {
		t.Error("the password alone makes a network known")
	}
	session, recovery, err := d.finish(token, d.code(1), elsewhere)
	if err != nil || recovery || !d.good(session) {
		t.Fatalf("the right code: %v, recovery %t", err, recovery)
	}
	if d.s.tx.notes[knownNote(a.Email, network(elsewhere))] == "" {
		t.Error("the network is not known afterwards")
	}
	d.pass(time.Minute)
	if _, _, err := d.finish(token, d.code(0), elsewhere); !errors.Is(err, ErrNoLogin) {
		t.Errorf("the same log-in again: %v", err)
	}
}

func TestCodeIsTakenOnce(t *testing.T) {
	d := newAnasDesk(t)
	d.enrol()
	one, two := d.begin(office), d.begin(office)
	if _, _, err := d.finish(one, d.code(0), office); err != nil {
		t.Fatal(err)
	}
	for name, steps := range map[string]int64{"the same": 0, "an earlier one": -1} {
		if _, _, err := d.finish(two, d.code(steps), office); !errors.Is(err, ErrWrongCode) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The server's clock is put back: what was taken before stays taken, and recovery codes go on.
	d.pass(-time.Hour)
	three := d.begin(office)
	if _, _, err := d.finish(three, d.code(0), office); !errors.Is(err, ErrWrongCode) {
		t.Errorf("after the clock was put back: %v", err)
	}
	if _, recovery, err := d.finish(three, d.codes[0], office); err != nil || !recovery {
		t.Errorf("a recovery code then: %v", err)
	}
	// Put forward again, it catches up.
	d.pass(2 * time.Hour)
	if _, _, err := d.finish(d.begin(office), d.code(0), office); err != nil {
		t.Errorf("after it was put right: %v", err)
	}
}

func TestRecoveryCodeIsTakenOnce(t *testing.T) {
	d := newAnasDesk(t)
	d.enrol()
	if _, recovery, err := d.finish(d.begin(office), d.codes[4], office); err != nil || !recovery || d.state().Left != 9 {
		t.Fatalf("%v, %d left", err, d.state().Left)
	}
	if _, _, err := d.finish(d.begin(office), d.codes[4], office); !errors.Is(err, ErrWrongCode) {
		t.Errorf("again: %v", err)
	}
	old := d.codes
	wrong := d.proof()
	wrong.Password = ""
	if _, err := d.RenewRecoveryCodes(t.Context(), wrong); !IsLoginError(err) {
		t.Errorf("new ones without the password: %v", err)
	}
	fresh, err := d.RenewRecoveryCodes(t.Context(), d.proof())
	if err != nil || d.state().Left != 10 {
		t.Fatalf("%v, %d left", err, d.state().Left)
	}
	if _, _, err := d.finish(d.begin(office), old[5], office); !errors.Is(err, ErrWrongCode) {
		t.Errorf("an old one: %v", err)
	}
	if _, _, err := d.finish(d.begin(office), fresh[5], office); err != nil {
		t.Errorf("a new one: %v", err)
	}
}

func TestLoginStopsWaiting(t *testing.T) {
	for name, change := range map[string]func(*anasDesk){
		"too long": func(d *anasDesk) { d.pass(loginLife) },
		"another password": func(d *anasDesk) {
			mustAgent(d.T)(d.SetPassword(d.Context(), operator, "ana@example.com", "another good one"))
		},
		"disabled":   func(d *anasDesk) { mustAgent(d.T)(d.DisableAgent(d.Context(), operator, "ana@example.com")) },
		"turned off": func(d *anasDesk) { mustAgent(d.T)(d.ResetSecondStep(d.Context(), operator, "ana@example.com")) },
	} {
		d := newAnasDesk(t)
		d.enrol()
		token := d.begin(office)
		change(d)
		if _, _, err := d.finish(token, d.code(0), office); !errors.Is(err, ErrNoLogin) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := d.LoginAgent(t.Context(), token); !errors.Is(err, ErrNoLogin) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := newAnasDesk(t)
	for _, token := range []string{"", "x", d.session} {
		if _, _, err := d.finish(token, "123456", office); !errors.Is(err, ErrNoLogin) {
			t.Errorf("the token %q: %v", token, err)
		}
	}
}

// guess tries wrong codes until one has to wait.
func (d *anasDesk) guess(token string, remote netip.Addr) (*ThrottledError, int) {
	d.Helper()
	for i := range 100 {
		_, _, err := d.finish(token, "nothing", remote)
		var throttled *ThrottledError
		if errors.As(err, &throttled) {
			return throttled, i
		}
		if !errors.Is(err, ErrWrongCode) {
			d.Fatal(err)
		}
	}
	d.Fatal("a hundred wrong codes and no delay")
	return nil, 0
}

func TestCodesAreThrottledButNeverForGood(t *testing.T) {
	d := newAnasDesk(t)
	d.enrol()
	if _, _, err := d.finish(d.begin(office), d.code(0), office); err != nil {
		t.Fatal(err)
	}
	token := d.begin(elsewhere)
	e, tries := d.guess(token, elsewhere)
	if tries != freeCodes || e.RetryAfter != firstLoginDelay {
		t.Errorf("a delay of %s after %d tries", e.RetryAfter, tries)
	}
	var throttled *ThrottledError
	if _, _, err := d.finish(token, d.code(1), elsewhere); !errors.As(err, &throttled) {
		t.Errorf("the right code did not wait: %v", err)
	}
	if left := d.state().Left; left != 10 {
		t.Errorf("%d recovery codes left", left)
	}
	// A new log-in does not begin anew.
	if _, _, err := d.finish(d.begin(elsewhere), d.code(1), elsewhere); !errors.As(err, &throttled) {
		t.Errorf("the password again ends the waiting: %v", err)
	}
	d.pass(time.Minute)
	if _, _, err := d.finish(d.begin(office), d.code(0), office); err != nil {
		t.Errorf("from a network that is known: %v", err)
	}
	if _, _, err := d.finish(d.begin(elsewhere), d.code(1), elsewhere); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// TestGuessingAllDay: whoever knows the password and goes on has some thirty guesses a day.
func TestGuessingAllDay(t *testing.T) {
	d := newAnasDesk(t)
	d.enrol()
	guesses, began := 0, d.s.tx.now
	for d.s.tx.now.Sub(began) < 24*time.Hour {
		var throttled *ThrottledError
		a, err := d.Authenticate(t.Context(), "ana@example.com", goodPassword, elsewhere)
		if errors.As(err, &throttled) {
			d.pass(throttled.RetryAfter)
			continue
		}
		token, err := d.AwaitCode(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		e, tries := d.guess(token, elsewhere)
		if e.RetryAfter > maxCodeDelay {
			t.Fatalf("a delay of %s", e.RetryAfter)
		}
		guesses += tries
		d.pass(e.RetryAfter)
	}
	if guesses > 45 {
		t.Errorf("%d guesses in a day", guesses)
	}
	if n := len(d.s.tx.notes); n > 200 {
		t.Errorf("%d notes are kept", n)
	}
}
