package search_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/search"
)

// pages are the numbers of each page of a search, to its end.
func (d *desk) pages(actor conversation.Actor, query string, limit int) [][]string {
	d.t.Helper()
	r := conversation.SearchRequest{Query: query, Page: conversation.Page{Limit: limit}}
	var out [][]string
	for range 100 {
		found := d.search(actor, r)
		page := []string{}
		for _, h := range found.Hits {
			page = append(page, h.Number)
		}
		out = append(out, page)
		if r.Page.Cursor = found.Next; found.Next == "" {
			return out
		}
	}
	d.t.Fatalf("%q has no end", query)
	return nil
}

// TestNextTellsNothing: that another page follows is said only where the actor finds something on it. Whoever sends a
// mail with a guess in it could else read off whether the same words stand behind a wall.
func TestNextTellsNothing(t *testing.T) {
	d := newDesk(t)
	for i := range 3 {
		d.receive(fmt.Sprintf("hr%d@c.test", i), "hr@shop.test", "Salary", "porcelain")
		d.receive(fmt.Sprintf("f%d@c.test", i), "finance@shop.test", "Salary", "porcelain")
	}
	older := d.receive("older@c.test", "care@shop.test", "Guess", "porcelain")
	d.receive("between@c.test", "hr@shop.test", "Salary", "porcelain")
	newer := d.receive("newer@c.test", "care@shop.test", "Guess", "porcelain")
	want := [][]string{{newer}, {older}}
	if diff := cmp.Diff(want, d.pages(carer, "porcelain", 1)); diff != "" {
		t.Errorf("pages of one (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{newer, older}}, d.pages(carer, "porcelain", 2)); diff != "" {
		t.Errorf("pages of two (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{newer, older}}, d.pages(carer, "after:2026-01-01", 2)); diff != "" {
		t.Errorf("without words (-want +got):\n%s", diff)
	}
	// The cursor names no time of another's message.
	first := d.search(carer, conversation.SearchRequest{Query: "porcelain", Page: conversation.Page{Limit: 1}})
	var place int64
	if _, err := fmt.Sscanf(first.Next, "%x-", &place); err != nil || place != conversation.PlaceOf(first.Hits[0].Message.ID) {
		t.Errorf("the cursor %q is not of the last one shown", first.Next)
	}
}

// TestWithin: what is behind a wall costs none of the matches that are looked at.
func TestWithin(t *testing.T) {
	d := newDesk(t)
	mine := d.receive("mine@c.test", "care@shop.test", "One", "porcelain")
	d.receive("other@c.test", "hr@shop.test", "Two", "porcelain")
	d.complete()
	d.find(operator, "porcelain") // all of it is in
	for _, query := range []string{"porcelain", "after:2026-01-01", "has:attachment", "-"} {
		q, err := conversation.ParseQuery(query, time.UTC)
		if err != nil {
			continue
		}
		q.Within = []string{"care", `"; DROP`, ""}
		err = d.index.Search(t.Context(), q, 0, func(m conversation.Match) bool {
			if m.Number != mine {
				t.Errorf("%q names %s, which is behind the wall", query, m.Number)
			}
			return true
		})
		if err != nil {
			t.Errorf("%q: %v", query, err)
		}
	}
}

// TestFarDays: days beyond what a place can hold are the end of time, not its beginning.
func TestFarDays(t *testing.T) {
	d := newDesk(t)
	n := d.receive("a@c.test", "care@shop.test", "One", "porcelain")
	for query, want := range map[string][]string{
		"porcelain before:2248-01-01": {n}, "porcelain before:9999-12-31": {n}, "before:3000-01-01": {n},
		"porcelain after:9999-12-31": nil, "after:2500-01-01": nil, "porcelain after:1970-01-01": {n},
		"before:2026-01-01 after:2027-01-01": nil,
	} {
		if diff := cmp.Diff(want, d.find(operator, query)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

// between are a store and an index that notice when the index is asked within a transaction.
type between struct {
	conversation.Store
	conversation.Index
	within, asked, wrong atomic.Int64
}

func (b *between) View(ctx context.Context, fn func(conversation.Tx) error) error {
	return b.Store.View(ctx, func(tx conversation.Tx) error {
		b.within.Add(1)
		defer b.within.Add(-1)
		return fn(tx)
	})
}

func (b *between) note() {
	b.asked.Add(1)
	b.wrong.Add(b.within.Load())
}

func (b *between) Search(ctx context.Context, q *conversation.Query, before int64, fn func(conversation.Match) bool) error {
	b.note()
	return b.Index.Search(ctx, q, before, fn)
}

// TestNoTransactionWaits: the index is never asked while a transaction of the store is open, and a further page of long
// protocols asks it a few times, not once a match.
func TestNoTransactionWaits(t *testing.T) {
	d := newDesk(t)
	var all []string
	for range 6 {
		for i := range 10 {
			n := d.receive(fmt.Sprintf("c%d@c.test", i), "care@shop.test", "Tea", "porcelain")
			if !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	d.complete()
	d.find(operator, "porcelain")
	b := &between{Store: d.store, Index: d.index}
	m := conversation.NewManager(conversation.Options{Store: b, Directory: directory(), Signer: conversation.NewSigner([]byte("a secret of the tests")), Index: b})
	r := conversation.SearchRequest{Query: "porcelain", Page: conversation.Page{Limit: 3}}
	var got []string
	for {
		b.asked.Store(0)
		found, err := m.Search(t.Context(), carer, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range found.Hits {
			got = append(got, h.Number)
		}
		if n := b.asked.Load(); n > 4 {
			t.Errorf("a page asked the index %d times", n)
		}
		if r.Page.Cursor = found.Next; found.Next == "" {
			break
		}
	}
	slices.Reverse(all)
	if diff := cmp.Diff(all, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := b.wrong.Load(); n != 0 {
		t.Errorf("%d times a transaction was open while the index was asked", n)
	}
}

// TestPagesOfMany: where most of what is found was shown before, a page looks further, and misses and doubles nothing.
func TestPagesOfMany(t *testing.T) {
	d := newDesk(t)
	var want []string
	for i := range 360 { // more than is looked at first; the last three customers wrote long ago
		who := i
		if i >= 3 {
			who = 3 + i%7
		}
		n := d.receive(fmt.Sprintf("c%d@c.test", who), "care@shop.test", "Tea", "porcelain")
		want = append(slices.DeleteFunc(want, func(s string) bool { return s == n }), n)
	}
	d.complete()
	d.find(operator, "porcelain")
	slices.Reverse(want)
	for _, limit := range []int{1, 3, 10, 500} {
		if diff := cmp.Diff(want, slices.Concat(d.pages(carer, "porcelain", limit)...)); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", limit, diff)
		}
	}
}

// TestNewerIsAuthorised: a newer message that the actor may not find hides no protocol of a further page.
func TestNewerIsAuthorised(t *testing.T) {
	d := newDesk(t)
	first := d.receive("a@c.test", "care@shop.test", "One", "porcelain")
	second := d.receive("b@c.test", "care@shop.test", "Two", "porcelain")
	if _, err := d.Transfer(t.Context(), intent(people), first, conversation.TransferRequest{Department: "hr"}); err != nil {
		t.Fatal(err)
	}
	d.pass(time.Minute)
	if _, err := d.AddNote(t.Context(), intent(people), first, "porcelain behind the wall"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Transfer(t.Context(), intent(people), first, conversation.TransferRequest{Department: "care"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{second}, {first}}, d.pages(carer, "porcelain", 1)); diff != "" {
		t.Errorf("who may not read the note (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{first}, {second}}, d.pages(people, "porcelain", 1)); diff != "" {
		t.Errorf("who may (-want +got):\n%s", diff)
	}
}

// slow is an index whose every question takes until it is broken off.
type slow struct{ conversation.Index }

func (slow) Search(ctx context.Context, _ *conversation.Query, _ int64, _ func(conversation.Match) bool) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestTurns: of one agent only so many searches are at work and wait; who gives up makes room, and the others' go on.
func TestTurns(t *testing.T) {
	d := newDesk(t)
	d.complete()
	m := conversation.NewManager(conversation.Options{Store: d.store, Directory: directory(), Signer: conversation.NewSigner([]byte("a secret of the tests")), Index: slow{d.index}})
	ctx, cancel := context.WithCancel(t.Context())
	const many = 50
	ends := make(chan error, many)
	for range many {
		go func() {
			_, err := m.Search(ctx, carer, conversation.SearchRequest{Query: "porcelain"})
			ends <- err
		}()
	}
	var refused int
	for refused < many-conversation.SearchesOfOne {
		err := <-ends
		var e *conversation.Error
		if !errors.As(err, &e) || e.Code != conversation.CodeTooMany {
			t.Fatalf("%v, want that there are too many", err)
		}
		refused++
	}
	soon, done := context.WithTimeout(t.Context(), time.Millisecond)
	defer done()
	if _, err := m.Search(soon, banker, conversation.SearchRequest{Query: "porcelain"}); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, conversation.ErrSearchSlow) {
		t.Errorf("another agent's search: %v, want that it is at work", err)
	}
	cancel()
	for range conversation.SearchesOfOne {
		if err := <-ends; !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
	free := conversation.NewManager(conversation.Options{Store: d.store, Directory: directory(), Signer: conversation.NewSigner([]byte("a secret of the tests")), Index: d.index})
	for range 3 * conversation.SearchesOfOne {
		if _, err := free.Search(t.Context(), carer, conversation.SearchRequest{Query: "porcelain"}); err != nil {
			t.Fatalf("one after the other: %v", err)
		}
	}
	_ = search.FileName
}
