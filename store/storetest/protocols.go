package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"recado/conversation"
)

func testNumbers(e *env) {
	next := func(day string) (n string) {
		e.update(func(tx conversation.Tx) (err error) {
			n, err = tx.NextNumber(day)
			return err
		})
		return n
	}
	e.s.Update(context.Background(), func(tx conversation.Tx) error {
		tx.NextNumber("20261123")
		return errWanted
	})
	got := []string{next("20261123"), next("20261123"), next("20261124"), next("20261123")}
	want := []string{"20261123-000001", "20261123-000002", "20261124-000001", "20261123-000003"}
	if diff := gocmp.Diff(want, got); diff != "" {
		e.Error(diff)
	}
}

func testProtocols(e *env) {
	at := e.clock.now()
	full := &conversation.Protocol{
		Number: number(7), Status: conversation.Finalized,
		Key:     conversation.Key{Sender: "josé@exämple.com", Department: "hr"},
		Contact: conversation.ContactRef{Address: "José@exämple.com", Name: `José "Pepe" <x>`}, Department: "hr",
		Channel: "rh@example.org", Subject: "¿Dónde está?", Agent: "eva@example.org", Messages: 3, Incoming: 2, LastSeq: 9,
		Preview: "a\nb & <c>", PreviewKind: conversation.KindOut, Verdict: conversation.Verified,
		Participants: []string{"b@x"}, WaitingSince: at, Links: []conversation.Link{{Number: number(1), Kind: conversation.LinkPrevious}},
		Tags: []string{"t"}, Classification: "c", OpenedAt: at, UpdatedAt: at.Add(time.Minute), FinalizedAt: at.Add(time.Hour),
	}
	load := func(n string) *conversation.Protocol {
		return get(e, func(tx conversation.Tx) (*conversation.Protocol, error) { return tx.Protocol(n) })
	}
	e.update(func(tx conversation.Tx) error { return tx.PutProtocol(full) })
	if full.Version != 1 {
		e.Errorf("the first version is %d", full.Version)
	}
	got := load(full.Number)
	if diff := gocmp.Diff(full, got); diff != "" {
		e.Error(diff)
	}
	got.Tags[0] = "changed by its owner"
	if again := load(full.Number); again.Tags[0] != "t" {
		e.Error("what a getter returned is not the caller's own")
	}
	e.update(func(tx conversation.Tx) error { return tx.PutProtocol(full) })
	if v := load(full.Number).Version; v != 2 || full.Version != 2 {
		e.Errorf("the second version is %d, told as %d", v, full.Version)
	}
	if p := load("20261123-999999"); p != nil {
		e.Errorf("a protocol from nowhere: %+v", p)
	}
	for _, bad := range []*conversation.Protocol{{Status: conversation.Open}, {Number: number(1)}, {Number: number(1), Status: "half"}} {
		if err := e.s.Update(context.Background(), func(tx conversation.Tx) error { return tx.PutProtocol(bad) }); err == nil {
			e.Errorf("%+v was stored", bad)
		}
	}
}

func testOpenKey(e *env) {
	put := func(p *conversation.Protocol) error {
		return e.s.Update(context.Background(), func(tx conversation.Tx) error { return tx.PutProtocol(p) })
	}
	open := func(k conversation.Key) string {
		p := get(e, func(tx conversation.Tx) (*conversation.Protocol, error) { return tx.OpenProtocol(k) })
		if p == nil {
			return ""
		}
		return p.Number
	}
	ana := conversation.Key{Sender: "ana@x"}
	first, second := protocolOf(number(1), ana.Sender, "care", e.clock.now()), protocolOf(number(2), ana.Sender, "care", e.clock.now())
	step := func(what string, err error, wantErr error, want string) {
		e.Helper()
		if !errors.Is(err, wantErr) {
			e.Errorf("%s: %v, not %v", what, err, wantErr)
		}
		if got := open(ana); got != want {
			e.Errorf("%s: the open one is %q, not %q", what, got, want)
		}
	}
	step("first", put(first), nil, number(1))
	step("first again", put(first), nil, number(1))
	step("second while the first is open", put(second), conversation.ErrKeyTaken, number(1))
	first.Status = conversation.Finalized
	step("first finalized", put(first), nil, "")
	step("second", put(second), nil, number(2))
	first.Status = conversation.Open
	step("first reopened", put(first), conversation.ErrKeyTaken, number(2))
	second.Key.Department = "hr"
	step("second gets another key", put(second), nil, "")
	step("first reopened", put(first), nil, number(1))
	if got := open(second.Key); got != number(2) {
		e.Errorf("the key of the isolated department leads to %q", got)
	}
	second.Key.Department = ""
	step("second wants its old key", put(second), conversation.ErrKeyTaken, number(1))

	// A caller that knows what to do about it has not lost what it wrote before.
	e.update(func(tx conversation.Tx) error {
		if err := tx.PutNote("a", "1", time.Time{}); err != nil {
			return err
		}
		if err := tx.PutProtocol(second); !errors.Is(err, conversation.ErrKeyTaken) {
			e.Errorf("within: %v", err)
		}
		return nil
	})
	step("after", nil, nil, number(1))
	if e.note("a") != "1" {
		e.Error("the note is lost")
	}
	testAside(e, step, put)
	testOddKeys(e)
}

// testAside: what is open aside stands in nobody's way, and can take the key when it is free.
func testAside(e *env, step func(what string, err error, wantErr error, want string), put func(*conversation.Protocol) error) {
	e.Helper()
	holder := get(e, func(tx conversation.Tx) (*conversation.Protocol, error) { return tx.Protocol(number(1)) })
	part := protocolOf(number(3), holder.Key.Sender, "care", e.clock.now())
	part.Aside = true
	step("a part is open aside", put(part), nil, number(1))
	part.Aside = false
	step("the part wants the key", put(part), conversation.ErrKeyTaken, number(1))
	holder.Aside = true
	step("the holder steps aside", put(holder), nil, "")
	step("the part takes the key", put(part), nil, number(3))
	part.Status = conversation.Finalized
	step("the part is finalized", put(part), nil, "")
	holder.Aside = false
	step("the holder comes back", put(holder), nil, number(1))
	if n := get(e, func(tx conversation.Tx) (int, error) { return tx.CountProtocols(conversation.Finalized, "care") }); n != 1 {
		e.Errorf("%d finalized ones are counted, not 1", n)
	}
}

// testOddKeys are keys that an encoding may confuse; senders make them up.
func testOddKeys(e *env) {
	keys := []conversation.Key{
		{Sender: "x", Department: "y"}, {Sender: "x\x00y"}, {Sender: "x\x00", Department: "y"}, {Sender: "x", Department: "\x00y"},
		{Sender: "\xff\xfe@x"}, {Sender: "x\x00\x01y"}, {Sender: "x", Department: "y\x00\x01"}, {Sender: ""}, {Sender: "<&>\"@x"},
	}
	e.update(func(tx conversation.Tx) error {
		for i, k := range keys {
			p := protocolOf(number(100+i), k.Sender, "care", tx.Now())
			p.Key = k
			if err := tx.PutProtocol(p); err != nil {
				return fmt.Errorf("%q: %w", k, err)
			}
		}
		return nil
	})
	// Finalized from what was stored, not from what was given: the way of every later change.
	e.update(func(tx conversation.Tx) error {
		for i, k := range keys {
			p, err := tx.OpenProtocol(k)
			if err != nil || p == nil || p.Number != number(100+i) {
				return fmt.Errorf("%q leads to %+v, %v", k, p, err)
			}
			p.Status = conversation.Finalized
			if err := tx.PutProtocol(p); err != nil {
				return err
			}
		}
		return nil
	})
	for _, k := range keys {
		p := get(e, func(tx conversation.Tx) (*conversation.Protocol, error) { return tx.OpenProtocol(k) })
		if p != nil {
			e.Errorf("%q still leads to %s, which is %s", k, p.Number, p.Status)
		}
	}
}

// protocolModel is what the lists of protocols are compared with.
type protocolModel map[string]*conversation.Protocol

var (
	modelDepartments = []string{"care", "sales", "hr", "a", "a b"}
	modelContacts    = []string{"ana@x", "bea@x", "bea@x.org", "a"}
	modelAgents      = []string{"", "eva@o", "leo@o"}

	modelClassifications = []string{"", "factura", "Envío", "factura urgente"}
)

func (m protocolModel) random(r *rand.Rand, n int, at time.Time) *conversation.Protocol {
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	p := protocolOf(number(n), pick(modelContacts), pick(modelDepartments), at)
	p.Key.Department = fmt.Sprint(n) // as if each department were isolated: many open ones of a sender
	p.Agent = pick(modelAgents)
	if r.IntN(2) == 0 {
		p.WaitingSince = at.Add(-time.Duration(r.IntN(20)) * time.Second)
	}
	if r.IntN(2) == 0 {
		p.Status, p.FinalizedAt = conversation.Finalized, at.Add(-time.Duration(r.IntN(20))*time.Second)
		p.Classification = pick(modelClassifications)
	}
	for _, d := range modelDepartments {
		if d != p.Department && r.IntN(4) == 0 {
			p.SeenBy = append(p.SeenBy, d)
		}
	}
	return p
}

func (m protocolModel) list(f conversation.ProtocolFilter) []string {
	var found []*conversation.Protocol
	for _, p := range m {
		sees := func(d string) bool { return slices.Contains(p.Departments(), d) }
		if (f.Status == "" || f.Status == p.Status) && (f.Departments == nil || slices.ContainsFunc(f.Departments, sees)) &&
			(f.Contact == "" || f.Contact == p.Key.Sender) && (f.Agent == "" || f.Agent == p.Agent) && (!f.Unassigned || p.Agent == "") &&
			strings.HasPrefix(p.Number, f.Number) && (f.Sort != conversation.SortFinalized || p.Status == conversation.Finalized) &&
			(f.Classification == "" || strings.EqualFold(f.Classification, p.Classification)) &&
			(f.After.IsZero() || !p.FinalizedAt.Before(f.After)) && (f.Before.IsZero() || p.FinalizedAt.Before(f.Before)) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b *conversation.Protocol) int {
		switch {
		case f.Number != "":
			return cmp.Compare(b.Number, a.Number)
		case f.Sort == conversation.SortFinalized:
			return cmp.Or(b.FinalizedAt.Compare(a.FinalizedAt), cmp.Compare(b.Number, a.Number))
		}
		if waits := !a.WaitingSince.IsZero(); f.Sort == conversation.SortWaiting && (waits || !b.WaitingSince.IsZero()) {
			if waits == b.WaitingSince.IsZero() {
				return map[bool]int{true: -1, false: 1}[waits]
			}
			return cmp.Or(a.WaitingSince.Compare(b.WaitingSince), cmp.Compare(a.Number, b.Number))
		}
		return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), cmp.Compare(b.Number, a.Number))
	})
	out := []string{}
	for _, p := range found {
		out = append(out, p.Number)
	}
	return out
}

func protocolLister(f conversation.ProtocolFilter) lister {
	return named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.Protocol, string, error) {
		return tx.Protocols(f, p)
	},
		func(p *conversation.Protocol) string { return p.Number })
}

func testProtocolLists(e *env) {
	m, r := protocolModel{}, rand.New(rand.NewPCG(1, 2))
	for range 3 {
		e.update(func(tx conversation.Tx) error {
			for range 80 {
				// Some of the same moment, some twice in a transaction; a change of a protocol moves it everywhere.
				p := m.random(r, r.IntN(60), tx.Now().Add(time.Duration(r.IntN(20))*time.Second))
				if r.IntN(2) == 0 {
					if _, err := tx.Protocol(number(r.IntN(60))); err != nil {
						return err
					}
				}
				m[p.Number] = p
				if err := tx.PutProtocol(p); err != nil {
					return err
				}
			}
			return nil
		})
		compareLists(e, m)
	}
	for _, s := range []conversation.Status{conversation.Open, conversation.Finalized} {
		for _, d := range append(modelDepartments, "nowhere") {
			want := len(m.list(conversation.ProtocolFilter{Status: s, Departments: []string{d}}))
			got := get(e, func(tx conversation.Tx) (int, error) { return tx.CountProtocols(s, d) })
			if got != want {
				e.Errorf("%s of %s: counted %d, there are %d", s, d, got, want)
			}
		}
	}
	compareCounts(e, m)
}

// compareCounts: a protocol counts once in a list, however many of its departments see it.
func compareCounts(e *env, m protocolModel) {
	e.Helper()
	for _, status := range []conversation.Status{conversation.Open, conversation.Finalized} {
		for _, departments := range [][]string{nil, {}, {"a"}, {"care", "sales"}, modelDepartments, {"nowhere"}} {
			for _, f := range []conversation.ProtocolFilter{{}, {Agent: "eva@o"}, {Agent: "nobody@o"}, {Unassigned: true}} {
				f.Status, f.Departments = status, departments
				got := get(e, func(tx conversation.Tx) (int, error) { return tx.CountList(f) })
				if want := len(m.list(f)); got != want {
					e.Errorf("%+v: counted %d, there are %d", f, got, want)
				}
			}
		}
	}
}

func compareLists(e *env, m protocolModel) {
	e.Helper()
	for _, status := range []conversation.Status{"", conversation.Open, conversation.Finalized} {
		for _, departments := range [][]string{nil, {}, {"care"}, {"hr", "sales", "hr"}, modelDepartments, {"nowhere"}} {
			for _, contact := range append(modelContacts, "", "nobody@x") {
				for _, agent := range modelAgents {
					f := conversation.ProtocolFilter{Status: status, Departments: departments, Contact: contact, Agent: agent}
					compareList(e, m, f)
					f.Sort = conversation.SortWaiting
					compareList(e, m, f)
				}
				f := conversation.ProtocolFilter{Status: status, Departments: departments, Contact: contact, Unassigned: true}
				compareList(e, m, f)
				f.Sort = conversation.SortWaiting
				compareList(e, m, f)
			}
		}
	}
	compareEnded(e, m)
}

// compareEnded: what is finalized, in the order of its end, by all that it is narrowed by alone and together.
func compareEnded(e *env, m protocolModel) {
	e.Helper()
	var ends []time.Time
	for _, p := range m {
		if !p.FinalizedAt.IsZero() {
			ends = append(ends, p.FinalizedAt)
		}
	}
	slices.SortFunc(ends, time.Time.Compare)
	early, late := ends[len(ends)/4], ends[len(ends)*3/4]
	for _, departments := range [][]string{nil, {}, {"care"}, {"hr", "sales", "hr"}} {
		for _, contact := range []string{"", "bea@x", "nobody@x"} {
			for _, agent := range modelAgents {
				for _, classification := range []string{"", "FACTURA", "envío", "fact"} {
					for _, within := range [][2]time.Time{{}, {early}, {1: late}, {early, late}, {late, late.Add(1)}, {late.Add(time.Hour)}} {
						f := conversation.ProtocolFilter{Status: conversation.Finalized, Departments: departments, Contact: contact, Agent: agent,
							Sort: conversation.SortFinalized, Classification: classification, After: within[0], Before: within[1]}
						compareList(e, m, f)
						f.Number = "20261123-00002"
						compareList(e, m, f)
					}
				}
			}
		}
	}
	for _, start := range []string{"2026", "20261123-", "20261123-000042", "20261123-0000421", "2027"} {
		for _, status := range []conversation.Status{"", conversation.Open, conversation.Finalized} {
			compareList(e, m, conversation.ProtocolFilter{Status: status, Departments: modelDepartments[:2], Number: start})
		}
	}
	compareList(e, m, conversation.ProtocolFilter{Status: conversation.Finalized, Sort: conversation.SortFinalized, Unassigned: true, Departments: modelDepartments})
}

func compareList(e *env, m protocolModel, f conversation.ProtocolFilter) {
	e.Helper()
	want := m.list(f)
	for _, limit := range []int{7, 100} {
		if diff := gocmp.Diff(want, e.all(limit, protocolLister(f))); diff != "" {
			e.Fatalf("%+v by %d: %s", f, limit, diff)
		}
	}
}

// testPagingUnderChange: what does not change while somebody turns pages is met exactly once.
func testPagingUnderChange(e *env) {
	put := func(n int, at time.Time) {
		e.Helper()
		e.update(func(tx conversation.Tx) error {
			return tx.PutProtocol(protocolOf(number(n), fmt.Sprint(n), "care", at))
		})
	}
	at := e.clock.now()
	for n := range 20 {
		put(n, at.Add(time.Duration(n)*time.Second))
	}
	met := map[string]int{}
	page := conversation.Page{Limit: 3}
	for turn := 0; ; turn++ {
		var list []*conversation.Protocol
		e.view(func(tx conversation.Tx) (err error) {
			f := conversation.ProtocolFilter{Departments: []string{"care", "sales"}}
			list, page.Cursor, err = tx.Protocols(f, page)
			return err
		})
		for _, p := range list {
			met[p.Number]++
		}
		if page.Cursor == "" {
			break
		}
		put(turn, at.Add(time.Hour))                                         // an old one moves to the front
		put(100+turn, at.Add(2*time.Hour))                                   // a new one
		put(max(19-turn*3, 0), at.Add(3*time.Hour+time.Duration(turn)*1000)) // one that was met
	}
	for n := 7; n < 20; n++ {
		if met[number(n)] != 1 {
			e.Errorf("%s was met %d times", number(n), met[number(n)])
		}
	}
	for n, times := range met {
		if times > 1 {
			e.Errorf("%s was met %d times", n, times)
		}
	}
}

func testCursors(e *env) {
	e.update(func(tx conversation.Tx) error {
		for n := range 5 {
			if err := tx.PutProtocol(protocolOf(number(n), fmt.Sprint(n), "care", tx.Now())); err != nil {
				return err
			}
			if err := tx.AddJournal(&conversation.JournalLine{}); err != nil {
				return err
			}
			if err := tx.PutContact(&conversation.Contact{Key: fmt.Sprint(n)}); err != nil {
				return err
			}
		}
		return nil
	})
	protocols := protocolLister(conversation.ProtocolFilter{})
	cursor := func(list lister) (next string) {
		e.view(func(tx conversation.Tx) (err error) {
			_, next, err = list(tx, conversation.Page{Limit: 2})
			return err
		})
		return next
	}
	journal := named(func(tx conversation.Tx, p conversation.Page) ([]*conversation.JournalLine, string, error) {
		return tx.Journal(conversation.JournalFilter{}, p)
	}, func(l *conversation.JournalLine) string { return fmt.Sprint(l.Seq) })
	good := cursor(protocols)
	if good == "" {
		e.Fatal("no second page")
	}
	bad := map[string]string{
		"of another list": cursor(journal), "words": "nonsense", "not base64": "%%%", "cut": good[:len(good)-2],
		"longer": good + "AAAA", "long": string(make([]byte, 100_000)), "space": " " + good,
	}
	for name, c := range bad {
		err := e.s.View(context.Background(), func(tx conversation.Tx) error {
			_, _, err := protocols(tx, conversation.Page{Cursor: c})
			return err
		})
		if !errors.Is(err, conversation.ErrBadCursor) {
			e.Errorf("%s: %v", name, err)
		}
	}
	// The last page says that it is the last, also where it is full.
	for _, limit := range []int{1, 4, 5, 6} {
		if got := e.all(limit, protocols); len(got) != 5 {
			e.Errorf("by %d: %d", limit, len(got))
		}
	}
}
