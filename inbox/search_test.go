package inbox

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"recado/conversation"
	"recado/internal/say"
)

func TestSearchPage(t *testing.T) {
	desk := newFakeDesk()
	desk.open("20261123-000001", "care", "Hola", conversation.ContactRef{Address: "ana@customer.example"}).Preview = "La tetera <b>llegó</b> rota " + hostile
	desk.open("20261123-000002", "care", "Otra cosa", conversation.ContactRef{Address: "bea@customer.example"})
	c := newClient(t, newInbox(t, desk, newFakeAgents(), nil))
	c.login("ana@example.com")

	page := c.page("/search?q=llego+script")
	wantIn(t, page, `id="p-20261123-000001"`, `La tetera &lt;b&gt;<mark>llegó</mark>&lt;/b&gt; rota`, `&lt;<mark>script</mark>&gt;`,
		`name="q" class="filter" value="llego script"`, `href="/protocols/20261123-000001?q=llego&#43;script&amp;view=search"`)
	wantNotIn(t, page, "<script>alert", `id="p-20261123-000002"`)
	// The results stay beside the protocol that was opened from them.
	wantIn(t, c.page("/protocols/20261123-000001?q=llego&view=search"), `<mark>llegó</mark>`, `href="/search?q=llego" data-leave`)

	wantIn(t, c.page("/search?q=cosa"), `</span><span>Búsqueda</span></button>`) // the button of a phone says where one is
	wantIn(t, c.page("/search?q=cosa"), `<span class="subject">Otra <mark>cosa</mark></span>`)

	for path, want := range map[string]string{
		"/search":                                   "Qué se puede buscar",
		"/search?q=nada":                            "No se encontró nada",
		"/search?q=has:wings":                       "has:wings no existe: escriba has:attachment.",
		"/search?q=%22%22":                          "No hay en ella nada que buscar. Palabras,",
		"/search?q=from:+ana":                       "A from: no le sigue nada: escríbalo sin espacio, como from:ana.",
		"/search?q=status:gone":                     "escriba status:open o status:finalized.",
		"/search?q=after:23/11/2026":                "after:23/11/2026 no es un día: escríbalo como after:2026-11-23.",
		"/search?q=%ff%fe":                          "Contiene algo que no es texto.",
		"/search?q=" + strings.Repeat("a+", 21):     "Tiene demasiadas palabras",
		"/search?q=" + strings.Repeat("word+", 101): "Es demasiado larga",
		"/search?q=%22%3E%3Cscript%3E.":             `value="&#34;&gt;&lt;script&gt;."`,
	} {
		wantIn(t, c.page(path), want)
	}
	desk.searchIndex = conversation.Progress{Building: true, Done: 2, Total: 5}
	wantIn(t, c.page("/search?q=llego"), "construyendo: 40 %")
	desk.searchIndex.Fault = errors.New("/var/lib/recado/search.db: database or disk is full")
	page = c.page("/search?q=llego")
	wantIn(t, page, "no avanza", `id="p-20261123-000001"`)
	wantNotIn(t, page, "/var/lib", "construyendo")
	for err, want := range map[error]string{
		conversation.ErrNoIndex: "Ahora no se puede buscar por palabras",
		fmt.Errorf("%w: /var/lib/recado", conversation.ErrIndexFault):                   "El índice de búsqueda no se puede leer",
		conversation.ErrSearchSlow:                                                      "La búsqueda tardaba demasiado",
		&conversation.Error{Code: conversation.CodeTooMany, Sentence: say.Of("8 of 8")}: "Hay búsquedas suyas sin responder",
	} {
		desk.searchError = err
		page := c.page("/search?q=llego")
		wantIn(t, page, want, `value="llego"`)
		wantNotIn(t, page, "/var/lib")
	}
}
