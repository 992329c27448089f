package inbox

import (
	"net/http"
	"slices"
	"testing"
)

func TestWorkOnTheScreen(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	desk.dir.Departments[0].Classifications = []string{"devolución", "factura"}
	page := c.page(martaPath + "?view=mine")
	wantIn(t, page, `<option value="eve@example.com">Eve Hall</option>`, `<option value="sales">Ventas</option>`, "<option>devolución</option>")
	wantNotIn(t, page, `<option value="rui@example.com">`, `<option value="new@example.com">`, `<option value="care">`)
	wantNotIn(t, page+c.page("/inbox"), `<option value="hr">`, "Personas") // an isolated department is named to its own alone
	for _, do := range []struct{ to, field, value, leads string }{
		{"/assign", "agent", "eve@example.com", martaPath + "?view=mine"},
		{"/tags", "tags", "Rotura, urgente", martaPath + "?view=mine"},
		{"/tags", "tags", "", martaPath + "?view=mine"},
		{"/transfer", "to", "hr", "/inbox?view=mine"}, // where Ana sees it no more
	} {
		w := c.post(martaPath+do.to+"?view=mine", with(c.form(page, do.to), do.field, do.value, "reason", "es suyo"))
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != do.leads {
			t.Errorf("%s answered %d and led to %q", do.to, w.Code, w.Header().Get("Location"))
		}
	}
	want := []string{"assign " + martaNumber + " eve@example.com", "tag " + martaNumber + " Rotura+urgente", "tag " + martaNumber + " ", "transfer " + martaNumber + " hr es suyo"}
	if !slices.Equal(desk.moves, want) {
		t.Errorf("asked %q, want %q", desk.moves, want)
	}
}
