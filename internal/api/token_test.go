package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/say"
)

// TestBearer: who asks is told by the Authorization field alone, and every refusal says by a challenge how to
// ask (RFC 6750 3).
func TestBearer(t *testing.T) {
	tokens := func(_ context.Context, secret string, remote netip.Addr) (conversation.Actor, error) {
		switch {
		case remote != netip.MustParseAddr("192.0.2.1"):
			t.Errorf("asked from %s", remote)
		case secret == "recado_good":
			return conversation.Actor{Token: "t", Name: "CRM", Role: conversation.RoleAgent, Departments: []string{"care"}}, nil
		case secret == "recado_many":
			return conversation.Actor{}, &conversation.ThrottledError{RetryAfter: 1500 * time.Millisecond}
		}
		return conversation.Actor{}, conversation.ErrBadToken
	}
	h := api.New(api.Options{Desk: &fakeDesk{}, Authenticate: api.Bearer(tokens, func(r *http.Request) netip.Addr {
		return netip.MustParseAddrPort(r.RemoteAddr).Addr()
	})})
	const plain = `Bearer realm="Recado"`
	tests := []struct {
		name, path    string
		authorization []string
		cookie        string
		status        int
		challenge     string
		retry         string
	}{
		{name: "nothing", status: 401, challenge: plain},
		{name: "nothing, at no address", path: "/nothing", status: 401, challenge: plain},
		{name: "a cookie", cookie: "recado=recado_good", status: 401, challenge: plain},
		{name: "in the address", path: "/queue?access_token=recado_good", status: 401, challenge: plain},
		{name: "another scheme", authorization: []string{"Basic cmVjYWRvX2dvb2Q6"}, status: 401, challenge: plain},
		{name: "a good one", authorization: []string{"Bearer recado_good"}, status: 200},
		{name: "the scheme in another case", authorization: []string{"bearer  recado_good "}, status: 200},
		{name: "a bad one", authorization: []string{"Bearer recado_bad"}, status: 401,
			challenge: plain + `, error="invalid_token", error_description="the token is not known, or was revoked"`},
		{name: "no token", authorization: []string{"Bearer"}, status: 400, challenge: plain + `, error="invalid_request"`},
		{name: "two", authorization: []string{"Bearer recado_good", "Bearer recado_good"}, status: 400, challenge: plain + `, error="invalid_request"`},
		{name: "too many bad ones", authorization: []string{"Bearer recado_many"}, status: 429, retry: "2"},
		{name: "not enough", path: "/agents", authorization: []string{"Bearer recado_good"}, status: 403, challenge: plain + `, error="insufficient_scope"`},
		{name: "not for programs", path: "/explain", authorization: []string{"Bearer recado_good"}, status: 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path, desk := tt.path, &fakeDesk{}
			if path == "" {
				path = "/queue"
			}
			if tt.status == 403 {
				desk.err = &conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("only an admin may do this")}
			}
			h := h
			if desk.err != nil {
				h = api.New(api.Options{Desk: desk, Authenticate: api.Bearer(tokens, func(*http.Request) netip.Addr { return netip.MustParseAddr("192.0.2.1") })})
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, api.Prefix+path, nil)
			r.Header["Authorization"] = tt.authorization
			if tt.cookie != "" {
				r.Header.Set("Cookie", tt.cookie)
			}
			r.Header.Set(api.HeaderAs, "eva@example.com") // counts on the socket alone
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if got := w.Header().Get("WWW-Authenticate"); got != tt.challenge {
				t.Errorf("WWW-Authenticate %q, want %q", got, tt.challenge)
			}
			if got := w.Header().Get("Retry-After"); got != tt.retry {
				t.Errorf("Retry-After %q, want %q", got, tt.retry)
			}
		})
	}
}
