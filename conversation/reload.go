package conversation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"recado/internal/say"
)

// keying is what of the channel file the keys of open protocols were made by (rules 1 and 5). It is kept
// in the store, so that a change while the server was down is seen too.
type keying struct {
	FoldPlusTags bool            `json:"fold_plus_tags"`
	Isolated     map[string]bool `json:"isolated"`
}

const keyingNote = "keying"

func (d *Directory) keying() keying {
	k := keying{FoldPlusTags: d.FoldPlusTags, Isolated: map[string]bool{}}
	for i := range d.Departments {
		k.Isolated[d.Departments[i].ID] = d.Departments[i].Isolated
	}
	return k
}

// keyingIn is what the store has of it; empty: nothing yet.
func keyingIn(tx Tx) (k keying, err error) {
	note, err := tx.Note(keyingNote)
	if err != nil || note == "" {
		return k, err
	}
	if err := json.Unmarshal([]byte(note), &k); err != nil {
		return k, fmt.Errorf("read what keys were made by: %w", err)
	}
	return k, nil
}

// SetDirectory takes up a new channel file. It refuses, listing them, when open protocols stand in the
// way: those whose isolation would change, and those that folding plus-tags would make collide (rule 5).
func (m *Manager) SetDirectory(ctx context.Context, next *Directory) error {
	err := m.store.Update(ctx, func(tx Tx) error {
		before, err := keyingIn(tx)
		if err != nil {
			return err
		}
		if before.Isolated != nil {
			if err := keyingConflicts(tx, before, next); err != nil {
				return err
			}
		}
		after := next.keying()
		for dep, isolated := range before.Isolated { // a department that comes back is still known
			if _, ok := after.Isolated[dep]; !ok {
				after.Isolated[dep] = isolated
			}
		}
		if after.FoldPlusTags == before.FoldPlusTags && maps.Equal(after.Isolated, before.Isolated) {
			return nil
		}
		text, err := json.Marshal(after)
		if err != nil {
			return err
		}
		return tx.PutNote(keyingNote, string(text), time.Time{})
	})
	if err != nil {
		return err
	}
	m.directory.Store(next)
	return nil
}

// MaxListed bounds the numbers that a refusal lists.
const MaxListed = 20

func keyingConflicts(tx Tx, before keying, next *Directory) error {
	var problems []say.Sentence
	for i := range next.Departments {
		dep := &next.Departments[i]
		was, known := before.Isolated[dep.ID]
		if !known || was == dep.Isolated {
			continue
		}
		numbers, err := openOf(tx, dep.ID)
		if err != nil {
			return err
		}
		if len(numbers) > 0 {
			problems = append(problems, say.Of("%s while these protocols are open: %s", WallStays(dep.ID, dep.Isolated), listed(numbers)))
		}
	}
	if before.FoldPlusTags != next.FoldPlusTags {
		numbers, err := openNumbers(tx, nil, func(p *Protocol) bool { return strings.Contains(p.Contact.Address, "+") })
		if err != nil {
			return err
		}
		if len(numbers) > 0 {
			problems = append(problems, say.Of("fold_plus_tags cannot become %t while protocols of senders with a plus-tag are open: %s", next.FoldPlusTags, listed(numbers)))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	slices.SortFunc(problems, func(a, b say.Sentence) int { return strings.Compare(a.Text, b.Text) })
	return errorf(CodeConflict, "%s: finalize them first", say.Join("; ", problems...))
}

func listed(numbers []string) string {
	if len(numbers) > MaxListed {
		return strings.Join(numbers[:MaxListed], ", ") + ", …"
	}
	return strings.Join(numbers, ", ")
}

// openNumbers are open protocols that match, up to one more than are listed.
func openNumbers(tx Tx, departments []string, match func(*Protocol) bool) ([]string, error) {
	var out []string
	page := Page{Limit: MaxLimit}
	for {
		list, next, err := tx.Protocols(ProtocolFilter{Status: Open, Departments: departments}, page)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if match(p) {
				out = append(out, p.Number)
			}
		}
		if next == "" || len(out) > MaxListed {
			return out, nil
		}
		page.Cursor = next
	}
}
