package inbox

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/conversation"
)

const ownPasswordPath = "/settings/you/password"

func passwords(now, then, again string) url.Values {
	return url.Values{"password": {now}, "new": {then}, "again": {again}}
}

// TestChangeOwnPassword: what is wrong is said at its field, nothing that was typed comes back, and no guess is made of
// what could not be done anyway.
func TestChangeOwnPassword(t *testing.T) {
	const good = "cinco caballos nuevos"
	for name, tt := range map[string]struct {
		form   url.Values
		status int
		at     []string // the fields that are wrong
		words  string
	}{
		"nothing typed":         {passwords("", "", ""), 422, []string{"now", "new"}, "Enter the password that you have now."},
		"no current one":        {passwords("", good, good), 422, []string{"now"}, "Enter the password that you have now."},
		"another current one":   {passwords("x", good, good), 422, []string{"now"}, "The password is not right. Nothing was changed."},
		"too short":             {passwords(password, "too short", "too short"), 422, []string{"new"}, "Enter at least 10 characters."},
		"the address":           {passwords(password, "eve@example.com", "eve@example.com"), 422, []string{"new"}, "Choose another one"},
		"the same":              {passwords(password, password, password), 422, []string{"new"}, "That is the password that you have now."},
		"not the same twice":    {passwords(password, good, good+"x"), 422, []string{"again"}, "It is not the same as the one above."},
		"typed once":            {passwords(password, good, ""), 422, []string{"again"}, "It is not the same as the one above."},
		"wrong, and not twice":  {passwords("x", good, ""), 422, []string{"again"}, "It is not the same as the one above."},
		"too long for anything": {passwords(password, strings.Repeat("x", 1<<20), ""), 422, nil, ""},
		"well":                  {passwords(password, good, good), 303, nil, ""},
	} {
		agents := newFakeAgents()
		c := newClient(t, newInbox(t, sampleDesk(), agents, nil))
		c.login("eve@example.com")
		w := c.post(ownPasswordPath, tt.form)
		page := w.Body.String()
		if w.Code != tt.status {
			t.Errorf("%s: %d, want %d", name, w.Code, tt.status)
		}
		if changed := slices.Equal(agents.changed, []string{"eve@example.com " + good}); changed != (tt.status == 303) {
			t.Errorf("%s: changed %q", name, agents.changed)
		}
		for _, field := range []string{"now", "new", "again"} {
			if strings.Contains(page, `id="password-`+field+`-error"`) != slices.Contains(tt.at, field) {
				t.Errorf("%s: the mistake is not, or also, said at %s", name, field)
			}
		}
		wantIn(t, page, tt.words)
		if len(tt.at) > 0 {
			wantIn(t, regexp.MustCompile(`<input[^>]* autofocus[^>]*>`).FindString(page), `id="password-`+tt.at[0]+`"`)
			wantIn(t, page, `<details class="way" open>`)
		}
		wantNotIn(t, page, good, `value="x"`, `value="too short"`)
	}
}

func TestOwnPasswordForm(t *testing.T) {
	agents := newFakeAgents()
	c := newClient(t, newInbox(t, sampleDesk(), agents, nil))
	if w := c.get("/.well-known/change-password"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != changePassword {
		t.Errorf("%d, Location %q", w.Code, w.Header().Get("Location"))
	}
	c.login("eve@example.com")
	page := c.page("/settings/you")
	wantIn(t, page, `value="eve@example.com" autocomplete="username" readonly hidden`, `<details class="way">`, `href="/settings/you?change=password"`,
		`name="password" autocomplete="current-password"`, `name="new" autocomplete="new-password"`, `name="again" autocomplete="new-password"`, "At least 10 characters")
	wantNotIn(t, page, "autofocus")
	page = c.page("/settings/you?change=password")
	wantIn(t, page, `<details class="way" open>`)
	w := c.post(ownPasswordPath, with(c.form(page, ownPasswordPath), "password", password, "new", "cinco caballos", "again", "cinco caballos"))
	wantIn(t, c.page(w.Header().Get("Location")), "Your password was changed. You are logged out everywhere else.")
}

func TestOwnPasswordThrottledOrTooLate(t *testing.T) {
	agents := newFakeAgents()
	c := newClient(t, newInbox(t, sampleDesk(), agents, nil))
	c.login("eve@example.com")
	form := passwords(password, "cinco caballos", "cinco caballos")
	agents.throttle = time.Minute
	w := c.post(ownPasswordPath, form)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "60" {
		t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	wantIn(t, w.Body.String(), `id="password-now-error">Too many attempts. Wait 1 min`)
	agents.throttle = 0
	agents.end("eve@example.com", func(*conversation.Session) bool { return true })
	if w := c.post(ownPasswordPath, form); w.Header().Get("Location") != "/login" || len(agents.changed) > 0 {
		t.Errorf("without a session: %d, Location %q, changed %q", w.Code, w.Header().Get("Location"), agents.changed)
	}
}
