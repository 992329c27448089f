package inbox

import (
	"testing"

	"recado/conversation"
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
		"/search":                       "Qué se puede buscar",
		"/search?q=nada":                "No se encontró nada",
		"/search?q=has:wings":           "Esta búsqueda no se entiende",
		"/search?q=%22%3E%3Cscript%3E.": `value="&#34;&gt;&lt;script&gt;."`,
	} {
		wantIn(t, c.page(path), want)
	}
	desk.searchIndex = conversation.Progress{Building: true, Done: 2, Total: 5}
	wantIn(t, c.page("/search?q=llego"), "construyendo: 40 %")
}
