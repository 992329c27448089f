package test

import (
	"html"
	"net/url"
	"os"
	"strings"
	"testing"
)

// TestReasonsAreInTheAgentsLanguage: why something was not done, or the channel file not changed, is said in Spanish and in
// Portuguese, as the domain and the file's reader found it; the commands say it in English.
func TestReasonsAreInTheAgentsLanguage(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{channels: departments})
	p.agent("es@shop.test", "Elena", "--role", "admin", "--department", "care", "--department", "hr", "--language", "es")
	p.agent("pt@shop.test", "Paulo", "--role", "admin", "--department", "care", "--department", "hr", "--language", "pt")
	p.accept("ana@verified.test", []string{"care@shop.test"}, "From: ana@verified.test\r\nTo: care@shop.test\r\nSubject: A question\r\nMessage-ID: <1@verified.test>\r\n\r\nHello\r\n")
	number := p.one().Number
	speakers := map[string]*session{"es": p.session("es@shop.test"), "pt": p.session("pt@shop.test")}

	protocol, contact := "/protocols/"+number, "/contacts/ana@verified.test"
	for _, c := range []struct {
		name, path  string
		form        url.Values
		es, pt, raw string
	}{
		{"a tag that is too long", protocol + "/tags", url.Values{"tags": {strings.Repeat("x", 200)}}, "sin comas.", "sem vírgulas.", "is no tag"},
		{"to somebody unknown", protocol + "/assign", url.Values{"agent": {"nobody@shop.test"}},
			"nobody@shop.test no es un agente: elija uno de la lista.", "nobody@shop.test não é um atendente: escolha um da lista.", "is not an agent"},
		{"into itself", protocol + "/merge", url.Values{"into": {number}}, "Un protocolo no se puede unir consigo mismo.", "Um protocolo não pode ser unido a si mesmo.", "merged into itself"},
		{"nothing to undo", protocol + "/undo", nil, "El protocolo " + number + " no tiene ninguna separación ni unión que deshacer.",
			"O protocolo " + number + " não tem separação nem união para desfazer.", "no split or merge"},
		{"contact resumed while it is open", protocol + "/recontact", url.Values{"text": {"Hola"}, "subject": {"S"}},
			"El protocolo " + number + " está abierto: responda en él.", "O protocolo " + number + " está aberto: responda nele.", "is open"},
		{"the history to no address", protocol + "/history", url.Values{"other": {"nowhere"}},
			`"nowhere" no es una dirección de correo`, `"nowhere" não é um endereço de e-mail`, "is not an e-mail address"},
		{"linked to itself", contact + "/link", url.Values{"department": {"care"}, "other": {"ana@verified.test"}},
			"ana@verified.test es la propia dirección", "ana@verified.test é o próprio endereço", "the address itself"},
		{"an empty note", contact + "/notes", url.Values{"department": {"care"}}, "La nota está vacía.", "A nota está vazia.", "note is empty"},
		{"an answer without a title", "/settings/texts", url.Values{"text-es": {"Hola"}, "department": {"care"}}, "Falta el título", "Falta o título", "title is missing"},
		{"a variable that is none", "/settings/texts", url.Values{"title": {"T"}, "text-es": {"{{nome}}"}, "department": {"care"}, "do": {"try"}},
			"No existe la variable {{nome}}", "Não existe a variável {{nome}}", "no variable"},
		{"a misspelt variable", "/settings/texts/departments/care/acknowledgement", url.Values{"text": {"{nummer}"}, "do": {"save"}},
			"No existe la variable {nummer}", "Não existe a variável {nummer}", "no variable"},
		{"a token's name", "/settings/tokens", url.Values{"name": {strings.Repeat("x", 500)}, "role": {"admin"}, "key": {"01m8bvfvks4nxbw0cdhzsa10ra"}},
			"El nombre tiene caracteres que no se pueden mostrar o más de", "O nome tem caracteres que não podem ser mostrados ou mais de", "cannot be shown"},
		{"an address with a dot at its end", "/settings/channels", url.Values{"email": {"help.@shop.test"}, "department": {"care"}, "send": {"all"}},
			`email "help.@shop.test" no sirve: un punto delante de la @ debe estar entre otros dos caracteres; escríbala como "nombre@example.com".`,
			`email "help.@shop.test" não serve: um ponto antes do @ deve estar entre outros dois caracteres; escreva como "nome@example.com".`, "is not usable"},
		{"a department's only channel", "/settings/channels/delete", url.Values{"email": {"finance@shop.test"}, "send": {"all"}},
			"El departamento finance no tiene ningún canal; añada un canal que lleve al departamento", "O departamento finance não tem nenhum canal; adicione um canal", "has no channel"},
		{"a wall while protocols are open", "/settings/departments/care/isolated", url.Values{"isolated": {"true"}},
			"El departamento care no se puede aislar mientras estén abiertos estos protocolos: " + number + ". Finalícelos o transfiéralos antes.",
			"O departamento care não pode ser isolado enquanto estes protocolos estiverem abertos: " + number + ". Encerre ou transfira antes.", "isolated cannot become"},
		{"channels lead to it", "/settings/departments/finance/delete", nil,
			"El departamento finance no se puede quitar mientras haya canales que lleven a él: finance@shop.test; diga a qué departamento pasan",
			"O departamento finance não pode ser removido enquanto houver canais que levem a ele: finance@shop.test; diga para qual departamento vão", "cannot be removed"},
		{"a domain in use", "/settings/domains/shop.test/delete", nil, "Hay canales que todavía usan shop.test: care@shop.test",
			"Há canais que ainda usam shop.test: care@shop.test", "still used by"},
		{"a postmaster that does not receive", "/settings/domains/shop.test", url.Values{"postmaster": {"closed@shop.test"}},
			"Postmaster lleva a closed@shop.test, que está inactivo; indique un canal activo que reciba.", "Postmaster leva a closed@shop.test, que está inativo; indique um canal ativo que receba.", "leads to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for language, want := range map[string]string{"es": c.es, "pt": c.pt} {
				status, page := speakers[language].post(c.path, c.form)
				page = html.UnescapeString(page)
				if status < 400 || !strings.Contains(page, want) || strings.Contains(page, c.raw) {
					t.Errorf("in %s: %d without %q, or with %q\n%.20000s", language, status, want, c.raw, page)
				}
			}
		})
	}

	t.Run("of many, one", func(t *testing.T) { // which is kept, and told of on another page
		p.agent("gone@shop.test", "Gone", "--department", "care")
		p.mustRun("agent", "disable", "gone@shop.test")
		for language, want := range map[string][2]string{
			"es": {"01m8bvfvks4nxbw0cdhzsa10rb", "gone@shop.test está desactivado: elija otro agente."},
			"pt": {"01m8bvfvks4nxbw0cdhzsa10rc", "gone@shop.test está desativado: escolha outro atendente."},
		} {
			_, page := speakers[language].post("/protocols/many", url.Values{"key": {want[0]}, "do": {"assign"}, "agent": {"gone@shop.test"}, "number": {number + "/1"}})
			if !strings.Contains(page, want[1]) || strings.Contains(page, "is disabled") {
				t.Errorf("in %s: no %q in\n%.5000s", language, want[1], page)
			}
		}
	})

	t.Run("a file with a mistake", func(t *testing.T) {
		text, err := os.ReadFile(p.file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p.file, append(text, "\n[[chanel]]\nemail = \"x@shop.test\"\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
		for language, want := range map[string]string{"es": "[[chanel]] no se conoce aquí; ¿quiso decir [[channel]]?", "pt": "[[chanel]] não é conhecido aqui; quis dizer [[channel]]?"} {
			eventually(t, "the banner in "+language, func() bool {
				_, page := speakers[language].get("/inbox")
				return strings.Contains(html.UnescapeString(page), want)
			})
		}
		if _, errs, status := p.run("channel", "disable", "care@shop.test"); status == 0 || !strings.Contains(errs, "[[chanel]] is not known here; did you mean [[channel]]?") {
			t.Errorf("the command: %d %q", status, errs)
		}
	})
}
