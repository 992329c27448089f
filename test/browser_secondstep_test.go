package test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// An agent turns the second step on, logs in with a code and with a recovery code, and turns it off again, without any
// scripts, on a narrow phone.
func TestBrowserSecondStep(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{})
	b := newTab(t, p)
	b.withoutScript()
	b.do(chromedp.EmulateViewport(320, 700))
	codes := p.secondStep(b, "eva@shop.test", func(what string) {
		b.fits(what, 320)
		b.fitsUnfolded(what, 320)
		for _, dead := range evaluate[[]string](b, needsScript) {
			t.Errorf("%s: nothing happens at %s", what, dead)
		}
		b.spoken(what)
	})
	p.onlyOneEnters("eva@shop.test", codes[1])

	b.leave()
	b.password("eva@shop.test")
	b.click("details summary")
	b.write("#recovery", strings.ToUpper(codes[0]))
	b.click("#recovery ~ button")
	b.until(`location.pathname == "/settings/you/second-step" && document.body.innerText.includes("8")`)
	b.click(".way:last-of-type > summary")
	b.write("#off-password", agentPassword)
	b.click("#off-password + button")
	b.until(`location.search == "?done=off"`)
	b.leave()
	b.password("eva@shop.test")
	b.until(`location.pathname == "/settings/you"`)
}

// secondStep turns an agent's on and logs in with it; look is shown every page between. What comes back are the
// recovery codes.
func (p *product) secondStep(b *tab, email string, look func(what string)) (codes []string) {
	p.t.Helper()
	p.agent(email, "Eva Núñez", "--department", "care", "--language", "es")
	b.logIn(email)
	b.goTo("/settings/you/second-step")
	look("second step, off")
	b.write("#begin-password", agentPassword)
	b.click("#begin-password + button")
	b.until(`document.querySelector(".qr path")`)
	b.write("#step-code", "0000000")
	b.click("#step-code + button")
	b.until(`document.querySelector("#confirm-error")`)
	look("second step, enrolling")
	secret := strings.ReplaceAll(evaluate[string](b, `document.querySelector(".groups").textContent`), " ", "")
	b.write("#step-code", appCode(p.t, secret, 0))
	b.click("#step-code + button")
	b.until(`document.querySelector(".recovery")`)
	look("second step, recovery codes")
	codes = evaluate[[]string](b, `[...document.querySelectorAll(".recovery li")].map((e) => e.textContent)`)
	if len(codes) != 10 {
		p.t.Fatalf("recovery codes: %v", codes)
	}
	b.click("main > p .button")
	b.until(`document.querySelector("#off-password")`)
	look("second step, on")
	var agents struct {
		Items []struct {
			Email string
			TOTP  bool
		}
	}
	p.json(&agents, "agent", "list", "--json")
	for _, a := range agents.Items {
		if a.TOTP != (a.Email == email) {
			p.t.Errorf("agent list: %+v", a)
		}
	}

	b.leave()
	b.password(email)
	b.until(`location.pathname == "/login/code"`)
	b.write("#code", "000000")
	b.click("#code ~ button")
	b.until(`document.querySelector("#code-error")`)
	look("log-in, second step")
	b.write("#code", appCode(p.t, secret, 1)) // the one of now was taken
	b.click("#code ~ button")
	b.until(`location.pathname == "/settings/you" && document.querySelector("#you-name")`)
	look("you, with a second step")
	return codes
}

// leave logs out.
func (b *tab) leave() {
	b.t.Helper()
	b.goTo("/settings/you") // where nothing is unfolded yet
	b.click(".me > summary")
	b.click(`form[action="/logout"] button`)
	b.until(`location.pathname == "/login"`)
}

// password is the first step, on the way to a page of the settings.
func (b *tab) password(email string) {
	b.t.Helper()
	b.goTo("/settings/you")
	b.write("#email", email)
	b.write("#password", agentPassword)
	b.click("form button")
}

// appCode is what the agent's app shows, steps from now (RFC 6238).
func appCode(t *testing.T, secret string, steps int64) string {
	t.Helper()
	key, err := base32.StdEncoding.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	for counter, shift := time.Now().Unix()/30+steps, 56; shift >= 0; shift -= 8 {
		mac.Write([]byte{byte(counter >> shift)})
	}
	sum := mac.Sum(nil)
	var number int64
	for _, octet := range sum[sum[19]&15:][:4] {
		number = number<<8 | int64(octet)
	}
	return fmt.Sprintf("%06d", number%(1<<31)%1_000_000)
}

// onlyOneEnters sends one recovery code five times at once, from as many browsers.
func (p *product) onlyOneEnters(email, code string) {
	p.t.Helper()
	post := func(path, cookie string, form url.Values) *http.Response {
		r, err := http.NewRequest(http.MethodPost, "http://"+p.inbox+path, strings.NewReader(form.Encode()))
		if err != nil {
			p.t.Error(err)
			return nil
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", cookie)
		answer, err := noRedirect.Do(r)
		if err != nil {
			p.t.Error(err)
			return nil
		}
		answer.Body.Close()
		return answer
	}
	const browsers = 4 // more passwords in a row would have to wait
	entered := make(chan bool, browsers)
	for range browsers {
		answer := post("/login", "", url.Values{"email": {email}, "password": {agentPassword}})
		if answer == nil || len(answer.Cookies()) != 1 {
			p.t.Fatalf("the password: %v", answer)
		}
		cookie := answer.Cookies()[0].Name + "=" + answer.Cookies()[0].Value
		go func() {
			answer := post("/login/code", cookie, url.Values{"code": {code}})
			entered <- answer != nil && answer.StatusCode == http.StatusSeeOther && strings.HasPrefix(answer.Header.Get("Location"), "/settings/you/second-step?done=recovery")
		}()
	}
	n := 0
	for range browsers {
		if <-entered {
			n++
		}
	}
	if n != 1 {
		p.t.Errorf("%d of %d browsers enter with one code", n, browsers)
	}
}

// TestBrowserAxeSecondStep: axe-core has nothing to object to on the pages that only a form leads to, nor on the one
// that tells an agent that somebody else turned the second step off.
func TestBrowserAxeSecondStep(t *testing.T) {
	t.Parallel()
	axe := axeCore(t)
	p := newProduct(t, settings{})
	b := newTab(t, p)
	look := func(what string) { b.accepted(axe, what) }
	p.secondStep(b, "eva@shop.test", look)
	p.mustRun("agent", "totp-reset", "eva@shop.test")
	b.until(`location.pathname == "/login"`) // the session has ended, and the page leaves by itself
	b.password("eva@shop.test")
	b.until(`location.pathname == "/settings/you/second-step" && document.querySelector(".notice.warn")`)
	look("second step, turned off by another")
	b.click(`form[action$="/seen"] button`)
	b.until(`location.pathname == "/settings/you" && !document.querySelector(".notice.warn")`)
}
