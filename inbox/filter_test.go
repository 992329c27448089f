package inbox

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"recado/conversation"
)

// endedDesk has five protocols that ended on different days, one of them behind the wall.
func endedDesk() *fakeDesk {
	desk := newFakeDesk()
	desk.dir.Departments[0].Classifications = []string{"Factura", "Envío"}
	for i, p := range []struct{ number, department, from, agent, as string }{
		{"20261120-000001", "care", "ana@customer.example", "ana@example.com", "Factura"},
		{"20261120-000002", "sales", "bea@customer.example", "", ""},
		{"20261121-000003", "hr", "ana@customer.example", "", "Factura"},
		{"20261122-000004", "care", "ana@customer.example", "eve@example.com", "Envío"},
	} {
		o := desk.open(p.number, p.department, "Asunto", conversation.ContactRef{Address: p.from})
		o.Status, o.Agent, o.Classification = conversation.Finalized, p.agent, p.as
		o.FinalizedAt = time.Date(2026, 11, 20+i, 2, 30, 0, 0, time.UTC) // the evening before, there
		o.UpdatedAt = today.Add(-time.Duration(i) * time.Hour)
	}
	return desk
}

var rowPattern = regexp.MustCompile(`id="p-\d+-\d{5}(\d)"`)

func TestHistoryNarrowed(t *testing.T) {
	c := newClient(t, newInbox(t, endedDesk(), newFakeAgents(), nil))
	c.login("ana@example.com")
	for path, want := range map[string]string{
		"/history":                               "421",
		"/history?department=sales":              "2",
		"/history?agent=eve@example.com":         "4",
		"/history?classification=factura":        "1",
		"/history?contact=Ana@Customer.example":  "41",
		"/history?number=20261120":               "21",
		"/history?from=2026-11-20&to=2026-11-20": "2",
		"/history?to=2026-11-19":                 "1",
		"/history?from=2026-11-22&contact=ana@customer.example&classification=env%C3%ADo": "4",
		"/protocols/20261122-000004?view=history&classification=factura":                  "1",
	} {
		page, got := c.page(path), ""
		for _, m := range rowPattern.FindAllStringSubmatch(page, -1) {
			got += m[1]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	page := c.page("/history?classification=factura&agent=ana@example.com")
	wantIn(t, page, `href="/protocols/20261120-000001?agent=ana%40example.com&amp;classification=factura&amp;view=history"`, `value="factura"`,
		`<option value="ana@example.com" selected>Ana Núñez</option>`, `<option value="Factura"></option>`, `Quitar filtros`)
	wantIn(t, c.page("/history?from=2020-01-01&to=2020-01-02"), "Nada finalizado coincide", `<a href="/history">Quitar filtros</a>`)
	form, _, _ := strings.Cut(c.page("/history"), `id="list"`)
	wantNotIn(t, form, "Quitar filtros", "Personas")
	wantNotIn(t, c.page("/inbox"), `id="narrow"`)
	if w := c.get("/history?department=hr"); w.Code != http.StatusNotFound {
		t.Errorf("a department that is not seen: %d", w.Code)
	}
}

// TestHistoryMistakes: what cannot be looked for is said at its field, and what was typed stays.
func TestHistoryMistakes(t *testing.T) {
	c := newClient(t, newInbox(t, endedDesk(), newFakeAgents(), nil))
	c.login("ana@example.com")
	for path, want := range map[string]string{
		"/history?from=23/11/2026":               `value="23/11/2026" placeholder="2026-11-23" aria-invalid="true" aria-describedby="wrong-from"`,
		"/history?to=2026-02-30":                 `id="wrong-to">Escriba el día`,
		"/history?from=2026-11-22&to=2026-11-21": `id="wrong-to">El final es anterior`,
		"/history?contact=ana":                   `id="wrong-contact"`,
		"/history?number=abc":                    `id="wrong-number"`,
	} {
		w := c.get(path)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", path, w.Code)
		}
		wantIn(t, w.Body.String(), want, `<details class="narrow" id="narrow" open>`, "Así no se puede buscar")
		wantNotIn(t, w.Body.String(), `id="p-2026`)
	}
}
