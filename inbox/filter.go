package inbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"recado/conversation"
	"recado/internal/message"
)

// narrowing is what narrows the history beside the department: what was typed, as the address has it.
type narrowing struct {
	Number, Contact, Agent, Classification string
	From, To                               string // days, both of them whole
}

// maxNarrowing bounds each, in octets.
const maxNarrowing = 320

func narrowingOf(r *http.Request) narrowing {
	q := r.URL.Query()
	get := func(name string) string {
		s, _ := cutText(strings.TrimSpace(q.Get(name)), maxNarrowing)
		return s
	}
	return narrowing{Number: get("number"), Contact: get("contact"), Agent: get("agent"),
		Classification: get("classification"), From: get("from"), To: get("to")}
}

// set adds to an address what is not empty.
func (n *narrowing) set(values url.Values) {
	for name, value := range map[string]string{"number": n.Number, "contact": n.Contact, "agent": n.Agent,
		"classification": n.Classification, "from": n.From, "to": n.To} {
		if value != "" {
			values.Set(name, value)
		}
	}
}

// apply narrows a list, and returns what is wrong with what was typed, by the name of the field.
func (n *narrowing) apply(v *visit, f *conversation.ProtocolFilter) map[string]string {
	mistakes := map[string]string{}
	f.Classification, f.Agent = n.Classification, n.Agent
	if n.Number != "" {
		if f.Number = n.Number; !conversation.ValidNumberStart(n.Number) {
			mistakes["number"] = v.lang.T("filter.number.wrong")
		}
	}
	if n.Contact != "" {
		a, ok := message.ParseAddress(n.Contact)
		if f.Contact = a.Key(); !ok || f.Contact == "" {
			mistakes["contact"] = v.lang.T("filter.contact.wrong")
		}
	}
	f.After, f.Before = v.days(n.From, n.To, mistakes)
	return mistakes
}

// days reads the first and the last day of a form: the moments that they begin and end at, zero where none is
// said. What is wrong goes to mistakes, by the fields from and to.
func (v *visit) days(from, to string, mistakes map[string]string) (since, until time.Time) {
	var err error
	if from != "" {
		if since, err = v.dir.Day(from); err != nil {
			mistakes["from"] = v.lang.T("filter.day.wrong")
		}
	}
	if to != "" {
		if until, err = v.dir.Day(to); err != nil {
			mistakes["to"] = v.lang.T("filter.day.wrong")
		} else {
			until = v.dir.NextDay(until)
		}
	}
	if !since.IsZero() && !until.IsZero() && !since.Before(until) {
		mistakes["to"] = v.lang.T("filter.to.before")
	}
	return since, until
}

// narrowView is the form that narrows the history.
type narrowView struct {
	narrowing
	Department      string
	Departments     []choice // where there is more than one
	Agents          []choice
	Classifications []string // those that departments list
	Mistakes        map[string]string
	Said            string // what it is narrowed to; empty: nothing
	Clear           string
	Zone            string
}

// narrow is the form, with what the agent sees to choose from. Who is disabled may have worked once.
func (v *visit) narrow(q listQuery, mistakes map[string]string) *narrowView {
	view := &narrowView{narrowing: q.narrowing, Department: q.Department, Mistakes: mistakes, Clear: listQuery{View: viewHistory}.url(""), Zone: v.dir.Location.String()}
	mine := v.departments()
	for _, d := range mine {
		view.Departments = append(view.Departments, choice{Value: d.ID, Label: departmentName(v.dir, d.ID), Current: d.ID == q.Department})
		view.Classifications = append(view.Classifications, d.Classifications...)
	}
	if len(mine) < 2 {
		view.Departments = nil
	}
	slices.Sort(view.Classifications)
	view.Classifications = slices.Compact(view.Classifications)
	view.Agents = v.fellows(mine, q.Agent)
	if q.Agent != "" && !slices.ContainsFunc(view.Agents, func(c choice) bool { return c.Current }) {
		view.Agents = append(view.Agents, choice{Value: q.Agent, Label: q.Agent, Current: true})
	}
	said := []string{q.Number, q.Contact, v.name(q.Agent), q.Classification}
	if q.Department != "" {
		said = append(said, departmentName(v.dir, q.Department))
	}
	if q.From != "" || q.To != "" {
		said = append(said, q.From+" – "+q.To)
	}
	view.Said = strings.Join(slices.DeleteFunc(said, func(s string) bool { return s == "" }), " · ")
	return view
}

// fellows are the agents who see one of the departments.
func (v *visit) fellows(departments []*conversation.Department, current string) []choice {
	var out []choice
	for _, a := range v.colleagues {
		actor := conversation.ActorOf(a)
		if slices.ContainsFunc(departments, func(d *conversation.Department) bool { return actor.Sees(v.dir, d.ID) }) {
			out = append(out, choice{Value: a.Email, Label: v.name(a.Email), Current: a.Email == current})
		}
	}
	slices.SortFunc(out, func(a, b choice) int { return strings.Compare(a.Label, b.Label) })
	return out
}
