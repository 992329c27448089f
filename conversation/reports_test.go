package conversation_test

import (
	"fmt"
	"slices"
	"testing"

	"recado/conversation"
)

// Whoever knows a Message-ID of ours can forge reports about it: what they add to the protocol is bounded, and they hide no bounce.
func TestRule12ForgedReports(t *testing.T) {
	d := newDesk(t, nil)
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	ours := d.reply(a.Number, "Hello.")
	quoting := func(address, text string) conversation.JournalLine {
		return d.accept(letter{raw: report(address, "failed", "5.1.1", ours.MessageID) + text, rcpt: []string{"care@shop.test"}, returnPath: "<>"})
	}
	state := func() conversation.DeliveryState { return d.show(a.Number).Entries[1].Deliveries[0].State }
	wantFate(t, quoting("forwarded@else.test", ""), conversation.FateEvent, conversation.ReasonReport)
	if got := state(); got != conversation.DeliveryUndelivered {
		t.Errorf("a report of where the only recipient's mail went on to made it %s", got)
	}
	path := d.signer.ReturnPath(ours.ID, "shop.test")
	returned := d.accept(letter{raw: report("forwarded@else.test", "failed", "5.1.1", ours.MessageID) + "a", rcpt: []string{path}, returnPath: "<>"})
	wantFate(t, returned, conversation.FateEvent, conversation.ReasonReport)
	e := d.show(a.Number).Entries
	if last := e[len(e)-1]; last.Details["reporter"] == "" || last.Details["ip"] == "" {
		t.Errorf("the event does not say who reports: %v", last.Details)
	}
	for i := range 18 {
		wantFate(t, quoting("ana@c.test", fmt.Sprint(i)), conversation.FateEvent, conversation.ReasonReport)
	}
	over := quoting("ana@c.test", "over")
	wantFate(t, over, conversation.FateHeld, conversation.ReasonBackscatter)
	hr := d.accept(letter{from: "bea@c.test", to: "hr@shop.test", id: "h@c.test"})
	late := d.reply(a.Number, "Again.")
	for i := range 20 {
		raw := report("x@else.test", "failed", "5.1.1", late.MessageID) + fmt.Sprint(i)
		wantFate(t, d.accept(letter{raw: raw, rcpt: []string{"care@shop.test"}, returnPath: "<>"}), conversation.FateEvent, conversation.ReasonReport)
	}
	bounce := letter{raw: report("ana@c.test", "failed", "5.2.2", late.MessageID), rcpt: []string{d.signer.ReturnPath(late.ID, "shop.test")}, returnPath: "<>"}
	entries := len(d.show(a.Number).Entries)
	wantFate(t, d.accept(bounce), conversation.FateEvent, conversation.ReasonReport)
	wantFate(t, d.accept(bounce), conversation.FateDuplicate, conversation.ReasonDuplicate)
	if e := d.show(a.Number).Entries; len(e) != entries || !slices.ContainsFunc(e, func(e conversation.Entry) bool {
		return e.ID == late.ID && e.Deliveries[0].State == conversation.DeliveryUndelivered && e.Deliveries[0].Code == "5.2.2"
	}) {
		t.Error("claims hide a bounce to the return path")
	}
	theirs := d.reply(hr.Number, "Hello.")
	for i := range 21 {
		raw := report("x@else.test", "failed", "5.1.1", theirs.MessageID) + fmt.Sprint(i)
		l := d.accept(letter{raw: raw, rcpt: []string{"care@shop.test"}, returnPath: "<>"})
		if i == 20 {
			wantFate(t, l, conversation.FateHeld, conversation.ReasonBackscatter)
			if l.Department != "hr" {
				t.Errorf("what tells of an isolated department's mail is held for %q", l.Department)
			}
		}
	}

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

// A receipt that a mail system sends to the return path is no complaint, and no bounce.
func TestRule12ReceiptToTheReturnPath(t *testing.T) {
	d := newDesk(t, nil)
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	ours := d.reply(a.Number, "Hello.")
	raw := "From: MAILER-DAEMON@mx.c.test\r\nTo: x\r\nSubject: Read\r\nMessage-ID: <n@mx.c.test>\r\n" +
		"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b\r\n\r\nIt was opened.\r\n" +
		"--b\r\nContent-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822; ana@c.test\r\n" +
		"Original-Message-ID: <" + ours.MessageID + ">\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--b--\r\n"
	wantFate(t, d.accept(letter{raw: raw, rcpt: []string{d.signer.ReturnPath(ours.ID, "shop.test")}, returnPath: "<>"}), conversation.FateEvent, conversation.ReasonReport)
	e := d.show(a.Number).Entries
	if last := e[len(e)-1]; last.Event == conversation.EventComplaint || last.Event == conversation.EventBounced || e[1].Deliveries[0].State != conversation.DeliveryQueued {
		t.Errorf("event %q, delivery %s", last.Event, e[1].Deliveries[0].State)
	}
}
