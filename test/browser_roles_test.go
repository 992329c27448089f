package test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// walk is one agent's way through the screens.
type walk struct {
	*tab
	role, language string
	sizes          []size
	offered        []string // pages of the settings
}

// whole is all of it.
func (w *walk) whole(email string, screens []screen) {
	w.t.Helper()
	w.resize(w.sizes[0])
	if w.role == "admin" {
		w.look(screen{"login", "/login?lang=" + w.language})
	}
	w.logIn(email)
	w.offered = w.navigation()
	for _, s := range screens {
		w.look(s)
	}
}

// navigation is what the settings offer, and holds what is known of it.
func (w *walk) navigation() []string {
	w.t.Helper()
	w.goTo("/settings")
	out := evaluate[[]string](w.tab, `[...document.querySelectorAll(".settings-nav a")].map((a) => a.getAttribute("href"))`)
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

// sight is what a page says.
type sight struct {
	Status  int
	Lang    string
	Heading string
	Words   string // all that is read on it, folded or not
	More    bool   // than words: a form or a table
	Marked  string // what a search marks
}

const survey = `(() => {
	const words = [], nodes = document.createNodeIterator(document.documentElement, NodeFilter.SHOW_TEXT);
	for (let n = nodes.nextNode(); n; n = nodes.nextNode()) words.push(n.data);
	return { Status: performance.getEntriesByType("navigation")[0].responseStatus, Lang: document.documentElement.lang,
		Heading: document.querySelector("h1")?.textContent.trim() ?? "", Words: words.join(" "),
		More: !!document.querySelector("main form, main table"), Marked: document.querySelector("mark")?.textContent ?? "" };
})()`

// look opens a page once, at one size, and looks at it at both.
func (w *walk) look(s screen) {
	w.t.Helper()
	what := fmt.Sprintf("%s in %s, %s", s.name, w.language, w.role)
	w.goTo(s.path)
	w.says(s, what, evaluate[sight](w.tab, survey))
	for i, size := range w.sizes {
		if i > 0 {
			w.fold()
			w.resize(size)
		}
		if w.role == "admin" {
			w.picture(s.name + "-" + w.language + "-" + size.name)
		}
		w.fits(what+", "+size.name, size.width)
		w.fitsUnfolded(what+", "+size.name, size.width)
	}
	slices.Reverse(w.sizes)
	for _, f := range w.takeFaults() {
		if want := w.want(s); want == http.StatusOK || !strings.Contains(f, fmt.Sprint(want)) {
			w.t.Errorf("%s: %s", what, f)
		}
	}
}

// says holds what a page is answered with: its own words, or that one may not open it, and nothing from behind a wall.
func (w *walk) says(s screen, what string, saw sight) {
	w.t.Helper()
	want, heading := w.want(s), s.heading(w.language)
	if want == http.StatusForbidden {
		heading = refusal[w.language]
		if saw.More {
			w.t.Errorf("%s: there is more than words", what)
		}
	}
	if saw.Status != want || saw.Lang != w.language || saw.Heading != heading {
		w.t.Errorf("%s: %d %s %q, want %d %s %q", what, saw.Status, saw.Lang, saw.Heading, want, w.language, heading)
	}
	for _, key := range missingWord.FindAllString(saw.Words, -1) {
		w.t.Errorf("%s: the words for %q are missing", what, strings.TrimSpace(key))
	}
	if strings.Contains(saw.Words, hrWord) || strings.Contains(saw.Words, "empleado@") {
		w.t.Errorf("%s shows what is behind the wall", what)
	}
	if finance := strings.Contains(saw.Words, financeWord); finance && w.role != "admin" || !finance && w.role == "admin" && s.name == "inbox" {
		w.t.Errorf("%s: that it shows another department's mail is %t", what, finance)
	}
	if s.name == "search" && saw.Marked != searched {
		w.t.Errorf("%s: nothing was found", what)
	}
}

// picture keeps what a page looks like, light and dark, in the folder that RECADO_SCREENSHOTS names, if it does.
func (b *tab) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("RECADO_SCREENSHOTS")
	if folder == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		b.keepPicture(filepath.Join(folder, name+"-"+scheme+".png"))
	}
}
