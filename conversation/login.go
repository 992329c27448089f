package conversation

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"recado/internal/say"
)

// A log-in that failed makes the next one wait, longer each time, for the account and for the network
// that it came from. Nobody is locked out for good: the wait has an upper bound, it is forgotten after an
// hour, and who logs in from a network that the account logged in from before waits for what was tried on it from there
// alone: neither a stranger elsewhere nor one behind the same address keeps him out.
const (
	loginMemory     = time.Hour
	freeForAccount  = 5  // failures within loginMemory that cost nothing
	freeForNetwork  = 20 // an office shares one address
	firstLoginDelay = 2 * time.Second
	maxLoginDelay   = 5 * time.Minute
	knownNetwork    = 90 * 24 * time.Hour
	maxLoginTimes   = 200 // kept of one name
)

// ThrottledError is the answer to a log-in, or to a token that is not good, that comes too early.
type ThrottledError struct {
	RetryAfter time.Duration
	what       say.Sentence // there were too many of; empty: attempts to log in
}

func (e *ThrottledError) Error() string { return e.Unwrap().Error() }

// Unwrap lets errors.As find an Error whose code is CodeTooMany.
func (e *ThrottledError) Unwrap() error {
	what := e.what
	if what.Text == "" {
		what = say.Of("attempts to log in")
	}
	return errorf(CodeTooMany, "too many %s: wait %s", what, e.RetryAfter.Round(time.Second))
}

// errLogin is the one answer to a log-in that fails, whatever the reason: it tells nobody which accounts exist.
var errLogin = errorf(CodeForbidden, "the address or the password is not right")

// Authenticate tells which agent the e-mail address and password are of. The errors for the asker are
// errLogin and *ThrottledError. It takes as long for an account that does not exist. Where Agent.SecondStep is set
// the log-in has not gone well yet, and its attempts are not forgotten: [Manager.AwaitCode] goes on with it.
func (m *Manager) Authenticate(ctx context.Context, email, password string, remote netip.Addr) (*Agent, error) {
	key, err := AgentEmail(email)
	if err != nil || len(password) > maxPassword {
		key = ""
	}
	net := network(remote)
	a, err := m.checkedAgent(ctx, key, remote, password)
	if err != nil {
		return nil, err
	}
	err = m.store.Update(ctx, func(tx Tx) error {
		s, err := tx.SecondStep(key)
		if err != nil {
			return err
		}
		if a.SecondStep = s.On(); a.SecondStep {
			return nil
		}
		return forgetLogins(tx, key, net)
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// checkedAgent is the agent of the folded address, "" for none, whose password it is.
func (m *Manager) checkedAgent(ctx context.Context, key string, remote netip.Addr, password string) (a *Agent, err error) {
	// The attempt is counted before the password is looked at: guesses at the same time count too.
	err = m.store.Update(ctx, func(tx Tx) (err error) {
		if err = noteLogin(tx, key, network(remote)); err != nil || key == "" {
			a = nil
			return err
		}
		a, err = tx.Agent(key)
		return err
	})
	if err != nil {
		return nil, err
	}
	hash := ""
	if a != nil && !a.Disabled {
		hash = a.Password
	}
	ok, err := verifyPassword(ctx, cut(password, maxPassword), hash)
	if err != nil {
		return nil, fmt.Errorf("log in: %w", err)
	}
	if !ok {
		return nil, m.failedLogin(ctx, a, remote)
	}
	return a, nil
}

// failedLogin leaves the line of a failure, a is nil where it names no agent, and returns the answer to it.
func (m *Manager) failedLogin(ctx context.Context, a *Agent, remote netip.Addr) error {
	failed := deed{action: AuditSessionFailed}
	if a != nil {
		failed.object = a.Email
	}
	err := m.store.Update(ctx, func(tx Tx) error { return auditFailure(tx, Actor{Via: ViaInbox, Remote: remote}, failed) })
	if err != nil {
		return err
	}
	return errLogin
}

// IsLoginError tells whether err is the answer to a wrong address or password.
func IsLoginError(err error) bool { return errors.Is(err, errLogin) }

func loginsOfAccount(key string) string { return "logins/account/" + key }
func loginsOfNetwork(net string) string { return "logins/network/" + net }
func knownNote(key, net string) string  { return "logins/known/" + key + "/" + net }

// loginsAtHome are those of an account from a network that it logged in from before.
func loginsAtHome(key, net string) string { return loginsOfAccount(key) + "/" + net }

// noteLogin counts an attempt, or refuses it with a *ThrottledError. An account that logged in from the network before
// waits for what was tried on it from there, and for nothing that others did: neither elsewhere nor behind the same
// address.
func noteLogin(tx Tx, key, net string) error {
	counted := map[string]int{loginsOfNetwork(net): freeForNetwork} // by name, with how many cost nothing
	known := ""
	if key != "" {
		counted[loginsOfAccount(key)] = freeForAccount
		var err error
		if known, err = tx.Note(knownNote(key, net)); err != nil {
			return err
		}
		if known != "" {
			counted[loginsAtHome(key, net)] = freeForAccount
		}
	}
	times := map[string][]time.Time{}
	var wait time.Duration
	for name, free := range counted {
		var err error
		if times[name], err = loginTimes(tx, name); err != nil {
			return err
		}
		if known == "" || name == loginsAtHome(key, net) {
			wait = max(wait, loginWait(times[name], free, maxLoginDelay, tx.Now()))
		}
	}
	if wait > 0 {
		return &ThrottledError{RetryAfter: wait}
	}
	for name, list := range times {
		if err := putLoginTimes(tx, name, append(list, tx.Now())); err != nil {
			return err
		}
	}
	return nil
}

// loginWait is how much longer the next attempt must wait after those, and never longer than most, also where the
// clock was put back since.
func loginWait(times []time.Time, free int, most time.Duration, now time.Time) time.Duration {
	n := len(times) - free
	if n < 0 || len(times) == 0 {
		return 0
	}
	delay := most
	if n < 16 {
		delay = min(most, firstLoginDelay<<n)
	}
	return min(delay, max(0, times[len(times)-1].Add(delay).Sub(now)))
}

func loginTimes(tx Tx, name string) ([]time.Time, error) {
	times, err := tx.Times(name)
	if err != nil {
		return nil, err
	}
	return within(times, tx.Now().Add(-loginMemory)), nil
}

func putLoginTimes(tx Tx, name string, times []time.Time) error {
	if len(times) > maxLoginTimes {
		times = times[len(times)-maxLoginTimes:]
	}
	return tx.PutTimes(name, times, tx.Now().Add(loginMemory))
}

// forgetLogins ends the waiting after a log-in that went well: all of it for the account, one attempt of
// the network, which others may be guessing from.
func forgetLogins(tx Tx, key, net string) error {
	for _, name := range []string{loginsOfAccount(key), loginsAtHome(key, net)} {
		if err := tx.PutTimes(name, nil, tx.Now()); err != nil {
			return err
		}
	}
	times, err := loginTimes(tx, loginsOfNetwork(net))
	if err != nil {
		return err
	}
	if len(times) > 0 {
		times = times[:len(times)-1]
	}
	if err := putLoginTimes(tx, loginsOfNetwork(net), times); err != nil {
		return err
	}
	return tx.PutNote(knownNote(key, net), "1", tx.Now().Add(knownNetwork))
}
