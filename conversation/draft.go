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

// Draft is what an agent has begun to write at a place, as it stands in the form.
type Draft struct {
	Text    string `json:"text"`
	To      string `json:"to,omitempty"`
	Cc      string `json:"cc,omitempty"`
	Channel string `json:"channel,omitempty"`
	// Subject and Department are of a mail that we write first.
	Subject    string    `json:"subject,omitempty"`
	Department string    `json:"department,omitempty"`
	At         time.Time `json:"at"`
	// Files are kept beside it (KeepFile, DropFile); to save a draft changes none.
	Files []DraftFile `json:"-"`
}

// empty tells whether nothing stands in the form but what stands in a fresh one. A subject or a department may.
func (d *Draft) empty() bool { return strings.TrimSpace(d.Text+d.To+d.Cc+d.Channel) == "" }

func (d *Draft) tooLong() bool {
	return len(d.Text) > maxText || len(d.Cc) > maxText || len(d.To) > maxText || len(d.Subject) > 4*maxSubject || len(d.Channel) > maxAddress || len(d.Department) > maxAddress
}

// draftName names the note of a draft. An answer's has been named so since there were no others.
func (m *Manager) draftName(agent string, at Place) string {
	if at.Kind == PlaceReply {
		return "draft/" + at.Of + "/" + agent
	}
	return "draft/" + at.key(m.Directory()) + "\x00" + agent
}

// note keeps v as JSON under a name, or forgets what is there.
func note(tx Tx, name string, v any, forget bool, expires time.Time) error {
	if forget {
		return tx.PutNote(name, "", expires)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("note %s: %w", name, err)
	}
	return tx.PutNote(name, string(b), expires)
}

// noted reads what note kept; the zero value where there is nothing.
func noted[T any](tx Tx, name string) (v T, err error) {
	s, err := tx.Note(name)
	if err != nil || s == "" {
		return v, err
	}
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		return v, fmt.Errorf("read the note %s: %w", name, err)
	}
	return v, nil
}

// writing is who writes at a protocol: the time of the last word that was told, by agent.
type writing map[string]time.Time

// SaveDraft keeps what the actor has written so far at a place; an empty form forgets it. Colleagues who look
// at the protocol that is answered hear that somebody writes, not what.
func (m *Manager) SaveDraft(ctx context.Context, actor Actor, at Place, d Draft) error {
	if d.tooLong() {
		return errorf(CodeInvalid, "the draft is longer than %d octets", maxText)
	}
	return m.store.Update(ctx, func(tx Tx) error {
		p, err := m.enterable(tx, actor, at)
		if err != nil {
			return err
		}
		return m.putDraft(tx, actor, at, p, d)
	})
}

// putDraft keeps the draft, or forgets it where it is empty. p is the protocol of the place.
func (m *Manager) putDraft(tx Tx, actor Actor, at Place, p *Protocol, d Draft) error {
	d.At = tx.Now()
	if err := note(tx, m.draftName(actor.Email, at), d, d.empty(), tx.Now().Add(draftLife)); err != nil {
		return err
	}
	switch at.Kind {
	case PlaceMail:
		return m.countMail(tx, actor.Email, at, !d.empty())
	case PlaceReply:
		return m.tellWriting(tx, p, actor, strings.TrimSpace(d.Text) != "")
	}
	return nil
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
	if err := note(tx, "writing/"+p.Number, w, len(w) == 0, tx.Now().Add(WritingLife)); err != nil {
		return err
	}
	return change(tx, ChangeWriting, p, "", actor.Email)
}

// writingAt is who wrote at the protocol of late.
func writingAt(tx Tx, number string) (writing, error) {
	w, err := noted[writing](tx, "writing/"+number)
	if w == nil {
		w = writing{}
	}
	for agent, at := range w {
		if tx.Now().Sub(at) >= WritingLife {
			delete(w, agent)
		}
	}
	return w, err
}

// Draft is what the actor has begun to write at a place, with the files that are kept there, nil where there is
// nothing; and the agents other than the actor who answer the protocol now, in order.
func (m *Manager) Draft(ctx context.Context, actor Actor, at Place) (d *Draft, others []string, err error) {
	err = m.store.View(ctx, func(tx Tx) error {
		others = nil
		p, err := m.enterable(tx, actor, at)
		if err != nil {
			return err
		}
		if d, err = m.draftAt(tx, actor, at); err != nil || p == nil {
			return err
		}
		w, err := writingAt(tx, p.Number)
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

func (m *Manager) draftAt(tx Tx, actor Actor, at Place) (*Draft, error) {
	d, err := noted[*Draft](tx, m.draftName(actor.Email, at))
	if err != nil {
		return nil, err
	}
	files, err := m.filesAt(tx, actor.Email, at)
	if err != nil {
		return nil, err
	}
	if d == nil && len(files) > 0 {
		d = &Draft{At: files[len(files)-1].At}
	}
	if d != nil {
		d.Files = files
	}
	return d, nil
}
