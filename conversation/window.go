package conversation

import (
	"context"
	"fmt"
)

// Window says which entries of a conversation are wanted. A protocol may have thousands, and each is read from
// its raw mail.
type Window struct {
	Newest int    // so many of the newest
	From   string // the id of an entry: that one and what followed, instead of the newest
}

// Bounds of a window, in entries.
const (
	maxWindow   = 300
	windowStep  = 100 // how much further back the next window begins
	lookBackFor = 500 // to find what the customer said last
)

// Windowed is a part of a conversation.
type Windowed struct {
	*Conversation
	Earlier string // the entry that a window with earlier ones begins at; empty: there are none
	Later   bool   // there are newer ones
	LastIn  *Entry // what the customer said last, in the window or a little before it; nil: nothing
}

// ConversationWindow returns a protocol with some of its entries, oldest first. An entry that is not the
// protocol's any more is answered with the newest.
func (m *Manager) ConversationWindow(ctx context.Context, actor Actor, number string, w Window) (*Windowed, error) {
	out := &Windowed{}
	var records []*Message
	var lastIn *Message
	err := m.store.View(ctx, func(tx Tx) error {
		p, err := m.visible(tx, actor, number)
		if err != nil {
			return err
		}
		item, err := m.item(tx, actor, p)
		if err != nil {
			return err
		}
		out.Conversation = &Conversation{ProtocolItem: *item}
		if records, err = w.records(tx, p); err != nil || len(records) == 0 {
			return err
		}
		if out.Later = len(records) > maxWindow; out.Later {
			records = records[:maxWindow]
		}
		first := records[0].Seq
		if out.Earlier, err = earlier(tx, number, first); err != nil {
			return err
		}
		lastIn, err = lastIncoming(tx, number, records)
		return err
	})
	if err != nil {
		return nil, err
	}
	if out.Entries, err = m.entries(ctx, actor, records); err != nil {
		return nil, err
	}
	for i := range out.Entries {
		if lastIn != nil && out.Entries[i].ID == lastIn.ID {
			out.LastIn = &out.Entries[i]
		}
	}
	if lastIn != nil && out.LastIn == nil {
		before, err := m.entries(ctx, actor, []*Message{lastIn})
		if err != nil {
			return nil, err
		}
		out.LastIn = &before[0]
	}
	return out, nil
}

// records are the window's, and one more where newer ones follow.
func (w Window) records(tx Tx, p *Protocol) ([]*Message, error) {
	if w.From != "" {
		from, err := tx.Message(w.From)
		if err != nil {
			return nil, err
		}
		if from != nil && from.Number == p.Number {
			return tx.Messages(p.Number, from.Seq-1, maxWindow+1)
		}
	}
	return tx.Messages(p.Number, below(p.LastSeq, uint64(min(w.Newest, maxWindow))), 0)
}

// below is n less, but not less than nothing.
func below(seq, n uint64) uint64 { return seq - min(seq, n) }

// earlier is the entry that the window before the one that begins at first begins at.
func earlier(tx Tx, number string, first uint64) (string, error) {
	for _, after := range []uint64{below(first, 1+windowStep), 0} {
		list, err := tx.Messages(number, after, 1)
		if err != nil {
			return "", err
		}
		if len(list) == 1 && list[0].Seq < first {
			return list[0].ID, nil
		}
	}
	return "", nil
}

// lastIncoming is what the customer said last, looked for in the records and in some before them.
func lastIncoming(tx Tx, number string, records []*Message) (*Message, error) {
	if m := newestIncoming(records); m != nil {
		return m, nil
	}
	first := records[0].Seq
	before, err := tx.Messages(number, below(first, 1+lookBackFor), lookBackFor)
	if err != nil {
		return nil, err
	}
	for i, m := range before {
		if m.Seq >= first {
			before = before[:i]
			break
		}
	}
	return newestIncoming(before), nil
}

func newestIncoming(records []*Message) (last *Message) {
	for _, m := range records {
		if m.Kind == KindIn {
			last = m
		}
	}
	return last
}

// entries reads the raw mails of records, outside of any transaction.
func (m *Manager) entries(ctx context.Context, actor Actor, records []*Message) ([]Entry, error) {
	out := make([]Entry, 0, len(records))
	for _, r := range records {
		e, err := m.entry(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("read message %s: %w", r.ID, err)
		}
		m.Directory().unseen(actor, &e)
		out = append(out, e)
	}
	return out, nil
}
