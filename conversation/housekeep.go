package conversation

import (
	"context"
	"fmt"
)

// housekeepBatch bounds one transaction of Housekeep.
const housekeepBatch = 500

// Housekeep lets go what has had its time: held mail (rule 19), audit lines, files of drafts, times,
// notes, sessions. It is to be
// called now and then, and works in small transactions so that nobody waits long for it.
func (m *Manager) Housekeep(ctx context.Context) error {
	if err := m.announceExpiry(ctx); err != nil {
		return err
	}
	if err := m.sweepFiles(ctx); err != nil {
		return fmt.Errorf("remove the files of drafts that are gone: %w", err)
	}
	for _, step := range []func() (int, error){
		func() (int, error) { return m.ExpireHeld(ctx, housekeepBatch) },
		func() (int, error) { return m.expireAudit(ctx) },
		func() (n int, err error) {
			err = m.store.Update(ctx, func(tx Tx) error {
				n, err = tx.Sweep(housekeepBatch)
				return err
			})
			return n, err
		},
	} {
		for {
			n, err := step()
			if err != nil {
				return fmt.Errorf("forget what expired: %w", err)
			}
			if n < housekeepBatch {
				break
			}
		}
	}
	return nil
}
