package conversation_test

import (
	"fmt"
	"testing"

	"recado/conversation"
)

// Whoever knows a Message-ID of ours can forge reports about it: what they add to the protocol is bounded, and what they mark.
func TestRule12ForgedReports(t *testing.T) {
	d := newDesk(t, nil)
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	ours := d.reply(a.Number, "Hello.")
	quoting := func(address, text string) conversation.JournalLine {
		return d.accept(letter{raw: report(address, "failed", "5.1.1", ours.MessageID) + text, rcpt: []string{"care@shop.test"}, returnPath: "<>"})
	}
	state := func() conversation.DeliveryState { return d.show(a.Number).Entries[1].Deliveries[0].State }
	wantFate(t, quoting("somebody@else.test", ""), conversation.FateEvent, conversation.ReasonReport)
	if got := state(); got != conversation.DeliveryQueued {
		t.Errorf("a report of an address that we did not write to made it %s", got)
	}
	path := d.signer.ReturnPath(ours.ID, "shop.test")
	returned := d.accept(letter{raw: report("forwarded@else.test", "failed", "5.1.1", ours.MessageID) + "a", rcpt: []string{path}, returnPath: "<>"})
	wantFate(t, returned, conversation.FateEvent, conversation.ReasonReport)
	if got := state(); got != conversation.DeliveryUndelivered {
		t.Errorf("a report to the return path made it %s", got)
	}
	e := d.show(a.Number).Entries
	if last := e[len(e)-1]; last.Details["reporter"] == "" || last.Details["ip"] == "" {
		t.Errorf("the event does not say who reports: %v", last.Details)
	}
	for i := range 18 {
		wantFate(t, quoting("ana@c.test", fmt.Sprint(i)), conversation.FateEvent, conversation.ReasonReport)
	}
	over := quoting("ana@c.test", "over")
	wantFate(t, over, conversation.FateHeld, conversation.ReasonBackscatter)
	robot := letter{from: "ana@c.test", id: "r@c.test", header: "Auto-Submitted: auto-replied\r\nIn-Reply-To: <" + ours.MessageID + ">\r\n"}
	wantFate(t, d.accept(robot), conversation.FateHeld, conversation.ReasonAutomatic)
	customer := letter{from: "ana@c.test", id: "2@c.test", header: "In-Reply-To: <" + ours.MessageID + ">\r\n"}
	wantFate(t, d.accept(customer), conversation.FateAppended, conversation.ReasonThread)
	before := len(d.show(a.Number).Entries)
	if _, err := d.AcceptHeld(t.Context(), conversation.Intent{Actor: conversation.Actor{Operator: true}}, over.Message); err != nil {
		t.Fatal(err)
	}
	if got := len(d.show(a.Number).Entries); got != before+1 {
		t.Errorf("an accepted report added %d entries", got-before)
	}
}
