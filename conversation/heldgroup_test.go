package conversation_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"recado/conversation"
)

func TestHeldGroups(t *testing.T) {
	d := newDesk(t, nil)
	ctx := context.Background()
	report := func(n int) {
		d.pass(time.Second)
		d.accept(letter{from: "news@storm.test", returnPath: "<>", id: fmt.Sprint(n, "@storm.test"), header: "Auto-Submitted: auto-replied\r\n"})
	}
	for i := range 250 {
		report(i)
	}
	groups, _, err := d.HeldGroups(ctx, operator, conversation.HeldFilter{}, conversation.Page{})
	if err != nil || len(groups) != 1 || groups[0].Count != 250 {
		t.Fatalf("groups %+v, %v", groups, err)
	}
	g := groups[0]
	until := d.clock()
	report(999) // came while the page was looked at
	f := conversation.HeldFilter{Reason: g.Reason, Who: g.Who, Departments: []string{g.Department}}
	if n, err := d.DiscardHeldGroup(ctx, conversation.Intent{Actor: conversation.Actor{Email: "x@shop.test", Departments: []string{"hr"}}}, f, until); n != 0 || err != nil {
		t.Errorf("somebody of elsewhere discarded %d, %v", n, err)
	}
	if n, err := d.DiscardHeldGroup(ctx, asOperator, f, until); n != 250 || err != nil {
		t.Errorf("discarded %d, %v", n, err)
	}
	if n, err := d.AcceptHeldGroup(ctx, asOperator, f, d.clock()); n != 1 || err != nil {
		t.Errorf("accepted %d, %v", n, err)
	}
	if groups, _, _ := d.HeldGroups(ctx, operator, conversation.HeldFilter{}, conversation.Page{}); len(groups) != 0 {
		t.Errorf("left %+v", groups[0])
	}
}

func TestRule19ExpiryIsAnnounced(t *testing.T) {
	d := newDesk(t, nil)
	ctx := context.Background()
	d.accept(letter{from: "news@c.test", id: "1@c.test", header: "Precedence: bulk\r\n"})
	if n, _, err := d.HeldExpiring(ctx, operator); n != 0 || err != nil {
		t.Errorf("at first %d, %v", n, err)
	}
	d.pass(84 * 24 * time.Hour)
	n, first, err := d.HeldExpiring(ctx, operator)
	if n != 1 || err != nil || first.Sub(d.clock()) > 7*24*time.Hour {
		t.Errorf("a week before: %d, the first at %v, %v", n, first, err)
	}
	if n, _, _ := d.HeldExpiring(ctx, conversation.Actor{Email: "x@shop.test", Departments: []string{"finance"}}); n != 0 {
		t.Errorf("another department hears of %d", n)
	}
	if err := d.Housekeep(ctx); err != nil {
		t.Fatal(err)
	}
}
