package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"recado/conversation"
	"recado/inbox"
	"recado/internal/api"
)

// Who may do what: every route of the API and of the inbox, asked by each role about a department of its ours, a
// foreign and an isolated one. The rows are in matrix_api_test.go and matrix_inbox_test.go; docs/api.md tells how
// to write one. Whatever a row expects: no answer may hold anything of a department that the asker does not see,
// a session opens no API and a token opens no page.

// The departments of the matrix. The agent, the supervisor and the admin who ask are all of the first alone.
const (
	ours     = "care"
	others   = "sales"
	isolated = "walled"
)

const matrixFile = `
[[domain]]
name = "shop.test"
postmaster = "care@shop.test"
[[department]]
id = "care"
acknowledge = false
[[department]]
id = "sales"
acknowledge = false
[[department]]
id = "walled"
isolated = true
acknowledge = false
[[channel]]
email = "care@shop.test"
department = "care"
[[channel]]
email = "sales@shop.test"
department = "sales"
[[department]]
id = "spare"
acknowledge = false
[[channel]]
email = "spare@shop.test"
department = "spare"
[[channel]]
email = "walled@shop.test"
department = "walled"
`

var roles = []string{"agent", "supervisor", "admin"}

// row is one route. Names in braces, in route, query and body, are what the fixture named by on has.
type row struct {
	route  string // as the route table has it
	on     string // what is made anew for each cell that may change it, see fixtures; "": department alone
	query  string
	body   string // JSON for the API, a form (a=b&c=d) for the inbox
	want   want
	shows  bool // the answer must name something of the department, where the asker sees it
	names  bool // it names every department, an isolated one too
	shared bool // of ordinary departments everybody may know it
	open   int  // the status without credentials, where it is not a refusal
}

// want is the status that a role gets about a department.
type want func(role, department string) int

func sees(role, department string) bool {
	return department == ours || department == others && role == "admin"
}

// seen is for what belongs to a department: who does not see it is told that it does not exist.
func seen(status int) want {
	return func(role, department string) int {
		if sees(role, department) {
			return status
		}
		return http.StatusNotFound
	}
}

// anyone is for what everybody who is let in may do; what is in the answer is narrowed, see row.shows.
func anyone(status int) want { return func(string, string) int { return status } }

// admins is for what only an admin may do, whatever the department.
func admins(status int) want { return admin(anyone(status)) }

// admin narrows another expectation to admins.
func admin(w want) want {
	return func(role, department string) int {
		if role != "admin" {
			return http.StatusForbidden
		}
		return w(role, department)
	}
}

// gone is for what removes: what is not there any more was removed, by the first of two clicks. What one
// does not see is as much not there.
func gone(w want) want {
	return func(role, department string) int {
		if status := w(role, department); status != http.StatusNotFound {
			return status
		}
		return http.StatusSeeOther
	}
}

// settles narrows another expectation to supervisors and admins, as far as a department's own agent is told.
func settles(w want) want {
	return func(role, department string) int {
		if status := w(role, department); role != "agent" || status >= 400 {
			return status
		}
		return http.StatusForbidden
	}
}

// leads narrows another expectation to supervisors and admins, whatever the department.
func leads(w want) want {
	return func(role, department string) int {
		if role == "agent" {
			return http.StatusForbidden
		}
		return w(role, department)
	}
}

// by is the status in a department of one's own, a foreign one and an isolated one, for everybody but an
// admin, and an admin's in a foreign one.
func by(mine, theirs, walled, adminTheirs int) want {
	return func(role, department string) int {
		switch {
		case department == ours:
			return mine
		case department == isolated:
			return walled
		case role == "admin":
			return adminTheirs
		}
		return theirs
	}
}

// matrix is the product with who asks.
type matrix struct {
	*product
	tokens, cookies map[string]string // by role
	local           *http.Client      // over the socket
	serial          int
	kept            map[string]map[string]string // fixtures that nobody may change, by kind and department
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	m := &matrix{
		product: newProduct(t, settings{channels: matrixFile, limits: "mails_per_hour = 0\nconnections_per_address = 0", undo: "1m", address: "127.0.0.1:1"}),
		tokens:  map[string]string{}, cookies: map[string]string{}, kept: map[string]map[string]string{},
	}
	m.local = m.socket()
	for _, role := range roles {
		const password = "correct horse battery"
		m.make("/agents", map[string]any{"email": role + "@shop.test", "name": role, "role": role, "departments": []string{ours}, "language": "en", "password": password})
		m.tokens[role] = m.make("/tokens", map[string]any{"name": role, "role": role, "departments": []string{ours}})["token"].(string)
		answer, err := noRedirect.PostForm("http://"+m.inbox+"/login", url.Values{"email": {role + "@shop.test"}, "password": {password}})
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if len(answer.Cookies()) != 1 {
			t.Fatalf("%s logs in: %s, %d cookies", role, answer.Status, len(answer.Cookies()))
		}
		m.cookies[role] = answer.Cookies()[0].Name + "=" + answer.Cookies()[0].Value
	}
	return m
}

var noRedirect = &http.Client{Timeout: within, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// operator asks over the socket and wants a good answer.
func (m *matrix) operator(method, path string, body any) map[string]any {
	m.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		m.t.Fatal(err)
	}
	r, err := http.NewRequest(method, "http://recado"+api.Prefix+path, bytes.NewReader(text))
	if err != nil {
		m.t.Fatal(err)
	}
	if body == nil {
		r.Body = http.NoBody
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := m.local.Do(r)
	if err != nil {
		m.t.Fatal(err)
	}
	defer answer.Body.Close()
	var doc map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&doc); err != nil || answer.StatusCode >= 300 {
		m.t.Fatalf("%s %s %s: %s %v %v", method, path, text, answer.Status, doc, err)
	}
	return doc
}

func (m *matrix) make(path string, body any) map[string]any {
	m.t.Helper()
	return m.operator(http.MethodPost, path, body)
}

func (m *matrix) first(path string) map[string]any {
	m.t.Helper()
	items := m.operator(http.MethodGet, path, nil)["items"].([]any)
	if len(items) == 0 {
		m.t.Fatalf("%s is empty", path)
	}
	return items[0].(map[string]any)
}

// marker stands in everything that belongs to the department.
func marker(department string) string { return "matter-" + department }

// pixel is a picture, base64.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// letter has the department have a mail from somebody, at a domain.
func (m *matrix) letter(department, local, domain string) {
	m.t.Helper()
	m.serial++
	from := local + "@" + domain
	raw := fmt.Sprintf("From: %s\nTo: %s@shop.test\nSubject: %s\nMessage-ID: <%d@%s>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"+
		"--b\nContent-Type: text/html\n\n<p>%[3]s\n--b\nContent-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\n%[6]s\n--b--\n",
		from, department, marker(department), m.serial, domain, pixel)
	m.accept(from, []string{department + "@shop.test"}, raw)
}

// somebody is a customer who has not written yet.
func (m *matrix) somebody(department string) string {
	m.serial++
	return fmt.Sprintf("%s-%d", marker(department), m.serial)
}

// protocol is one of the department's, open, with n messages.
func (m *matrix) protocol(department string, n int) map[string]string {
	m.t.Helper()
	who := m.somebody(department)
	for range n {
		m.letter(department, who, "verified.test")
	}
	number := m.first("/protocols?contact=" + who + "@verified.test")["number"].(string)
	messages := m.operator(http.MethodGet, "/protocols/"+number, nil)["messages"].([]any)
	return map[string]string{
		"number": number, "address": who + "@verified.test", "n": "0", "version": fmt.Sprint(n),
		"id": messages[len(messages)-1].(map[string]any)["id"].(string),
	}
}

// fixtures are the things that a route may be about.
var fixtures = map[string]func(m *matrix, department string) map[string]string{
	"":     func(*matrix, string) map[string]string { return map[string]string{} },
	"open": func(m *matrix, department string) map[string]string { return m.protocol(department, 1) },
	"finalized": func(m *matrix, department string) map[string]string {
		f := m.protocol(department, 1)
		m.make("/protocols/"+f["number"]+"/finalize", struct{}{})
		return f
	},
	"two messages": func(m *matrix, department string) map[string]string { return m.protocol(department, 2) },
	"split": func(m *matrix, department string) map[string]string { // a part, and into: the protocol that it was of
		f := m.protocol(department, 2)
		part := m.make("/protocols/"+f["number"]+"/split", map[string]string{"message": f["id"]})
		f["into"], f["number"] = f["number"], part["number"].(string)
		return f
	},
	"held": func(m *matrix, department string) map[string]string {
		who := m.somebody(department)
		m.letter(department, who, "strict.test")
		held := m.first("/held?department=" + department)
		return map[string]string{"id": held["id"].(string), "who": who + "@strict.test"}
	},
	"queued": func(m *matrix, department string) map[string]string {
		f := m.protocol(department, 1)
		made := m.make("/protocols/"+f["number"]+"/replies", map[string]string{"text": marker(department)})
		f["message"] = made["id"].(string)
		for _, item := range m.operator(http.MethodGet, "/queue?limit=500", nil)["items"].([]any) {
			if q := item.(map[string]any); q["message"] == f["message"] {
				f["id"] = q["id"].(string)
			}
		}
		return f
	},
	"channel": func(m *matrix, department string) map[string]string {
		m.serial++
		email := fmt.Sprintf("box-%s-%d@shop.test", department, m.serial)
		m.make("/channels", map[string]string{"email": email, "department": department, "send": "receptive"})
		return map[string]string{"email": email}
	},
	"domain": func(m *matrix, department string) map[string]string {
		m.serial++
		name := fmt.Sprintf("domain-%d.test", m.serial)
		m.make("/domains", map[string]any{"name": name, "postmaster": department + "@shop.test", "dkim_selectors": []string{}})
		return map[string]string{"name": name}
	},
	"department": func(m *matrix, department string) map[string]string { // which a protocol is open of
		m.protocol(department, 1)
		return map[string]string{"id": department, "text": "signature"}
	},
	"agent": func(m *matrix, department string) map[string]string {
		m.serial++
		email := fmt.Sprintf("clerk-%d@shop.test", m.serial)
		m.make("/agents", map[string]any{"email": email, "departments": []string{department}, "password": "correct horse battery"})
		return map[string]string{"email": email}
	},
	"token": func(m *matrix, department string) map[string]string {
		made := m.make("/tokens", map[string]any{"name": "A program", "departments": []string{department}})
		return map[string]string{"id": made["id"].(string)}
	},
	"contact note": func(m *matrix, department string) map[string]string {
		f := m.protocol(department, 1)
		f["id"] = m.make("/contacts/"+f["address"]+"/notes", map[string]string{"text": "x", "department": department})["id"].(string)
		return f
	},
	"canned": func(m *matrix, department string) map[string]string {
		m.serial++
		made := m.make("/canned-answers", map[string]any{"title": fmt.Sprintf("%s %d", department, m.serial), "department": department, "texts": map[string]string{"en": "Hello"}})
		return map[string]string{"id": made["id"].(string)}
	},
}

// fixture is what a cell is about: a fresh one where the cell may change it.
func (m *matrix) fixture(r row, department string, fresh bool) map[string]string {
	m.t.Helper()
	key := r.on + "/" + department
	if f := m.kept[key]; f != nil && !fresh {
		return f
	}
	f := maps.Clone(fixtures[r.on](m, department))
	m.serial++
	f["department"], f["serial"] = department, fmt.Sprint(m.serial)
	if !fresh {
		m.kept[key] = f
	}
	return f
}

func fill(text string, f map[string]string) string {
	for name, value := range f {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// face is one of the two that programs and people see.
type face struct {
	name   string
	routes []string
	rows   []row
	file   string // where the rows are
	// ask is the request of a role, of nobody (""), or of an admin with what opens the other face alone.
	ask     func(m *matrix, r row, path, body, role string) (*http.Request, *http.Client)
	refused func(status int, location string) bool
}

func TestAuthorization(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for _, face := range []face{apiFace(), inboxFace(t)} {
		for _, route := range face.routes {
			if !slices.ContainsFunc(face.rows, func(r row) bool { return r.route == route }) {
				t.Errorf("%s of the %s has no row in the authorization matrix: add {route: %q, on: …, want: …} to %s, where docs/api.md (A new route) tells how", route, face.name, route, face.file)
			}
		}
		for _, r := range face.rows {
			if !slices.Contains(face.routes, r.route) {
				t.Errorf("%s has a row in %s and is no route of the %s", r.route, face.file, face.name)
				continue
			}
			t.Run(face.name+" "+r.route, func(t *testing.T) {
				m.t = t
				defer func() { m.t = nil }()
				m.row(t, face, r)
			})
		}
	}
	m.t = t
}

func (m *matrix) row(t *testing.T, face face, r row) {
	var left audited
	for _, department := range []string{ours, others, isolated} {
		for _, role := range roles {
			want := r.want(role, department)
			f := m.fixture(r, department, changes(r.route) && want < 400)
			since := m.lastLine()
			status, _, body, asked := m.ask(face, r, f, role)
			left.leaves(t, m, r.route, role, department, status, since)
			if status != want {
				t.Errorf("%s, %s: %d, want %d\n%.300s", role, department, status, want, body)
			}
			if r.shows && want < 400 && sees(role, department) && !strings.Contains(body, marker(department)) {
				t.Errorf("%s, %s: the answer shows nothing of it\n%.2000s", role, department, body)
			}
			for _, hidden := range []string{others, isolated} {
				if (!r.shared || hidden == isolated) && !sees(role, hidden) && strings.Contains(body, marker(hidden)) && !strings.Contains(asked, marker(hidden)) {
					i := strings.Index(body, marker(hidden))
					t.Errorf("%s, %s: the answer shows something of %s\n%s", role, department, hidden, body[max(0, i-200):min(len(body), i+100)])
				}
			}
			if !r.names && strings.Contains(strings.ToLower(body), isolated) && !strings.Contains(asked, isolated) {
				i := strings.Index(strings.ToLower(body), isolated)
				t.Errorf("%s, %s: the answer names the isolated department\n%s", role, department, body[max(0, i-200):min(len(body), i+100)])
			}
		}
	}
	if changes(r.route) {
		left.enough(t, face, r.route)
	}
	f := m.fixture(r, ours, false)
	for _, other := range []string{"", otherKey} {
		status, location, body, _ := m.ask(face, r, f, other)
		if r.open != 0 && status != r.open || r.open == 0 && !face.refused(status, location) {
			t.Errorf("nobody, with %q: %d\n%.300s", other, status, body)
		}
	}
}

// ask asks as a role and returns the answer, and what was asked as text.
func (m *matrix) ask(face face, r row, f map[string]string, role string) (status int, location, body, asked string) {
	m.t.Helper()
	path := r.route[strings.Index(r.route, "/"):]
	if path == "/" { // everything that is nowhere else
		path = "/nowhere"
	}
	path = fill(strings.ReplaceAll(path, "{$}", ""), f)
	if r.query != "" {
		path += "?" + fill(r.query, f)
	}
	text := fill(r.body, f)
	request, client := face.ask(m, r, path, text, role)
	answer, err := client.Do(request)
	if err != nil {
		m.t.Fatal(err)
	}
	defer answer.Body.Close()
	limit := int64(1 << 20)
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		limit = 8 // it has no end
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, limit))
	if err != nil {
		m.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Location"), string(b), path + " " + text
}

const otherKey = "the other face's key"

// apiFace is asked with tokens; what is for the socket alone, there and as an agent.
func apiFace() face {
	public := api.Routes(api.Options{File: noFile{}, DNS: noDNS{}})
	return face{
		name: "API", file: "test/matrix_api_test.go", rows: apiRows, routes: api.Routes(api.Options{File: noFile{}, DNS: noDNS{}, Local: true}),
		ask: func(m *matrix, r row, path, body, role string) (*http.Request, *http.Client) {
			request := m.request(r, "http://"+m.inbox+api.Prefix+path, body)
			if body != "" {
				request.Header.Set("Content-Type", "application/json")
			}
			switch {
			case role == "":
			case role == otherKey:
				request.Header.Set("Cookie", m.cookies["admin"])
			case slices.Contains(public, r.route):
				request.Header.Set("Authorization", "Bearer "+m.tokens[role])
			default:
				request.Header.Set(api.HeaderAs, role+"@shop.test")
				return request, m.local
			}
			return request, noRedirect
		},
		refused: func(status int, _ string) bool { return status == http.StatusUnauthorized },
	}
}

// noFile stands for the channel file where only the routes are asked for.
type noFile struct{ api.ChannelFile }

type noDNS struct{ api.DNS }

func inboxFace(t *testing.T) face {
	in, err := inbox.New(inbox.Options{Desk: new(conversation.Manager), Agents: new(conversation.Manager)})
	if err != nil {
		t.Fatal(err)
	}
	return face{
		name: "inbox", file: "test/matrix_inbox_test.go", rows: inboxRows, routes: in.Routes(),
		ask: func(m *matrix, r row, path, body, role string) (*http.Request, *http.Client) {
			request := m.request(r, "http://"+m.inbox+path, body)
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			switch role {
			case "":
			case otherKey:
				request.Header.Set("Authorization", "Bearer "+m.tokens["admin"])
			default:
				request.Header.Set("Cookie", m.cookies[role])
			}
			return request, noRedirect
		},
		refused: func(status int, location string) bool {
			return status == http.StatusSeeOther && strings.HasPrefix(location, "/login") || status == http.StatusUnauthorized
		},
	}
}

func (m *matrix) request(r row, url, body string) *http.Request {
	m.t.Helper()
	method, _, found := strings.Cut(r.route, " ")
	if !found { // the mux has it for every method
		method = http.MethodGet
	}
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	return request
}
