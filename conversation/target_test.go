package conversation_test

import (
	"context"
	"strings"
	"testing"

	"recado/conversation"
)

// TestRule6EveryDepartmentSees: whoever a mail was addressed to finds it, also where it opened a protocol
// of another department or came in a transaction of its own, as many servers send it.
func TestRule6EveryDepartmentSees(t *testing.T) {
	d := newDesk(t, nil)
	ctx := context.Background()
	clerk := conversation.Actor{Email: "f@shop.test", Role: conversation.RoleAgent, Departments: []string{"finance"}}
	one := letter{from: "ana@c.test", to: "care@shop.test, finance@shop.test", id: "1@c.test"}
	a := d.accept(one)
	if _, err := d.Protocol(ctx, clerk, a.Number); err != nil {
		t.Errorf("the second department does not see what was opened with it: %v", err)
	}
	split := letter{from: "bea@c.test", to: "care@shop.test, finance@shop.test", id: "2@c.test", rcpt: []string{"care@shop.test"}}
	b := d.accept(split)
	split.rcpt = []string{"finance@shop.test"}
	wantFate(t, d.accept(split), conversation.FateDuplicate, conversation.ReasonDuplicate)
	if _, err := d.Protocol(ctx, clerk, b.Number); err != nil {
		t.Errorf("the second department does not see what was sent to it by itself: %v", err)
	}
	if list, _, err := d.Protocols(ctx, clerk, conversation.ProtocolFilter{}, conversation.Page{}); err != nil || len(list) != 2 {
		t.Errorf("the second department lists %d protocols (%v), want 2", len(list), err)
	}
}

// TestRule12ReportBesidesAChannel: a mail for a return path and a channel at once is stored, not put off for good.
func TestRule12ReportBesidesAChannel(t *testing.T) {
	d := newDesk(t, nil)
	l := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	ours := d.reply(l.Number, "Hello")
	path := d.signer.ReturnPath(ours.ID, "shop.test")
	bounce := d.receive(letter{raw: report("ana@c.test", "failed", "5.1.1", ours.MessageID), rcpt: []string{path, "care@shop.test"}, returnPath: "<>"})
	wantFate(t, bounce.Fates[0], conversation.FateEvent, conversation.ReasonReport)
	wantFate(t, bounce.Fates[1], conversation.FateDuplicate, conversation.ReasonDuplicate)
	person := d.receive(letter{from: "dora@c.test", id: "2@c.test", rcpt: []string{path, "care@shop.test"}})
	wantFate(t, person.Fates[0], conversation.FateOpened, conversation.ReasonStranger)
	wantFate(t, person.Fates[1], conversation.FateDuplicate, conversation.ReasonDuplicate)
	if n := len(d.open()); n != 2 {
		t.Errorf("%d protocols are open, want Ana's and Dora's", n)
	}
}

// TestRule12RobotsAreNoReports: what a robot of the customer's answers to a return path says that the message
// arrived, though it comes from nobody, as Exchange's vacation replies and many read receipts do.
func TestRule12RobotsAreNoReports(t *testing.T) {
	first := letter{from: "ana@c.test", subject: "Order", id: "1@c.test"}
	for name, answer := range map[string]letter{
		"vacation of Exchange": {from: "ana@c.test", subject: "Automatic reply: Order", header: "Auto-Submitted: auto-generated\r\nIn-Reply-To: <ours>\r\n"},
		"vacation by subject":  {from: "ana@c.test", subject: "Out of office: Order"},
		"read receipt": {from: "ana@c.test", subject: "Read: Order", header: "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n",
			text: "--b\r\nContent-Type: text/plain\r\n\r\nIt was read.\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n" +
				"Final-Recipient: rfc822; ana@c.test\r\nOriginal-Message-ID: <ours>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--b--\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, nil)
			l := d.accept(first)
			ours := d.reply(l.Number, "Hello")
			answer.header = strings.ReplaceAll(answer.header, "<ours>", "<"+ours.MessageID+">")
			answer.text = strings.ReplaceAll(answer.text, "<ours>", "<"+ours.MessageID+">")
			answer.id, answer.returnPath = "2@c.test", "<>"
			answer.rcpt = []string{d.signer.ReturnPath(ours.ID, "shop.test")}
			wantFate(t, d.accept(answer), conversation.FateEvent, conversation.ReasonAutomaticAnswer)
			for _, e := range d.show(l.Number).Entries {
				for _, delivery := range e.Deliveries {
					if delivery.State == conversation.DeliveryUndelivered {
						t.Error("the message that was answered is marked undelivered")
					}
				}
			}
		})
	}
}
