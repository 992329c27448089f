package api

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"

	"recado/conversation"
)

// Tokens knows whom a bearer token lets in: conversation.Manager.TokenActor.
type Tokens func(ctx context.Context, secret string, remote netip.Addr) (conversation.Actor, error)

// Bearer authenticates by the token in the Authorization field (RFC 6750 2.1) and by nothing else: a cookie
// would let other sites ask in an agent's name, an address with the token in it ends in logs. remote is where
// a request comes from.
func Bearer(tokens Tokens, remote func(*http.Request) netip.Addr) func(*http.Request) (conversation.Actor, error) {
	return func(r *http.Request) (conversation.Actor, error) {
		fields := r.Header.Values("Authorization")
		if len(fields) == 0 {
			return conversation.Actor{}, ErrUnauthenticated
		}
		scheme, secret, _ := strings.Cut(strings.TrimSpace(fields[0]), " ")
		switch {
		case len(fields) > 1:
			return conversation.Actor{}, errTwoTokens
		case !strings.EqualFold(scheme, "Bearer"):
			return conversation.Actor{}, ErrUnauthenticated
		case strings.TrimSpace(secret) == "":
			return conversation.Actor{}, errNoSecret
		}
		return tokens(r.Context(), strings.TrimSpace(secret), remote(r))
	}
}

// Requests that RFC 6750 3.1 calls invalid.
var (
	errTwoTokens = invalid("Authorization is given more than once")
	errNoSecret  = invalid("Authorization is to be the word Bearer, a space and the token")
)

// challenge is the WWW-Authenticate of an answer (RFC 6750 3): without an error where nothing was given that
// could be wrong. bearer tells whether a token let the request in.
func challenge(err error, status int, bearer bool) string {
	const scheme = `Bearer realm="Recado"`
	switch {
	case errors.Is(err, conversation.ErrBadToken):
		return scheme + `, error="invalid_token", error_description="` + conversation.ErrBadToken.Error() + `"`
	case errors.Is(err, errTwoTokens), errors.Is(err, errNoSecret):
		return scheme + `, error="invalid_request"`
	case status == http.StatusUnauthorized:
		return scheme
	case status == http.StatusForbidden && bearer:
		return scheme + `, error="insufficient_scope"`
	}
	return ""
}

// Token lets a program use the API.
type Token struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Role        string   `json:"role"` // agent, supervisor, admin
	Departments []string `json:"departments"`
	Status      string   `json:"status"` // active, revoked
	CreatedAt   Time     `json:"created_at"`
	CreatedBy   string   `json:"created_by"`
	LastUsedAt  Time     `json:"last_used_at"` // to the hour; null: never
	RevokedAt   Time     `json:"revoked_at"`
	RevokedBy   string   `json:"revoked_by"`
}

// MadeToken is the answer to POST /tokens, and the only one that has the secret.
type MadeToken struct {
	Token
	Secret string `json:"token"`
}

// NewToken is the body of POST /tokens.
type NewToken struct {
	Name        string   `json:"name"`
	Role        string   `json:"role"` // agent, supervisor, admin; "": agent
	Departments []string `json:"departments"`
}

func tokenOf(t *conversation.Token) Token {
	out := Token{
		ID: t.ID, Name: t.Name, Role: string(t.Role), Departments: texts(t.Departments), Status: "active",
		CreatedAt: Time{t.CreatedAt}, CreatedBy: t.CreatedBy, LastUsedAt: Time{t.LastUsedAt},
		RevokedAt: Time{t.RevokedAt}, RevokedBy: t.RevokedBy,
	}
	if t.Revoked() {
		out.Status = "revoked"
	}
	return out
}

func (h *handler) listTokens(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	_, page, err := listQuery(r)
	if err != nil {
		return err
	}
	items, next, err := h.desk.Tokens(r.Context(), a, page)
	if err != nil {
		return err
	}
	return list(w, items, next, tokenOf)
}

func (h *handler) addToken(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, err := intent(r, a)
	if err != nil {
		return err
	}
	var body NewToken
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	role, err := word("role", body.Role, conversation.RoleAgent, conversation.RoleSupervisor, conversation.RoleAdmin)
	if err != nil {
		return err
	}
	t, secret, err := h.desk.AddToken(r.Context(), in, conversation.TokenInput{Name: body.Name, Role: role, Departments: body.Departments})
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, MadeToken{Token: tokenOf(t), Secret: secret})
}

func (h *handler) revokeToken(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, id, err := decision(w, r, a)
	if err != nil {
		return err
	}
	t, err := h.desk.RevokeToken(r.Context(), in, id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, tokenOf(t))
}
