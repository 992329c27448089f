package inbox

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/conversation"
)

// numbersDesk tells what happened on some days, and who waits.
type numbersDesk interface {
	Numbers(ctx context.Context, actor conversation.Actor, q conversation.NumbersQuery) (*conversation.Numbers, error)
}

// numbersView is the screen of the numbers.
type numbersView struct {
	From, To           string // as typed, or what they are
	Departments        []choice
	Agents             []choice
	Mistakes           map[string]string // what is wrong with what was typed, by the name of the field
	Zone               string
	File               string // the address of the same as a file
	Total              numbersRow
	Since              string // where earlier days were asked for than were counted
	Chart              *chart
	Nothing            string // why there is no chart
	Teams, People, Day []numbersRow
	Alone              bool // it is an agent's own row that is shown, not the others'
}

// numbersRow is a line of a table.
type numbersRow struct {
	Name     string
	Waiting  int
	Longest  string
	Heat     string
	Opened   int
	Received int
	Sent     int
	First    times
	Finished int
	Reopened int
	Resolved times
}

// times are how long things took: half of them the first at most, nine of ten the second. Empty where there were none.
type times struct{ Half, Most string }

// numbersQuery is what is asked for. A department that the agent does not see is not there.
func numbersQuery(r *http.Request, v *visit) (conversation.NumbersQuery, error) {
	n := narrowingOf(r)
	q := conversation.NumbersQuery{From: n.From, To: n.To, Department: r.URL.Query().Get("department"), Agent: n.Agent}
	if q.Department != "" && !v.seesDepartment(q.Department) {
		return q, errNotFound
	}
	return q, nil
}

func (in *Inbox) showNumbers(w http.ResponseWriter, r *http.Request, v *visit) error {
	q, err := numbersQuery(r, v)
	if err != nil {
		return err
	}
	p := page{Title: v.lang.T("numbers.title")}
	if err := in.framed(r.Context(), r, v, &p, "numbers"); err != nil {
		return err
	}
	if err := in.readNames(r.Context(), v); err != nil {
		return err
	}
	view := v.numbersView(q)
	from, to, mistake := q.Days(v.dir, v.now)
	status := http.StatusOK
	if mistake != "" {
		status, view.Mistakes = http.StatusUnprocessableEntity, v.dayMistake(mistake)
	} else {
		view.From, view.To = from.Format(time.DateOnly), to.Format(time.DateOnly)
		n, err := in.desk.Numbers(r.Context(), v.actor, q)
		if err != nil {
			return err
		}
		view.fill(v, n)
	}
	p.Body = view
	return in.render(w, v, status, "numbers", p)
}

// dayMistake words it at the field that it is made in.
func (v *visit) dayMistake(m conversation.DayMistake) map[string]string {
	switch m {
	case conversation.WrongFrom, conversation.WrongTo:
		return map[string]string{string(m): v.lang.T("filter.day.wrong")}
	case conversation.WrongOrder:
		return map[string]string{"to": v.lang.T("filter.to.before")}
	}
	return map[string]string{"from": v.lang.T("numbers.long", "n", v.lang.number(conversation.MaxDays))}
}

// numbersView is the screen without its numbers.
func (v *visit) numbersView(q conversation.NumbersQuery) *numbersView {
	view := &numbersView{From: q.From, To: q.To, Zone: v.dir.Location.String()}
	mine := v.departments()
	if len(mine) > 1 {
		for _, d := range mine {
			view.Departments = append(view.Departments, choice{Value: d.ID, Label: departmentName(v.dir, d.ID), Current: d.ID == q.Department})
		}
	}
	if view.Alone = v.actor.Role == conversation.RoleAgent; view.Alone {
		view.Agents = []choice{{Value: v.agent.Email, Label: v.agent.Name, Current: q.Agent == v.agent.Email}}
	} else {
		view.Agents = v.fellows(mine, q.Agent)
	}
	values := url.Values{}
	for name, value := range map[string]string{"from": q.From, "to": q.To, "department": q.Department, "agent": q.Agent} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if view.File = "/numbers.csv"; len(values) > 0 {
		view.File += "?" + values.Encode()
	}
	return view
}

// fill puts the numbers in. Days are the latest first, as nobody scrolls to today.
func (view *numbersView) fill(v *visit, n *conversation.Numbers) {
	view.Total = v.numbersRow("", n.Total)
	for _, r := range n.Departments {
		view.Teams = append(view.Teams, v.numbersRow(r.Name, r))
	}
	for _, r := range n.Agents {
		name := r.Name
		if r.ID == "" {
			name = v.lang.T("numbers.nobody")
		}
		view.People = append(view.People, v.numbersRow(name, r))
	}
	for _, r := range slices.Backward(n.Days) {
		view.Day = append(view.Day, v.numbersRow(v.day(r.ID), r))
	}
	switch {
	case n.Since.IsZero():
		view.Nothing = v.lang.T("numbers.empty")
	case len(n.Days) == 0:
		view.Nothing = v.lang.T("numbers.none", "day", v.day(n.Since.Format(time.DateOnly)))
	default:
		view.Chart = v.chart(n)
		if n.Since.After(n.From) {
			view.Since = v.day(n.Since.Format(time.DateOnly))
		}
	}
}

func (v *visit) numbersRow(name string, r conversation.NumbersRow) numbersRow {
	row := numbersRow{Name: name, Waiting: r.Waiting, Opened: r.Opened, Received: r.Received, Sent: r.Sent, Finished: r.Finalized, Reopened: r.Reopened,
		First: v.times(&r.FirstAnswer), Resolved: v.times(&r.Resolution)}
	if r.Waiting > 0 {
		waited := max(0, v.now.Sub(r.WaitingSince))
		row.Longest, row.Heat = v.lang.length(max(waited, time.Minute)), heat(waited)
	}
	return row
}

func (v *visit) times(d *conversation.Durations) times {
	if d.Count == 0 {
		return times{}
	}
	return times{v.lang.length(d.About(0.5)), v.lang.length(d.About(0.9))}
}

// day writes "2026-11-23" as lists write days, with the year where it is another.
func (v *visit) day(text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	day := fmt.Sprintf("%d %s", t.Day(), v.lang.months[t.Month()-1])
	if t.Year() != v.now.In(v.dir.Location).Year() {
		day += " " + strconv.Itoa(t.Year())
	}
	return day
}

// length is span to a tenth, for what is compared.
func (l *language) length(d time.Duration) string {
	tenth := func(n float64) string {
		return strings.Replace(strings.TrimSuffix(strconv.FormatFloat(n, 'f', 1, 64), ".0"), ".", l.decimal, 1)
	}
	switch {
	case d < time.Hour:
		return l.span(d)
	case d < 48*time.Hour:
		return l.T("span.hours", "n", tenth(d.Hours()))
	}
	return l.T("span.days", "n", tenth(d.Hours()/24))
}

// numbersFile is the same as a file.
func (in *Inbox) numbersFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	q, err := numbersQuery(r, v)
	if err != nil {
		return err
	}
	n, err := in.desk.Numbers(r.Context(), v.actor, q)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := n.WriteCSV(&file); err != nil {
		return err
	}
	w.Header().Set("Content-Type", conversation.CSVType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+n.FileName()+`"`)
	_, _ = w.Write(file.Bytes()) // nobody is left to tell when the browser has gone
	return nil
}
