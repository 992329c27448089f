package conversation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/conversation"
	"recado/store"
)

var asOperator = conversation.Intent{Actor: operator}

// mails adds n mails of Ana's and returns her protocol.
func (d *desk) mails(from int, n int) string {
	d.t.Helper()
	number := ""
	for i := range n {
		d.pass(time.Minute)
		number = d.accept(letter{from: "ana@c.test", subject: fmt.Sprint("Mail ", from+i), id: fmt.Sprintf("%d@c.test", from+i)}).Number
	}
	return number
}

// subjects are those of the protocol's messages, oldest first, and the kinds of its events.
func (d *desk) subjects(number string) string {
	d.t.Helper()
	var out []string
	last := uint64(0)
	for _, e := range d.show(number).Entries {
		if e.Seq <= last || e.Number != number {
			d.t.Errorf("entry %s of %s: number %s, place %d after %d", e.ID, number, e.Number, e.Seq, last)
		}
		last = e.Seq
		if e.Kind == conversation.KindEvent {
			out = append(out, e.Event)
		} else {
			out = append(out, strings.TrimPrefix(e.Subject, "Mail "))
		}
	}
	return strings.Join(out, " ")
}

func (d *desk) wantSubjects(number, want string) {
	d.t.Helper()
	if got := d.subjects(number); got != want {
		d.t.Errorf("%s has %q, want %q", number, got, want)
	}
}

func (d *desk) split(number string, at int) *conversation.ProtocolItem {
	d.t.Helper()
	p, err := d.Split(context.Background(), asOperator, number, d.show(number).Entries[at].ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

func (d *desk) merge(number, into string) *conversation.ProtocolItem {
	d.t.Helper()
	p, err := d.Merge(context.Background(), asOperator, number, into)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

func (d *desk) undo(number string) *conversation.ProtocolItem {
	d.t.Helper()
	p, err := d.Undo(context.Background(), asOperator, number)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

func TestSplit(t *testing.T) {
	d := newDesk(t, nil)
	whole := d.mails(1, 4)
	if err := d.MarkRead(context.Background(), operator, whole); err != nil {
		t.Fatal(err)
	}
	d.mails(5, 1)
	part := d.split(whole, 2)
	d.wantSubjects(whole, "1 2 split")
	d.wantSubjects(part.Number, "3 4 5 split")
	w := d.show(whole)
	if w.Messages != 2 || w.Unread != 0 || part.Messages != 3 || part.Unread != 1 || part.Subject != "Mail 3" {
		t.Errorf("the whole has %d messages, %d unread; the part %d, %d, subject %q", w.Messages, w.Unread, part.Messages, part.Unread, part.Subject)
	}
	if !w.WaitingSince.Equal(w.Entries[0].ReceivedAt) || !part.WaitingSince.Equal(d.show(part.Number).Entries[0].ReceivedAt) {
		t.Errorf("waiting since %v and %v", w.WaitingSince, part.WaitingSince)
	}
	if want := []conversation.Link{{Number: part.Number, Kind: conversation.LinkSplit}}; !slices.Equal(w.Links, want) {
		t.Errorf("links %v, want %v", w.Links, want)
	}
	if want := []conversation.Link{{Number: whole, Kind: conversation.LinkSplit}}; !slices.Equal(part.Links, want) {
		t.Errorf("links of the part %v, want %v", part.Links, want)
	}
	trace := d.show(part.Number).Entries[0].Trace
	if last := trace[len(trace)-1]; last.Step != "split" || !strings.Contains(last.Fact, whole) || !strings.Contains(last.Fact, part.Number) {
		t.Errorf("the trace ends with %v", last)
	}
	if got := d.open(); len(got) != 2 {
		t.Errorf("open: %v, want both", got)
	}
}

// Both parts can be worked on: what answers one lands there, anything else with the key's holder; when that
// one ends, the part takes its place.
func TestSplitAndTheKey(t *testing.T) {
	d := newDesk(t, nil)
	whole := d.mails(1, 2)
	ours := d.reply(whole, "Hello.")
	part := d.split(whole, 1).Number
	if m, err := d.Message(context.Background(), operator, ours.ID); err != nil || m.Number != part {
		t.Fatalf("our answer did not go along: %+v, %v", m, err)
	}
	answer := "In-Reply-To: <" + ours.MessageID + ">\r\n"
	l := d.accept(letter{from: "ana@c.test", id: "a@c.test", header: answer})
	wantFate(t, l, conversation.FateAppended, conversation.ReasonThread)
	if l.Number != part {
		t.Errorf("what answers the part came to %s", l.Number)
	}
	if got := d.mails(10, 1); got != whole {
		t.Errorf("a new mail came to %s, not to the key's holder", got)
	}
	if q := d.queue(); len(q) != 1 || q[0].Number != part {
		t.Errorf("the queue tells of %+v", q)
	}
	d.finalize(whole)
	if got := d.mails(11, 1); got != part {
		t.Errorf("with the holder finalized a new mail came to %s, not to the open part", got)
	}
	if _, err := d.Reopen(context.Background(), asOperator, whole); codeOf(err) != conversation.CodeConflict {
		t.Errorf("reopen beside the part that holds the key: %v", err)
	}
	d.finalize(part)
	if got := d.mails(12, 1); got == part || got == whole {
		t.Errorf("with all finalized a new mail came to %s", got)
	}
}

func TestSplitRefuses(t *testing.T) {
	d := newDesk(t, nil)
	number := d.mails(1, 2)
	note, err := d.AddNote(context.Background(), asOperator, number, "A note.")
	if err != nil {
		t.Fatal(err)
	}
	old := uint64(1)
	entries := d.show(number).Entries
	for _, tt := range []struct {
		name, number, id string
		intent           conversation.Intent
		want             conversation.Code
	}{
		{"at the first message", number, entries[0].ID, asOperator, conversation.CodeConflict},
		{"at a note", number, note.ID, asOperator, conversation.CodeInvalid},
		{"at another's message", number, conversation.NewID(d.clock()), asOperator, conversation.CodeNotFound},
		{"no such protocol", "20200101-000001", entries[1].ID, asOperator, conversation.CodeNotFound},
		{"somebody of elsewhere", number, entries[1].ID, conversation.Intent{Actor: conversation.Actor{Email: "x@shop.test", Departments: []string{"hr"}}}, conversation.CodeNotFound},
		{"an old version", number, entries[1].ID, conversation.Intent{Actor: operator, IfMatch: &old}, conversation.CodeChanged},
	} {
		if _, err := d.Split(context.Background(), tt.intent, tt.number, tt.id); codeOf(err) != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	d.wantSubjects(number, "1 2 ")
}

func TestSplitGivesTheFurtherDepartmentItsMessage(t *testing.T) {
	d := newDesk(t, nil)
	number := d.mails(1, 1)
	d.accept(letter{from: "ana@c.test", to: "finance@shop.test", id: "f@c.test", subject: "Invoice"})
	part := d.split(number, 1)
	if part.Department != "finance" || part.Channel != "finance@shop.test" || !slices.Equal(part.SeenBy, []string{"care"}) {
		t.Errorf("the part is of %s (%s), seen by %v", part.Department, part.Channel, part.SeenBy)
	}
}

func TestMergeAndUndo(t *testing.T) {
	d := newDesk(t, nil)
	first := d.mails(1, 2)
	ours := d.reply(first, "Hello.")
	d.finalize(first)
	second := d.mails(3, 2)
	before := d.show(first)
	p := d.merge(first, second)
	if p.Number != second || p.Messages != 5 || p.Incoming != 4 || !slices.Contains(p.Links, conversation.Link{Number: first, Kind: conversation.LinkMerged}) {
		t.Errorf("merged: %+v", p.Protocol)
	}
	if !strings.HasPrefix(d.subjects(second), "1 2 ") || d.show(second).Unread != 4 {
		t.Errorf("the order is %q, %d unread", d.subjects(second), d.show(second).Unread)
	}
	gone := d.show(first)
	if gone.Status != conversation.Finalized || gone.Messages != 0 || !slices.Contains(gone.Links, conversation.Link{Number: second, Kind: conversation.LinkMerged}) {
		t.Errorf("the number that went: %+v", gone.Protocol)
	}
	answer := "In-Reply-To: <" + ours.MessageID + ">\r\n"
	if l := d.accept(letter{from: "ana@c.test", id: "a@c.test", header: answer}); l.Number != second || l.Reason != string(conversation.ReasonThread) {
		t.Errorf("what answers the merged one: %+v", l)
	}
	if _, err := d.Reopen(context.Background(), asOperator, first); codeOf(err) != conversation.CodeConflict || !strings.Contains(err.Error(), second) {
		t.Errorf("reopen what went: %v", err)
	}
	again := d.merge(first, second)
	if again.Version != d.show(second).Version {
		t.Error("the second merge changed something")
	}

	if back := d.undo(second); back.Number != first || back.Status != conversation.Finalized || back.Messages != 3 || !back.FinalizedAt.Equal(before.FinalizedAt) {
		t.Errorf("brought back: %+v", back.Protocol)
	}
	if got := d.subjects(first); !strings.HasPrefix(got, "1 2 ") || !strings.HasSuffix(got, "undone") {
		t.Errorf("brought back %q", got)
	}
	if c := d.show(second); c.Messages != 3 || c.Unread != 3 || len(c.Links) != 0 {
		t.Errorf("left: %d messages, %d unread, links %v", c.Messages, c.Unread, c.Links)
	}
	if _, err := d.Undo(context.Background(), asOperator, second); codeOf(err) != conversation.CodeConflict {
		t.Errorf("undo with nothing to undo: %v", err)
	}
}

func TestUndoSplit(t *testing.T) {
	d := newDesk(t, nil)
	whole := d.mails(1, 3)
	part := d.split(whole, 1).Number
	d.reply(part, "Since then.")
	back := d.undo(part)
	if back.Number != whole || back.Messages != 4 {
		t.Errorf("undone: %+v", back.Protocol)
	}
	if gone := d.show(part); gone.Status != conversation.Finalized || !slices.Equal(gone.Links, []conversation.Link{{Number: whole, Kind: conversation.LinkMerged}}) {
		t.Errorf("the part: %s, links %v", gone.Status, gone.Links)
	}
	for _, number := range []string{whole, part} {
		if _, err := d.Undo(context.Background(), asOperator, number); codeOf(err) != conversation.CodeConflict {
			t.Errorf("undo the undo of %s: %v", number, err)
		}
	}
	if got := d.mails(4, 1); got != whole {
		t.Errorf("the next mail came to %s", got)
	}
}

// A merge of the key's holder into the part that was split off hands the key over, and undoing it gives the
// other back, aside.
func TestMergeTheHolderIntoItsPart(t *testing.T) {
	d := newDesk(t, nil)
	whole := d.mails(1, 2)
	part := d.split(whole, 1).Number
	d.merge(whole, part)
	if got := d.mails(3, 1); got != part {
		t.Errorf("the next mail came to %s", got)
	}
	if back := d.undo(whole); back.Number != whole || back.Status != conversation.Open || !back.Aside {
		t.Errorf("brought back: %+v", back.Protocol)
	}
	if got := d.mails(4, 1); got != part {
		t.Errorf("after the undo the next mail came to %s", got)
	}
	if got := d.undo(part); got.Number != whole || len(d.open()) != 1 {
		t.Errorf("undo the split: %s, open %v", got.Number, d.open())
	}
	if got := d.mails(5, 1); got != whole {
		t.Errorf("after both the next mail came to %s", got)
	}
}

func TestMergeRefuses(t *testing.T) {
	d := newDesk(t, nil)
	ana := d.mails(1, 1)
	bea := d.accept(letter{from: "bea@c.test", id: "b@c.test"}).Number
	hr := d.accept(letter{from: "ana@c.test", to: "hr@shop.test", id: "h@c.test"}).Number
	d.finalize(ana)
	next := d.mails(2, 1)
	for _, tt := range []struct {
		name, number, into string
		want               conversation.Code
	}{
		{"two contacts", bea, next, conversation.CodeConflict},
		{"across the wall", hr, next, conversation.CodeConflict},
		{"into itself", next, next, conversation.CodeInvalid},
		{"into a finalized one", next, ana, conversation.CodeConflict},
		{"into none", next, "20200101-000001", conversation.CodeNotFound},
	} {
		if _, err := d.Merge(context.Background(), asOperator, tt.number, tt.into); codeOf(err) != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

// A repeated request answers what the first one made.
func TestMovesAreIdempotent(t *testing.T) {
	d := newDesk(t, nil)
	whole := d.mails(1, 3)
	id := d.show(whole).Entries[1].ID
	in := conversation.Intent{Actor: operator, IdempotencyKey: "once"}
	ctx := context.Background()
	first, err := d.Split(ctx, in, whole, id)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := d.Split(ctx, in, whole, id); err != nil || again.Number != first.Number {
		t.Errorf("split again: %v, %v", again, err)
	}
	for range 2 {
		if p, err := d.Undo(ctx, in, first.Number); err != nil || p.Number != whole {
			t.Errorf("undo: %v, %v", p, err)
		}
	}
}

// Random splits, merges and undos keep every mail, each in one place, and what lists show of them.
func TestMovesLoseNothing(t *testing.T) {
	d := newDesk(t, nil)
	d.mails(1, 12)
	numbers := d.open()
	seed := uint32(7)
	next := func(n int) int { seed = seed*1664525 + 1013904223; return int(seed>>8) % n }
	ctx := context.Background()
	for range 120 {
		p := numbers[next(len(numbers))]
		c := d.show(p)
		switch next(3) {
		case 0:
			if len(c.Entries) == 0 {
				continue
			}
			if part, err := d.Split(ctx, asOperator, p, c.Entries[next(len(c.Entries))].ID); err == nil {
				numbers = append(numbers, part.Number)
			} else if codeOf(err) == "" {
				t.Fatal(err)
			}
		case 1:
			if _, err := d.Merge(ctx, asOperator, p, numbers[next(len(numbers))]); err != nil && codeOf(err) == "" {
				t.Fatal(err)
			}
		case 2:
			if _, err := d.Undo(ctx, asOperator, p); err != nil && codeOf(err) == "" {
				t.Fatal(err)
			}
		}
		found, holders := map[string]bool{}, 0
		for _, n := range numbers {
			c := d.show(n)
			if c.HoldsKey() {
				holders++
			}
			in := 0
			for _, e := range c.Entries {
				if e.Kind == conversation.KindIn {
					in++
					found[e.Subject] = true
				}
			}
			if c.Incoming != in || c.Messages != in || c.Unread < 0 || c.Unread > in {
				t.Fatalf("%s counts %d of %d messages, %d unread", n, c.Messages, in, c.Unread)
			}
		}
		if len(found) != 12 || holders != 1 {
			t.Fatalf("%d of 12 mails are there, %d hold the key", len(found), holders)
		}
	}
	if len(numbers) < 5 {
		t.Errorf("only %d protocols came of it: the test tests little", len(numbers))
	}
}

// BenchmarkMove merges a protocol of 10,000 messages into another and takes it back: all mail waits for the
// one transaction that each of them is.
func BenchmarkMove(b *testing.B) {
	s, err := store.Open(store.Options{Dir: b.TempDir(), Reserve: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	m := conversation.NewManager(conversation.Options{
		Store: s, Signer: conversation.NewSigner([]byte("a secret of the tests")),
		Directory: directory(func(d *conversation.Directory) { d.Limits.MailsPerHour = 0 }),
	})
	ctx := context.Background()
	const messages = 10_000
	first := fillProtocol(b, s, 1, messages)
	second := fillProtocol(b, s, 2, 10)
	b.ResetTimer()
	for range b.N {
		if _, err := m.Merge(ctx, asOperator, first, second); err != nil {
			b.Fatal(err)
		}
		if _, err := m.Undo(ctx, asOperator, first); err != nil {
			b.Fatal(err)
		}
	}
}

// fillProtocol stores a protocol with messages as mails leave them.
func fillProtocol(b *testing.B, s *store.Store, n, messages int) string {
	b.Helper()
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	p := &conversation.Protocol{
		Number: fmt.Sprintf("20261101-%06d", n), Status: conversation.Open, Aside: n > 1, Key: conversation.Key{Sender: "ana@c.test"},
		Contact: conversation.ContactRef{Address: "ana@c.test"}, Department: "care", OpenedAt: at,
	}
	for from := 0; from < messages; from += 1000 {
		err := s.Update(context.Background(), func(tx conversation.Tx) error {
			for i := from; i < min(messages, from+1000); i++ {
				p.LastSeq, p.Messages, p.Incoming = uint64(i+1), i+1, i+1
				err := tx.PutMessage(&conversation.Message{
					ID: conversation.NewID(at), Number: p.Number, Seq: p.LastSeq, Kind: conversation.KindIn, ReceivedAt: at.Add(time.Duration(i) * time.Minute),
					Subject: "About the order", MessageID: fmt.Sprintf("%d.%d@c.test", n, i), Preview: strings.Repeat("words ", 30), Auth: &verified,
					Envelope: &conversation.Envelope{From: "ana@c.test", Recipients: []string{"care@shop.test"}, Received: strings.Repeat("x", 250)},
					Trace:    []conversation.TraceStep{{Step: "address", Fact: "care@shop.test"}, {Step: "verdict", Fact: "verified (spf=pass, dkim=none, dmarc=none)"}, {Step: "rule", Fact: "1: append, open-protocol"}},
				})
				if err != nil {
					return err
				}
			}
			return tx.PutProtocol(p)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return p.Number
}
