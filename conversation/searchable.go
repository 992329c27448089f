package conversation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"recado/internal/message"
)

// Bounds of what an index keeps of one message, in octets.
const (
	maxIndexedText = 64 << 10
	maxIndexedLine = 4 << 10 // of its addresses together, and of its files' names
)

// Searchable is what of a message can be found. Event entries are none.
type Searchable struct {
	ID, Number        string
	Department        string // that it was made in; empty: none
	Subject, From, To string
	Text, Files       string
	Attachment        bool
	ReceivedAt        time.Time
}

// SearchableOf reads the messages of the ids, of those that there are and that can be found. Where a raw mail cannot be read, the
// record alone can be found.
func (m *Manager) SearchableOf(ctx context.Context, ids []string) ([]Searchable, error) {
	var msgs []*Message
	err := m.store.View(ctx, func(tx Tx) error {
		msgs = nil
		for _, id := range ids {
			msg, err := tx.Message(id)
			if err != nil {
				return err
			}
			if msg != nil {
				msgs = append(msgs, msg)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m.searchable(ctx, msgs)
}

// SearchablePage reads the messages of a page of all protocols: for an index that is made anew. Protocols that change meanwhile
// are told by Changes.
func (m *Manager) SearchablePage(ctx context.Context, page Page, fn func([]Searchable) error) (protocols int, next string, err error) {
	var numbers []string
	err = m.store.View(ctx, func(tx Tx) error {
		list, cursor, err := tx.Protocols(ProtocolFilter{}, page)
		if err != nil {
			return err
		}
		numbers, next = nil, cursor
		for _, p := range list {
			numbers = append(numbers, p.Number)
		}
		return nil
	})
	if err != nil {
		return 0, "", err
	}
	for _, n := range numbers {
		if err := m.SearchableIn(ctx, n, fn); err != nil {
			return 0, "", err
		}
	}
	return len(numbers), next, nil
}

// searchablePart is how many messages of a protocol are read at a time.
const searchablePart = 100

// SearchableIn reads all messages of a protocol, some at a time.
func (m *Manager) SearchableIn(ctx context.Context, number string, fn func([]Searchable) error) error {
	for after := uint64(0); ; {
		var msgs []*Message
		err := m.store.View(ctx, func(tx Tx) (err error) {
			msgs, err = tx.Messages(number, after, searchablePart)
			return err
		})
		if err != nil || len(msgs) == 0 {
			return err
		}
		after = msgs[len(msgs)-1].Seq
		list, err := m.searchable(ctx, msgs)
		if err == nil {
			err = fn(list)
		}
		if err != nil {
			return err
		}
	}
}

func (m *Manager) searchable(ctx context.Context, msgs []*Message) ([]Searchable, error) {
	out := make([]Searchable, 0, len(msgs))
	for _, msg := range msgs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if msg.Kind != KindEvent {
			out = append(out, m.readSearchable(ctx, msg))
		}
	}
	return out, nil
}

// readSearchable does not keep what it read: a whole store passes here.
func (m *Manager) readSearchable(ctx context.Context, msg *Message) Searchable {
	s := Searchable{
		ID: msg.ID, Number: msg.Number, Department: msg.Department, Subject: cut(msg.Subject, maxIndexedLine), Text: cut(msg.Text, maxIndexedText), ReceivedAt: msg.ReceivedAt,
		From: cut(msg.From.Name+" "+msg.From.Address+" "+msg.Agent, maxIndexedLine), To: addressText(msg.To, msg.Cc),
	}
	if msg.Raw.IsZero() {
		return s
	}
	mail, err := m.readWords(ctx, msg)
	if err != nil {
		m.log.Error("read raw mail for the index", "message", msg.ID, "err", err)
		return s
	}
	text := mail.Text
	if msg.InReplyTo == "" { // what a first mail quotes or forwards is nowhere else
		text += "\n" + mail.Quoted
	}
	s.Text = cut(text, maxIndexedText)
	if msg.Kind == KindIn {
		d := m.Directory()
		s.To = addressText(d.unnamed(mail.To, msg.Department), d.unnamed(mail.Cc, msg.Department))
	}
	var names []string
	for _, a := range mail.Attachments {
		s.Attachment = s.Attachment || !a.Inline
		names = append(names, a.Name)
	}
	s.Files = cut(strings.Join(names, " "), maxIndexedLine)
	return s
}

// readWords reads a mail. One that breaks the reader costs its own words alone, and never the server.
func (m *Manager) readWords(ctx context.Context, msg *Message) (mail *message.Message, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	raw, err := m.store.OpenMail(ctx, msg.Raw)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	return message.Parse(raw, raw.Size(), message.Options{Text: true})
}

func addressText(lists ...[]message.Address) string {
	var b strings.Builder
	for _, list := range lists {
		for _, a := range list {
			if b.Len() < maxIndexedLine {
				b.WriteString(a.Name + " " + a.Address + " ")
			}
		}
	}
	return cut(b.String(), maxIndexedLine)
}

// CountSearchable is how many protocols there are.
func (m *Manager) CountSearchable(ctx context.Context) (int, error) {
	n := 0
	err := m.store.View(ctx, func(tx Tx) error {
		n = 0
		for _, status := range []Status{Open, Finalized} {
			some, err := tx.CountList(ProtocolFilter{Status: status})
			if err != nil {
				return err
			}
			n += some
		}
		return nil
	})
	return n, err
}

// SearchableChanges are the messages that the changes after that number are of, and the protocols that messages moved
// to: at most limit changes, the last of which is returned. complete is as in Changes.
func (m *Manager) SearchableChanges(ctx context.Context, after uint64, limit int) (ids, moved []string, last uint64, complete bool, err error) {
	err = m.store.View(ctx, func(tx Tx) error {
		ids, moved, last = nil, nil, after
		list, oldest, newest, err := tx.Changes(after, limit)
		if err != nil {
			return err
		}
		complete = after <= newest && (newest == 0 || after+1 >= oldest)
		for _, c := range list {
			last = c.Seq
			switch c.Kind {
			case ChangeOpened, ChangeMessage, ChangeReply, ChangeNote:
				ids = append(ids, c.Message)
			case ChangeEvent:
				msg, err := tx.Message(c.Message)
				if err != nil {
					return err
				}
				if msg != nil && slices.Contains([]string{EventSplit, EventMerged, EventUndone}, msg.Event) {
					moved = append(moved, msg.Number)
				}
			}
		}
		return nil
	})
	return ids, moved, last, complete, err
}
