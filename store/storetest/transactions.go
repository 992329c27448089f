package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"recado/conversation"
)

func testTransactions(e *env) {
	e.fresh("own writes are seen, and kept", func(e *env) {
		e.update(func(tx conversation.Tx) error {
			if err := tx.PutNote("a", "1", time.Time{}); err != nil {
				return err
			}
			if v, err := tx.Note("a"); v != "1" || err != nil {
				e.Errorf("within: %q, %v", v, err)
			}
			return nil
		})
		if v := e.note("a"); v != "1" {
			e.Errorf("after: %q", v)
		}
	})
	e.fresh("an error is returned as it is, and leaves nothing", func(e *env) {
		e.update(putNote("a", "before"))
		err := e.s.Update(context.Background(), func(tx conversation.Tx) error {
			if err := tx.PutNote("a", "after", time.Time{}); err != nil {
				return err
			}
			if err := tx.AddChange(&conversation.Change{}); err != nil {
				return err
			}
			return errWanted
		})
		if !errors.Is(err, errWanted) {
			e.Errorf("error: %v", err)
		}
		if v := e.note("a"); v != "before" {
			e.Errorf("after: %q", v)
		}
		e.update(func(tx conversation.Tx) error {
			c := &conversation.Change{}
			if err := tx.AddChange(c); c.Seq != 1 {
				e.Errorf("the change is number %d: the one that failed left a gap (%v)", c.Seq, err)
			}
			return nil
		})
	})
	e.fresh("a panic is an error, and leaves nothing", func(e *env) {
		err := e.s.Update(context.Background(), func(tx conversation.Tx) error {
			if err := tx.PutNote("a", "1", time.Time{}); err != nil {
				return err
			}
			panic("wanted")
		})
		if err == nil {
			e.Error("no error")
		}
		if v := e.note("a"); v != "" {
			e.Errorf("after: %q", v)
		}
		e.update(putNote("a", "2"))
	})
	e.fresh("time stands still, in UTC", func(e *env) {
		e.update(func(tx conversation.Tx) error {
			before := tx.Now()
			e.clock.advance(time.Hour)
			if !tx.Now().Equal(before) || tx.Now().Location() != time.UTC {
				e.Errorf("now: %v, then %v", before, tx.Now())
			}
			return nil
		})
	})
	e.fresh("a context that ended begins nothing", func(e *env) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		never := func(conversation.Tx) error {
			e.Error("it was run")
			return nil
		}
		if err := e.s.Update(ctx, never); !errors.Is(err, context.Canceled) {
			e.Errorf("update: %v", err)
		}
		if err := e.s.View(ctx, never); !errors.Is(err, context.Canceled) {
			e.Errorf("view: %v", err)
		}
	})
	e.fresh("a View sees one state", testOneState)
	e.fresh("a View writes nothing", testViewWrites)
}

func testOneState(e *env) {
	e.update(putNote("a", "1"))
	e.view(func(tx conversation.Tx) error {
		first, err := tx.Note("a")
		if err != nil {
			return err
		}
		done := make(chan error)
		go func() { done <- e.s.Update(context.Background(), putNote("a", "2")) }()
		if err := <-done; err != nil {
			return err
		}
		second, err := tx.Note("a")
		if first != "1" || second != "1" {
			e.Errorf("first %q, then %q", first, second)
		}
		return err
	})
	if v := e.note("a"); v != "2" {
		e.Errorf("after: %q", v)
	}
}

func testViewWrites(e *env) {
	for name, write := range writes() {
		err := e.s.View(context.Background(), write)
		if !errors.Is(err, conversation.ErrReadOnly) {
			e.Errorf("%s in a View: %v", name, err)
		}
	}
}

// writes are all methods that write.
func writes() map[string]func(conversation.Tx) error {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	return map[string]func(conversation.Tx) error{
		"NextNumber":      func(tx conversation.Tx) error { _, err := tx.NextNumber("20261123"); return err },
		"PutProtocol":     func(tx conversation.Tx) error { return tx.PutProtocol(protocolOf(number(1), "a@x", "care", now)) },
		"PutMessage":      func(tx conversation.Tx) error { return tx.PutMessage(entryOf("m", number(1), 1)) },
		"PutSeen":         func(tx conversation.Tx) error { return tx.PutSeen(conversation.Key{Sender: "a"}, "i", [32]byte{}, "m") },
		"PutHeld":         func(tx conversation.Tx) error { return tx.PutHeld(&conversation.Held{ID: "h"}) },
		"DeleteHeld":      func(tx conversation.Tx) error { return tx.DeleteHeld("h") },
		"AddJournal":      func(tx conversation.Tx) error { return tx.AddJournal(&conversation.JournalLine{}) },
		"AddAudit":        func(tx conversation.Tx) error { return tx.AddAudit(&conversation.AuditLine{Action: "a.b"}) },
		"TrimAudit":       func(tx conversation.Tx) error { _, err := tx.TrimAudit(now, 1); return err },
		"PutQueueItem":    func(tx conversation.Tx) error { return tx.PutQueueItem(&conversation.QueueItem{ID: "q"}) },
		"DeleteQueueItem": func(tx conversation.Tx) error { return tx.DeleteQueueItem("q") },
		"PutContact":      func(tx conversation.Tx) error { return tx.PutContact(&conversation.Contact{Key: "a@x"}) },
		"PutAgent":        func(tx conversation.Tx) error { return tx.PutAgent(&conversation.Agent{Email: "a@x"}) },
		"PutToken":        func(tx conversation.Tx) error { return tx.PutToken(&conversation.Token{ID: "i", Hash: "h"}) },
		"DeleteToken":     func(tx conversation.Tx) error { return tx.DeleteToken("i") },
		"PutSecondStep": func(tx conversation.Tx) error {
			return tx.PutSecondStep(&conversation.SecondStep{Agent: "a@x"})
		},
		"DeleteSecondStep": func(tx conversation.Tx) error { return tx.DeleteSecondStep("a@x") },
		"PutSession":       func(tx conversation.Tx) error { return tx.PutSession(&conversation.Session{TokenHash: "t"}) },
		"DeleteSession":    func(tx conversation.Tx) error { return tx.DeleteSession("t") },
		"PutReadMark":      func(tx conversation.Tx) error { return tx.PutReadMark("a", number(1), 1) },
		"PutTimes":         func(tx conversation.Tx) error { return tx.PutTimes("n", []time.Time{now}, now) },
		"PutNote":          putNote("n", "v"),
		"Sweep":            func(tx conversation.Tx) error { _, err := tx.Sweep(1); return err },
		"AddChange":        func(tx conversation.Tx) error { return tx.AddChange(&conversation.Change{}) },
	}
}

func testConcurrency(e *env) {
	e.fresh("a hundred open one key: one wins", testOneWins)
	e.fresh("nothing is lost between reading and writing", testNoLostUpdate)
	e.fresh("failures concern nobody else", testFailuresApart)
	e.fresh("what was not committed is never seen", testNoDirtyRead)
	e.fresh("the end of a context", testContextEnds)
}

// together runs fn n times at once.
func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

func testOneWins(e *env) {
	key := conversation.Key{Sender: "ana@example.com"}
	var opened, joined atomic.Int32
	together(100, func(i int) {
		var mine bool
		err := e.s.Update(context.Background(), func(tx conversation.Tx) error {
			mine = false
			p, err := tx.OpenProtocol(key)
			if err != nil {
				return err
			}
			if p == nil {
				n, err := tx.NextNumber("20261123")
				if err != nil {
					return err
				}
				p = protocolOf(n, key.Sender, "care", tx.Now())
				mine = true
			}
			p.Messages++
			return tx.PutProtocol(p)
		})
		switch {
		case err != nil:
			e.Errorf("%d: %v", i, err)
		case mine:
			opened.Add(1)
		default:
			joined.Add(1)
		}
	})
	if opened.Load() != 1 || joined.Load() != 99 {
		e.Errorf("%d opened, %d joined", opened.Load(), joined.Load())
	}
	p := get(e, func(tx conversation.Tx) (*conversation.Protocol, error) { return tx.OpenProtocol(key) })
	if p == nil || p.Messages != 100 || p.Version != 100 || p.Number != number(1) {
		e.Errorf("the protocol: %+v", p)
	}
}

func testNoLostUpdate(e *env) {
	together(40, func(i int) {
		for range 5 {
			err := e.s.Update(context.Background(), func(tx conversation.Tx) error {
				n, err := tx.ReadMark("a", "n")
				if err != nil {
					return err
				}
				return tx.PutReadMark("a", "n", n+1)
			})
			if err != nil {
				e.Error(err)
			}
		}
	})
	if n := get(e, func(tx conversation.Tx) (int, error) { return tx.ReadMark("a", "n") }); n != 200 {
		e.Errorf("200 times one more: %d", n)
	}
}

func testFailuresApart(e *env) {
	const n = 120
	fails := func(i int) bool { return i%5 == 1 || i%7 == 2 || i%11 == 3 }
	together(n, func(i int) {
		err := e.s.Update(context.Background(), func(tx conversation.Tx) error {
			if i%11 == 3 {
				return errWanted // before it wrote
			}
			if err := tx.PutNote(fmt.Sprint(i), "kept", time.Time{}); err != nil {
				return err
			}
			if err := tx.AddJournal(&conversation.JournalLine{Recipient: fmt.Sprint(i)}); err != nil {
				return err
			}
			if i%5 == 1 {
				return errWanted // after it wrote
			}
			if i%7 == 2 {
				panic("wanted")
			}
			return nil
		})
		if (err != nil) != fails(i) {
			e.Errorf("%d: %v", i, err)
		}
	})
	good := 0
	for i := range n {
		want := ""
		if !fails(i) {
			want = "kept"
			good++
		}
		if v := e.note(fmt.Sprint(i)); v != want {
			e.Errorf("%d: %q, not %q", i, v, want)
		}
	}
	lines := get(e, func(tx conversation.Tx) ([]*conversation.JournalLine, error) {
		l, _, err := tx.Journal(conversation.JournalFilter{}, conversation.Page{Limit: 500})
		return l, err
	})
	if len(lines) != good || len(lines) > 0 && lines[0].Seq != uint64(good) {
		e.Errorf("%d lines, the newest is %+v; %d functions succeeded", len(lines), lines[0], good)
	}
}

// testNoDirtyRead has functions that fail after writing, beside some that answer by what they see.
func testNoDirtyRead(e *env) {
	errSeen := errors.New("it saw what was never committed")
	for range 20 {
		together(16, func(i int) {
			if i%2 == 0 {
				e.s.Update(context.Background(), func(tx conversation.Tx) error {
					if err := tx.PutNote("ghost", "boo", time.Time{}); err != nil {
						return err
					}
					return errWanted
				})
				return
			}
			err := e.s.Update(context.Background(), func(tx conversation.Tx) error {
				if v, err := tx.Note("ghost"); v != "" || err != nil {
					return errors.Join(errSeen, err)
				}
				return tx.PutNote(fmt.Sprint(i), "1", time.Time{})
			})
			if err != nil {
				e.Error(err)
			}
		})
	}
}

// testContextEnds: whatever Update answers is true of what was stored.
func testContextEnds(e *env) {
	var stored sync.Map
	together(60, func(i int) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		if i%3 == 0 {
			go cancel()
		}
		err := e.s.Update(ctx, putNote(fmt.Sprint(i), "1"))
		if err != nil && !errors.Is(err, context.Canceled) {
			e.Errorf("%d: %v", i, err)
		}
		stored.Store(i, err == nil)
	})
	for i := range 60 {
		ok, _ := stored.Load(i)
		if got := e.note(fmt.Sprint(i)) == "1"; got != ok {
			e.Errorf("%d: stored %v, answered %v", i, got, ok)
		}
	}
}
