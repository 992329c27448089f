package test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// sessionDoc is a log-in, as the command lists it.
type sessionDoc struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	Browser string `json:"browser"`
}

// enter logs an agent in with a browser of that name, and returns its cookie.
func (p *product) enter(email, userAgent string) *http.Cookie {
	p.t.Helper()
	form := url.Values{"email": {email}, "password": {agentPassword}}
	r, err := http.NewRequest(http.MethodPost, "http://"+p.inbox+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", userAgent)
	answer, err := noRedirect.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	answer.Body.Close()
	if len(answer.Cookies()) == 0 {
		p.t.Fatalf("%s logs in: %s", email, answer.Status)
	}
	return answer.Cookies()[0]
}

// asks opens a page with a cookie.
func (p *product) asks(path string, cookie *http.Cookie) *http.Response {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	p.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.inbox+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.AddCookie(cookie)
	// Without a limit of its own: a live stream has no end.
	answer, err := (&http.Client{CheckRedirect: noRedirect.CheckRedirect}).Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { answer.Body.Close() })
	return answer
}

// TestSessionsEndAtOnce: an agent who is logged out, disabled or given another password is out with the next request,
// and the live streams of the sessions that ended end by themselves, before they would have looked anyway.
func TestSessionsEndAtOnce(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{channels: departments})
	p.agent("eva@shop.test", "Eva", "--department", "care")
	ends := []struct {
		by   string
		do   func(list []sessionDoc)
		left int
	}{
		{"her session", func(l []sessionDoc) {
			p.mustRun("agent", "sign-out", "eva@shop.test", "--session", l[len(l)-1].ID)
		}, 1},
		{"all sessions", func([]sessionDoc) { p.mustRun("agent", "sign-out", "eva@shop.test") }, 0},
		{"a new password", func([]sessionDoc) {
			if _, errs, status := p.runWith(agentPassword+"\n", "agent", "passwd", "eva@shop.test", "--password-stdin"); status != 0 {
				t.Fatal(errs)
			}
		}, 0},
		{"disabling her", func([]sessionDoc) { p.mustRun("agent", "disable", "eva@shop.test") }, 0},
	}
	for _, end := range ends {
		first := p.enter("eva@shop.test", "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0")
		second := p.enter("eva@shop.test", "curl/8.5.0")
		stream := p.asks("/events", first)
		sessions := all[sessionDoc](p, "agent", "sessions", "eva@shop.test")
		if len(sessions) != 2 || sessions[0].Browser != "curl/8.5.0" || sessions[1].Browser != "Firefox, Linux" || sessions[1].Address != "127.0.0.1" {
			t.Fatalf("listed: %+v", sessions)
		}
		end.do(sessions)
		said, err := io.ReadAll(stream.Body)
		if err != nil || !strings.Contains(string(said), "event: bye") || strings.Contains(string(said), "still here") {
			t.Errorf("%s: the stream ended with %v after %q", end.by, err, said)
		}
		if to := p.asks("/inbox", first).Header.Get("Location"); !strings.HasPrefix(to, "/login") {
			t.Errorf("%s: the page still opens, or leads to %q", end.by, to)
		}
		in := p.asks("/inbox", second).StatusCode == http.StatusOK
		if sessions := all[sessionDoc](p, "agent", "sessions", "eva@shop.test"); len(sessions) != end.left || in != (end.left == 1) {
			t.Errorf("%s: left are %+v, the other one opens the inbox: %t", end.by, sessions, in)
		}
		p.mustRun("agent", "sign-out", "eva@shop.test")
	}
}
