package inbox

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"recado/conversation"
)

func TestHeadersOfEveryPage(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	for _, path := range []string{"/login", "/inbox", "/protocols/" + martaNumber, "/held", "/held/" + desk.held[0].ID, "/history", "/contacts", "/nothing", "/static/inbox.js"} {
		h := c.get(path).Header()
		csp := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: the policy %q has no %s", path, csp, part)
			}
		}
		if strings.Contains(csp, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
	for _, path := range []string{"/inbox", "/protocols/" + martaNumber, "/held/" + desk.held[0].ID} {
		wantNotIn(t, strings.ReplaceAll(c.page(path), `<script src="/static/inbox.js`, ""), "<script", " style=", "javascript:")
		if cc := c.get(path).Header().Get("Cache-Control"); cc != "no-store" {
			t.Errorf("%s may be kept: %q", path, cc)
		}
	}
}

func TestWhatStrangersWriteIsEscaped(t *testing.T) {
	for _, agent := range []string{"ana@example.com", "rui@example.com", "eve@example.com"} {
		c, desk := loggedIn(t, agent)
		for _, p := range desk.protocols {
			p.Participants, p.Tags, p.Classification = []string{hostile}, []string{hostile}, hostile
		}
		for _, h := range desk.held {
			h.From.Name, h.Subject, h.Preview, h.To = hostile, hostile, hostile, []string{hostile}
			h.Auth.Evidence = []string{hostile}
		}
		m := desk.entries["20261123-000036"][0]
		m.Trace = []conversation.TraceStep{{Step: hostile, Fact: hostile}}
		m.AlsoTo, m.Flags, m.Auth = []string{hostile}, []conversation.Flag{hostile}, &conversation.Auth{Verdict: hostile, Evidence: []string{hostile}, SPF: hostile}
		desk.add("20261123-000036", &conversation.Message{Kind: conversation.KindEvent, Event: hostile, Text: hostile, From: conversation.ContactRef{Name: hostile}}, "")
		desk.add("20261123-000036", &conversation.Message{Kind: conversation.KindOut, Agent: hostile, From: conversation.ContactRef{Name: hostile},
			Deliveries: []conversation.Delivery{{Recipient: hostile, State: hostile, Reason: hostile}}}, plain(hostile))
		for _, path := range []string{"/inbox", "/protocols/20261123-000036", "/held", "/held/" + desk.held[1].ID, "/inbox?view=" + "%22%3E%3Cscript%3E", "/login?next=%22%3E%3Cscript%3E"} {
			w := c.get(path)
			wantNotIn(t, w.Body.String(), "<script>alert", "<img src=x", `"><script`)
		}
		wantIn(t, c.page("/protocols/20261123-000036"), "&lt;script&gt;alert(1)&lt;/script&gt;")
	}
}

func TestOnesOwnDepartmentsOnly(t *testing.T) {
	c, desk := loggedIn(t, "rui@example.com") // of sales alone
	list := c.page("/inbox")
	wantIn(t, list, "20261123-000039")
	wantNotIn(t, list, martaNumber, hrNumber, "Marta")
	hr, marta := desk.entries[hrNumber][0], desk.entries[martaNumber][0]
	for _, path := range []string{
		"/protocols/" + martaNumber, "/protocols/" + hrNumber, "/inbox?department=hr", "/history?department=care", "/inbox?department=nothing",
		"/messages/" + hr.ID + "/raw", "/messages/" + marta.ID + "/raw", "/messages/" + marta.ID + "/html", "/messages/" + marta.ID + "/attachments/0",
		"/held/" + desk.held[0].ID, "/messages/" + desk.held[0].ID + "/raw", "/protocols/../protocols", "/protocols/x", "/messages/x/raw",
		"/messages/" + marta.ID + "/attachments/-1", "/messages/" + marta.ID + "/attachments/x", "/held/x",
	} {
		w := c.get(path)
		if w.Code == http.StatusTemporaryRedirect || w.Code == http.StatusMovedPermanently {
			continue // the mux cleans the path
		}
		if w.Code != http.StatusNotFound {
			t.Errorf("GET %s answered %d, want 404 as for what does not exist", path, w.Code)
		}
		wantNotIn(t, w.Body.String(), "Marta", "tetera", "confidencial", "Banco")
	}
	before := len(desk.changes)
	for _, action := range []string{"replies", "notes", "finalize", "reopen", "read"} {
		if w := c.post("/protocols/"+hrNumber+"/"+action, map[string][]string{"text": {"x"}, "version": {"2"}}); w.Code != http.StatusNotFound {
			t.Errorf("POST %s answered %d", action, w.Code)
		}
	}
	if w := c.post("/held/"+desk.held[0].ID+"/accept", nil); w.Code != http.StatusNotFound {
		t.Errorf("accepting another department's mail answered %d", w.Code)
	}
	c.post("/held/"+desk.held[0].ID+"/discard", nil)
	if len(desk.changes) != before || len(desk.held) != 3 {
		t.Error("something of another department was changed")
	}
	wantNotIn(t, c.page("/held"), "Banco", "Personas")
}

func TestLists(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	desk.protocols["20261123-000041"].Agent = "eve@example.com"
	for path, want := range map[string][2][]string{
		"/inbox":                                    {{martaNumber, "20261123-000039", "20261122-000017", "20261123-000041"}, {oldNumber, hrNumber}},
		"/inbox?view=mine":                          {{"20261122-000017"}, {martaNumber, oldNumber}},
		"/inbox?view=unassigned":                    {{martaNumber, "20261123-000039"}, {"p-20261122-000017", "p-20261123-000041"}},
		"/inbox?department=sales":                   {{"20261123-000039"}, {martaNumber}},
		"/inbox?view=mine&department=sales":         {{"empty"}, {martaNumber, "20261122-000017"}},
		"/history":                                  {{oldNumber}, {"p-" + martaNumber}},
		"/protocols/" + oldNumber + "?view=history": {{`id="p-` + oldNumber, "finalizado"}, {"p-" + martaNumber}},
	} {
		t.Run(path, func(t *testing.T) {
			page := c.page(path)
			wantIn(t, page, want[0]...)
			wantNotIn(t, page, want[1]...)
		})
	}
	page := c.page("/inbox")
	wantIn(t, page, "espera desde hace 12 min", "sin verificar", "fallido", "12 min", "mensaje sin leer")
}

func TestListsArePaged(t *testing.T) {
	for _, view := range []string{"", "?view=unassigned"} {
		desk := manyDesk(120)
		desk.protocols["20261123-000100"].Agent = "eve@example.com"
		c := newClient(t, newInbox(t, desk, newFakeAgents(), nil))
		c.login("ana@example.com")
		seen := map[string]bool{}
		path, pages := "/inbox"+view, 0
		for path != "" {
			page := c.page(path)
			pages++
			for n := range desk.protocols {
				if strings.Contains(page, `id="p-`+n+`"`) {
					if seen[n] {
						t.Fatalf("%s is on two pages", n)
					}
					seen[n] = true
				}
			}
			_, rest, more := strings.Cut(page, `<p class="pager"><a href="`)
			if pages > 1 { // the first pager leads back to the newest
				_, rest, more = strings.Cut(rest, `<p class="pager"><a href="`)
			}
			path = ""
			if more {
				path, _, _ = strings.Cut(rest, `"`)
				path = strings.ReplaceAll(path, "&amp;", "&")
			}
		}
		want := 120
		if view != "" {
			want = 119
		}
		if len(seen) != want || pages > 4 {
			t.Errorf("%q: %d protocols on %d pages, want %d", view, len(seen), pages, want)
		}
	}
}

func TestEmptyListsSayWhatToDo(t *testing.T) {
	c := newClient(t, newInbox(t, newFakeDesk(), newFakeAgents(), nil))
	c.login("ana@example.com")
	wantIn(t, c.page("/inbox"), "Nada está esperando", "soporte@example.com", "swaks --server mx.example.com --to soporte@example.com")
	wantIn(t, c.page("/history"), "Todavía no se ha finalizado nada")
	wantIn(t, c.page("/held"), "No hay nada retenido")
	nobody := newClient(t, newInbox(t, newFakeDesk(), newFakeAgents(), nil))
	nobody.login("new@example.com")
	wantIn(t, nobody.page("/inbox"), "no pertenece a ningún departamento")
}

func TestProtocolScreen(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	page := c.page("/protocols/" + martaNumber)
	wantIn(t, page,
		"la tetera viene rota", `<a href="https://tienda.example/pedidos/4471" target="_blank" rel="noopener noreferrer nofollow">`,
		"Su pedido 4471 ya está en camino", // quoted, folded
		"rios.example responde por este remitente", "DKIM: signature of rios.example", "tetera.png", "factura.html",
		"Nota, solo para nosotros", "Reservada la azul", "Se envió al cliente el número", "enviado", "250 2.0.0",
		"De soporte@example.com para Marta Ríos &lt;marta@rios.example&gt;", oldNumber, "anterior a este",
		`sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"`, "images=1",
	)
	if desk.unread[martaNumber] != 0 {
		t.Error("who opened it has not read it")
	}
	// A script's fetch and a browser's fetch ahead are nobody's reading.
	for name, value := range map[string]string{"Sec-Fetch-Dest": "empty", "Sec-Purpose": "prefetch"} {
		desk.unread[martaNumber] = 2
		r := request(http.MethodGet, "/protocols/"+martaNumber)
		r.Header.Set(name, value)
		if w := c.do(r); w.Code != http.StatusOK || desk.unread[martaNumber] != 2 {
			t.Errorf("%s: %s marked it as read", name, value)
		}
	}
	if w := c.post("/protocols/"+martaNumber+"/read", nil); w.Code != http.StatusNoContent || desk.unread[martaNumber] != 0 {
		t.Errorf("marking as read answered %d", w.Code)
	}
}

func TestLongConversationsAreFolded(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	desk.protocols[martaNumber].Incoming = 0
	for range 8 {
		desk.add(martaNumber, &conversation.Message{Kind: conversation.KindIn, From: desk.protocols[martaNumber].Contact, Preview: "Una más", Auth: verifiedBy("rios.example")}, plain("Una más"))
	}
	desk.unread[martaNumber] = 1
	if n := strings.Count(c.page("/protocols/"+martaNumber), `class="fold"`); n != 12-openMessages {
		t.Errorf("%d of 12 messages are folded, want all but the newest %d", n, openMessages)
	}
	for range 3 {
		desk.add(martaNumber, &conversation.Message{Kind: conversation.KindEvent, Event: conversation.EventFinalized, From: conversation.ContactRef{Name: "Eve Hall"}}, "")
	}
	wantIn(t, c.page("/protocols/"+martaNumber), "3 sucesos", "Eve Hall finalizó el protocolo")
}

func TestRobustAgainstWhatHasNoWordYet(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	m := desk.entries[martaNumber][0]
	m.Flags = []conversation.Flag{"brand-new"}
	m.Auth.Verdict = "brand-new"
	wantIn(t, c.page("/protocols/"+martaNumber), "brand-new")
}

func TestHeld(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	id := desk.held[0].ID
	page := c.page("/held/" + id)
	wantIn(t, page, "Su cuenta será bloqueada", "lo desmiente y pide que no se acepte", "Confirme sus datos", "nothing aligns", "Se une al protocolo abierto")
	wantIn(t, c.page("/held/"+desk.held[1].ID), "jueves, 11 de febrero de 2027")
	if w := c.get("/held/" + id + "/accept"); w.Code == http.StatusOK || len(desk.held) != 3 {
		t.Errorf("GET accepted it: %d", w.Code)
	}
	w := c.post("/held/"+id+"/accept", nil)
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/protocols/20261123-000900#m-") {
		t.Errorf("accept answered %d, Location %q", w.Code, w.Header().Get("Location"))
	}
	second := desk.held[0].ID
	for range 2 { // the second click finds it gone
		if w := c.post("/held/"+second+"/discard", nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/held?done=discarded" {
			t.Errorf("discard answered %d, Location %q", w.Code, w.Header().Get("Location"))
		}
	}
	wantIn(t, c.page("/held?done=discarded"), "El correo se descartó", "No hay nada retenido")
	wantNotIn(t, c.page("/held?done=<b>x"), "<b>x")
}

func TestErrorsTellNothingInside(t *testing.T) {
	c, _ := loggedIn(t, "ana@example.com")
	r := httptest.NewRequest(http.MethodGet, "/nothing/here", nil)
	r.Header.Set("Accept-Language", "en") // the browser's; the agent has chosen Spanish
	wantIn(t, c.do(r).Body.String(), "Aquí no hay nada", "/inbox")
	in := newInbox(t, sampleDesk(), newFakeAgents(), nil)
	in.agents = brokenAgents{newFakeAgents()}
	broken := newClient(t, in)
	w := broken.get("/inbox")
	if w.Code != http.StatusInternalServerError {
		t.Errorf("a fault answered %d", w.Code)
	}
	wantIn(t, w.Body.String(), "Algo falló de nuestro lado")
	wantNotIn(t, w.Body.String(), "/var/lib/recado")
}

func TestNewRefusesBadOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"nothing":      {},
		"a bad URL":    {Desk: newFakeDesk(), Agents: newFakeAgents(), URL: "inbox.example.com"},
		"a path":       {Desk: newFakeDesk(), Agents: newFakeAgents(), URL: "https://example.com/inbox"},
		"no such word": {Desk: newFakeDesk(), Agents: newFakeAgents(), Language: "fr"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if in, err := New(Options{Desk: newFakeDesk(), Agents: newFakeAgents()}); err != nil || in.life != 12*time.Hour {
		t.Errorf("the least options: %v", err)
	}
}

// TestNameThatIsAnAddress: the verdict vouches for the address. A name that is another address would seem to be
// what it vouches for, most of all in lists, which show nothing but the name.
func TestNameThatIsAnAddress(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"Ana Ríos", "Ana Ríos"},
		{"", "ana@example.com"},
		{"Tienda @ Madrid", "Tienda @ Madrid"},
		{"ana@example.com", "ana@example.com"},
		{"boss@bank.example", "ana@example.com"},
		{"The boss (boss@bank.example)", "ana@example.com"},
		{"boss\uff20bank.example", "ana@example.com"},
	} {
		if got := displayName(conversation.ContactRef{Name: tt.name, Address: "ana@example.com"}); got != tt.want {
			t.Errorf("%q is shown as %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A long conversation is shown from its newest words on, with the way back.
func TestLongConversation(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	entries := desk.entries[martaNumber]
	for i := range 120 {
		note := *entries[0]
		note.ID, note.Kind, note.Seq, note.Text = fmt.Sprintf("long%04d", i), conversation.KindNote, uint64(1000+i), fmt.Sprintf("nota %d.", i)
		desk.entries[martaNumber] = append(desk.entries[martaNumber], &note)
	}
	page := c.page("/protocols/" + martaNumber + "?view=mine")
	wantIn(t, page, "nota 119.", "nota 70.", "Mensajes anteriores", `id="reply"`)
	wantNotIn(t, page, "nota 69.", "Ir a los más recientes")
	earlier := regexp.MustCompile(`href="(/protocols/[^"]*from=[^"]*)">Mensajes anteriores`).FindStringSubmatch(page)
	if earlier == nil || !strings.Contains(earlier[1], "view=mine") {
		t.Fatalf("no way back: %q", earlier)
	}
	wantIn(t, c.page(html.UnescapeString(earlier[1])), "nota 69.", "nota 119.")
}
