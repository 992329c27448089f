package conversation

import (
	"context"
	"fmt"
)

// Entry returns one message as a person reads it.
func (m *Manager) Entry(ctx context.Context, actor Actor, id string) (*Entry, error) {
	msg, err := m.Message(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	e, err := m.entry(ctx, msg)
	if err != nil {
		return nil, fmt.Errorf("read message %s: %w", id, err)
	}
	m.Directory().unseen(actor, &e)
	return &e, nil
}
