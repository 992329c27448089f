package inbox

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"recado/conversation"
)

func TestContacts(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	wantIn(t, c.page("/contacts"), `aria-current="page" data-go="c"`, `href="/contacts/marta@rios.example"`, "Marta Ríos")
	wantNotIn(t, c.page("/contacts?q=compras"), "marta@rios.example")
	wantIn(t, c.page("/contacts?q=nadie"), "Así no se encuentra a nadie")
	wantIn(t, c.page("/contacts?q=nueva@x.example"), `href="/contacts/nueva@x.example"`, "Escribir a nueva@x.example")
	wantIn(t, c.page("/contacts/marta@rios.example"), martaNumber, oldNumber, "finalizado", "soporte@example.com · Atención al cliente", "ventas@example.com · Ventas")
	wantNotIn(t, c.page("/contacts/marta@rios.example"), "Personas")
	wantIn(t, c.page(martaPath), `<a href="/contacts/marta@rios.example">`)
	if w := c.get("/contacts/nobody"); w.Code != http.StatusNotFound {
		t.Errorf("what is no address answered %d", w.Code)
	}
	for i := range 60 {
		n := fmt.Sprintf("20261120-%06d", i+1)
		desk.open(n, "care", "s", conversation.ContactRef{Address: fmt.Sprintf("z%02d@many.example", i)})
	}
	page := c.page("/contacts?q=z")
	wantIn(t, page, "z49@many.example", `href="/contacts?cursor=z49%40many.example&amp;q=z"`)
	wantNotIn(t, page, "z50@many.example")
	wantIn(t, c.page("/contacts?q=z&cursor=z49%40many.example"), "z50@many.example", `href="/contacts?q=z"`)
}

func TestNewMail(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	const path = "/contacts/nueva@x.example"
	form := with(c.form(c.page(path), "/mails"), "department", "sales", "subject", "Su <pedido>")
	for _, text := range []string{"", "nada"} {
		w := c.post(path+"/mails", with(form, "text", text))
		if w.Code < 400 || w.Code >= 500 {
			t.Errorf("%q answered %d", text, w.Code)
		}
		wantIn(t, w.Body.String(), `value="Su &lt;pedido&gt;"`, text+"</textarea>", form.Get("key"), `<option value="sales" selected>`, `id="mail-error"`)
	}
	wantIn(t, c.post(path+"/mails", with(form, "subject", " ", "text", "Hola.")).Body.String(), "Escriba primero el asunto.", "Hola.</textarea>")
	for range 2 {
		w := c.post(path+"/mails", with(form, "text", "Hola."))
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/protocols/20261123-000902#m-") {
			t.Errorf("answered %d to %q", w.Code, w.Header().Get("Location"))
		}
	}
	if want := []string{"mail sales nueva@x.example Su <pedido> Hola."}; !slices.Equal(desk.moves, want) {
		t.Errorf("asked %q, want %q", desk.moves, want)
	}
	desk.dir.Channels[0].Active = false
	desk.dir.Build()
	page := c.page(path)
	wantIn(t, page, "Atención al cliente no tiene una dirección activa desde la que escribir primero", `<option value="sales"`)
	wantNotIn(t, page, `<option value="care"`)
}

// TestBrowserContacts: no screen is wider than a phone, g c leads there, and what is said of somebody stands there at once.
func TestBrowserContacts(t *testing.T) {
	desk := sampleDesk()
	at := desk.protocols[martaNumber].UpdatedAt
	by := conversation.Author{Agent: "eve@example.com"}
	desk.people = map[string]*conversation.ContactSide{"marta@rios.example": {
		Contact: conversation.Contact{
			Key: "marta@rios.example", Address: "marta@rios.example", Name: "Marta Ríos", Blocked: &conversation.Block{Reason: "Insulta por teléfono", At: at, Author: by},
			Acts: []conversation.ContactAct{{Act: conversation.ActLinked, Detail: "marta.rios.gutierrez@ayuntamiento.example", At: at, Author: by}, {Act: conversation.ActBlocked, Detail: "Insulta por teléfono", At: at, Author: by}},
		},
		Given:  &conversation.Naming{Name: "Marta Ríos (compras)", Author: by},
		Linked: []*conversation.Contact{{Key: "m", Address: "marta.rios.gutierrez@ayuntamiento.example"}, {Key: "n", Address: "m@rios.example", Blocked: &conversation.Block{}}},
		Notes: []*conversation.ContactNote{
			{ID: "00000000000000000000000002", Text: "Llama los lunes por la mañana.\nPrefiere factura en papel.", At: at, Author: conversation.Author{Agent: "ana@example.com"}},
			{ID: "00000000000000000000000001", Key: "m", Text: "Compra para el ayuntamiento.", At: at, Author: by},
		},
	}}
	ctx, base := browser(t, desk, newFakeAgents(), "ana@example.com")
	do(t, ctx, watchFaults(), chromedp.Navigate(base+"/inbox"), chromedp.KeyEvent("g"), chromedp.KeyEvent("c"))
	until(t, ctx, `location.pathname == "/contacts" && !!document.querySelector("#find")`)
	for name, path := range map[string]string{
		"contacts": "/contacts", "blocked": "/contacts?blocked=1", "contact": "/contacts/marta@rios.example", "known": martaPath, "nobody": "/contacts/nueva@x.example",
	} {
		do(t, ctx, chromedp.Navigate(base+path))
		for _, width := range []int64{1440, 375} {
			do(t, ctx, chromedp.EmulateViewport(width, 900))
			until(t, ctx, fmt.Sprintf(`document.documentElement.scrollWidth <= %d && !!document.querySelector("main")`, width))
			if dir := os.Getenv("RECADO_SCREENSHOTS"); dir != "" {
				for _, s := range []string{"light", "dark"} {
					do(t, ctx, scheme(s), picture(dir, fmt.Sprintf("%s-%s-%d", name, s, width)))
				}
			}
		}
	}
	do(t, ctx, chromedp.Navigate(base+"/contacts/nueva@x.example"), script(`document.querySelector("#about-all").value = "Una nota."; document.querySelector("#person .compose.note button").click()`))
	until(t, ctx, `document.querySelector(".note-about .text")?.textContent == "Una nota."`)
	wantNoFaults(t, ctx)
}
