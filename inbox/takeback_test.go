package inbox

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"recado/conversation"
)

// undoing is a client whose answers wait ten seconds, and an answer that it has just made.
func undoing(t *testing.T) (c *client, desk *fakeDesk, id string) {
	t.Helper()
	desk = sampleDesk()
	c = newClient(t, newInbox(t, desk, newFakeAgents(), func(o *Options) { o.Undo = 10 * time.Second }))
	c.login("ana@example.com")
	form := c.form(c.page(martaPath), "/replies")
	w := c.upload(martaPath+"/replies", with(form, "text", "Va la <azul>.", "cc", "a@x.example"), map[string]string{"a.txt": "a"})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("the reply answered %d: %s", w.Code, w.Body)
	}
	_, id, _ = strings.Cut(w.Header().Get("Location"), "#m-")
	return c, desk, id
}

func TestUndoGivesTheTextBack(t *testing.T) {
	c, _, id := undoing(t)
	page := c.page(martaPath + "?view=mine")
	wantIn(t, page, "sale en unos segundos", "Deshacer", `data-left="11"`)
	form := c.form(page, "/takeback")
	for range 2 { // the second click says the same
		w := c.post(martaPath+"/takeback?view=mine", form)
		to := w.Header().Get("Location")
		if w.Code != http.StatusSeeOther || to != martaPath+"?undone="+id+"&view=mine#reply" {
			t.Fatalf("answered %d and led to %q", w.Code, to)
		}
	}
	for range 2 { // a reload shows the same
		page = c.page(martaPath + "?undone=" + id)
		wantIn(t, page, "nada salió", "Va la &lt;azul&gt;.</textarea>", `value="a@x.example"`, "adjúntelos de nuevo", "Ana Núñez deshizo un envío")
		wantNotIn(t, page, "data-left")
	}
	wantNotIn(t, c.page(martaPath), "nada salió", "Va la &lt;azul&gt;.</textarea>")
}

func TestUndoIsOnlyForWhoWroteAndInTime(t *testing.T) {
	c, desk, id := undoing(t)
	form := c.form(c.page(martaPath), "/takeback")
	other := newClient(t, newInbox(t, desk, newFakeAgents(), nil))
	other.login("eve@example.com")
	wantNotIn(t, other.page(martaPath), ">Undo ")
	if w := other.post(martaPath+"/takeback", form); w.Code != http.StatusNotFound {
		t.Errorf("a colleague's undo answered %d", w.Code)
	}
	wantNotIn(t, other.page(martaPath+"?undone="+id), "Va la &lt;azul&gt;.</textarea>")

	desk.locked(func() { desk.message(id).Deliveries[0].Attempts = 1 })
	wantNotIn(t, c.page(martaPath), "/takeback")
	w := c.post(martaPath+"/takeback", form)
	if w.Code != http.StatusConflict || desk.message(id).Kind != conversation.KindOut {
		t.Errorf("too late an undo answered %d", w.Code)
	}
	wantIn(t, w.Body.String(), "Ya no se puede deshacer")
	if w := c.post(martaPath+"/takeback", nil); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an undo of nothing answered %d", w.Code)
	}
}
