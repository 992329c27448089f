package inbox

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"recado/conversation"
)

// The lists of protocols.
const (
	viewAll        = "all"
	viewMine       = "mine"
	viewUnassigned = "unassigned"
	viewMentions   = "mentions"
	viewHistory    = "history"
	viewSearch     = "search"
)

// listQuery says which list is on the screen. It goes along in the address of a protocol, so that the
// list beside the conversation stays the same.
type listQuery struct {
	View       string
	Department string
	Sort       conversation.Sort // empty: newest
	Cursor     string
	Search     string // what is searched for
	narrowing         // of the history

	All   bool   // all rows are selected
	Done  string // which request for many is told of
	Again bool   // it was to be undone, and could not be
}

func (in *Inbox) listQuery(r *http.Request, v *visit) (listQuery, error) {
	q := r.URL.Query()
	lq := listQuery{View: q.Get("view"), Department: q.Get("department"), Cursor: q.Get("cursor"),
		All: q.Get("all") == "1", Done: q.Get("many"), Again: q.Get("again") == "1"}
	switch r.URL.Path {
	case "/history":
		lq.View = viewHistory
	case "/search":
		lq.View = viewSearch
	}
	switch lq.View {
	case viewSearch:
		lq.Search, _ = cutText(strings.TrimSpace(q.Get("q")), maxSearch)
		lq.Department = ""
	case viewAll, viewMine, viewUnassigned, viewMentions, viewHistory:
	default:
		lq.View = viewAll
	}
	switch lq.View {
	case viewHistory:
		lq.narrowing = narrowingOf(r)
	case viewSearch:
	default:
		lq.Sort = sortOf(r)
	}
	if lq.Department != "" && !v.seesDepartment(lq.Department) {
		return lq, errNotFound
	}
	return lq, nil
}

// seesDepartment tells whether there is such a department that the agent sees: an admin sees all that are not isolated, and
// hears of one that is what he hears of one that there is not.
func (v *visit) seesDepartment(id string) bool {
	return v.dir.Department(id) != nil && v.actor.Sees(v.dir, id)
}

// sortOf is the order that the address asks for. An order that there is not is the usual one.
func sortOf(r *http.Request) conversation.Sort {
	if s := conversation.Sort(r.URL.Query().Get("sort")); s == conversation.SortWaiting {
		return s
	}
	return ""
}

// url is the list's address from cursor on.
func (q listQuery) url(cursor string) string {
	path := "/inbox"
	values := q.values()
	if q.View == viewHistory || q.View == viewSearch {
		path = "/" + q.View
		values.Del("view")
	}
	if cursor != "" {
		values.Set("cursor", cursor)
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

func (q listQuery) values() url.Values {
	values := url.Values{}
	if q.View != viewAll {
		values.Set("view", q.View)
	}
	if q.Department != "" {
		values.Set("department", q.Department)
	}
	if q.Sort != "" {
		values.Set("sort", string(q.Sort))
	}
	if q.Search != "" {
		values.Set("q", q.Search)
	}
	q.narrowing.set(values)
	return values
}

// protocolURL is the address of a protocol seen from this list.
func (q listQuery) protocolURL(number string) string {
	return "/protocols/" + number + q.query()
}

// query is the list in the address of a form that leads back to it.
func (q listQuery) query() string {
	values := q.values()
	if q.Cursor != "" {
		values.Set("cursor", q.Cursor)
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// current names the list for the rail.
func (q listQuery) current() string {
	if q.Department != "" && q.View == viewAll {
		return "department/" + q.Department
	}
	return q.View
}

// filter is the list that is asked for, and what is wrong with it, by the name of the field.
func (q listQuery) filter(v *visit) (f conversation.ProtocolFilter, mistakes map[string]string) {
	f = conversation.ProtocolFilter{Status: conversation.Open, Unassigned: q.View == viewUnassigned, Sort: q.Sort}
	if q.View == viewHistory {
		f.Status, f.Sort = conversation.Finalized, conversation.SortFinalized
		mistakes = q.narrowing.apply(v, &f)
	}
	if q.View == viewMine {
		f.Agent = v.agent.Email
	}
	if q.Department != "" {
		f.Departments = []string{q.Department}
	}
	return f, mistakes
}

// listView is a list of protocols.
type listView struct {
	Title string
	Sorts []sortChoice // the orders that there are; none where there is one
	Rows  []row
	Empty *emptyView
	More  string // the address of what follows; empty at the end
	First string // the address of the beginning, where this is not it
	Back  string // the address of this list

	Narrow *narrowView // nil where nothing narrows it
	Many   *manyView   // nil where there is nothing to select
	Done   *doneView
	Search string // what was searched for
	Notice string // what is to be known of the list

	MoreLabel, FirstLabel string
}

// sortChoice is an order that the list can have.
type sortChoice struct {
	Label, URL string
	Current    bool
}

// row is one protocol in a list.
type row struct {
	Number     string
	URL        string
	Who        string
	Subject    string
	Preview    string
	Topic      []conversation.Span // the subject as a search found it
	Found      []conversation.Span // where a search found it, in place of the last words
	Ours       bool                // the last words are ours
	Verdict    string
	Pretence   string // what makes the address look like somebody else's
	Department string // where more than one is shown
	Unread     int
	Mentioned  bool
	Waiting    string // how long it has waited for us; empty where it does not
	Heat       string // fresh, warm, hot
	Updated    moment // of what is finalized: its end
	Current    bool

	Classification string // of what is finalized
	Incoming       int
	Picked         bool
}

const listPage = 50

func (in *Inbox) list(ctx context.Context, v *visit, q listQuery, current string) (*listView, error) {
	if q.View == viewSearch {
		return in.searched(ctx, v, q, current)
	}
	f, mistakes := q.filter(v)
	var items []conversation.ProtocolItem
	var next string
	var err error
	if len(mistakes) == 0 {
		page := conversation.Page{Cursor: q.Cursor, Limit: listPage}
		if q.View == viewMentions {
			items, next, err = in.desk.Mentions(ctx, v.actor, page)
		} else {
			items, next, err = in.desk.Protocols(ctx, v.actor, f, page)
		}
		if err != nil {
			return nil, err
		}
	}
	l := &listView{
		Title: listTitle(v, q), Sorts: v.sorts(q), Back: q.url(q.Cursor),
		MoreLabel: v.lang.T("list.more"), FirstLabel: v.lang.T("list.newest"),
	}
	if q.Sort == conversation.SortWaiting {
		l.MoreLabel, l.FirstLabel = v.lang.T("list.next"), v.lang.T("list.longest")
	}
	if err := in.readNames(ctx, v); err != nil {
		return nil, err
	}
	if l.Done, err = in.done(ctx, v, q, current); err != nil {
		return nil, err
	}
	if len(items) > 0 {
		l.Many = v.many(q, items, current)
	}
	if q.View == viewHistory {
		l.Narrow, l.FirstLabel = v.narrow(q, mistakes), v.lang.T("filter.first")
	}
	for i := range items {
		l.Rows = append(l.Rows, v.row(&items[i], q, current))
	}
	if next != "" {
		l.More = q.url(next)
	}
	if q.Cursor != "" {
		l.First = q.url("")
	}
	switch {
	case len(mistakes) > 0:
		l.Empty = &emptyView{Title: v.lang.T("filter.mistake"), Text: v.lang.T("filter.mistake.text"), Clear: l.Narrow.Clear}
	case len(l.Rows) == 0 && l.More != "": // only so many are looked at for a page
		l.Empty = &emptyView{Title: v.lang.T("filter.goon"), Text: v.lang.T("filter.goon.text")}
	case len(l.Rows) == 0 && l.Narrow != nil && l.Narrow.Said != "":
		l.Empty = &emptyView{Title: v.lang.T("filter.empty"), Text: v.lang.T("filter.empty.text"), Clear: l.Narrow.Clear}
	case len(l.Rows) == 0:
		l.Empty = v.empty(q)
	}
	return l, nil
}

// sorts are the orders of what is open. What is finalized waits for nothing.
func (v *visit) sorts(q listQuery) []sortChoice {
	if q.View == viewHistory || q.View == viewMentions {
		return nil
	}
	newest, waiting := q, q
	newest.Sort, waiting.Sort = "", conversation.SortWaiting
	return []sortChoice{
		{Label: v.lang.T("sort.newest"), URL: newest.url(""), Current: q.Sort == ""},
		{Label: v.lang.T("sort.waiting"), URL: waiting.url(""), Current: q.Sort == conversation.SortWaiting},
	}
}

func listTitle(v *visit, q listQuery) string {
	title := map[string]string{
		viewAll: v.lang.T("list.open"), viewMine: v.lang.T("list.mine"),
		viewUnassigned: v.lang.T("list.unassigned"), viewMentions: v.lang.T("nav.mentions"), viewHistory: v.lang.T("list.history"),
	}[q.View]
	if q.Department != "" {
		title = v.lang.T("list.in", "list", title, "department", departmentName(v.dir, q.Department))
	}
	return title
}

func (v *visit) row(p *conversation.ProtocolItem, q listQuery, current string) row {
	out := row{
		Number: p.Number, URL: q.protocolURL(p.Number), Who: displayName(p.Known()), Subject: p.Subject, Preview: p.Preview,
		Ours: p.PreviewKind == conversation.KindOut, Verdict: string(p.Verdict), Unread: p.Unread, Mentioned: p.Mentioned,
		Updated: v.moment(p.UpdatedAt), Current: p.Number == current, Pretence: strings.Join(v.pretences(p.Contact), " "),
		Incoming: p.Incoming, Picked: q.All,
	}
	if out.Subject == "" {
		out.Subject = v.lang.T("list.nosubject")
	}
	if q.Department == "" && v.seesSeveral() {
		out.Department = departmentName(v.dir, p.Department)
	}
	if q.View == viewHistory {
		out.Updated, out.Classification = v.moment(p.FinalizedAt), p.Classification
	}
	if !p.WaitingSince.IsZero() && p.Status == conversation.Open {
		waited := max(0, v.now.Sub(p.WaitingSince))
		out.Waiting, out.Heat = v.lang.span(max(waited, time.Minute)), heat(waited)
	}
	return out
}

// heat says how warm a waiting time is shown.
func heat(waited time.Duration) string {
	switch {
	case waited < 4*time.Hour:
		return "fresh"
	case waited < 24*time.Hour:
		return "warm"
	}
	return "hot"
}

// displayName is who somebody is: the name, but not one that looks like an address, which may be another's
// than the one that is vouched for.
func displayName(c conversation.ContactRef) string {
	if c.Name != "" && !addressLike.MatchString(c.Name) {
		return c.Name
	}
	return c.Address
}

var addressLike = regexp.MustCompile(`[^\s@]@[^\s@]+\.|[\x{ff20}\x{fe6b}]`)

func (v *visit) moment(t time.Time) moment { return v.lang.moment(t, v.now, v.dir.Location) }

// seesSeveral tells whether the agent sees more than one department.
func (v *visit) seesSeveral() bool { return len(v.departments()) > 1 }

func (v *visit) departments() []*conversation.Department {
	var out []*conversation.Department
	for i := range v.dir.Departments {
		if d := &v.dir.Departments[i]; v.actor.Sees(v.dir, d.ID) {
			out = append(out, d)
		}
	}
	return out
}

// emptyView is what an empty list says: what it is for, and what to do next.
type emptyView struct {
	Title, Text string
	Try         string
	Addresses   []string
	OrCommand   string
	Command     string
	Clear       string // the list that is not narrowed
}

func (v *visit) empty(q listQuery) *emptyView {
	t := v.lang.T
	switch {
	case len(v.departments()) == 0:
		return &emptyView{Title: t("empty.nodepartment"), Text: t("empty.nodepartment.try")}
	case q.View == viewMine:
		return &emptyView{Title: t("empty.mine"), Text: t("empty.mine.text")}
	case q.View == viewMentions:
		return &emptyView{Title: t("empty.mentions"), Text: t("empty.mentions.text")}
	case q.View == viewUnassigned:
		return &emptyView{Title: t("empty.unassigned"), Text: t("empty.unassigned.text")}
	case q.View == viewHistory:
		return &emptyView{Title: t("empty.history"), Text: t("empty.history.text")}
	}
	e := &emptyView{Title: t("empty.open"), Text: t("empty.open.text")}
	for _, d := range v.departments() {
		if c := v.dir.ReceivingChannel(d.ID); c != nil && (q.Department == "" || q.Department == d.ID) && len(e.Addresses) < 5 {
			e.Addresses = append(e.Addresses, c.Email)
		}
	}
	if len(e.Addresses) == 0 {
		e.OrCommand, e.Command = t("empty.open.nochannel"), "recado channel add EMAIL --department ID --send all"
		return e
	}
	e.Try, e.OrCommand = t("empty.open.try"), t("empty.open.command")
	e.Command = "swaks --server " + v.dir.Hostname + " --to " + e.Addresses[0]
	return e
}

func (in *Inbox) home(w http.ResponseWriter, r *http.Request, _ *visit) error {
	http.Redirect(w, r, "/inbox", http.StatusSeeOther)
	return nil
}

func (in *Inbox) showInbox(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.showList(w, r, v)
}

func (in *Inbox) showHistory(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.showList(w, r, v)
}

func (in *Inbox) showList(w http.ResponseWriter, r *http.Request, v *visit) error {
	q, err := in.listQuery(r, v)
	if err != nil {
		return err
	}
	var p page
	if err := in.framed(r.Context(), r, v, &p, q.current()); err != nil {
		return err
	}
	l, err := in.list(r.Context(), v, q, "")
	if err != nil {
		return err
	}
	p.Title, p.Body = l.Title, l
	status := http.StatusOK
	if l.Narrow != nil && len(l.Narrow.Mistakes) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return in.render(w, v, status, "inbox", p)
}
