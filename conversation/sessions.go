package conversation

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
)

// tokenBytes of chance stand in a session's token.
const tokenBytes = 32

// SessionInput is what a session is begun with.
type SessionInput struct {
	Agent     string // Agent.Email, of one that Authenticate returned
	Password  string // its Agent.Password: no session begins once it was changed; empty: none was checked
	Life      time.Duration
	UserAgent string
	RemoteIP  string
}

// newSessionToken is for the browser alone: only its hash is kept.
func newSessionToken() string {
	b := make([]byte, tokenBytes)
	rand.Read(b) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}

// newSession begins now.
func newSession(tx Tx, token, agent string, in SessionInput) *Session {
	return &Session{
		TokenHash: tokenHash(token), Agent: agent, CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(in.Life),
		UserAgent: cut(in.UserAgent, 300), RemoteIP: cut(in.RemoteIP, 60),
	}
}

// StartSession logs an agent in who needs no second step.
func (m *Manager) StartSession(ctx context.Context, in SessionInput) (token string, s *Session, err error) {
	token = newSessionToken()
	err = m.store.Update(ctx, func(tx Tx) error {
		a, err := agentIn(tx, in.Agent)
		if err != nil {
			return err
		}
		if a.Disabled {
			return errDisabled
		}
		if in.Password != "" && in.Password != a.Password || a.SecondStep { // turned on while the password was checked
			return errLogin
		}
		s = newSession(tx, token, a.Email, in)
		return beginSession(tx, a, s)
	})
	if err != nil {
		return "", nil, err
	}
	return token, s, nil
}

var errDisabled = errorf(CodeForbidden, "this agent was disabled")

// ErrNoSession is what SessionAgent answers for a token that is not, or no longer, good.
var ErrNoSession = errorf(CodeNotFound, "the session has ended: log in again")

// SessionAgent returns whose token it is.
func (m *Manager) SessionAgent(ctx context.Context, token string) (a *Agent, s *Session, err error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return nil, nil, ErrNoSession
	}
	err = m.store.View(ctx, func(tx Tx) (err error) { a, s, err = sessionIn(tx, token); return err })
	return a, s, err
}

// sessionIn returns neither of the two with an error.
func sessionIn(tx Tx, token string) (*Agent, *Session, error) {
	s, err := tx.Session(tokenHash(token))
	if err != nil {
		return nil, nil, err
	}
	if s == nil || !tx.Now().Before(s.ExpiresAt) {
		return nil, nil, ErrNoSession
	}
	a, err := tx.Agent(s.Agent)
	if err != nil {
		return nil, nil, err
	}
	if a == nil || a.Disabled {
		return nil, nil, ErrNoSession
	}
	return a, s, nil
}

// EndSession logs out. A token that is not good any more is no error.
func (m *Manager) EndSession(ctx context.Context, by Actor, token string) error {
	return m.store.Update(ctx, func(tx Tx) error {
		s, err := tx.Session(tokenHash(token))
		if err != nil || s == nil {
			return err
		}
		if err := auditSession(tx, by, AuditSessionEnd, s.Agent); err != nil {
			return err
		}
		return endSessions(tx, s)
	})
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// cut keeps the first n octets at most.
func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
