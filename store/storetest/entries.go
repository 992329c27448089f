package storetest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recado/conversation"
	"recado/internal/message"
)

// sameAddr compares addresses, which have unexported fields.
var sameAddr = cmpopts.EquateComparable(netip.Addr{})

func entryOf(id, number string, seq uint64) *conversation.Message {
	return &conversation.Message{ID: id, Number: number, Seq: seq, Kind: conversation.KindIn}
}

func testMessages(e *env) {
	full := entryOf("m1", number(1), 1)
	full.From = conversation.ContactRef{Address: "ana@x", Name: "Ana"}
	full.To = []message.Address{{Name: "B", Address: "b@x"}}
	full.MessageID, full.References = "a@b", []string{"c@d"}
	full.Date, full.ReceivedAt = e.clock.now().Add(-time.Hour), e.clock.now()
	full.Auth = &conversation.Auth{Verdict: conversation.Verified, Evidence: []string{"dkim"}}
	full.Flags = []conversation.Flag{conversation.FlagReplyTo}
	full.Deliveries = []conversation.Delivery{{Recipient: "b@x", State: conversation.DeliverySent}}
	full.Trace = []conversation.TraceStep{{Step: "address", Fact: "x"}}
	full.Envelope = &conversation.Envelope{RemoteIP: netip.MustParseAddr("2001:db8::1"), Recipients: []string{"b@x"}}
	e.update(func(tx conversation.Tx) error { return tx.PutMessage(full) })
	load := func(id string) *conversation.Message {
		return get(e, func(tx conversation.Tx) (*conversation.Message, error) { return tx.Message(id) })
	}
	if diff := gocmp.Diff(full, load("m1"), sameAddr); diff != "" {
		e.Error(diff)
	}
	if m := load("nowhere"); m != nil {
		e.Errorf("a message from nowhere: %+v", m)
	}
	e.fresh("order", testMessageOrder)
	e.fresh("moves and conflicts", testMessageMoves)
}

func messageIDs(e *env, number string, after uint64, limit int) []string {
	e.Helper()
	out := []string{}
	for _, m := range get(e, func(tx conversation.Tx) ([]*conversation.Message, error) { return tx.Messages(number, after, limit) }) {
		out = append(out, m.ID)
	}
	return out
}

func testMessageOrder(e *env) {
	e.update(func(tx conversation.Tx) error {
		for _, seq := range []uint64{3, 1, 300, 2, 20} { // as text 20 would stand before 3
			for _, n := range []int{1, 2} {
				if err := tx.PutMessage(entryOf(fmt.Sprintf("%d/%d", n, seq), number(n), seq)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, c := range []struct {
		after uint64
		limit int
		want  []string
	}{
		{0, 0, []string{"1/1", "1/2", "1/3", "1/20", "1/300"}},
		{0, 2, []string{"1/1", "1/2"}},
		{2, 2, []string{"1/3", "1/20"}},
		{300, 0, []string{}},
		{^uint64(0), 0, []string{}},
	} {
		if diff := gocmp.Diff(c.want, messageIDs(e, number(1), c.after, c.limit)); diff != "" {
			e.Errorf("after %d, at most %d: %s", c.after, c.limit, diff)
		}
	}
	if got := messageIDs(e, number(3), 0, 0); len(got) != 0 {
		e.Errorf("of a protocol without any: %q", got)
	}
}

func testMessageMoves(e *env) {
	put := func(m *conversation.Message) error {
		return e.s.Update(context.Background(), func(tx conversation.Tx) error { return tx.PutMessage(m) })
	}
	for _, m := range []*conversation.Message{entryOf("a", number(1), 1), entryOf("b", number(1), 2), entryOf("a", number(2), 5)} {
		if err := put(m); err != nil {
			e.Fatal(err)
		}
	}
	if err := put(entryOf("c", number(1), 2)); err == nil {
		e.Error("two messages are the same entry")
	}
	changed := entryOf("b", number(1), 2)
	changed.Text = "changed"
	if err := put(changed); err != nil {
		e.Error(err)
	}
	for _, bad := range []*conversation.Message{entryOf("", number(1), 9), entryOf("d", "", 9), entryOf("d", number(1), 0)} {
		if err := put(bad); err == nil {
			e.Errorf("%+v was stored", bad)
		}
	}
	got := [][]string{messageIDs(e, number(1), 0, 0), messageIDs(e, number(2), 0, 0)}
	if diff := gocmp.Diff([][]string{{"b"}, {"a"}}, got); diff != "" {
		e.Error(diff)
	}
	m := get(e, func(tx conversation.Tx) (*conversation.Message, error) { return tx.Message("b") })
	if m == nil || m.Text != "changed" {
		e.Errorf("b is %+v", m)
	}
}

func testSeen(e *env) {
	ana, hr := conversation.Key{Sender: "ana@x"}, conversation.Key{Sender: "ana@x", Department: "hr"}
	one, two, three := [32]byte{1}, [32]byte{2}, [32]byte{3}
	e.update(func(tx conversation.Tx) error {
		if err := tx.PutSeen(ana, "id@x", two, "m2"); err != nil {
			return err
		}
		return tx.PutSeen(ana, "id@x", one, "m1")
	})
	for _, c := range []struct {
		name    string
		key     conversation.Key
		id      string
		content [32]byte
		want    []string // one of them
		same    bool
	}{
		{"same", ana, "id@x", one, []string{"m1"}, true},
		{"the other same", ana, "id@x", two, []string{"m2"}, true},
		{"other content", ana, "id@x", three, []string{"m1", "m2"}, false},
		{"other key", hr, "id@x", one, []string{""}, false},
		{"other Message-ID", ana, "id@x.org", one, []string{""}, false},
		{"no Message-ID", ana, "", one, []string{""}, false},
		{"a very long Message-ID", ana, string(make([]byte, 100_000)), one, []string{""}, false},
	} {
		e.view(func(tx conversation.Tx) error {
			id, same, err := tx.Seen(c.key, c.id, c.content)
			if !slices.Contains(c.want, id) || same != c.same {
				e.Errorf("%s: %q, %v", c.name, id, same)
			}
			return err
		})
	}
	e.update(func(tx conversation.Tx) error { return tx.PutSeen(ana, string(make([]byte, 100_000)), one, "long") })
}

func testHeld(e *env) {
	full := &conversation.Held{
		ID: "h1", Reason: conversation.HeldPolicy, From: conversation.ContactRef{Address: "a@x"}, To: []string{"b@o"}, Department: "care",
		ReceivedAt: e.clock.now(), ExpiresAt: e.clock.now().Add(time.Hour), Receipt: "r",
		Envelope: conversation.Envelope{RemoteIP: netip.MustParseAddr("192.0.2.1")}, Auth: conversation.Auth{Verdict: conversation.Failed},
	}
	e.update(func(tx conversation.Tx) error { return tx.PutHeld(full) })
	load := func() *conversation.Held {
		return get(e, func(tx conversation.Tx) (*conversation.Held, error) { return tx.Held("h1") })
	}
	if diff := gocmp.Diff(full, load(), sameAddr); diff != "" {
		e.Error(diff)
	}
	e.update(func(tx conversation.Tx) error { return tx.DeleteHeld("h1") })
	e.update(func(tx conversation.Tx) error { return tx.DeleteHeld("h1") }) // again: nothing
	if h := load(); h != nil {
		e.Errorf("after it was deleted: %+v", h)
	}
	e.fresh("lists", testHeldLists)
}

type heldModel map[string]*conversation.Held

func (m heldModel) list(f conversation.HeldFilter) []string {
	var found []*conversation.Held
	for _, h := range m {
		if (f.Reason == "" || f.Reason == h.Reason) && (f.Departments == nil || slices.Contains(f.Departments, h.Department)) {
			found = append(found, h)
		}
	}
	slices.SortFunc(found, func(a, b *conversation.Held) int {
		return cmp.Or(b.ReceivedAt.Compare(a.ReceivedAt), cmp.Compare(b.ID, a.ID))
	})
	out := []string{}
	for _, h := range found {
		out = append(out, h.ID)
	}
	return out
}

func (m heldModel) expiring(before time.Time) []string {
	var found []*conversation.Held
	for _, h := range m {
		if !h.ExpiresAt.IsZero() && h.ExpiresAt.Before(before) {
			found = append(found, h)
		}
	}
	slices.SortFunc(found, func(a, b *conversation.Held) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.ID, b.ID))
	})
	out := []string{}
	for _, h := range found {
		out = append(out, h.ID)
	}
	return out
}

func testHeldLists(e *env) {
	m, r := heldModel{}, rand.New(rand.NewPCG(3, 4))
	reasons := []conversation.HeldReason{conversation.HeldPolicy, conversation.HeldAutomatic, conversation.HeldSpam}
	at := e.clock.now()
	e.update(func(tx conversation.Tx) error {
		for range 120 { // some of them several times: they move
			h := &conversation.Held{ID: fmt.Sprintf("h%02d", r.IntN(60)), Reason: reasons[r.IntN(3)], Department: modelDepartments[r.IntN(5)]}
			h.From.Address = fmt.Sprintf("s%d@x", r.IntN(3))
			h.ReceivedAt = at.Add(time.Duration(r.IntN(30)) * time.Second)
			if r.IntN(3) > 0 {
				h.ExpiresAt = at.Add(time.Duration(r.IntN(30)) * time.Hour)
			}
			if r.IntN(10) == 0 {
				delete(m, h.ID)
				if err := tx.DeleteHeld(h.ID); err != nil {
					return err
				}
				continue
			}
			m[h.ID] = h
			if err := tx.PutHeld(h); err != nil {
				return err
			}
		}
		return nil
	})
	for _, reason := range append(reasons, "", "none") {
		for _, departments := range [][]string{nil, {}, {"care"}, {"hr", "sales"}, {"nowhere"}} {
			f := conversation.HeldFilter{Reason: reason, Departments: departments}
			list := named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.Held, string, error) {
				return tx.HeldList(f, p)
			},
				func(h *conversation.Held) string { return h.ID })
			if diff := gocmp.Diff(m.list(f), e.all(4, list)); diff != "" {
				e.Errorf("%+v: %s", f, diff)
			}
		}
	}
	testHeldGroups(e, m)
	for _, d := range modelDepartments {
		want := len(m.list(conversation.HeldFilter{Departments: []string{d}}))
		if n := get(e, func(tx conversation.Tx) (int, error) { return tx.CountHeld(d) }); n != want {
			e.Errorf("%s: counted %d, there are %d", d, n, want)
		}
	}
	for _, hours := range []int{0, 1, 15, 100} {
		before := at.Add(time.Duration(hours) * time.Hour)
		ids := []string{}
		for _, h := range get(e, func(tx conversation.Tx) ([]*conversation.Held, error) { return tx.HeldExpiring(before, 10) }) {
			ids = append(ids, h.ID)
		}
		want := m.expiring(before)
		if diff := gocmp.Diff(want[:min(10, len(want))], ids); diff != "" {
			e.Errorf("expiring before %d hours: %s", hours, diff)
		}
	}
}

func testJournal(e *env) {
	type line struct{ receipt, department string }
	var model []line
	r := rand.New(rand.NewPCG(5, 6))
	e.update(func(tx conversation.Tx) error {
		for n := range 90 {
			l := line{fmt.Sprintf("r%d", r.IntN(20)), append(modelDepartments, "")[r.IntN(6)]}
			model = append(model, l)
			j := &conversation.JournalLine{Receipt: l.receipt, Department: l.department, At: tx.Now(), Fate: conversation.FateOpened, Seq: 12345}
			if err := tx.AddJournal(j); err != nil {
				return err
			}
			if j.Seq != uint64(n+1) {
				return fmt.Errorf("line %d has the number %d", n+1, j.Seq)
			}
		}
		return nil
	})
	for _, receipt := range []string{"", "r1", "r2", "r", "none"} {
		for _, departments := range [][]string{nil, {}, {"care"}, {"hr", "sales", "hr"}, {""}} {
			want := []string{}
			for n, l := range slices.Backward(model) {
				if (receipt == "" || l.receipt == receipt) && (departments == nil || slices.Contains(departments, l.department)) {
					want = append(want, fmt.Sprint(n+1))
				}
			}
			f := conversation.JournalFilter{Receipt: receipt, Departments: departments}
			list := named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.JournalLine, string, error) {
				return tx.Journal(f, p)
			},
				func(l *conversation.JournalLine) string { return fmt.Sprint(l.Seq) })
			if diff := gocmp.Diff(want, e.all(7, list)); diff != "" {
				e.Errorf("%+v: %s", f, diff)
			}
		}
	}
}

func testJournalFilter(e *env) {
	e.update(func(tx conversation.Tx) error {
		for i := range 40 {
			l := &conversation.JournalLine{Receipt: "r", Recipient: "Help@Example.com", Sender: fmt.Sprintf("C%d@customer.example", i%4), Number: fmt.Sprint(i % 5), Department: "care"}
			if err := tx.AddJournal(l); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		name   string
		filter conversation.JournalFilter
		want   []string // newest first
	}{
		{"a sender, whatever the case", conversation.JournalFilter{Address: "c3@customer.example", Departments: []string{"care"}}, []string{"40", "36", "32", "28", "24", "20", "16", "12", "8", "4"}},
		{"a number", conversation.JournalFilter{Number: "0"}, []string{"36", "31", "26", "21", "16", "11", "6", "1"}},
		{"both", conversation.JournalFilter{Number: "0", Address: "c3@customer.example", Receipt: "r"}, []string{"36", "16"}},
		{"the recipient", conversation.JournalFilter{Number: "0", Address: "help@example.com"}, []string{"36", "31", "26", "21", "16", "11", "6", "1"}},
		{"nobody", conversation.JournalFilter{Address: "customer.example"}, []string{}},
	} {
		list := named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.JournalLine, string, error) {
			return tx.Journal(c.filter, p)
		}, func(l *conversation.JournalLine) string { return fmt.Sprint(l.Seq) })
		if diff := gocmp.Diff(c.want, e.all(3, list)); diff != "" {
			e.Errorf("%s: %s", c.name, diff)
		}
	}
}
