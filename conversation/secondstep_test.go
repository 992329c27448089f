package conversation

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// desk is Ana at hers: a manager, its store, a session of hers.
type anasDesk struct {
	*testing.T
	*Manager
	s       *agentStore
	session string
	secret  []byte
	codes   []string // for recovery
}

func newAnasDesk(t *testing.T) *anasDesk {
	m, s := newAgentManager(t)
	addAna(t, m)
	s.cheapPassword("ana@example.com")
	d := &anasDesk{T: t, Manager: m, s: s}
	if _, err := m.Authenticate(t.Context(), "ana@example.com", goodPassword, office); err != nil {
		t.Fatal(err)
	}
	d.session = d.another()
	return d
}

// another is one more session of hers.
func (d *anasDesk) another() string {
	d.Helper()
	d.pass(time.Second)
	token, _, err := d.StartSession(d.Context(), SessionInput{Agent: "ana@example.com", Life: 1000 * time.Hour})
	if err != nil {
		d.Fatal(err)
	}
	d.pass(time.Second)
	return token
}

func (d *anasDesk) pass(span time.Duration) { d.s.tx.now = d.s.tx.now.Add(span) }

func (d *anasDesk) proof() Proof {
	return Proof{Session: d.session, Password: goodPassword, Remote: office}
}

// code is what the app shows, steps from now.
func (d *anasDesk) code(steps int64) string { return totp(d.secret, totpStepAt(d.s.tx.now)+steps) }

// enrol turns the second step on.
func (d *anasDesk) enrol() {
	d.Helper()
	e, err := d.BeginSecondStep(d.Context(), d.proof())
	if err != nil {
		d.Fatal(err)
	}
	if d.secret, err = base32Text.DecodeString(e.Secret); err != nil {
		d.Fatal(err)
	}
	if d.codes, err = d.ConfirmSecondStep(d.Context(), d.session, d.code(0)); err != nil {
		d.Fatal(err)
	}
	d.pass(time.Minute)
}

// begin gives the password.
func (d *anasDesk) begin(remote netip.Addr) string {
	d.Helper()
	a, err := d.Authenticate(d.Context(), "ana@example.com", goodPassword, remote)
	if err != nil {
		d.Fatal(err)
	}
	if !a.SecondStep {
		d.Fatal("no second step is needed")
	}
	token, err := d.AwaitCode(d.Context(), a)
	if err != nil {
		d.Fatal(err)
	}
	return token
}

func (d *anasDesk) finish(token, code string, remote netip.Addr) (session string, recovery bool, err error) {
	return d.FinishLogin(d.Context(), token, code, remote, SessionInput{Life: 1000 * time.Hour})
}

func (d *anasDesk) good(session string) bool {
	_, _, err := d.SessionAgent(d.Context(), session)
	return err == nil
}

func (d *anasDesk) state() SecondStepState {
	d.Helper()
	s, err := d.SecondStep(d.Context(), Actor{Email: "ana@example.com"})
	if err != nil {
		d.Fatal(err)
	}
	return s
}

func TestEnrolmentNeedsOneRightCode(t *testing.T) {
	d := newAnasDesk(t)
	other := d.another()
	wrong := d.proof()
	wrong.Password += "x"
	if _, err := d.BeginSecondStep(t.Context(), wrong); !IsLoginError(err) {
		t.Errorf("without the password: %v", err)
	}
	if _, err := d.ConfirmSecondStep(t.Context(), d.session, "123456"); !errors.Is(err, ErrNoEnrolment) {
		t.Errorf("before it began: %v", err)
	}
	e, err := d.BeginSecondStep(t.Context(), d.proof())
	if err != nil {
		t.Fatal(err)
	}
	d.secret, _ = base32Text.DecodeString(e.Secret)
	if _, err := d.Enrolment(t.Context(), other); !errors.Is(err, ErrNoEnrolment) {
		t.Errorf("another session is shown the secret: %v", err)
	}
	if again, err := d.Enrolment(t.Context(), d.session); err != nil || *again != *e {
		t.Errorf("the session is shown %v, %v", again, err)
	}
	if _, err := d.ConfirmSecondStep(t.Context(), d.session, d.code(-5)); !errors.Is(err, ErrWrongCode) || d.state().On {
		t.Errorf("a wrong code: %v, on %t", err, d.state().On)
	}
	first := d.code(0)
	codes, err := d.ConfirmSecondStep(t.Context(), d.session, first[:3]+" "+first[3:])
	if err != nil || len(codes) != 10 {
		t.Fatalf("the right code: %v, %v", codes, err)
	}
	if s := d.state(); !s.On || s.Left != 10 || !s.Since.Equal(d.s.tx.now) {
		t.Errorf("state %+v", s)
	}
	if !d.good(d.session) || d.good(other) {
		t.Error("another session goes on, or this one ends")
	}
	if _, err := d.ConfirmSecondStep(t.Context(), d.session, d.code(1)); !errors.Is(err, ErrNoEnrolment) {
		t.Errorf("confirmed twice: %v", err)
	}
	// The code that confirmed does not log in.
	if _, _, err := d.finish(d.begin(office), first, office); !errors.Is(err, ErrWrongCode) {
		t.Errorf("the code of the enrolment again: %v", err)
	}
	list, _, err := d.Agents(t.Context(), operator.Actor, Page{})
	if err != nil || len(list) != 1 || !list[0].SecondStep {
		t.Errorf("the list says %+v, %v", list, err)
	}
}

func TestEnrolmentExpires(t *testing.T) {
	d := newAnasDesk(t)
	if _, err := d.BeginSecondStep(t.Context(), d.proof()); err != nil {
		t.Fatal(err)
	}
	d.pass(enrolmentLife)
	if _, err := d.Enrolment(t.Context(), d.session); !errors.Is(err, ErrNoEnrolment) {
		t.Errorf("%v", err)
	}
}

// TestAnotherApp: the app that there is goes on until the new one has made a right code.
func TestAnotherApp(t *testing.T) {
	d := newAnasDesk(t)
	d.enrol()
	old, oldCodes := d.secret, d.codes
	if _, err := d.BeginSecondStep(t.Context(), d.proof()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.finish(d.begin(office), d.code(0), office); err != nil {
		t.Errorf("the old app before the new one is confirmed: %v", err)
	}
	d.pass(time.Minute)
	d.enrol()
	for _, code := range []string{totp(old, totpStepAt(d.s.tx.now)), oldCodes[0]} {
		if _, _, err := d.finish(d.begin(office), code, office); !errors.Is(err, ErrWrongCode) {
			t.Errorf("the old app or its codes afterwards: %v", err)
		}
	}
}

func TestEndSecondStep(t *testing.T) {
	d := newAnasDesk(t)
	d.enrol()
	other, _, err := d.finish(d.begin(office), d.code(0), office)
	if err != nil {
		t.Fatal(err)
	}
	d.pass(time.Second)
	wrong := d.proof()
	wrong.Password = "x"
	if err := d.EndSecondStep(t.Context(), wrong); !IsLoginError(err) || !d.state().On {
		t.Errorf("without the password: %v", err)
	}
	wrong = d.proof()
	wrong.Session = "x"
	if err := d.EndSecondStep(t.Context(), wrong); !errors.Is(err, ErrNoSession) {
		t.Errorf("without a session: %v", err)
	}
	if err := d.EndSecondStep(t.Context(), d.proof()); err != nil || d.state() != (SecondStepState{}) {
		t.Errorf("%v, %+v", err, d.state())
	}
	if !d.good(d.session) || d.good(other) {
		t.Error("another session goes on, or this one ends")
	}
	if a, err := d.Authenticate(t.Context(), "ana@example.com", goodPassword, office); err != nil || a.SecondStep {
		t.Errorf("the next log-in: %+v, %v", a, err)
	}
	if _, err := d.RenewRecoveryCodes(t.Context(), d.proof()); err == nil {
		t.Error("recovery codes for what is off")
	}
}

// TestPasswordsAreNotGuessedInTheSettings: a session that was left open tries no more of them than the log-in allows.
func TestPasswordsAreNotGuessedInTheSettings(t *testing.T) {
	d := newAnasDesk(t)
	p := d.proof()
	p.Password, p.Remote = "wrong", elsewhere
	for i := range freeForAccount {
		if _, err := d.BeginSecondStep(t.Context(), p); !IsLoginError(err) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	_, err := d.BeginSecondStep(t.Context(), p)
	wantCode(t, err, CodeTooMany)
}

func TestResetSecondStep(t *testing.T) {
	d := newAnasDesk(t)
	d.directory.Store((&Directory{Departments: []Department{{ID: "care"}, {ID: "hr", Isolated: true}}}).Build())
	admin := Actor{Email: "ada@example.com", Name: "Ada", Role: RoleAdmin}
	reset := func(a Actor) (*Agent, error) {
		return d.ResetSecondStep(t.Context(), Intent{Actor: a}, " ANA@example.com")
	}
	if a, err := reset(admin); err != nil || a.SecondStep || !d.good(d.session) || len(d.s.tx.steps) != 0 {
		t.Errorf("where it is off already: %+v, %v", a, err)
	}
	d.enrol()
	for name, a := range map[string]Actor{
		"an agent": {Email: "eva@example.com", Role: RoleAgent}, "a supervisor": {Email: "eva@example.com", Role: RoleSupervisor},
		"herself, an admin": {Email: "ana@example.com", Role: RoleAdmin},
	} {
		if _, err := reset(a); err == nil || !d.state().On {
			t.Errorf("%s turns it off", name)
		}
	}
	_, err := d.ResetSecondStep(t.Context(), operator, "nobody@example.com")
	wantCode(t, err, CodeNotFound)

	ana := d.s.tx.agents["ana@example.com"]
	ana.Departments = []string{"care", "hr"}
	d.s.tx.agents[ana.Email] = ana
	_, err = reset(admin)
	wantCode(t, err, CodeForbidden)
	ana.Departments = []string{"care"}
	d.s.tx.agents[ana.Email] = ana

	a, err := reset(admin)
	if err != nil || a.SecondStep || a.Password != "" {
		t.Fatalf("an admin: %+v, %v", a, err)
	}
	if d.good(d.session) {
		t.Error("a session goes on")
	}
	s := d.state()
	if s.On || s.EndedBy != admin.Label() || !s.EndedAt.Equal(d.s.tx.now) || slices.ContainsFunc([]SecondStep{d.s.tx.steps[ana.Email]}, func(s SecondStep) bool { return s.Secret != nil || s.Codes != nil }) {
		t.Errorf("state %+v", s)
	}
	if _, err := d.Authenticate(t.Context(), "ana@example.com", goodPassword, office); err != nil {
		t.Fatal(err)
	}
	d.session = d.another()
	if err := d.AcknowledgeSecondStep(t.Context(), Actor{Email: "ana@example.com"}); err != nil || d.state() != (SecondStepState{}) {
		t.Errorf("acknowledged: %v, %+v", err, d.state())
	}
	d.enrol()
	if err := d.AcknowledgeSecondStep(t.Context(), Actor{Email: "ana@example.com"}); err != nil || !d.state().On {
		t.Errorf("to acknowledge nothing turns it off: %v", err)
	}
}
