package conversation

import (
	"context"
	"errors"
)

// ErrSamePassword is the answer to a new password that is the one there is: who fears that somebody knows it would
// believe that it was changed.
var ErrSamePassword = errorf(CodeInvalid, "the new password is the one that there is: choose another")

// ChangePassword gives an agent another password, who proves to know the one there is. All other sessions of the
// agent end; the one that asks goes on. Besides what is wrong with the new one, the errors for the asker are
// ErrSamePassword, the one that IsLoginError tells, *ThrottledError and ErrNoSession.
func (m *Manager) ChangePassword(ctx context.Context, p Proof, password string) error {
	a, _, err := m.SessionAgent(ctx, p.Session)
	if err != nil {
		return err
	}
	if err := CheckPassword(password, a.Email, a.Name); err != nil {
		return err
	}
	if password == p.Password {
		return ErrSamePassword
	}
	err = m.replacePassword(ctx, p, password)
	if IsLoginError(err) {
		return m.replacedBefore(ctx, p, password, err)
	}
	return err
}

// replacePassword hashes only for who has proven: it takes tens of milliseconds, outside of any transaction.
func (m *Manager) replacePassword(ctx context.Context, p Proof, password string) error {
	checked, err := m.prove(ctx, p)
	if err != nil {
		return err
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	a, err := m.asProven(ctx, p, checked, func(tx Tx, a *Agent) error {
		if err := audit(tx, byInbox(a, p.Remote), deed{action: AuditAgentPassword, object: a.Email}); err != nil {
			return err
		}
		if err := endOtherSessions(tx, a.Email, p.Session); err != nil {
			return err
		}
		a.Password = hash
		return tx.PutAgent(a)
	})
	if err == nil {
		m.log.Info("password changed", "agent", a.Email, "by", a.Email)
	}
	return err
}

// replacedBefore answers a form that is sent twice, by a second click or after an answer that was lost: the password
// that it gives is not right any more since the first did what it asks for. Otherwise the error stays as it is.
func (m *Manager) replacedBefore(ctx context.Context, p Proof, password string, wrong error) error {
	a, _, err := m.SessionAgent(ctx, p.Session)
	if err != nil {
		return err
	}
	// To look whether it was changed to this one is one guess more, and counted as one.
	var throttled *ThrottledError
	switch err := m.store.Update(ctx, func(tx Tx) error { return noteLogin(tx, a.Email, network(p.Remote)) }); {
	case errors.As(err, &throttled):
		return wrong
	case err != nil:
		return err
	}
	is, err := verifyPassword(ctx, password, a.Password)
	if err != nil {
		return err
	}
	if !is {
		return wrong
	}
	return m.store.Update(ctx, func(tx Tx) error { return forgetLogins(tx, a.Email, network(p.Remote)) })
}
