package inbox

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"recado/conversation"
)

// withStep is Eve's client, who has a second step and is not logged in.
func withStep(t *testing.T) (*client, *fakeAgents) {
	t.Helper()
	agents := newFakeAgents()
	agents.set("eve@example.com", conversation.SecondStepState{On: true, Since: today, Left: 10, CodesAt: today})
	return newClient(t, newInbox(t, sampleDesk(), agents, nil)), agents
}

func eve(next string) url.Values {
	return url.Values{"email": {"eve@example.com"}, "password": {password}, "next": {next}}
}

func TestLoginWithSecondStep(t *testing.T) {
	c, agents := withStep(t)
	w := c.post("/login", eve("/held?reason=spam"))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login/code?next=%2Fheld%3Freason%3Dspam" {
		t.Fatalf("the password answers %d, Location %q", w.Code, w.Header().Get("Location"))
	}
	step := c.cookies["recado-step"]
	if step == nil || !step.HttpOnly || step.SameSite != http.SameSiteLaxMode || c.cookies["recado"] != nil || len(agents.sessions) != 0 {
		t.Fatalf("cookies %v, %d sessions before the second step", c.cookies, len(agents.sessions))
	}
	if w := c.get("/inbox"); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/login") {
		t.Errorf("the inbox before the second step: %d", w.Code)
	}
	page := c.page("/login/code?next=%2Fheld%3Freason%3Dspam")
	wantIn(t, page, `<html lang="en">`, "The password of eve@example.com is right.", `inputmode="numeric"`, `autocomplete="one-time-code"`, `name="next" value="/held?reason=spam"`)
	wantNotIn(t, page, "<script")

	w = c.post("/login/code", url.Values{"code": {"123456"}, "next": {"/held"}})
	if w.Code != http.StatusUnauthorized || c.cookies["recado"] != nil {
		t.Errorf("a wrong code: %d", w.Code)
	}
	wantIn(t, w.Body.String(), "The code is not right", `name="next" value="/held"`)
	wantNotIn(t, w.Body.String(), "123456", "<details class=\"other-way\" open")

	agents.throttle = 90 * time.Second
	if w = c.post("/login/code", url.Values{"code": {appCode}}); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "90" {
		t.Errorf("throttled: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	agents.throttle = 0
	w = c.post("/login/code", url.Values{"code": {appCode}, "next": {"/held?reason=spam"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/held?reason=spam" || c.cookies["recado-step"] != nil || c.cookies["recado"] == nil {
		t.Errorf("the right code: %d, Location %q, cookies %v", w.Code, w.Header().Get("Location"), c.cookies)
	}
	c.page("/inbox")
}

func TestLoginWithRecoveryCode(t *testing.T) {
	c, _ := withStep(t)
	c.post("/login", eve("/history"))
	w := c.post("/login/code", url.Values{"code": {"zzzz"}, "with": {"recovery"}, "next": {"/history"}})
	wantIn(t, w.Body.String(), `<details class="other-way" open`, "The code is not right")
	w = c.post("/login/code", url.Values{"code": {recoveryCode}, "with": {"recovery"}, "next": {"/history"}})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	page := c.page(w.Header().Get("Location"))
	wantIn(t, page, "which is used up now", "10 recovery codes are left", `href="/history"`)
}

func TestSecondStepWithoutTheFirst(t *testing.T) {
	c, agents := withStep(t)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		r := request(method, "/login/code?next=/held")
		if w := c.do(r); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/login?next=") {
			t.Errorf("%s: %d, Location %q", method, w.Code, w.Header().Get("Location"))
		}
	}
	c.post("/login", eve(""))
	clear(agents.steps.waiting) // too long ago
	w := c.post("/login/code?lang=en", url.Values{"code": {appCode}, "next": {"/held"}})
	if w.Code != http.StatusUnauthorized || c.cookies["recado-step"] != nil {
		t.Errorf("too late: %d, cookies %v", w.Code, c.cookies)
	}
	wantIn(t, w.Body.String(), "The second step took too long", `name="next" value="/held"`, `id="password"`)
	if w := c.post("/login/code", url.Values{"code": {strings.Repeat("1", 1<<20)}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a huge form: %d", w.Code)
	}
}

// TestLanguageOfTheSecondStep: the agent's own, unless one was chosen at the log-in.
func TestLanguageOfTheSecondStep(t *testing.T) {
	for chosen, want := range map[string]string{"": "en", "pt": "pt", "xx": "en"} {
		c, _ := withStep(t)
		w := c.post("/login?lang="+chosen, eve(""))
		page := c.page(w.Header().Get("Location"))
		wantIn(t, page, `<html lang="`+want+`">`)
		if strings.Contains(page, "lang=xx") {
			t.Error("the page repeats what is no language")
		}
	}
}

// TestSettingsSecondStep turns it on, makes recovery codes anew, and turns it off.
func TestSettingsSecondStep(t *testing.T) {
	_, c := settingsInbox(t)
	wantIn(t, c.page("/settings/you"), "It is off: the password alone logs you in.", `href="/settings/you/second-step"`)
	wantIn(t, c.page(stepPage), `aria-current="page"`, `<details class="way" open>`)

	w := c.post(stepPage, url.Values{"password": {"wrong"}})
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password: %d", w.Code)
	}
	wantIn(t, w.Body.String(), "The password is not right. Nothing was changed.")
	wantNotIn(t, w.Body.String(), "<svg", "otpauth", "GEZD")

	w = c.post(stepPage, url.Values{"password": {password}})
	page := w.Body.String()
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	wantIn(t, page, `<svg class="qr"`, "<span>GEZD</span>", "otpauth://totp/Recado:", "secret="+appSecret, `autocomplete="one-time-code"`)
	wantNotIn(t, page, "style=")
	wantNotIn(t, c.page(stepPage), "GEZD") // shown by nothing but the answer to the password

	w = c.post(stepPage+"/confirm", url.Values{"code": {"000000"}})
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code: %d", w.Code)
	}
	wantIn(t, w.Body.String(), "<span>GEZD</span>", "The code is not right")

	w = c.post(stepPage+"/confirm", url.Values{"code": {appCode}})
	if w.Code != http.StatusOK {
		t.Fatalf("the right code: %d %s", w.Code, w.Body)
	}
	wantIn(t, w.Body.String(), recoveryCode)
	wantNotIn(t, w.Body.String(), "GEZD")
	w = c.post(stepPage+"/confirm", url.Values{"code": {appCode}})
	if w.Code != http.StatusConflict {
		t.Errorf("sent twice: %d", w.Code)
	}
	wantIn(t, w.Body.String(), "There is nothing to confirm any more")
	page = c.page(stepPage)
	wantIn(t, page, "It is on, since", "10 recovery codes are left.")
	wantNotIn(t, page, recoveryCode)

	for _, what := range []string{"/codes", "/off", ""} {
		w := c.post(stepPage+what, url.Values{"password": {"wrong"}})
		form := regexp.MustCompile(`(?s)<form method="post" action="` + stepPage + what + `".*?</form>`).FindString(w.Body.String())
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(form, "The password is not right") {
			t.Errorf("%q with a wrong password: %d\n%s", what, w.Code, form)
		}
	}
	wantIn(t, c.post(stepPage+"/codes", url.Values{"password": {password}}).Body.String(), "iiii-jjjj-kkkk-llll")
	w = c.post(stepPage+"/off", url.Values{"password": {password}})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("off: %d", w.Code)
	}
	wantIn(t, c.page(w.Header().Get("Location")), "The second step is off.", "It is off: the password alone")
}

func TestSettingsSecondStepThrottled(t *testing.T) {
	agents := newFakeAgents()
	c := newClient(t, newInbox(t, sampleDesk(), agents, nil))
	c.login("eve@example.com")
	agents.throttle = time.Minute
	w := c.post(stepPage, url.Values{"password": {password}})
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "60" {
		t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	wantIn(t, w.Body.String(), "Too many attempts. Wait 1 min")
}

// TestTurnedOffByAnother: who turned it off stands before everything else at the next log-in, until it is known.
func TestTurnedOffByAnother(t *testing.T) {
	c, agents := withStep(t)
	agents.set("eve@example.com", conversation.SecondStepState{EndedAt: today, EndedBy: "Ada <ada@example.com>"})
	w := c.post("/login", eve("/history"))
	if w.Header().Get("Location") != stepPage+"?next=%2Fhistory" {
		t.Fatalf("%d, Location %q", w.Code, w.Header().Get("Location"))
	}
	page := c.page(w.Header().Get("Location"))
	wantIn(t, page, "Turned off by Ada &lt;ada@example.com&gt; (", "tell an admin")
	wantIn(t, c.page("/settings/you"), "Turned off by Ada &lt;ada@example.com&gt; (")
	w = c.post(stepPage+"/seen", c.form(page, "/seen"))
	if w.Header().Get("Location") != "/history" {
		t.Errorf("then to %q", w.Header().Get("Location"))
	}
	wantNotIn(t, c.page(stepPage), "Turned off by")
	agents.set("eve@example.com", conversation.SecondStepState{EndedAt: today, EndedBy: conversation.Actor{Operator: true}.Label()})
	wantIn(t, c.page(stepPage), "Turned off by the operator (")
}

// TestAdminResetsSecondStep: of others, never the own one.
func TestAdminResetsSecondStep(t *testing.T) {
	agents := newFakeAgents()
	agents.agents["ada@example.com"] = &conversation.Agent{Email: "ada@example.com", Name: "Ada", Role: conversation.RoleAdmin, Language: "en"}
	for _, email := range []string{"ada@example.com", "eve@example.com"} {
		agents.set(email, conversation.SecondStepState{On: true, Since: today, CodesAt: today})
	}
	c := newClient(t, newInbox(t, sampleDesk(), agents, nil))
	c.post("/login", url.Values{"email": {"ada@example.com"}, "password": {password}})
	c.post("/login/code", url.Values{"code": {appCode}})
	const own, others = "/settings/agents/ada@example.com", "/settings/agents/eve@example.com"
	wantNotIn(t, c.page(own), "totp-reset")
	wantIn(t, c.page(others), `action="`+others+`/totp-reset"`)
	if w := c.post(own+"/totp-reset", nil); w.Code != http.StatusForbidden || !agents.steps.states["ada@example.com"].On {
		t.Errorf("the own one: %d", w.Code)
	}
	w := c.post(others+"/totp-reset", nil)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	page := c.page(w.Header().Get("Location"))
	wantIn(t, page, "The second step is off.")
	wantNotIn(t, page, "/totp-reset\"")
}

func TestQRCode(t *testing.T) {
	code, err := newQRCode((&conversation.Enrolment{Account: "eve@example.com", Secret: appSecret}).URI("Recado inbox.example.com"))
	if err != nil {
		t.Fatal(err)
	}
	// The three finders are where readers look for them: rings of 7, with 3 in their middle.
	n := code.Size - 2*qrMargin
	for _, run := range []string{"M0 0h7v1", "M2 2h3v1", "M0 6h7v1"} {
		if !strings.Contains(code.Path, run) {
			t.Errorf("no %s in the path", run)
		}
	}
	if n < 21 || n > 57 || (n-17)%4 != 0 {
		t.Errorf("%d modules", n)
	}
	if _, err := newQRCode(strings.Repeat("x", 5000)); err == nil {
		t.Error("5000 characters fit")
	}
}
