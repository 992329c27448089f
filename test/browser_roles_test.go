package test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// opens is the least role that a page of the settings is for; what is not here, and what is below it, is for every agent. A page that is in
// nobody's navigation is opened by those who are offered what it is below.
var opens = map[string]string{
	"/settings/channels": "admin", "/settings/departments": "admin", "/settings/domains": "admin", "/settings/agents": "admin", "/settings/tokens": "admin",
	"/settings/audit": "admin", "/settings/queue": "supervisor", "/settings/journal": "supervisor",
	"/settings/texts/new": "supervisor", "/settings/texts/departments/care/acknowledgement": "admin",
}

// What the departments' mails say: the agent and the supervisor are of the first, the admin too, and nobody of the last.
const (
	financeWord = "Offers"
	hrWord      = "nomina-secreta"
)

// TestBrowserRoles walks every screen as agent, supervisor and admin: in each language who may not open it is told so in his words, the settings
// offer what may be opened and nothing else, and nobody sees another department's mail. In a browser each role walks the settings, the search and the numbers.
func TestBrowserRoles(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{channels: departments})
	ours := p.furnish()
	screens := p.screens(ours)
	p.boss("es") // whose page is one of the screens
	p.accept("empleado@verified.test", []string{"hr@shop.test"}, mail("Secret <empleado@verified.test>", hrWord, "hr@verified.test", "", searched+" "+hrWord))
	for i, role := range roles {
		for k, language := range languages {
			email := role + "." + language + "@shop.test"
			p.agent(email, "Inés Ñáñez", "--role", role, "--department", "care", "--language", language)
			w := &walk{product: p, session: p.session(email), role: role, language: language}
			w.offered = w.navigation()
			for _, s := range screens {
				w.look(s)
			}
			if i == k {
				w.inBrowser(email, screens)
			}
		}
	}
}

// walk is one agent's way through the screens.
type walk struct {
	*product
	session        *session
	role, language string
	offered        []string // pages of the settings
}

// navigation is what the settings offer, and holds what is known of it.
func (w *walk) navigation() []string {
	w.t.Helper()
	status, body := w.session.get("/settings")
	if status != http.StatusOK {
		w.t.Errorf("%s: the settings are answered %d", w.role, status)
	}
	_, nav, _ := strings.Cut(body, `<nav class="settings-nav"`)
	nav, _, _ = strings.Cut(nav, "</nav>")
	var out []string
	for _, part := range strings.Split(nav, `href="`)[1:] {
		path, _, _ := strings.Cut(part, `"`)
		out = append(out, path)
	}
	for path, least := range opens {
		if strings.HasPrefix(path, "/settings/texts/") { // a button of the page above it
			continue
		}
		if may := slices.Index(roles, w.role) >= slices.Index(roles, least); slices.Contains(out, path) != may {
			w.t.Errorf("%s: that %s is offered is %t, want %t", w.role, path, !may, may)
		}
	}
	return out
}

// want is the status of a screen.
func (w *walk) want(s screen) int {
	path, _, _ := strings.Cut(s.path, "?")
	switch {
	case s.name == "error":
		return http.StatusNotFound
	case !strings.HasPrefix(path, "/settings/"):
		return http.StatusOK
	}
	may := slices.ContainsFunc(w.offered, func(page string) bool { return path == page || strings.HasPrefix(path, page+"/") })
	if least, known := opens[path]; known {
		may = slices.Index(roles, w.role) >= slices.Index(roles, least)
	}
	if may {
		return http.StatusOK
	}
	return http.StatusForbidden
}

// refusal is the heading of what one may not open.
var refusal = map[string]string{"es": "Usted no puede hacer esto", "pt": "Você não pode fazer isso", "en": "You may not do this"}

// look holds what a page is answered with.
func (w *walk) look(s screen) {
	w.t.Helper()
	what := fmt.Sprintf("%s in %s, %s", s.name, w.language, w.role)
	status, body := w.session.get(s.path)
	want := w.want(s)
	if status != want {
		w.t.Errorf("%s: %d, want %d", what, status, want)
	}
	if !strings.Contains(body, `<html lang="`+w.language+`"`) {
		w.t.Errorf("%s is in another language", what)
	}
	if strings.Contains(body, refusal[w.language]) != (want == http.StatusForbidden) {
		w.t.Errorf("%s: that it is refused in words is %t", what, want != http.StatusForbidden)
	}
	text := wordsOf(w.t, body)
	for _, key := range missingWord.FindAllString(text, -1) {
		w.t.Errorf("%s: the words for %q are missing", what, strings.TrimSpace(key))
	}
	if strings.Contains(text, hrWord) || strings.Contains(text, "empleado@") {
		w.t.Errorf("%s shows what is behind the wall", what)
	}
	if saw := strings.Contains(text, financeWord); saw && w.role != "admin" || !saw && w.role == "admin" && s.name == "inbox" {
		w.t.Errorf("%s: that it shows another department's mail is %t", what, saw)
	}
	if s.name == "search" && !strings.Contains(body, "<mark>"+searched+"</mark>") {
		w.t.Errorf("%s: nothing was found", what)
	}
}

// wordsOf is the text of a page as it is read.
func wordsOf(t *testing.T, body string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			b.WriteString(" " + n.Data)
		}
	}
	return b.String()
}

// inBrowser walks what differs by role once more, where scripts run and the browser may complain.
func (w *walk) inBrowser(email string, screens []screen) {
	w.t.Helper()
	b := newTab(w.t, w.product)
	b.logIn(email)
	for _, s := range screens {
		if !strings.HasPrefix(s.path, "/settings/") && s.name != "search" && s.name != "numbers" {
			continue
		}
		what := fmt.Sprintf("%s in a browser, %s", s.name, w.role)
		b.goTo(s.path)
		b.until(`document.documentElement.lang == "` + w.language + `" && document.querySelector("main")`)
		want := w.want(s)
		if got := evaluate[int](b, `performance.getEntriesByType("navigation")[0].responseStatus`); got != want {
			w.t.Errorf("%s: %d, want %d", what, got, want)
		}
		if want == http.StatusForbidden && evaluate[bool](b, `!!document.querySelector("main form, main table")`) {
			w.t.Errorf("%s: there is more than words", what)
		}
		b.spoken(what)
		for _, f := range b.takeFaults() {
			if want == http.StatusOK || !strings.Contains(f, fmt.Sprint(want)) {
				w.t.Errorf("%s: %s", what, f)
			}
		}
	}
}
