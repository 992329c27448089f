package conversation

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"recado/internal/say"
)

// Token lets a program use the API, with a role and departments as an agent has. Only the hash of its secret
// is kept.
type Token struct {
	ID          string    `json:"id"`
	Hash        string    `json:"hash"` // hex SHA-256 of the secret
	Name        string    `json:"name"` // of the program, as its notes and events bear it
	Role        Role      `json:"role"`
	Departments []string  `json:"departments,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	CreatedBy   string    `json:"created_by"`            // who made it, in words
	LastUsedAt  time.Time `json:"last_used_at,omitzero"` // to the hour
	RevokedAt   time.Time `json:"revoked_at,omitzero"`
	RevokedBy   string    `json:"revoked_by,omitempty"`
}

// Revoked tells whether the token opens nothing any more.
func (t *Token) Revoked() bool { return !t.RevokedAt.IsZero() }

// TokenInput makes a token.
type TokenInput struct {
	Name        string
	Role        Role // empty: agent
	Departments []string
}

// TokenPrefix begins every secret, so that people and programs that look for leaked secrets know one.
const TokenPrefix = "recado_"

const (
	maxTokens = 200 // good ones, and as many revoked ones
	// tokenUse is how old LastUsedAt may be before it is written again: a request that only reads shall not
	// wait for the disk.
	tokenUse = time.Hour
)

// ErrBadToken is what TokenActor answers for a secret that is of no token, or of one that was revoked.
var ErrBadToken = errors.New("the token is not known, or was revoked")

// newSecret is a token's secret: 256 bits of chance in characters that a double click selects whole.
func newSecret() string {
	b := make([]byte, tokenBytes)
	rand.Read(b) // never fails since Go 1.24
	return TokenPrefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// AddToken makes a token. Only an admin, or the operator, may. The secret is told this once.
func (m *Manager) AddToken(ctx context.Context, intent Intent, in TokenInput) (t *Token, secret string, err error) {
	made, err := m.newToken(intent.Actor, in)
	if err != nil {
		return nil, "", err
	}
	secret = newSecret()
	err = m.store.Update(ctx, func(tx Tx) error {
		token := *made
		t = &token
		if intent.IdempotencyKey != "" {
			switch id, err := tx.Note(intent.noteName("token")); {
			case err != nil:
				return err
			case id != "":
				return errorf(CodeConflict, "this was done before: the token %s was made then and cannot be shown again; where it was not kept, revoke it and make another", id)
			}
		}
		all, err := allTokens(tx)
		if err != nil {
			return err
		}
		if len(all)-len(revoked(all)) >= maxTokens {
			return errorf(CodeConflict, "there are %d tokens already: revoke one that is not used any more", maxTokens)
		}
		t.ID, t.Hash, t.CreatedAt = NewID(tx.Now()), tokenHash(secret), tx.Now()
		if err := m.remember(tx, intent, "token", t.ID); err != nil {
			return err
		}
		if err := auditToken(tx, intent.Actor, AuditTokenAdd, t); err != nil {
			return err
		}
		return tx.PutToken(t)
	})
	if err != nil {
		return nil, "", err
	}
	m.log.Info("token made", "token", t.ID, "name", t.Name, "by", t.CreatedBy)
	return t, secret, nil
}

// newToken validates what a token is made of.
func (m *Manager) newToken(actor Actor, in TokenInput) (*Token, error) {
	if !actor.administers() {
		return nil, errAdminOnly
	}
	t := &Token{Name: oneLine(in.Name), CreatedBy: actor.Label()}
	switch {
	case t.Name == "":
		return nil, errorf(CodeInvalid, "a token needs a name: that of the program that uses it")
	case !showable(t.Name, maxAgentName):
		return nil, errorf(CodeInvalid, "the name has characters that cannot be shown, or more than %d of them", maxAgentName)
	}
	var err error
	t.Role, t.Departments, err = m.placed(actor, in.Role, in.Departments)
	return t, err
}

// RevokeToken ends a token at once. To revoke a revoked one changes nothing.
func (m *Manager) RevokeToken(ctx context.Context, intent Intent, id string) (*Token, error) {
	if !intent.Actor.administers() {
		return nil, errAdminOnly
	}
	var t *Token
	var now bool
	err := m.store.Update(ctx, func(tx Tx) (err error) {
		if t, err = tx.Token(id); err != nil {
			return err
		}
		if t == nil {
			return errorf(CodeNotFound, "there is no token %s", id)
		}
		if now = !t.Revoked(); !now {
			return nil
		}
		t.RevokedAt, t.RevokedBy = tx.Now(), intent.Actor.Label()
		if err := tx.PutToken(t); err != nil {
			return err
		}
		if err := auditToken(tx, intent.Actor, AuditTokenRevoke, t); err != nil {
			return err
		}
		return forgetRevoked(tx)
	})
	if err != nil {
		return nil, err
	}
	if now {
		m.log.Info("token revoked", "token", t.ID, "name", t.Name, "by", t.RevokedBy)
	}
	return m.shownToken(intent.Actor, t), nil
}

// forgetRevoked keeps the newest maxTokens of those that were revoked.
func forgetRevoked(tx Tx) error {
	all, err := allTokens(tx)
	if err != nil {
		return err
	}
	old := revoked(all)
	slices.SortFunc(old, func(a, b *Token) int { return a.RevokedAt.Compare(b.RevokedAt) })
	for _, t := range old[:max(0, len(old)-maxTokens)] {
		if err := tx.DeleteToken(t.ID); err != nil {
			return err
		}
	}
	return nil
}

// allTokens are one page: there are no more than twice maxTokens.
func allTokens(tx Tx) ([]*Token, error) {
	all, _, err := tx.Tokens(Page{Limit: MaxLimit})
	return all, err
}

func revoked(all []*Token) []*Token {
	var out []*Token
	for _, t := range all {
		if t.Revoked() {
			out = append(out, t)
		}
	}
	return out
}

// Tokens lists them in the order that they were made in, for admins. Hashes are left out, and so are isolated
// departments that the actor may not know of: he may revoke the token all the same.
func (m *Manager) Tokens(ctx context.Context, actor Actor, page Page) ([]*Token, string, error) {
	if !actor.administers() {
		return nil, "", errAdminOnly
	}
	var out []*Token
	var next string
	err := m.store.View(ctx, func(tx Tx) (err error) {
		out, next, err = tx.Tokens(page)
		return err
	})
	if err != nil {
		return nil, "", listError(err)
	}
	for i, t := range out {
		out[i] = m.shownToken(actor, t)
	}
	return out, next, nil
}

func (m *Manager) shownToken(actor Actor, t *Token) *Token {
	t.Hash, t.Departments = "", known(actor, m.Directory(), t.Departments)
	return t
}

// TokenActor tells whom the secret lets in: the error is ErrBadToken, or *ThrottledError for a network that
// too many bad ones came from. A good one is let in from there all the same: nobody is locked out.
func (m *Manager) TokenActor(ctx context.Context, secret string, remote netip.Addr) (Actor, error) {
	var t *Token
	var wait time.Duration
	var used bool // so lately that it is not written again
	failures := "tokens/network/" + network(remote)
	err := m.store.View(ctx, func(tx Tx) (err error) {
		if t, err = tx.TokenOf(tokenHash(secret)); err != nil {
			return err
		}
		if t != nil && !t.Revoked() {
			used = tx.Now().Sub(t.LastUsedAt) < tokenUse
			return nil
		}
		t = nil
		times, err := loginTimes(tx, failures)
		wait = loginWait(times, freeForNetwork, maxLoginDelay, tx.Now())
		return err
	})
	switch {
	case err != nil:
		return Actor{}, err
	case t != nil:
		if !used {
			m.noteTokenUse(ctx, t.ID)
		}
		return Actor{Token: t.ID, Name: t.Name, Role: t.Role, Departments: t.Departments, Via: ViaAPI, Remote: remote}, nil
	case wait > 0:
		return Actor{}, &ThrottledError{RetryAfter: wait, what: say.Of("requests with a token that is not good")}
	}
	m.log.Warn("token refused", "remote", remote)
	err = m.store.Update(ctx, func(tx Tx) error {
		times, err := loginTimes(tx, failures)
		if err != nil {
			return err
		}
		if err := auditFailure(tx, Actor{Via: ViaAPI, Remote: remote}, deed{action: AuditTokenRefused}); err != nil {
			return err
		}
		return putLoginTimes(tx, failures, append(times, tx.Now()))
	})
	if err != nil {
		return Actor{}, err
	}
	return Actor{}, ErrBadToken
}

// noteTokenUse writes when the token was used. Where it cannot be written, the program is served nevertheless.
func (m *Manager) noteTokenUse(ctx context.Context, id string) {
	err := m.store.Update(ctx, func(tx Tx) error {
		t, err := tx.Token(id)
		if err != nil || t == nil {
			return err
		}
		t.LastUsedAt = tx.Now()
		return tx.PutToken(t)
	})
	if err != nil {
		m.log.Warn("the use of a token could not be noted", "token", id, "error", err)
	}
}
