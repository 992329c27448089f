package inbox

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"recado/conversation"
	"recado/internal/say"
)

// fakeFile is a channel file over the desk's directory.
type fakeFile struct {
	desk  *fakeDesk
	state conversation.ChannelFileState
	err   error
	asked []string
}

func (f *fakeFile) State() conversation.ChannelFileState { return f.state }

func (f *fakeFile) edit(seen string, change func([]conversation.Channel) []conversation.Channel) error {
	if f.err != nil {
		return f.err
	}
	if seen != f.state.Hash {
		return &conversation.Error{Code: conversation.CodeChanged, Sentence: say.Of("changed")}
	}
	channels := change(slices.Clone(f.desk.dir.Channels))
	next := *f.desk.dir
	next.Channels = channels
	f.desk.dir = next.Build()
	f.state.Hash += "x"
	return nil
}

func (f *fakeFile) AddChannel(_ context.Context, _ conversation.Actor, seen string, c conversation.ChannelEdit) (*conversation.Channel, error) {
	added := conversation.Channel{Email: *c.Email, Department: *c.Department, Send: conversation.SendType(*c.Send), Active: true}
	return &added, f.edit(seen, func(all []conversation.Channel) []conversation.Channel { return append(all, added) })
}

func (f *fakeFile) SetChannel(_ context.Context, _ conversation.Actor, seen string, row conversation.ChannelRow, c conversation.ChannelEdit) (*conversation.Channel, error) {
	return nil, f.edit(seen, func(all []conversation.Channel) []conversation.Channel {
		for i := range all {
			if all[i].Email == row.Email && all[i].Send == row.Send {
				all[i].Active = *c.Status == "active"
			}
		}
		return all
	})
}

func (f *fakeFile) RemoveChannel(_ context.Context, _ conversation.Actor, seen string, row conversation.ChannelRow) error {
	return f.edit(seen, func(all []conversation.Channel) []conversation.Channel {
		return slices.DeleteFunc(all, func(c conversation.Channel) bool { return c.Email == row.Email && c.Send == row.Send })
	})
}

// settingsInbox is an inbox with a channel file and an admin, who is logged in.
func settingsInbox(t *testing.T) (*fakeFile, *client) {
	t.Helper()
	desk, agents := newFakeDesk(), newFakeAgents()
	agents.agents["ada@example.com"] = &conversation.Agent{Email: "ada@example.com", Name: "Ada", Role: conversation.RoleAdmin, Departments: []string{"care"}, Language: "en"}
	file := &fakeFile{desk: desk, state: conversation.ChannelFileState{Path: "/etc/recado/recado.toml", Hash: "h"}}
	c := newClient(t, newInbox(t, desk, agents, func(o *Options) { o.ChannelFile = file }))
	c.login("ada@example.com")
	return file, c
}

func TestSettingsChannels(t *testing.T) {
	file, c := settingsInbox(t)
	page := c.page("/settings/channels")
	if !strings.Contains(page, "ventas@example.com") || strings.Contains(page, "personas@example.com") {
		t.Error("the table lacks a channel, or has one of an isolated department")
	}
	add := func(email, send string) url.Values {
		return url.Values{"hash": {file.state.Hash}, "email": {email}, "department": {"sales"}, "send": {send}}
	}
	steps := []struct {
		name, path string
		form       url.Values
		status     int
		words      string // on the page that follows
	}{
		{"no address", "", add("", "all"), 422, "Enter the address."},
		{"not an address", "", add("nobody", "all"), 422, `value="nobody"`},
		{"a foreign address", "", add("a@other.example", "all"), 422, "one of our domains: example.com"},
		{"twice", "", add("ventas@example.com", "all"), 422, "already has a channel of this send type"},
		{"beside all", "", add("ventas@example.com", "active"), 422, "has no other one"},
		{"add", "", add("new@example.com", "receptive"), 303, "The channel was added."},
		{"switch off", "/status", url.Values{"hash": {"hx"}, "email": {"new@example.com"}, "send": {"receptive"}, "status": {"inactive"}}, 303, "The channel is inactive."},
		{"changed meanwhile", "/status", url.Values{"hash": {"hx"}, "email": {"new@example.com"}, "send": {"receptive"}, "status": {"active"}}, 409, "changed meanwhile"},
		{"changed meanwhile, kept", "", url.Values{"hash": {"hx"}, "email": {"more@example.com"}, "department": {"sales"}, "send": {"history"}}, 409, `value="more@example.com"`},
		{"delete", "/delete", url.Values{"hash": {"hxx"}, "email": {"new@example.com"}, "send": {"receptive"}}, 303, "The channel was deleted."},
	}
	for _, step := range steps {
		w := c.post("/settings/channels"+step.path, step.form)
		body := w.Body.String()
		if w.Code == http.StatusSeeOther {
			body = c.page(w.Header().Get("Location"))
		}
		if w.Code != step.status || !strings.Contains(body, step.words) {
			t.Errorf("%s: %d without %q\n%s", step.name, w.Code, step.words, body)
		}
	}
	file.err = conversation.ChannelFileRefusal{{Message: say.Of("the department care has no channel")}}
	if w := c.post("/settings/channels/delete", url.Values{"hash": {file.state.Hash}, "email": {"soporte@example.com"}, "send": {"all"}}); w.Code != 409 || !strings.Contains(w.Body.String(), "The department care has no channel") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	file.err = conversation.ChannelFileRefusal{{Field: "department", Message: say.Of("there is no department")}}
	if w := c.post("/settings/channels", add("n@example.com", "all")); w.Code != 422 || !strings.Contains(w.Body.String(), `id="add-department-error">There is no department`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestSettingsAreForAdmins(t *testing.T) {
	_, c := settingsInbox(t)
	c.login("eve@example.com")
	if page := c.page("/settings/you"); strings.Contains(page, "/settings/channels") || strings.Contains(page, "/settings/tokens") {
		t.Error("an agent is shown the way to what only admins settle")
	}
	if w := c.get("/settings/channels"); w.Code != http.StatusForbidden {
		t.Errorf("GET: %d", w.Code)
	}
	for _, path := range []string{"", "/status", "/delete"} {
		if w := c.post("/settings/channels"+path, url.Values{}); w.Code != http.StatusForbidden {
			t.Errorf("POST %s: %d", path, w.Code)
		}
	}
}

// TestInvalidFileBanner: every page tells admins, and nobody else, of the mistakes of the file; in words only those who may
// know of every department, since a mistake may name one.
func TestInvalidFileBanner(t *testing.T) {
	file, c := settingsInbox(t)
	file.state.Problems = conversation.ChannelFileRefusal{{Line: 12, Column: 3, Message: say.Of("there is no department %s", `"cares"`), Hint: say.Of("the departments are %s", `"care" and "hr"`)}}
	if page := c.page("/inbox"); !strings.Contains(page, "line 12, column 3: recado config check") || strings.Contains(page, "cares") || strings.Contains(page, "&#34;hr&#34;") {
		t.Error("the banner is missing, or tells of an isolated department")
	}
	file.desk.Directory().Department("hr").Isolated = false
	if page := c.page("/inbox"); !strings.Contains(page, "line 12, column 3: There is no department &#34;cares&#34;; the departments are &#34;care&#34; and &#34;hr&#34;") {
		t.Error("the banner has no words")
	}
	c.login("eve@example.com")
	if strings.Contains(c.page("/inbox"), "line 12") {
		t.Error("an agent is shown the banner")
	}
}

// TestSettingsInTheBrowser adds a channel and switches it off as an admin does, in both schemes and on a phone.
func TestSettingsInTheBrowser(t *testing.T) {
	desk, agents := sampleDesk(), newFakeAgents()
	agents.agents["ada@example.com"] = &conversation.Agent{Email: "ada@example.com", Name: "Ada", Role: conversation.RoleAdmin, Departments: []string{"care", "sales"}, Language: "es"}
	file := &fakeFile{desk: desk, state: conversation.ChannelFileState{Path: "/etc/recado/recado.toml", Hash: "h"}}
	pictures := os.Getenv("RECADO_SCREENSHOTS")
	if pictures == "" {
		pictures = t.TempDir()
	}
	ctx, address := browserWith(t, desk, agents, "ada@example.com", func(o *Options) { o.ChannelFile = file })
	do(t, ctx, chromedp.Navigate(address+"/settings/channels"), chromedp.Click(chromedp.CSS(".add > summary")),
		chromedp.SendKeys(chromedp.CSS("#add-email"), "nuevo@other.example"), chromedp.Click(chromedp.CSS(".add-form .button")),
		chromedp.WaitVisible(chromedp.CSS("#add-email-error")))
	if got := eval[string](t, ctx, `document.querySelector("#add-email").value`); got != "nuevo@other.example" {
		t.Errorf("what was typed is %q", got)
	}
	do(t, ctx, scheme("light"), picture(pictures, "settings-mistake-light"))
	do(t, ctx, script(`document.querySelector("#add-email").value = "nuevo@example.com"`), chromedp.Click(chromedp.CSS(".add-form .button")),
		chromedp.WaitVisible(chromedp.CSS("p.notice")))
	file.state.Problems = conversation.ChannelFileRefusal{{Line: 12, Column: 3, Message: say.Of("colour is not a key of [[form]]"), Hint: say.Of("remove it")}}
	do(t, ctx, chromedp.Click(chromedp.CSS("tbody tr:last-child .switch")), chromedp.WaitVisible(chromedp.CSS(".file-banner")),
		chromedp.Click(chromedp.CSS("tbody tr:first-child .more summary")), chromedp.WaitVisible(chromedp.CSS(".more .panel")))
	do(t, ctx, scheme("dark"), picture(pictures, "settings-dark"))
	do(t, ctx, chromedp.EmulateViewport(390, 844))
	do(t, ctx, scheme("light"), picture(pictures, "settings-phone"))
	if wide := eval[float64](t, ctx, `document.documentElement.scrollWidth`); wide > 390 {
		t.Errorf("the page is %v wide on a phone of 390", wide)
	}
}
