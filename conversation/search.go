package conversation

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"

	"recado/internal/message"
)

// Index finds messages by their words. It is made of the store and can be made anew; what it says is only where to
// look, and every hit is authorised against the store when it is asked for. package search is one.
type Index interface {
	// Search calls fn with the messages that have all terms of the query and came within its times, the
	// newest first, from the place before on (0: the newest), until fn returns false.
	Search(ctx context.Context, q *Query, before int64, fn func(Match) bool) error
	// Has tells which of the messages have all terms of the query.
	Has(ctx context.Context, q *Query, ids []string) ([]string, error)
	// CatchUp waits until changes up to that number are in the index, not longer than ctx lasts, and returns how far it is.
	CatchUp(ctx context.Context, change uint64) Progress
	// Rebuild lets the index be made anew.
	Rebuild() error
}

// Match is a message that the index names.
type Match struct {
	Place   int64 // its place in the order of time
	Message string
	Number  string // of its protocol, when it was indexed
}

// Progress is how far an index is that is being made. Where Building is not set it is complete.
type Progress struct {
	Building bool
	Done     int // protocols
	Total    int
}

// Percent is at most 99: at 100 it is complete.
func (p Progress) Percent() int {
	if p.Total <= 0 {
		return 0
	}
	return min(99, 100*p.Done/p.Total)
}

// SearchRequest is a search within the list that the filter makes.
type SearchRequest struct {
	Query  string
	Filter ProtocolFilter
	Page   Page
}

// SearchHit is a protocol, and the newest message of it that was found; none where it was found by its number or address.
type SearchHit struct {
	ProtocolItem
	Message *Message
	Subject []Span // the protocol's
	Snippet []Span
}

// SearchResult is a page of hits, the one with the newest message first. Incomplete tells that the index is still being made.
type SearchResult struct {
	Hits  []SearchHit
	Next  string
	Index Progress
	// ByWords tells that the index was asked. A number or an address alone is looked up without it.
	ByWords bool
}

const (
	// searchBatch is how many matches are looked at first, which mostly fill a page. The rest comes at once: the index
	// finds them anew each time.
	searchBatch = 300
	// maxMatches bounds how many matches one page looks at: a page of an agent who sees little may be short.
	maxMatches = 3000
	// searchPatience is how long a search waits for what was just written to be in the index.
	searchPatience = 500 * time.Millisecond
)

// ErrNoIndex is why words cannot be searched for.
var ErrNoIndex = errorf(CodeConflict, "words cannot be searched for here: the index is made by a running server (recado serve); a protocol's number or a contact's address alone can be")

// Search finds protocols by what is written in them.
func (m *Manager) Search(ctx context.Context, actor Actor, r SearchRequest) (*SearchResult, error) {
	text := strings.TrimSpace(r.Query)
	if ValidNumber(text) {
		return m.searchNumber(ctx, actor, text, r.Filter)
	}
	if a, ok := message.ParseAddress(text); ok && a.Key() != "" && a.Address == text {
		return m.searchContact(ctx, actor, a.Key(), r)
	}
	d := m.Directory()
	q, err := ParseQuery(text, d.Location)
	if err == nil {
		err = q.department(d, actor)
	}
	if err != nil {
		return nil, err
	}
	before, err := searchCursor(text, r.Page.Cursor)
	if err != nil {
		return nil, err
	}
	if r.Filter.Sort != "" && r.Filter.Sort != SortNewest {
		return nil, errorf(CodeInvalid, "what words find is in the order of the messages: leave out sort=%s", r.Filter.Sort)
	}
	if m.index == nil {
		return nil, ErrNoIndex
	}
	last, err := m.LastChange(ctx)
	if err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, searchPatience)
	progress := m.index.CatchUp(waiting, last)
	cancel()
	s := &search{m: m, actor: actor, q: q, filter: r.Filter, page: r.Page, from: before, seen: map[string]bool{}}
	s.filter.Departments = m.narrow(actor, r.Filter.Departments)
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	out := &SearchResult{Hits: s.hits, Index: progress, ByWords: true}
	if s.more {
		out.Next = fmt.Sprintf("%x-%08x", s.last, crc32.ChecksumIEEE([]byte(text)))
	}
	return out, nil
}

// searchCursor reads where a page goes on: a place, and which search it is of.
func searchCursor(query, cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	var place int64
	var sum uint32
	n, err := fmt.Sscanf(cursor, "%x-%08x", &place, &sum)
	if n != 2 || err != nil || place <= 0 || sum != crc32.ChecksumIEEE([]byte(query)) || cursor != fmt.Sprintf("%x-%08x", place, sum) {
		return 0, listError(ErrBadCursor)
	}
	return place, nil
}

// searchNumber finds the one protocol of the number, or none.
func (m *Manager) searchNumber(ctx context.Context, actor Actor, number string, f ProtocolFilter) (*SearchResult, error) {
	p, err := m.Protocol(ctx, actor, number)
	var e *Error
	if errors.As(err, &e) && e.Code == CodeNotFound {
		return &SearchResult{}, nil
	}
	if err != nil {
		return nil, err
	}
	f.Departments = m.narrow(actor, f.Departments)
	if !f.admits(p.Protocol) {
		return &SearchResult{}, nil
	}
	return &SearchResult{Hits: []SearchHit{{ProtocolItem: *p}}}, nil
}

// searchContact lists the protocols of the contact with the address.
func (m *Manager) searchContact(ctx context.Context, actor Actor, key string, r SearchRequest) (*SearchResult, error) {
	if r.Filter.Contact != "" && r.Filter.Contact != key {
		return &SearchResult{}, nil
	}
	r.Filter.Contact = key
	items, next, err := m.Protocols(ctx, actor, r.Filter, r.Page)
	if err != nil {
		return nil, err
	}
	out := &SearchResult{Next: next}
	for _, p := range items {
		out.Hits = append(out.Hits, SearchHit{ProtocolItem: p})
	}
	return out, nil
}

// admits tells whether a protocol is of the list that the filter makes.
func (f *ProtocolFilter) admits(p *Protocol) bool {
	return (f.Status == "" || f.Status == p.Status) &&
		(f.Departments == nil || slices.ContainsFunc(p.Departments(), func(d string) bool { return slices.Contains(f.Departments, d) })) &&
		(f.Contact == "" || f.Contact == p.Key.Sender || f.Contact == message.Address{Address: p.Contact.Address}.Key()) &&
		(f.Agent == "" || f.Agent == p.Agent) && (!f.Unassigned || p.Agent == "") &&
		strings.HasPrefix(p.Number, f.Number) && (!f.Ends() || p.Status == Finalized && f.Ended(p))
}

// search is one page of a search on its way.
type search struct {
	m      *Manager
	actor  Actor
	q      *Query
	filter ProtocolFilter
	page   Page
	from   int64 // where the page begins

	seen map[string]bool // protocols that were looked at on this page
	hits []SearchHit
	last int64 // the place that was looked at last
	more bool
}

// run looks at the matches in two batches at most, outside of whose transactions the index is asked.
func (s *search) run(ctx context.Context) error {
	before := s.from
	for _, size := range []int{searchBatch, maxMatches - searchBatch} {
		var batch []Match
		err := s.m.index.Search(ctx, s.q, before, func(m Match) bool {
			batch = append(batch, m)
			return len(batch) < size
		})
		if err != nil {
			return fmt.Errorf("search: %w", err)
		}
		if err := s.look(ctx, batch); err != nil || s.more {
			return err
		}
		if len(batch) < size {
			return nil
		}
		before = batch[len(batch)-1].Place
		s.last = before
	}
	s.more = true
	return nil
}

// look takes from a batch what the actor may find, until the page is full.
func (s *search) look(ctx context.Context, batch []Match) error {
	err := s.m.store.View(ctx, func(tx Tx) error {
		for _, match := range batch {
			if len(s.hits) == s.page.Size() {
				s.more = true
				return nil
			}
			s.last = match.Place
			msg, p, err := s.authorised(tx, match)
			if err != nil {
				return err
			}
			if msg == nil {
				continue
			}
			if shown, err := s.shownBefore(ctx, tx, p.Number); err != nil || shown {
				if err != nil {
					return err
				}
				continue
			}
			item, err := s.m.item(tx, s.actor, p)
			if err != nil {
				return err
			}
			s.hits = append(s.hits, SearchHit{ProtocolItem: *item, Message: msg})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range s.hits { // raw mails are read outside the transaction
		if h := &s.hits[i]; h.Message != nil && h.Snippet == nil {
			h.Subject, h.Snippet = s.q.Mark(h.ProtocolItem.Subject), s.m.snippet(ctx, s.q, h.Message)
		}
	}
	return nil
}

// authorised is the message of a match and its protocol, as they are now; nil where the actor is not to find it.
func (s *search) authorised(tx Tx, match Match) (*Message, *Protocol, error) {
	if s.seen[match.Number] {
		return nil, nil, nil
	}
	p, err := tx.Protocol(match.Number)
	if err != nil {
		return nil, nil, err
	}
	if p == nil || !s.admits(p) {
		s.seen[match.Number] = true // the index follows within moments where its messages went elsewhere
		return nil, nil, nil
	}
	msg, err := tx.Message(match.Message)
	if err != nil || msg == nil || msg.Number != p.Number || !s.m.Directory().findable(s.actor, msg) {
		return nil, nil, err
	}
	s.seen[p.Number] = true
	return msg, p, nil
}

func (s *search) admits(p *Protocol) bool {
	return s.actor.seesProtocol(s.m.Directory(), p) && s.filter.admits(p) && s.q.admits(p)
}

// findable tells whether the actor may find the message in a protocol that he sees: not where it is of an isolated
// department that he is not of, which a transfer may have left in it (rule 5).
func (d *Directory) findable(actor Actor, msg *Message) bool {
	return msg.Kind != KindEvent && (msg.Department == "" || !d.Isolated(msg.Department) || actor.Sees(d, msg.Department))
}

// shownBefore tells whether an earlier page showed the protocol already, by a newer message of it.
func (s *search) shownBefore(ctx context.Context, tx Tx, number string) (bool, error) {
	if s.from == 0 {
		return false, nil
	}
	msgs, err := tx.Messages(number, 0, 0)
	if err != nil {
		return false, err
	}
	var newer []string
	for _, msg := range msgs {
		if PlaceOf(msg.ID) >= s.from && s.m.Directory().findable(s.actor, msg) {
			newer = append(newer, msg.ID)
		}
	}
	if len(newer) == 0 {
		return false, nil
	}
	has, err := s.m.index.Has(ctx, s.q, newer)
	return len(has) > 0, err
}

// PlaceOf is the place of a message in the order of time: the milliseconds of its id, and a part of its
// chance, so that hardly two have the same.
func PlaceOf(id string) int64 {
	const chanceBits = 20
	ms := IDTime(id).UnixMilli()
	return ms<<chanceBits | int64(crc32.ChecksumIEEE([]byte(id))&(1<<chanceBits-1))
}

// FirstPlace is the first that a message of the time or later can have.
func FirstPlace(t time.Time) int64 { return t.UnixMilli() << 20 }

// SearchProgress is how far the index is.
func (m *Manager) SearchProgress(ctx context.Context) (Progress, error) {
	if m.index == nil {
		return Progress{}, ErrNoIndex
	}
	return m.index.CatchUp(ctx, 0), nil
}

// RebuildSearch lets the index be made anew; what is not in it yet is not found meanwhile. Only an admin, or the operator, may.
func (m *Manager) RebuildSearch(intent Intent) error {
	switch {
	case !intent.Actor.administers():
		return errAdminOnly
	case m.index == nil:
		return ErrNoIndex
	}
	return m.index.Rebuild()
}
