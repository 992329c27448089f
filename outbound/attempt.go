package outbound

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"recado/conversation"
)

// send makes one attempt at an item and stores what came of it. It takes the worker's session, if there is
// one, and returns the one to keep, if it is any good.
func (q *Queue) send(ctx context.Context, s *session, item *conversation.QueueItem) *session {
	results, s := q.attempt(ctx, s, item)
	a := q.judge(ctx, item, results)
	q.store(ctx, item, a)
	q.tell(item, a)
	return s
}

// attempt is the part of send that talks to the relay: a result for every recipient.
func (q *Queue) attempt(ctx context.Context, s *session, item *conversation.QueueItem) ([]conversation.AttemptResult, *session) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(beforeDot, func() { cancel(errLate) })
	defer late.Stop()

	raw, err := q.opts.Jobs.OutgoingMail(ctx, item)
	if err != nil {
		q.opts.Log.Error("a mail in the queue cannot be read", "queue", item.ID, "protocol", item.Number, "error", err)
		return all(item, conversation.DeliveryDeferred, "", "the stored mail cannot be read; see the server's log"), s
	}
	defer raw.Close()
	mail, err := prepare(raw, raw.Size(), item.Domain, q.opts.Signers(item.Domain))
	switch {
	case errors.Is(err, errForm):
		return all(item, conversation.DeliveryFailed, "", clean(err.Error())), s
	case err != nil:
		q.opts.Log.Error("a mail in the queue cannot be signed", "queue", item.ID, "domain", item.Domain, "error", err)
		return all(item, conversation.DeliveryDeferred, "", "the mail cannot be read or signed; see the server's log"), s
	}
	e := envelope{
		returnPath: item.ReturnPath, recipients: item.Recipients, mail: mail,
		markDot: func(ctx context.Context) error { return q.opts.Jobs.MarkDot(ctx, item.ID, item.LeaseOwner, lease) },
		unhurry: func() { late.Stop() },
	}
	return q.overSession(ctx, s, item, e)
}

// overSession transmits over the session that is there, else over a new one.
func (q *Queue) overSession(ctx context.Context, s *session, item *conversation.QueueItem, e envelope) ([]conversation.AttemptResult, *session) {
	r := q.opts.Relay()
	if s != nil && (s.relay != r || s.sent >= mailsPerSession) {
		s.quit()
		s = nil
	}
	for {
		if s == nil {
			var f *fault
			if s, f = connect(ctx, r, q.timeouts); f != nil {
				if ctx.Err() == nil {
					q.relayFailed(f)
				}
				return all(item, conversation.DeliveryDeferred, f.code, f.reason), nil
			}
			q.relayAnswered()
		}
		results, ok, stale := s.transmit(ctx, e)
		if stale {
			s.close()
			s = nil
			continue // the next session is new, and those are not stale
		}
		if !ok {
			s.close()
			s = nil
		}
		list := make([]conversation.AttemptResult, 0, len(results))
		for _, recipient := range item.Recipients {
			list = append(list, results[recipient])
		}
		return list, s
	}
}

// all gives every recipient of the item the same result.
func all(item *conversation.QueueItem, state conversation.DeliveryState, code, reason string) []conversation.AttemptResult {
	list := make([]conversation.AttemptResult, 0, len(item.Recipients))
	for _, r := range item.Recipients {
		list = append(list, conversation.AttemptResult{Recipient: r, State: state, Code: code, Reason: reason})
	}
	return list
}

// judge decides when what did not succeed is tried again, or that it is given up.
func (q *Queue) judge(ctx context.Context, item *conversation.QueueItem, results []conversation.AttemptResult) conversation.Attempt {
	now, r := q.opts.Now(), q.opts.Relay()
	a := conversation.Attempt{Item: item.ID, Owner: item.LeaseOwner, Results: results, Ask: r.Ask}
	next, again := retry(item.Attempts, item.CreatedAt, now, r.giveUp(), q.opts.Chance())
	if ctx.Err() != nil {
		next, again = now, true // we broke it off ourselves: the next start goes on with it
	}
	a.NextAt = next
	for i := range a.Results {
		res := &a.Results[i]
		waits := res.State == conversation.DeliveryDeferred || res.State == conversation.DeliveryUncertain && !r.Ask
		if waits && !again {
			res.State = conversation.DeliveryFailed
			res.Reason = clean("given up after " + days(r.giveUp()) + "; last: " + res.Reason)
		}
		if res.State != conversation.DeliverySent || a.Last == "" {
			a.Last = last(*res)
		}
	}
	return a
}

// last is a result in one line.
func last(r conversation.AttemptResult) string {
	if r.Code == "" {
		return r.Reason
	}
	return r.Code + " " + r.Reason
}

// tell logs what became of each recipient.
func (q *Queue) tell(item *conversation.QueueItem, a conversation.Attempt) {
	for _, r := range a.Results {
		level := slog.LevelInfo
		if r.State != conversation.DeliverySent {
			level = slog.LevelWarn
		}
		q.opts.Log.Log(context.Background(), level, string(r.State), "queue", item.ID, "protocol", item.Number,
			"message", item.Message, "recipient", r.Recipient, "attempt", item.Attempts, "code", r.Code, "reason", r.Reason)
	}
}
