package conversation

import (
	"context"
	"slices"
	"time"
)

// EventTakenBack tells that a mail of ours was taken back before it left. The entry was that mail. [status: where
// it ended the protocol that the mail had opened]
const EventTakenBack = "taken-back"

// undoneLife is how long it is known what a mail that was taken back was.
const undoneLife = 24 * time.Hour

// Undone is a mail that was taken back: what was typed, and where it was written. A history has neither.
type Undone struct {
	Place Place  `json:"place,omitzero"`
	Draft *Draft `json:"draft,omitempty"`
}

// sending is how a mail leaves, and what is kept so that it can be taken back.
type sending struct {
	at    Place
	draft *Draft // the actor's at the place, which is sent; nil: none is touched
	wait  time.Duration
	undo  undoNote
}

// sendAs is how what is written at the place leaves.
func (w Written) sendAs(at Place) *sending {
	s := &sending{at: at, draft: w.Draft, wait: w.Wait}
	if w.Draft != nil {
		s.undo.Undone = Undone{Place: at, Draft: w.Draft}
	}
	return s
}

// undoNote is kept while a mail may be taken back: what was typed, and what it changed.
type undoNote struct {
	Undone
	Preview     string    `json:"preview,omitempty"`
	PreviewKind Kind      `json:"preview_kind,omitempty"`
	Waiting     time.Time `json:"waiting,omitzero"`
	LetIn       []string  `json:"let_in,omitempty"`  // participants since
	Opened      bool      `json:"opened,omitempty"`  // it opened the protocol
	Resumed     string    `json:"resumed,omitempty"` // the finalized protocol that it linked its own to
}

func undoName(id string) string { return "undo/" + id }

// see notes what the protocol is like before the mail is added.
func (u *undoNote) see(p *Protocol) {
	u.Preview, u.PreviewKind, u.Waiting, u.LetIn = p.Preview, p.PreviewKind, p.WaitingSince, slices.Clone(p.Participants)
}

// leaves ends the actor's draft with the mail, and keeps what it takes to have it back until the mail has
// left for sure. p has the mail added.
func (m *Manager) leaves(tx Tx, actor Actor, s *sending, p *Protocol, id string) error {
	until := tx.Now().Add(s.wait + time.Minute)
	if s.draft != nil {
		if err := m.putDraft(tx, actor, s.at, p, Draft{}); err != nil {
			return err
		}
		to := sentPlace(id)
		if s.wait <= 0 {
			to = ""
		}
		gone := func(id string) bool {
			return slices.ContainsFunc(s.draft.Files, func(f DraftFile) bool { return f.ID == id })
		}
		if err := moveFiles(tx, actor.Email, s.at.key(m.Directory()), gone, to, until); err != nil {
			return err
		}
	}
	if s.wait <= 0 {
		return nil
	}
	u := s.undo // the transaction may run again
	u.LetIn = slices.DeleteFunc(slices.Clone(p.Participants), func(a string) bool { return slices.Contains(s.undo.LetIn, a) })
	return note(tx, undoName(id), u, false, until)
}

// TakeBack takes a mail back that its agent sent and that has not begun to leave ([Written].Wait). Its entry
// becomes an event, the protocol is as it was, and one that the mail opened is finalized unless somebody wrote
// in it meanwhile. What was typed is the agent's draft again, with its files. To take it back twice returns the
// same again. CodeConflict when it is too late.
func (m *Manager) TakeBack(ctx context.Context, intent Intent, id string) (*Undone, error) {
	var out *Undone
	err := m.store.Update(ctx, func(tx Tx) error {
		p, msg, err := m.ownMail(tx, intent.Actor, id)
		if err != nil {
			return err
		}
		u, err := noted[*undoNote](tx, undoName(id))
		if err != nil {
			return err
		}
		if msg.Event == EventTakenBack && u != nil {
			out = &u.Undone
			return nil
		}
		item, err := tx.QueueItem(id)
		if err != nil {
			return err
		}
		if u == nil || item == nil || item.State != QueueWaiting || item.Attempts > 0 {
			return errorf(CodeConflict, "the mail is on its way and cannot be taken back")
		}
		if err := tx.DeleteQueueItem(id); err != nil {
			return err
		}
		if u.Place.Kind == PlaceReply { // a merge may have moved it
			u.Place = ReplyAt(p.Number)
		}
		kind, err := m.takeBack(tx, u, p, msg, intent.Actor)
		if err != nil {
			return err
		}
		if err := m.restore(tx, intent.Actor, u, p, id); err != nil {
			return err
		}
		out = &u.Undone
		if err := note(tx, undoName(id), u, false, tx.Now().Add(undoneLife)); err != nil {
			return err
		}
		if err := auditProtocol(tx, intent.Actor, AuditTakeBack, p, "", ""); err != nil {
			return err
		}
		return change(tx, kind, p, id, intent.Actor.Email)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// restore makes what was typed the actor's draft again. What he has begun to write at the place since follows it.
func (m *Manager) restore(tx Tx, actor Actor, u *undoNote, p *Protocol, id string) error {
	if u.Draft == nil {
		return nil
	}
	since, err := noted[*Draft](tx, m.draftName(actor.Email, u.Place))
	if err != nil {
		return err
	}
	d := *u.Draft
	if since != nil && since.Text != d.Text && len(d.Text)+len(since.Text)+2 <= maxText {
		d.Text += "\n\n" + since.Text
	}
	if err := m.putDraft(tx, actor, u.Place, p, d); err != nil {
		return err
	}
	return moveFiles(tx, actor.Email, sentPlace(id), everyFile, u.Place.key(m.Directory()), tx.Now().Add(draftLife))
}

// Undone is what a mail of the actor's was that was taken back, for a day; CodeNotFound afterwards.
func (m *Manager) Undone(ctx context.Context, actor Actor, id string) (*Undone, error) {
	var out *Undone
	err := m.store.View(ctx, func(tx Tx) error {
		_, msg, err := m.ownMail(tx, actor, id)
		if err != nil {
			return err
		}
		u, err := noted[*undoNote](tx, undoName(id))
		if err != nil {
			return err
		}
		if u == nil || msg.Event != EventTakenBack {
			return errorf(CodeNotFound, "no mail of that id was taken back")
		}
		out = &u.Undone
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ownMail is a mail, or what became of it, that the actor sent and may see.
func (m *Manager) ownMail(tx Tx, actor Actor, id string) (*Protocol, *Message, error) {
	msg, err := tx.Message(id)
	if err != nil {
		return nil, nil, err
	}
	if msg == nil || msg.Agent != actor.Email || msg.Kind != KindOut && msg.Event != EventTakenBack && msg.Event != EventHistory {
		return nil, nil, errorf(CodeNotFound, "no mail of yours has the id %s", id)
	}
	p, err := m.visible(tx, actor, msg.Number)
	return p, msg, err
}

// takeBack makes the mail an event, and the protocol as if it had not been sent. What others wrote after it
// stays as it is, and so does who sees the protocol: its agent has seen it.
func (m *Manager) takeBack(tx Tx, u *undoNote, p *Protocol, msg *Message, actor Actor) (ChangeKind, error) {
	event := &Message{
		ID: msg.ID, Number: msg.Number, Seq: msg.Seq, Kind: KindEvent, Event: EventTakenBack, Agent: msg.Agent,
		From: ContactRef{Address: actor.Email, Name: actor.Name}, Date: msg.Date, ReceivedAt: msg.ReceivedAt, Department: msg.Department,
		Earlier: msg.Earlier, // else no merge that moved it could be undone
	}
	if msg.Kind == KindOut {
		if err := u.uncount(tx, p, msg); err != nil {
			return "", err
		}
	}
	if err := u.unlink(tx, p); err != nil {
		return "", err
	}
	kind, unopened := ChangeEvent, u.Opened && p.Status == Open && p.Messages == 0
	if err := untally(tx, p, msg, unopened); err != nil {
		return "", err
	}
	if unopened {
		p.end(tx.Now())
		kind, event.Details = ChangeFinalized, map[string]string{"status": string(Finalized)}
	}
	p.UpdatedAt = tx.Now()
	// The mail stays in the log, which is only ever added to; nothing refers to it any more.
	if err := tx.PutMessage(event); err != nil {
		return "", err
	}
	if err := tx.PutProtocol(p); err != nil {
		return "", err
	}
	return kind, inheritKey(tx, p.Key)
}

// uncount takes the mail out of what lists show of p.
func (u *undoNote) uncount(tx Tx, p *Protocol, msg *Message) error {
	later, err := tx.Messages(p.Number, msg.Seq, 0)
	if err != nil {
		return err
	}
	answered, written := slices.IndexFunc(later, func(l *Message) bool { return l.Kind == KindOut }), false
	for _, l := range later {
		written = written || l.Kind == KindIn || l.Kind == KindOut
	}
	if answered >= 0 {
		if err := u.passOn(tx, later[answered]); err != nil {
			return err
		}
	}
	if !written {
		p.Preview, p.PreviewKind = u.Preview, u.PreviewKind
	}
	if answered < 0 && p.Status == Open && !u.Waiting.IsZero() {
		p.WaitingSince = u.Waiting
	}
	p.Messages--
	p.Participants = slices.DeleteFunc(p.Participants, func(a string) bool { return slices.Contains(u.LetIn, a) })
	return nil
}

// passOn tells the next mail of ours, which may be taken back too, what the protocol was like before both, unless
// the customer wrote between the two.
func (u *undoNote) passOn(tx Tx, next *Message) error {
	item, err := tx.QueueItem(next.ID)
	if err != nil || item == nil {
		return err
	}
	later, err := noted[*undoNote](tx, undoName(next.ID))
	if err != nil || later == nil || !later.Waiting.IsZero() {
		return err
	}
	later.Waiting, later.Preview, later.PreviewKind = u.Waiting, u.Preview, u.PreviewKind
	return note(tx, undoName(next.ID), later, false, item.NextAt.Add(time.Minute))
}

// unlink removes the links that the mail made where it resumed contact.
func (u *undoNote) unlink(tx Tx, p *Protocol) error {
	if u.Resumed == "" {
		return nil
	}
	old, err := tx.Protocol(u.Resumed)
	if err != nil || old == nil {
		return err
	}
	p.unlink(old.Number, LinkPrevious)
	old.unlink(p.Number, LinkNext)
	return tx.PutProtocol(old)
}
