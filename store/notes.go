package store

import (
	"bytes"
	"fmt"
	"time"

	"recado/conversation"
)

// What expires is entered in one index, so that Sweep forgets the oldest of every kind in one pass.
const (
	kindTimes   byte = 't'
	kindNote    byte = 'n'
	kindSession byte = 's'
)

// expiry is the entry of the index; none where the time is zero, which is never.
func expiry(kind byte, name []byte, at time.Time) []entry {
	if at.IsZero() {
		return nil
	}
	k := append(appendTime(nil, at), kind)
	return []entry{{expires, append(k, name...)}}
}

// expired tells whether what expires at the time has, by now.
func expired(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

func (t *transaction) Times(name string) ([]time.Time, error) {
	v := t.get(times, textKey(name))
	if len(v) < timeSize || len(v)%timeSize != 0 || expired(readTime(v), t.now) {
		return nil, nil
	}
	out := make([]time.Time, 0, len(v)/timeSize-1)
	for v = v[timeSize:]; len(v) > 0; v = v[timeSize:] {
		out = append(out, readTime(v))
	}
	return out, nil
}

// PutTimes without any times forgets the name.
func (t *transaction) PutTimes(name string, list []time.Time, expiresAt time.Time) error {
	var value []byte
	for _, at := range list {
		value = appendTime(value, at)
	}
	return t.putExpiring(times, kindTimes, name, value, expiresAt)
}

func (t *transaction) Note(name string) (string, error) {
	v := t.get(notes, textKey(name))
	if len(v) < timeSize || expired(readTime(v), t.now) {
		return "", nil
	}
	return string(v[timeSize:]), nil
}

// PutNote with an empty value forgets the name.
func (t *transaction) PutNote(name, value string, expiresAt time.Time) error {
	return t.putExpiring(notes, kindNote, name, []byte(value), expiresAt)
}

// putExpiring stores a value behind the time at which it expires; an empty one goes.
func (t *transaction) putExpiring(b bucket, kind byte, name string, value []byte, at time.Time) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	if name == "" {
		return fmt.Errorf("write to %s: a record without a name", bucketNames[b])
	}
	k := textKey(name)
	var before []entry
	if old := t.get(b, k); len(old) >= timeSize {
		before = expiry(kind, k, readTime(old))
	}
	if len(value) == 0 {
		if err := t.delete(b, k); err != nil {
			return err
		}
		return t.move(before, nil)
	}
	if err := t.put(b, k, append(appendTime(nil, at), value...)); err != nil {
		return err
	}
	return t.move(before, expiry(kind, k, at))
}

func (t *transaction) Sweep(limit int) (int, error) {
	if !t.writable {
		return 0, conversation.ErrReadOnly
	}
	var due [][]byte
	now := appendTime(nil, t.now)
	c := t.bucket(expires).Cursor()
	for k, _ := c.First(); k != nil && bytes.Compare(k[:timeSize], now) <= 0 && len(due) < bounded(limit); k, _ = c.Next() {
		due = append(due, bytes.Clone(k)) // deleting moves the cursor: first all, then delete
	}
	of := map[byte]bucket{kindTimes: times, kindNote: notes}
	for _, k := range due {
		kind, name := k[timeSize], k[timeSize+1:]
		if kind == kindSession { // which stands in another index too
			if err := t.DeleteSession(string(name)); err != nil {
				return 0, err
			}
		} else if err := t.delete(of[kind], name); err != nil {
			return 0, err
		}
		if err := t.delete(expires, k); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}
