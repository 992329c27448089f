package conversation_test

import (
	"context"
	"slices"
	"testing"

	"recado/conversation"
)

func complaint(id, original string) string {
	return "From: fbl@big.test\r\nTo: x\r\nSubject: complaint\r\nMessage-ID: <" + id + "@big.test>\r\n" +
		"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nAn abuse report.\r\n" +
		"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nReporting-MTA: dns; mx.big.test\r\n\r\n" +
		"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <" + original + ">\r\n\r\n--b--\r\n"
}

// A complaint has a return path, unlike a bounce: it is an event on the message that it is about, which
// arrived, and never a customer's protocol.
func TestRule12Complaints(t *testing.T) {
	d := newDesk(t, nil)
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	ours := d.reply(a.Number, "Hello.")
	l := d.accept(letter{raw: complaint("1", ours.MessageID), rcpt: []string{"care@shop.test"}, returnPath: "fbl@big.test"})
	wantFate(t, l, conversation.FateEvent, conversation.ReasonReport)
	entries := d.show(a.Number).Entries
	last := entries[len(entries)-1]
	if last.Event != conversation.EventComplaint || last.InReplyTo != ours.MessageID || slices.Contains(last.Flags, conversation.FlagBounce) {
		t.Errorf("the event: %+v", last.Message)
	}
	if s := entries[1].Deliveries[0].State; s == conversation.DeliveryUndelivered {
		t.Error("a complaint marked its message undelivered")
	}
	lost := d.accept(letter{raw: complaint("2", "other@c.test"), rcpt: []string{"care@shop.test"}, returnPath: "fbl@big.test"})
	wantFate(t, lost, conversation.FateHeld, conversation.ReasonBackscatter)
	if n := len(d.open()); n != 1 {
		t.Errorf("%d protocols are open", n)
	}
}

// Of several recipients a report marks those that it names, and none for an address that it was not sent to;
// a later word of a delay does not undo a failure.
func TestRule12ManyRecipients(t *testing.T) {
	d := newDesk(t, nil)
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	ours, err := d.Reply(context.Background(), conversation.Intent{Actor: operator}, a.Number,
		conversation.ReplyRequest{Text: "Hello.", Cc: []string{"bob@c.test"}})
	if err != nil {
		t.Fatal(err)
	}
	path := []string{d.signer.ReturnPath(ours.ID, "shop.test")}
	states := func() []conversation.DeliveryState {
		var out []conversation.DeliveryState
		for _, delivery := range d.show(a.Number).Entries[1].Deliveries {
			out = append(out, delivery.State)
		}
		return out
	}
	d.accept(letter{raw: report("eve@c.test", "failed", "5.1.1", ours.MessageID), rcpt: path, returnPath: "<>"})
	if got := states(); slices.Contains(got, conversation.DeliveryUndelivered) {
		t.Errorf("somebody else's address marked %v", got)
	}
	d.accept(letter{raw: report("bob@c.test", "failed", "5.2.2", ours.MessageID), rcpt: path, returnPath: "<>"})
	d.accept(letter{raw: report("bob@c.test", "delayed", "4.2.2", ours.MessageID), rcpt: path, returnPath: "<>"})
	if got := states(); len(got) != 2 || got[0] == conversation.DeliveryUndelivered || got[1] != conversation.DeliveryUndelivered {
		t.Errorf("the deliveries are %v, want only the second undelivered", got)
	}
}
