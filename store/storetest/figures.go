package storetest

import (
	"fmt"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

func testFigures(e *env) {
	first := conversation.Durations{Count: 1, Seconds: 90}
	first.Spread[3] = 1
	add := func(day, department, agent string, f conversation.Figures) {
		e.Helper()
		e.update(func(tx conversation.Tx) error {
			return tx.AddFigures(conversation.Cell{Day: day, Department: department, Agent: agent}, &f)
		})
	}
	sums := func(departments []string, from, to string) map[string]string {
		e.Helper()
		return get(e, func(tx conversation.Tx) (map[string]string, error) {
			out := map[string]string{}
			err := tx.EachFigures(departments, from, to, func(c conversation.Cell, f *conversation.Figures) {
				out[c.Day+" "+c.Department+" "+c.Agent] += fmt.Sprint(f.Opened, f.Finalized, f.Reopened, f.Received, f.Sent, f.FirstAnswer.Count, f.FirstAnswer.Seconds, f.FirstAnswer.Spread[3], f.Resolution.Count)
			})
			return out, err
		})
	}
	day := func(departments ...string) string {
		e.Helper()
		return get(e, func(tx conversation.Tx) (string, error) { return tx.FirstFigures(departments) })
	}
	same := func(what string, want, got any) {
		e.Helper()
		if diff := gocmp.Diff(want, got); diff != "" {
			e.Errorf("%s: %s", what, diff)
		}
	}
	same("before anything", "", day("care"))
	add("20261123", "care", "eva@o", conversation.Figures{Sent: 1, FirstAnswer: first})
	add("20261123", "care", "eva@o", conversation.Figures{Sent: 2, Finalized: 1, FirstAnswer: first, Resolution: first})
	add("20261124", "care", "", conversation.Figures{Opened: 1, Received: 300})
	add("20261125", "care", "", conversation.Figures{Reopened: 1})
	add("20261122", "carefree", "", conversation.Figures{Opened: 7}) // begins like the other one
	one, two, three := "20261123 care eva@o", "20261124 care ", "20261125 care "
	is := map[string]string{one: "0 1 0 0 3 2 180 2 1", two: "1 0 0 300 0 0 0 0 0", three: "0 0 1 0 0 0 0 0 0", "20261122 carefree ": "7 0 0 0 0 0 0 0 0"}
	same("all", is, sums(nil, "20261101", "20261130"))
	same("of days", map[string]string{one: is[one], two: is[two]}, sums([]string{"care"}, "20261123", "20261124"))
	same("of a department that has none", map[string]string{}, sums([]string{"car"}, "20261101", "20261130"))
	same("of none", map[string]string{}, sums([]string{}, "20261101", "20261130"))
	same("the first day", "20261123", day("care"))
	same("of several", "20261122", day("care", "carefree", "car"))

	back := conversation.Durations{Count: -2, Seconds: -180}
	back.Spread[3] = -2
	add("20261123", "care", "eva@o", conversation.Figures{Sent: -1, FirstAnswer: back})
	same("taken back", map[string]string{one: "0 1 0 0 2 0 0 0 1"}, sums([]string{"care"}, "20261123", "20261123"))
	add("20261124", "care", "", conversation.Figures{Opened: -1, Received: -300})
	same("all of it taken back", map[string]string{}, sums([]string{"care"}, "20261124", "20261124"))
}

// testAwaited: who waits is counted by the protocol's own department and its agent.
func testAwaited(e *env) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	put := func(n int, change func(*conversation.Protocol)) {
		e.Helper()
		e.update(func(tx conversation.Tx) error {
			number := fmt.Sprintf("20261123-%06d", n)
			p, err := tx.Protocol(number)
			if err != nil {
				return err
			}
			if p == nil {
				p = &conversation.Protocol{Number: number, Status: conversation.Open, Key: conversation.Key{Sender: number}, Department: "care",
					WaitingSince: at.Add(-time.Duration(n) * time.Hour)}
			}
			if change != nil {
				change(p)
			}
			return tx.PutProtocol(p)
		})
	}
	waits := func(want []conversation.WaitingCount, departments ...string) {
		e.Helper()
		got := get(e, func(tx conversation.Tx) ([]conversation.WaitingCount, error) { return tx.Waiting(departments) })
		if diff := gocmp.Diff(want, got); diff != "" {
			e.Error(diff)
		}
	}
	count := func(department, agent string, n, hours int) conversation.WaitingCount {
		return conversation.WaitingCount{Department: department, Agent: agent, Count: n, Since: at.Add(-time.Duration(hours) * time.Hour)}
	}
	put(1, nil)
	put(2, func(p *conversation.Protocol) { p.SeenBy = []string{"sales"} })
	put(3, func(p *conversation.Protocol) { p.Agent = "eva@o" })
	put(4, func(p *conversation.Protocol) { p.WaitingSince = time.Time{} })
	waits([]conversation.WaitingCount{count("care", "", 2, 2), count("care", "eva@o", 1, 3)})
	waits(nil, "sales")
	put(2, func(p *conversation.Protocol) { p.Department, p.SeenBy = "sales", []string{"care"} })
	put(3, func(p *conversation.Protocol) { p.WaitingSince = time.Time{} })
	put(4, func(p *conversation.Protocol) { p.Agent, p.WaitingSince = "eva@o", at })
	put(5, func(p *conversation.Protocol) { p.Status, p.WaitingSince = conversation.Finalized, at })
	waits([]conversation.WaitingCount{count("care", "", 1, 1), count("care", "eva@o", 1, 0), count("sales", "", 1, 2)})
	waits([]conversation.WaitingCount{count("sales", "", 1, 2)}, "sales", "hr")
}
