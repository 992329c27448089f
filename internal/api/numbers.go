package api

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"

	"recado/conversation"
)

// numbersDesk tells what happened on some days, and who waits.
type numbersDesk interface {
	Numbers(context.Context, conversation.Actor, conversation.NumbersQuery) (*conversation.Numbers, error)
}

// Numbers are what happened on some days, both ends included, and who waits now.
type Numbers struct {
	From        string              `json:"from"` // days of the server's time zone, "2026-11-23"
	To          string              `json:"to"`
	Department  string              `json:"department"` // what they are narrowed to; "" is all that the asker sees
	Agent       string              `json:"agent"`
	Since       string              `json:"since"` // the first day that was counted, "" where none was
	Total       WaitingMeasures     `json:"total"`
	Departments []DepartmentNumbers `json:"departments"`
	Agents      []AgentNumbers      `json:"agents"`
	Days        []DayNumbers        `json:"days"` // oldest first, from since on and until today
}

// DepartmentNumbers are one department's.
type DepartmentNumbers struct {
	Department string `json:"department"`
	Name       string `json:"name"`
	WaitingMeasures
}

// AgentNumbers are what one agent did, and who waits of what is assigned to the agent. Of agent "" is what is nobody's,
// or was done by customers, programs and the operator.
type AgentNumbers struct {
	Agent string `json:"agent"`
	Name  string `json:"name"`
	WaitingMeasures
}

// DayNumbers are one day's.
type DayNumbers struct {
	Day string `json:"day"`
	Measures
}

// WaitingMeasures are measures with who waits now.
type WaitingMeasures struct {
	Waiting      int  `json:"waiting"`       // open protocols that wait for our answer
	WaitingSince Time `json:"waiting_since"` // the longest of them
	Measures
}

// Measures are what happened.
type Measures struct {
	Opened      int   `json:"opened"`
	Finalized   int   `json:"finalized"`
	Reopened    int   `json:"reopened"`
	Received    int   `json:"received"` // messages of customers
	Sent        int   `json:"sent"`     // messages of ours
	FirstAnswer Times `json:"first_answer"`
	Resolution  Times `json:"resolution"`
}

// Times are how long things took, in seconds; null where there were none. Median and 90th percentile are to about an eighth.
type Times struct {
	Count   int    `json:"count"`
	Average *int64 `json:"average"`
	Median  *int64 `json:"median"`
	P90     *int64 `json:"p90"`
}

func timesOf(d *conversation.Durations) Times {
	t := Times{Count: d.Count}
	if d.Count > 0 {
		seconds := func(took time.Duration) *int64 {
			n := int64(took / time.Second)
			return &n
		}
		t.Average, t.Median, t.P90 = seconds(d.Average()), seconds(d.About(0.5)), seconds(d.About(0.9))
	}
	return t
}

func measuresOf(r conversation.NumbersRow) Measures {
	return Measures{Opened: r.Opened, Finalized: r.Finalized, Reopened: r.Reopened, Received: r.Received, Sent: r.Sent,
		FirstAnswer: timesOf(&r.FirstAnswer), Resolution: timesOf(&r.Resolution)}
}

func waitingMeasuresOf(r conversation.NumbersRow) WaitingMeasures {
	return WaitingMeasures{Waiting: r.Waiting, WaitingSince: Time{r.WaitingSince}, Measures: measuresOf(r)}
}

func numbersOf(n *conversation.Numbers) Numbers {
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.DateOnly)
	}
	return Numbers{
		From: day(n.From), To: day(n.To), Department: n.Department, Agent: n.Agent, Since: day(n.Since), Total: waitingMeasuresOf(n.Total),
		Departments: each(n.Departments, func(r conversation.NumbersRow) DepartmentNumbers {
			return DepartmentNumbers{r.ID, r.Name, waitingMeasuresOf(r)}
		}),
		Agents: each(n.Agents, func(r conversation.NumbersRow) AgentNumbers { return AgentNumbers{r.ID, r.Name, waitingMeasuresOf(r)} }),
		Days:   each(n.Days, func(r conversation.NumbersRow) DayNumbers { return DayNumbers{r.ID, measuresOf(r)} }),
	}
}

func (h *handler) numbers(r *http.Request, a conversation.Actor) (*conversation.Numbers, error) {
	values, err := query(r, "from", "to", "department", "agent")
	if err != nil {
		return nil, err
	}
	return h.desk.Numbers(r.Context(), a, conversation.NumbersQuery{
		From: values.Get("from"), To: values.Get("to"), Department: values.Get("department"), Agent: values.Get("agent")})
}

func (h *handler) showNumbers(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	n, err := h.numbers(r, a)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, numbersOf(n))
}

// numbersCSV answers with the same as a file (RFC 4180).
func (h *handler) numbersCSV(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	n, err := h.numbers(r, a)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := n.WriteCSV(&file); err != nil {
		return err
	}
	alone(w, n.FileName())
	w.Header().Set("Content-Type", conversation.CSVType)
	_, _ = w.Write(file.Bytes()) // a client that is gone needs no answer
	return nil
}

// NumbersFilter narrows the numbers. Empty fields do not narrow.
type NumbersFilter struct{ From, To, Department, Agent string }

func (f NumbersFilter) values() url.Values {
	return Paging{}.with("from", f.From, "to", f.To, "department", f.Department, "agent", f.Agent)
}

// Numbers are what happened on some days.
func (c *Client) Numbers(ctx context.Context, f NumbersFilter) (Answer[Numbers], error) {
	return get[Numbers](ctx, c, address("numbers"), f.values())
}

// NumbersCSV are the same as a file.
func (c *Client) NumbersCSV(ctx context.Context, f NumbersFilter) ([]byte, error) {
	return c.do(ctx, http.MethodGet, address("numbers.csv"), f.values(), "", nil)
}
