package conversation_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
)

var eva = conversation.Actor{Email: "eva@shop.test", Name: "Eva", Role: conversation.RoleAdmin, Departments: []string{"care"}}

// waits is how a text leaves that is written in a form and can be taken back for an hour.
func waits(text string) conversation.Written {
	return conversation.Written{Wait: time.Hour, Draft: &conversation.Draft{Text: text}}
}

// answerThatWaits makes an answer that can be undone for a while.
func (d *desk) answerThatWaits(number, text string, cc ...string) *conversation.Message {
	d.t.Helper()
	m, err := d.Reply(context.Background(), conversation.Intent{Actor: eva}, number, conversation.ReplyRequest{Text: text, Cc: cc, Written: waits(text)})
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

func TestUndoneAnswerLeavesNoTrace(t *testing.T) {
	d := newDesk(t, nil)
	l := d.accept(letter{from: "ana@customer.test"})
	before := d.show(l.Number)
	m := d.answerThatWaits(l.Number, "Hola\n\n-- \nEva", "leo@customer.test")
	if due, err := d.LeaseDue(context.Background(), conversation.LeasePolicy{Owner: "o", Limit: 10, Lease: time.Minute}); err != nil || len(due) != 0 {
		t.Fatalf("due at once: %v, %v", due, err)
	}
	if _, err := d.Undone(context.Background(), eva, m.ID); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("undone before it was: %v", err)
	}
	want := &conversation.Undone{Place: conversation.ReplyAt(l.Number), Draft: &conversation.Draft{Text: "Hola\n\n-- \nEva"}}
	for range 2 {
		got, err := d.TakeBack(context.Background(), conversation.Intent{Actor: eva}, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("given back (-want +got):\n%s", diff)
		}
	}
	if got, err := d.Undone(context.Background(), eva, m.ID); err != nil || got.Draft.Text != want.Draft.Text {
		t.Errorf("asked for again: %+v, %v", got, err)
	}
	if got, _, err := d.Draft(context.Background(), eva, want.Place); err != nil || got == nil || got.Text != want.Draft.Text {
		t.Errorf("the draft is %+v, %v", got, err)
	}
	if q := d.queue(); len(q) != 0 {
		t.Errorf("still queued: %+v", q[0])
	}
	after := d.show(l.Number)
	last := after.Entries[len(after.Entries)-1]
	if last.ID != m.ID || last.Kind != conversation.KindEvent || last.Event != conversation.EventTakenBack || last.Text != "" || !last.Raw.IsZero() {
		t.Errorf("the entry is %+v", last.Message)
	}
	same := func(c *conversation.Conversation) []any {
		return []any{c.Messages, c.Preview, c.PreviewKind, c.WaitingSince, len(c.Participants), c.Status}
	}
	if diff := cmp.Diff(same(before), same(after)); diff != "" {
		t.Errorf("the protocol (-before +after):\n%s", diff)
	}
}

func TestUndoKeepsWhatCameMeanwhile(t *testing.T) {
	d := newDesk(t, nil)
	l := d.accept(letter{from: "ana@customer.test"})
	m := d.answerThatWaits(l.Number, "Hola")
	d.pass(time.Minute)
	d.accept(letter{from: "ana@customer.test", id: "2@customer.test", text: "One more thing"})
	now := d.show(l.Number)
	if _, err := d.TakeBack(context.Background(), conversation.Intent{Actor: eva}, m.ID); err != nil {
		t.Fatal(err)
	}
	after := d.show(l.Number)
	if after.Preview != now.Preview || after.PreviewKind != conversation.KindIn || !after.WaitingSince.Before(now.WaitingSince) {
		t.Errorf("%q of %s, waiting since %s; the second mail came at %s", after.Preview, after.PreviewKind, after.WaitingSince, now.WaitingSince)
	}
}

func TestUndoIsRefused(t *testing.T) {
	d := newDesk(t, nil)
	ctx := context.Background()
	l := d.accept(letter{from: "ana@customer.test"})
	m := d.answerThatWaits(l.Number, "Hola")
	if _, err := d.TakeBack(ctx, conversation.Intent{Actor: operator}, m.ID); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("somebody else's: %v", err)
	}
	if _, err := d.RetryQueued(ctx, conversation.Intent{Actor: eva}, m.ID); err != nil { // it is due now
		t.Fatal(err)
	}
	if due, err := d.LeaseDue(ctx, conversation.LeasePolicy{Owner: "o", Limit: 10, Lease: time.Minute}); err != nil || len(due) != 1 {
		t.Fatalf("due: %v, %v", due, err)
	}
	if _, err := d.TakeBack(ctx, conversation.Intent{Actor: eva}, m.ID); codeOf(err) != conversation.CodeConflict {
		t.Errorf("one that is being sent: %v", err)
	}
	at, err := d.Reply(ctx, conversation.Intent{Actor: eva}, l.Number, conversation.ReplyRequest{Text: "At once"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.TakeBack(ctx, conversation.Intent{Actor: eva}, at.ID); codeOf(err) != conversation.CodeConflict {
		t.Errorf("one that does not wait: %v", err)
	}
}
