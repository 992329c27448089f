package outbound

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Health is what is known of the relay; times are zero before anything happened.
type Health struct {
	LastSuccess time.Time // a session was opened, secured and logged in
	LastError   time.Time
	Error       string // of LastError: what is wrong and what to look at
	Stage       string // of LastError: how far it came, "connect", "EHLO", "TLS" or "AUTH"
}

// OK tells whether the latest that happened was a success, or nothing has happened yet.
func (h Health) OK() bool { return h.LastError.IsZero() || !h.LastSuccess.Before(h.LastError) }

// Health is how the relay fared lately.
func (q *Queue) Health() Health {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.health
}

// Check opens a session with the relay as for a mail and ends it, and notes in Health how that went.
func (q *Queue) Check(ctx context.Context) error {
	s, f := connect(ctx, q.opts.Relay(), q.timeouts)
	if f != nil {
		if ctx.Err() == nil {
			q.relayFailed(f)
		}
		return f
	}
	s.quit()
	q.relayAnswered()
	q.Wake() // what rested need not wait any longer
	return nil
}

// relayFailed notes a fault that would meet any mail, and lets the queue rest.
func (q *Queue) relayFailed(f *fault) {
	q.opts.Log.Error("the relay cannot be used", "relay", q.opts.Relay().Address, "stage", string(f.at), "code", f.code, "reason", f.reason, "error", f.err)
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.opts.Now()
	q.health.LastError, q.health.Error, q.health.Stage = now, f.Error(), string(f.at)
	if now.Before(q.pausedUntil) {
		return // mails that were under way together count once
	}
	q.failures++
	q.pausedUntil = now.Add(pause(q.failures))
}

func (q *Queue) relayAnswered() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.health.LastSuccess = q.opts.Now()
	q.failures, q.pausedUntil = 0, time.Time{}
}

// resting is how long nothing may be begun; trying tells that the relay failed last time.
func (q *Queue) resting() (rest time.Duration, trying bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pausedUntil.Sub(q.opts.Now()), q.failures > 0
}

// days writes a duration as people say it: "5 days", "1 day", else as Go does without zeros.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		n := strconv.Itoa(int(d / day))
		if d == day {
			return n + " day"
		}
		return n + " days"
	}
	switch {
	case d%time.Hour == 0:
		return strings.TrimSuffix(d.String(), "0m0s")
	case d%time.Minute == 0:
		return strings.TrimSuffix(d.String(), "0s")
	}
	return d.String()
}
