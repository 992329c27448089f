package conversation_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/conversation"
)

// A mail for several targets that meet in one protocol: each is decided after the one before it is done.
func TestTargetsThatMeet(t *testing.T) {
	d := newDesk(t, nil)
	bob := d.accept(letter{from: "bob@c.test", id: "0@c.test"})
	ours := d.reply(bob.Number, "Hello.")
	path := d.signer.ReturnPath(ours.ID, "shop.test")
	for _, tt := range []struct{ name, from string }{{"a new sender", "eva@c.test"}, {"one with an open protocol", "bob@c.test"}} {
		t.Run(tt.name, func(t *testing.T) {
			out := d.receive(letter{from: tt.from, id: "1@" + tt.from, rcpt: []string{path, "care@shop.test"}})
			if out.Action != conversation.Accepted || len(out.Fates) != 2 {
				t.Fatalf("%s, %d lines", out.Action, len(out.Fates))
			}
			if out.Fates[0].Number != out.Fates[1].Number || out.Fates[1].Fate != conversation.FateDuplicate {
				t.Errorf("fates %+v", out.Fates)
			}
		})
	}
}

func TestAcknowledgementLeavesTheSendersNameOut(t *testing.T) {
	d := newDesk(t, func(d *conversation.Directory) { d.Departments[0].Acknowledge = true })
	d.accept(letter{from: `"Win at http://evil.test" <ana@c.test>`, id: "1@c.test"})
	leased, err := d.LeaseDue(context.Background(), conversation.LeasePolicy{Owner: "test", Limit: 1, Lease: time.Minute})
	if err != nil || len(leased) != 1 {
		t.Fatalf("leased %d, %v", len(leased), err)
	}
	raw, err := d.OutgoingMail(context.Background(), leased[0])
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	b := make([]byte, raw.Size())
	raw.ReadAt(b, 0)
	if strings.Contains(string(b), "evil.test") {
		t.Errorf("the acknowledgement carries what the sender wrote:\n%s", b)
	}
}

func TestHeldMailWithoutASenderCanBeAccepted(t *testing.T) {
	d := newDesk(t, nil)
	raw := strings.Replace(report("x@c.test", "failed", "5.1.1", "foreign@c.test"), "From: MAILER-DAEMON@mx.c.test\r\n", "", 1)
	l := d.accept(letter{raw: raw, rcpt: []string{"care@shop.test"}, returnPath: "<>"})
	wantFate(t, l, conversation.FateHeld, conversation.ReasonBackscatter)
	msg, err := d.AcceptHeld(context.Background(), conversation.Intent{Actor: operator}, l.Message)
	if err != nil || msg.Number == "" {
		t.Fatalf("accept: %v", err)
	}
}

func TestAnOwnProtocolIsPreferredToAStrangers(t *testing.T) {
	d := newDesk(t, nil)
	ana := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	hers := d.reply(ana.Number, "Hello.")
	bob := d.accept(letter{from: "bob@c.test", id: "2@c.test"})
	his := d.reply(bob.Number, "Hello.")
	d.finalize(bob.Number)
	l := d.accept(letter{from: "bob@c.test", id: "3@c.test", header: "In-Reply-To: <" + hers.MessageID + ">\r\nReferences: <" + his.MessageID + ">\r\n"})
	wantFate(t, l, conversation.FateOpened, conversation.ReasonAnswerFinalized)
	if c := d.show(l.Number); !slices.Equal(c.Links, []conversation.Link{{Number: bob.Number, Kind: conversation.LinkPrevious}}) {
		t.Errorf("links %v", c.Links)
	}
}
