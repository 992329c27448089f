package storetest

import (
	"fmt"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

func testQueue(e *env) {
	at := e.clock.now()
	item := func(id string, state conversation.QueueState, department string, created, next, lease int) *conversation.QueueItem {
		q := &conversation.QueueItem{ID: id, State: state, Department: department, CreatedAt: at.Add(time.Duration(created) * time.Second)}
		q.NextAt = at.Add(time.Duration(next) * time.Second)
		if lease != 0 {
			q.LeaseUntil = at.Add(time.Duration(lease) * time.Second)
		}
		return q
	}
	put := func(items ...*conversation.QueueItem) {
		e.Helper()
		e.update(func(tx conversation.Tx) error {
			for _, q := range items {
				if err := tx.PutQueueItem(q); err != nil {
					return err
				}
			}
			return nil
		})
	}
	due := func(seconds, limit int) []string {
		ids := []string{}
		list := get(e, func(tx conversation.Tx) ([]*conversation.QueueItem, error) {
			return tx.QueueDue(at.Add(time.Duration(seconds)*time.Second), limit)
		})
		for _, q := range list {
			ids = append(ids, q.ID)
		}
		return ids
	}
	check := func(what string, got, want any) {
		e.Helper()
		if diff := gocmp.Diff(want, got); diff != "" {
			e.Errorf("%s: %s", what, diff)
		}
	}
	next := func() time.Time {
		return get(e, func(tx conversation.Tx) (time.Time, error) { return tx.QueueNext() })
	}
	check("nothing waits", next(), time.Time{})
	full := item("full", conversation.QueueSending, "care", 0, 5, 9)
	full.Recipients, full.Raw, full.LeaseOwner, full.DotSent = []string{"a@x"}, conversation.MailRef{Segment: 1, Length: 3}, "o", true
	put(full)
	check("round trip", get(e, func(tx conversation.Tx) (*conversation.QueueItem, error) { return tx.QueueItem("full") }), full)
	e.update(func(tx conversation.Tx) error { return tx.DeleteQueueItem("full") })
	e.update(func(tx conversation.Tx) error { return tx.DeleteQueueItem("full") })

	put(item("a", conversation.QueueWaiting, "care", 3, 10, 0), item("b", conversation.QueueDeferred, "sales", 1, 5, 0),
		item("c", conversation.QueueSending, "care", 2, 1, 20), item("d", conversation.QueueUncertain, "hr", 4, 1, 1))
	check("before", due(4, 10), []string{})
	check("at the time", due(5, 10), []string{"b"})
	check("all", due(100, 10), []string{"b", "a", "c"})
	check("at most one", due(100, 1), []string{"b"})
	check("next", next(), at.Add(5*time.Second))
	put(item("b", conversation.QueueUncertain, "sales", 1, 5, 0), item("c", conversation.QueueDeferred, "care", 2, 30, 20), item("d", conversation.QueueWaiting, "hr", 4, 7, 0))
	check("states changed", due(100, 10), []string{"d", "a", "c"})
	e.update(func(tx conversation.Tx) error { return tx.DeleteQueueItem("d") })
	check("one is gone", due(100, 10), []string{"a", "c"})

	of := func(number string) []string {
		ids := []string{}
		for _, q := range get(e, func(tx conversation.Tx) ([]*conversation.QueueItem, error) { return tx.QueueOf(number) }) {
			ids = append(ids, q.ID)
		}
		return ids
	}
	first, second := item("n1", conversation.QueueWaiting, "care", 5, 40, 0), item("n2", conversation.QueueUncertain, "care", 6, 40, 0)
	first.Number, second.Number = number(1), number(1)
	put(second, first)
	check("of a protocol", of(number(1)), []string{"n1", "n2"})
	first.Number = number(2)
	put(first)
	check("of a protocol that one left", of(number(1)), []string{"n2"})
	check("of the one that it came to", of(number(2)), []string{"n1"})
	e.update(func(tx conversation.Tx) error { return tx.DeleteQueueItem("n1") })
	e.update(func(tx conversation.Tx) error { return tx.DeleteQueueItem("n2") })
	check("of none", append(of(number(1)), of(number(2))...), []string{})

	list := func(departments []string) []string {
		return e.all(2, named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.QueueItem, string, error) {
			return tx.Queue(departments, p)
		}, func(q *conversation.QueueItem) string { return q.ID }))
	}
	check("everything, oldest first", list(nil), []string{"b", "c", "a"})
	check("of one department", list([]string{"care"}), []string{"c", "a"})
	check("of two", list([]string{"care", "sales"}), []string{"b", "c", "a"})
	check("of none", list([]string{}), []string{})
	put(&conversation.QueueItem{ID: "z", State: conversation.QueueWaiting})
	if n := next(); n.IsZero() || n.After(at) {
		e.Errorf("an item without a time is due at %v", n)
	}
}

func testAgents(e *env) {
	full := &conversation.Agent{Email: "eva@o", Name: "Eva", Role: conversation.RoleAdmin, Departments: []string{"care"}, Password: "$argon2id$", CreatedAt: e.clock.now()}
	e.update(func(tx conversation.Tx) error {
		if err := tx.PutAgent(&conversation.Agent{Email: "leo@o"}); err != nil {
			return err
		}
		return tx.PutAgent(full)
	})
	got := get(e, func(tx conversation.Tx) (*conversation.Agent, error) { return tx.Agent("eva@o") })
	if diff := gocmp.Diff(full, got); diff != "" {
		e.Error(diff)
	}
	list := named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.Agent, string, error) {
		return tx.Agents(p)
	},
		func(a *conversation.Agent) string { return a.Email })
	if diff := gocmp.Diff([]string{"eva@o", "leo@o"}, e.all(1, list)); diff != "" {
		e.Error(diff)
	}
}

func testSessions(e *env) {
	s := &conversation.Session{TokenHash: "t", Agent: "eva@o", CreatedAt: e.clock.now(), ExpiresAt: e.clock.now().Add(time.Hour), RemoteIP: "192.0.2.1"}
	load := func() *conversation.Session {
		return get(e, func(tx conversation.Tx) (*conversation.Session, error) { return tx.Session("t") })
	}
	put := func() { e.update(func(tx conversation.Tx) error { return tx.PutSession(s) }) }
	put()
	if diff := gocmp.Diff(s, load()); diff != "" {
		e.Error(diff)
	}
	e.clock.advance(time.Hour)
	if got := load(); got != nil {
		e.Errorf("an expired session is still one: %+v", got)
	}
	s.ExpiresAt = s.ExpiresAt.Add(time.Hour)
	put()
	if n := sweep(e, 10); n != 0 || load() == nil {
		e.Errorf("the session that was prolonged is swept with its old time (%d)", n)
	}
	e.update(func(tx conversation.Tx) error { return tx.DeleteSession("t") })
	if load() != nil {
		e.Error("a deleted session is still one")
	}
	e.clock.advance(24 * time.Hour)
	if n := sweep(e, 10); n != 0 {
		e.Errorf("the deleted session was swept (%d)", n)
	}
}

func testSessionsOf(e *env) {
	start := e.clock.now()
	put := func(token, agent string, began, life time.Duration) {
		e.update(func(tx conversation.Tx) error {
			return tx.PutSession(&conversation.Session{TokenHash: token, Agent: agent, CreatedAt: start.Add(began), ExpiresAt: start.Add(life)})
		})
	}
	put("first", "eva@o", 0, 3*time.Hour)
	put("short", "eva@o", time.Minute, time.Hour)
	put("last", "eva@o", 2*time.Minute, 3*time.Hour)
	put("other", "eva@o.example", 0, 3*time.Hour)
	put("last", "eva@o", 2*time.Minute, 4*time.Hour) // used, or prolonged
	list := named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.Session, string, error) {
		return tx.SessionsOf("eva@o", p)
	}, func(s *conversation.Session) string { return s.TokenHash })
	want := func(when string, tokens ...string) {
		e.Helper()
		if diff := gocmp.Diff(tokens, e.all(1, list)); diff != "" {
			e.Errorf("%s: %s", when, diff)
		}
	}
	want("all", "last", "short", "first")
	e.clock.advance(time.Hour)
	want("one has expired", "last", "first")
	if n := sweep(e, 10); n != 1 {
		e.Errorf("swept %d, want the one that expired", n)
	}
	want("it is swept", "last", "first")
	e.update(func(tx conversation.Tx) error { return tx.DeleteSession("last") })
	want("one is deleted", "first")
}

func testReadMarks(e *env) {
	put := func(agent, number string, n int) {
		e.update(func(tx conversation.Tx) error { return tx.PutReadMark(agent, number, n) })
	}
	put("eva@o", number(1), 3)
	put("leo@o", number(1), 5)
	put("leo@o", number(1), 4)
	put("", number(2), 7)
	for _, c := range []struct {
		agent, number string
		want          int
	}{{"eva@o", number(1), 3}, {"leo@o", number(1), 4}, {"eva@o", number(2), 0}, {"", number(2), 7}, {"", number(3), 0}} {
		got := get(e, func(tx conversation.Tx) (int, error) { return tx.ReadMark(c.agent, c.number) })
		if got != c.want {
			e.Errorf("%q has read %d of %s, not %d", c.agent, got, c.number, c.want)
		}
	}
}

func testNotes(e *env) {
	at := e.clock.now()
	list := []time.Time{at.Add(-time.Minute), at, at.Add(time.Nanosecond)}
	e.update(func(tx conversation.Tx) error {
		if err := tx.PutTimes("mails/a@x", list, at.Add(time.Hour)); err != nil {
			return err
		}
		if err := tx.PutNote("kept", "v", time.Time{}); err != nil {
			return err
		}
		if err := tx.PutNote("gone", "v", time.Time{}); err != nil {
			return err
		}
		if err := tx.PutNote("gone", "", time.Time{}); err != nil {
			return err
		}
		return tx.PutNote("hour", "v", at.Add(time.Hour))
	})
	load := func(name string) []time.Time {
		return get(e, func(tx conversation.Tx) ([]time.Time, error) { return tx.Times(name) })
	}
	if diff := gocmp.Diff(list, load("mails/a@x")); diff != "" {
		e.Error(diff)
	}
	if got := load("mails/b@x"); len(got) != 0 {
		e.Errorf("times of nobody: %v", got)
	}
	check := func(when string, want ...string) {
		e.Helper()
		if diff := gocmp.Diff(want, []string{e.note("kept"), e.note("gone"), e.note("hour")}); diff != "" {
			e.Errorf("%s: %s", when, diff)
		}
	}
	check("now", "v", "", "v")
	e.clock.advance(time.Hour - 1)
	check("before the hour", "v", "", "v")
	e.clock.advance(1)
	check("after the hour", "v", "", "")
	e.update(func(tx conversation.Tx) error { return tx.PutTimes("mails/a@x", nil, e.clock.now().Add(time.Hour)) })
	if got := load("mails/a@x"); len(got) != 0 {
		e.Errorf("times that were put away: %v", got)
	}
}

func sweep(e *env, limit int) (n int) {
	e.Helper()
	e.update(func(tx conversation.Tx) (err error) {
		n, err = tx.Sweep(limit)
		return err
	})
	return n
}

func testSweep(e *env) {
	at := e.clock.now()
	e.update(func(tx conversation.Tx) error {
		for i := range 10 {
			soon := at.Add(time.Duration(i) * time.Minute)
			if err := tx.PutNote(fmt.Sprint("n", i), "v", soon); err != nil {
				return err
			}
			if err := tx.PutTimes(fmt.Sprint("t", i), []time.Time{at}, soon); err != nil {
				return err
			}
			if err := tx.PutSession(&conversation.Session{TokenHash: fmt.Sprint("s", i), ExpiresAt: soon}); err != nil {
				return err
			}
		}
		// Moved: its old time must not take it.
		if err := tx.PutNote("n0", "v", at.Add(time.Hour)); err != nil {
			return err
		}
		return tx.PutNote("for good", "v", time.Time{})
	})
	e.clock.advance(4*time.Minute + time.Second)
	var swept []int
	for {
		n := sweep(e, 6)
		swept = append(swept, n)
		if n == 0 {
			break
		}
	}
	if diff := gocmp.Diff([]int{6, 6, 2, 0}, swept); diff != "" { // 5 of each kind, but the note that moved
		e.Error(diff)
	}
	if e.note("n0") != "v" || e.note("n5") != "v" || e.note("for good") != "v" || e.note("n4") != "" {
		e.Error("the wrong notes went")
	}
	e.clock.advance(100 * 365 * 24 * time.Hour)
	if n := sweep(e, 100); n != 16 {
		e.Errorf("at the end %d went", n)
	}
	if e.note("for good") != "v" {
		e.Error("what is kept for good went")
	}
}
