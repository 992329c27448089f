package conversation

import (
	"context"
	"strings"
	"time"
)

// AddNote adds a note that only agents see. A finalized protocol takes notes too (rule 18). Colleagues whom it names after an @
// are told, where they may read the protocol; of others the name is text like any other.
func (m *Manager) AddNote(ctx context.Context, intent Intent, number, text string) (*Message, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, errorf(CodeInvalid, "the note is empty")
	}
	if len(text) > maxText {
		return nil, errorf(CodeInvalid, "the note is longer than %d octets", maxText)
	}
	found, err := m.mentionsIn(ctx, intent.Actor, text)
	if err != nil {
		return nil, err
	}
	var out *Message
	err = m.store.Update(ctx, func(tx Tx) error {
		done, err := m.doneBefore(tx, intent, "note/"+number)
		if done != nil || err != nil {
			out = done
			return err
		}
		p, err := m.changeable(tx, intent, number)
		if err != nil {
			return err
		}
		out = entryOf(tx, KindNote, intent.Actor, text)
		out.Department = p.Department
		out.Preview = preview(text)
		if out.Mentions, err = m.told(tx, p, found); err != nil {
			return err
		}
		if err := appendEntry(tx, p, out); err != nil {
			return err
		}
		if err := m.remember(tx, intent, "note/"+number, out.ID); err != nil {
			return err
		}
		if err := auditProtocol(tx, intent.Actor, AuditNote, p, "", ""); err != nil {
			return err
		}
		return change(tx, ChangeNote, p, out.ID, intent.Actor.Email)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// entryOf is a note or an event that somebody of ours makes.
func entryOf(tx Tx, kind Kind, actor Actor, text string) *Message {
	return &Message{
		ID: NewID(tx.Now()), Kind: kind, From: ContactRef{Address: actor.Email, Name: actor.Name},
		Agent: actor.Email, Program: actor.program(), Date: tx.Now(), ReceivedAt: tx.Now(), Text: text,
	}
}

// maxClassification bounds what a protocol is finalized as, in characters.
const maxClassification = 100

// Finalize ends a protocol (rule 18), as one of its department's classifications where it has a list of them.
// To finalize a finalized one again changes nothing.
func (m *Manager) Finalize(ctx context.Context, intent Intent, number, classification string) (*ProtocolItem, error) {
	classification = oneLine(classification)
	if !showable(classification, maxClassification) {
		return nil, errorf(CodeInvalid, "the classification has characters that cannot be shown, or more than %d of them", maxClassification)
	}
	return m.turn(ctx, intent, "finalize/", number, func(tx Tx, p *Protocol) (event, text string, err error) {
		kind := p.Classification
		if classification != "" {
			if kind, err = m.Directory().classify(p.Department, classification); err != nil {
				return "", "", err
			}
		}
		switch {
		case p.Status == Finalized && kind != p.Classification:
			return "", "", errorf(CodeConflict, "protocol %s is finalized already, with another classification: reopen it to finalize it with this one", p.Number)
		case p.Status == Finalized:
			return "", "", nil
		}
		p.Classification = kind
		p.end(tx.Now())
		return EventFinalized, p.Classification, tallyEnd(tx, m.Directory(), p, intent.Actor.Email, 1)
	})
}

// end finalizes p.
func (p *Protocol) end(now time.Time) {
	p.Status, p.FinalizedAt, p.Aside = Finalized, now, false
	p.WaitingSince = time.Time{}
}

// inheritKey gives a key that no open protocol holds any more to the part that was split off and is still
// open, the latest changed of several: the sender's next mail is added to what is open (rule 1).
func inheritKey(tx Tx, key Key) error {
	holder, err := tx.OpenProtocol(key)
	if err != nil || holder != nil {
		return err
	}
	for page := (Page{Limit: MaxLimit}); ; {
		list, next, err := tx.Protocols(ProtocolFilter{Status: Open, Contact: key.Sender}, page)
		if err != nil {
			return err
		}
		for _, p := range list {
			if p.Aside && p.Key == key {
				p.Aside = false
				return tx.PutProtocol(p)
			}
		}
		if page.Cursor = next; next == "" {
			return nil
		}
	}
}

// classify is the classification as the department's list writes it, or as it was given where there is no list.
func (d *Directory) classify(department, asked string) (string, error) {
	dep := d.Department(department)
	if dep == nil || len(dep.Classifications) == 0 {
		return asked, nil
	}
	for _, c := range dep.Classifications {
		if strings.EqualFold(c, asked) {
			return c, nil
		}
	}
	return "", errorf(CodeInvalid, "%q is no classification of %s: choose one of %s", asked, dep.Name, strings.Join(dep.Classifications, ", "))
}

// oneLine is the text with single spaces and no line ends.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Reopen opens a finalized protocol again, while its key has no other open one (rule 18).
func (m *Manager) Reopen(ctx context.Context, intent Intent, number string) (*ProtocolItem, error) {
	return m.turn(ctx, intent, "reopen/", number, func(tx Tx, p *Protocol) (event, text string, err error) {
		if event, text, err = m.reopened(tx, p, false); event == "" || err != nil {
			return event, text, err
		}
		return event, text, tally(tx, m.Directory(), p, intent.Actor.Email, Figures{Reopened: 1})
	})
}

// reopened opens p; aside beside the one that its key leads to.
func (m *Manager) reopened(tx Tx, p *Protocol, aside bool) (event, text string, err error) {
	if p.Status == Open {
		return "", "", nil
	}
	if p.Merged != nil {
		return "", "", errorf(CodeConflict, "the messages of protocol %s are in %s: answer there, or undo the merge", p.Number, p.Merged.Into)
	}
	if p.Key.Department = ""; m.Directory().Isolated(p.Department) { // which may not be what it was (rule 5)
		p.Key.Department = p.Department
	}
	other, err := tx.OpenProtocol(p.Key)
	if err != nil {
		return "", "", err
	}
	if other != nil && !aside {
		return "", "", errorf(CodeConflict, "protocol %s of the same sender is open: answer there, or finalize it before you reopen %s", other.Number, p.Number)
	}
	p.Status, p.FinalizedAt, p.Aside = Open, time.Time{}, other != nil
	if p.PreviewKind == KindIn { // the last words are the customer's: they wait for us again
		if p.WaitingSince, err = unansweredSince(tx, p); err != nil {
			return "", "", err
		}
	}
	return EventReopened, "", nil
}

// unansweredSince is the arrival of the oldest message of the customer's that came after our last one.
func unansweredSince(tx Tx, p *Protocol) (time.Time, error) {
	after := uint64(0)
	if p.Messages > p.Incoming {
		ours, err := lastOf(tx, p, KindOut)
		if err != nil {
			return time.Time{}, err
		}
		if ours != nil {
			after = ours.Seq
		}
	}
	return firstAsked(tx, p, after)
}

// turn changes the status of a protocol and adds the event that tells of it; no event, no change.
func (m *Manager) turn(ctx context.Context, intent Intent, verb, number string, fn func(Tx, *Protocol) (event, text string, err error)) (*ProtocolItem, error) {
	var item *ProtocolItem
	err := m.store.Update(ctx, func(tx Tx) error {
		p, err := m.turned(tx, intent, verb+number, number, fn)
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

func (m *Manager) turned(tx Tx, intent Intent, what, number string, fn func(Tx, *Protocol) (event, text string, err error)) (*Protocol, error) {
	done, err := m.doneBefore(tx, intent, what)
	if err != nil {
		return nil, err
	}
	if done != nil {
		return m.visible(tx, intent.Actor, number)
	}
	p, err := m.changeable(tx, intent, number)
	if err != nil {
		return nil, err
	}
	event, text, err := fn(tx, p)
	if err != nil || event == "" {
		return p, err
	}
	msg := entryOf(tx, KindEvent, intent.Actor, text)
	msg.Event, msg.Department = event, p.Department
	if event == EventFinalized && p.Classification != "" {
		msg.Details = map[string]string{"classification": p.Classification}
	}
	if err := appendEntry(tx, p, msg); err != nil {
		return nil, err
	}
	if err := m.remember(tx, intent, what, msg.ID); err != nil {
		return nil, err
	}
	kind, action := ChangeFinalized, AuditFinalize
	if event == EventReopened {
		kind, action = ChangeReopened, AuditReopen
	}
	if err := inheritKey(tx, p.Key); err != nil {
		return nil, err
	}
	if err := auditProtocol(tx, intent.Actor, action, p, "", text); err != nil {
		return nil, err
	}
	return p, change(tx, kind, p, msg.ID, intent.Actor.Email)
}
