package conversation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"recado/conversation"
)

// TestQueueFollowsTheMessage: what waits in the queue belongs to the protocol where its message is, so that
// a transfer of that one takes it along (rule 5).
func TestQueueFollowsTheMessage(t *testing.T) {
	ctx := context.Background()
	tests := []struct {
		name  string
		moved func(d *desk, n string) string // the protocol that has the answer in the end
	}{
		{"split", func(d *desk, n string) string { return d.split(n, 1).Number }},
		{"split and undone", func(d *desk, n string) string {
			d.undo(d.split(n, 1).Number)
			return n
		}},
		{"merged", func(d *desk, n string) string {
			part := d.split(n, 1).Number
			return d.merge(part, n).Number
		}},
		{"merged and undone", func(d *desk, n string) string {
			part := d.split(n, 1).Number
			d.merge(part, n)
			return d.undo(n).Number
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, nil)
			eva := d.addAgent("eva@shop.test", "care")
			n := d.mails(1, 2)
			d.reply(n, "Hello")
			to := tt.moved(d, n)
			if q := d.queue(); len(q) != 1 || q[0].Number != to {
				t.Fatalf("the queue has %+v, want one item of %s", q[0], to)
			}
			if _, err := d.Transfer(ctx, asOperator, to, conversation.TransferRequest{Department: "hr"}); err != nil {
				t.Fatal(err)
			}
			if items, _, err := d.Queue(ctx, eva, conversation.Page{}); err != nil || len(items) != 0 {
				t.Errorf("beyond the wall the queue shows %d items, %v", len(items), err)
			}
		})
	}
}

// TestUndoStaysOnOneSideOfTheWall: what was merged and then transferred to an isolated department does not
// come back to all (rule 5).
func TestUndoStaysOnOneSideOfTheWall(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	n := d.mails(1, 2)
	part := d.split(n, 1).Number
	d.merge(part, n)
	if _, err := d.Transfer(ctx, asOperator, n, conversation.TransferRequest{Department: "hr"}); err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{n, part} {
		_, err := d.Undo(ctx, asOperator, number)
		if codeOf(err) != conversation.CodeConflict || !strings.Contains(err.Error(), "wall") {
			t.Errorf("undo at %s: %v", number, err)
		}
	}
	if _, err := d.Transfer(ctx, asOperator, n, conversation.TransferRequest{Department: "care"}); err != nil {
		t.Fatal(err)
	}
	if p := d.undo(n); p.Number != part || p.Status != conversation.Open {
		t.Errorf("back on one side, undo gives %+v", p.Protocol)
	}
}

// TestUndoMergeAfterAnAnswerWasTakenBack: the event that an answer became goes where the answer would.
func TestUndoMergeAfterAnAnswerWasTakenBack(t *testing.T) {
	d := newDesk(t, nil)
	n := d.mails(1, 2)
	part := d.split(n, 1).Number
	answer := d.answerThatWaits(part, "Hello")
	d.merge(part, n)
	if _, err := d.TakeBack(context.Background(), conversation.Intent{Actor: eva}, answer.ID); err != nil {
		t.Fatal(err)
	}
	if p := d.undo(n); p.Number != part {
		t.Errorf("undo gives %s, want %s", p.Number, part)
	}
}

// TestRule8AgentsTakeNoPart: an agent's own address in Cc is one of ours.
func TestRule8AgentsTakeNoPart(t *testing.T) {
	d := newDesk(t, nil)
	d.addAgent("eva@people.test", "care")
	n := d.accept(letter{from: "ana@c.test", id: "1@c.test", header: "Cc: Eva@People.test, bob@c.test\r\n"}).Number
	wantEqual(t, "participants", d.show(n).Participants, []string{"bob@c.test"})
}

// TestMergeKeepsTheBoundOfTags: what a merge brings together can still be tagged, and is in order.
func TestMergeKeepsTheBoundOfTags(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	n := d.mails(1, 2)
	part := d.split(n, 1).Number
	for number, word := range map[string]string{n: "b", part: "a"} {
		var tags []string
		for i := range 20 {
			tags = append(tags, fmt.Sprint(word, i))
		}
		if _, err := d.Tag(ctx, asOperator, number, conversation.TagChange{Set: tags}); err != nil {
			t.Fatal(err)
		}
	}
	p := d.merge(part, n)
	if len(p.Tags) != 30 || !slices.IsSorted(p.Tags) {
		t.Errorf("%d tags: %v", len(p.Tags), p.Tags)
	}
	if _, err := d.Tag(ctx, asOperator, n, conversation.TagChange{Add: []string{"new"}, Remove: []string{"b0"}}); err != nil {
		t.Error(err)
	}
}

// TestTransferOutNamesNoIsolatedAddress: neither the protocol nor the answers that were given in it name the
// department that it came from (rule 5).
func TestTransferOutNamesNoIsolatedAddress(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	eva := d.addAgent("eva@shop.test", "care")
	n := d.accept(letter{from: "ana@c.test", to: "hr@shop.test", id: "1@c.test"}).Number
	d.reply(n, "Hello")
	if _, err := d.Transfer(ctx, asOperator, n, conversation.TransferRequest{Department: "care"}); err != nil {
		t.Fatal(err)
	}
	c, err := d.Conversation(ctx, eva, n)
	if err != nil {
		t.Fatal(err)
	}
	if c.Channel != "care@shop.test" {
		t.Errorf("the protocol's channel is %s", c.Channel)
	}
	for _, e := range c.Entries {
		if e.From.Address == "hr@shop.test" || e.From.Name == "People" || e.Envelope != nil {
			t.Errorf("%s from %v, envelope %+v", e.Kind, e.From, e.Envelope)
		}
	}
}
