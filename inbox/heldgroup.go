package inbox

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"recado/conversation"
)

// heldGroup is the held mail of one reason, department and sender, to be decided as a whole.
type heldGroup struct {
	Who, ReasonWord          string
	Reason, Department, From string // what the forms say
	Until                    string // the page's moment: what comes later was not looked at
}

// heldGroupFilter names a group; without one the tray lists groups.
type heldGroupFilter struct{ conversation.HeldFilter }

func groupFilter(q url.Values) heldGroupFilter {
	f := heldGroupFilter{conversation.HeldFilter{Reason: conversation.HeldReason(q.Get("reason")), Who: q.Get("who")}}
	if dep := q.Get("department"); dep != "" {
		f.Departments = []string{dep}
	}
	return f
}

func (f heldGroupFilter) query() url.Values {
	q := url.Values{}
	if f.Who != "" {
		q.Set("reason", string(f.Reason))
		q.Set("who", f.Who)
		if len(f.Departments) > 0 {
			q.Set("department", f.Departments[0])
		}
	}
	return q
}

func heldURL(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// heldRows fills the list: the mails of the group that is asked for, else a row for each group. A group of one
// mail is that mail.
func (in *Inbox) heldRows(ctx context.Context, v *visit, view *heldView, f heldGroupFilter, page conversation.Page, query url.Values, chosen *conversation.Held) (string, error) {
	if f.Who != "" {
		items, next, err := in.desk.HeldMails(ctx, v.actor, f.HeldFilter, page)
		if err != nil {
			return "", err
		}
		for _, h := range items {
			view.Rows = append(view.Rows, v.heldRow(h, query, chosen != nil && chosen.ID == h.ID))
		}
		view.Group = &heldGroup{Who: f.Who, Reason: string(f.Reason), ReasonWord: v.lang.word("held.reason.", string(f.Reason)), From: f.Who,
			Department: f.query().Get("department"), Until: v.now.UTC().Format(time.RFC3339Nano)}
		return next, nil
	}
	groups, next, err := in.desk.HeldGroups(ctx, v.actor, conversation.HeldFilter{}, page)
	if err != nil {
		return "", err
	}
	for _, g := range groups {
		h, err := in.desk.HeldMail(ctx, v.actor, g.Newest)
		if hasCode(err, conversation.CodeNotFound) {
			continue // decided a moment ago
		}
		if err != nil {
			return "", err
		}
		row := v.heldRow(h, query, chosen != nil && chosen.ID == h.ID)
		if g.Count > 1 {
			of := heldGroupFilter{conversation.HeldFilter{Reason: g.Reason, Who: g.Who, Departments: []string{g.Department}}}
			row.URL, row.Who, row.Count, row.Since = heldURL("/held", of.query()), g.Who, g.Count, v.moment(g.First).Short
			row.Current = false
		}
		view.Rows = append(view.Rows, row)
	}
	return next, nil
}

// soon announces what goes by itself within a week (rule 19).
func (in *Inbox) soon(ctx context.Context, v *visit, view *heldView) error {
	n, first, err := in.desk.HeldExpiring(ctx, v.actor)
	if err == nil && n > 0 {
		view.Soon = v.lang.N("held.soon", n) + " " + v.lang.T("held.soon.first", "time", v.moment(first).Full)
	}
	return err
}

func (in *Inbox) acceptGroup(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.decideGroup(w, r, v, in.desk.AcceptHeldGroup)
}

func (in *Inbox) discardGroup(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.decideGroup(w, r, v, in.desk.DiscardHeldGroup)
}

func (in *Inbox) decideGroup(w http.ResponseWriter, r *http.Request, v *visit,
	decide func(context.Context, conversation.Intent, conversation.HeldFilter, time.Time) (int, error)) error {
	if err := form(w, r); err != nil {
		return err
	}
	f := groupFilter(r.PostForm)
	until, err := time.Parse(time.RFC3339Nano, r.PostForm.Get("until"))
	if err != nil || f.Who == "" || f.Reason == "" || f.Departments == nil {
		return errBadForm
	}
	if _, err := decide(r.Context(), conversation.Intent{Actor: v.actor}, f.HeldFilter, until); err != nil {
		return err
	}
	http.Redirect(w, r, "/held?done=group", http.StatusSeeOther)
	return nil
}
