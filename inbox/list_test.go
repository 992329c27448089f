package inbox

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"recado/conversation"
)

// waitingDesk has three protocols whose order of waiting is not that of their changes.
func waitingDesk() *fakeDesk {
	desk := newFakeDesk()
	for _, p := range []struct {
		number        string
		waits, change time.Duration
	}{
		{"20261123-000001", 5 * time.Hour, time.Minute},
		{"20261123-000002", 0, 2 * time.Minute},
		{"20261123-000003", 30 * time.Hour, 3 * time.Minute},
	} {
		o := desk.open(p.number, "care", "Hola", conversation.ContactRef{Address: "ana@customer.example"})
		o.UpdatedAt = today.Add(-p.change)
		if p.waits > 0 {
			o.WaitingSince = today.Add(-p.waits)
		}
	}
	return desk
}

// order is the numbers of the rows of a page, from the top.
func order(page string) string {
	var out []string
	for _, part := range strings.Split(page, `id="p-20261123-`)[1:] {
		out = append(out, part[5:6])
	}
	return strings.Join(out, " ")
}

func TestListOrder(t *testing.T) {
	c := newClient(t, newInbox(t, waitingDesk(), newFakeAgents(), nil))
	c.login("ana@example.com")
	for path, want := range map[string]string{
		"/inbox": "1 2 3", "/inbox?sort=nonsense": "1 2 3", "/inbox?sort=waiting": "3 1 2", "/inbox?sort=waiting&view=unassigned": "3 1 2",
		"/protocols/20261123-000002?sort=waiting": "3 1 2",
	} {
		if got := order(c.page(path)); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	page := c.page("/inbox?sort=waiting")
	wantIn(t, page, `<a href="/inbox?sort=waiting" aria-current="true">Mayor espera</a>`, `<a href="/inbox">Lo más reciente</a>`,
		`href="/protocols/20261123-000003?sort=waiting"`, `href="/inbox?sort=waiting&amp;view=mine"`)
	wantNotIn(t, c.page("/history?sort=waiting"), `class="sorts"`)
}

// TestListCounts: beside each list stands how long it is.
func TestListCounts(t *testing.T) {
	desk := waitingDesk()
	desk.protocols["20261123-000001"].Agent = "ana@example.com"
	c := newClient(t, newInbox(t, desk, newFakeAgents(), nil))
	c.login("ana@example.com")
	wantIn(t, c.page("/inbox"), "<span>Bandeja</span> <b>3</b>", "<span>Míos</span> <b>1</b>", "<span>Sin asignar</span> <b>2</b>")
}

func TestBrowserListOrder(t *testing.T) {
	ctx, base := browser(t, waitingDesk(), newFakeAgents(), "ana@example.com")
	do(t, ctx, watchFaults(), chromedp.Navigate(base+"/inbox"), chromedp.Click(chromedp.CSS(".sorts a:last-child")))
	until(t, ctx, `location.search == "?sort=waiting" && document.querySelector("#list .row-item")?.id == "p-20261123-000003"`)
	do(t, ctx, chromedp.Click(chromedp.CSS("#list .row-item a")))
	until(t, ctx, `location.pathname == "/protocols/20261123-000003" && document.querySelector(".sorts a:last-child")?.ariaCurrent == "true"`)
	do(t, ctx, chromedp.Reload())
	until(t, ctx, `document.querySelector("#list .row-item")?.id == "p-20261123-000003"`)
	wantNoFaults(t, ctx)
}

// TestDepartmentThatIsNot: an admin is told of a department that there is not what he is told of one behind a wall.
func TestDepartmentThatIsNot(t *testing.T) {
	agents := newFakeAgents()
	agents.agents["ada@example.com"] = &conversation.Agent{Email: "ada@example.com", Name: "Ada", Role: conversation.RoleAdmin, Departments: []string{"care"}, Language: "en"}
	c := newClient(t, newInbox(t, newFakeDesk(), agents, nil))
	c.login("ada@example.com")
	for path, want := range map[string]int{"sales": http.StatusOK, "hr": http.StatusNotFound, "nowhere": http.StatusNotFound} {
		for _, list := range []string{"/inbox", "/history", "/numbers"} {
			if w := c.get(list + "?department=" + path); w.Code != want {
				t.Errorf("%s of %s: %d, want %d", list, path, w.Code, want)
			}
		}
	}
}
