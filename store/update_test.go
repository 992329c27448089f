package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// groupOf puts the functions into one group, in order, and returns what each is answered.
func groupOf(s *Store, fns ...func(conversation.Tx) error) []error {
	group := make([]*update, len(fns))
	for i, fn := range fns {
		group[i] = &update{fn: fn, done: make(chan struct{})}
	}
	all := slices.Clone(group)
	s.commitGroup(group)
	out := make([]error, len(fns))
	for i, u := range all {
		out[i] = u.answer
	}
	return out
}

func note(name, value string) func(conversation.Tx) error {
	return func(tx conversation.Tx) error { return tx.PutNote(name, value, time.Time{}) }
}

func noteOf(t testing.TB, s *Store, name string) (v string) {
	t.Helper()
	err := s.View(context.Background(), func(tx conversation.Tx) (err error) {
		v, err = tx.Note(name)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return v
}

// TestGroups makes groups of functions that succeed and fail in every way, at every place.
func TestGroups(t *testing.T) {
	s := openTest(t, Options{Dir: t.TempDir()})
	errBefore, errAfter, errGhost := errors.New("before"), errors.New("after"), errors.New("ghost")
	kinds := map[string]func(name string) func(conversation.Tx) error{
		"good": func(name string) func(conversation.Tx) error { return note(name, "v") },
		"reads": func(string) func(conversation.Tx) error {
			return func(tx conversation.Tx) error { _, err := tx.Note("x"); return err }
		},
		"before": func(string) func(conversation.Tx) error { return func(conversation.Tx) error { return errBefore } },
		"after": func(name string) func(conversation.Tx) error {
			return func(tx conversation.Tx) error {
				return errors.Join(note("ghost", "v")(tx), note(name, "v")(tx), errAfter)
			}
		},
		"panics": func(name string) func(conversation.Tx) error {
			return func(tx conversation.Tx) error { note("ghost", "v")(tx); note(name, "v")(tx); panic("wanted") }
		},
		"exits": func(name string) func(conversation.Tx) error {
			return func(tx conversation.Tx) error { note("ghost", "v")(tx); runtime.Goexit(); return nil }
		},
		"swallows": func(name string) func(conversation.Tx) error { // the store's own failure counts, whatever the function returns
			return func(tx conversation.Tx) error {
				note("ghost", "v")(tx)
				tx.PutNote(strings.Repeat("n", bolt.MaxKeySize+1), "v", time.Time{})
				return nil
			}
		},
		"watches": func(string) func(conversation.Tx) error {
			return func(tx conversation.Tx) error {
				if v, _ := tx.Note("ghost"); v != "" {
					return errGhost
				}
				return nil
			}
		},
	}
	names := []string{"good", "reads", "before", "after", "panics", "exits", "swallows", "watches"}
	fails := map[string]bool{"before": true, "after": true, "panics": true, "exits": true, "swallows": true}
	n := 0
	for _, a := range names {
		for _, b := range names {
			for _, c := range names {
				n++
				key := func(i int) string { return fmt.Sprint(n, "/", i) }
				group := []string{a, b, c}
				got := groupOf(s, kinds[a](key(0)), kinds[b](key(1)), kinds[c](key(2)))
				for i, kind := range group {
					if err := got[i]; (err != nil) != fails[kind] {
						t.Fatalf("%v: %d is answered %v", group, i, err)
					}
					wantNote := map[bool]string{true: "v"}[kind == "good" && got[i] == nil]
					if v := noteOf(t, s, key(i)); v != wantNote {
						t.Fatalf("%v: %d is answered %v and left %q", group, i, got[i], v)
					}
				}
				if v := noteOf(t, s, "ghost"); v != "" {
					t.Fatalf("%v: a ghost", group)
				}
			}
		}
	}
}

// TestGoexit: a test's FailNow in a function does not stop the store.
func TestGoexit(t *testing.T) {
	s := openTest(t, Options{Dir: t.TempDir()})
	err := s.Update(t.Context(), func(tx conversation.Tx) error { runtime.Goexit(); return nil })
	if !errors.Is(err, errGoexit) {
		t.Errorf("it is answered %v", err)
	}
	if err := s.Update(t.Context(), note("a", "v")); err != nil {
		t.Errorf("the next: %v", err)
	}
}

func TestPanicIsLogged(t *testing.T) {
	var log bytes.Buffer
	s := openTest(t, Options{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, nil))})
	err := s.Update(t.Context(), func(tx conversation.Tx) error { panic("wanted") })
	if err == nil || !strings.Contains(log.String(), "update_test.go") {
		t.Errorf("%v; the log, which should have the stack: %s", err, &log)
	}
}

// TestGroupsAreShared: while a function holds the transaction, others gather and share the next commit.
func TestGroupsAreShared(t *testing.T) {
	s := openTest(t, Options{Dir: t.TempDir()})
	ids := func() (id int) {
		s.db.View(func(tx *bolt.Tx) error { id = tx.ID(); return nil })
		return id
	}
	before := ids()
	running, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		s.Update(context.Background(), func(tx conversation.Tx) error {
			close(running)
			<-release
			return note("first", "v")(tx)
		})
	})
	<-running
	const n = 50
	for i := range n {
		wg.Go(func() {
			if err := s.Update(context.Background(), note(fmt.Sprint(i), "v")); err != nil {
				t.Error(err)
			}
		})
	}
	deadline := time.Now().Add(10 * time.Second)
	for len(s.waiting) < n && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	close(release)
	wg.Wait()
	if commits := ids() - before; commits != 2 {
		t.Errorf("%d functions took %d commits", n+1, commits)
	}
}

// TestClose: whatever is answered nil is there; the rest is told that the store is closed.
func TestClose(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	answers := make([]error, 200)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = s.Update(context.Background(), note(fmt.Sprint(i), "v")) })
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if err := s.Update(t.Context(), note("late", "v")); !errors.Is(err, ErrClosed) {
		t.Errorf("update of a closed store: %v", err)
	}
	if err := s.View(t.Context(), func(conversation.Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("view of a closed store: %v", err)
	}
	if _, err := s.AppendMail(t.Context(), testRecord("m", nil), bytes.NewReader(nil)); !errors.Is(err, ErrClosed) {
		t.Errorf("append to a closed store: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	s = openTest(t, Options{Dir: dir})
	for i, err := range answers {
		if err != nil && !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		if got := noteOf(t, s, fmt.Sprint(i)) == "v"; got != (err == nil) {
			t.Errorf("%d: stored %v, answered %v", i, got, err)
		}
	}
}

// TestFailedCommit: after a commit that failed nobody is told that anything was stored.
func TestFailedCommit(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	if err := s.Update(t.Context(), note("before", "v")); err != nil {
		t.Fatal(err)
	}
	s.db.MaxSize = 1 // bbolt refuses to grow, in the middle of a commit
	got := groupOf(s, note("a", strings.Repeat("v", 1<<22)), note("b", "v"), func(conversation.Tx) error { return errGoexit })
	for i, err := range got {
		if !errors.Is(err, ErrFault) {
			t.Errorf("%d is answered %v", i, err)
		}
	}
	s.db.MaxSize = 0
	if err := s.Update(t.Context(), note("c", "v")); !errors.Is(err, ErrFault) {
		t.Errorf("the next update: %v", err)
	}
	if err := s.Room(); !errors.Is(err, ErrFault) {
		t.Errorf("room: %v", err)
	}
	if noteOf(t, s, "before") != "v" || noteOf(t, s, "b") != "" {
		t.Error("the state is not the one before")
	}
	s.Close()
	s = openTest(t, Options{Dir: dir})
	if err := s.Update(t.Context(), note("c", "v")); err != nil || noteOf(t, s, "before") != "v" {
		t.Errorf("after a restart: %v", err)
	}
}
