package conversation

import (
	"context"
	"errors"
	"io"
	"slices"

	"recado/internal/message"
)

// visible is the protocol of the number where the actor may read it. Not to exist and not to be seen
// are the same answer.
func (m *Manager) visible(tx Tx, actor Actor, number string) (*Protocol, error) {
	p, err := tx.Protocol(number)
	if err != nil {
		return nil, err
	}
	if p == nil || !actor.seesProtocol(m.Directory(), p) {
		return nil, errorf(CodeNotFound, "no protocol has the number %s", number)
	}
	return p, nil
}

// listError turns a bad cursor into an answer to the asker.
func listError(err error) error {
	if errors.Is(err, ErrBadCursor) {
		return errorf(CodeInvalid, "%s", ErrBadCursor)
	}
	return err
}

// Protocols lists protocols that the actor sees.
func (m *Manager) Protocols(ctx context.Context, actor Actor, f ProtocolFilter, page Page) ([]ProtocolItem, string, error) {
	var items []ProtocolItem
	var next string
	if err := f.settle(); err != nil {
		return nil, "", err
	}
	f.Departments = m.narrow(actor, f.Departments)
	err := m.store.View(ctx, func(tx Tx) error {
		list, cursor, err := tx.Protocols(f, page)
		if err != nil {
			return err
		}
		next = cursor
		items, err = m.items(tx, actor, list)
		return err
	})
	return items, next, listError(err)
}

// items adds to each protocol what only the actor knows.
func (m *Manager) items(tx Tx, actor Actor, list []*Protocol) ([]ProtocolItem, error) {
	out := make([]ProtocolItem, 0, len(list))
	for _, p := range list {
		item, err := m.item(tx, actor, p)
		if err != nil {
			return nil, err
		}
		out = append(out, *item)
	}
	return out, nil
}

// item adds what only the actor knows.
func (m *Manager) item(tx Tx, actor Actor, p *Protocol) (*ProtocolItem, error) {
	read, err := tx.ReadMark(actor.Email, p.Number)
	if err != nil {
		return nil, err
	}
	item := &ProtocolItem{Protocol: p, Unread: max(0, p.Incoming-read)}
	if item.Given, err = givenName(tx, p.Key); err != nil {
		return nil, err
	}
	if actor.Email != "" {
		item.Mentioned, err = tx.Mentioned(actor.Email, p.Number)
	}
	return item, err
}

// Protocol returns one protocol without its messages.
func (m *Manager) Protocol(ctx context.Context, actor Actor, number string) (*ProtocolItem, error) {
	var item *ProtocolItem
	err := m.store.View(ctx, func(tx Tx) error {
		p, err := m.visible(tx, actor, number)
		if err != nil {
			return err
		}
		item, err = m.item(tx, actor, p)
		return err
	})
	return item, err
}

// Conversation returns a protocol with its entries as a person reads them, oldest first. The raw mails
// are read outside the transaction.
func (m *Manager) Conversation(ctx context.Context, actor Actor, number string) (*Conversation, error) {
	c := &Conversation{}
	var records []*Message
	err := m.store.View(ctx, func(tx Tx) error {
		p, err := m.visible(tx, actor, number)
		if err != nil {
			return err
		}
		item, err := m.item(tx, actor, p)
		if err != nil {
			return err
		}
		c.ProtocolItem = *item
		records, err = tx.Messages(number, 0, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	if c.Entries, err = m.entries(ctx, actor, records); err != nil {
		return nil, err
	}
	return c, nil
}

// entry reads the raw mail of a message. Where it cannot be read, the record is still shown, with a
// sentence that says so: one damaged mail must not hide a conversation.
func (m *Manager) entry(ctx context.Context, r *Message) (Entry, error) {
	e := Entry{Message: r, To: r.To, Cc: r.Cc, ReplyTo: r.ReplyTo, References: r.References, Text: r.Text}
	if r.Raw.IsZero() || r.Kind == KindEvent && r.Text != "" {
		return e, nil
	}
	mail, err := m.reading(ctx, r)
	if err == nil {
		m.fill(&e, mail)
		return e, nil
	}
	if ctx.Err() != nil {
		return e, ctx.Err()
	}
	m.log.Error("read raw mail", "message", r.ID, "err", err)
	e.Damaged, e.Text = true, "The original of this message cannot be read from the mail log. The log of the server says why."
	e.Flags = append(slices.Clone(e.Flags), FlagUnparsed)
	return e, nil
}

// reading is what a person reads of the raw mail of a message. It must not be changed.
func (m *Manager) reading(ctx context.Context, r *Message) (*message.Message, error) {
	if mail := m.readings.get(r.ID); mail != nil {
		return mail, nil
	}
	raw, err := m.store.OpenMail(ctx, r.Raw)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	mail, err := message.Parse(raw, raw.Size(), message.Options{Text: true, HTML: true, Digest: true})
	if err != nil {
		return nil, err
	}
	m.readings.put(r.ID, mail)
	return mail, nil
}

// fill takes from the mail what the record does not have.
func (m *Manager) fill(e *Entry, mail *message.Message) {
	e.Text, e.Quoted, e.HTML, e.Attachments = mail.Text, mail.Quoted, mail.HTML, mail.Attachments
	if e.Kind == KindOut {
		return
	}
	d := m.Directory()
	e.To, e.Cc, e.ReplyTo = d.unnamed(mail.To, e.Department), d.unnamed(mail.Cc, e.Department), mail.ReplyTo
	e.References = mail.References
}

// unnamed leaves out the addresses of isolated departments other than the message's own: they are never
// named on messages elsewhere (rule 5).
func (d *Directory) unnamed(list []message.Address, department string) []message.Address {
	out := make([]message.Address, 0, len(list))
	for _, a := range list {
		hidden := false
		for _, k := range []string{a.Key(), message.FoldPlus(a.Key())} {
			for _, c := range d.channels[k] {
				hidden = hidden || c.Department != department && d.Isolated(c.Department)
			}
		}
		if !hidden {
			out = append(out, a)
		}
	}
	return out
}

// Message returns one message's record.
func (m *Manager) Message(ctx context.Context, actor Actor, id string) (*Message, error) {
	var msg *Message
	err := m.store.View(ctx, func(tx Tx) error {
		var err error
		if msg, err = tx.Message(id); err != nil {
			return err
		}
		if msg != nil {
			_, err = m.visible(tx, actor, msg.Number)
		}
		if msg == nil || err != nil {
			return errorf(CodeNotFound, "no message has the id %s", id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return msg, nil
}

// RawMail opens the bytes of a message or of a held mail as they were received or sent. The caller closes it.
func (m *Manager) RawMail(ctx context.Context, actor Actor, id string) (Mail, error) {
	ref, err := m.rawRef(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	if ref.IsZero() {
		return nil, errorf(CodeNotFound, "message %s is a note or an event and has no mail", id)
	}
	return m.store.OpenMail(ctx, ref)
}

func (m *Manager) rawRef(ctx context.Context, actor Actor, id string) (MailRef, error) {
	msg, err := m.Message(ctx, actor, id)
	if err == nil {
		return msg.Raw, nil
	}
	var e *Error
	if !errors.As(err, &e) {
		return MailRef{}, err
	}
	h, herr := m.HeldMail(ctx, actor, id)
	if herr != nil {
		return MailRef{}, err
	}
	return h.Raw, nil
}

// Attachment opens attachment n of a message, decoded. The caller closes the reader.
func (m *Manager) Attachment(ctx context.Context, actor Actor, id string, n int) (message.Attachment, io.ReadCloser, error) {
	raw, err := m.RawMail(ctx, actor, id)
	if err != nil {
		return message.Attachment{}, nil, err
	}
	a, file, err := fileOf(raw, n)
	if err != nil {
		return a, nil, errorf(CodeNotFound, "message %s has no attachment %d", id, n)
	}
	return a, file, nil
}

// fileOf opens attachment n of a mail, decoded. To close it closes the mail, as an error does.
func fileOf(raw Mail, n int) (message.Attachment, io.ReadCloser, error) {
	a, r, err := message.OpenAttachment(raw, raw.Size(), n)
	if err != nil {
		raw.Close()
		return message.Attachment{}, nil, err
	}
	return a, struct {
		io.Reader
		io.Closer
	}{r, raw}, nil
}

// MarkRead notes that the actor has read all of the protocol.
func (m *Manager) MarkRead(ctx context.Context, actor Actor, number string) error {
	unread := false
	err := m.store.View(ctx, func(tx Tx) error {
		p, err := m.visible(tx, actor, number)
		if err != nil {
			return err
		}
		item, err := m.item(tx, actor, p)
		unread = err == nil && (item.Unread > 0 || item.Mentioned)
		return err
	})
	if err != nil || !unread {
		return err
	}
	return m.store.Update(ctx, func(tx Tx) error {
		p, err := m.visible(tx, actor, number)
		if err != nil {
			return err
		}
		// "" is anybody: what the operator sees as read.
		for _, who := range []string{actor.Email, ""} {
			if err := tx.PutReadMark(who, number, p.Incoming); err != nil {
				return err
			}
		}
		if err := tx.ReadMentions(actor.Email, number); err != nil {
			return err
		}
		return change(tx, ChangeRead, p, "", actor.Email)
	})
}

// Journal lists the fates of accepted recipients, newest first.
func (m *Manager) Journal(ctx context.Context, actor Actor, f JournalFilter, page Page) ([]*JournalLine, string, error) {
	var lines []*JournalLine
	var next string
	f.Departments = m.narrow(actor, f.Departments)
	err := m.store.View(ctx, func(tx Tx) (err error) {
		lines, next, err = tx.Journal(f, page)
		return err
	})
	return lines, next, listError(err)
}

// DepartmentCount is how many protocols of a department are open.
type DepartmentCount struct {
	Department string
	Open       int
	Held       int
}

// Counts tells, for each department that the actor sees, what waits there.
func (m *Manager) Counts(ctx context.Context, actor Actor) ([]DepartmentCount, error) {
	d := m.Directory()
	var out []DepartmentCount
	err := m.store.View(ctx, func(tx Tx) error {
		out = nil
		for i := range d.Departments {
			id := d.Departments[i].ID
			if !actor.Sees(d, id) {
				continue
			}
			open, err := tx.CountProtocols(Open, id)
			if err != nil {
				return err
			}
			held, err := tx.CountHeld(id)
			if err != nil {
				return err
			}
			out = append(out, DepartmentCount{Department: id, Open: open, Held: held})
		}
		return nil
	})
	return out, err
}

// ListCounts are how many open protocols the actor sees: all, the actor's own, and nobody's.
type ListCounts struct{ Open, Mine, Unassigned int }

// ListCounts counts each protocol once, however many of the actor's departments see it.
func (m *Manager) ListCounts(ctx context.Context, actor Actor) (ListCounts, error) {
	var out ListCounts
	seen := m.narrow(actor, nil)
	err := m.store.View(ctx, func(tx Tx) (err error) {
		count := func(f ProtocolFilter) (n int) {
			if err == nil {
				f.Status, f.Departments = Open, seen
				n, err = tx.CountList(f)
			}
			return n
		}
		out = ListCounts{Open: count(ProtocolFilter{}), Unassigned: count(ProtocolFilter{Unassigned: true})}
		if actor.Email != "" {
			out.Mine = count(ProtocolFilter{Agent: actor.Email})
		}
		return err
	})
	return out, err
}
