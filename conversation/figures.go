package conversation

import (
	"slices"
	"time"
)

// Figures are what happened in a cell: counts, and how long it took. What is taken back within the time that a mail, or
// what was done to many, may be is counted with its sign turned; nothing else lowers them, so that the figures of a day
// that is over stay.
type Figures struct {
	Opened    int // protocols
	Finalized int
	Reopened  int
	Received  int // messages of customers
	Sent      int // messages of ours, neither acknowledgements nor histories
	// FirstAnswer is from the arrival of a protocol's first message of the customer's to our first message in it.
	// A protocol that we began ourselves has none.
	FirstAnswer Durations
	// Resolution is from a protocol's opening to its end. One that was reopened has another at its next end.
	Resolution Durations
}

// Add takes what another cell counts into f.
func (f *Figures) Add(other *Figures) {
	for i, n := range other.Counts() {
		*f.Counts()[i] += *n
	}
	f.FirstAnswer.join(&other.FirstAnswer)
	f.Resolution.join(&other.Resolution)
}

// Counts are the plain counts, in the order in which they are stored.
func (f *Figures) Counts() [5]*int {
	return [5]*int{&f.Opened, &f.Finalized, &f.Reopened, &f.Received, &f.Sent}
}

// Cell is what figures are kept of: a day in the server's zone, "20261123", the department that the protocol was of when
// it happened, and the agent who did it, "" where a customer, a program or the operator did.
type Cell struct{ Day, Department, Agent string }

// WaitingCount is how many open protocols of a department that are an agent's ("": nobody's) wait for an answer,
// and since when the longest does.
type WaitingCount struct {
	Department, Agent string
	Count             int
	Since             time.Time
}

// FigureRecords are the figures in a store.
type FigureRecords interface {
	// AddFigures adds to what the cell counts.
	AddFigures(c Cell, f *Figures) error
	// EachFigures calls fn with the cells of the days from first to last, in no order that is promised. fn keeps
	// nothing of what it is given. Departments as in ProtocolFilter.
	EachFigures(departments []string, first, last string, fn func(Cell, *Figures)) error
	// FirstFigures is the first day that anything was counted of the departments, "" where nothing was.
	FirstFigures(departments []string) (string, error)
	// Waiting counts by the department that a protocol is of, not by those that only see it.
	Waiting(departments []string) ([]WaitingCount, error)
}

// Counted is what a message of ours counts for, so that it can be taken back.
type Counted struct {
	At         time.Time      `json:"at"`
	Day        string         `json:"day"`
	Department string         `json:"department"`
	First      *time.Duration `json:"first,omitempty"` // how long the customer waited, of a first answer
}

// tally counts what happened to the protocol now.
func tally(tx Tx, d *Directory, p *Protocol, agent string, f Figures) error {
	return tx.AddFigures(Cell{NumberDay(tx.Now(), d.Location), p.Department, agent}, &f)
}

// tallyEnd counts the end of a protocol that is finalized, n times: -1 takes back what the agent's request counted.
func tallyEnd(tx Tx, d *Directory, p *Protocol, agent string, n int) error {
	f := Figures{Finalized: n}
	f.Resolution.count(p.FinalizedAt.Sub(p.OpenedAt), n)
	return tx.AddFigures(Cell{NumberDay(p.FinalizedAt, d.Location), p.Department, agent}, &f)
}

// tallySent counts a message of ours before it is added to the protocol.
func tallySent(tx Tx, d *Directory, p *Protocol, msg *Message, opened bool) error {
	msg.Counted = &Counted{At: tx.Now(), Day: NumberDay(tx.Now(), d.Location), Department: p.Department}
	f := Figures{Sent: 1}
	if opened {
		f.Opened = 1
	}
	if p.Incoming > 0 && p.Messages == p.Incoming { // nobody has answered yet
		if err := msg.Counted.answers(tx, p, &f); err != nil {
			return err
		}
	}
	return tx.AddFigures(msg.Counted.cell(msg), &f)
}

func (c *Counted) cell(msg *Message) Cell { return Cell{c.Day, c.Department, msg.Agent} }

// answers makes a first answer of the message, and counts it in f.
func (c *Counted) answers(tx Tx, p *Protocol, f *Figures) error {
	asked, err := firstAsked(tx, p, 0)
	if err != nil || asked.IsZero() {
		return err
	}
	waited := max(0, c.At.Sub(asked))
	c.First = &waited
	f.FirstAnswer.count(waited, 1)
	return nil
}

// firstAsked is the arrival of the customer's first message in the protocol after the entry of that Seq. It stands near.
func firstAsked(tx Tx, p *Protocol, after uint64) (time.Time, error) {
	for {
		list, err := tx.Messages(p.Number, after, 20)
		if err != nil || len(list) == 0 {
			return time.Time{}, err
		}
		if i := slices.IndexFunc(list, func(m *Message) bool { return m.Kind == KindIn }); i >= 0 {
			return list[i].ReceivedAt, nil
		}
		after = list[len(list)-1].Seq
	}
}

// untally takes back what a message of ours counted. Where it was the first answer, the next message of ours is.
// What it opened and leaves empty was not opened.
func untally(tx Tx, p *Protocol, msg *Message, opened bool) error {
	c := msg.Counted
	if c == nil { // sent before there were figures
		return nil
	}
	f := Figures{Sent: -1}
	if opened {
		f.Opened = -1
	}
	if c.First != nil {
		f.FirstAnswer.count(*c.First, -1)
	}
	if err := tx.AddFigures(c.cell(msg), &f); err != nil || c.First == nil {
		return err
	}
	later, err := tx.Messages(p.Number, msg.Seq, 0)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(later, func(m *Message) bool { return m.Kind == KindOut && m.Counted != nil })
	if i < 0 {
		return nil
	}
	next, first := later[i], Figures{}
	if err := next.Counted.answers(tx, p, &first); err != nil {
		return err
	}
	if err := tx.AddFigures(next.Counted.cell(next), &first); err != nil {
		return err
	}
	return tx.PutMessage(next)
}
