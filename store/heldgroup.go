package store

import (
	"bytes"
	"fmt"

	"recado/conversation"
)

// The groups of held mail are kept, not counted when they are shown: a tray of a hundred thousand mails
// costs as much to open as one of ten.

// memberPrefix is what the places of a group's mails in held.member begin with.
func memberPrefix(h *conversation.Held) []byte {
	return appendText(appendText(appendText(nil, h.Who()), string(h.Reason)), h.Department)
}

func groupKey(h *conversation.Held) []byte {
	return appendText(appendText(appendText(nil, string(h.Reason)), h.Department), h.Who())
}

// recentEntries are the places of a group in held.recent; none where nothing of it is held.
func recentEntries(g *conversation.HeldGroup, key []byte) []entry {
	if g == nil || g.Count == 0 {
		return nil
	}
	k := appendText(appendText(nil, string(g.Reason)), g.Department)
	return []entry{{heldRecent, reverse(append(appendTime(k, g.Last), key...), len(k))}}
}

// regroup keeps the groups when the record old becomes h, whose places in held.member are right already;
// nil is none.
func (t *transaction) regroup(old, h *conversation.Held) error {
	if old != nil {
		if err := t.countGroup(old, -1); err != nil {
			return err
		}
	}
	if h != nil {
		return t.countGroup(h, 1)
	}
	return nil
}

// countGroup adds delta to the group of h.
func (t *transaction) countGroup(h *conversation.Held, delta int) error {
	key := groupKey(h)
	before, err := decode[conversation.HeldGroup](t.get(heldGroups, key))
	if err != nil {
		return err
	}
	g := conversation.HeldGroup{Reason: h.Reason, Department: h.Department, Who: h.Who(), First: h.ReceivedAt}
	if before != nil {
		g = *before
	}
	g.Count += delta
	if h.ReceivedAt.Before(g.First) {
		g.First = h.ReceivedAt
	}
	if err := t.newest(&g, memberPrefix(h)); err != nil {
		return err
	}
	if err := t.move(recentEntries(before, key), recentEntries(&g, key)); err != nil {
		return err
	}
	if g.Count <= 0 {
		return t.delete(heldGroups, key)
	}
	return t.putRecord(heldGroups, key, &g)
}

// newest reads from the index which mail of the group came last.
func (t *transaction) newest(g *conversation.HeldGroup, prefix []byte) error {
	k, _ := t.bucket(heldMember).Cursor().Seek(prefix)
	if k == nil || !bytes.HasPrefix(k, prefix) {
		return nil
	}
	end := reverse(bytes.Clone(k[len(prefix):]), 0)
	if len(end) < timeSize {
		return fmt.Errorf("a place of held mail is too short")
	}
	g.Last, g.Newest = readTime(end), string(end[timeSize:])
	return nil
}

func (t *transaction) HeldGroups(f conversation.HeldFilter, p conversation.Page) ([]*conversation.HeldGroup, string, error) {
	list := fmt.Sprintf("held groups %q", f.Reason)
	prefixes := t.beginnings(heldRecent, [][]byte{nil}, one(string(f.Reason)))
	prefixes = t.beginnings(heldRecent, prefixes, distinct(f.Departments))
	var out []*conversation.HeldGroup
	next, err := t.page(list, heldRecent, prefixes, p, func(end, _ []byte) (bool, error) {
		g, err := decode[conversation.HeldGroup](t.get(heldGroups, reverse(bytes.Clone(end), 0)[timeSize:]))
		if err == nil && g == nil {
			err = fmt.Errorf("an index names a group of held mail that is not there")
		}
		out = append(out, g)
		return true, err
	})
	return out, next, err
}
