package conversation

import (
	"context"
	"slices"
)

// Split takes a message and all that follows it out of a protocol, into one of its own with a new number
// (rule 5). It returns the new one, open like the other: where the key has a holder, it is open aside.
func (m *Manager) Split(ctx context.Context, intent Intent, number, message string) (*ProtocolItem, error) {
	return m.moving(ctx, intent, "split/"+number+"/"+message, func(tx Tx) (*Protocol, error) {
		return m.split(tx, intent, number, message)
	})
}

// moving owns the transaction of a split, merge or undo, and answers a repeated request with the protocol
// that the first one answered with, as it is now.
func (m *Manager) moving(ctx context.Context, intent Intent, what string, fn func(Tx) (*Protocol, error)) (*ProtocolItem, error) {
	var item *ProtocolItem
	err := m.store.Update(ctx, func(tx Tx) error {
		done, err := recall[string](tx, intent, what)
		if err != nil {
			return err
		}
		var p *Protocol
		if done != nil {
			p, err = m.visible(tx, intent.Actor, *done)
		} else if p, err = fn(tx); err == nil {
			err = keep(tx, intent, what, &p.Number)
		}
		if err != nil {
			return err
		}
		item, err = m.item(tx, intent.Actor, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return item, nil
}

func (m *Manager) split(tx Tx, intent Intent, number, id string) (*Protocol, error) {
	p, err := m.changeable(tx, intent, number)
	if err != nil {
		return nil, err
	}
	lists, err := entriesOf(tx, p)
	if err != nil {
		return nil, err
	}
	entries := lists[0]
	at, err := splitPoint(p, entries, id)
	if err != nil {
		return nil, err
	}
	stay, leave := entries[:at:at], entries[at:]
	part, err := m.newPart(tx, p, leave[0])
	if err != nil {
		return nil, err
	}
	point := leave[0].Seq
	if err := remark(tx, p.Number, part.Number, divided(entries, func(e *Message) bool { return e.Seq >= point })); err != nil {
		return nil, err
	}
	mv := newMove(tx, intent.Actor, "split", EventSplit)
	for _, e := range leave {
		mv.take(e, part.Number, false)
	}
	if err := renumber(tx, part, leave); err != nil {
		return nil, err
	}
	if err := renumber(tx, p, stay); err != nil {
		return nil, err
	}
	if err := mv.queued(p.Number, part); err != nil {
		return nil, err
	}
	if err := tally(tx, m.Directory(), part, intent.Actor.Email, Figures{Opened: 1}); err != nil {
		return nil, err
	}
	p.link(part.Number, LinkSplit)
	if err := mv.tell(p, p.Number+" → "+part.Number); err != nil {
		return nil, err
	}
	if err := auditProtocol(tx, intent.Actor, AuditSplit, p, part.Number, ""); err != nil {
		return nil, err
	}
	return part, mv.tell(part, p.Number+" → "+part.Number)
}

// splitPoint is where in the entries the message is that the new protocol begins with.
func splitPoint(p *Protocol, entries []*Message, id string) (int, error) {
	at := slices.IndexFunc(entries, func(e *Message) bool { return e.ID == id })
	switch {
	case at < 0 && p.Merged != nil:
		return 0, errorf(CodeConflict, "the messages of protocol %s are in %s: split there", p.Number, p.Merged.Into)
	case at < 0:
		return 0, errorf(CodeNotFound, "protocol %s has no message %s", p.Number, id)
	case entries[at].Kind != KindIn && entries[at].Kind != KindOut:
		return 0, errorf(CodeInvalid, "%s is a note or an event: split at a message", id)
	case !slices.ContainsFunc(entries[:at], func(e *Message) bool { return e.Kind == KindIn || e.Kind == KindOut }):
		return 0, errorf(CodeConflict, "%s is the first message of protocol %s: nothing would stay behind", id, p.Number)
	}
	return at, nil
}

// newPart is the protocol that begins with the message, not stored yet. A message that came to a further
// department's address (rule 5) makes it that department's.
func (m *Manager) newPart(tx Tx, p *Protocol, first *Message) (*Protocol, error) {
	number, err := tx.NextNumber(NumberDay(tx.Now(), m.Directory().Location))
	if err != nil {
		return nil, err
	}
	holder, err := tx.OpenProtocol(p.Key)
	if err != nil {
		return nil, err
	}
	part := &Protocol{
		Number: number, Status: Open, Key: p.Key, Aside: holder != nil, Contact: p.Contact,
		Department: p.Department, SeenBy: slices.Clone(p.SeenBy), Channel: p.Channel, Agent: p.Agent,
		Subject: p.Subject, Participants: slices.Clone(p.Participants), OpenedAt: tx.Now(), UpdatedAt: tx.Now(),
		SplitFrom: p.Number, Links: []Link{{Number: p.Number, Kind: LinkSplit}},
	}
	if first.Kind == KindIn {
		part.Subject = first.Subject
		if first.Channel != "" {
			part.Channel = first.Channel
		}
	}
	if first.Kind == KindIn && slices.Contains(p.SeenBy, first.Department) {
		part.Department, part.Agent = first.Department, ""
		part.SeenBy = slices.DeleteFunc(p.Departments(), func(dep string) bool { return dep == first.Department })
	}
	return part, nil
}
