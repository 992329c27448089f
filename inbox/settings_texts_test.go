package inbox

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"recado/conversation"
	"recado/internal/say"
)

func (d *fakeDesk) CannedAnswers(_ context.Context, a conversation.Actor, _ conversation.Page) ([]*conversation.CannedAnswer, string, error) {
	var out []*conversation.CannedAnswer
	for _, c := range d.canned {
		if c.Department == "" || a.Sees(d.dir, c.Department) {
			out = append(out, c)
		}
	}
	return out, "", nil
}

func (d *fakeDesk) CannedAnswer(_ context.Context, a conversation.Actor, id string) (*conversation.CannedAnswer, error) {
	for _, c := range d.canned {
		if c.ID == id && (c.Department == "" || a.Sees(d.dir, c.Department)) {
			return c, nil
		}
	}
	return nil, notFound("canned answer")
}

func (d *fakeDesk) PreviewCanned(_ conversation.Actor, _, language, text string) (string, error) {
	if strings.Contains(text, "{{x}}") {
		return "", &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("there is no variable {{%s}}: there are %s", "x", "{{number}}")}
	}
	return language + " says " + text, nil
}

func (d *fakeDesk) AddCanned(_ context.Context, in conversation.Intent, e conversation.CannedEdit) (*conversation.CannedAnswer, error) {
	if *e.Title == "" {
		return nil, &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("the title is missing: it is what agents choose the answer by")}
	}
	return d.addCanned(*e.Title, *e.Department, e.Texts), nil
}

func (d *fakeDesk) SetCanned(ctx context.Context, in conversation.Intent, id string, e conversation.CannedEdit) (*conversation.CannedAnswer, error) {
	c, err := d.CannedAnswer(ctx, in.Actor, id)
	switch {
	case err != nil:
		return nil, err
	case !in.Actor.MayEditCanned(d.dir, c.Department):
		return nil, &conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("only a supervisor")}
	case *in.IfMatch != c.Version:
		return nil, &conversation.Error{Code: conversation.CodeChanged, Sentence: say.Of("changed")}
	}
	c.Title, c.Department, c.Texts, c.Version = *e.Title, *e.Department, e.Texts, c.Version+1
	return c, nil
}

func (d *fakeDesk) RemoveCanned(ctx context.Context, in conversation.Intent, id string) (*conversation.CannedAnswer, error) {
	c, err := d.CannedAnswer(ctx, in.Actor, id)
	if err == nil {
		d.canned = slices.DeleteFunc(d.canned, func(o *conversation.CannedAnswer) bool { return o == c })
	}
	return c, err
}

// supervising is a client of a supervisor's.
func supervising(t *testing.T) (*client, *fakeDesk) {
	t.Helper()
	desk, agents := sampleDesk(), newFakeAgents()
	agents.agents["ana@example.com"].Role = conversation.RoleSupervisor
	c := newClient(t, newInbox(t, desk, agents, nil))
	c.login("ana@example.com")
	return c, desk
}

func TestTextsAreWritten(t *testing.T) {
	c, desk := supervising(t)
	wantIn(t, c.page("/settings/texts"), "Aún no hay respuestas preparadas", "/settings/texts/new")
	page := c.page("/settings/texts/new")
	wantIn(t, page, "{{contact.first_name}}", `<option value="care">Atención al cliente</option>`)
	wantNotIn(t, page, ">De todos</option>", "Personas") // only an admin writes everybody's
	form := with(c.form(page, "/settings/texts"), "title", "Devolución <1>", "department", "care", "text-es", "Hola\r\n{{number}}", "text-pt", "", "text-en", "")

	tried := c.post("/settings/texts", with(form, "do", "try"))
	wantIn(t, tried.Body.String(), "es says Hola\n{{number}}", `value="Devolución &lt;1&gt;"`)
	tried = c.post("/settings/texts", with(form, "do", "try", "text-es", "{{x}}"))
	if tried.Code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown variable answered %d", tried.Code)
	}
	wantIn(t, tried.Body.String(), "No existe la variable {{x}}: hay estas: {{number}}.", ">{{x}}</textarea>")
	wantIn(t, c.post("/settings/texts", with(form, "title", "")).Body.String(), "Falta el título: por él se elige la respuesta.", "Hola\n{{number}}</textarea>")
	if len(desk.canned) != 0 {
		t.Fatalf("it was saved: %+v", desk.canned)
	}
	if w := c.post("/settings/texts", form); w.Header().Get("Location") != "/settings/texts?done=saved" || len(desk.canned) != 1 {
		t.Fatalf("led to %q, %d saved", w.Header().Get("Location"), len(desk.canned))
	}
	saved := desk.canned[0]
	wantIn(t, c.page("/settings/texts?done=saved"), "La respuesta se guardó.", "Devolución &lt;1&gt;", "Atención al cliente")

	one := "/settings/texts/" + saved.ID
	form = with(c.form(c.page(one), one), "title", "Devolución", "department", "sales", "text-es", "Hola")
	if w := c.post(one, form); w.Code != http.StatusSeeOther || saved.Department != "sales" || saved.Version != 2 {
		t.Errorf("changed: %d, %+v", w.Code, saved)
	}
	stopped := c.post(one, with(form, "text-es", "Otra"))
	if stopped.Code != http.StatusConflict {
		t.Errorf("over another's change: %d", stopped.Code)
	}
	wantIn(t, stopped.Body.String(), "Alguien la cambió entretanto", ">Otra</textarea>", `name="version" value="2"`)
	for range 2 { // the second click
		if w := c.post(one+"/delete", url.Values{}); w.Header().Get("Location") != "/settings/texts?done=removed" {
			t.Errorf("deleted: %d %s", w.Code, w.Body)
		}
	}
	if c.get(one).Code != http.StatusNotFound {
		t.Error("it is still there")
	}
}

func TestTextsOfOthersAreRead(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	hello := desk.addCanned("Saludo", "", map[string]string{"es": "Hola"})
	secret := desk.addCanned("Secreto", "hr", map[string]string{"es": "Nada"})
	page := c.page("/settings/texts")
	wantIn(t, page, "Saludo", "De todos")
	wantNotIn(t, page, "Secreto", "/settings/texts/new")
	page = c.page("/settings/texts/" + hello.ID)
	wantIn(t, page, ">Hola</div>", "La cambian los supervisores")
	wantNotIn(t, page, "<textarea", "/delete")
	for path, want := range map[string]int{"/settings/texts/new": http.StatusForbidden, "/settings/texts/" + secret.ID: http.StatusNotFound} {
		if w := c.get(path); w.Code != want {
			t.Errorf("%s answered %d", path, w.Code)
		}
	}
	if w := c.post("/settings/texts/"+hello.ID, url.Values{"title": {"x"}, "version": {"1"}}); w.Code != http.StatusForbidden {
		t.Errorf("an agent changed it: %d", w.Code)
	}
}

func TestSettingsNavigation(t *testing.T) {
	c, _ := loggedIn(t, "ana@example.com")
	if w := c.get("/settings"); w.Header().Get("Location") != "/settings/texts" {
		t.Errorf("an agent is led to %q", w.Header().Get("Location"))
	}
	page := c.page("/settings/you")
	wantIn(t, page, `<a href="/settings/you" aria-current="page">Usted</a>`, `<a href="/settings/texts">Textos</a>`)
	wantIn(t, page, `popovertarget="settings-menu"><span class="quiet-only">Ajustes: </span>Usted</button>`)
	wantNotIn(t, page, `href="/settings/tokens"`, `href="/settings/channels"`)
}

func TestYou(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	desk.dir.Department("care").Signature = "Tienda"
	form := with(c.form(c.page("/settings/you"), "/settings/you"), "name", "Ana N.", "signature", "Ana\r\nMesa <3>", "language", "en")
	if w := c.post("/settings/you", form); w.Header().Get("Location") != "/settings/you?done=saved" {
		t.Fatalf("answered %d", w.Code)
	}
	page := c.page("/settings/you?done=saved")
	wantIn(t, page, "It was saved.", `value="Ana N."`, "Ana\nMesa &lt;3&gt;</textarea>", "20261123-000042", "\nAna\nMesa &lt;3&gt;\nTienda</div>")
	w := c.post("/settings/you", with(form, "name", "", "signature", "Se queda"))
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %d", w.Code)
	}
	wantIn(t, w.Body.String(), "The name is missing.", ">Se queda</textarea>")
}
