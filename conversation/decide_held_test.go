package conversation_test

import (
	"context"
	"sync"
	"testing"

	"recado/conversation"
)

func TestDiscardOnce(t *testing.T) {
	d := newDesk(t, nil)
	ctx, intent := context.Background(), conversation.Intent{Actor: operator, IdempotencyKey: "k"}
	failed := conversation.Auth{Verdict: conversation.Failed, DMARC: "fail", Policy: "reject"}
	held := d.accept(letter{from: "ana@c.test", id: "1@c.test", auth: failed})
	for range 2 {
		h, err := d.DiscardHeld(ctx, intent, held.Message)
		if err != nil || h.ID != held.Message {
			t.Fatalf("discard: %v, %v", h, err)
		}
	}
	if _, err := d.DiscardHeld(ctx, conversation.Intent{Actor: operator}, held.Message); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("a discard that is no repetition: %v", err)
	}
	lines, _, err := d.Journal(ctx, operator, conversation.JournalFilter{}, conversation.Page{})
	if err != nil || len(lines) != 2 {
		t.Errorf("%d lines (%v), want held and discarded", len(lines), err)
	}
}

// TestAcceptAtOnce: of two who accept at the same instant each gets the message.
func TestAcceptAtOnce(t *testing.T) {
	d := newDesk(t, nil)
	failed := conversation.Auth{Verdict: conversation.Failed, DMARC: "fail", Policy: "reject"}
	held := d.accept(letter{from: "ana@c.test", id: "1@c.test", auth: failed})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			msg, err := d.AcceptHeld(context.Background(), conversation.Intent{Actor: operator}, held.Message)
			if err != nil || msg.ID != held.Message {
				t.Errorf("accept: %v, %v", msg, err)
			}
		})
	}
	all.Wait()
	if n := len(d.open()); n != 1 {
		t.Errorf("%d protocols are open, want 1", n)
	}
}
