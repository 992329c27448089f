package conversation

import (
	"context"
	"slices"
)

// Subscribe returns a channel that receives after changes, any number of them at once. It is closed when
// ctx ends. What changed is then read with [Manager.Changes], so that a slow listener misses nothing.
func (m *Manager) Subscribe(ctx context.Context) <-chan struct{} { return m.store.Watch(ctx) }

// Changes returns the changes after a sequence number that the actor may hear of, oldest first, and the
// last sequence number that was looked at. complete is false where some after that number are forgotten
// already, or where the number is ahead of the store's (it was restored from a backup): the listener is
// to read everything anew.
func (m *Manager) Changes(ctx context.Context, actor Actor, after uint64, limit int) (changes []*Change, last uint64, complete bool, err error) {
	d := m.Directory()
	err = m.store.View(ctx, func(tx Tx) error {
		changes, last = nil, after
		all, oldest, newest, err := tx.Changes(after, limit)
		if err != nil {
			return err
		}
		complete = after <= newest && (newest == 0 || after+1 >= oldest)
		for _, c := range all {
			last = c.Seq
			if slices.ContainsFunc(c.Departments, func(dep string) bool { return actor.Sees(d, dep) }) {
				changes = append(changes, c)
			}
		}
		if !complete {
			last = newest
		}
		return nil
	})
	return changes, last, complete, err
}

// LastChange is the newest sequence number, from which a new listener begins.
func (m *Manager) LastChange(ctx context.Context) (uint64, error) {
	var last uint64
	err := m.store.View(ctx, func(tx Tx) error {
		_, _, newest, err := tx.Changes(^uint64(0), 1)
		last = newest
		return err
	})
	return last, err
}
