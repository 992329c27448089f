package store

import (
	"bytes"
	"fmt"
	"time"

	"recado/conversation"
)

func (t *transaction) Held(id string) (*conversation.Held, error) {
	return decode[conversation.Held](t.get(held, textKey(id)))
}

func (t *transaction) PutHeld(h *conversation.Held) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	old, err := t.Held(h.ID)
	if err != nil {
		return err
	}
	if err := t.putRecord(held, textKey(h.ID), h); err != nil {
		return err
	}
	t.refer(h.Raw)
	return t.moveHeld(old, h)
}

func (t *transaction) DeleteHeld(id string) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	old, err := t.Held(id)
	if err != nil || old == nil {
		return err
	}
	if err := t.delete(held, textKey(id)); err != nil {
		return err
	}
	return t.moveHeld(old, nil)
}

// moveHeld keeps the indexes and the counter when the record old becomes h; nil is none.
func (t *transaction) moveHeld(old, h *conversation.Held) error {
	if err := t.move(heldEntries(old), heldEntries(h)); err != nil {
		return err
	}
	if err := t.regroup(old, h); err != nil {
		return err
	}
	if old != nil && h != nil && old.Department == h.Department {
		return nil
	}
	if old != nil {
		if err := t.count(heldCount(old.Department), -1); err != nil {
			return err
		}
	}
	if h != nil {
		return t.count(heldCount(h.Department), 1)
	}
	return nil
}

func heldCount(department string) []byte {
	return appendText([]byte("held "), department)
}

func heldEntries(h *conversation.Held) []entry {
	if h == nil {
		return nil
	}
	k := appendText(appendText(nil, string(h.Reason)), h.Department)
	n := len(k)
	k = reverse(append(appendTime(k, h.ReceivedAt), valid(h.ID)...), n)
	out := []entry{{heldDepartment, k}, {heldMember, append(memberPrefix(h), k[n:]...)}}
	if !h.ExpiresAt.IsZero() {
		out = append(out, entry{heldExpires, append(appendTime(nil, h.ExpiresAt), valid(h.ID)...)})
	}
	return out
}

func (t *transaction) HeldList(f conversation.HeldFilter, p conversation.Page) ([]*conversation.Held, string, error) {
	list := fmt.Sprintf("held %q %q", f.Reason, f.Who)
	index, prefixes := heldDepartment, [][]byte{nil}
	if f.Who != "" {
		index, prefixes = heldMember, [][]byte{appendText(nil, f.Who)}
	}
	prefixes = t.beginnings(index, prefixes, one(string(f.Reason)))
	prefixes = t.beginnings(index, prefixes, distinct(f.Departments))
	var out []*conversation.Held
	next, err := t.page(list, index, prefixes, p, func(end, _ []byte) (bool, error) {
		h, err := t.indexedHeld(reverse(bytes.Clone(end), 0)[timeSize:])
		out = append(out, h)
		return true, err
	})
	return out, next, err
}

func (t *transaction) indexedHeld(id []byte) (*conversation.Held, error) {
	h, err := decode[conversation.Held](t.get(held, id))
	if err == nil && h == nil {
		err = fmt.Errorf("an index names the held mail %q, which is not there", id)
	}
	return h, err
}

func (t *transaction) HeldExpiring(before time.Time, limit int) ([]*conversation.Held, error) {
	var out []*conversation.Held
	end := appendTime(nil, before)
	c := t.bucket(heldExpires).Cursor()
	for k, _ := c.First(); k != nil && bytes.Compare(k, end) < 0 && len(out) < bounded(limit); k, _ = c.Next() {
		h, err := t.indexedHeld(k[timeSize:])
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}

// bounded is the limit of a list that has no pages; without one, as much as a page can hold.
func bounded(limit int) int {
	if limit <= 0 {
		return conversation.MaxLimit
	}
	return limit
}

func (t *transaction) CountHeld(department string) (int, error) {
	return t.counted(heldCount(department)), nil
}
