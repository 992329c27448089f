package test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

const ownPasswordPath = "/settings/you/password"

func newPassword(now, then string) url.Values {
	return url.Values{"password": {now}, "new": {then}, "again": {then}}
}

// TestOwnPassword: an agent changes the own password in the inbox, which ends all other sessions; of two changes at once
// one counts; what an admin sets in between wins; and a session alone is no way to guess the password.
func TestOwnPassword(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{channels: departments})
	p.agent("eva@shop.test", "Eva", "--department", "care", "--language", "en")
	const first, second = "four good horses", "five good horses"

	eva, other := p.session("eva@shop.test"), p.enter("eva@shop.test", "curl/8.5.0")
	_, page := eva.get("/settings/you")
	status, page := eva.send(page, ownPasswordPath, nil, newPassword(agentPassword, first))
	if status != http.StatusOK || !strings.Contains(page, "Your password was changed.") {
		t.Fatalf("%d\n%.2000s", status, page)
	}
	if to := p.asks("/inbox", other).Header.Get("Location"); !strings.HasPrefix(to, "/login") {
		t.Errorf("another session still opens the inbox, or leads to %q", to)
	}
	if p.logsIn("eva@shop.test", agentPassword) || !p.logsIn("eva@shop.test", first) {
		t.Error("the old password logs in, or the new one does not")
	}
	type line struct{ Actor, Via, From, Object string }
	if lines := all[line](p, "audit", "list", "--action", "agent.password"); len(lines) != 1 || lines[0] != (line{"eva@shop.test", "inbox", "127.0.0.1", "eva@shop.test"}) {
		t.Errorf("audit lines: %+v", lines)
	}

	// Two at once, each with another password: one of them counts.
	var both sync.WaitGroup
	var done [2]bool
	wanted := [2]string{second, "six good horses"}
	for i := range done {
		both.Go(func() {
			_, page := eva.post(ownPasswordPath, newPassword(first, wanted[i]))
			done[i] = strings.Contains(page, "Your password was changed.")
		})
	}
	both.Wait()
	if done[0] == done[1] {
		t.Fatalf("of two changes at once, done are %v", done)
	}
	for i, password := range wanted {
		if p.logsIn("eva@shop.test", password) != done[i] {
			t.Errorf("%q was said to be set: %t, and does otherwise", password, done[i])
		}
	}

	if _, errs, status := p.runWith(agentPassword+"\n", "agent", "passwd", "eva@shop.test", "--password-stdin"); status != 0 {
		t.Fatal(errs)
	}
	if _, page := eva.post(ownPasswordPath, newPassword(first, second)); !strings.Contains(page, `action="/login"`) {
		t.Errorf("after the admin's change, the page of before is answered\n%.2000s", page)
	}

	eva = p.session("eva@shop.test")
	for range 20 {
		if status, _ = eva.post(ownPasswordPath, newPassword("not the password", second)); status == http.StatusTooManyRequests {
			return
		}
	}
	t.Errorf("twenty guesses, and the last is answered %d", status)
}

// logsIn tells whether the password does.
func (p *product) logsIn(email, password string) bool {
	p.t.Helper()
	status, _ := p.visitor().post("/login", url.Values{"email": {email}, "password": {password}})
	if status != http.StatusOK && status != http.StatusUnauthorized {
		p.t.Fatalf("%s logs in: %d", email, status)
	}
	return status == http.StatusOK
}
