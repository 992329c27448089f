package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// result is a round of one server.
type result struct {
	connections int
	round       int
	server      int // its place among the servers
	took        time.Duration
	waits       []time.Duration // for each mail's 250, in order of their length
	processor   time.Duration   // of the server; below zero: not known
}

func (r result) rate() float64 { return float64(len(r.waits)) / r.took.Seconds() }

// measure runs all rounds. In each the servers take turns, so that whatever else the machine does at
// that time meets both; a round before them, which is not counted, opens the protocols and warms up.
func measure(ctx context.Context, o options, servers []*server, pool *mails, notes io.Writer) ([]result, error) {
	for _, s := range servers {
		warm := o
		warm.mails = len(pool.pool)
		if _, err := measureRound(ctx, warm, s, pool, 20); err != nil {
			return nil, fmt.Errorf("%s, warming up: %w", s.name, err)
		}
	}
	var results []result
	for round := range o.rounds {
		for _, connections := range o.connections {
			for i, s := range servers {
				r, err := measureRound(ctx, o, s, pool, connections)
				if err != nil {
					return nil, fmt.Errorf("%s, %d connections: %w", s.name, connections, err)
				}
				r.round, r.server = round, i
				results = append(results, r)
				fmt.Fprintf(notes, "round %d of %d, %d connections, %s: %.0f mails/s\n", round+1, o.rounds, connections, s.name, r.rate())
			}
		}
	}
	return results, nil
}

// measureRound sends over so many connections at a time until the round's time or mails are over.
func measureRound(ctx context.Context, o options, s *server, pool *mails, connections int) (result, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	before, err := processorTime(s)
	if err != nil {
		return result{}, err
	}
	var left atomic.Int64
	left.Store(int64(o.mails))
	start := time.Now()
	more := func() bool {
		switch {
		case ctx.Err() != nil:
			return false
		case o.mails > 0:
			return left.Add(-1) >= 0
		}
		return time.Since(start) < o.duration
	}
	waits := make([][]time.Duration, connections)
	var all sync.WaitGroup
	for i := range connections {
		all.Go(func() {
			var err error
			if waits[i], err = sendMails(ctx, o, s.addr, pool, more); err != nil {
				fail(err) // for all of them: the figure is void; the first tells why
			}
		})
	}
	all.Wait()
	r := result{connections: connections, took: time.Since(start), waits: slices.Concat(waits...), processor: -1}
	if ctx.Err() != nil {
		return r, context.Cause(ctx)
	}
	if len(r.waits) == 0 {
		return r, errors.New("no mail was sent in the time of a round")
	}
	slices.Sort(r.waits)
	after, err := processorTime(s)
	if err == nil && before >= 0 {
		r.processor = after - before
	}
	return r, err
}

// sendMails is one connection after the other, until there is no more to send.
func sendMails(ctx context.Context, o options, addr string, pool *mails, more func() bool) ([]time.Duration, error) {
	c := &client{addr: addr, to: o.to, pipeline: o.pipeline}
	defer c.close()
	var waits []time.Duration
	for more() {
		if c.conn == nil {
			if err := c.connect(ctx); err != nil {
				return nil, err
			}
		}
		m, id := pool.next()
		wait, err := c.send(m, id)
		if err != nil {
			return nil, err
		}
		waits = append(waits, wait)
		if o.perConnection > 0 && c.sent >= o.perConnection {
			if err := c.quit(); err != nil {
				return nil, err
			}
		}
	}
	if c.conn != nil {
		return waits, c.quit()
	}
	return waits, nil
}
