package conversation

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// NumbersQuery asks for the numbers of some days, both of them whole; where they are left out, of the last four weeks.
type NumbersQuery struct {
	From, To          string // "2026-11-23"
	Department, Agent string
}

// MaxDays bounds the days that are asked for at once, usualDays are those that nobody chose.
const (
	MaxDays   = 366
	usualDays = 28
)

// DayMistake is what is wrong with the days that are asked for.
type DayMistake string

const (
	WrongFrom  DayMistake = "from"  // it is no day
	WrongTo    DayMistake = "to"    // it is no day
	WrongOrder DayMistake = "order" // the last day comes before the first
	TooLong    DayMistake = "long"  // they are more than MaxDays
)

// Days are the first moments of the first and the last day, "" when nothing is wrong.
func (q *NumbersQuery) Days(d *Directory, now time.Time) (from, to time.Time, mistake DayMistake) {
	var err error
	if to = startOf(now.In(d.Location), d.Location); q.To != "" {
		if to, err = d.Day(q.To); err != nil {
			return from, to, WrongTo
		}
	}
	if from = startOf(to.In(d.Location).AddDate(0, 0, 1-usualDays), d.Location); q.From != "" {
		if from, err = d.Day(q.From); err != nil {
			return from, to, WrongFrom
		}
	}
	switch {
	case to.Before(from):
		return from, to, WrongOrder
	case !from.In(d.Location).AddDate(0, 0, MaxDays).After(to):
		return from, to, TooLong
	}
	return from, to, ""
}

// Numbers are what happened on some days, and who waits now.
type Numbers struct {
	From, To          time.Time // the first moments of the first and the last day
	Department, Agent string    // what they are narrowed to
	// Since is the first day that was counted of the departments; zero where nothing was.
	Since       time.Time
	Total       NumbersRow
	Departments []NumbersRow // in the order of the channel file
	// Agents are those who did something or have somebody waiting, by name; last, without an address, what was nobody's
	// or done by customers, programs and the operator. An agent has the own row alone.
	Agents []NumbersRow
	Days   []NumbersRow // oldest first, from Since on and until today
}

// NumbersRow are the numbers of one department, agent or day. Who waits is not a day's.
type NumbersRow struct {
	ID, Name string // the department's id, the agent's address, or the day as "2026-11-23"
	Figures
	Waiting      int
	WaitingSince time.Time
}

// wait adds who waits.
func (r *NumbersRow) wait(w WaitingCount) {
	r.Waiting += w.Count
	if r.WaitingSince.IsZero() || w.Since.Before(r.WaitingSince) {
		r.WaitingSince = w.Since
	}
}

// Numbers are those of the departments that the actor sees. What other agents did is told to supervisors and admins:
// for others it is in the sums alone.
func (m *Manager) Numbers(ctx context.Context, actor Actor, q NumbersQuery) (*Numbers, error) {
	if q.Agent != "" {
		var err error
		if q.Agent, err = AgentEmail(q.Agent); err != nil {
			return nil, err
		}
		if q.Agent != actor.Email && !actor.Supervises() {
			return nil, errorf(CodeForbidden, "what one agent did is shown to that agent and to supervisors")
		}
	}
	s := summary{m: m, d: m.Directory(), actor: actor, q: q}
	if err := m.store.View(ctx, s.read); err != nil {
		return nil, err
	}
	return s.Numbers, nil
}

// summary is the adding up of numbers.
type summary struct {
	m     *Manager
	d     *Directory
	actor Actor
	q     NumbersQuery
	*Numbers

	departments, agents, days map[string]*NumbersRow
}

// read adds up in one View, whose time says what today is.
func (s *summary) read(tx Tx) error {
	from, to, mistake := s.q.Days(s.d, tx.Now())
	if mistake != "" {
		return mistake.error(&s.q)
	}
	s.Numbers = &Numbers{From: from, To: to, Department: s.q.Department, Agent: s.q.Agent}
	s.departments, s.agents, s.days = map[string]*NumbersRow{}, map[string]*NumbersRow{}, map[string]*NumbersRow{}
	scope := s.m.narrow(s.actor, s.asked())
	err := tx.EachFigures(scope, NumberDay(from, s.d.Location), NumberDay(to, s.d.Location), s.add)
	if err != nil {
		return err
	}
	waiting, err := tx.Waiting(scope)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		s.wait(w)
	}
	first, err := tx.FirstFigures(scope)
	if err != nil {
		return err
	}
	if first != "" {
		day, err := time.Parse("20060102", first)
		if err != nil {
			return err
		}
		s.Since = startOf(day, s.d.Location)
	}
	s.listDepartments(scope)
	s.listDays(tx.Now())
	return s.listAgents(tx)
}

// asked are the departments that the numbers are narrowed to.
func (s *summary) asked() []string {
	if s.q.Department == "" {
		return nil
	}
	return []string{s.q.Department}
}

// add takes in what a cell counts.
func (s *summary) add(c Cell, f *Figures) {
	if s.q.Agent != "" && c.Agent != s.q.Agent {
		return
	}
	s.Total.Add(f)
	rowOf(s.departments, c.Department).Add(f)
	rowOf(s.days, c.Day).Add(f)
	if s.tells(c.Agent) {
		rowOf(s.agents, c.Agent).Add(f)
	}
}

// wait takes in who waits.
func (s *summary) wait(w WaitingCount) {
	if s.q.Agent != "" && w.Agent != s.q.Agent {
		return
	}
	s.Total.wait(w)
	rowOf(s.departments, w.Department).wait(w)
	if s.tells(w.Agent) {
		rowOf(s.agents, w.Agent).wait(w)
	}
}

// tells tells whether the actor is shown the row of the agent.
func (s *summary) tells(agent string) bool {
	return s.actor.Supervises() || agent != "" && agent == s.actor.Email
}

func rowOf(rows map[string]*NumbersRow, id string) *NumbersRow {
	if rows[id] == nil {
		rows[id] = &NumbersRow{ID: id}
	}
	return rows[id]
}

// listDepartments has those of the channel file, also where nothing happened; after them those that left it.
func (s *summary) listDepartments(scope []string) {
	s.Departments = []NumbersRow{}
	for i := range s.d.Departments {
		dep := &s.d.Departments[i]
		if scope == nil || slices.Contains(scope, dep.ID) {
			row := rowOf(s.departments, dep.ID)
			row.Name = dep.Name
			s.Departments = append(s.Departments, *row)
			delete(s.departments, dep.ID)
		}
	}
	var gone []NumbersRow
	for _, row := range s.departments {
		row.Name = row.ID
		gone = append(gone, *row)
	}
	slices.SortFunc(gone, func(a, b NumbersRow) int { return cmp.Compare(a.ID, b.ID) })
	s.Departments = append(s.Departments, gone...)
}

// listDays has every day that was counted until now, also where nothing happened.
func (s *summary) listDays(now time.Time) {
	s.Days = []NumbersRow{}
	if s.Since.IsZero() {
		return
	}
	day := s.From
	if day.Before(s.Since) {
		day = s.Since
	}
	for ; !day.After(s.To) && !day.After(now); day = s.d.NextDay(day) {
		row := rowOf(s.days, NumberDay(day, s.d.Location))
		row.ID = day.In(s.d.Location).Format(time.DateOnly)
		row.Name = row.ID
		s.Days = append(s.Days, *row)
	}
}

func (s *summary) listAgents(tx Tx) error {
	s.Agents = []NumbersRow{}
	for _, row := range s.agents {
		agent, err := tx.Agent(row.ID)
		if err != nil {
			return err
		}
		if row.Name = row.ID; agent != nil && agent.Name != "" {
			row.Name = agent.Name
		}
		s.Agents = append(s.Agents, *row)
	}
	slices.SortFunc(s.Agents, func(a, b NumbersRow) int {
		if (a.ID == "") != (b.ID == "") {
			return cmp.Compare(b.ID, a.ID) // nobody's last
		}
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return nil
}

// error says what is wrong to who typed it.
func (w DayMistake) error(q *NumbersQuery) error {
	switch w {
	case WrongFrom:
		return errorf(CodeInvalid, "from: %q is no day: write it as 2026-11-23", preview(q.From))
	case WrongTo:
		return errorf(CodeInvalid, "to: %q is no day: write it as 2026-11-23", preview(q.To))
	case WrongOrder:
		return errorf(CodeInvalid, "to: the last day must not come before the first")
	}
	return errorf(CodeInvalid, "from: %d days at most are told at once", MaxDays)
}
