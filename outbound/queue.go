package outbound

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"recado/conversation"
)

// Jobs is the part of the domain that the queue works for. [conversation.Manager] is one.
type Jobs interface {
	LeaseDue(ctx context.Context, policy conversation.LeasePolicy) ([]*conversation.QueueItem, error)
	OutgoingMail(ctx context.Context, item *conversation.QueueItem) (conversation.Mail, error)
	MarkDot(ctx context.Context, id, owner string, lease time.Duration) error
	Attempted(ctx context.Context, a conversation.Attempt) error
	QueueNext(ctx context.Context) (time.Time, error)
}

// Options are what a Queue is made of.
type Options struct {
	Jobs Jobs
	// Relay is asked for each connection, so that a new channel file counts at once. It is called from
	// several goroutines.
	Relay func() Relay
	// Signers are the keys of a domain, several where selectors change; none: its mail leaves unsigned. It
	// is called from several goroutines. Nil: nothing is signed.
	Signers func(domain string) []Key
	// Connections is how many mails are sent at once; 0: 4.
	Connections int
	// Changed wakes the queue when something was stored; nil: only [Queue.Wake] and time do. The queue
	// never closes it, and takes no more from it once it is closed.
	Changed <-chan struct{}
	// Drain is how long Run waits, when it is to end, for mails that are being sent; 0: 20 s.
	Drain time.Duration
	Now   func() time.Time // nil: time.Now
	// Chance gives numbers in [0, 1), for waits that differ; nil: math/rand.
	Chance func() float64
	Log    *slog.Logger // nil: none
}

const (
	defaultConnections = 4
	defaultDrain       = 20 * time.Second
	// lease is longer than an attempt may take before its final dot (beforeDot), and than the relay's answer to
	// it may take (timeouts.dot): MarkDot renews it in between.
	lease     = 15 * time.Minute
	beforeDot = 14 * time.Minute
	// idle is how long a connection is kept for the next mail.
	idle = 5 * time.Second
	// mailsPerSession bounds what one connection carries: some relays bound it too, less politely.
	mailsPerSession = 100
	// longestWait bounds how long the queue believes in a time that it computed, since clocks are set.
	longestWait = time.Minute
	// storeWait is how long it waits after the store failed.
	storeWait = 5 * time.Second
)

// Queue sends what is due. Its methods may be called at the same time; Run only once.
type Queue struct {
	opts     Options
	timeouts timeouts
	wake     chan struct{}

	mu          sync.Mutex
	health      Health
	failures    int       // faults of the relay in a row
	pausedUntil time.Time // nothing is begun before
}

// New makes a queue. It does nothing before Run.
func New(o Options) *Queue {
	if o.Connections <= 0 {
		o.Connections = defaultConnections
	}
	if o.Drain <= 0 {
		o.Drain = defaultDrain
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Chance == nil {
		o.Chance = rand.Float64
	}
	if o.Signers == nil {
		o.Signers = func(string) []Key { return nil }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Queue{opts: o, timeouts: standardTimeouts, wake: make(chan struct{}, 1)}
}

// Wake makes the queue look for due mail now.
func (q *Queue) Wake() {
	select {
	case q.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// Run sends until ctx ends. Then it begins nothing new, waits for the mails that are being sent, breaks off
// after Options.Drain those that are not done, stores what became of them, and returns nil.
func (q *Queue) Run(ctx context.Context) error {
	sending, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	jobs := make(chan *conversation.QueueItem, q.opts.Connections)
	done := make(chan struct{}, 2*q.opts.Connections) // room for all that can still come after dispatch
	var workers sync.WaitGroup
	for range q.opts.Connections {
		workers.Go(func() { q.work(ctx, sending, jobs, done) })
	}
	q.dispatch(ctx, jobs, done)
	close(jobs)
	drain := time.AfterFunc(q.opts.Drain, func() { stop(errStopping) })
	defer drain.Stop()
	workers.Wait()
	return nil
}

// dispatch leases what is due for workers that are free, until ctx ends.
func (q *Queue) dispatch(ctx context.Context, jobs chan<- *conversation.QueueItem, done <-chan struct{}) {
	changed := q.opts.Changed
	busy := 0
	timer := time.NewTimer(longestWait)
	defer timer.Stop()
	for ctx.Err() == nil {
		items, wait := q.take(ctx, q.opts.Connections-busy, busy)
		for _, item := range items {
			busy++
			jobs <- item // never blocks: there is room for as many as there are workers
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-done:
			busy--
		case _, open := <-changed:
			if !open {
				changed = nil
			}
		case <-q.wake:
		case <-timer.C:
		}
	}
}

// take leases up to free items that are due, and says how long there is nothing more to take, unless
// something happens. After a fault of the relay, one mail at a time tries whether it is over.
func (q *Queue) take(ctx context.Context, free, busy int) ([]*conversation.QueueItem, time.Duration) {
	rest, trying := q.resting()
	switch {
	case free <= 0 || trying && busy > 0:
		return nil, longestWait // a worker that is done wakes us
	case rest > 0:
		return nil, min(rest, longestWait)
	case trying:
		free = 1
	}
	next, err := q.opts.Jobs.QueueNext(ctx)
	if err == nil {
		if next.IsZero() {
			return nil, longestWait
		}
		if wait := next.Sub(q.opts.Now()); wait > 0 {
			return nil, min(wait, longestWait)
		}
		var items []*conversation.QueueItem
		items, err = q.opts.Jobs.LeaseDue(ctx, conversation.LeasePolicy{
			Owner: conversation.NewID(q.opts.Now()), Limit: free, Lease: lease, Ask: q.opts.Relay().Ask,
		})
		if err == nil && len(items) > 0 {
			return items, 0 // perhaps there are more
		}
	}
	if err == nil {
		return nil, time.Second // the store's clock is behind ours, or all that was due waits for a person now
	}
	if ctx.Err() == nil {
		q.opts.Log.Error("the queue cannot be read", "error", err)
	}
	return nil, storeWait
}

// work sends items one after the other, over one connection as long as they come. It ends, what it
// holds sent or stored, when jobs is closed.
func (q *Queue) work(ctx, sending context.Context, jobs <-chan *conversation.QueueItem, done chan<- struct{}) {
	var s *session
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		timer.Reset(idle)
		select {
		case item, open := <-jobs:
			switch {
			case !open:
				s.quit()
				return
			case ctx.Err() != nil: // leased, not begun: back at once
				q.store(sending, item, conversation.Attempt{NextAt: q.opts.Now(), Last: item.Last})
			default:
				s = q.send(sending, s, item)
			}
			done <- struct{}{}
		case <-timer.C:
			s.quit()
			s = nil
		}
	}
}

// store writes what became of an item. It tries a few times: if it does not succeed, the lease runs out
// and the item is sent again.
func (q *Queue) store(ctx context.Context, item *conversation.QueueItem, a conversation.Attempt) {
	a.Item, a.Owner = item.ID, item.LeaseOwner
	ctx = context.WithoutCancel(ctx)
	var err error
	for try := range 3 {
		if try > 0 {
			time.Sleep(time.Duration(try) * time.Second)
		}
		if err = q.opts.Jobs.Attempted(ctx, a); err == nil {
			return
		}
		var told *conversation.Error
		if errors.As(err, &told) {
			break // the domain does not want it, and will not
		}
	}
	q.opts.Log.Error("what became of a mail could not be stored", "queue", item.ID, "protocol", item.Number, "error", err)
}
