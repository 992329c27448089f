package conversation

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// maxDecided bounds how many mails of a group one request decides on: what is accepted is read anew, mail by mail.
const (
	maxAccepted  = 100
	maxDiscarded = 10_000
	decideBatch  = 200 // of one transaction
)

// HeldGroups lists the groups of what waits for a decision, the one with the newest mail first.
func (m *Manager) HeldGroups(ctx context.Context, actor Actor, f HeldFilter, page Page) ([]*HeldGroup, string, error) {
	var groups []*HeldGroup
	var next string
	f.Departments = m.narrow(actor, f.Departments)
	err := m.store.View(ctx, func(tx Tx) (err error) {
		groups, next, err = tx.HeldGroups(f, page)
		return err
	})
	return groups, next, listError(err)
}

// AcceptHeldGroup accepts the mails that the filter names and that had come by until, the newest first, at most
// a hundred; and tells how many. What cannot be accepted ends it.
func (m *Manager) AcceptHeldGroup(ctx context.Context, intent Intent, f HeldFilter, until time.Time) (int, error) {
	ids, err := m.heldUntil(ctx, intent.Actor, f, until, maxAccepted)
	if err != nil {
		return 0, err
	}
	for i, id := range ids {
		if _, err := m.AcceptHeld(ctx, intent, id); err != nil {
			return i, err
		}
	}
	return len(ids), nil
}

// DiscardHeldGroup discards the mails that the filter names and that had come by until: what came since the
// page was made was not looked at. It tells how many, at most ten thousand.
func (m *Manager) DiscardHeldGroup(ctx context.Context, intent Intent, f HeldFilter, until time.Time) (int, error) {
	all := 0
	for all < maxDiscarded {
		ids, err := m.heldUntil(ctx, intent.Actor, f, until, decideBatch)
		if err != nil || len(ids) == 0 {
			return all, err
		}
		n := 0
		err = m.store.Update(ctx, func(tx Tx) error {
			n = 0
			for _, id := range ids {
				h, err := tx.Held(id)
				if err != nil {
					return err
				}
				if h == nil || !intent.Actor.Sees(m.Directory(), h.Department) {
					continue
				}
				if err := m.discard(tx, intent.Actor, h); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err != nil {
			return all, err
		}
		all += n
	}
	return all, nil
}

// heldUntil are ids of what is held, the newest first, of those that had come by until.
func (m *Manager) heldUntil(ctx context.Context, actor Actor, f HeldFilter, until time.Time, limit int) ([]string, error) {
	var ids []string
	for page := (Page{Limit: MaxLimit}); ; {
		list, next, err := m.HeldMails(ctx, actor, f, page)
		if err != nil {
			return nil, err
		}
		for _, h := range list {
			if !h.ReceivedAt.After(until) && len(ids) < limit {
				ids = append(ids, h.ID)
			}
		}
		if page.Cursor = next; next == "" || len(ids) == limit {
			return ids, nil
		}
	}
}

// announced is how long before held mail goes by itself that is said (rule 19).
const announced = 7 * 24 * time.Hour

// maxAnnounced bounds how many are counted: from there on it is "that many or more".
const maxAnnounced = MaxLimit

// HeldExpiring tells how many held mails that the actor sees go by themselves within a week, at most
// [maxAnnounced], and when the first of them does.
func (m *Manager) HeldExpiring(ctx context.Context, actor Actor) (n int, first time.Time, err error) {
	d := m.Directory()
	err = m.store.View(ctx, func(tx Tx) error {
		n, first = 0, time.Time{}
		list, err := tx.HeldExpiring(tx.Now().Add(announced), maxAnnounced)
		for _, h := range list {
			if !actor.Sees(d, h.Department) {
				continue
			}
			if n++; first.IsZero() {
				first = h.ExpiresAt
			}
		}
		return err
	})
	return n, first, err
}

// announceExpiry says in the log, once a day, what goes by itself within a week.
func (m *Manager) announceExpiry(ctx context.Context) error {
	n, first, err := m.HeldExpiring(ctx, Actor{Operator: true})
	if err != nil || n == 0 {
		return err
	}
	told := false
	err = m.store.Update(ctx, func(tx Tx) error {
		note, err := tx.Note("held/announced")
		if told = note != ""; err != nil || told {
			return err
		}
		return tx.PutNote("held/announced", "1", tx.Now().Add(24*time.Hour))
	})
	if err != nil {
		return fmt.Errorf("announce what expires: %w", err)
	}
	if !told {
		m.log.Warn("held mail goes by itself within a week", slog.Int("mails", n), slog.Time("first", first))
	}
	return nil
}
