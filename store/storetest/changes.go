package storetest

import (
	"context"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

func changesAfter(e *env, after uint64, limit int) (seqs []uint64, first, last uint64) {
	e.Helper()
	e.view(func(tx conversation.Tx) error {
		seqs = []uint64{}
		list, f, l, err := tx.Changes(after, limit)
		for _, c := range list {
			seqs = append(seqs, c.Seq)
		}
		first, last = f, l
		return err
	})
	return seqs, first, last
}

func addChanges(e *env, n int) {
	e.Helper()
	e.update(func(tx conversation.Tx) error {
		for range n {
			if err := tx.AddChange(&conversation.Change{At: tx.Now(), Kind: conversation.ChangeMessage, Number: number(1)}); err != nil {
				return err
			}
		}
		return nil
	})
}

func testChanges(e *env) {
	type answer struct {
		Seqs        []uint64
		First, Last uint64
	}
	check := func(after uint64, limit int, want answer) {
		e.Helper()
		seqs, first, last := changesAfter(e, after, limit)
		if diff := gocmp.Diff(want, answer{seqs, first, last}); diff != "" {
			e.Errorf("after %d: %s", after, diff)
		}
	}
	check(0, 10, answer{[]uint64{}, 0, 0})
	addChanges(e, 5)
	check(0, 10, answer{[]uint64{1, 2, 3, 4, 5}, 1, 5})
	check(3, 10, answer{[]uint64{4, 5}, 1, 5})
	check(1, 2, answer{[]uint64{2, 3}, 1, 5})
	check(5, 10, answer{[]uint64{}, 1, 5})
	check(^uint64(0), 10, answer{[]uint64{}, 1, 5})
	full := &conversation.Change{At: e.clock.now(), Kind: conversation.ChangeHeld, Message: "m", Departments: []string{"care"}, Agent: "eva@o"}
	e.update(func(tx conversation.Tx) error { return tx.AddChange(full) })
	e.view(func(tx conversation.Tx) error {
		list, _, _, err := tx.Changes(5, 1)
		if diff := gocmp.Diff([]*conversation.Change{full}, list); diff != "" {
			e.Error(diff)
		}
		return err
	})
	e.fresh("old ones are forgotten", testOldChanges)
}

func testOldChanges(e *env) {
	if testing.Short() {
		e.Skip("stores 120,000 changes")
	}
	const all, batch = 120_000, 20_000
	for range all / batch {
		addChanges(e, batch)
	}
	seqs, first, last := changesAfter(e, 0, 1)
	if last != all {
		e.Errorf("the last is %d", last)
	}
	if kept := last - first + 1; kept < 10_000 || kept > 100_000 {
		e.Errorf("%d are kept, from %d on", kept, first)
	}
	if len(seqs) != 1 || seqs[0] != first {
		e.Errorf("the first that is given is %d, not %d", seqs, first)
	}
}

// signalled waits for a signal, or for the end of the channel.
func signalled(e *env, ch <-chan struct{}) (open bool) {
	e.Helper()
	select {
	case _, open = <-ch:
		return open
	case <-time.After(10 * time.Second):
		e.Fatal("no signal within ten seconds")
		return false
	}
}

func testWatch(e *env) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	a, b := e.s.Watch(ctx), e.s.Watch(context.Background())
	addChanges(e, 1)
	addChanges(e, 1) // nobody took the first signal: nothing waits for that
	for _, ch := range []<-chan struct{}{a, b} {
		if !signalled(e, ch) {
			e.Error("the channel is closed")
		}
	}
	// A signal comes after the commit: what it tells of can be read.
	addChanges(e, 1)
	signalled(e, a)
	if _, _, last := changesAfter(e, 0, 1); last != 3 {
		e.Errorf("the last change is %d", last)
	}
	cancel()
	for signalled(e, a) { // one may be on its way
	}
	addChanges(e, 1)
	if !signalled(e, b) {
		e.Error("the end of one context ended another's channel")
	}
	ended, end := context.WithCancel(context.Background())
	end()
	for signalled(e, e.s.Watch(ended)) {
	}
	if e.h.Close == nil {
		return
	}
	if err := e.h.Close(e.s); err != nil {
		e.Error(err)
	}
	for signalled(e, b) {
	}
	for signalled(e, e.s.Watch(context.Background())) {
	}
}
