package conversation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"recado/internal/say"
)

// MaxMany bounds how many protocols one request changes.
const MaxMany = 100

// manyLife is how long what was done to many at once can be undone, and is remembered.
const manyLife = 15 * time.Minute

// ManyAction is what is done to each of many protocols.
type ManyAction string

const (
	ManyFinalize ManyAction = "finalize"
	ManyAssign   ManyAction = "assign"
	ManyTransfer ManyAction = "transfer"
	ManyTag      ManyAction = "tag"
)

// ManyItem is one of many: a protocol, and how many messages of the customer its row told of.
type ManyItem struct {
	Number   string
	Incoming int
}

// ManyRequest does one thing to many protocols, each on its own.
type ManyRequest struct {
	Action ManyAction
	Items  []ManyItem
	Value  string // the classification, agent (empty: nobody), department or tag
}

// Many is what was done to many protocols: by one request, which its agent can take back for a while.
type Many struct {
	Action ManyAction    `json:"action"`
	Value  string        `json:"value,omitempty"`
	Asked  string        `json:"asked"`           // what tells the request from another of the same key
	Whole  bool          `json:"whole,omitempty"` // it came to its end
	Done   []ManyDone    `json:"done,omitempty"`
	Same   int           `json:"same,omitempty"` // were so already
	Failed []ManyFailure `json:"failed,omitempty"`
	Undo   *ManyUndo     `json:"undo,omitempty"` // nil until it was undone
}

// ManyDone is a protocol that was changed: to which version, and what it was before.
type ManyDone struct {
	Number         string   `json:"number"`
	Version        uint64   `json:"version"`
	Gone           bool     `json:"gone,omitempty"` // its agent does not see it since
	Department     string   `json:"department,omitempty"`
	SeenBy         []string `json:"seen_by,omitempty"`
	Channel        string   `json:"channel,omitempty"`
	Agent          string   `json:"agent,omitempty"`
	Classification string   `json:"classification,omitempty"`
	Aside          bool     `json:"aside,omitempty"`
}

// ManyFailure is a protocol that was left as it is, and why: an [Error]'s code and sentence.
type ManyFailure struct {
	Number string `json:"number"`
	Code   Code   `json:"code"`
	say.Sentence
}

// ManyUndo is what came of taking it back.
type ManyUndo struct {
	Whole  bool          `json:"whole,omitempty"`
	Done   int           `json:"done"`
	Failed []ManyFailure `json:"failed,omitempty"`
}

// Undoable is how many the agent can still take back.
func (r *Many) Undoable() (n int) {
	if r.Undo != nil || !r.Whole {
		return 0
	}
	for _, d := range r.Done {
		if !d.Gone {
			n++
		}
	}
	return n
}

// manyName is where the record of a request is kept: for its agent alone.
func manyName(actor Actor, key string) string { return "many/" + actor.Email + "/" + key }

func putMany(tx Tx, name string, r *Many) error {
	return note(tx, name, r, false, tx.Now().Add(manyLife))
}

// beginMany changes the record in a transaction of its own; nil: there is none. fresh is false where another
// request was first.
func (m *Manager) beginMany(ctx context.Context, name string, fn func(*Many) (changed *Many)) (r *Many, fresh bool, err error) {
	err = m.store.Update(ctx, func(tx Tx) error {
		old, err := noted[*Many](tx, name)
		if err != nil {
			return err
		}
		changed := fn(old)
		if r, fresh = old, changed != nil; !fresh {
			return nil
		}
		r = changed
		return putMany(tx, name, r)
	})
	return r, fresh, err
}

func (m *Manager) endMany(ctx context.Context, name string, r *Many) error {
	return m.store.Update(ctx, func(tx Tx) error { return putMany(tx, name, r) })
}

// ChangeMany does one thing to at most [MaxMany] protocols, each authorised and done on its own: what cannot be
// done to one is told and stops no other. intent.IdempotencyKey names what was done, for [Manager.ManyDone] and
// [Manager.UndoMany]; the same request again returns what it did.
func (m *Manager) ChangeMany(ctx context.Context, intent Intent, r ManyRequest) (*Many, error) {
	if !ValidID(intent.IdempotencyKey) {
		return nil, errorf(CodeInvalid, "the request has no key of its own")
	}
	if len(r.Items) == 0 || len(r.Items) > MaxMany {
		return nil, errorf(CodeInvalid, "choose 1 to %d protocols", MaxMany)
	}
	name, asked := manyName(intent.Actor, intent.IdempotencyKey), r.sum()
	out, fresh, err := m.beginMany(ctx, name, func(old *Many) *Many {
		if old != nil {
			return nil
		}
		return &Many{Action: r.Action, Value: r.Value, Asked: asked}
	})
	if err != nil || !fresh {
		if err == nil && out.Asked != asked {
			return nil, errorf(CodeConflict, "this form was sent before, with another choice: load the list anew and choose again")
		}
		return out, err
	}
	ctx = context.WithoutCancel(ctx) // what was begun comes to its end, whether or not the asker waits
	seen := map[string]bool{}
	for _, item := range r.Items {
		if seen[item.Number] {
			continue
		}
		seen[item.Number] = true
		done, err := m.changeOne(ctx, intent, r, item)
		switch failure := failureOf(item.Number, err); {
		case failure != nil:
			out.Failed = append(out.Failed, *failure)
		case err != nil:
			return nil, err
		case done == nil:
			out.Same++
		default:
			out.Done = append(out.Done, *done)
		}
	}
	out.Whole = true
	return out, m.endMany(ctx, name, out)
}

// sum tells one request from another.
func (r *ManyRequest) sum() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %v", r.Action, r.Value, r.Items))
	return hex.EncodeToString(sum[:16])
}

// failureOf is what is told of an answer to the asker; nil for none, and for a fault.
func failureOf(number string, err error) *ManyFailure {
	var e *Error
	if !errors.As(err, &e) {
		return nil
	}
	return &ManyFailure{Number: number, Code: e.Code, Sentence: e.Sentence}
}

// changeOne does it to one; nil where it was so already. What it was before is what it was changed from:
// where somebody else was quicker, it is read again.
func (m *Manager) changeOne(ctx context.Context, intent Intent, r ManyRequest, item ManyItem) (*ManyDone, error) {
	for try := 0; ; try++ {
		before, err := m.Protocol(ctx, intent.Actor, item.Number)
		if err != nil {
			return nil, err
		}
		if r.Action == ManyFinalize && before.Incoming != item.Incoming {
			return nil, errorf(CodeChanged, "the customer's messages are others than when you saw protocol %s: read them first", item.Number)
		}
		intent.IfMatch = &before.Version
		after, err := m.doOne(ctx, intent, r, item.Number)
		if failure := failureOf(item.Number, err); failure != nil && failure.Code == CodeChanged && try < 3 {
			continue
		}
		if err != nil {
			return nil, err
		}
		if after.Version == before.Version {
			return nil, nil
		}
		return &ManyDone{Number: item.Number, Version: after.Version, Gone: !intent.Actor.seesProtocol(m.Directory(), after.Protocol),
			Department: before.Department, SeenBy: before.SeenBy, Channel: before.Channel, Agent: before.Agent,
			Classification: before.Classification, Aside: before.Aside}, nil
	}
}

func (m *Manager) doOne(ctx context.Context, intent Intent, r ManyRequest, number string) (*ProtocolItem, error) {
	switch r.Action {
	case ManyFinalize:
		return m.Finalize(ctx, intent, number, r.Value)
	case ManyAssign:
		return m.Assign(ctx, intent, number, r.Value)
	case ManyTransfer:
		return m.Transfer(ctx, intent, number, TransferRequest{Department: r.Value})
	case ManyTag:
		return m.Tag(ctx, intent, number, TagChange{Add: []string{r.Value}})
	}
	return nil, errorf(CodeInvalid, "%q is nothing that is done to many", r.Action)
}

// ManyDone is what the actor's request of that key did; nil once it is forgotten.
func (m *Manager) ManyDone(ctx context.Context, actor Actor, key string) (*Many, error) {
	var out *Many
	err := m.store.View(ctx, func(tx Tx) (err error) {
		out, err = noted[*Many](tx, manyName(actor, key))
		return err
	})
	return out, err
}

// UndoMany takes back what the actor's request of that key did: each protocol on its own, authorised anew, and only
// where nothing happened to it since. CodeConflict when it is too late, or was begun before.
func (m *Manager) UndoMany(ctx context.Context, actor Actor, key string) (*Many, error) {
	name := manyName(actor, key)
	out, fresh, err := m.beginMany(ctx, name, func(old *Many) *Many {
		if old == nil || old.Undoable() == 0 {
			return nil
		}
		old.Undo = &ManyUndo{}
		return old
	})
	switch {
	case err != nil:
		return nil, err
	case out == nil:
		return nil, errorf(CodeConflict, "it is too late to undo this")
	case !fresh && out.Undo == nil:
		return nil, errorf(CodeConflict, "there is nothing to undo")
	case !fresh:
		return out, errorf(CodeConflict, "this was undone already")
	}
	ctx = context.WithoutCancel(ctx)
	for _, d := range slices.Backward(out.Done) { // so that a key that went from one to another goes back
		if d.Gone {
			continue
		}
		err := m.undoOne(ctx, Intent{Actor: actor, IfMatch: &d.Version}, out, d)
		switch failure := failureOf(d.Number, err); {
		case failure != nil:
			out.Undo.Failed = append(out.Undo.Failed, *failure)
		case err != nil:
			return nil, err
		default:
			out.Undo.Done++
		}
	}
	out.Undo.Whole = true
	return out, m.endMany(ctx, name, out)
}

// undoOne makes one what it was before.
func (m *Manager) undoOne(ctx context.Context, intent Intent, r *Many, d ManyDone) error {
	var err error
	switch r.Action {
	case ManyFinalize:
		_, err = m.turn(ctx, intent, "undo/", d.Number, func(tx Tx, p *Protocol) (event, text string, err error) {
			p.Classification = d.Classification
			ended := *p
			if event, text, err = m.reopened(tx, p, d.Aside); event == "" || err != nil {
				return event, text, err
			}
			return event, text, tallyEnd(tx, m.Directory(), &ended, intent.Actor.Email, -1)
		})
	case ManyAssign:
		_, err = m.Assign(ctx, intent, d.Number, d.Agent)
	case ManyTransfer:
		_, err = m.alter(ctx, intent, "undo/", d.Number, func(tx Tx, p *Protocol) (*Message, ChangeKind, error) {
			return m.transferBack(tx, intent.Actor, p, d)
		})
	case ManyTag:
		_, err = m.Tag(ctx, intent, d.Number, TagChange{Remove: []string{r.Value}})
	}
	return err
}

// transferBack gives the protocol to the department that it came from, to whom it was assigned there; those
// departments see it that did.
func (m *Manager) transferBack(tx Tx, actor Actor, p *Protocol, d ManyDone) (*Message, ChangeKind, error) {
	dir := m.Directory()
	if dir.Department(d.Department) == nil {
		return nil, "", errorf(CodeConflict, "the department %s, which protocol %s came from, is no more", d.Department, p.Number)
	}
	from := p.Department
	if err := m.moveTo(tx, dir, actor, p, d.Department); err != nil {
		return nil, "", err
	}
	if !dir.Isolated(d.Department) {
		p.SeenBy = slices.DeleteFunc(slices.Clone(d.SeenBy), func(id string) bool { return dir.Department(id) == nil || dir.Isolated(id) })
		p.Channel = d.Channel
	}
	msg, err := m.transferred(tx, actor, p, from, d.Agent, "")
	return msg, ChangeTransferred, err
}
