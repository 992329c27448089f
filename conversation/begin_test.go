package conversation_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"recado/conversation"
)

var agentOfCare = conversation.Actor{Email: "eva@shop.test", Name: "Eva", Role: conversation.RoleAgent, Departments: []string{"care"}}

func (d *desk) write(r conversation.MailRequest) *conversation.Message {
	d.t.Helper()
	m, err := d.SendMail(context.Background(), conversation.Intent{Actor: operator}, r)
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

// toAna is an active mail of care's.
func toAna() conversation.MailRequest {
	return conversation.MailRequest{Department: "care", To: "ana@c.test", Name: "Ana", Subject: "Your order", Text: "It left."}
}

// sendTypes gives care a channel of each send type that only sends.
func sendTypes(d *conversation.Directory) {
	for _, t := range []conversation.SendType{conversation.SendActive, conversation.SendRecontact, conversation.SendHistory} {
		d.Channels = append(d.Channels, conversation.Channel{Email: string(t) + "@shop.test", Department: "care", Send: t, Active: true})
	}
}

func TestRule17ActiveMailOpens(t *testing.T) {
	d := newDesk(t, sendTypes)
	m := d.write(toAna())
	c := d.show(m.Number)
	if c.Status != conversation.Open || c.Contact != (conversation.ContactRef{Address: "ana@c.test", Name: "Ana"}) || c.Subject != "Your order" || c.Messages != 1 {
		t.Errorf("it opened %+v", c.Protocol)
	}
	e := c.Entries[0]
	if e.From.Address != "active@shop.test" || len(e.ReplyTo) != 1 || e.ReplyTo[0].Address != "care@shop.test" || e.Subject != "Your order [#"+m.Number+"]" {
		t.Errorf("from %v, Reply-To %v, subject %q", e.From, e.ReplyTo, e.Subject)
	}
	if want := "Protocol number " + m.Number + ", of 2026-11-23 at 09:00"; e.Text != "It left." && !strings.HasPrefix(e.Text, "It left.\n") || !strings.Contains(e.Quoted, want) {
		t.Errorf("text %q, quoted %q, want %q", e.Text, e.Quoted, want)
	}
	if q := d.queue()[0]; q.Kind != conversation.QueueActive || q.Number != m.Number || q.Recipients[0] != "ana@c.test" {
		t.Errorf("queue item %+v", q)
	}
	if who, err := d.Contact(context.Background(), operator, "ana@c.test"); err != nil || who.Name != "Ana" {
		t.Errorf("contact %+v, %v", who, err)
	}
	// The answer, and the next active mail, are of the same protocol.
	answer := d.accept(letter{from: "ana@c.test", id: "1@c.test", header: "In-Reply-To: <" + m.MessageID + ">\r\n"})
	wantFate(t, answer, conversation.FateAppended, conversation.ReasonThread)
	if again := d.write(toAna()); answer.Number != m.Number || again.Number != m.Number || again.InReplyTo != "1@c.test" {
		t.Errorf("opened %s, answered %s, again %s in reply to %s", m.Number, answer.Number, again.Number, again.InReplyTo)
	}
}

func TestRule17ActiveMailJoins(t *testing.T) {
	d := newDesk(t, nil)
	theirs := d.accept(letter{from: "ana@c.test", to: "finance@shop.test", id: "1@c.test"})
	m, err := d.SendMail(context.Background(), conversation.Intent{Actor: agentOfCare}, toAna())
	if err != nil || m.Number != theirs.Number {
		t.Fatalf("it is of %v (%v), the contact's open protocol is %s", m, err, theirs.Number)
	}
	c, err := d.Conversation(context.Background(), agentOfCare, m.Number)
	if err != nil || c.Department != "finance" || c.Contact.Name != "" || !c.WaitingSince.IsZero() {
		t.Errorf("who wrote sees %+v (%v)", c, err)
	}
	hr := toAna()
	hr.Department = "hr"
	if apart := d.write(hr); apart.Number == m.Number || d.show(apart.Number).Key.Department != "hr" {
		t.Errorf("an isolated department's mail is of %s", apart.Number)
	}
}

func TestRule17ActiveMailRefuses(t *testing.T) {
	d := newDesk(t, func(d *conversation.Directory) {
		d.Channels[1].Send = conversation.SendReceptive // finance
	})
	tests := []struct {
		name   string
		change func(*conversation.MailRequest)
		code   conversation.Code
		says   string
	}{
		{"no text", func(r *conversation.MailRequest) { r.Text = " \n" }, conversation.CodeInvalid, "empty"},
		{"no subject", func(r *conversation.MailRequest) { r.Subject = "\r\n" }, conversation.CodeInvalid, "subject is missing"},
		{"a subject with a control character", func(r *conversation.MailRequest) { r.Subject = "a\x00b" }, conversation.CodeInvalid, "control"},
		{"no recipient", func(r *conversation.MailRequest) { r.To = "" }, conversation.CodeInvalid, "recipient is missing"},
		{"no address", func(r *conversation.MailRequest) { r.To = "ana" }, conversation.CodeInvalid, "not an e-mail address"},
		{"two addresses", func(r *conversation.MailRequest) { r.To = "ana@c.test, bea@c.test" }, conversation.CodeInvalid, "not an e-mail address"},
		{"a line end in the address", func(r *conversation.MailRequest) { r.To = "ana@c.test\r\nBcc: bea@c.test" }, conversation.CodeInvalid, "not an e-mail address"},
		{"a channel of ours", func(r *conversation.MailRequest) { r.To = "Care+x@Shop.test" }, conversation.CodeInvalid, "a domain of ours"},
		{"a department that is not", func(r *conversation.MailRequest) { r.Department = "sales" }, conversation.CodeInvalid, "no department"},
		{"a department behind a wall", func(r *conversation.MailRequest) { r.Department = "hr" }, conversation.CodeInvalid, `no department "hr"`}, // as if there were none
		{"a department without a channel for it", func(r *conversation.MailRequest) { r.Department = "finance" }, conversation.CodeConflict, "add or enable one of the send type active or all"},
	}
	who := agentOfCare
	who.Departments = []string{"care", "finance"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := toAna()
			tt.change(&r)
			_, err := d.SendMail(context.Background(), conversation.Intent{Actor: who}, r)
			if codeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("answered %v, want %s with %q", err, tt.code, tt.says)
			}
		})
	}
	if len(d.open()) != 0 || len(d.queue()) != 0 {
		t.Errorf("what was refused left %v and %d mails", d.open(), len(d.queue()))
	}
	if _, err := d.Sender(who, "finance", conversation.SendActive); codeOf(err) != conversation.CodeConflict {
		t.Errorf("asked before: %v", err)
	}
}

func (d *desk) recontact(number string) (*conversation.Message, error) {
	return d.Recontact(context.Background(), conversation.Intent{Actor: operator}, number, conversation.RecontactRequest{Text: "Did it arrive?"})
}

func linksOf(p *conversation.Protocol) string { return fmt.Sprint(p.Links) }

func TestRule17Recontact(t *testing.T) {
	d := newDesk(t, sendTypes)
	a := d.accept(letter{from: "Ana <ana@c.test>", id: "2@c.test", subject: "Order", header: "References: <1@c.test>\r\n"})
	d.accept(letter{from: "ana@c.test", to: "finance@shop.test", id: "3@c.test"})
	ours := d.reply(a.Number, "It left.")
	if _, err := d.recontact(a.Number); codeOf(err) != conversation.CodeConflict || !strings.Contains(err.Error(), "answer in it") {
		t.Errorf("re-contact of an open protocol: %v", err)
	}
	d.finalize(a.Number)
	m, err := d.recontact(a.Number)
	if err != nil {
		t.Fatal(err)
	}
	c := d.show(m.Number)
	e := c.Entries[0]
	if e.From.Address != "recontact@shop.test" || e.To[0].Address != "ana@c.test" || e.Subject != "Re: Order [#"+m.Number+"]" || c.Subject != "Order" {
		t.Errorf("from %v to %v, %q of %q", e.From, e.To, e.Subject, c.Subject)
	}
	if e.InReplyTo != ours.MessageID || !strings.HasSuffix(ids(e.References), "<"+ours.MessageID+">") {
		t.Errorf("In-Reply-To %s, References %v", e.InReplyTo, e.References)
	}
	old := d.show(a.Number)
	if linksOf(c.Protocol) != fmt.Sprintf("[{%s previous}]", a.Number) || linksOf(old.Protocol) != fmt.Sprintf("[{%s next}]", m.Number) || old.Messages != 3 {
		t.Errorf("links %v and %v, the old one has %d messages", c.Links, old.Links, old.Messages)
	}
	if fmt.Sprint(c.SeenBy) != "[finance]" {
		t.Errorf("seen by %v: those who saw the old one", c.SeenBy)
	}
	if q := d.queue()[len(d.queue())-1]; q.Kind != conversation.QueueRecontact || q.Number != m.Number {
		t.Errorf("queue item %+v", q)
	}
	// A second one joins what the first opened.
	again, err := d.recontact(a.Number)
	if err != nil || again.Number != m.Number || linksOf(d.show(m.Number).Protocol) != linksOf(c.Protocol) {
		t.Errorf("the second is of %v (%v), links %v", again, err, d.show(m.Number).Links)
	}
	// In an isolated department it stays there.
	b := d.accept(letter{from: "ana@c.test", to: "hr@shop.test", id: "4@c.test"})
	d.finalize(b.Number)
	apart, err := d.recontact(b.Number)
	if err != nil || apart.Number == m.Number || d.show(apart.Number).Key.Department != "hr" {
		t.Errorf("the isolated department's is of %v (%v)", apart, err)
	}
	if _, err := d.Recontact(context.Background(), conversation.Intent{Actor: agentOfCare}, b.Number, conversation.RecontactRequest{Text: "x"}); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("somebody else's: %v", err)
	}
}

// However many write to one contact at once, and whoever of them asks twice, he has one open protocol.
func TestRule17ActiveMailsAtOnce(t *testing.T) {
	d := newDesk(t, nil)
	var wg sync.WaitGroup
	var numbers, messages sync.Map
	for i := range 8 {
		wg.Go(func() {
			m, err := d.SendMail(context.Background(), conversation.Intent{Actor: operator, IdempotencyKey: fmt.Sprint(i % 4)}, toAna())
			if err != nil {
				t.Error(err)
				return
			}
			numbers.Store(m.Number, true)
			messages.Store(m.ID, true)
			if !strings.Contains(m.Subject, m.Number) {
				t.Errorf("a mail of %s names another number: %q", m.Number, m.Subject)
			}
		})
	}
	wg.Wait()
	if n := lengthOf(&numbers); n != 1 || len(d.open()) != 1 {
		t.Errorf("%d numbers, open %v", n, d.open())
	}
	if n := lengthOf(&messages); n != 4 || len(d.queue()) != 4 {
		t.Errorf("%d messages and %d mails of 4 requests", n, len(d.queue()))
	}
}

func lengthOf(m *sync.Map) int {
	n := 0
	m.Range(func(any, any) bool { n++; return true })
	return n
}

// TestAnsweringFromBehindAWall: an address of an isolated department is to those outside none of ours.
func TestAnsweringFromBehindAWall(t *testing.T) {
	d := newDesk(t, nil)
	n := d.accept(letter{from: "ana@c.test", id: "1@c.test"}).Number
	for channel, want := range map[string]conversation.Code{"hr@shop.test": conversation.CodeInvalid, "nobody@shop.test": conversation.CodeInvalid, "finance@shop.test": conversation.CodeForbidden} {
		who := agentOfCare
		who.Departments = []string{"care"}
		_, err := d.Reply(context.Background(), by(who), n, conversation.ReplyRequest{Text: "Hello.", Channel: channel})
		if codeOf(err) != want {
			t.Errorf("from %s: %v, want %s", channel, err, want)
		}
	}
}
