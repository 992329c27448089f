package inbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"recado/conversation"
)

const martaContact = "/contacts/marta@rios.example"

// TestPerson: what is said of a contact is asked for the agent's side, shown again, and told beside the protocol.
func TestPerson(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	page := c.page(martaContact)
	wantIn(t, page, `action="/contacts/marta@rios.example/name"`, `action="/contacts/marta@rios.example/block"`, "no abre ni se suma a ningún protocolo")
	wantNotIn(t, page, "Lo ven todos", `class="sign failed"`, "text-button\">Borrar")
	for _, step := range []struct {
		verb  string
		pairs []string
	}{
		{"name", []string{"name", "Marta <Jefa>"}}, {"link", []string{"other", "m@work.example"}}, {"notes", []string{"text", "Llama los <lunes>."}}, {"block", []string{"reason", "amenazas"}},
	} {
		w := c.post(martaContact+"/"+step.verb, with(c.form(c.page(martaContact), "/"+step.verb), step.pairs...))
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != martaContact+"#person" {
			t.Errorf("%s answered %d to %q", step.verb, w.Code, w.Header().Get("Location"))
		}
	}
	wantIn(t, c.page(martaContact), `<h1 dir="auto">Marta &lt;Jefa&gt;</h1>`, "en los correos: Marta Ríos", `<a href="/contacts/m@work.example">`, "Llama los &lt;lunes&gt;.",
		"amenazas", "El correo de marta@rios.example espera", "/unblock", "dio el nombre Marta &lt;Jefa&gt;", "text-button\">Borrar")
	wantIn(t, c.page("/contacts?blocked=1"), "Marta &lt;Jefa&gt;", "m@work.example", "1 nota", "bloqueado")
	wantIn(t, c.page(martaPath), `<h2 class="contact" dir="auto">Marta &lt;Jefa&gt;</h2>`, "en los correos: Marta Ríos", "bloqueado", `<a href="/contacts/marta@rios.example#person">1 nota</a>`, "1 dirección más")
	for _, list := range []string{"/inbox", "/search?q=pedido", martaPath} {
		wantIn(t, c.page(list), `<span class="who" dir="auto">Marta &lt;Jefa&gt;</span>`)
	}
	// It is ours: the form names whom the mail goes to, and the mails go on to say what they said.
	wantIn(t, c.page(martaPath), `name="to" value="marta@rios.example"`, `<span class="who" dir="auto">Marta Ríos</span>`)
	for _, verb := range []string{"unblock", "unlink", "notes/" + "00000000000000000000000001" + "/delete"} {
		form := c.form(c.page(martaContact), "/"+verb)
		if w := c.post(martaContact+"/"+verb, form); w.Code != http.StatusSeeOther {
			t.Errorf("%s answered %d", verb, w.Code)
		}
	}
	want := []string{
		"name marta@rios.example care Marta <Jefa>", "link marta@rios.example care +[m@work.example] -[]", "note marta@rios.example care Llama los <lunes>.",
		"block marta@rios.example care amenazas", "unblock marta@rios.example care", "link marta@rios.example care +[] -[m@work.example]",
		"delete marta@rios.example 00000000000000000000000001",
	}
	if !slices.Equal(desk.moves, want) {
		t.Errorf("asked %q\nwant  %q", desk.moves, want)
	}
}

// TestPersonTyped: what cannot be said is told on the page, with what was typed.
func TestPersonTyped(t *testing.T) {
	c, _ := loggedIn(t, "ana@example.com")
	for verb, typed := range map[string]url.Values{"notes": {"text": {"nada <x>"}}, "block": {"reason": {"nada <x>"}}} {
		form := c.form(c.page(martaContact), "/"+verb)
		for k, v := range typed {
			form[k] = v
		}
		w := c.post(martaContact+"/"+verb, form)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s answered %d", verb, w.Code)
		}
		wantIn(t, w.Body.String(), "Usted no es de ningún departamento que tenga contactos.", "nada &lt;x&gt;")
	}
	if w := c.post("/contacts/nonsense/block", url.Values{}); w.Code != http.StatusNotFound && w.Code != http.StatusSeeOther {
		t.Errorf("what is no address answered %d", w.Code)
	}
}

// TestPersonNotes: a page shows the newest notes until all are asked for; only who may delete one is offered to.
func TestPersonNotes(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	side := &conversation.ContactSide{Contact: conversation.Contact{Key: "marta@rios.example", Address: "marta@rios.example"}}
	for range 25 {
		side.Notes = append(side.Notes, &conversation.ContactNote{ID: "00000000000000000000000009", Text: "Nota.", Author: conversation.Author{Token: "t", By: "CRM"}})
	}
	desk.people = map[string]*conversation.ContactSide{"marta@rios.example": side}
	for path, want := range map[string]int{martaContact: 20, martaContact + "?notes=all": 25} {
		page := c.page(path)
		if n := strings.Count(page, `class="note-about"`); n != want {
			t.Errorf("%s shows %d notes, want %d", path, n, want)
		}
		wantIn(t, page, "CRM (program)")
		wantNotIn(t, page, "/delete\"")
	}
	wantIn(t, c.page(martaContact), `href="/contacts/marta@rios.example?notes=all#person"`)
}

// TestPersonFoldsASilentSide: who sees several sides has the forms of those that say something; the others are a line.
func TestPersonFoldsASilentSide(t *testing.T) {
	desk, agents := sampleDesk(), newFakeAgents()
	agents.agents["eve@example.com"].Departments = []string{"care", "hr"}
	c := newClient(t, newInbox(t, desk, agents, nil))
	c.login("eve@example.com")
	page := c.page(martaContact)
	wantIn(t, page, `<details class="side-folded" id="folded-hr"><summary>`, "Nothing said yet", `id="name-all"`, `id="name-hr"`)
	wantNotIn(t, page, `id="folded-all"`)
	if n := strings.Count(page, `id="side-hr"`); n != 1 {
		t.Errorf("the title of a side is there %d times", n)
	}
	desk.people = map[string]*conversation.ContactSide{"marta@rios.example": {
		Contact: conversation.Contact{Key: "marta@rios.example", Address: "marta@rios.example", Department: "hr"}, Given: &conversation.Naming{Name: "Marta"},
	}}
	page = c.page(martaContact)
	wantIn(t, page, `id="folded-all"`)
	wantNotIn(t, page, `id="folded-hr"`)
	form := with(c.form(page, "/notes"), "text", "nada", "department", "care")
	w := c.post(martaContact+"/notes", form)
	wantIn(t, w.Body.String(), "nada</textarea>")
	wantNotIn(t, w.Body.String(), `class="side-folded"`)
}
