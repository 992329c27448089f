package storetest

import (
	"fmt"
	"slices"

	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

// testHeldGroups compares the groups with what the model's mails come to.
func testHeldGroups(e *env, m heldModel) {
	e.Helper()
	for _, f := range []conversation.HeldFilter{{}, {Reason: conversation.HeldSpam}, {Departments: []string{"care"}}, {Departments: []string{}}} {
		want := map[string]string{}
		for _, id := range m.list(f) { // newest first
			h := m[id]
			k := fmt.Sprint(h.Reason, "/", h.Department, "/", h.Who())
			n := 0
			fmt.Sscanf(want[k], "%d", &n)
			last := h.ReceivedAt.String()
			if n > 0 {
				last = want[k][len(fmt.Sprint(n))+1:]
			}
			want[k] = fmt.Sprintf("%d %s", n+1, last)
		}
		got, order := map[string]string{}, []string{}
		names := e.all(3, named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.HeldGroup, string, error) {
			return tx.HeldGroups(f, p)
		}, func(g *conversation.HeldGroup) string {
			order = append(order, g.Last.Format("15:04:05.000000000"))
			k := fmt.Sprint(g.Reason, "/", g.Department, "/", g.Who)
			got[k] = fmt.Sprintf("%d %s", g.Count, g.Last)
			if g.First.After(g.Last) || m[g.Newest] == nil {
				e.Errorf("%s: from %v to %v, the newest is %s", k, g.First, g.Last, g.Newest)
			}
			return k
		}))
		if diff := gocmp.Diff(want, got); diff != "" || len(names) != len(want) {
			e.Errorf("groups of %+v (%d listed): %s", f, len(names), diff)
		}
		slices.Reverse(order)
		if !slices.IsSorted(order) {
			e.Errorf("groups of %+v are not newest first", f)
		}
		for k := range want {
			for _, id := range m.list(f) {
				h := m[id]
				if k != fmt.Sprint(h.Reason, "/", h.Department, "/", h.Who()) {
					continue
				}
				of := conversation.HeldFilter{Reason: h.Reason, Who: h.Who(), Departments: []string{h.Department}}
				list := e.all(2, named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.Held, string, error) {
					return tx.HeldList(of, p)
				}, func(h *conversation.Held) string { return h.ID }))
				if !slices.Contains(list, id) {
					e.Errorf("%s: the list of its group has not %s", k, id)
				}
			}
		}
	}
}
