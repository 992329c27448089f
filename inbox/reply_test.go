package inbox

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"recado/conversation"
)

const martaPath = "/protocols/" + martaNumber

func with(v url.Values, pairs ...string) url.Values {
	out := maps.Clone(v)
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

func TestReply(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	form := c.form(c.page(martaPath+"?view=mine"), "/replies")
	w := c.upload(martaPath+"/replies?view=mine", with(form, "text", "Va la azul.\r\nSaludos", "cc", "a@x.example; b@x.example,\nc@x.example"),
		map[string]string{"factura nº 1.pdf": "%PDF-1.7"})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("a reply answered %d: %s", w.Code, w.Body)
	}
	if to := w.Header().Get("Location"); !strings.HasPrefix(to, martaPath+"?view=mine#m-") {
		t.Errorf("led to %q", to)
	}
	if len(desk.replies) != 1 {
		t.Fatalf("%d replies were made", len(desk.replies))
	}
	r := desk.replies[0]
	if r.Text != "Va la azul.\nSaludos" || len(r.To) != 0 || !slices.Equal(r.Cc, []string{"a@x.example", "b@x.example", "c@x.example"}) {
		t.Errorf("reply %+v", r)
	}
	if desk.files["factura nº 1.pdf"] != "%PDF-1.7" {
		t.Errorf("attached %v", desk.files)
	}
	wantIn(t, c.page(martaPath), "Va la azul.", "en camino")
}

func TestTheSecondClickSendsNothing(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	form := with(c.form(c.page(martaPath), "/replies"), "text", "Va la azul.")
	first, second := c.upload(martaPath+"/replies", form, nil), c.upload(martaPath+"/replies", form, nil)
	if first.Code != http.StatusSeeOther || second.Code != http.StatusSeeOther || first.Header().Get("Location") != second.Header().Get("Location") {
		t.Errorf("answers %d %q and %d %q", first.Code, first.Header().Get("Location"), second.Code, second.Header().Get("Location"))
	}
	if len(desk.replies) != 1 {
		t.Errorf("%d replies were made", len(desk.replies))
	}
	note := with(c.form(c.page(martaPath), "/notes"), "text", "Una nota.")
	c.post(martaPath+"/notes", note)
	c.post(martaPath+"/notes", note)
	if n := strings.Count(c.page(martaPath), "Una nota."); n != 1 {
		t.Errorf("the note is there %d times", n)
	}
}

func TestAReplyIsStoppedWhenTheCustomerWroteMeanwhile(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	form := with(c.form(c.page(martaPath), "/replies"), "text", "Va la <azul>.", "cc", "a@x.example")
	desk.add(martaNumber, &conversation.Message{Kind: conversation.KindIn, From: desk.protocols[martaNumber].Contact, Auth: verifiedBy("rios.example")}, plain("Mejor la verde."))
	w := c.upload(martaPath+"/replies", form, map[string]string{"a.txt": "a"})
	if w.Code != http.StatusConflict || len(desk.replies) != 0 {
		t.Fatalf("answered %d, %d replies made", w.Code, len(desk.replies))
	}
	wantIn(t, w.Body.String(), "No se envió", "Mejor la verde.", "Va la &lt;azul&gt;.</textarea>", `value="a@x.example"`, "Enviar de todos modos", `<span class="name" dir="auto">a.txt</span>`)
	again := c.form(w.Body.String(), "/replies")
	if again.Get("key") != form.Get("key") || again.Get("version") == form.Get("version") {
		t.Errorf("the form comes back with %v after %v", again, form)
	}
	if w := c.upload(martaPath+"/replies", with(again, "text", "Va la verde."), nil); w.Code != http.StatusSeeOther || len(desk.replies) != 1 {
		t.Errorf("then it answered %d, %d replies made", w.Code, len(desk.replies))
	}
}

func TestQuietChangesStopNoReply(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	page := c.page(martaPath)
	form := with(c.form(page, "/replies"), "text", "Va la azul.")
	desk.add(martaNumber, &conversation.Message{Kind: conversation.KindEvent, Event: conversation.EventReported}, "")
	if w := c.upload(martaPath+"/replies", form, nil); w.Code != http.StatusSeeOther {
		t.Errorf("an event stopped the reply: %d", w.Code)
	}
	// That reply, on the other hand, is something to have seen before the protocol is finalized.
	w := c.post(martaPath+"/finalize", c.form(page, "/finalize"))
	if w.Code != http.StatusConflict || desk.protocols[martaNumber].Status != conversation.Open {
		t.Errorf("finalized over a new message: %d", w.Code)
	}
	wantIn(t, w.Body.String(), "No se finalizó")
}

func TestWhatCannotBeSentIsKept(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	form := c.form(c.page(martaPath), "/replies")
	if w := c.upload(martaPath+"/replies", with(form, "text", " \r\n "), nil); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an empty reply answered %d", w.Code)
	}
	desk.protocols[martaNumber].Status = conversation.Finalized
	desk.protocols[martaNumber].Version++
	w := c.upload(martaPath+"/replies", with(form, "text", "Va la azul."), nil)
	if w.Code != http.StatusConflict {
		t.Errorf("a reply to a finalized protocol answered %d", w.Code)
	}
	wantIn(t, w.Body.String(), "Este protocolo está finalizado")
	if len(desk.replies) != 0 {
		t.Error("something was sent")
	}
}

func TestTooLargeAReplyKeepsItsText(t *testing.T) {
	desk := sampleDesk()
	c := newClient(t, newInbox(t, desk, newFakeAgents(), func(o *Options) { o.MaxMessage = 200 << 10 }))
	c.login("ana@example.com")
	form := with(c.form(c.page(martaPath), "/replies"), "text", "Va el plano.")
	for name, size := range map[string]int{"a little over": 120 << 10, "much over": 1 << 20, "cut off": 8 << 20} {
		w := c.upload(martaPath+"/replies", form, map[string]string{"plano.pdf": strings.Repeat("x", size)})
		if w.Code != http.StatusRequestEntityTooLarge || len(desk.replies) != 0 {
			t.Fatalf("%s: answered %d, %d replies made", name, w.Code, len(desk.replies))
		}
		if name != "cut off" {
			wantIn(t, w.Body.String(), "Va el plano.</textarea>", "no cabe plano.pdf")
		}
	}
	if w := c.upload(martaPath+"/replies", form, map[string]string{"plano.pdf": strings.Repeat("x", 90<<10)}); w.Code != http.StatusSeeOther {
		t.Errorf("one that fits answered %d", w.Code)
	}
}

func TestNoChannelToAnswerFrom(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	desk.dir.Channels[0].Active = false
	page := c.page(martaPath)
	wantIn(t, page, "no tiene una dirección activa desde la que responder")
	wantNotIn(t, page, `id="reply-text"`)
}

func TestNoteFinalizeReopen(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	page := c.page(martaPath)
	if w := c.post(martaPath+"/notes", with(c.form(page, "/notes"), "text", "")); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an empty note answered %d", w.Code)
	}
	if w := c.post(martaPath+"/notes", with(c.form(page, "/notes"), "text", "Nota & más")); w.Code != http.StatusSeeOther {
		t.Errorf("a note answered %d", w.Code)
	}
	page = c.page(martaPath)
	wantIn(t, page, "Nota &amp; más")
	if w := c.post(martaPath+"/finalize", with(c.form(page, "/finalize"), "classification", "  Rotura ")); w.Code != http.StatusSeeOther {
		t.Errorf("finalize answered %d", w.Code)
	}
	if p := desk.protocols[martaNumber]; p.Status != conversation.Finalized || p.Classification != "Rotura" {
		t.Errorf("protocol %+v", p)
	}
	page = c.page(martaPath)
	wantIn(t, page, "Ana Núñez finalizó el protocolo", "Reábralo para responder", "/reopen")
	wantNotIn(t, page, `id="reply-text"`)
	if w := c.post(martaPath+"/reopen", nil); w.Code != http.StatusSeeOther || desk.protocols[martaNumber].Status != conversation.Open {
		t.Errorf("reopen answered %d", w.Code)
	}
	wantIn(t, c.page(martaPath), `id="reply-text"`)
	for _, action := range []string{"replies", "notes", "finalize", "reopen", "read"} {
		if w := c.get(martaPath + "/" + action); w.Code == http.StatusOK {
			t.Errorf("GET %s changes state", action)
		}
	}
}
