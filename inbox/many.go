package inbox

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"recado/conversation"
)

// manyView is what can be done to the rows that are selected.
type manyView struct {
	Key, Query, At  string // At is the protocol beside the list
	Finalize        bool
	Classifications []string // those that all departments on the page have
	Free            bool     // they list none: any will do
	Apart           string   // why there are fewer than one department has
	Agents          []choice
	Departments     []choice
	All, Clear      string // this page with all selected, and with none
}

// many is what can be done to the rows of the list.
func (v *visit) many(q listQuery, items []conversation.ProtocolItem, current string) *manyView {
	view := &manyView{Key: conversation.NewID(v.now), Query: q.query(), At: current, Finalize: q.View != viewHistory}
	view.Clear = q.url(q.Cursor)
	if current != "" {
		view.Clear = q.protocolURL(current)
	}
	view.All = withQuery(view.Clear, "all", "1")
	var ids []string
	for i := range items {
		ids = append(ids, items[i].Department)
	}
	slices.Sort(ids)
	v.classifications(view, slices.Compact(ids))
	view.Agents = append(view.Agents, choice{Value: v.agent.Email, Label: v.lang.T("many.me"), Current: true}, choice{Label: v.lang.T("facts.nobody")})
	for _, a := range v.colleagues {
		if !a.Disabled && a.Email != v.agent.Email && slices.ContainsFunc(ids, func(d string) bool { return conversation.ActorOf(a).Sees(v.dir, d) }) {
			view.Agents = append(view.Agents, choice{Value: a.Email, Label: v.name(a.Email)})
		}
	}
	for i := range v.dir.Departments {
		d := &v.dir.Departments[i]
		if !v.actor.Knows(v.dir, d.ID) {
			continue
		}
		label := departmentName(v.dir, d.ID)
		if !v.actor.Sees(v.dir, d.ID) {
			label = v.lang.T("many.unseen", "department", label)
		}
		if len(ids) != 1 || ids[0] != d.ID {
			view.Departments = append(view.Departments, choice{Value: d.ID, Label: label})
		}
	}
	return view
}

// classifications are those that each of the departments takes: what one of them lists and another does not is not offered.
func (v *visit) classifications(view *manyView, departments []string) {
	var listed []*conversation.Department
	for _, id := range departments {
		if d := v.dir.Department(id); d != nil && len(d.Classifications) > 0 {
			listed = append(listed, d)
		}
	}
	if view.Free = len(listed) == 0; view.Free {
		return
	}
	fewer := false
	for _, c := range listed[0].Classifications {
		all := !slices.ContainsFunc(listed[1:], func(d *conversation.Department) bool {
			return !slices.ContainsFunc(d.Classifications, func(other string) bool { return strings.EqualFold(other, c) })
		})
		if all {
			view.Classifications = append(view.Classifications, c)
		}
	}
	var names []string
	for _, d := range listed {
		fewer = fewer || len(d.Classifications) > len(view.Classifications)
		names = append(names, departmentName(v.dir, d.ID))
	}
	if fewer {
		view.Apart = v.lang.T("many.apart", "departments", strings.Join(names, ", "))
	}
}

// doneView is what came of what was asked for many, or of undoing it.
type doneView struct {
	Said      []string
	Failed    string // how many were left as they are; empty: none
	Failures  []failedView
	Undo      string // its key, while it can be undone
	Query, At string
	Warn      bool
}

type failedView struct{ Number, URL, Why string }

// done tells of the request that the address names; nil where there is nothing to tell.
func (in *Inbox) done(ctx context.Context, v *visit, q listQuery, current string) (*doneView, error) {
	view := &doneView{Query: q.query(), At: current}
	if q.Done == "none" {
		view.Said, view.Warn = []string{v.lang.T("many.none")}, true
		return view, nil
	}
	if validKey(q.Done) == "" {
		return nil, nil
	}
	r, err := in.desk.ManyDone(ctx, v.actor, q.Done)
	switch {
	case err != nil:
		return nil, err
	case r == nil && q.Again:
		view.Said, view.Warn = []string{v.lang.T("many.late")}, true
	case r == nil:
		return nil, nil
	case !r.Whole || r.Undo != nil && !r.Undo.Whole:
		view.Said, view.Warn = []string{v.lang.T("many.unfinished")}, true
	case r.Undo != nil:
		if q.Again {
			view.Said = append(view.Said, v.lang.T("many.twice"))
		}
		view.Said = append(view.Said, v.lang.N("many.undone", r.Undo.Done))
		v.failures(view, q, v.lang.N("many.notundone", len(r.Undo.Failed)), r.Undo.Failed)
	default:
		v.sayDone(view, q, r)
	}
	return view, nil
}

func (v *visit) sayDone(view *doneView, q listQuery, r *conversation.Many) {
	if len(r.Done) > 0 {
		key, value := "many.done."+string(r.Action), r.Value
		switch {
		case r.Action == conversation.ManyAssign && value == "":
			key = "many.done.unassign"
		case r.Action == conversation.ManyAssign:
			value = v.name(value)
		case r.Action == conversation.ManyTransfer:
			value = departmentName(v.dir, value)
		}
		view.Said = append(view.Said, strings.ReplaceAll(v.lang.N(key, len(r.Done)), "{value}", value))
	}
	if r.Same > 0 {
		view.Said = append(view.Said, v.lang.N("many.same", r.Same))
	}
	if gone := len(r.Done) - r.Undoable(); gone > 0 {
		view.Said = append(view.Said, v.lang.N("many.gone", gone))
	}
	if r.Undoable() > 0 {
		view.Undo = q.Done
	}
	v.failures(view, q, v.lang.N("many.failed", len(r.Failed)), r.Failed)
}

// failures tells why, protocol by protocol.
func (v *visit) failures(view *doneView, q listQuery, said string, failed []conversation.ManyFailure) {
	if len(failed) == 0 {
		return
	}
	view.Failed, view.Warn = said, true
	for _, f := range failed {
		out := failedView{Number: f.Number, URL: q.protocolURL(f.Number), Why: v.told(f.Sentence)}
		switch f.Code {
		case conversation.CodeNotFound:
			out.URL, out.Why = "", v.lang.T("many.why.gone")
		case conversation.CodeChanged:
			out.Why = v.lang.T("many.why.changed")
		}
		view.Failures = append(view.Failures, out)
	}
}

// changeMany does one thing to all that are selected, and leads back to the same place.
func (in *Inbox) changeMany(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	q, err := in.listQuery(r, v)
	if err != nil {
		return err
	}
	at := r.PostForm.Get("at")
	asked := conversation.ManyRequest{Action: conversation.ManyAction(r.PostForm.Get("do"))}
	asked.Value = r.PostForm.Get(map[conversation.ManyAction]string{conversation.ManyFinalize: "classification",
		conversation.ManyAssign: "agent", conversation.ManyTransfer: "to", conversation.ManyTag: "tag"}[asked.Action])
	for _, value := range r.PostForm["number"] {
		number, incoming, _ := strings.Cut(value, "/")
		n, err := strconv.Atoi(incoming)
		if err != nil || !conversation.ValidNumber(number) {
			return errBadForm
		}
		asked.Items = append(asked.Items, conversation.ManyItem{Number: number, Incoming: n})
	}
	if len(asked.Items) == 0 {
		return in.backToList(w, r, q, at, url.Values{"many": {"none"}})
	}
	key := r.PostForm.Get("key")
	done, err := in.desk.ChangeMany(r.Context(), conversation.Intent{Actor: v.actor, IdempotencyKey: key}, asked)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(done.Done, func(d conversation.ManyDone) bool { return d.Gone && d.Number == at }) {
		at = ""
	}
	return in.backToList(w, r, q, at, url.Values{"many": {key}})
}

// undoMany takes back what was done to many. What cannot be is told where it was asked.
func (in *Inbox) undoMany(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	q, err := in.listQuery(r, v)
	if err != nil {
		return err
	}
	key := validKey(r.PostForm.Get("undo"))
	if key == "" {
		return errBadForm
	}
	values := url.Values{"many": {key}}
	_, err = in.desk.UndoMany(r.Context(), v.actor, key)
	if hasCode(err, conversation.CodeConflict) {
		values.Set("again", "1")
	} else if err != nil {
		return err
	}
	return in.backToList(w, r, q, r.PostForm.Get("at"), values)
}

// backToList leads to the list, or to the protocol beside it, where the form was.
func (in *Inbox) backToList(w http.ResponseWriter, r *http.Request, q listQuery, at string, more url.Values) error {
	target := q.url(q.Cursor)
	if conversation.ValidNumber(at) {
		target = q.protocolURL(at)
	}
	glue := "?"
	if strings.Contains(target, "?") {
		glue = "&"
	}
	http.Redirect(w, r, target+glue+more.Encode(), http.StatusSeeOther)
	return nil
}
