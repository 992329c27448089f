package conversation

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Queue is what still is to be sent and the actor sees, oldest first.
func (m *Manager) Queue(ctx context.Context, actor Actor, page Page) (items []*QueueItem, next string, err error) {
	scope := actor.scope(m.Directory())
	if scope != nil && len(scope) == 0 {
		return nil, "", nil // for the store, no departments are all of them
	}
	err = m.store.View(ctx, func(tx Tx) (err error) {
		if items, next, err = tx.Queue(scope, page); err != nil {
			return err
		}
		for _, item := range items {
			if err := follow(tx, item); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the queue: %w", listError(err))
	}
	return items, next, nil
}

// follow makes the item name the protocol that its message is of, which a split or merge may have moved.
func follow(tx Tx, item *QueueItem) error {
	msg, err := tx.Message(item.Message)
	if err == nil && msg != nil {
		item.Number = msg.Number
	}
	return err
}

// QueueItem is one mail that still is to be sent; CodeNotFound where there is none that the actor sees.
func (m *Manager) QueueItem(ctx context.Context, actor Actor, id string) (*QueueItem, error) {
	var item *QueueItem
	err := m.store.View(ctx, func(tx Tx) (err error) {
		item, err = m.visibleItem(tx, actor, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("show a queue item: %w", err)
	}
	return item, nil
}

func (m *Manager) visibleItem(tx Tx, actor Actor, id string) (*QueueItem, error) {
	item, err := tx.QueueItem(id)
	if err != nil {
		return nil, err
	}
	if item == nil || !actor.Sees(m.Directory(), item.Department) {
		return nil, errorf(CodeNotFound, "there is no mail %s in the queue", id)
	}
	return item, follow(tx, item)
}

// RetryQueued makes an item due at once; one that waits for a person is sent again. CodeConflict while it is
// being sent. To ask twice does no harm.
func (m *Manager) RetryQueued(ctx context.Context, in Intent, id string) (*QueueItem, error) {
	var item *QueueItem
	err := m.store.Update(ctx, func(tx Tx) (err error) {
		if item, err = m.visibleItem(tx, in.Actor, id); err != nil {
			return err
		}
		if item.State == QueueSending {
			return errorf(CodeConflict, "mail %s is being sent at this moment; look again in a while", id)
		}
		item.NextAt = tx.Now()
		if item.State == QueueUncertain {
			item.State = QueueWaiting
		}
		if err := tx.PutQueueItem(item); err != nil {
			return err
		}
		if err := auditQueue(tx, in.Actor, AuditQueueRetry, item); err != nil {
			return err
		}
		msg, err := tx.Message(item.Message)
		if err != nil {
			return err
		}
		for _, r := range item.Recipients {
			if d := deliveryTo(msg, r); d != nil {
				d.NextAt = tx.Now()
			}
		}
		return tellDelivery(tx, item, msg, in.Actor.Email, nil)
	})
	if err != nil {
		return nil, fmt.Errorf("retry a queued mail: %w", err)
	}
	return item, nil
}

// QueueCancelled is the state of the item that CancelQueued returns. It is never stored.
const QueueCancelled QueueState = "cancelled"

// CancelQueued gives up the recipients that the item has still to reach, and tells so on the protocol.
// CodeConflict while it is being sent. It returns the item that is gone now.
func (m *Manager) CancelQueued(ctx context.Context, in Intent, id string) (*QueueItem, error) {
	var item *QueueItem
	err := m.store.Update(ctx, func(tx Tx) (err error) {
		if item, err = recall[QueueItem](tx, in, "cancel/"+id); err != nil || item != nil {
			return err
		}
		if item, err = m.visibleItem(tx, in.Actor, id); err != nil {
			return err
		}
		if item.State == QueueSending {
			return errorf(CodeConflict, "mail %s is being sent at this moment; look again in a while", id)
		}
		if err := tx.DeleteQueueItem(id); err != nil {
			return err
		}
		event := queueEvent(tx, item, EventCancelled, strings.Join(item.Recipients, ", ")+": not sent")
		if item.State == QueueUncertain {
			event.Text += " again; the relay may have taken it before"
		}
		item.State = QueueCancelled
		if err := keep(tx, in, "cancel/"+id, item); err != nil {
			return err
		}
		if err := auditQueue(tx, in.Actor, AuditQueueCancel, item); err != nil {
			return err
		}
		msg, err := tx.Message(item.Message)
		if err != nil {
			return err
		}
		cancelDeliveries(msg, item.Recipients)
		return tellDelivery(tx, item, msg, in.Actor.Email, []*Message{event})
	})
	if err != nil {
		return nil, fmt.Errorf("cancel a queued mail: %w", err)
	}
	return item, nil
}

func cancelDeliveries(msg *Message, recipients []string) {
	for _, r := range recipients {
		d := deliveryTo(msg, r)
		if d == nil || d.State == DeliveryUndelivered {
			continue
		}
		if d.State == DeliveryUncertain {
			d.Reason = "cancelled; the relay may have taken it before"
		}
		d.State, d.NextAt = DeliveryCancelled, time.Time{}
	}
}
