package conversation

import (
	"fmt"
	"slices"
	"time"
)

// move is what splitting, merging and undoing have in common: entries go from one protocol to another of
// the same key, in one transaction. Nothing is copied, and a number that was given stays what it is.
type move struct {
	tx    Tx
	id    string
	actor Actor
	step  string // of the trace: split, merge or undo
	event string // that both protocols get
}

// maxMoved bounds the entries of the protocols that one transaction rewrites: everybody's mail waits for it.
const maxMoved = 20_000

// entriesOf are all entries of the protocols, each in its order.
func entriesOf(tx Tx, protocols ...*Protocol) ([][]*Message, error) {
	var all uint64
	for _, p := range protocols {
		all += p.LastSeq
	}
	if all > maxMoved {
		return nil, errorf(CodeConflict, "%d entries are too many to be moved at once: %d at most", all, maxMoved)
	}
	out := make([][]*Message, len(protocols))
	for i, p := range protocols {
		var err error
		if out[i], err = tx.Messages(p.Number, 0, 0); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func newMove(tx Tx, actor Actor, step, event string) *move {
	return &move{tx: tx, id: NewID(tx.Now()), actor: actor, step: step, event: event}
}

// take notes in the entry that it goes from one protocol to the other. back pops what an earlier move noted.
func (mv *move) take(e *Message, to string, back bool) {
	if e.Kind == KindIn || e.Kind == KindOut {
		e.Trace = append(e.Trace, TraceStep{mv.step, fmt.Sprintf("from %s to %s, by %s", e.Number, to, mv.actor.Label())})
	}
	if back {
		e.Earlier = e.Earlier[:len(e.Earlier)-1]
		return
	}
	e.Earlier = append(e.Earlier, Moved{From: e.Number, Move: mv.id})
}

// cameBy tells whether the move was the last one of the entry.
func (m *Message) cameBy(move string) bool {
	n := len(m.Earlier)
	return n > 0 && m.Earlier[n-1].Move == move
}

// wasOf tells whether the entry was one of the protocol's before.
func (m *Message) wasOf(number string) bool {
	return slices.ContainsFunc(m.Earlier, func(e Moved) bool { return e.From == number })
}

// renumber makes the entries all that p has, in this order, and counts anew what lists show of it. p itself
// is not stored. Those that move down go first, from the front, then those that move up or come from
// elsewhere, from the back: so each finds its place free.
func renumber(tx Tx, p *Protocol, entries []*Message) error {
	p.Messages, p.Incoming, p.Preview, p.PreviewKind, p.Verdict, p.WaitingSince = 0, 0, "", "", "", time.Time{}
	for _, e := range entries {
		p.count(e)
	}
	if p.Status != Open {
		p.WaitingSince = time.Time{}
	}
	p.LastSeq = uint64(len(entries))
	place := func(i int) error {
		entries[i].Number, entries[i].Seq = p.Number, uint64(i+1)
		return tx.PutMessage(entries[i])
	}
	for i, e := range entries {
		if e.Number == p.Number && e.Seq > uint64(i+1) {
			if err := place(i); err != nil {
				return err
			}
		}
	}
	for i, e := range slices.Backward(entries) {
		if e.Number != p.Number || e.Seq != uint64(i+1) {
			if err := place(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// inOrder merges two lists of entries by when we took or made them, without changing the order of either.
func inOrder(a, b []*Message) []*Message {
	out := make([]*Message, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0].ReceivedAt.Before(a[0].ReceivedAt) {
			out, b = append(out, b[0]), b[1:]
		} else {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return append(append(out, a...), b...)
}

// queued lets what of from still waits in the queue be of to, where its message is now: who may see and
// decide it there are that protocol's readers, also after it crosses a wall.
func (mv *move) queued(from string, to *Protocol) error {
	items, err := mv.tx.QueueOf(from)
	if err != nil {
		return err
	}
	for _, item := range items {
		msg, err := mv.tx.Message(item.Message)
		if err != nil {
			return err
		}
		if msg == nil || msg.Number != to.Number {
			continue
		}
		item.Number, item.Department = to.Number, to.Department
		if err := mv.tx.PutQueueItem(item); err != nil {
			return err
		}
	}
	return nil
}

// tell adds the event to the protocol, which is stored with it, and tells who follows it.
func (mv *move) tell(p *Protocol, text string) error {
	e := entryOf(mv.tx, KindEvent, mv.actor, text)
	e.Event, e.Department = mv.event, p.Department
	if err := appendEntry(mv.tx, p, e); err != nil {
		return err
	}
	return change(mv.tx, ChangeEvent, p, e.ID, mv.actor.Email)
}

// remark gives every reader of the protocol from the marks that what he has read makes for the two after a
// move. Both are counts of incoming messages, the first ones being those that were read.
func remark(tx Tx, from, to string, marks func(from, to int) (int, int)) error {
	return eachReader(tx, func(agent string) error {
		a, err := tx.ReadMark(agent, from)
		if err != nil {
			return err
		}
		b, err := tx.ReadMark(agent, to)
		if err != nil {
			return err
		}
		newA, newB := marks(a, b)
		if newA != a {
			if err := tx.PutReadMark(agent, from, newA); err != nil {
				return err
			}
		}
		if newB != b {
			return tx.PutReadMark(agent, to, newB)
		}
		return nil
	})
}

// divided are the marks after entries of one protocol became those of two: the first that were read are
// read wherever they are now.
func divided(entries []*Message, left func(*Message) bool) func(from, to int) (int, int) {
	var went []bool
	for _, e := range entries {
		if e.Kind == KindIn {
			went = append(went, left(e))
		}
	}
	return func(read, _ int) (from, to int) {
		for _, w := range went[:min(read, len(went))] {
			if w {
				to++
			} else {
				from++
			}
		}
		return from, to
	}
}

// eachReader calls fn with "", which is anybody, and with every agent.
func eachReader(tx Tx, fn func(agent string) error) error {
	if err := fn(""); err != nil {
		return err
	}
	for page := (Page{Limit: MaxLimit}); ; {
		list, next, err := tx.Agents(page)
		if err != nil {
			return err
		}
		for _, a := range list {
			if err := fn(a.Email); err != nil {
				return err
			}
		}
		if page.Cursor = next; next == "" {
			return nil
		}
	}
}
