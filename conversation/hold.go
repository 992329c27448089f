package conversation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"recado/internal/message"
)

// hold keeps the mail for a person to decide on.
func (a *application) hold() error {
	d, in := a.p.decision, a.f.in
	h := &Held{
		ID: a.id, Reason: d.held, Decided: d.reason, To: a.p.target.recipients, Department: a.department(),
		From:    ContactRef{Address: a.f.sender.address.Address, Name: a.f.sender.address.Name},
		Subject: in.Parsed.Subject, Preview: in.Parsed.Preview, MessageID: a.f.messageID,
		ReceivedAt: in.At, Receipt: in.Receipt, Auth: in.Auth, Envelope: a.envelope(), Trace: a.p.trace, Raw: a.ref,
	}
	if c := a.p.target.channel; c != nil {
		h.Channel = c.Email
	}
	if days := a.f.d.Limits.HeldDays; d.held.expires() && days > 0 {
		h.ExpiresAt = in.At.Add(time.Duration(days) * 24 * time.Hour)
	}
	if err := a.tx.PutHeld(h); err != nil {
		return err
	}
	if err := a.seen(); err != nil {
		return err
	}
	err := a.tx.AddChange(&Change{At: a.tx.Now(), Kind: ChangeHeld, Message: h.ID, Departments: []string{h.Department}})
	if err != nil {
		return err
	}
	return a.journal(FateHeld, "", h.ID)
}

// HeldMails lists what waits for a decision, newest first.
func (m *Manager) HeldMails(ctx context.Context, actor Actor, f HeldFilter, page Page) ([]*Held, string, error) {
	var items []*Held
	var next string
	f.Departments = m.narrow(actor, f.Departments)
	err := m.store.View(ctx, func(tx Tx) (err error) {
		items, next, err = tx.HeldList(f, page)
		return err
	})
	return items, next, listError(err)
}

// HeldMail returns one held mail.
func (m *Manager) HeldMail(ctx context.Context, actor Actor, id string) (*Held, error) {
	var h *Held
	err := m.store.View(ctx, func(tx Tx) (err error) {
		h, err = m.held(tx, actor, id)
		return err
	})
	return h, err
}

func (m *Manager) held(tx Tx, actor Actor, id string) (*Held, error) {
	h, err := tx.Held(id)
	if err != nil {
		return nil, err
	}
	if h == nil || !actor.Sees(m.Directory(), h.Department) {
		return nil, errorf(CodeNotFound, "no held mail has the id %s: it may have been decided already", id)
	}
	return h, nil
}

// AcceptHeld treats a held mail as if it had been accepted when it came: it opens or joins a protocol.
// It returns the message that it became.
func (m *Manager) AcceptHeld(ctx context.Context, intent Intent, id string) (*Message, error) {
	h, err := m.HeldMail(ctx, intent.Actor, id)
	if err != nil {
		return m.acceptedBefore(ctx, intent, id, err)
	}
	in, closeMail, err := m.readHeld(ctx, h)
	if err != nil {
		return nil, fmt.Errorf("accept held mail: %w", err)
	}
	defer closeMail()
	d := m.Directory()
	f := m.newMailFacts(d, in)
	f.approved = true
	var msg *Message
	err = m.store.Update(ctx, func(tx Tx) error {
		h, err := m.held(tx, intent.Actor, id)
		if err != nil {
			return err
		}
		if msg, err = m.applyHeld(tx, f, h); err != nil {
			return err
		}
		if err := tx.DeleteHeld(id); err != nil {
			return err
		}
		if err := auditHeld(tx, intent.Actor, AuditHeldAccept, h, msg); err != nil {
			return err
		}
		return decided(tx, h, intent.Actor)
	})
	if err != nil {
		return m.acceptedBefore(ctx, intent, id, err)
	}
	return msg, nil
}

// acceptedBefore answers the second of two clicks on accept with the message that the first one made.
func (m *Manager) acceptedBefore(ctx context.Context, intent Intent, id string, notFound error) (*Message, error) {
	var e *Error
	if !errors.As(notFound, &e) || e.Code != CodeNotFound {
		return nil, notFound
	}
	msg, err := m.Message(ctx, intent.Actor, id)
	if err != nil {
		return nil, notFound
	}
	return msg, nil
}

// readHeld makes the mail that was held into what Receive was given.
func (m *Manager) readHeld(ctx context.Context, h *Held) (*Incoming, func() error, error) {
	raw, err := m.store.OpenMail(ctx, h.Raw)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := message.Parse(raw, raw.Size(), message.Options{})
	if err != nil {
		raw.Close()
		return nil, nil, err
	}
	env := h.Envelope
	env.Recipients = h.To
	return &Incoming{At: h.ReceivedAt, Receipt: h.Receipt, Envelope: env, Parsed: parsed, Auth: h.Auth, Spam: raw.Record().Spam}, raw.Close, nil
}

// applyHeld decides on a held mail as approved, and carries that out under the held mail's id.
func (m *Manager) applyHeld(tx Tx, f *mailFacts, h *Held) (*Message, error) {
	// What was held as one target may be several by the channel file of today.
	id := h.ID
	err := m.eachPlan(tx, f, func(p *plan) error {
		if c := p.target.channel; c != nil && !f.d.sameWall(c.Department, h.Department) {
			return errorf(CodeConflict, "%s has no channel any more, and its mail may not go to another department: add one, or discard it", h.Department)
		}
		p.trace = append(slices.Clone(p.trace), TraceStep{"held", string(h.Reason) + ", accepted by a person"})
		a := &application{m: m, tx: tx, f: f, p: p, ref: h.Raw, id: id, fate: FateAccepted}
		id = NewID(tx.Now())
		return a.apply()
	})
	if errors.Is(err, errNoTarget) {
		return nil, errorf(CodeConflict, "no channel receives this mail any more: add or enable one for %s", h.Department)
	}
	if err != nil {
		return nil, err
	}
	return tx.Message(h.ID)
}

// DiscardHeld decides that a held mail is not wanted. The raw mail stays in the log until retention ends.
func (m *Manager) DiscardHeld(ctx context.Context, intent Intent, id string) (*Held, error) {
	var h *Held
	err := m.store.Update(ctx, func(tx Tx) (err error) {
		if h, err = recall[Held](tx, intent, "discard/"+id); err != nil || h != nil {
			return err
		}
		if h, err = m.held(tx, intent.Actor, id); err != nil {
			return err
		}
		if err := keep(tx, intent, "discard/"+id, h); err != nil {
			return err
		}
		return m.discard(tx, intent.Actor, h)
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// discard ends a held mail as somebody decided.
func (m *Manager) discard(tx Tx, by Actor, h *Held) error {
	if err := auditHeld(tx, by, AuditHeldDiscard, h, nil); err != nil {
		return err
	}
	return m.endHeld(tx, h, FateDiscarded, "by "+by.Label(), by)
}

// endHeld removes a held mail and gives each of its recipients a last line in the journal.
func (m *Manager) endHeld(tx Tx, h *Held, fate Fate, reason string, actor Actor) error {
	if err := tx.DeleteHeld(h.ID); err != nil {
		return err
	}
	for _, r := range h.To {
		err := tx.AddJournal(&JournalLine{
			At: tx.Now(), Receipt: h.Receipt, Recipient: r, Sender: h.From.Address, MessageID: h.MessageID, Fate: fate,
			Message: h.ID, Reason: reason, Department: h.Department,
		})
		if err != nil {
			return err
		}
	}
	return decided(tx, h, actor)
}

func decided(tx Tx, h *Held, actor Actor) error {
	return tx.AddChange(&Change{
		At: tx.Now(), Kind: ChangeDecided, Message: h.ID, Departments: []string{h.Department}, Agent: actor.Email,
	})
}

// ExpireHeld lets go what is held as automatic, backscatter or spam and has had its days (rule 19). It
// tells how many went, at most limit.
func (m *Manager) ExpireHeld(ctx context.Context, limit int) (int, error) {
	n := 0
	err := m.store.Update(ctx, func(tx Tx) error {
		expired, err := tx.HeldExpiring(tx.Now(), limit)
		if err != nil {
			return err
		}
		n = len(expired)
		for _, h := range expired {
			if err := m.endHeld(tx, h, FateExpired, "held_days passed", Actor{Operator: true}); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
