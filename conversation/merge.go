package conversation

import (
	"context"
	"slices"
)

// Merge brings all that a protocol has into another of the same contact, in the order of time, and returns
// that other one. The number that went is finalized and keeps leading to where its messages are; what
// answers one of them lands there. To merge a second time changes nothing.
func (m *Manager) Merge(ctx context.Context, intent Intent, number, into string) (*ProtocolItem, error) {
	return m.moving(ctx, intent, "merge/"+number+"/"+into, func(tx Tx) (*Protocol, error) {
		return m.merge(tx, intent, number, into)
	})
}

func (m *Manager) merge(tx Tx, intent Intent, number, into string) (*Protocol, error) {
	gone, err := m.visible(tx, intent.Actor, number)
	if err != nil {
		return nil, err
	}
	target, err := m.visible(tx, intent.Actor, into)
	if err != nil {
		return nil, err
	}
	if gone.Merged != nil && gone.Merged.Into == into {
		return target, nil
	}
	if gone, err = m.changeable(tx, intent, number); err != nil {
		return nil, err
	}
	switch {
	case number == into:
		return nil, errorf(CodeInvalid, "a protocol cannot be merged into itself")
	case gone.Merged != nil:
		return nil, errorf(CodeConflict, "the messages of protocol %s are in %s already: merge that one", number, gone.Merged.Into)
	case target.Merged != nil:
		return nil, errorf(CodeConflict, "the messages of protocol %s are in %s: merge into that one", into, target.Merged.Into)
	case gone.Key != target.Key:
		return nil, errorf(CodeConflict, "%s and %s are not of one contact on one side of an isolated department's wall: they stay two", number, into)
	case target.Status != Open:
		return nil, errorf(CodeConflict, "protocol %s is finalized and takes no messages: reopen it, or merge the other way", into)
	}
	mv := newMove(tx, intent.Actor, "merge", EventMerged)
	if err := mv.join(gone, target); err != nil {
		return nil, err
	}
	return target, auditProtocol(tx, intent.Actor, AuditMerge, gone, target.Number, "")
}

// join moves all entries of gone into target and ends gone.
func (mv *move) join(gone, target *Protocol) error {
	lists, err := entriesOf(mv.tx, gone, target)
	if err != nil {
		return err
	}
	text := gone.Number + " → " + target.Number
	for _, e := range lists[0] {
		mv.take(e, target.Number, false)
	}
	gone.Merged = &Merged{Into: target.Number, Move: mv.id, Entries: len(lists[0]), WasOpen: gone.Status == Open, FinalizedAt: gone.FinalizedAt, Undid: mv.event == EventUndone}
	gone.link(target.Number, LinkMerged)
	if !gone.Merged.Undid { // else it is as it was before
		target.link(gone.Number, LinkMerged)
	}
	if gone.Status == Open {
		gone.end(mv.tx.Now())
	}
	if err := remark(mv.tx, gone.Number, target.Number, func(from, to int) (int, int) { return 0, from + to }); err != nil {
		return err
	}
	if err := renumber(mv.tx, target, inOrder(lists[1], lists[0])); err != nil {
		return err
	}
	if err := renumber(mv.tx, gone, nil); err != nil {
		return err
	}
	if err := mv.queued(gone.Number, target); err != nil {
		return err
	}
	if err := mv.tell(gone, text); err != nil {
		return err
	}
	target.takeOver(gone)
	holder, err := mv.tx.OpenProtocol(target.Key)
	if err != nil {
		return err
	}
	if holder == nil && target.Status == Open {
		target.Aside = false
	}
	return mv.tell(target, text)
}

// takeOver lets all see and take part in p who did in the one that went into it.
func (p *Protocol) takeOver(gone *Protocol) {
	for _, dep := range gone.Departments() {
		if !slices.Contains(p.Departments(), dep) {
			p.SeenBy = append(p.SeenBy, dep)
		}
	}
	for _, who := range gone.Participants {
		if len(p.Participants) < maxParticipants && !slices.Contains(p.Participants, who) {
			p.Participants = append(p.Participants, who)
		}
	}
	for _, tag := range gone.Tags {
		if len(p.Tags) < maxTags && !slices.Contains(p.Tags, tag) {
			p.Tags = append(p.Tags, tag)
		}
	}
	slices.Sort(p.Tags)
}

// Undo takes back the last split or merge that the protocol took part in, and returns the protocol that has
// its messages back: the one that was split, or the one that had gone.
func (m *Manager) Undo(ctx context.Context, intent Intent, number string) (*ProtocolItem, error) {
	return m.moving(ctx, intent, "undo/"+number, func(tx Tx) (*Protocol, error) {
		p, err := m.changeable(tx, intent, number)
		if err != nil {
			return nil, err
		}
		mv := newMove(tx, intent.Actor, "undo", EventUndone)
		gone, into, part, err := lastMove(tx, p)
		switch {
		case err != nil:
			return nil, err
		case gone != nil:
			if err := m.seesBoth(intent.Actor, gone, into); err != nil {
				return nil, err
			}
			if err := mv.unmerge(gone, into); err != nil {
				return nil, err
			}
			return gone, auditProtocol(tx, intent.Actor, AuditUndo, gone, into.Number, "")
		case part != nil:
			whole, err := m.visible(tx, intent.Actor, part.SplitFrom)
			if err != nil {
				return nil, err
			}
			if err := m.seesBoth(intent.Actor, part, whole); err != nil {
				return nil, err
			}
			if err := mv.unsplit(part, whole); err != nil {
				return nil, err
			}
			return whole, auditProtocol(tx, intent.Actor, AuditUndo, whole, part.Number, "")
		}
		return nil, errorf(CodeConflict, "protocol %s has no split or merge to undo", number)
	})
}

// seesBoth refuses who may not read one of the two that an undo changes.
func (m *Manager) seesBoth(actor Actor, protocols ...*Protocol) error {
	for _, p := range protocols {
		if !actor.seesProtocol(m.Directory(), p) {
			return errorf(CodeForbidden, "protocol %s belongs to a department that is not yours", p.Number)
		}
	}
	return nil
}

// lastMove finds the last split or merge that p took part in and that was not taken back: a merge by the
// protocol that went and the one that it went into, a split by the part.
func lastMove(tx Tx, p *Protocol) (gone, into, part *Protocol, err error) {
	for _, l := range slices.Backward(p.Links) {
		if l.Kind != LinkMerged && l.Kind != LinkSplit {
			continue
		}
		other, err := tx.Protocol(l.Number)
		if err != nil || other == nil {
			return nil, nil, nil, err
		}
		for _, pair := range [][2]*Protocol{{p, other}, {other, p}} {
			a, b := pair[0], pair[1]
			switch {
			case l.Kind == LinkMerged && a.Merged != nil && a.Merged.Into == b.Number && !a.Merged.Undid:
				return a, b, nil, nil
			case l.Kind == LinkSplit && a.SplitFrom == b.Number:
				return nil, nil, a, nil
			}
		}
	}
	return nil, nil, nil, nil
}

// unmerge gives gone back what it had, with what was added to it since.
func (mv *move) unmerge(gone, from *Protocol) error {
	if gone.Key != from.Key {
		return parted(gone, from)
	}
	lists, err := entriesOf(mv.tx, gone, from)
	if err != nil {
		return err
	}
	returns := func(e *Message) bool { return e.cameBy(gone.Merged.Move) }
	var back, stay []*Message
	for _, e := range lists[1] {
		if returns(e) {
			back = append(back, e)
		} else {
			stay = append(stay, e)
		}
	}
	if len(back) != gone.Merged.Entries {
		return errorf(CodeConflict, "messages of protocol %s were moved on from %s: undo that first", gone.Number, from.Number)
	}
	if err := remark(mv.tx, from.Number, gone.Number, divided(lists[1], returns)); err != nil {
		return err
	}
	for _, e := range back {
		mv.take(e, gone.Number, true)
	}
	gone.FinalizedAt = gone.Merged.FinalizedAt
	if gone.Merged.WasOpen {
		holder, err := mv.tx.OpenProtocol(gone.Key)
		if err != nil {
			return err
		}
		gone.Status, gone.Aside = Open, holder != nil
	}
	gone.Merged = nil
	gone.unlink(from.Number, LinkMerged)
	from.unlink(gone.Number, LinkMerged)
	if err := renumber(mv.tx, gone, inOrder(back, lists[0])); err != nil {
		return err
	}
	if err := renumber(mv.tx, from, stay); err != nil {
		return err
	}
	if err := mv.queued(from.Number, gone); err != nil {
		return err
	}
	text := from.Number + " → " + gone.Number
	if err := mv.tell(from, text); err != nil {
		return err
	}
	return mv.tell(gone, text)
}

// parted refuses to bring messages across the wall that one of the two was transferred through (rule 5).
func parted(a, b *Protocol) error {
	return errorf(CodeConflict, "%s and %s stand on two sides of an isolated department's wall by now: transfer one of them back first", a.Number, b.Number)
}

// unsplit brings a part back into the protocol that it was split from, with what came to it since. A
// finalized one takes back only what it had (rule 18).
func (mv *move) unsplit(part, whole *Protocol) error {
	switch {
	case part.Key != whole.Key:
		return parted(part, whole)
	case part.Merged != nil:
		return errorf(CodeConflict, "the messages of protocol %s are in %s: undo that first", part.Number, part.Merged.Into)
	case whole.Merged != nil:
		return errorf(CodeConflict, "the messages of protocol %s are in %s: undo that first", whole.Number, whole.Merged.Into)
	}
	if whole.Status != Open {
		lists, err := entriesOf(mv.tx, part)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(lists[0], func(e *Message) bool {
			return (e.Kind == KindIn || e.Kind == KindOut) && !e.wasOf(whole.Number)
		}) {
			return errorf(CodeConflict, "protocol %s is finalized, and %s has messages since: reopen it first", whole.Number, part.Number)
		}
	}
	part.unlink(whole.Number, LinkSplit)
	whole.unlink(part.Number, LinkSplit)
	if err := mv.join(part, whole); err != nil {
		return err
	}
	return inheritKey(mv.tx, whole.Key)
}
