package inbox

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"recado/conversation"
)

// sendMany posts the form of many from a page, as a browser does that has the rows selected.
func (c *client) sendMany(path, do string, more url.Values, numbers ...string) string {
	c.t.Helper()
	values := c.form(c.page(path), "/protocols/many")
	for name, list := range more {
		values[name] = list
	}
	values["number"] = numbers
	values.Set("do", do)
	w := c.post("/protocols/many"+listOf(path), values)
	if w.Code != http.StatusSeeOther {
		c.t.Fatalf("%s: %d %s", do, w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

// listOf is the query of a page.
func listOf(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.RawQuery == "" {
		return ""
	}
	return "?" + u.RawQuery
}

func TestManyKeepsThePlaceAndTells(t *testing.T) {
	desk := waitingDesk()
	c := newClient(t, newInbox(t, desk, newFakeAgents(), nil))
	c.login("ana@example.com")
	place := "/protocols/20261123-000002?sort=waiting&view=unassigned"
	target := c.sendMany(place, "finalize", url.Values{"classification": {"Factura"}}, "20261123-000001/0", "20261123-000003/2", "20261123-000009/0")
	u, err := url.Parse(target)
	if err != nil || u.Path != "/protocols/20261123-000002" || u.Query().Get("sort") != "waiting" || u.Query().Get("view") != "unassigned" {
		t.Errorf("led to %s", target)
	}
	if want := []string{"finalize 20261123-000001/0 Factura", "finalize 20261123-000003/2 Factura"}; !slices.Equal(desk.moves, want) {
		t.Errorf("done: %q", desk.moves)
	}
	page := c.page(target)
	wantIn(t, page, "2 protocolos finalizados.", "1 quedó como estaba:", `<span class="number">20261123-000009</span> no existe, o usted no lo ve.`, "Deshacer")
	wantNotIn(t, page, `many=0`+"\" ", `href="/protocols/20261123-000002?many`)
	undo := c.form(page, "/protocols/many/undo")
	for _, want := range []string{"2 están como antes.", "Esto ya se había deshecho."} {
		w := c.post("/protocols/many/undo?sort=waiting&view=unassigned", undo)
		back := c.page(w.Header().Get("Location"))
		wantIn(t, back, want)
		wantNotIn(t, back, "undo-many")
	}
	desk.many = nil
	wantIn(t, c.page(c.post("/protocols/many/undo", undo).Header().Get("Location")), "Ya es tarde para deshacerlo")
	wantNotIn(t, c.page(target), "many-done") // what is forgotten is not told of
}

func TestManyPlaces(t *testing.T) {
	c := newClient(t, newInbox(t, waitingDesk(), newFakeAgents(), nil))
	c.login("ana@example.com")
	for _, p := range []struct {
		name, path, do string
		more           url.Values
		numbers        []string
		want           string
	}{
		{"nothing selected", "/inbox?view=mine", "tag", nil, nil, "/inbox?view=mine&many=none"},
		{"beyond the wall", "/protocols/20261123-000002", "transfer", url.Values{"to": {"hr"}}, []string{"20261123-000002/0"}, "/inbox?many="},
	} {
		path := p.path
		if p.name == "nothing selected" {
			path = "/inbox"
		}
		values := c.form(c.page(path), "/protocols/many")
		for name, list := range p.more {
			values[name] = list
		}
		values["number"] = p.numbers
		values.Set("do", p.do)
		w := c.post("/protocols/many"+listOf(p.path), values)
		if got := w.Header().Get("Location"); len(got) < len(p.want) || got[:len(p.want)] != p.want {
			t.Errorf("%s: %d %s", p.name, w.Code, got)
		}
	}
	for name, numbers := range map[string][]string{"no number": {"1/0"}, "no count": {"20261123-000001"}} {
		if w := c.post("/protocols/many", url.Values{"number": numbers, "do": {"tag"}}); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

// TestManyClassifications: only what all departments on the page have is offered.
func TestManyClassifications(t *testing.T) {
	for _, p := range []struct {
		name        string
		care, sales []string
		want, not   []string
	}{
		{"none lists any", nil, nil, []string{`<input id="many-classification"`}, nil},
		{"one lists", []string{"Factura", "Envío"}, nil, []string{"<option>Factura</option><option>Envío</option>"}, []string{"comparten"}},
		{"both, some alike", []string{"Factura", "Envío"}, []string{"factura", "Oferta"}, []string{`<option value=""></option><option>Factura</option></select>`, "comparten"}, nil},
		{"both, none alike", []string{"Envío"}, []string{"Oferta"}, []string{`<option value=""></option></select>`, "comparten"}, nil},
	} {
		t.Run(p.name, func(t *testing.T) {
			desk := waitingDesk()
			desk.protocols["20261123-000001"].Department = "sales"
			desk.dir.Departments[0].Classifications, desk.dir.Departments[1].Classifications = p.care, p.sales
			c := newClient(t, newInbox(t, desk, newFakeAgents(), nil))
			c.login("ana@example.com")
			page := c.page("/inbox")
			wantIn(t, page, p.want...)
			wantNotIn(t, page, p.not...)
			wantNotIn(t, c.page("/history"), `id="many-finalize"`)
		})
	}
}

// TestManyAllOfThePage selects by a link, so that it needs no script; no other link carries it on.
func TestManyAllOfThePage(t *testing.T) {
	c := newClient(t, newInbox(t, waitingDesk(), newFakeAgents(), nil))
	c.login("ana@example.com")
	page := c.page("/inbox?sort=waiting")
	wantIn(t, page, `href="/inbox?sort=waiting&amp;all=1" data-all`, `value="20261123-000001/0" form="many" autocomplete="off">`)
	page = c.page("/inbox?sort=waiting&all=1")
	wantIn(t, page, `value="20261123-000001/0" form="many" autocomplete="off" checked>`, `<a href="/inbox?sort=waiting" data-none>`,
		`<a href="/protocols/20261123-000001?sort=waiting">`)
}

func TestBrowserManyByKeys(t *testing.T) {
	desk := waitingDesk()
	ctx, base := browser(t, desk, newFakeAgents(), "ana@example.com")
	do(t, ctx, watchFaults(), chromedp.Navigate(base+"/inbox?view=unassigned"), chromedp.WaitVisible(chromedp.CSS("#list .row-item")))
	picked := func(want string) {
		t.Helper()
		until(t, ctx, `[...document.querySelectorAll(".pick input:checked")].map((b) => b.id.slice(-1)).join("") == "`+want+`"`)
	}
	do(t, ctx, chromedp.KeyEvent("j"), chromedp.KeyEvent("x"))
	picked("1")
	until(t, ctx, `document.querySelector("#many").checkVisibility() && document.querySelector("#say").textContent == "1 seleccionado"`)
	do(t, ctx, chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("X"))
	picked("123")
	do(t, ctx, chromedp.KeyEvent("\x1b"))
	picked("")
	until(t, ctx, `!document.querySelector("#many").checkVisibility()`)
	do(t, ctx, chromedp.KeyEvent("x"), script(`document.querySelector("#x-20261123-000002").click()`))
	picked("23")

	// A row that changes stays selected, a new one is not.
	customerWrites(desk, "20261123-000002", "Otra cosa")
	desk.locked(func() {
		desk.open("20261123-000004", "care", "Nuevo", conversation.ContactRef{Address: "bea@customer.example"})
		desk.change(conversation.ChangeOpened, []string{"care"}, "20261123-000004", "")
	})
	until(t, ctx, `document.querySelector("#p-20261123-000004") && document.querySelector("#p-20261123-000002").textContent.includes("Otra cosa")`)
	until(t, ctx, `document.querySelector("#x-20261123-000002").value == "20261123-000002/1" && document.querySelectorAll(".pick input:checked").length == 2`)

	do(t, ctx, script(`document.querySelector("#x-20261123-000003").click()`))
	picked("2")
	do(t, ctx, script(`document.activeElement.blur()`), chromedp.KeyEvent("e"))
	until(t, ctx, `document.activeElement.id == "many-classification"`)
	// The driver's key types itself too, which a keyboard's that was taken does not.
	do(t, ctx, script(`document.activeElement.value = ""`), chromedp.SendKeys(chromedp.CSS("#many-classification"), "Factura"))
	until(t, ctx, `document.activeElement.value == "Factura"`)
	do(t, ctx, chromedp.KeyEvent("\r"))
	until(t, ctx, `document.readyState == "complete" && location.search.includes("view=unassigned") && document.querySelector(".many-done")?.textContent.includes("1 protocolo finalizado.")`)
	if want := []string{"finalize 20261123-000002/1 Factura"}; !slices.Equal(desk.moves, want) {
		t.Errorf("done: %q", desk.moves)
	}
	do(t, ctx, chromedp.KeyEvent("z"))
	until(t, ctx, `document.querySelector(".many-done")?.textContent.includes("1 está como antes.") && document.querySelector("#p-20261123-000002")`)
	wantNoFaults(t, ctx)
}
