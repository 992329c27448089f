package conversation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// EventTakenBack tells that an answer was taken back before it left. The entry was that answer.
const EventTakenBack = "taken-back"

// undoneLife is how long the words of an answer that was taken back are kept for who wrote them.
const undoneLife = 24 * time.Hour

// Undone is an answer that was taken back, as its agent typed it.
type Undone struct {
	Text  string   `json:"text"`
	To    []string `json:"to,omitempty"`
	Cc    []string `json:"cc,omitempty"`
	Files int      `json:"files,omitempty"` // how many were attached
}

// undoNote is kept while an answer may be taken back: what was typed, and what it changed of the protocol.
type undoNote struct {
	Undone
	Preview     string    `json:"preview,omitempty"`
	PreviewKind Kind      `json:"preview_kind,omitempty"`
	Waiting     time.Time `json:"waiting,omitzero"`
	LetIn       []string  `json:"let_in,omitempty"` // participants since
	wait        time.Duration
}

func undoName(id string) string { return "undo/" + id }

// undoOf begins the note of an answer that waits before it leaves; nil for one that does not.
func (r *ReplyRequest) undoOf() *undoNote {
	if r.Wait <= 0 {
		return nil
	}
	return &undoNote{wait: r.Wait, Undone: Undone{Text: r.Text, To: r.To, Cc: r.Cc, Files: len(r.Attachments)}}
}

// see notes what the protocol is like before the answer is added.
func (u *undoNote) see(p *Protocol) {
	u.Preview, u.PreviewKind, u.Waiting, u.LetIn = p.Preview, p.PreviewKind, p.WaitingSince, slices.Clone(p.Participants)
}

// keep stores the note until the answer has left for sure. p has the answer added.
func (u *undoNote) keep(tx Tx, p *Protocol, id string) error {
	before := u.LetIn
	u.LetIn = slices.DeleteFunc(slices.Clone(p.Participants), func(a string) bool { return slices.Contains(before, a) })
	return putUndo(tx, id, u, tx.Now().Add(u.wait+time.Minute))
}

func putUndo(tx Tx, id string, u *undoNote, expires time.Time) error {
	note, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("note what an answer changed: %w", err)
	}
	return tx.PutNote(undoName(id), string(note), expires)
}

func getUndo(tx Tx, id string) (*undoNote, error) {
	note, err := tx.Note(undoName(id))
	if err != nil || note == "" {
		return nil, err
	}
	u := &undoNote{}
	if err := json.Unmarshal([]byte(note), u); err != nil {
		return nil, fmt.Errorf("read what an answer changed: %w", err)
	}
	return u, nil
}

// UndoReply takes an answer back that its agent made and that has not begun to leave ([ReplyRequest].Wait).
// Its entry becomes an event, the protocol waits again, and what was typed is returned. To undo twice
// returns the same again. CodeConflict when it is too late.
func (m *Manager) UndoReply(ctx context.Context, intent Intent, id string) (*Undone, error) {
	var out *Undone
	err := m.store.Update(ctx, func(tx Tx) error {
		p, msg, err := m.ownReply(tx, intent.Actor, id)
		if err != nil {
			return err
		}
		u, err := getUndo(tx, id)
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
			return errorf(CodeConflict, "the answer is on its way and cannot be taken back")
		}
		if err := tx.DeleteQueueItem(id); err != nil {
			return err
		}
		if err := u.takeBack(tx, p, msg, intent.Actor); err != nil {
			return err
		}
		if err := putUndo(tx, id, u, tx.Now().Add(undoneLife)); err != nil {
			return err
		}
		out = &u.Undone
		return change(tx, ChangeEvent, p, id, intent.Actor.Email)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Undone is what the actor typed of an answer that was taken back, for a day; CodeNotFound afterwards.
func (m *Manager) Undone(ctx context.Context, actor Actor, id string) (*Undone, error) {
	var out *Undone
	err := m.store.View(ctx, func(tx Tx) error {
		_, msg, err := m.ownReply(tx, actor, id)
		if err != nil {
			return err
		}
		u, err := getUndo(tx, id)
		if err != nil {
			return err
		}
		if u == nil || msg.Event != EventTakenBack {
			return errorf(CodeNotFound, "no answer of that id was taken back")
		}
		out = &u.Undone
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ownReply is an answer, or what became of it, that the actor wrote and may see.
func (m *Manager) ownReply(tx Tx, actor Actor, id string) (*Protocol, *Message, error) {
	msg, err := tx.Message(id)
	if err != nil {
		return nil, nil, err
	}
	if msg == nil || msg.Agent != actor.Email || msg.Kind != KindOut && msg.Event != EventTakenBack {
		return nil, nil, errorf(CodeNotFound, "no answer of yours has the id %s", id)
	}
	p, err := m.visible(tx, actor, msg.Number)
	return p, msg, err
}

// takeBack makes the answer an event, and the protocol as if it had not been made. What others wrote
// after it stays as it is.
func (u *undoNote) takeBack(tx Tx, p *Protocol, msg *Message, actor Actor) error {
	later, err := tx.Messages(p.Number, msg.Seq, 0)
	if err != nil {
		return err
	}
	answered, written := false, false
	for _, l := range later {
		answered = answered || l.Kind == KindOut
		written = written || l.Kind == KindIn || l.Kind == KindOut
	}
	if !written {
		p.Preview, p.PreviewKind = u.Preview, u.PreviewKind
	}
	if !answered && p.Status == Open && !u.Waiting.IsZero() {
		p.WaitingSince = u.Waiting
	}
	p.Messages--
	p.Participants = slices.DeleteFunc(p.Participants, func(a string) bool { return slices.Contains(u.LetIn, a) })
	p.UpdatedAt = tx.Now()
	// The mail stays in the log, which is only ever added to; nothing refers to it any more.
	*msg = Message{
		ID: msg.ID, Number: msg.Number, Seq: msg.Seq, Kind: KindEvent, Event: EventTakenBack, Agent: msg.Agent,
		From: ContactRef{Address: actor.Email, Name: actor.Name}, Date: msg.Date, ReceivedAt: msg.ReceivedAt, Department: msg.Department,
		Earlier: msg.Earlier, // else no merge that moved it could be undone
	}
	if err := tx.PutMessage(msg); err != nil {
		return err
	}
	return tx.PutProtocol(p)
}
