package store

import (
	"context"
	"errors"
	"fmt"

	bolterrors "go.etcd.io/bbolt/errors"

	"recado/conversation"
)

// View implements conversation.Store.
func (s *Store) View(ctx context.Context, fn func(conversation.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, err := s.db.Begin(false)
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	if err != nil {
		return fmt.Errorf("begin a read transaction: %w", err)
	}
	w := &work{tx: tx, now: s.now().UTC()}
	defer w.rollback()
	return fn(&transaction{work: w})
}

// Watch implements conversation.Store.
func (s *Store) Watch(ctx context.Context) <-chan struct{} { return s.watchers.add(ctx) }
