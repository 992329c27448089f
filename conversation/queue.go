package conversation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// EventUncertain tells that a message of ours waits for a person: the relay may have taken it.
const EventUncertain = "uncertain"

// LeasePolicy says who takes due queue items, how many and for how long.
type LeasePolicy struct {
	// Owner proves later that the lease is held: unique to one call, so that a late answer of an
	// earlier lease is told from the present one.
	Owner string
	Limit int
	Lease time.Duration // after it anybody may take the item
	Ask   bool          // [relay] uncertain = "ask": an item whose fate is unknown waits for a person
}

// LeaseDue takes the items that are due and marks them as sending, the attempt counted, before anything
// of them is sent. An item whose lease ran out belonged to a process that died: it is due too. Where that
// one had got as far as the final dot, nobody knows whether the relay has the mail; its deliveries become
// uncertain, and it is sent again, or waits for a person where the policy says so.
func (m *Manager) LeaseDue(ctx context.Context, policy LeasePolicy) ([]*QueueItem, error) {
	var leased []*QueueItem
	err := m.store.Update(ctx, func(tx Tx) error {
		leased = nil
		due, err := tx.QueueDue(tx.Now(), policy.Limit)
		if err != nil {
			return err
		}
		for _, item := range due {
			parked, err := recoverItem(tx, item, policy.Ask)
			if err != nil {
				return err
			}
			if parked {
				continue
			}
			item.State = QueueSending
			item.Attempts++
			item.DotSent = false
			item.LeaseOwner, item.LeaseUntil = policy.Owner, tx.Now().Add(policy.Lease)
			if err := tx.PutQueueItem(item); err != nil {
				return err
			}
			leased = append(leased, item)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lease due mail: %w", err)
	}
	return leased, nil
}

// ReclaimQueue ends every lease. It is for the start of a process that has the store to itself: whoever
// held them is dead, and its mail would else wait until they run out. What that means for each mail,
// LeaseDue decides. What a clock that was wrong put off for longer than anything waits is due too.
func (m *Manager) ReclaimQueue(ctx context.Context) error {
	for page := (Page{Limit: MaxLimit}); ; {
		var next string
		err := m.store.Update(ctx, func(tx Tx) error {
			var items []*QueueItem
			var err error
			if items, next, err = tx.Queue(nil, page); err != nil {
				return err
			}
			for _, item := range items {
				if !reclaim(item, tx.Now()) {
					continue
				}
				if err := tx.PutQueueItem(item); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("reclaim the queue: %w", err)
		}
		if next == "" {
			return nil
		}
		page.Cursor = next
	}
}

// longestPut is more than anything in the queue is put off for.
const longestPut = 24 * time.Hour

// reclaim makes the item due that nobody can be working on, or that would wait unreasonably long; false
// where there is nothing to change.
func reclaim(item *QueueItem, now time.Time) bool {
	switch item.State {
	case QueueSending:
		if item.LeaseUntil.After(now) {
			item.LeaseUntil = now
			return true
		}
	case QueueWaiting, QueueDeferred:
		if item.NextAt.After(now.Add(longestPut)) {
			item.NextAt = now
			return true
		}
	}
	return false
}

// recoverItem deals with an item that a crash left after its final dot; parked tells that it is not to
// be sent.
func recoverItem(tx Tx, item *QueueItem, ask bool) (parked bool, err error) {
	if item.State != QueueSending || !item.DotSent {
		return false, nil
	}
	item.Last = "we stopped while the relay was answering: it may have taken the mail"
	a := Attempt{Item: item.ID, NextAt: tx.Now(), Ask: ask, Last: item.Last}
	for _, r := range item.Recipients {
		a.Results = append(a.Results, AttemptResult{Recipient: r, State: DeliveryUncertain, Reason: item.Last})
	}
	if err := settle(tx, item, a); err != nil {
		return false, err
	}
	return item.State == QueueUncertain || len(item.Recipients) == 0, nil
}

// MarkDot notes that the end of the data is about to be given to the relay, and renews the lease for the
// time that its answer may take. An error means that it must not be given: CodeConflict when the lease
// is no longer the owner's.
func (m *Manager) MarkDot(ctx context.Context, id, owner string, lease time.Duration) error {
	err := m.store.Update(ctx, func(tx Tx) error {
		item, err := leasedItem(tx, id, owner)
		if err != nil {
			return err
		}
		if !item.LeaseUntil.After(tx.Now()) {
			return errorf(CodeConflict, "the lease of queue item %s ran out", id)
		}
		item.DotSent = true
		item.LeaseUntil = tx.Now().Add(lease)
		return tx.PutQueueItem(item)
	})
	if err != nil {
		return fmt.Errorf("mark the end of the data: %w", err)
	}
	return nil
}

// leasedItem is the item, if the owner holds it: a lease that ran out is still held until somebody
// else takes it.
func leasedItem(tx Tx, id, owner string) (*QueueItem, error) {
	item, err := tx.QueueItem(id)
	if err != nil {
		return nil, err
	}
	if item == nil || item.State != QueueSending || item.LeaseOwner != owner {
		return nil, errorf(CodeConflict, "queue item %s is not held by this sender any more", id)
	}
	return item, nil
}

// Attempted stores what an attempt came to: each recipient's delivery, what remains to be sent and
// when. Recipients that the attempt says nothing of remain. A recipient that failed for good becomes an
// event of the protocol, a finalized one too (rule 18). CodeConflict, and nothing changed, when the
// owner does not hold the item.
func (m *Manager) Attempted(ctx context.Context, a Attempt) error {
	err := m.store.Update(ctx, func(tx Tx) error {
		item, err := leasedItem(tx, a.Item, a.Owner)
		if err != nil {
			return err
		}
		return settle(tx, item, a)
	})
	if err != nil {
		return fmt.Errorf("store what an attempt came to: %w", err)
	}
	return nil
}

// settle applies an attempt to the message's deliveries, to the item and to the protocol.
func settle(tx Tx, item *QueueItem, a Attempt) error {
	msg, err := tx.Message(item.Message)
	if err != nil {
		return err
	}
	var failed, waiting, uncertain []string
	for _, recipient := range item.Recipients {
		r, told := resultOf(a.Results, recipient)
		deliver(deliveryTo(msg, recipient), r, told, item.Attempts, a)
		switch {
		case r.State == DeliveryFailed:
			failed = append(failed, failureText(r))
		case r.State == DeliveryUncertain && a.Ask:
			uncertain = append(uncertain, recipient)
		case remains(r.State):
			waiting = append(waiting, recipient)
		}
	}
	if err := requeue(tx, item, a, waiting, uncertain); err != nil {
		return err
	}
	var events []*Message
	if len(failed) > 0 {
		events = append(events, queueEvent(tx, item, EventFailed, strings.Join(failed, "\n")))
	}
	if len(uncertain) > 0 {
		events = append(events, queueEvent(tx, item, EventUncertain, strings.Join(uncertain, ", ")+
			": the relay did not answer after it had the whole mail. Decide whether to send it again."))
	}
	return tellDelivery(tx, item, msg, "", events)
}

// deliver notes the result in the delivery, nil where the message is gone.
func deliver(d *Delivery, r AttemptResult, told bool, attempts int, a Attempt) {
	if d == nil {
		return
	}
	d.Attempts, d.NextAt = attempts, time.Time{}
	if remains(r.State) && !(a.Ask && r.State == DeliveryUncertain) {
		d.NextAt = a.NextAt
	}
	if !told || r.State == DeliverySent && d.State == DeliveryUndelivered {
		return // a report can come before the relay's answer was stored, and knows more
	}
	d.State, d.Code, d.Reason = r.State, r.Code, r.Reason
}

// remains tells whether a recipient in the state is tried again.
func remains(s DeliveryState) bool {
	return s != DeliverySent && s != DeliveryFailed && s != DeliveryCancelled
}

// resultOf is what the attempt says of the recipient, if it says anything; else it waits on.
func resultOf(results []AttemptResult, recipient string) (r AttemptResult, told bool) {
	i := slices.IndexFunc(results, func(r AttemptResult) bool { return r.Recipient == recipient })
	if i < 0 {
		return AttemptResult{Recipient: recipient, State: DeliveryDeferred}, false
	}
	return results[i], true
}

// deliveryTo points to the delivery of the message for the recipient; nil where there is none.
func deliveryTo(msg *Message, recipient string) *Delivery {
	if msg == nil {
		return nil
	}
	i := slices.IndexFunc(msg.Deliveries, func(d Delivery) bool { return d.Recipient == recipient })
	if i < 0 {
		return nil
	}
	return &msg.Deliveries[i]
}

func failureText(r AttemptResult) string {
	text := r.Recipient
	if r.Code != "" {
		text += " (" + r.Code + ")"
	}
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	return text
}

// requeue keeps what remains of the item. One that waits for a person and for its time at once is
// divided: the second half goes on by itself.
func requeue(tx Tx, item *QueueItem, a Attempt, waiting, uncertain []string) error {
	item.LeaseOwner, item.LeaseUntil, item.DotSent = "", time.Time{}, false
	item.NextAt, item.Last = a.NextAt, a.Last
	if len(uncertain) > 0 && len(waiting) > 0 {
		rest := *item
		rest.ID = NewID(tx.Now())
		rest.State, rest.Recipients = QueueDeferred, waiting
		if err := tx.PutQueueItem(&rest); err != nil {
			return err
		}
		waiting = nil
	}
	switch {
	case len(uncertain) > 0:
		item.State, item.Recipients = QueueUncertain, uncertain
	case len(waiting) > 0:
		item.State, item.Recipients = QueueDeferred, waiting
	default:
		item.Recipients = nil
		return tx.DeleteQueueItem(item.ID)
	}
	return tx.PutQueueItem(item)
}

// queueEvent is an entry that tells of a mail in the queue; it is not stored yet.
func queueEvent(tx Tx, item *QueueItem, event, text string) *Message {
	return &Message{
		ID: NewID(tx.Now()), Kind: KindEvent, Event: event, Text: text,
		ReceivedAt: tx.Now(), Department: item.Department,
	}
}

// tellDelivery stores the message with its deliveries, appends the events to its protocol, and lets
// live streams know.
func tellDelivery(tx Tx, item *QueueItem, msg *Message, agent string, events []*Message) error {
	if msg != nil {
		if err := tx.PutMessage(msg); err != nil {
			return err
		}
	}
	number := item.Number
	if msg != nil {
		number = msg.Number // it may have moved since it was queued
	}
	p, err := tx.Protocol(number)
	if err != nil || p == nil {
		return err
	}
	if err := change(tx, ChangeDelivery, p, item.Message, agent); err != nil {
		return err
	}
	for _, e := range events {
		e.Agent = agent
		if err := appendEntry(tx, p, e); err != nil {
			return err
		}
		if err := change(tx, ChangeEvent, p, e.ID, agent); err != nil {
			return err
		}
	}
	return nil
}

// QueueNext is the earliest time at which an item is due or its lease runs out; zero when none waits.
func (m *Manager) QueueNext(ctx context.Context) (time.Time, error) {
	var next time.Time
	err := m.store.View(ctx, func(tx Tx) (err error) {
		next, err = tx.QueueNext()
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("read the queue: %w", err)
	}
	return next, nil
}

// OutgoingMail opens the item's raw mail, the same octets at every attempt. An acknowledgement is
// composed first, the first time. The caller closes it.
func (m *Manager) OutgoingMail(ctx context.Context, item *QueueItem) (Mail, error) {
	if item.Raw.IsZero() {
		ref, err := m.composeAcknowledgement(ctx, item)
		if err != nil {
			return nil, fmt.Errorf("compose an acknowledgement: %w", err)
		}
		if err := m.keepComposed(ctx, item, ref); err != nil {
			return nil, fmt.Errorf("keep an acknowledgement: %w", err)
		}
	}
	mail, err := m.store.OpenMail(ctx, item.Raw)
	if err != nil {
		return nil, fmt.Errorf("open the mail of queue item %s: %w", item.ID, err)
	}
	return mail, nil
}

// keepComposed notes in the item and in its message where the composed mail is.
func (m *Manager) keepComposed(ctx context.Context, item *QueueItem, ref MailRef) error {
	return m.store.Update(ctx, func(tx Tx) error {
		stored, err := leasedItem(tx, item.ID, item.LeaseOwner)
		if err != nil {
			return err
		}
		if !stored.Raw.IsZero() {
			item.Raw = stored.Raw
			return nil
		}
		item.Raw, stored.Raw = ref, ref
		msg, err := tx.Message(item.Message)
		if err != nil {
			return err
		}
		if msg != nil && msg.Raw.IsZero() {
			msg.Raw = ref
			if err := tx.PutMessage(msg); err != nil {
				return err
			}
		}
		return tx.PutQueueItem(stored)
	})
}
