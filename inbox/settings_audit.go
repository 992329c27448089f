package inbox

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"recado/conversation"
)

// auditDesk is what the screen of the audit needs of the domain.
type auditDesk interface {
	Audit(ctx context.Context, actor conversation.Actor, r conversation.AuditRequest, page conversation.Page) ([]*conversation.AuditLine, string, error)
}

// auditView is Settings > Audit.
type auditView struct {
	Who, On, From, To string // as they were typed
	Kinds             []choice
	Mistakes          map[string]string // by field
	Narrowed          bool
	Rows              []auditRow
	Empty             *emptyView
	First, More       string
}

type auditRow struct {
	At                 moment
	Who, As            string
	Action             string
	Object, Other, URL string // URL leads to what the agent may open
	Department         string
	Departments        []string
	Detail, Via, Addr  string
	Count              int
}

const auditPath = "/settings/audit"

// auditFields are the fields of its form.
var auditFields = []string{"who", "what", "on", "from", "to"}

// auditForm is what the form says, each field cut to what could be looked for.
func auditForm(r *http.Request) url.Values {
	values := url.Values{}
	for _, name := range auditFields {
		if s, _ := cutText(strings.TrimSpace(r.URL.Query().Get(name)), maxJournalFind); s != "" {
			values.Set(name, s)
		}
	}
	return values
}

func auditURL(form url.Values, cursor string) string {
	values := maps.Clone(form)
	if cursor != "" {
		values.Set("cursor", cursor)
	}
	if len(values) == 0 {
		return auditPath
	}
	return auditPath + "?" + values.Encode()
}

// auditRequest asks for what the form says; mistakes are by field.
func (v *visit) auditRequest(form url.Values) (conversation.AuditRequest, map[string]string) {
	q := conversation.AuditRequest{Actor: form.Get("who"), Action: form.Get("what"), Object: form.Get("on")}
	mistakes := map[string]string{}
	q.Since, q.Until = v.days(form.Get("from"), form.Get("to"), mistakes)
	if q.Action != "" && !slices.Contains(conversation.AuditKinds(), q.Action) {
		q.Action = "" // the menu has no such thing
		form.Del("what")
	}
	return q, mistakes
}

func (in *Inbox) showAudit(w http.ResponseWriter, r *http.Request, v *visit) error {
	ctx, cursor, form := r.Context(), r.URL.Query().Get("cursor"), auditForm(r)
	q, mistakes := v.auditRequest(form)
	view := &auditView{
		Who: form.Get("who"), On: form.Get("on"), From: form.Get("from"), To: form.Get("to"), Mistakes: mistakes, Narrowed: len(form) > 0,
	}
	for _, kind := range conversation.AuditKinds() {
		view.Kinds = append(view.Kinds, choice{Value: kind, Label: v.lang.T("audit.kind." + kind), Current: kind == q.Action})
	}
	p := page{Title: v.lang.T("audit.title"), Body: view}
	if err := in.framed(ctx, r, v, &p, "settings"); err != nil {
		return err
	}
	if len(mistakes) > 0 {
		return in.render(w, v, http.StatusUnprocessableEntity, "settings_audit", p)
	}
	lines, next, err := in.desk.Audit(ctx, v.actor, q, conversation.Page{Cursor: cursor, Limit: listPage})
	if err != nil {
		return err
	}
	if err := in.auditRows(ctx, v, view, lines); err != nil {
		return err
	}
	if next != "" {
		view.More = auditURL(form, next)
	}
	if cursor != "" {
		view.First = auditURL(form, "")
	}
	if len(lines) == 0 {
		view.Empty = v.noAudit(view)
	}
	return in.render(w, v, http.StatusOK, "settings_audit", p)
}

func (v *visit) noAudit(view *auditView) *emptyView {
	t := v.lang.T
	switch {
	case view.More != "":
		return &emptyView{Title: t("filter.goon"), Text: t("filter.goon.text")}
	case view.Narrowed:
		return &emptyView{Title: t("audit.nothing"), Text: t("audit.nothing.text")}
	}
	return &emptyView{Title: t("audit.empty"), Text: t("audit.empty.text")}
}

// auditRows words the lines. Each protocol is looked up once a page.
func (in *Inbox) auditRows(ctx context.Context, v *visit, view *auditView, lines []*conversation.AuditLine) error {
	links := map[string]string{}
	for _, l := range lines {
		row := auditRow{
			At: v.moment(l.At), Who: v.auditActor(l.Actor, l.Name), As: l.As, Action: v.lang.T("audit.do." + string(l.Action)), Object: l.Object, Other: l.Other,
			Detail: l.Detail, Addr: l.From, Count: l.Count,
		}
		if l.Via != "" {
			row.Via = v.lang.T("audit.via." + string(l.Via))
		}
		if l.Department != "" {
			row.Department = departmentName(v.dir, l.Department)
		}
		for _, id := range l.Named {
			row.Departments = append(row.Departments, departmentName(v.dir, id))
		}
		if conversation.ValidNumber(l.Object) {
			link, ok := links[l.Object]
			if !ok {
				var err error
				if link, err = in.protocolLink(ctx, v, l.Object); err != nil {
					return err
				}
				links[l.Object] = link
			}
			row.URL = link
		}
		view.Rows = append(view.Rows, row)
	}
	return nil
}

// auditActor is how who did it is shown.
func (v *visit) auditActor(actor, name string) string {
	switch {
	case actor == conversation.AuditOperator:
		return v.lang.T("audit.operator")
	case actor == "" && name == "":
		return v.lang.T("audit.nobody")
	case name == "":
		return actor
	}
	return name
}
