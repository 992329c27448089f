package conversation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	draftLife   = 30 * 24 * time.Hour // since the last change
	writingBeat = 20 * time.Second    // how often it is told that somebody goes on writing
	// WritingLife is how long after the last word somebody counts as writing.
	WritingLife = time.Minute
	maxWriting  = 50 // agents at one protocol
)

// Draft is an answer that an agent has begun, as it stands in the form.
type Draft struct {
	Text string    `json:"text"`
	To   string    `json:"to,omitempty"`
	Cc   string    `json:"cc,omitempty"`
	At   time.Time `json:"at"`
}

func draftName(agent, number string) string { return "draft/" + number + "/" + agent }

// writing is who writes at a protocol: the time of the last word that was told, by agent.
type writing map[string]time.Time

// SaveDraft keeps what the actor has written so far; an empty text forgets it. Colleagues who look at the
// protocol hear that somebody writes, not what.
func (m *Manager) SaveDraft(ctx context.Context, actor Actor, number string, d Draft) error {
	if len(d.Text) > maxText || len(d.Cc) > maxText || len(d.To) > 1000 {
		return errorf(CodeInvalid, "the draft is longer than %d octets", maxText)
	}
	return m.store.Update(ctx, func(tx Tx) error {
		p, err := m.visible(tx, actor, number)
		if err != nil {
			return err
		}
		note := ""
		if strings.TrimSpace(d.Text) != "" {
			kept := d
			kept.At = tx.Now()
			b, err := json.Marshal(kept)
			if err != nil {
				return fmt.Errorf("note a draft: %w", err)
			}
			note = string(b)
		}
		if err := tx.PutNote(draftName(actor.Email, number), note, tx.Now().Add(draftLife)); err != nil {
			return err
		}
		return m.tellWriting(tx, p, actor, note != "")
	})
}

// tellWriting notes that the actor writes, or has stopped, and tells it where it is news.
func (m *Manager) tellWriting(tx Tx, p *Protocol, actor Actor, writes bool) error {
	w, err := writingAt(tx, p.Number)
	if err != nil {
		return err
	}
	last, wrote := w[actor.Email]
	switch {
	case writes && (wrote && tx.Now().Sub(last) < writingBeat || len(w) >= maxWriting), !writes && !wrote:
		return nil
	case writes:
		w[actor.Email] = tx.Now()
	default:
		delete(w, actor.Email)
	}
	note := ""
	if len(w) > 0 {
		b, err := json.Marshal(w)
		if err != nil {
			return fmt.Errorf("note who writes: %w", err)
		}
		note = string(b)
	}
	if err := tx.PutNote("writing/"+p.Number, note, tx.Now().Add(WritingLife)); err != nil {
		return err
	}
	return change(tx, ChangeWriting, p, "", actor.Email)
}

// writingAt is who wrote at the protocol of late.
func writingAt(tx Tx, number string) (writing, error) {
	note, err := tx.Note("writing/" + number)
	if err != nil {
		return nil, err
	}
	w := writing{}
	if note != "" {
		if err := json.Unmarshal([]byte(note), &w); err != nil {
			return nil, fmt.Errorf("read who writes: %w", err)
		}
	}
	for agent, at := range w {
		if tx.Now().Sub(at) >= WritingLife {
			delete(w, agent)
		}
	}
	return w, nil
}

// Draft is what the actor has begun to write at a protocol, nil where there is nothing; and the agents other
// than the actor who write there now, in order.
func (m *Manager) Draft(ctx context.Context, actor Actor, number string) (d *Draft, others []string, err error) {
	err = m.store.View(ctx, func(tx Tx) error {
		d, others = nil, nil
		if _, err := m.visible(tx, actor, number); err != nil {
			return err
		}
		note, err := tx.Note(draftName(actor.Email, number))
		if err != nil {
			return err
		}
		if note != "" {
			d = &Draft{}
			if err := json.Unmarshal([]byte(note), d); err != nil {
				return fmt.Errorf("read a draft: %w", err)
			}
		}
		w, err := writingAt(tx, number)
		if err != nil {
			return err
		}
		for agent := range w {
			if agent != actor.Email {
				others = append(others, agent)
			}
		}
		slices.Sort(others)
		return nil
	})
	return d, others, err
}
