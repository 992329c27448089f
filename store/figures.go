package store

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// daySize is the length of a day in a key, "20261123".
const daySize = 8

// figuresKey begins with the department, so that a list reads those of the departments that it is of, and no others.
func figuresKey(c conversation.Cell) []byte {
	return append(append(appendText(nil, c.Department), c.Day...), valid(c.Agent)...)
}

// AddFigures leaves out a cell that comes to nothing.
func (t *transaction) AddFigures(c conversation.Cell, f *conversation.Figures) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	if len(c.Day) != daySize {
		return fmt.Errorf("count figures: day %q", c.Day)
	}
	key := figuresKey(c)
	sum, err := decodeFigures(t.get(figures, key))
	if err != nil {
		return err
	}
	if sum.Add(f); *sum == (conversation.Figures{}) {
		return t.delete(figures, key)
	}
	return t.put(figures, key, encodeFigures(sum))
}

func (t *transaction) EachFigures(departments []string, first, last string, fn func(conversation.Cell, *conversation.Figures)) error {
	for _, prefix := range t.beginnings(figures, [][]byte{nil}, distinct(departments)) {
		cell := conversation.Cell{Department: readText(prefix)}
		c := t.bucket(figures).Cursor()
		for k, v := c.Seek(append(bytes.Clone(prefix), first...)); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			rest := k[len(prefix):]
			if cell.Day, cell.Agent = string(rest[:daySize]), string(rest[daySize:]); cell.Day > last {
				break
			}
			f, err := decodeFigures(v)
			if err != nil {
				return fmt.Errorf("figures of %s: %w", cell.Day, err)
			}
			fn(cell, f)
		}
	}
	return nil
}

func (t *transaction) FirstFigures(departments []string) (string, error) {
	day := ""
	for _, prefix := range t.beginnings(figures, [][]byte{nil}, distinct(departments)) {
		k, _ := t.bucket(figures).Cursor().Seek(prefix)
		if k == nil || !bytes.HasPrefix(k, prefix) {
			continue
		}
		if d := string(k[len(prefix):][:daySize]); day == "" || d < day {
			day = d
		}
	}
	return day, nil
}

// Figures are kept as numbers one after the other: a list may sum many thousands of them. Each is a varint; of a
// spread only what is not zero is kept, as pairs of a place and a count after how many pairs there are.

func encodeFigures(f *conversation.Figures) []byte {
	b := make([]byte, 0, 64)
	for _, n := range f.Counts() {
		b = binary.AppendVarint(b, int64(*n))
	}
	for _, d := range []*conversation.Durations{&f.FirstAnswer, &f.Resolution} {
		b = binary.AppendVarint(b, int64(d.Count))
		b = binary.AppendVarint(b, d.Seconds)
		pairs := 0
		for _, n := range d.Spread {
			if n != 0 {
				pairs++
			}
		}
		b = binary.AppendVarint(b, int64(pairs))
		for i, n := range d.Spread {
			if n != 0 {
				b = binary.AppendVarint(binary.AppendVarint(b, int64(i)), int64(n))
			}
		}
	}
	return b
}

// decodeFigures reads what encodeFigures wrote; nothing is figures that count nothing.
func decodeFigures(b []byte) (*conversation.Figures, error) {
	f := &conversation.Figures{}
	if b == nil {
		return f, nil
	}
	short := false
	next := func() int64 {
		n, size := binary.Varint(b)
		if size <= 0 {
			short, b = true, nil
			return 0
		}
		b = b[size:]
		return n
	}
	for _, n := range f.Counts() {
		*n = int(next())
	}
	for _, d := range []*conversation.Durations{&f.FirstAnswer, &f.Resolution} {
		d.Count, d.Seconds = int(next()), next()
		for pairs := next(); pairs > 0 && !short; pairs-- {
			at, n := next(), next()
			if at < 0 || at >= int64(len(d.Spread)) {
				return nil, fmt.Errorf("decode figures: no part %d of time", at)
			}
			d.Spread[at] = int(n)
		}
	}
	if short {
		return nil, fmt.Errorf("decode figures: cut short")
	}
	return f, nil
}

// Who waits for whom: protocols.awaited orders what waits by department and agent, and counters say how many.

const countAwaited = "awaited " // S department, S agent

// awaited is the beginning of where the protocol waits; nil where it does not.
func awaited(p *conversation.Protocol) []byte {
	if p.Status != conversation.Open || p.WaitingSince.IsZero() {
		return nil
	}
	return appendText(appendText(nil, p.Department), p.Agent)
}

func (t *transaction) Waiting(departments []string) ([]conversation.WaitingCount, error) {
	var out []conversation.WaitingCount
	of := t.beginnings(protocolsAwaited, [][]byte{nil}, distinct(departments))
	for _, prefix := range t.beginnings(protocolsAwaited, of, nil) {
		k, _ := t.bucket(protocolsAwaited).Cursor().Seek(prefix)
		agent := prefix[textEnd(prefix):]
		out = append(out, conversation.WaitingCount{
			Department: readText(prefix), Agent: readText(agent), Since: readTime(k[len(prefix):]),
			Count: t.counted(append([]byte(countAwaited), prefix...)),
		})
	}
	return out, nil
}

// countFigures makes room for figures, which are counted from then on, and enters what waits for an answer.
func countFigures(tx *bolt.Tx) error {
	if err := makeBuckets(figures)(tx); err != nil {
		return err
	}
	t := &transaction{work: &work{tx: tx, writable: true}}
	if err := enter(t, protocolsAwaited); err != nil {
		return err
	}
	return t.bucket(protocolsAwaited).ForEach(func(k, _ []byte) error {
		return t.count(append([]byte(countAwaited), k[:len(k)-len(awaitedEnd(k))]...), 1)
	})
}

// awaitedEnd is what follows the two texts of a key of protocols.awaited.
func awaitedEnd(k []byte) []byte {
	k = k[textEnd(k):]
	return k[textEnd(k):]
}
