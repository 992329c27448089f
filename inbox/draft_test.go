package inbox

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestDraftIsFoundAgain(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	if w := c.post(martaPath+"/draft", url.Values{"text": {"A <medias>\r\n"}, "cc": {" a@x.example "}}); w.Code != http.StatusNoContent {
		t.Fatalf("answered %d", w.Code)
	}
	elsewhere := newClient(t, newInbox(t, desk, newFakeAgents(), nil))
	elsewhere.login("ana@example.com")
	page := elsewhere.page(martaPath)
	wantIn(t, page, "A &lt;medias&gt;\n</textarea>", `value="a@x.example"`, "Borrador de 12:04")
	colleague := newClient(t, newInbox(t, desk, newFakeAgents(), nil))
	colleague.login("eve@example.com")
	wantIn(t, colleague.page(martaPath), "Ana Núñez is writing an answer.")
	wantNotIn(t, colleague.page(martaPath), "medias")
	wantNotIn(t, page, "está escribiendo")
	wantIn(t, c.post(martaPath+"/notes", url.Values{"text": {" "}}).Body.String(), "A &lt;medias&gt;\n</textarea>") // also beside a note that is refused

	w := c.upload(martaPath+"/replies", with(c.form(page, "/replies"), "text", "Va."), nil)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("the answer: %d", w.Code)
	}
	wantNotIn(t, elsewhere.page(martaPath), "medias", "Borrador de")
	wantNotIn(t, colleague.page(martaPath), "is writing")
	for name, w := range map[string]int{
		"of a protocol that is not there": c.post("/protocols/20261123-999999/draft", url.Values{"text": {"a"}}).Code,
		"of one that is not to be seen":   c.post("/protocols/"+hrNumber+"/draft", url.Values{"text": {"a"}}).Code,
	} {
		if w != http.StatusNotFound {
			t.Errorf("a draft %s answered %d", name, w)
		}
	}
	if w := c.post(martaPath+"/draft", url.Values{"text": {strings.Repeat("a", maxForm+1)}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a draft over every bound answered %d", w.Code)
	}
}
