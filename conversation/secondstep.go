package conversation

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// SecondStep is what an agent proves beside the password when logging in: a code of the app that has the secret, or
// one of the recovery codes. It is not part of the [Agent], so that no list of people ever carries a secret.
type SecondStep struct {
	Agent    string    `json:"agent"`
	Secret   []byte    `json:"secret,omitempty"` // none: somebody else turned it off
	Since    time.Time `json:"since,omitzero"`
	LastStep int64     `json:"last_step,omitempty"` // of the last code that was taken (RFC 6238 5.2)
	Codes    []string  `json:"codes,omitempty"`     // hex SHA-256 of the recovery codes that were not used
	CodesAt  time.Time `json:"codes_at,omitzero"`
	EndedAt  time.Time `json:"ended_at,omitzero"`
	EndedBy  string    `json:"ended_by,omitempty"` // who turned it off, in words
}

// On tells whether a log-in needs it.
func (s *SecondStep) On() bool { return s != nil && len(s.Secret) > 0 }

// take tells whether the code is good now, after which it is not: the caller stores the record.
func (s *SecondStep) take(code string, now time.Time) (ok, recovery bool) {
	code = plainCode(code)
	if len(code) == totpDigits {
		step, ok := acceptTOTP(s.Secret, code, now, s.LastStep)
		if ok {
			s.LastStep = step
		}
		return ok, false
	}
	left, ok := takeRecoveryCode(s.Codes, code)
	s.Codes = left
	return ok, ok
}

// SecondStepState is what an agent is told of the own second step.
type SecondStepState struct {
	On      bool
	Since   time.Time
	Left    int // recovery codes that were not used
	CodesAt time.Time
	EndedAt time.Time // somebody else turned it off, which the agent has not acknowledged
	EndedBy string
}

// SecondStep tells an agent how the own second step stands.
func (m *Manager) SecondStep(ctx context.Context, actor Actor) (state SecondStepState, err error) {
	err = m.store.View(ctx, func(tx Tx) error {
		state = SecondStepState{}
		s, err := tx.SecondStep(actor.Email)
		if err != nil || s == nil {
			return err
		}
		state = SecondStepState{On: s.On(), Since: s.Since, Left: len(s.Codes), CodesAt: s.CodesAt, EndedAt: s.EndedAt, EndedBy: s.EndedBy}
		return nil
	})
	return state, err
}

// Proof is what an agent gives to change the own second step or password: a session that somebody left open is not
// enough.
type Proof struct {
	Session  string // its token
	Password string
	Remote   netip.Addr
}

// enrolmentLife is how long the app may take to make its first code.
const enrolmentLife = 30 * time.Minute

// enrolmentNote keeps the secret until a right code confirms it. It is the session's alone: another one of the
// agent's, which did not give the password, is not shown it.
func enrolmentNote(session string) string { return "secondstep/enrol/" + tokenHash(session) }

// ErrNoEnrolment is the answer to a code that confirms nothing: none was begun, or too long ago.
var ErrNoEnrolment = errorf(CodeConflict, "there is nothing to confirm: begin again")

// BeginSecondStep makes a secret for an app. Nothing else changes until [Manager.ConfirmSecondStep]: a second step
// that is on goes on with the secret that it has.
func (m *Manager) BeginSecondStep(ctx context.Context, p Proof) (*Enrolment, error) {
	secret := base32Text.EncodeToString(newTOTPSecret())
	a, err := m.proven(ctx, p, func(tx Tx, _ *Agent) error {
		return tx.PutNote(enrolmentNote(p.Session), secret, tx.Now().Add(enrolmentLife))
	})
	if err != nil {
		return nil, err
	}
	return &Enrolment{Account: a.Email, Secret: secret}, nil
}

// Enrolment is the one that the session has begun.
func (m *Manager) Enrolment(ctx context.Context, session string) (e *Enrolment, err error) {
	err = m.store.View(ctx, func(tx Tx) (err error) { e, err = enrolmentIn(tx, session); return err })
	return e, err
}

func enrolmentIn(tx Tx, session string) (*Enrolment, error) {
	a, _, err := sessionIn(tx, session)
	if err != nil {
		return nil, err
	}
	secret, err := tx.Note(enrolmentNote(session))
	if err != nil {
		return nil, err
	}
	if secret == "" {
		return nil, ErrNoEnrolment
	}
	return &Enrolment{Account: a.Email, Secret: secret}, nil
}

// ConfirmSecondStep turns the second step on, once the app has made a right code, and returns the recovery codes,
// which nobody is told again. All other sessions of the agent end: whoever holds them did not prove it.
func (m *Manager) ConfirmSecondStep(ctx context.Context, session, code string) ([]string, error) {
	codes, hashes := newRecoveryCodes()
	var agent string
	err := m.store.Update(ctx, func(tx Tx) error {
		e, err := enrolmentIn(tx, session)
		if err != nil {
			return err
		}
		secret, err := base32Text.DecodeString(e.Secret)
		if err != nil {
			return fmt.Errorf("read the secret of an enrolment: %w", err)
		}
		step, ok := acceptTOTP(secret, plainCode(code), tx.Now(), 0)
		if !ok {
			return ErrWrongCode
		}
		agent = e.Account
		a, s, err := sessionIn(tx, session)
		if err != nil {
			return err
		}
		if err := audit(tx, bySession(a, s), deed{action: AuditSecondStepOn, object: agent}); err != nil {
			return err
		}
		if err := tx.PutNote(enrolmentNote(session), "", tx.Now()); err != nil {
			return err
		}
		if err := endOtherSessions(tx, agent, session); err != nil {
			return err
		}
		return tx.PutSecondStep(&SecondStep{Agent: agent, Secret: secret, Since: tx.Now(), LastStep: step, Codes: hashes, CodesAt: tx.Now()})
	})
	if err != nil {
		return nil, err
	}
	m.log.Info("second step turned on", "agent", agent)
	return codes, nil
}

// RenewRecoveryCodes makes new ones, which nobody is told again. The old ones are not good any more.
func (m *Manager) RenewRecoveryCodes(ctx context.Context, p Proof) ([]string, error) {
	codes, hashes := newRecoveryCodes()
	a, err := m.proven(ctx, p, func(tx Tx, a *Agent) error {
		s, err := tx.SecondStep(a.Email)
		if err != nil {
			return err
		}
		if !s.On() {
			return errorf(CodeConflict, "the second step is off")
		}
		s.Codes, s.CodesAt = hashes, tx.Now()
		if err := audit(tx, byInbox(a, p.Remote), deed{action: AuditAgentCodes, object: a.Email}); err != nil {
			return err
		}
		return tx.PutSecondStep(s)
	})
	if err != nil {
		return nil, err
	}
	m.log.Info("recovery codes made anew", "agent", a.Email)
	return codes, nil
}

// EndSecondStep turns the agent's own off. All other sessions of the agent end.
func (m *Manager) EndSecondStep(ctx context.Context, p Proof) error {
	a, err := m.proven(ctx, p, func(tx Tx, a *Agent) error {
		if err := tx.DeleteSecondStep(a.Email); err != nil {
			return err
		}
		if err := audit(tx, byInbox(a, p.Remote), deed{action: AuditSecondStepOff, object: a.Email}); err != nil {
			return err
		}
		return endOtherSessions(tx, a.Email, p.Session)
	})
	if err == nil {
		m.log.Info("second step turned off", "agent", a.Email, "by", a.Email)
	}
	return err
}

// proven runs change as the agent whose session and password the proof has.
func (m *Manager) proven(ctx context.Context, p Proof, change func(Tx, *Agent) error) (*Agent, error) {
	checked, err := m.prove(ctx, p)
	if err != nil {
		return nil, err
	}
	return m.asProven(ctx, p, checked, change)
}

// prove returns the agent whose session and password the proof has. Passwords are guessed here no faster than at the
// log-in.
func (m *Manager) prove(ctx context.Context, p Proof) (*Agent, error) {
	a, _, err := m.SessionAgent(ctx, p.Session)
	if err != nil {
		return nil, err
	}
	checked, err := m.checkedAgent(ctx, a.Email, p.Remote, p.Password)
	if err != nil {
		return nil, err
	}
	// Whatever becomes of the change, the password was right.
	err = m.store.Update(ctx, func(tx Tx) error { return forgetLogins(tx, a.Email, network(p.Remote)) })
	return checked, err
}

// asProven runs change as the agent who was checked, as long as the session and the password are still good.
func (m *Manager) asProven(ctx context.Context, p Proof, checked *Agent, change func(Tx, *Agent) error) (a *Agent, err error) {
	err = m.store.Update(ctx, func(tx Tx) (err error) {
		if a, _, err = sessionIn(tx, p.Session); err != nil {
			return err
		}
		if a.Password != checked.Password { // it was changed meanwhile
			return errLogin
		}
		return change(tx, a)
	})
	return a, err
}

// AcknowledgeSecondStep takes note that the agent knows that somebody else turned it off.
func (m *Manager) AcknowledgeSecondStep(ctx context.Context, actor Actor) error {
	return m.store.Update(ctx, func(tx Tx) error {
		s, err := tx.SecondStep(actor.Email)
		if err != nil || s == nil || s.On() {
			return err
		}
		return tx.DeleteSecondStep(actor.Email)
	})
}

// ResetSecondStep turns off the second step of an agent who lost app and codes, and ends all of the agent's sessions.
// Only the operator may, or another admin who may know of all the agent's departments: it opens the way in. The agent
// is told at the next log-in. Where it is off already, nothing changes.
func (m *Manager) ResetSecondStep(ctx context.Context, intent Intent, email string) (*Agent, error) {
	key, err := AgentEmail(email)
	switch {
	case err != nil:
		return nil, err
	case !intent.Actor.administers():
		return nil, errAdminOnly
	case intent.Actor.Email == key:
		return nil, errorf(CodeForbidden, "one's own second step is turned off in the settings, with the password")
	}
	var a *Agent
	var was bool
	err = m.store.Update(ctx, func(tx Tx) (err error) {
		if a, err = agentIn(tx, key); err != nil {
			return err
		}
		refusal := errorf(CodeForbidden, "only the operator turns off the second step of %s", a.Email)
		if err := m.checkWall(tx, intent.Actor, a, refusal); err != nil {
			return err
		}
		if was = a.SecondStep; !was {
			return nil
		}
		a.SecondStep = false
		if err := endOtherSessions(tx, key, ""); err != nil {
			return err
		}
		if err := audit(tx, intent.Actor, deed{action: AuditSecondStepOff, object: key}); err != nil {
			return err
		}
		return tx.PutSecondStep(&SecondStep{Agent: key, EndedAt: tx.Now(), EndedBy: intent.Actor.Label()})
	})
	if err != nil {
		return nil, err
	}
	if was {
		m.log.Info("second step turned off", "agent", a.Email, "by", intent.Actor.Label())
	}
	a.Password = ""
	return a, nil
}
