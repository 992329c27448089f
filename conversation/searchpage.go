package conversation

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"time"
)

const (
	// searchBatch is how many matches are looked at first, which mostly fill a page. The rest comes at once: the index
	// finds them anew each time.
	searchBatch = 300
	// maxMatches bounds how many matches one page looks at: a page of an agent who sees little may be short. What is behind a
	// wall is not among them (Query.Within).
	maxMatches = 3000
	// maxNewer bounds how many newer messages of one protocol are looked at: mostly the first tells.
	maxNewer = 8
	// searchPatience is how long a search waits for what was just written to be in the index.
	searchPatience = 500 * time.Millisecond
	// searchTime bounds a search: a beginning that most words have costs the index more than any answer is worth.
	searchTime = 10 * time.Second
)

// search is one page of a search on its way.
type search struct {
	m      *Manager
	actor  Actor
	q      *Query
	filter ProtocolFilter
	page   Page
	from   int64 // where the page begins

	seen  map[string]bool // protocols that were looked at on this page
	found []finding       // one more than the page has, where another page follows
	last  int64           // the place that was looked at last
}

// finding is a protocol that the actor may find, by the newest of its messages.
type finding struct {
	*Protocol
	msg   *Message
	place int64
}

// answer is the page, once what was just written is in the index.
func (s *search) answer(ctx context.Context, text string) (*SearchResult, error) {
	within, cancel := context.WithTimeoutCause(ctx, searchTime, ErrSearchSlow)
	defer cancel()
	last, err := s.m.LastChange(within)
	if err != nil {
		return nil, err
	}
	waiting, stop := context.WithTimeout(within, searchPatience)
	progress := s.m.index.CatchUp(waiting, last)
	stop()
	out := &SearchResult{Index: progress, ByWords: true}
	more, err := s.run(within)
	if err == nil {
		out.Hits, err = s.hits(within)
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, context.Cause(within)
	}
	if err != nil {
		return nil, err
	}
	if more {
		out.Next = fmt.Sprintf("%x-%08x", s.last, crc32.ChecksumIEEE([]byte(text)))
	}
	return out, nil
}

// run looks at the matches in two batches at most, until the page is full and one more is found: that another page follows must
// tell nothing of what the actor may not see. The index is asked outside of transactions.
func (s *search) run(ctx context.Context) (more bool, err error) {
	size, before := s.page.Size(), s.from
	for _, n := range []int{searchBatch, maxMatches - searchBatch} {
		var batch []Match
		err := s.m.index.Search(ctx, s.q, before, func(m Match) bool {
			batch = append(batch, m)
			return len(batch) < n
		})
		if err != nil {
			return false, fmt.Errorf("search: %w", err)
		}
		if err := s.look(ctx, batch); err != nil {
			return false, err
		}
		if len(s.found) > size { // the next page begins after the last one that is shown
			s.found, s.last = s.found[:size], s.found[size-1].place
			return true, nil
		}
		if len(batch) < n {
			return false, nil
		}
		s.last = batch[n-1].Place
		before = s.last
	}
	return true, nil
}

// look takes from a batch what the actor may find, until the page is full and one more is found, and drops what an earlier
// page showed. That is asked at once for the whole batch, since each question costs the index about the same.
func (s *search) look(ctx context.Context, batch []Match) error {
	room := s.page.Size() + 1 - len(s.found)
	var found []finding
	var seen map[string]bool
	err := s.m.store.View(ctx, func(tx Tx) error {
		found, seen = nil, maps.Clone(s.seen)
		for _, match := range batch {
			if s.from == 0 && len(found) == room {
				return nil
			}
			msg, p, err := s.authorised(tx, match, seen)
			if err != nil {
				return err
			}
			if msg != nil {
				found = append(found, finding{p, msg, match.Place})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.seen = seen
	if s.from > 0 {
		if found, err = s.firstTime(ctx, found); err != nil {
			return err
		}
	}
	s.found = append(s.found, found[:min(room, len(found))]...)
	return nil
}

// hits are the page as it is shown. Raw mails are read outside of the transaction.
func (s *search) hits(ctx context.Context) ([]SearchHit, error) {
	var out []SearchHit
	err := s.m.store.View(ctx, func(tx Tx) error {
		out = nil
		for _, f := range s.found {
			item, err := s.m.item(tx, s.actor, f.Protocol)
			if err != nil {
				return err
			}
			out = append(out, SearchHit{ProtocolItem: *item, Message: f.msg})
		}
		return nil
	})
	for i := range out {
		h := &out[i]
		h.Subject, h.Snippet = s.q.Mark(h.ProtocolItem.Subject), s.m.snippet(ctx, s.q, h.Message)
	}
	return out, err
}

// authorised is the message of a match and its protocol, as they are now; nil where the actor is not to find it.
func (s *search) authorised(tx Tx, match Match, seen map[string]bool) (*Message, *Protocol, error) {
	if seen[match.Number] {
		return nil, nil, nil
	}
	p, err := tx.Protocol(match.Number)
	if err != nil {
		return nil, nil, err
	}
	if p == nil || !s.admits(p) {
		seen[match.Number] = true // the index follows within moments where its messages went elsewhere
		return nil, nil, nil
	}
	msg, err := s.message(tx, match.Message, p.Number)
	if msg == nil || err != nil {
		return nil, nil, err
	}
	seen[p.Number] = true
	return msg, p, nil
}

// message is one of the protocol that the actor may find; nil where there is none.
func (s *search) message(tx Tx, id, number string) (*Message, error) {
	msg, err := tx.Message(id)
	if err != nil || msg == nil || msg.Number != number || !s.m.Directory().findable(s.actor, msg) {
		return nil, err
	}
	return msg, nil
}

func (s *search) admits(p *Protocol) bool {
	return s.actor.seesProtocol(s.m.Directory(), p) && s.filter.admits(p) && s.q.admits(p)
}

// firstTime leaves those that no earlier page showed by a newer message.
func (s *search) firstTime(ctx context.Context, found []finding) ([]finding, error) {
	looked := map[string]int{}
	for _, f := range found {
		looked[f.Number] = 0
	}
	var newer []Match
	err := s.m.index.Search(ctx, s.q, 0, func(m Match) bool {
		if n, asked := looked[m.Number]; asked && m.Place >= s.from && n < maxNewer {
			looked[m.Number] = n + 1
			newer = append(newer, m)
		}
		return m.Place >= s.from
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	var shown map[string]bool
	err = s.m.store.View(ctx, func(tx Tx) error {
		shown = map[string]bool{}
		for _, m := range newer {
			if shown[m.Number] {
				continue
			}
			msg, err := s.message(tx, m.Message, m.Number)
			if err != nil {
				return err
			}
			shown[m.Number] = msg != nil
		}
		return nil
	})
	return slices.DeleteFunc(found, func(f finding) bool { return shown[f.Number] }), err
}

// findable tells whether the actor may find the message in a protocol that he sees: not where it is of an isolated
// department that he is not of, which a transfer may have left in it (rule 5).
func (d *Directory) findable(actor Actor, msg *Message) bool {
	return msg.Kind != KindEvent && (msg.Department == "" || !d.Isolated(msg.Department) || actor.Sees(d, msg.Department))
}

// findableDepartments are those whose messages the actor may find where he sees their protocol, nil for all: the index may leave
// the others out, since of each message it is settled when it is made. What is left is authorised all the same.
func (d *Directory) findableDepartments(actor Actor) []string {
	if actor.Operator {
		return nil
	}
	out := slices.Clone(actor.Departments) // also of one that is not in the file any more
	for i := range d.Departments {
		if id := d.Departments[i].ID; !d.Isolated(id) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return append(out, "")
}
