package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"sync"

	"recado/conversation"
)

// keptChanges is how many changes are kept for those who follow: a day or more of a busy house.
const keptChanges = 50_000

func (t *transaction) AddChange(c *conversation.Change) error {
	seq, err := t.next(changes)
	if err != nil {
		return err
	}
	c.Seq = seq
	if err := t.putRecord(changes, key64(seq), c); err != nil {
		return err
	}
	t.changed = true
	return t.forgetChanges(seq)
}

// forgetChanges deletes at most two: enough to come down to the bound, never a long pause.
func (t *transaction) forgetChanges(last uint64) error {
	var old [][]byte
	c := t.bucket(changes).Cursor()
	for k, _ := c.First(); k != nil && len(old) < 2 && binary.BigEndian.Uint64(k)+keptChanges <= last; k, _ = c.Next() {
		old = append(old, bytes.Clone(k))
	}
	for _, k := range old {
		if err := t.delete(changes, k); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) Changes(after uint64, limit int) (list []*conversation.Change, first, last uint64, err error) {
	b := t.bucket(changes)
	if k, _ := b.Cursor().First(); k != nil {
		first = binary.BigEndian.Uint64(k)
	}
	last = b.Sequence()
	if after == ^uint64(0) {
		return nil, first, last, nil
	}
	c := b.Cursor()
	for k, v := c.Seek(key64(after + 1)); k != nil && len(list) < bounded(limit); k, v = c.Next() {
		change, err := decode[conversation.Change](v)
		if err != nil {
			return nil, 0, 0, err
		}
		list = append(list, change)
	}
	return list, first, last, nil
}

// watchers are told that there is something new. A channel that still holds a signal needs no second.
type watchers struct {
	mu     sync.Mutex
	closed bool
	list   map[chan struct{}]func() bool // and what stops waiting for its context
}

// add makes a channel that is closed when ctx ends, or with all others.
func (w *watchers) add(ctx context.Context) <-chan struct{} {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		close(ch)
		return ch
	}
	if w.list == nil {
		w.list = make(map[chan struct{}]func() bool)
	}
	w.list[ch] = context.AfterFunc(ctx, func() { w.remove(ch) })
	return ch
}

func (w *watchers) remove(ch chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.list[ch]; ok {
		delete(w.list, ch)
		close(ch)
	}
}

func (w *watchers) signal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.list {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (w *watchers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for ch, stop := range w.list {
		stop()
		close(ch)
	}
	w.list = nil
}
