package conversation

import (
	"context"
	"net/netip"
	"strings"
	"time"
)

// A code has few digits, and only those who know the password may guess: that many wrong ones make the next wait,
// longer each time, up to an hour, for a day. So a year of guessing finds one with a chance of three in a hundred.
// Who logs in from a network that is known waits for what was guessed there alone, as with passwords.
const (
	codeMemory   = 24 * time.Hour
	freeCodes    = 5
	maxCodeDelay = time.Hour
)

// loginLife is how long the second step of a log-in may take.
const loginLife = 10 * time.Minute

// ErrWrongCode is the answer to a code that is not right, was used, or is too old.
var ErrWrongCode = errorf(CodeForbidden, "the code is not right, or was used before")

// ErrNoLogin is the answer to the second step of a log-in that is not, or no longer, waiting for it.
var ErrNoLogin = errorf(CodeForbidden, "the log-in took too long: enter the password again")

func waitingLogin(token string) string { return "logins/waiting/" + tokenHash(token) }

// AwaitCode begins the second step of a log-in, of an agent whose password was right. The token is for the browser
// alone, and good for nothing but [Manager.FinishLogin]. How many of them there are is bounded as attempts to log in
// are: none is forgotten before a log-in has gone well.
func (m *Manager) AwaitCode(ctx context.Context, a *Agent) (string, error) {
	token := newSessionToken()
	err := m.store.Update(ctx, func(tx Tx) error {
		return tx.PutNote(waitingLogin(token), tokenHash(a.Password)+" "+a.Email, tx.Now().Add(loginLife))
	})
	return token, err
}

// LoginAgent tells whose log-in waits for its second step.
func (m *Manager) LoginAgent(ctx context.Context, token string) (a *Agent, err error) {
	err = m.store.View(ctx, func(tx Tx) (err error) { a, _, err = loginIn(tx, token); return err })
	return a, err
}

// loginIn answers ErrNoLogin too where the password was changed meanwhile, or the second step turned off.
func loginIn(tx Tx, token string) (*Agent, *SecondStep, error) {
	waiting, err := tx.Note(waitingLogin(token))
	if err != nil {
		return nil, nil, err
	}
	password, email, _ := strings.Cut(waiting, " ")
	a, err := tx.Agent(email)
	if err != nil {
		return nil, nil, err
	}
	s, err := tx.SecondStep(email)
	if err != nil {
		return nil, nil, err
	}
	if a == nil || a.Disabled || tokenHash(a.Password) != password || !s.On() {
		return nil, nil, ErrNoLogin
	}
	return a, s, nil
}

// FinishLogin logs in whose log-in waits, if the code is right: the app's, or a recovery code, which is used up by it;
// recovery tells. The errors for the asker are ErrNoLogin, ErrWrongCode and *ThrottledError.
func (m *Manager) FinishLogin(ctx context.Context, token, code string, remote netip.Addr, in SessionInput) (session string, recovery bool, err error) {
	net := network(remote)
	session = newSessionToken()
	var ok bool
	var agent string
	// One transaction: of two requests with one code the second finds it used.
	err = m.store.Update(ctx, func(tx Tx) error {
		a, s, err := loginIn(tx, token)
		if err != nil {
			return err
		}
		agent = a.Email
		// A wrong code is no error here: that it was tried is kept.
		if ok, recovery, err = tryCode(tx, s, code, net); err != nil {
			return err
		}
		if !ok {
			return auditFailure(tx, Actor{Via: ViaInbox, Remote: remote}, deed{action: AuditSessionFailed, object: agent, detail: "code"})
		}
		if err := tx.PutNote(waitingLogin(token), "", tx.Now()); err != nil {
			return err
		}
		if err := forgetLogins(tx, agent, net); err != nil {
			return err
		}
		return beginSession(tx, a, newSession(tx, session, agent, in))
	})
	switch {
	case err != nil:
		return "", false, err
	case !ok:
		return "", false, ErrWrongCode
	case recovery:
		m.log.Info("recovery code used", "agent", agent)
	}
	return session, recovery, nil
}

// tryCode uses up a code that is right, and counts one that is not. *ThrottledError where it comes too early: then it
// is not looked at.
func tryCode(tx Tx, s *SecondStep, code, net string) (ok, recovery bool, err error) {
	tries, err := codeTries(tx, s.Agent, net)
	if err != nil {
		return false, false, err
	}
	if ok, recovery = s.take(code, tx.Now()); !ok {
		return false, false, tries.count(tx)
	}
	if err := tx.PutTimes(tries.name, nil, tx.Now()); err != nil {
		return false, false, err
	}
	return true, recovery, tx.PutSecondStep(s)
}

// codeAttempts are the codes that count against the next one.
type codeAttempts struct {
	name    string
	account []time.Time
	network []time.Time
	net     string
}

// codeTries are those of the account or, from a network that is known, from there; *ThrottledError where the next
// one must wait.
func codeTries(tx Tx, key, net string) (t codeAttempts, err error) {
	t = codeAttempts{name: "logins/code/" + key, net: net}
	known, err := tx.Note(knownNote(key, net))
	if err != nil {
		return t, err
	}
	if known != "" {
		t.name += "/" + net
	}
	if t.account, err = tx.Times(t.name); err != nil {
		return t, err
	}
	t.account = within(t.account, tx.Now().Add(-codeMemory))
	if t.network, err = loginTimes(tx, loginsOfNetwork(net)); err != nil {
		return t, err
	}
	wait := loginWait(t.account, freeCodes, maxCodeDelay, tx.Now())
	if known == "" {
		wait = max(wait, loginWait(t.network, freeForNetwork, maxLoginDelay, tx.Now()))
	}
	if wait > 0 {
		return t, &ThrottledError{RetryAfter: wait}
	}
	return t, nil
}

// count adds one.
func (t codeAttempts) count(tx Tx) error {
	account := append(t.account, tx.Now())
	account = account[max(0, len(account)-maxLoginTimes):]
	if err := tx.PutTimes(t.name, account, tx.Now().Add(codeMemory)); err != nil {
		return err
	}
	return putLoginTimes(tx, loginsOfNetwork(t.net), append(t.network, tx.Now()))
}
