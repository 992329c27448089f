package test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/internal/api"
)

// searcher asks one face of the product. It returns the numbers that were found, and what was said where the search was refused.
type searcher struct {
	name string
	ask  func(q string) (numbers []string, refused string)
}

func (m *matrix) searchers() []searcher {
	return []searcher{
		{"command", func(q string) ([]string, string) {
			out, errs, status := m.run("protocol", "list", "--json", "--limit", "500", "--q", q)
			if status != 0 {
				return nil, fmt.Sprintf("%d %s", status, errs)
			}
			return numbersOf(m.t, out), ""
		}},
		{"API", func(q string) ([]string, string) {
			status, body := m.searchAs(m.tokens["admin"], q, 500)
			if status != http.StatusOK {
				return nil, fmt.Sprintf("%d %s", status, body)
			}
			return numbersOf(m.t, body), ""
		}},
		{"inbox", func(q string) ([]string, string) {
			r := row{route: "GET /search", query: "q=" + url.QueryEscape(q)}
			status, _, body, _ := m.ask(inboxFace(m.t), r, nil, "admin")
			var numbers []string
			for _, part := range strings.Split(body, `id="p-`)[1:] {
				number, _, _ := strings.Cut(part, `"`)
				numbers = append(numbers, number)
			}
			if status != http.StatusOK || strings.Contains(body, "cannot be read") {
				return numbers, fmt.Sprintf("%d %s", status, body)
			}
			return numbers, ""
		}},
	}
}

// searchAs asks the API with a token.
func (m *matrix) searchAs(token, q string, limit int) (status int, body string) {
	m.t.Helper()
	r, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://%s%s/protocols?limit=%d&q=%s", m.inbox, api.Prefix, limit, url.QueryEscape(q)), nil)
	if err != nil {
		m.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := noRedirect.Do(r)
	if err != nil {
		m.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

func numbersOf(t *testing.T, body string) []string {
	t.Helper()
	var l list[protocolDoc]
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var numbers []string
	for _, p := range l.Items {
		numbers = append(numbers, p.Number)
	}
	return numbers
}

// opened sends a mail to a department and returns the number of the protocol that it opens.
func (m *matrix) opened(from, department, subject, text, file string) string {
	m.t.Helper()
	m.serial++
	raw := fmt.Sprintf("From: %s\nTo: %s@shop.test\nSubject: %s\nMessage-ID: <%d@search.test>\nMIME-Version: 1.0\n", from, department, subject, m.serial)
	if file == "" {
		raw += "Content-Type: text/plain; charset=utf-8\n\n" + text + "\n"
	} else {
		raw += "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n" + text +
			"\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"" + file + "\"\n\n%PDF\n--b--\n"
	}
	address := from[strings.Index(from, "<")+1 : len(from)-1]
	m.accept(address, []string{department + "@shop.test"}, raw)
	return m.first("/protocols?contact=" + address)["number"].(string)
}

// TestSearchOperators asks each operator by command, by the API and in the inbox.
func TestSearchOperators(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	number := map[string]string{
		"cup":    m.opened("=?utf-8?q?=C3=8D=C3=B1igo_Pe=C3=B1a?= <inigo@verified.test>", ours, "=?utf-8?q?Devoluci=C3=B3n?=", "Las tazas de gres llegaron ROTAS.", "factura-julio 7.pdf"),
		"tea":    m.opened("Ana <joao@plain.test>", ours, "Pergunta", "A chaleira ágata está disponível?", ""),
		"pot":    m.opened("Bea <bea@verified.test>", others, "Invoice", "The kettle is wrong.", ""),
		"secret": m.opened("Eva <eva@verified.test>", isolated, "Salary", "tazas kettle rotas", "factura-julio 8.pdf"),
	}
	m.make("/protocols/"+number["tea"]+"/notes", map[string]string{"text": "Preguntar al almacén de Málaga"})
	m.make("/protocols/"+number["tea"]+"/assign", map[string]string{"agent": "agent@shop.test"})
	m.make("/protocols/"+number["pot"]+"/finalize", struct{}{})
	m.make("/protocols/"+number["cup"]+"/replies", map[string]string{"text": "Enviamos otras sin coste"})
	later, before := time.Now().AddDate(0, 0, 2).Format(time.DateOnly), time.Now().AddDate(0, 0, -2).Format(time.DateOnly)
	for _, c := range []struct {
		query, want string
		walled      bool // the operator, who sees everything, finds secret too
	}{
		{"tazas", "cup", true}, {"TÁZAS rotas", "cup", true}, {"devolucion", "cup", false}, {"chal agata", "tea", false}, {`"gres llegaron"`, "cup", false}, {`"llegaron gres"`, "", false},
		{"tazas kettle", "", true}, {"nowhere", "", false}, {"coste", "cup", false}, {"malaga", "tea", false}, {"factura julio", "cup", true}, {"factura-julio", "cup", true},
		{"from:inigo", "cup", false}, {"from:plain.test", "tea", false}, {"FROM:pena", "cup", false}, {"to:sales@shop.test", "pot", false}, {"to:inigo@verified.test", "cup", false},
		{"subject:invoice", "pot", false}, {"subject:kettle", "", false}, {"number:" + number["tea"], "tea", false}, {number["pot"], "pot", false}, {number["secret"], "", true},
		{"number:" + number["secret"], "", true}, {"bea@verified.test", "pot", false}, {"eva@verified.test", "", true},
		{"department:sales", "pot", false}, {"department:sales kettle", "pot", false}, {"agent:agent", "tea", false}, {"agent:agent@shop.test", "tea", false}, {"agent:none tazas", "cup", true},
		{"status:finalized", "pot", false}, {"status:open kettle", "", true}, {"after:" + before + " kettle", "pot", true}, {"after:" + later, "", false}, {"before:" + before, "", false},
		{"before:" + later + " subject:invoice", "pot", false}, {"has:attachment", "cup", true}, {"has:attachment chaleira", "", false},
		{`has:attachment from:inigo to:care subject:devol status:open agent:none department:care after:` + before + ` before:` + later + ` "las tazas"`, "cup", false},
	} {
		for _, s := range m.searchers() {
			var want []string
			if c.want != "" {
				want = append(want, number[c.want])
			}
			if c.walled && s.name == "command" {
				want = append(want, number["secret"])
			}
			got, refused := s.ask(c.query)
			slices.Sort(got)
			slices.Sort(want)
			if refused != "" || !slices.Equal(got, want) {
				t.Errorf("%s, %q: %v %.300s, want %v", s.name, c.query, got, refused, want)
			}
		}
	}
	for query, says := range map[string]string{
		"from: ana": "from:ana", "has:wings": "has:attachment", "status:gone": "status:finalized", "before:yesterday": "before:2026-11-23", "after:2026-02-30": "after:2026-11-23",
		"department:nothing": "care, sales", "department:walled": "care, sales", `""`: "nothing", strings.Repeat("a ", 21): "too many words|more than 20 words", strings.Repeat("word ", 101): "fewer words",
	} {
		for _, s := range m.searchers() {
			if s.name == "command" && query == "department:walled" { // which the operator sees
				continue
			}
			got, refused := s.ask(query)
			if len(got) > 0 || !slices.ContainsFunc(strings.Split(says, "|"), func(w string) bool { return strings.Contains(refused, w) }) ||
				s.name == "command" && !strings.HasPrefix(refused, "2 ") || s.name == "API" && !strings.HasPrefix(refused, "400 ") {
				t.Errorf("%s, %q: found %v, refused with %.400s, want that it says %q", s.name, query, got, refused, says)
			}
			if s.name != "command" && query == "department:nothing" && strings.Contains(refused, isolated) {
				t.Errorf("%s names the isolated department: %s", s.name, refused)
			}
		}
	}
}

// TestSearchWalls: what one may find moves with a transfer at once, and what lies behind a wall changes no octet of an answer.
func TestSearchWalls(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	token := func(department string) string {
		return m.make("/tokens", map[string]any{"name": department, "role": "agent", "departments": []string{department}})["token"].(string)
	}
	seller, walled := token(others), token(isolated)
	finds := func(when, token, q string, want ...string) {
		t.Helper()
		status, body := m.searchAs(token, q, 500)
		if got := numbersOf(t, body); status != http.StatusOK || !slices.Equal(got, want) {
			t.Errorf("%s, %q: %d %v, want %v", when, q, status, got, want)
		}
	}
	cup := m.opened("Ana <ana@verified.test>", ours, "Cup", "porcelain", "")
	before := map[int]string{}
	for _, limit := range []int{1, 2, 500} {
		_, before[limit] = m.searchAs(m.tokens["agent"], "porcelain", limit)
	}
	for i := range 3 {
		m.opened(fmt.Sprintf("Eva <eva%d@verified.test>", i), isolated, "Salary", "porcelain", "")
		m.opened(fmt.Sprintf("Bea <bea%d@verified.test>", i), others, "Kettle", "porcelain", "")
	}
	finds("behind the wall", walled, "from:eva0 porcelain", m.first("/protocols?contact=eva0@verified.test")["number"].(string)) // it is in
	for limit, want := range before {
		if _, got := m.searchAs(m.tokens["agent"], "porcelain", limit); got != want {
			t.Errorf("with %d a page, what others have shows:\n%s\nwant\n%s", limit, got, want)
		}
	}

	finds("before the transfer", seller, "from:ana porcelain")
	m.make("/protocols/"+cup+"/transfer", map[string]string{"department": others})
	finds("after the transfer", seller, "from:ana porcelain", cup)
	finds("who gave it away sees it still", m.tokens["agent"], "porcelain", cup)
	m.make("/protocols/"+cup+"/transfer", map[string]string{"department": isolated})
	finds("taken behind the wall", walled, "from:ana porcelain", cup)
	for _, role := range roles {
		finds("taken behind the wall, "+role, m.tokens[role], "from:ana porcelain")
		finds("its number, "+role, m.tokens[role], cup)
		finds("its customer, "+role, m.tokens[role], "ana@verified.test")
	}
	finds("taken behind the wall, sales", seller, "from:ana porcelain")
	m.make("/protocols/"+cup+"/notes", map[string]string{"text": "confidential"})
	finds("a note there", walled, "confidential", cup)
	m.make("/protocols/"+cup+"/transfer", map[string]string{"department": ours})
	finds("back again", m.tokens["agent"], "porcelain", cup)
	finds("what was said there", m.tokens["agent"], "confidential")
}
