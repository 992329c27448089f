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
		wantIn(t, page, "nada salió", "Va la &lt;azul&gt;.</textarea>", `value="a@x.example"`, `<span class="name" dir="auto">a.txt</span>`, "Ana Núñez deshizo un envío")
		wantNotIn(t, page, "data-left")
	}
	page = c.page(martaPath) // also found at another desk, and removable one by one
	wantIn(t, page, "Va la &lt;azul&gt;.</textarea>", "a.txt")
	wantNotIn(t, page, "nada salió")
	file := regexp.MustCompile(`name="remove" value="([^"]*)" formaction="` + martaPath + `/draft"`).FindStringSubmatch(page)
	if file == nil {
		t.Fatal("there is no button that removes the file")
	}
	w := c.post(martaPath+"/draft", url.Values{"text": {"Va la azul, mejor."}, "remove": {file[1]}, "file": {file[1]}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != martaPath+"#reply" {
		t.Errorf("the removal answered %d to %q", w.Code, w.Header().Get("Location"))
	}
	page = c.page(martaPath)
	wantIn(t, page, "Va la azul, mejor.</textarea>")
	wantNotIn(t, page, "a.txt")
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

// What is written first comes back to where it was written, with its files.
func TestUndoOfWhatIsWrittenFirst(t *testing.T) {
	c, desk, _ := undoing(t)
	const path = "/contacts/nueva@x.example"
	send := func(page, action string, pairs ...string) string {
		t.Helper()
		w := c.upload(action, with(c.form(c.page(page), action), pairs...), map[string]string{"a.txt": "a"})
		if w.Code != http.StatusSeeOther {
			t.Fatalf("%s answered %d: %s", action, w.Code, w.Body)
		}
		to, id, _ := strings.Cut(w.Header().Get("Location"), "#m-")
		wantIn(t, c.page(to), `data-left="11"`, to+"/takeback")
		back := c.post(to+"/takeback", url.Values{"message": {id}})
		if back.Code != http.StatusSeeOther {
			t.Fatalf("the undo answered %d: %s", back.Code, back.Body)
		}
		return strings.ReplaceAll(back.Header().Get("Location"), id, "ID")
	}
	if to := send(path, path+"/mails", "department", "sales", "subject", "Su pedido", "text", "Hola."); to != path+"?undone=ID#mail" {
		t.Errorf("a new mail led to %q", to)
	}
	wantIn(t, c.page(path), "Hola.</textarea>", `value="Su pedido"`, `<option value="sales" selected>`, `<span class="name" dir="auto">a.txt</span>`, `formaction="`+path+`/mails/draft"`)
	if to := send(oldPath, oldPath+"/recontact", "subject", "Su talla", "text", "Ya llegó."); to != oldPath+"?undone=ID#resume" {
		t.Errorf("a re-contact led to %q", to)
	}
	wantIn(t, c.page(oldPath), "Ya llegó.</textarea>", `value="Su talla"`, `<span class="name" dir="auto">a.txt</span>`)
	if to := send(martaPath, martaPath+"/history"); to != martaPath+"#m-ID" {
		t.Errorf("a history led to %q", to)
	}
	if desk.files["a.txt"] != "a" {
		t.Errorf("attached %v", desk.files)
	}
}

func TestFilesOfAStoppedSendAreKept(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	const path = "/contacts/nueva@x.example"
	w := c.upload(path+"/mails", with(c.form(c.page(path), "/mails"), "department", "care", "subject", "s", "text", "nada"), map[string]string{"a.txt": "a"})
	if w.Code != http.StatusForbidden {
		t.Fatalf("answered %d", w.Code)
	}
	wantIn(t, w.Body.String(), "nada</textarea>", "a.txt")
	w = c.upload(path+"/mails", with(c.form(w.Body.String(), "/mails"), "department", "care", "subject", "s", "text", "Hola"), map[string]string{"b.txt": "b"})
	if w.Code != http.StatusSeeOther || desk.files["a.txt"] != "a" || desk.files["b.txt"] != "b" {
		t.Errorf("answered %d, attached %v", w.Code, desk.files)
	}
	wantNotIn(t, c.page(path), "Hola", "a.txt", "b.txt")
}

// What the script asks about files is answered with the list of them.
func TestFilesAreKeptAtOnce(t *testing.T) {
	desk := sampleDesk()
	c := newClient(t, newInbox(t, desk, newFakeAgents(), func(o *Options) { o.MaxMessage = 200 << 10 }))
	c.login("ana@example.com")
	live := url.Values{"live": {"1"}}
	w := c.upload(martaPath+"/draft", live, map[string]string{"<a>.txt": "aa"})
	wantIn(t, w.Body.String(), `<div class="kept" data-sum="2">`, "&lt;a&gt;.txt", `formaction="`+martaPath+`/draft"`)
	wantNotIn(t, w.Body.String(), "<html")
	w = c.upload(martaPath+"/draft", live, map[string]string{"plano.pdf": strings.Repeat("x", 120<<10)})
	wantIn(t, w.Body.String(), `data-sum="2"`, "no cabe plano.pdf")
	wantIn(t, c.page(martaPath), "&lt;a&gt;.txt")
	if w := c.upload("/protocols/"+hrNumber+"/draft", live, map[string]string{"a": "a"}); w.Code != http.StatusNotFound {
		t.Errorf("at a protocol that is not to be seen: %d", w.Code)
	}
}
