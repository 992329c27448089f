package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"recado/conversation"
)

// maxGroup bounds how many functions share a commit, and so how long the first of them waits.
const maxGroup = 256

// ErrClosed is returned by a store that was closed.
var ErrClosed = errors.New("the store is closed")

// update is a function that waits for its transaction.
type update struct {
	fn    func(conversation.Tx) error
	begun atomic.Bool   // set by who comes first: the committer, or the end of its context
	err   error         // what the function returned when it last ran
	done  chan struct{} // closed when answer is set
	// answer is what Update returns.
	answer error
}

func (u *update) reply(err error) {
	u.answer = err
	close(u.done)
}

func (u *update) answered() bool {
	select {
	case <-u.done:
		return true
	default:
		return false
	}
}

// Update implements conversation.Store. Functions that wait while the last commit is being synced
// share the next one. fn must not call the store itself: it would wait for its own end.
func (s *Store) Update(ctx context.Context, fn func(conversation.Tx) error) error {
	if s.readOnly {
		return conversation.ErrReadOnly
	}
	if err := s.fault.get(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	u := &update{fn: fn, done: make(chan struct{})}
	select {
	case s.waiting <- u:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return ErrClosed
	}
	select {
	case <-u.done:
		return u.answer
	case <-ctx.Done():
		if u.begun.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	case <-s.stopped:
		// The committer answered what it took; what it did not take never begins.
		if u.begun.CompareAndSwap(false, true) {
			return ErrClosed
		}
	}
	<-u.done
	return u.answer
}

// commit is the committer: the only goroutine that writes. Close ends it, and waits for it.
func (s *Store) commit() {
	defer close(s.stopped)
	for {
		select {
		case <-s.closing:
			return
		case u := <-s.waiting:
			s.commitGroup(s.gather(u))
		}
	}
}

// gather takes what waits, without waiting for more.
func (s *Store) gather(first *update) []*update {
	group := make([]*update, 0, 16)
	take := func(u *update) {
		if u.begun.CompareAndSwap(false, true) {
			group = append(group, u)
		}
	}
	take(first)
	runtime.Gosched() // those that were answered just now may be about to come back
	for len(group) < maxGroup {
		select {
		case u := <-s.waiting:
			take(u)
		default:
			return group
		}
	}
	return group
}

// commitGroup returns when every function of the group has its answer. They run in a goroutine of their
// own: one that ends its goroutine (a test's FailNow) must end neither the committer nor the others.
func (s *Store) commitGroup(group []*update) {
	for len(group) > 0 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			for rest := group; len(rest) > 0; {
				rest = rest[s.attempt(rest):]
			}
		}()
		<-done
		group = slices.DeleteFunc(group, (*update).answered)
	}
}

var errGoexit = errors.New("the transaction's function ended its goroutine")

// attempt runs the group in one transaction, commits and answers, and returns how many of the group
// it dealt with. bbolt has no savepoint: when a function fails after it wrote, the transaction is
// thrown away. Those before it are run again without it; it begins the next attempt, and so sees
// nothing but what was committed, and its error, if it comes again, is its own.
func (s *Store) attempt(group []*update) int {
	w, err := s.begin()
	if err != nil {
		return answerAll(group, s.broken("begin a transaction", err))
	}
	defer w.rollback() // nothing once it is committed
	wrote := false
	for i, u := range group {
		t := &transaction{work: w}
		u.err = s.run(t, u)
		if u.err == nil || !t.wrote {
			wrote = wrote || t.wrote
			continue
		}
		w.rollback()
		if wrote {
			return s.attempt(group[:i])
		}
		for _, u := range group[:i+1] {
			u.reply(u.err)
		}
		return i + 1
	}
	if wrote {
		if err := s.finish(w); err != nil {
			return answerAll(group, s.broken("commit", err))
		}
	}
	w.rollback()
	for _, u := range group {
		u.reply(u.err)
	}
	if w.changed {
		s.watchers.signal()
	}
	return len(group)
}

func answerAll(group []*update, err error) int {
	for _, u := range group {
		u.reply(err)
	}
	return len(group)
}

func (s *Store) begin() (*work, error) {
	if err := s.fault.get(); err != nil {
		return nil, err
	}
	tx, err := s.db.Begin(true)
	if err != nil {
		return nil, err
	}
	return &work{tx: tx, now: s.now().UTC(), writable: true, end: s.logEnd}, nil
}

func (w *work) rollback() {
	if w.tx != nil {
		w.tx.Rollback() // its only error is that it was committed
		w.tx = nil
		w.buckets = [bucketCount]*bolt.Bucket{}
	}
}

// finish commits, together with how far the mail log is referred to.
func (s *Store) finish(w *work) error {
	if s.logEnd.before(w.end) {
		b := binary.BigEndian.AppendUint32(nil, w.end.segment)
		b = binary.BigEndian.AppendUint64(b, uint64(w.end.offset))
		if err := w.bucket(meta).Put(metaLogEnd, b); err != nil {
			return err
		}
	}
	if err := w.tx.Commit(); err != nil {
		return err
	}
	s.logEnd = w.end
	return nil
}

// run calls one function. Its panic becomes its error; the end of its goroutine is answered here, since
// nothing behind it will run.
func (s *Store) run(t *transaction, u *update) (err error) {
	returned := false
	defer func() {
		t.work = nil // whoever kept t learns of it at once
		if returned {
			return
		}
		p := recover()
		if p == nil {
			u.reply(errGoexit)
			return
		}
		s.log.Error("a transaction's function panicked", "panic", p, "stack", string(debug.Stack()))
		err = fmt.Errorf("panic in a transaction: %v", p)
	}()
	err = u.fn(t)
	returned = true
	if err == nil {
		err = t.fault
	}
	return err
}

// broken notes that the database can no longer be trusted to keep what it is given.
func (s *Store) broken(doing string, err error) error {
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return s.fault.set(s.log, doing, err)
}
