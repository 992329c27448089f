package inbox

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"recado/conversation"
)

// TestSettingsTokens: a token is shown by the answer to the POST that made it, and never again.
func TestSettingsTokens(t *testing.T) {
	_, c := settingsInbox(t)
	page := c.page("/settings/tokens")
	if !strings.Contains(page, "There is no token yet") || strings.Contains(page, `value="hr"`) {
		t.Error("the empty page lacks its words, or offers an isolated department")
	}
	key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(page)[1]
	add := url.Values{"key": {key}, "name": {"CRM <x>"}, "role": {"supervisor"}, "department": {"care", "sales"}}
	w := c.post("/settings/tokens", add)
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, ">recado_once</code>") || !strings.Contains(body, "The token of CRM &lt;x&gt;") || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", w.Code, body)
	}
	if w := c.post("/settings/tokens", add); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "There are 100 tokens already") || strings.Contains(w.Body.String(), "recado_once") {
		t.Errorf("the form again: %d %s", w.Code, w.Body)
	}
	page = c.page("/settings/tokens")
	if strings.Contains(page, "recado_once") || strings.Count(page, `<th scope="row">`) != 1 || !strings.Contains(page, "Revoke the token") {
		t.Errorf("the page afterwards:\n%s", page)
	}
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page)[1]
	w = c.post("/settings/tokens/revoke", url.Values{"id": {id}})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("revoke: %d %s", w.Code, w.Body)
	}
	page = c.page(w.Header().Get("Location"))
	if !strings.Contains(page, "The token was revoked.") || !strings.Contains(page, "Revoked by") || strings.Contains(page, "Revoke the token") {
		t.Errorf("after it was revoked:\n%s", page)
	}
	if w := c.post("/settings/tokens/revoke", url.Values{"id": {"x"}}); w.Code != http.StatusNotFound {
		t.Errorf("revoke nothing: %d", w.Code)
	}
	for words, form := range map[string]url.Values{
		"Enter the name of the program.": {"role": {"agent"}, "department": {"care"}},
		"Choose a department, or there":  {"name": {"Kept"}, "role": {"agent"}},
	} {
		w := c.post("/settings/tokens", form)
		if body := w.Body.String(); w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, words) || form.Has("name") && !strings.Contains(body, `value="Kept"`) {
			t.Errorf("%d without %q", w.Code, words)
		}
	}
}

func TestSettingsTokensAreForAdmins(t *testing.T) {
	_, c := settingsInbox(t)
	c.login("eve@example.com")
	if w := c.get("/settings/tokens"); w.Code != http.StatusForbidden {
		t.Errorf("GET: %d", w.Code)
	}
	for _, path := range []string{"", "/revoke"} {
		if w := c.post("/settings/tokens"+path, url.Values{}); w.Code != http.StatusForbidden {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
}

// TestTokensInTheBrowser makes a token as an admin does and revokes it, on a phone too.
func TestTokensInTheBrowser(t *testing.T) {
	desk, agents := sampleDesk(), newFakeAgents()
	agents.agents["ada@example.com"] = &conversation.Agent{Email: "ada@example.com", Name: "Ada", Role: conversation.RoleAdmin, Departments: []string{"care", "sales"}, Language: "es"}
	pictures := os.Getenv("RECADO_SCREENSHOTS")
	if pictures == "" {
		pictures = t.TempDir()
	}
	ctx, address := browserWith(t, desk, agents, "ada@example.com", func(o *Options) { o.ChannelFile = &fakeFile{desk: desk} })
	do(t, ctx, chromedp.Navigate(address+"/settings/tokens"), chromedp.Click(chromedp.CSS(".add > summary")),
		chromedp.SendKeys(chromedp.CSS("#token-name"), "Tienda"), chromedp.Click(chromedp.CSS(".ticks label:first-of-type input")))
	do(t, ctx, scheme("light"), picture(pictures, "tokens-form-light"))
	do(t, ctx, chromedp.Click(chromedp.CSS(".add-form .button")), chromedp.WaitVisible(chromedp.CSS(".secret .copy")))
	if got := eval[string](t, ctx, `document.querySelector(".token").textContent + location.search`); got != "recado_once" {
		t.Errorf("the page shows %q", got)
	}
	do(t, ctx, scheme("dark"), picture(pictures, "tokens-made-dark"))
	do(t, ctx, chromedp.EmulateViewport(375, 812))
	if wide := eval[float64](t, ctx, `document.documentElement.scrollWidth`); wide > 375 {
		t.Errorf("the page is %v wide on a phone of 375", wide)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(".more summary")), chromedp.WaitVisible(chromedp.CSS(".more .panel")), chromedp.Click(chromedp.CSS(".confirm > summary")))
	do(t, ctx, scheme("light"), picture(pictures, "tokens-phone"))
	do(t, ctx, chromedp.Click(chromedp.CSS(".confirm form .button")), chromedp.WaitVisible(chromedp.CSS("tr.off")))
}
