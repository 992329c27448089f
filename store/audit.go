package store

import (
	"bytes"
	"fmt"
	"time"

	"recado/conversation"
)

// A line is entered under all that the list is narrowed by: what, and the value that it has there. Where a list is
// narrowed by several, one of them is read and the others are looked at line by line ([maxExamined]).
const (
	auditedAll    = ""       // no value
	auditedActor  = "actor"  // whom the operator acted as, too
	auditedObject = "object" // the other one of two, too
	auditedAction = "action"
)

// auditEntries are the places of a line in the index, less its order.
func auditEntries(l *conversation.AuditLine) [][]byte {
	out := [][]byte{auditKey(auditedAll, ""), auditKey(auditedAction, string(l.Action))}
	for _, e := range []struct {
		what   string
		values [2]string
	}{{auditedActor, [2]string{l.Actor, l.As}}, {auditedObject, [2]string{l.Object, l.Other}}} {
		for i, v := range e.values {
			if v != "" && (i == 0 || v != e.values[0]) {
				out = append(out, auditKey(e.what, v))
			}
		}
	}
	for i := range out {
		out[i] = appendText(out[i], l.Department)
	}
	return out
}

func auditKey(what, value string) []byte { return appendText(appendText(nil, what), value) }

func (t *transaction) AddAudit(l *conversation.AuditLine) error {
	seq, err := t.next(auditLines)
	if err != nil {
		return err
	}
	order := reverse(append(appendTime(nil, l.At), key64(seq)...), 0)
	if err := t.putRecord(auditLines, order, l); err != nil {
		return err
	}
	for _, k := range auditEntries(l) {
		if err := t.put(auditFound, append(k, order...), nil); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) Audit(f conversation.AuditFilter, p conversation.Page) ([]*conversation.AuditLine, string, error) {
	list := fmt.Sprintf("audit %q %q %q %d %d", f.Actor, f.Object, f.Actions, f.Since.UnixNano(), f.Until.UnixNano())
	index, prefixes := auditLines, [][]byte{nil}
	if keys := auditBeginnings(f); keys != nil || f.Departments != nil {
		index = auditFound
		if keys == nil {
			keys = [][]byte{auditKey(auditedAll, "")}
		}
		prefixes = t.beginnings(index, keys, distinct(f.Departments))
	}
	var part span
	if !f.Until.IsZero() {
		part.from = reverse(appendTime(nil, f.Until.Add(-time.Nanosecond)), 0)
	}
	if !f.Since.IsZero() {
		part.stop = successor(reverse(appendTime(nil, f.Since), 0))
	}
	var out []*conversation.AuditLine
	next, err := t.pageWithin(list, index, prefixes, part, p, func(order, _ []byte) (bool, error) {
		l, err := decode[conversation.AuditLine](t.get(auditLines, order))
		if err == nil && l == nil {
			err = fmt.Errorf("an index names an audit line that is not there")
		}
		if err != nil || !f.Takes(l) {
			return false, err
		}
		out = append(out, l)
		return true, nil
	})
	return out, next, err
}

// auditBeginnings is where a list is read, nil where nothing narrows it but departments and times: an object has the
// fewest lines, an actor mostly fewer than an action.
func auditBeginnings(f conversation.AuditFilter) [][]byte {
	switch {
	case f.Object != "":
		return [][]byte{auditKey(auditedObject, f.Object)}
	case f.Actor != "":
		return [][]byte{auditKey(auditedActor, f.Actor)}
	}
	var out [][]byte
	for _, a := range f.Actions {
		out = append(out, auditKey(auditedAction, string(a)))
	}
	return out
}

func (t *transaction) TrimAudit(before time.Time, limit int) (int, error) {
	if !t.writable {
		return 0, conversation.ErrReadOnly
	}
	var old [][]byte
	c := t.bucket(auditLines).Cursor()
	for k, _ := c.Seek(reverse(appendTime(nil, before.Add(-time.Nanosecond)), 0)); k != nil && len(old) < limit; k, _ = c.Next() {
		old = append(old, bytes.Clone(k))
	}
	for _, order := range old {
		l, err := decode[conversation.AuditLine](t.get(auditLines, order))
		if err != nil {
			return 0, err
		}
		for _, k := range auditEntries(l) {
			if err := t.delete(auditFound, append(k, order...)); err != nil {
				return 0, err
			}
		}
		if err := t.delete(auditLines, order); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}
