// Package storetest is the contract of conversation.Store as tests: every implementation passes them
// unchanged. They know nothing of how a store keeps what it is given; each begins with an empty one.
//
// Where a contract test can compare with a plain model of the same (a slice, sorted and filtered), it
// does: with random records from a fixed seed.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"recado/conversation"
)

// Harness opens the stores that are tested. A function that is nil leaves out what needs it.
type Harness struct {
	// Open makes an empty store with the clock. It is closed when the test ends.
	Open func(t *testing.T, now func() time.Time) conversation.Store
	// Reopen closes the store as a stop would and opens what it kept.
	Reopen func(t *testing.T, s conversation.Store, now func() time.Time) conversation.Store
	// ReadOnly closes the store and opens what it kept for reading only.
	ReadOnly func(t *testing.T, s conversation.Store, now func() time.Time) conversation.Store
	// Close closes the store.
	Close func(s conversation.Store) error
}

// Run runs the contract.
func Run(t *testing.T, h Harness) {
	for _, c := range []struct {
		name string
		test func(*env)
	}{
		{"Transactions", testTransactions},
		{"Concurrency", testConcurrency},
		{"Numbers", testNumbers},
		{"Protocols", testProtocols},
		{"OpenKey", testOpenKey},
		{"ProtocolLists", testProtocolLists},
		{"PagingUnderChange", testPagingUnderChange},
		{"Cursors", testCursors},
		{"Messages", testMessages},
		{"Seen", testSeen},
		{"Held", testHeld},
		{"Journal", testJournal},
		{"JournalFilter", testJournalFilter},
		{"Audit", testAudit},
		{"AuditTrim", testAuditTrim},
		{"Queue", testQueue},
		{"Contacts", testContacts},
		{"Agents", testAgents},
		{"Tokens", testTokens},
		{"SecondSteps", testSecondSteps},
		{"Sessions", testSessions},
		{"SessionsOf", testSessionsOf},
		{"ReadMarks", testReadMarks},
		{"Canned", testCanned},
		{"Figures", testFigures},
		{"Awaited", testAwaited},
		{"Mentions", testMentions},
		{"Notes", testNotes},
		{"Sweep", testSweep},
		{"Changes", testChanges},
		{"Watch", testWatch},
		{"MailLog", testMailLog},
		{"DraftFiles", testDraftFiles},
		{"Reopen", testReopen},
		{"ReadOnly", testReadOnly},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(newEnv(t, h)) })
	}
}

// env is one test's store, with the clock that it was given.
type env struct {
	*testing.T
	h     Harness
	s     conversation.Store
	clock *clock
}

func newEnv(t *testing.T, h Harness) *env {
	c := &clock{t: time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.UTC)}
	return &env{T: t, h: h, s: h.Open(t, c.now), clock: c}
}

// fresh is the environment of a subtest, with an empty store of its own.
func (e *env) fresh(name string, test func(*env)) {
	e.Helper()
	e.Run(name, func(t *testing.T) { test(newEnv(t, e.h)) })
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func (e *env) update(fn func(conversation.Tx) error) {
	e.Helper()
	if err := e.s.Update(context.Background(), fn); err != nil {
		e.Fatalf("update: %v", err)
	}
}

func (e *env) view(fn func(conversation.Tx) error) {
	e.Helper()
	if err := e.s.View(context.Background(), fn); err != nil {
		e.Fatalf("view: %v", err)
	}
}

// get reads one thing in a View.
func get[T any](e *env, read func(conversation.Tx) (T, error)) T {
	e.Helper()
	var out T
	e.view(func(tx conversation.Tx) (err error) {
		out, err = read(tx)
		return err
	})
	return out
}

// note reads a note, which tests use as the plainest record that there is.
func (e *env) note(name string) string {
	e.Helper()
	return get(e, func(tx conversation.Tx) (string, error) { return tx.Note(name) })
}

func putNote(name, value string) func(conversation.Tx) error {
	return func(tx conversation.Tx) error { return tx.PutNote(name, value, time.Time{}) }
}

// lister reads a page of a list as texts that name its entries.
type lister func(tx conversation.Tx, p conversation.Page) (names []string, next string, err error)

// named makes a lister of a list's method.
func named[T any](list func(conversation.Tx, conversation.Page) ([]T, string, error), name func(T) string) lister {
	return func(tx conversation.Tx, p conversation.Page) ([]string, string, error) {
		items, next, err := list(tx, p)
		names := []string{}
		for _, i := range items {
			names = append(names, name(i))
		}
		return names, next, err
	}
}

// all reads every page of a list, each in a View of its own.
func (e *env) all(limit int, list lister) []string {
	e.Helper()
	out := []string{}
	page := conversation.Page{Limit: limit}
	for range 10_000 {
		var names []string
		var next string
		e.view(func(tx conversation.Tx) (err error) {
			names, next, err = list(tx, page)
			return err
		})
		if len(names) > limit {
			e.Fatalf("a page of %d has %d entries", limit, len(names))
		}
		out = append(out, names...)
		if next == "" {
			return out
		}
		if next == page.Cursor {
			e.Fatalf("the next page is the same page: %q", next)
		}
		page.Cursor = next
	}
	e.Fatal("the list does not end")
	return nil
}

var errWanted = errors.New("this error was wanted")

func number(n int) string { return fmt.Sprintf("20261123-%06d", n) }

// protocolOf is an open protocol of the sender in the department.
func protocolOf(number, sender, department string, at time.Time) *conversation.Protocol {
	return &conversation.Protocol{
		Number: number, Status: conversation.Open, Key: conversation.Key{Sender: sender},
		Contact: conversation.ContactRef{Address: sender}, Department: department,
		OpenedAt: at, UpdatedAt: at,
	}
}
