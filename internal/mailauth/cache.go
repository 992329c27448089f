package mailauth

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Bounds of what is remembered of the DNS. The senders of a busy hour are few; a stranger who makes us
// ask for names without end pushes others' answers out and no more.
const (
	maxCached      = 4096            // answers
	maxCachedSize  = 4 << 10         // octets of one answer; larger ones are asked for again
	maxCachedFor   = time.Hour       // whatever a TTL says: a key that was revoked is heard of
	maxCachedNo    = 5 * time.Minute // for a no: a record that was just published is heard of soon
	evictionSample = 8               // answers that are looked at to find one to forget
)

// question is what an answer is remembered by.
type question struct {
	name string // lower case (RFC 4343)
	kind uint16
}

// cache remembers answers as long as their TTL allows (RFC 1035, 3.2.1; RFC 2308 for a no), and lets those
// who ask the same at the same time wait for one answer. What did not answer is not remembered.
type cache struct {
	now func() time.Time // nil: time.Now

	mu      sync.Mutex
	answers map[question]cached
	asking  map[question]*flight
}

type cached struct {
	msg   *dns.Msg // shared: nobody changes it
	until time.Time
}

// flight is one question under way. done is closed by the one who asks, after msg, err and gaveUp are set.
type flight struct {
	done   chan struct{}
	msg    *dns.Msg
	err    error
	gaveUp bool // who asked had no more time, which says nothing to those who wait
}

// get returns the answer that is remembered, or waits for the one that is under way, or asks.
func (c *cache) get(ctx context.Context, name string, kind uint16, ask func() (*dns.Msg, error)) (*dns.Msg, error) {
	q := question{strings.ToLower(name), kind}
	for {
		f, mine, msg := c.join(q)
		switch {
		case msg != nil:
			return msg, nil
		case mine:
			return c.fly(ctx, q, f, ask)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, temporary(name, "", nil, ctx.Err())
		}
		if !f.gaveUp {
			return f.msg, f.err
		}
	}
}

// fly asks, and lands whatever happens: a question that nobody ends would be waited for until the process ends.
func (c *cache) fly(ctx context.Context, q question, f *flight, ask func() (*dns.Msg, error)) (*dns.Msg, error) {
	f.gaveUp = true
	defer c.land(q, f)
	f.msg, f.err = ask()
	f.gaveUp = f.err != nil && ctx.Err() != nil
	return f.msg, f.err
}

// join returns a remembered answer, or the flight to wait for, or one that the caller is to make.
func (c *cache) join(q question) (f *flight, mine bool, msg *dns.Msg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, ok := c.answers[q]; ok {
		if c.time().Before(a.until) {
			return nil, false, a.msg
		}
		delete(c.answers, q)
	}
	if f := c.asking[q]; f != nil {
		return f, false, nil
	}
	if c.asking == nil {
		c.answers, c.asking = map[question]cached{}, map[question]*flight{}
	}
	f = &flight{done: make(chan struct{})}
	c.asking[q] = f
	return f, true, nil
}

// land ends a flight and remembers its answer.
func (c *cache) land(q question, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.asking, q)
	close(f.done)
	if f.msg == nil {
		return
	}
	life := lifetime(f.msg)
	if life <= 0 || f.msg.Len() > maxCachedSize {
		return
	}
	if len(c.answers) >= maxCached {
		c.forgetOne()
	}
	c.answers[q] = cached{f.msg, c.time().Add(life)}
}

// forgetOne drops, of a few that come first in the map's random order, the one that ends first.
func (c *cache) forgetOne() {
	var first question
	var until time.Time
	seen := 0
	for q, a := range c.answers {
		if seen == 0 || a.until.Before(until) {
			first, until = q, a.until
		}
		if seen++; seen == evictionSample {
			break
		}
	}
	delete(c.answers, first)
}

func (c *cache) time() time.Time {
	if c.now != nil {
		return c.now()
	}
	return time.Now()
}

// lifetime is how long an answer may be remembered: as its shortest TTL says, and for a no besides as the
// zone's SOA says (RFC 2308, 5), without which a no is not remembered.
func lifetime(m *dns.Msg) time.Duration {
	limit := maxCachedFor
	shorten := func(seconds uint32) { limit = min(limit, time.Duration(seconds)*time.Second) }
	asked, yes := m.Question[0].Qtype, false
	for _, rr := range m.Answer {
		shorten(rr.Header().Ttl)
		yes = yes || rr.Header().Rrtype == asked
	}
	if yes {
		return limit
	}
	for _, rr := range m.Ns {
		if soa, ok := rr.(*dns.SOA); ok {
			shorten(min(soa.Hdr.Ttl, soa.Minttl))
			return min(limit, maxCachedNo)
		}
	}
	return 0
}
