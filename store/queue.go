package store

import (
	"bytes"
	"fmt"
	"time"

	"recado/conversation"
)

func (t *transaction) QueueItem(id string) (*conversation.QueueItem, error) {
	return decode[conversation.QueueItem](t.get(queue, textKey(id)))
}

func (t *transaction) PutQueueItem(q *conversation.QueueItem) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	old, err := t.QueueItem(q.ID)
	if err != nil {
		return err
	}
	if err := t.putRecord(queue, textKey(q.ID), q); err != nil {
		return err
	}
	t.refer(q.Raw)
	return t.move(queueEntries(old), queueEntries(q))
}

func (t *transaction) DeleteQueueItem(id string) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	old, err := t.QueueItem(id)
	if err != nil || old == nil {
		return err
	}
	if err := t.delete(queue, textKey(id)); err != nil {
		return err
	}
	return t.move(queueEntries(old), nil)
}

func queueEntries(q *conversation.QueueItem) []entry {
	if q == nil {
		return nil
	}
	id := valid(q.ID)
	k := appendTime(appendText(nil, q.Department), q.CreatedAt)
	out := []entry{{queueDepartment, append(k, id...)}, {queueNumber, append(appendText(nil, q.Number), id...)}}
	if due, ok := dueTime(q); ok {
		out = append(out, entry{queueDue, append(appendTime(nil, due), id...)})
	}
	return out
}

// dueTime is when somebody has to look after the item; ok is false when a person must decide first.
func dueTime(q *conversation.QueueItem) (due time.Time, ok bool) {
	switch q.State {
	case conversation.QueueWaiting, conversation.QueueDeferred:
		due = q.NextAt
	case conversation.QueueSending:
		due = q.LeaseUntil
	default:
		return time.Time{}, false
	}
	if due.IsZero() { // at once; and told from QueueNext's "nothing waits"
		due = time.Unix(0, 0)
	}
	return due, true
}

func (t *transaction) QueueDue(now time.Time, limit int) ([]*conversation.QueueItem, error) {
	var out []*conversation.QueueItem
	last := appendTime(nil, now)
	c := t.bucket(queueDue).Cursor()
	for k, _ := c.First(); k != nil && bytes.Compare(k[:timeSize], last) <= 0 && len(out) < bounded(limit); k, _ = c.Next() {
		q, err := t.indexedItem(k[timeSize:])
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

func (t *transaction) indexedItem(id []byte) (*conversation.QueueItem, error) {
	q, err := decode[conversation.QueueItem](t.get(queue, id))
	if err == nil && q == nil {
		err = fmt.Errorf("an index names the queue item %q, which is not there", id)
	}
	return q, err
}

func (t *transaction) QueueOf(number string) ([]*conversation.QueueItem, error) {
	var out []*conversation.QueueItem
	s := &stream{cursor: t.bucket(queueNumber).Cursor(), prefix: appendText(nil, number)}
	for s.from(nil); s.end != nil; s.next() {
		q, err := t.indexedItem(s.end)
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

func (t *transaction) QueueNext() (time.Time, error) {
	k, _ := t.bucket(queueDue).Cursor().First()
	if k == nil {
		return time.Time{}, nil
	}
	return readTime(k), nil
}

func (t *transaction) Queue(departments []string, p conversation.Page) ([]*conversation.QueueItem, string, error) {
	prefixes := t.beginnings(queueDepartment, [][]byte{nil}, distinct(departments))
	var out []*conversation.QueueItem
	next, err := t.page("queue", queueDepartment, prefixes, p, func(end, _ []byte) (bool, error) {
		q, err := t.indexedItem(end[timeSize:])
		out = append(out, q)
		return true, err
	})
	return out, next, err
}
