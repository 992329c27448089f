package conversation

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
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
	Fault    error // why it does not go on, though it tries again; nil while it does
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

// ErrNoIndex is why words cannot be searched for.
var ErrNoIndex = errorf(CodeConflict, "words cannot be searched for here: the index is made by a running server (recado serve); a protocol's number or a contact's address alone can be")

// ErrIndexFault is why words cannot be searched for while the index cannot be read. The cause is in the log.
var ErrIndexFault = errorf(CodeConflict, "words cannot be searched for at the moment: the index cannot be read (the server's log says why; search show tells how it is). Mail goes on; a protocol's number or a contact's address alone can be looked up")

// ErrSearchSlow is the answer to a search that takes longer than searchTime.
var ErrSearchSlow = errorf(CodeConflict, "the search was broken off after %d seconds: use longer words, or more of them, or fewer days with after:2026-11-23", int(searchTime.Seconds()))

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
	release, err := m.turns.take(ctx, actor)
	if err != nil {
		return nil, err
	}
	defer release()
	s := &search{m: m, actor: actor, q: q, filter: r.Filter, page: r.Page, from: before, seen: map[string]bool{}}
	s.filter.Departments = m.narrow(actor, r.Filter.Departments)
	q.Within = d.findableDepartments(actor)
	return s.answer(ctx, text)
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

// PlaceOf is the place of a message in the order of time: the milliseconds of its id, and a part of its
// chance, so that hardly two have the same.
func PlaceOf(id string) int64 {
	return FirstPlace(IDTime(id)) | int64(crc32.ChecksumIEEE([]byte(id))&(1<<chanceBits-1))
}

// chanceBits are the lower bits of a place.
const chanceBits = 20

// FirstPlace is the first that a message of the time or later can have. Beyond the year 2248 it is the last that there is.
func FirstPlace(t time.Time) int64 {
	ms := t.UnixMilli()
	if ms > math.MaxInt64>>chanceBits {
		return math.MaxInt64
	}
	return max(0, ms) << chanceBits
}

// SearchProgress is how far the index is.
func (m *Manager) SearchProgress(ctx context.Context) (Progress, error) {
	if m.index == nil {
		return Progress{}, ErrNoIndex
	}
	return m.index.CatchUp(ctx, 0), nil
}

// RebuildSearch lets the index be made anew; what is not in it yet is not found meanwhile. Only an admin, or the operator, may.
func (m *Manager) RebuildSearch(ctx context.Context, intent Intent) error {
	switch {
	case !intent.Actor.administers():
		return errAdminOnly
	case m.index == nil:
		return ErrNoIndex
	}
	if err := m.index.Rebuild(); err != nil {
		return err
	}
	return m.store.Update(ctx, func(tx Tx) error { return audit(tx, intent.Actor, deed{action: AuditSearchRebuild}) })
}
