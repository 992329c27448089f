package test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// session is an agent's browser without a screen: it keeps cookies and sends the forms of the pages.
type session struct {
	t    *testing.T
	base string
	http *http.Client
}

// visitor is one who has not logged in.
func (p *product) visitor() *session {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return &session{t: p.t, base: "http://" + p.inbox, http: &http.Client{Timeout: within, Jar: jar}}
}

// session logs an agent in.
func (p *product) session(email string) *session {
	p.t.Helper()
	s := p.visitor()
	if status, body := s.post("/login", url.Values{"email": {email}, "password": {agentPassword}}); status != http.StatusOK || !strings.Contains(body, `action="/logout"`) {
		p.t.Fatalf("%s logs in: %d\n%.2000s", email, status, body)
	}
	return s
}

// get asks for a page, and follows where it leads.
func (s *session) get(path string) (status int, body string) {
	s.t.Helper()
	return s.do(http.MethodGet, path, nil)
}

// post sends a form, and follows where that leads.
func (s *session) post(path string, values url.Values) (status int, body string) {
	s.t.Helper()
	return s.do(http.MethodPost, path, values)
}

func (s *session) do(method, path string, values url.Values) (status int, body string) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.base+path, strings.NewReader(values.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if method == http.MethodPost { // as a browser does
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.base)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	answer, err := s.http.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// send fills in the form of a page that leads to an action and has the values already, and sends it.
func (s *session) send(body, action string, has, values url.Values) (status int, answer string) {
	s.t.Helper()
	for _, f := range formsOf(s.t, body) {
		matches := f.action == action
		for name := range has {
			matches = matches && slices.Equal(f.values[name], has[name])
		}
		if !matches {
			continue
		}
		for name, v := range values {
			f.values[name] = v
		}
		return s.post(action, f.values)
	}
	s.t.Fatalf("no form to %s with %v", action, has)
	return 0, ""
}

// pageForm is a form as a browser would send it.
type pageForm struct {
	action string
	values url.Values
}

// formsOf reads the forms of a page: their fields, and the value of a button that has one.
func formsOf(t *testing.T, body string) []pageForm {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var out []pageForm
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "form":
			out = append(out, pageForm{action: attribute(n, "action"), values: url.Values{}})
		case "input", "button":
			if name := attribute(n, "name"); name != "" && len(out) > 0 {
				out[len(out)-1].values.Add(name, attribute(n, "value"))
			}
		}
	}
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
