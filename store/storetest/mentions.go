package storetest

import (
	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

func testMentions(e *env) {
	put := func(id, number string, seq uint64, agents ...string) {
		e.Helper()
		m := entryOf(id, number, seq)
		m.Kind, m.ReceivedAt = conversation.KindNote, e.clock.now()
		for _, a := range agents {
			m.Mentions = append(m.Mentions, conversation.Mention{Agent: a})
		}
		e.update(func(tx conversation.Tx) error { return tx.PutMessage(m) })
	}
	list := func(agent string) []string {
		e.Helper()
		return e.all(1, named(func(tx conversation.Tx, p conversation.Page) ([]conversation.MentionPlace, string, error) {
			return tx.Mentions(agent, p)
		}, func(p conversation.MentionPlace) string { return p.Number + " " + p.Message }))
	}
	unread := func(agent string) []string {
		e.Helper()
		out := []string{}
		for _, p := range get(e, func(tx conversation.Tx) ([]conversation.MentionPlace, error) { return tx.UnreadMentions(agent, 9) }) {
			out = append(out, p.Number+" "+p.Message)
		}
		return out
	}
	same := func(what string, want, got []string) {
		e.Helper()
		if diff := gocmp.Diff(want, got); diff != "" {
			e.Errorf("%s: %s", what, diff)
		}
	}
	one, two := number(1), number(2)
	put("a", one, 1, "eva@o", "ev@o")
	e.clock.advance(1)
	put("b", one, 2, "eva@o")
	put("c", two, 1, "ev@o")
	same("newest first", []string{one + " b", one + " a"}, list("eva@o"))
	same("unread", []string{one + " a", one + " b"}, unread("eva@o"))

	at := e.clock.now()
	b := entryOf("b", two, 2)
	b.ReceivedAt, b.Mentions = at, []conversation.Mention{{Agent: "eva@o"}}
	e.update(func(tx conversation.Tx) error { return tx.PutMessage(b) })
	same("after one moved", []string{two + " b", one + " a"}, list("eva@o"))
	e.update(func(tx conversation.Tx) error { return tx.ReadMentions("eva@o", two) })
	same("after what moved was read", []string{one + " a"}, unread("eva@o"))
	same("another's", []string{one + " a", two + " c"}, unread("ev@o"))
	b.Number = one
	e.update(func(tx conversation.Tx) error { return tx.PutMessage(b) })
	same("what was read moves as read", []string{one + " a"}, unread("eva@o"))
	for n, want := range map[string]bool{one: true, two: false} {
		if got := get(e, func(tx conversation.Tx) (bool, error) { return tx.Mentioned("eva@o", n) }); got != want {
			e.Errorf("mentioned at %s: %t", n, got)
		}
	}
}
