package dnscheck

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"time"
)

// Bounds of what people may set off by asking again and again.
const (
	fresh    = 3 * time.Second // a report is given again
	atOnce   = 4               // checks, of as many domains
	maxKept  = 1000            // whose reports are remembered
	doneWait = "wait for the check of %s: %w"
)

// Keeper checks for people: one check of a domain at a time, whose report all who ask meanwhile, and for three seconds
// after, are given. It remembers each domain's last report until the process ends.
type Keeper struct {
	checker *Checker
	slots   chan struct{}

	mu     sync.Mutex
	last   map[string]kept
	flying map[string]*flight
}

// kept is a report, and what was asked for.
type kept struct {
	options Options
	report  *Report
}

// flight is a check under way. done is closed after report is set; nil: whoever made it went away.
type flight struct {
	options Options
	done    chan struct{}
	report  *Report
}

// NewKeeper makes a Keeper.
func NewKeeper(c *Checker) *Keeper {
	return &Keeper{checker: c, slots: make(chan struct{}, atOnce), last: map[string]kept{}, flying: map[string]*flight{}}
}

// Check is the report of a check that has just been made, or of a new one. The error is that of ctx.
func (k *Keeper) Check(ctx context.Context, o Options) (*Report, error) {
	for {
		f, mine, r := k.join(o)
		switch {
		case r != nil:
			return r, nil
		case mine:
			return k.fly(ctx, o, f)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, fmt.Errorf(doneWait, o.Domain, ctx.Err())
		}
		if f.report != nil && reflect.DeepEqual(f.options, o) {
			return f.report, nil
		}
	}
}

// Last is the last report of the domain by what it is checked for today; nil where there is none.
func (k *Keeper) Last(o Options) *Report {
	k.mu.Lock()
	defer k.mu.Unlock()
	if was, ok := k.last[o.Domain]; ok && reflect.DeepEqual(was.options, o) {
		return was.report
	}
	return nil
}

// join returns a fresh report, or the flight to wait for, or one that the caller is to make.
func (k *Keeper) join(o Options) (f *flight, mine bool, r *Report) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if was, ok := k.last[o.Domain]; ok && reflect.DeepEqual(was.options, o) && k.checker.now().Sub(was.report.CheckedAt) < fresh {
		return nil, false, was.report
	}
	if f := k.flying[o.Domain]; f != nil {
		return f, false, nil
	}
	f = &flight{options: o, done: make(chan struct{})}
	k.flying[o.Domain] = f
	return f, true, nil
}

// fly makes a check and lands whatever happens: one that nobody ends would be waited for until the process ends.
func (k *Keeper) fly(ctx context.Context, o Options, f *flight) (*Report, error) {
	defer k.land(o, f)
	select {
	case k.slots <- struct{}{}:
		defer func() { <-k.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf(doneWait, o.Domain, ctx.Err())
	}
	r := k.checker.Check(ctx, o)
	if ctx.Err() != nil { // what it says is that nobody waited for answers
		return nil, fmt.Errorf(doneWait, o.Domain, ctx.Err())
	}
	f.report = r
	return r, nil
}

func (k *Keeper) land(o Options, f *flight) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.flying, o.Domain)
	close(f.done)
	if f.report == nil {
		return
	}
	if len(k.last) >= maxKept {
		for domain := range k.last { // any: there are more domains than anybody looks at
			delete(k.last, domain)
			break
		}
	}
	k.last[o.Domain] = kept{o, f.report}
}
