package inbox

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"recado/conversation"
)

func TestMovesOnTheScreen(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	other := *desk.protocols[martaNumber]
	other.Number, other.Subject, other.Aside = "20261123-000777", "Otra cosa", true
	desk.protocols[other.Number] = &other
	second := desk.add(martaNumber, &conversation.Message{Kind: conversation.KindIn, From: other.Contact, Auth: verifiedBy("rios.example")},
		"From: marta@rios.example\nSubject: s\nContent-Type: text/plain; charset=utf-8\n\nAdemás\n")
	page := c.page(martaPath)
	wantIn(t, page, `name="message" value="`+second.ID+`" form="split"`, `<option value="`+other.Number+`">`)
	wantNotIn(t, page, `name="message" value="`+desk.entries[martaNumber][0].ID+`"`, martaPath+"/undo")

	if w := c.post(martaPath+"/split", with(c.form(page, "/split"), "message", second.ID)); w.Code != http.StatusSeeOther {
		t.Errorf("split answered %d", w.Code)
	}
	w := c.post(martaPath+"/merge", with(c.form(page, "/merge"), "into", other.Number))
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/protocols/"+other.Number {
		t.Errorf("merge answered %d to %s", w.Code, w.Header().Get("Location"))
	}
	desk.protocols[martaNumber].Links = []conversation.Link{{Number: other.Number, Kind: conversation.LinkSplit}}
	page = c.page(martaPath)
	if w := c.post(martaPath+"/undo", c.form(page, "/undo")); w.Code != http.StatusSeeOther {
		t.Errorf("undo answered %d", w.Code)
	}
	if want := []string{"split " + martaNumber + " " + second.ID, "merge " + martaNumber + " " + other.Number, "undo " + martaNumber}; !slices.Equal(desk.moves, want) {
		t.Errorf("asked %q, want %q", desk.moves, want)
	}
	if w := c.post(martaPath+"/merge", with(c.form(page, "/undo"), "into", "20200101-000001")); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "Un protocolo no se puede unir consigo mismo.") {
		t.Errorf("a merge that cannot be answered %d", w.Code)
	}
}

func TestMergedNumberLeadsOn(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	p := desk.protocols[martaNumber]
	p.Status, p.FinalizedAt = conversation.Finalized, today.Add(-time.Hour)
	p.Merged = &conversation.Merged{Into: "20261123-000777"}
	page := c.page(martaPath)
	wantIn(t, page, "Los mensajes de este protocolo están en", `href="/protocols/20261123-000777"`)
	wantNotIn(t, page, martaPath+"/reopen", `id="more"`)
}

// TestBrowserMovesOnAPhone: what is seldom done stands in one menu, which opens within the narrowest screen.
func TestBrowserMovesOnAPhone(t *testing.T) {
	desk := sampleDesk()
	desk.protocols[martaNumber].Links = []conversation.Link{{Number: oldNumber, Kind: conversation.LinkMerged}}
	ctx, base := browser(t, desk, newFakeAgents(), "ana@example.com")
	do(t, ctx, watchFaults(), chromedp.EmulateViewport(320, 700), chromedp.Navigate(base+martaPath),
		chromedp.Click(chromedp.CSS("#more > summary")), chromedp.WaitVisible(chromedp.CSS("#more form[action$=undo] button")))
	until(t, ctx, `document.querySelector("#more").open && document.querySelector("#more .panel").getBoundingClientRect().top >= document.querySelector("#more > summary").getBoundingClientRect().bottom && document.documentElement.scrollWidth <= 320`)
	if dir := os.Getenv("RECADO_SCREENSHOTS"); dir != "" {
		do(t, ctx, picture(dir, "moves-light-phone"))
	}
	wantNoFaults(t, ctx)
}
