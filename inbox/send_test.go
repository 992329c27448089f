package inbox

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"recado/conversation"
)

const oldPath = "/protocols/" + oldNumber

func TestResumeContact(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	old := desk.protocols[oldNumber]
	old.Subject = "Cambio de talla [#" + oldNumber + "]"
	wantNotIn(t, c.page(martaPath), "/recontact")
	page := c.page(oldPath + "?view=history")
	wantIn(t, page, "De soporte@example.com para "+old.Contact.Name, old.Contact.Address, `name="subject" value="Cambio de talla"`)

	form := with(c.form(page, "/recontact"), "subject", "Su talla", "text", "Ya llegó.\r\n¿La quiere?")
	first, second := c.post(oldPath+"/recontact", form), c.post(oldPath+"/recontact", form)
	if first.Code != http.StatusSeeOther || !strings.HasPrefix(first.Header().Get("Location"), "/protocols/20261123-000901#m-") {
		t.Fatalf("answered %d to %q", first.Code, first.Header().Get("Location"))
	}
	if second.Header().Get("Location") != first.Header().Get("Location") || !slices.Equal(desk.moves, []string{"recontact " + oldNumber + " Su talla Ya llegó.\n¿La quiere?"}) {
		t.Errorf("two clicks led to %q and asked %q", second.Header().Get("Location"), desk.moves)
	}
}

func TestWhatContactIsNotResumedWithIsKept(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	form := with(c.form(c.page(oldPath), "/recontact"), "subject", "Su <talla>")
	for _, tt := range []struct {
		text, says string
		status     int
	}{{" \r\n", "Escriba primero el texto.", http.StatusUnprocessableEntity}, {"nada", "está abierto: responda en él.", http.StatusConflict}} {
		w := c.post(oldPath+"/recontact", with(form, "text", tt.text))
		if w.Code != tt.status {
			t.Errorf("%q answered %d", tt.text, w.Code)
		}
		wantIn(t, w.Body.String(), tt.says, `value="Su &lt;talla&gt;"`, strings.TrimSpace(tt.text)+"</textarea>", form.Get("key"))
	}
	desk.protocols[oldNumber].Merged = &conversation.Merged{Into: martaNumber}
	wantIn(t, c.post(oldPath+"/recontact", with(form, "text", "nada")).Body.String(), "nada</textarea>")
	desk.protocols[oldNumber].Merged, desk.protocols[oldNumber].Status = nil, conversation.Open
	w := c.post(oldPath+"/recontact", with(form, "text", "Ya llegó."))
	if w.Code != http.StatusConflict || len(desk.moves) != 0 {
		t.Errorf("a reopened one answered %d", w.Code)
	}
	wantIn(t, w.Body.String(), "este protocolo se reabrió entretanto", "Ya llegó.</textarea>")
}

func TestWithoutAChannelNothingIsTyped(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	desk.dir.Channels[0].Send = conversation.SendReceptive
	desk.dir.Build()
	page := c.page(oldPath)
	wantIn(t, page, "no tiene una dirección activa para retomar el contacto", "No se puede enviar el historial")
	wantNotIn(t, page, `id="resume-text"`, oldPath+"/history")
}

func TestSendHistory(t *testing.T) {
	desk, agents := sampleDesk(), newFakeAgents()
	agents.agents["eve@example.com"].Role = conversation.RoleSupervisor
	in := newInbox(t, desk, agents, nil)
	ana, eve := newClient(t, in), newClient(t, in)
	ana.login("ana@example.com")
	eve.login("eve@example.com")

	page := ana.page(martaPath + "?view=mine")
	wantIn(t, page, `id="tell"`)
	wantNotIn(t, page, `name="other"`)
	form := ana.form(page, "/history")
	for range 2 {
		if w := ana.post(martaPath+"/history?view=mine", form); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), martaPath+"?view=mine#m-") {
			t.Errorf("answered %d to %q", w.Code, w.Header().Get("Location"))
		}
	}
	wantIn(t, ana.page(martaPath), "Ana Núñez envió el historial")

	form = eve.form(eve.page(oldPath), "/history")
	w := eve.post(oldPath+"/history", with(form, "other", "notario"))
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("no address answered %d", w.Code)
	}
	wantIn(t, w.Body.String(), `name="other" value="notario"`, `id="more" open`, `id="tell" open`, "&#34;notario&#34; is not an e-mail address.", form.Get("key"))
	if w := eve.post(oldPath+"/history", with(form, "other", "notario@x.example")); w.Code != http.StatusSeeOther {
		t.Errorf("another address answered %d", w.Code)
	}
	if want := []string{"history " + martaNumber + " ", "history " + oldNumber + " notario@x.example"}; !slices.Equal(desk.moves, want) {
		t.Errorf("asked %q, want %q", desk.moves, want)
	}
}

// TestBrowserResumesContact: on a phone the history fits into its menu, and the text is sent from the keyboard.
func TestBrowserResumesContact(t *testing.T) {
	ctx, base := browser(t, sampleDesk(), newFakeAgents(), "ana@example.com")
	dir := os.Getenv("RECADO_SCREENSHOTS")
	do(t, ctx, watchFaults(), chromedp.EmulateViewport(375, 700), chromedp.Navigate(base+oldPath),
		chromedp.Click(chromedp.CSS("#more > summary")), chromedp.Click(chromedp.CSS("#tell > summary")), chromedp.WaitVisible(chromedp.CSS("#tell button")))
	until(t, ctx, `document.documentElement.scrollWidth <= 375`)
	if dir != "" {
		do(t, ctx, picture(dir, "history-light-phone"), chromedp.Navigate(base+oldPath+"#resume"), picture(dir, "resume-light-phone"))
	}
	do(t, ctx, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(base+oldPath), chromedp.WaitReady(chromedp.CSS("#resume-text")))
	if dir != "" {
		do(t, ctx, picture(dir, "resume-light-wide"))
	}
	do(t, ctx, chromedp.KeyEvent("r"), chromedp.KeyEvent("Ya llegó."), chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	until(t, ctx, `location.pathname == "/protocols/20261123-000901" && document.querySelector("#thread")?.textContent.includes("Ya llegó.")`)
	wantNoFaults(t, ctx)
}
