package inbox

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"recado/conversation"
)

//go:embed templates
var templateFiles embed.FS

// page is what every page has. A screen sets the first part, render the rest.
type page struct {
	Title  string
	Notice string // what was just done
	Body   any

	Lang      *language
	Agent     *conversation.Agent
	Nav       *nav
	Settings  *settingsNav // on a page of the settings
	Banner    *fileBanner
	Languages []choice
	Path      string // of this page, to come back to
	Seq       uint64 // of the newest change when the page was made
}

// partials are the templates that every screen may use.
var partials = []string{
	"page", "contactperson", "list", "message", "signs", "moves", "work", "send", "lines", "narrow", "many",
	"canned", "settings_nav", "settings_step_state", "settings_password", "settings_sessions", "settings_agent_fields", "said", "domainparts",
}

// loadScreens parses every screen once for each language: the functions t and n speak it.
func loadScreens(languages map[string]*language, static *assets) (map[string]*template.Template, error) {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	screens := map[string]*template.Template{}
	for code, l := range languages {
		shared := template.New(code).Funcs(template.FuncMap{
			"t": l.T, "n": l.N, "size": l.size, "number": l.number, "word": l.word, "asset": static.path, "lang": func() string { return l.code },
			"join": func(s []string) string { return strings.Join(s, ", ") },
		})
		for _, p := range partials {
			if _, err := shared.ParseFS(templateFiles, "templates/"+p+".html"); err != nil {
				return nil, fmt.Errorf("parse template %s: %w", p, err)
			}
		}
		for _, f := range files {
			name := strings.TrimSuffix(path.Base(f), ".html")
			if slices.Contains(partials, name) {
				continue
			}
			t, err := template.Must(shared.Clone()).ParseFS(templateFiles, f)
			if err != nil {
				return nil, fmt.Errorf("parse template %s: %w", name, err)
			}
			screens[code+"/"+name] = t
		}
	}
	return screens, nil
}

// render writes a page. It is made whole before its first byte leaves, so that a fault is still told as one.
func (in *Inbox) render(w http.ResponseWriter, v *visit, status int, screen string, p page) error {
	t := in.screens[v.lang.code+"/"+screen]
	if t == nil {
		return fmt.Errorf("there is no screen %q", screen)
	}
	p.Lang, p.Agent = v.lang, v.agent
	if p.Nav != nil && p.Nav.Here == "" { // what is in no list of the rail
		p.Nav.Here = p.Title
	}
	if v.agent != nil {
		for _, code := range conversation.Languages {
			p.Languages = append(p.Languages, choice{Value: code, Label: in.languages[code].name, Current: code == v.lang.code})
		}
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "page", p); err != nil {
		return fmt.Errorf("render %s: %w", screen, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", v.lang.code)
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // nobody is left to tell when the browser has gone
	return nil
}

// framed fills what the frame of an agent's page shows: the rail with its counts, and where live changes
// go on from. The number of the newest change is read before what the page shows, so that none between
// the two is missed.
func (in *Inbox) framed(ctx context.Context, r *http.Request, v *visit, p *page, current string) error {
	var err error
	if p.Seq, err = in.desk.LastChange(ctx); err != nil {
		return err
	}
	p.Path = r.URL.RequestURI()
	if r.Method != http.MethodGet {
		p.Path = "/inbox"
	}
	p.Banner = in.banner(v)
	if current == "settings" {
		p.Settings = in.settingsNav(v, r.URL.Path)
	}
	p.Nav, err = in.nav(ctx, v, current, sortOf(r))
	return err
}

// nav is the rail.
type nav struct {
	Here        string // the name of what is on the screen
	Boxes       []navItem
	Departments []navItem
}

type navItem struct {
	Label   string
	URL     string
	Count   int
	Current bool
	Key     string // the second key after g
	Quiet   bool   // its count is a fact, not a call
}

// nav leads to the other lists in the order that the agent has chosen.
func (in *Inbox) nav(ctx context.Context, v *visit, current string, sort conversation.Sort) (*nav, error) {
	counts, err := in.desk.Counts(ctx, v.actor)
	if err != nil {
		return nil, err
	}
	lists, err := in.desk.ListCounts(ctx, v.actor)
	if err != nil {
		return nil, err
	}
	mentions, err := in.desk.CountMentions(ctx, v.actor)
	if err != nil {
		return nil, err
	}
	held := 0
	n := &nav{}
	for _, c := range counts {
		held += c.Held
		q := listQuery{View: viewAll, Department: c.Department, Sort: sort}
		n.Departments = append(n.Departments, navItem{
			Label: departmentName(v.dir, c.Department), URL: q.url(""), Count: c.Open, Current: current == "department/"+c.Department,
		})
	}
	if len(n.Departments) < 2 {
		n.Departments = nil
	}
	n.Boxes = []navItem{
		{Label: v.lang.T("nav.all"), URL: listQuery{View: viewAll, Sort: sort}.url(""), Count: lists.Open, Current: current == viewAll, Key: "i"},
		{Label: v.lang.T("nav.mine"), URL: listQuery{View: viewMine, Sort: sort}.url(""), Count: lists.Mine, Current: current == viewMine},
		{Label: v.lang.T("nav.mentions"), URL: listQuery{View: viewMentions}.url(""), Count: mentions, Current: current == viewMentions},
		{Label: v.lang.T("nav.unassigned"), URL: listQuery{View: viewUnassigned, Sort: sort}.url(""), Count: lists.Unassigned, Current: current == viewUnassigned},
		{Label: v.lang.T("nav.held"), URL: "/held", Count: held, Current: current == "held", Key: "s"},
		{Label: v.lang.T("nav.history"), URL: listQuery{View: viewHistory}.url(""), Current: current == viewHistory, Key: "h"},
		{Label: v.lang.T("nav.contacts"), URL: "/contacts", Current: current == "contacts", Key: "c"},
		{Label: v.lang.T("numbers.title"), URL: "/numbers", Current: current == "numbers", Key: "n"},
	}
	n.Boxes = append(n.Boxes, navItem{Label: v.lang.T("nav.settings"), URL: in.firstSetting(v), Current: current == "settings"})
	for _, item := range append(slices.Clone(n.Boxes), n.Departments...) {
		if item.Current {
			n.Here = item.Label
		}
	}
	return n, nil
}

func departmentName(d *conversation.Directory, id string) string {
	if dep := d.Department(id); dep != nil && dep.Name != "" {
		return dep.Name
	}
	return id
}
