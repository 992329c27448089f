package conversation_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"recado/conversation"
	"recado/internal/message"
)

// history sends a protocol's history, and reads the mail.
func (d *desk) history(actor conversation.Actor, number, to string) (*conversation.Message, *message.Message, string) {
	d.t.Helper()
	m, err := d.SendHistory(context.Background(), conversation.Intent{Actor: actor}, number, conversation.HistoryRequest{To: to})
	if err != nil {
		d.t.Fatal(err)
	}
	raw, err := d.RawMail(context.Background(), operator, m.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	defer raw.Close()
	octets, err := io.ReadAll(io.NewSectionReader(raw, 0, raw.Size()))
	if err != nil {
		d.t.Fatal(err)
	}
	if bytes.Contains(bytes.ReplaceAll(octets, []byte("\r\n"), nil), []byte("\r")) || bytes.Contains(bytes.ReplaceAll(octets, []byte("\r\n"), nil), []byte("\n")) {
		d.t.Error("the mail has bare line ends")
	}
	mail := message.ParseBytes(octets, message.Options{Text: true, Digest: true})
	return m, mail, mail.Text + mail.Quoted
}

const withFile = "From: Ana <ana@c.test>\r\nTo: care@shop.test\r\nSubject: Papers\r\nMessage-ID: <1@c.test>\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n" +
	"--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=papers.csv\r\n\r\na,b\r\n--b--\r\n"

func TestRule17History(t *testing.T) {
	d := newDesk(t, sendTypes)
	ctx := context.Background()
	a := d.accept(letter{raw: withFile, rcpt: []string{"care@shop.test"}, from: "ana@c.test"})
	ours := d.reply(a.Number, "Thank you.\rBcc: x\r\n")
	if _, err := d.AddNote(ctx, conversation.Intent{Actor: operator}, a.Number, "A difficult one."); err != nil {
		t.Fatal(err)
	}
	d.finalize(a.Number)
	before := d.show(a.Number)
	m, mail, text := d.history(agentOfCare, a.Number, "ANA@c.test")
	for _, want := range []string{"Protocol number " + a.Number + ", of 2026-11-23 at 09:00", "Ana <ana@c.test>", "Here they are.", "Thank you.", "Customer care <care@shop.test>", "papers.csv", "attached to this mail"} {
		if !strings.Contains(text, want) {
			t.Errorf("the history does not tell %q", want)
		}
	}
	if strings.Contains(text, "difficult") {
		t.Error("a note was sent")
	}
	if len(mail.Attachments) != 1 || mail.Attachments[0].Name != "papers.csv" || mail.From[0].Address != "history@shop.test" || mail.ReplyTo[0].Address != "care@shop.test" || mail.To[0].Address != "ana@c.test" {
		t.Errorf("files %+v, from %v, Reply-To %v, to %v", mail.Attachments, mail.From, mail.ReplyTo, mail.To)
	}
	if m.InReplyTo != ours.MessageID {
		t.Errorf("In reply to %s", m.InReplyTo)
	}
	after := d.show(a.Number)
	e := after.Entries[len(after.Entries)-1]
	if e.Kind != conversation.KindEvent || e.Event != conversation.EventHistory || e.Details["messages"] != "2" || len(e.Deliveries) != 1 ||
		after.Status != conversation.Finalized || after.Messages != before.Messages || len(d.open()) != 0 {
		t.Errorf("the protocol has %+v, is %s with %d messages; open %v", e.Message, after.Status, after.Messages, d.open())
	}
	if q := d.queue()[len(d.queue())-1]; q.Kind != conversation.QueueHistory || q.Number != a.Number {
		t.Errorf("queue item %+v", q)
	}
	// A bounce marks it.
	wantFate(t, d.accept(letter{returnPath: "<>", rcpt: []string{d.signer.ReturnPath(m.ID, "shop.test")}, raw: report("ana@c.test", "failed", "5.1.1", "")}), conversation.FateEvent, conversation.ReasonReport)
	if got := d.show(a.Number).Entries[len(after.Entries)-1].Deliveries[0]; got.State != conversation.DeliveryUndelivered {
		t.Errorf("after the bounce: %+v", got)
	}
	// To another only by a supervisor, and out of that thread.
	_, err := d.SendHistory(ctx, conversation.Intent{Actor: agentOfCare}, a.Number, conversation.HistoryRequest{To: "bea@c.test"})
	if codeOf(err) != conversation.CodeForbidden {
		t.Errorf("an agent sends it to another: %v", err)
	}
	supervisor := agentOfCare
	supervisor.Role = conversation.RoleSupervisor
	if m, _, _ := d.history(supervisor, a.Number, "bea@c.test"); m.To[0].Address != "bea@c.test" || m.InReplyTo != "" {
		t.Errorf("a supervisor's: to %v, in reply to %q", m.To, m.InReplyTo)
	}
	if p := d.show(a.Number); len(p.Participants) != 0 {
		t.Errorf("who was sent the history takes part: %v", p.Participants)
	}
}

func TestRule17HistoryIsBounded(t *testing.T) {
	d := newDesk(t, nil)
	l := d.accept(letter{from: "ana@c.test", id: "0@c.test", text: "The first words."})
	for i := range 12 {
		d.accept(letter{from: "ana@c.test", id: fmt.Sprintf("%d@c.test", i+1), text: strings.Repeat(strings.Repeat("x", 60)+"\r\n", 300)})
	}
	m, _, text := d.history(operator, l.Number, "")
	if strings.Contains(text, "The first words.") || !strings.Contains(text, "do not fit into this mail") || m.Details["omitted"] == "0" || len(text) > 1<<18 {
		t.Errorf("%d octets, omitted %s", len(text), m.Details["omitted"])
	}
}

// What came to an isolated department is told nowhere else (rule 5).
func TestRule17HistoryKeepsTheWall(t *testing.T) {
	d := newDesk(t, nil)
	l := d.accept(letter{from: "ana@c.test", to: "hr@shop.test", id: "1@c.test", text: "In confidence."})
	if _, err := d.Transfer(context.Background(), conversation.Intent{Actor: operator}, l.Number, conversation.TransferRequest{Department: "care"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SendHistory(context.Background(), conversation.Intent{Actor: operator}, l.Number, conversation.HistoryRequest{}); codeOf(err) != conversation.CodeConflict {
		t.Errorf("a history of nothing that may be told: %v", err)
	}
	d.accept(letter{from: "ana@c.test", id: "2@c.test", text: "In the open."})
	if _, _, text := d.history(operator, l.Number, ""); strings.Contains(text, "confidence") || strings.Contains(text, "hr@") || !strings.Contains(text, "In the open.") || strings.Contains(text, "do not fit") {
		t.Errorf("it tells\n%s", text)
	}
}
