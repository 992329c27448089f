package conversation_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/conversation"
)

func TestRuleOfTheProduct(t *testing.T) {
	d := newDesk(t, nil)
	first := d.accept(letter{from: "Ana <ana@c.test>", subject: "Order", id: "1@c.test"})
	wantFate(t, first, conversation.FateOpened, conversation.ReasonFirst)
	second := d.accept(letter{from: "ANA@C.test", subject: "Something else", id: "2@c.test"})
	wantFate(t, second, conversation.FateAppended, conversation.ReasonOpenProtocol)
	if first.Number != second.Number {
		t.Errorf("one sender has the numbers %s and %s", first.Number, second.Number)
	}
	other := d.accept(letter{from: "bea@c.test", id: "3@c.test"})
	if other.Number == first.Number {
		t.Error("two senders share a number")
	}
	tagged := d.accept(letter{from: "ana+shop@c.test", id: "4@c.test"})
	if tagged.Number == first.Number {
		t.Error("a plus-tag is part of the address unless the file folds it")
	}
	d.finalize(first.Number)
	third := d.accept(letter{from: "ana@c.test", id: "5@c.test"})
	wantFate(t, third, conversation.FateOpened, conversation.ReasonFirst)
	if third.Number == first.Number {
		t.Error("a finalized protocol took another mail")
	}
}

func TestRule1FoldsPlusTags(t *testing.T) {
	d := newDesk(t, func(d *conversation.Directory) { d.FoldPlusTags = true })
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	b := d.accept(letter{from: "ana+x@c.test", id: "2@c.test"})
	if a.Number != b.Number {
		t.Errorf("%s and %s, want one number", a.Number, b.Number)
	}
	if c := d.accept(letter{from: "a.na@c.test", id: "3@c.test"}); c.Number == a.Number {
		t.Error("dots never fold")
	}
}

func TestRule2NumbersBeginAtMidnightOfTheZone(t *testing.T) {
	d := newDesk(t, nil)
	d.now = time.Date(2026, 11, 24, 2, 59, 0, 0, time.UTC) // 23:59 of the 23rd in São Paulo
	a := d.accept(letter{from: "a@c.test", id: "1@c.test"})
	b := d.accept(letter{from: "b@c.test", id: "2@c.test"})
	d.pass(2 * time.Minute)
	c := d.accept(letter{from: "c@c.test", id: "3@c.test"})
	if got := []string{a.Number, b.Number, c.Number}; !slices.Equal(got, []string{"20261123-000001", "20261123-000002", "20261124-000001"}) {
		t.Errorf("numbers %v", got)
	}
}

func TestRule5AnotherDepartmentAndIsolation(t *testing.T) {
	d := newDesk(t, nil)
	care := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	finance := d.accept(letter{from: "ana@c.test", to: "finance@shop.test", id: "2@c.test"})
	if finance.Number != care.Number {
		t.Fatalf("the second department opened %s", finance.Number)
	}
	clerk := conversation.Actor{Email: "f@shop.test", Role: conversation.RoleAgent, Departments: []string{"finance"}}
	c, err := d.Conversation(context.Background(), clerk, care.Number)
	if err != nil {
		t.Fatalf("the department that a message came to does not see it: %v", err)
	}
	if c.Entries[1].Channel != "finance@shop.test" || c.Department != "care" {
		t.Errorf("the message came to %s, the protocol is of %s", c.Entries[1].Channel, c.Department)
	}
	hr := d.accept(letter{from: "ana@c.test", to: "hr@shop.test", id: "3@c.test"})
	if hr.Number == care.Number {
		t.Fatal("an isolated department shares the protocol")
	}
	admin := conversation.Actor{Email: "x@shop.test", Role: conversation.RoleAdmin, Departments: []string{"care", "finance"}}
	if _, err := d.Conversation(context.Background(), admin, hr.Number); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("an admin outside reads the isolated protocol: %v", err)
	}
	list, _, err := d.Protocols(context.Background(), admin, conversation.ProtocolFilter{}, conversation.Page{})
	if err != nil || len(list) != 1 {
		t.Errorf("an admin outside lists %d protocols (%v), want 1", len(list), err)
	}
	lines, _, err := d.Journal(context.Background(), admin, conversation.JournalFilter{}, conversation.Page{})
	if err != nil || len(lines) != 2 {
		t.Errorf("an admin outside sees %d lines of the journal (%v), want 2", len(lines), err)
	}
}

func TestRule5RefusesAFileThatWouldLayOpen(t *testing.T) {
	d := newDesk(t, nil)
	l := d.accept(letter{from: "ana@c.test", to: "hr@shop.test", id: "1@c.test"})
	open := directory(func(d *conversation.Directory) { d.Departments[2].Isolated = false })
	err := d.SetDirectory(context.Background(), open)
	if codeOf(err) != conversation.CodeConflict || !strings.Contains(err.Error(), l.Number) {
		t.Fatalf("SetDirectory = %v, want a conflict that lists %s", err, l.Number)
	}
	if !d.Directory().Isolated("hr") {
		t.Error("the refused file counts")
	}
	d.finalize(l.Number)
	if err := d.SetDirectory(context.Background(), open); err != nil {
		t.Errorf("with nothing open it is refused still: %v", err)
	}
}

func TestRule6SeveralOfOurs(t *testing.T) {
	d := newDesk(t, nil)
	out := d.receive(letter{
		from: "ana@c.test", to: "Finance <finance@shop.test>, care@shop.test, hr@shop.test", id: "1@c.test",
		rcpt: []string{"care@shop.test", "hr@shop.test", "finance@shop.test"},
	})
	if len(out.Fates) != 3 {
		t.Fatalf("%d lines of the journal, want one a recipient", len(out.Fates))
	}
	list := d.open()
	if len(list) != 2 {
		t.Fatalf("%d protocols, want one shared and one isolated", len(list))
	}
	shared := d.show(out.Fates[0].Number)
	if shared.Department != "finance" {
		t.Errorf("it belongs to %s, want the first of ours in To", shared.Department)
	}
	e := shared.Entries[0]
	if !slices.Equal(e.AlsoTo, []string{"care@shop.test"}) || !slices.Contains(e.Flags, conversation.FlagAlsoSentTo) {
		t.Errorf("also sent to %v, flags %v", e.AlsoTo, e.Flags)
	}
	for _, a := range e.To {
		if a.Address == "hr@shop.test" {
			t.Error("the isolated department is named on a message elsewhere")
		}
	}
	for _, s := range e.Trace {
		if strings.Contains(s.Fact, "hr@") {
			t.Errorf("the isolated department is named in the trace: %s", s.Fact)
		}
	}
}

func TestRule7AnswersFindTheirProtocol(t *testing.T) {
	d := newDesk(t, nil)
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test", subject: "Order"})
	ours := d.reply(a.Number, "On its way.")
	back := d.accept(letter{from: "ana@c.test", id: "2@c.test", header: "In-Reply-To: <" + ours.MessageID + ">\r\n"})
	wantFate(t, back, conversation.FateAppended, conversation.ReasonThread)
	d.finalize(a.Number)
	next := d.accept(letter{from: "ana@c.test", id: "3@c.test", header: "References: <x@y> <" + strings.ToUpper(ours.MessageID) + ">\r\n"})
	wantFate(t, next, conversation.FateOpened, conversation.ReasonAnswerFinalized)
	if got := d.show(next.Number).Links; !slices.Equal(got, []conversation.Link{{Number: a.Number, Kind: conversation.LinkPrevious}}) {
		t.Errorf("links of the new one: %v", got)
	}
	if got := d.show(a.Number).Links; !slices.Equal(got, []conversation.Link{{Number: next.Number, Kind: conversation.LinkNext}}) {
		t.Errorf("links of the old one: %v", got)
	}
	subject := d.accept(letter{from: "eva@c.test", id: "4@c.test", subject: "Re: Order [#" + a.Number + "]"})
	wantFate(t, subject, conversation.FateOpened, conversation.ReasonFirst)
}

func TestRule8ParticipantsAndStrangers(t *testing.T) {
	d := newDesk(t, nil)
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test", header: "Cc: bob@c.test, finance@shop.test\r\n"})
	ours := d.reply(a.Number, "Hello.")
	answer := "In-Reply-To: <" + ours.MessageID + ">\r\n"
	bob := d.accept(letter{from: "bob@c.test", id: "2@c.test", header: answer})
	wantFate(t, bob, conversation.FateAppended, conversation.ReasonParticipant)
	if bob.Number != a.Number {
		t.Errorf("the participant's answer went to %s", bob.Number)
	}
	eva := d.accept(letter{from: "eva@c.test", id: "3@c.test", header: answer})
	wantFate(t, eva, conversation.FateOpened, conversation.ReasonStranger)
	c := d.show(eva.Number)
	if !slices.Contains(c.Links, conversation.Link{Number: a.Number, Kind: conversation.LinkStranger}) || !slices.Contains(c.Entries[0].Flags, conversation.FlagStranger) {
		t.Errorf("links %v, flags %v", c.Links, c.Entries[0].Flags)
	}
	alone := d.accept(letter{from: "bob@c.test", id: "4@c.test"})
	if alone.Number == a.Number {
		t.Error("a participant's mail without a Message-ID of ours joined")
	}
	unverifiedCc := d.accept(letter{from: "una@c.test", id: "5@c.test", auth: unverified, header: "Cc: mia@c.test\r\n"})
	ours = d.reply(unverifiedCc.Number, "Hello.")
	mia := d.accept(letter{from: "mia@c.test", id: "6@c.test", header: "In-Reply-To: <" + ours.MessageID + ">\r\n"})
	wantFate(t, mia, conversation.FateOpened, conversation.ReasonStranger)
}

// TestRule8AgentAddsParticipants: whom an agent writes to within a protocol may answer into it.
func TestRule8AgentAddsParticipants(t *testing.T) {
	d := newDesk(t, nil)
	l := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	ours, err := d.Reply(context.Background(), conversation.Intent{Actor: operator}, l.Number, conversation.ReplyRequest{
		Text: "The carrier will answer.", To: []string{"ana@c.test", "Carrier@ship.test"}, Cc: []string{"boss@ship.test", "finance@shop.test"},
	})
	if err != nil {
		t.Fatal(err)
	}
	header := "In-Reply-To: " + ids([]string{ours.MessageID}) + "\r\n"
	for _, from := range []string{"carrier@ship.test", "boss@ship.test"} {
		got := d.accept(letter{from: from, id: "2@" + from, header: header})
		wantFate(t, got, conversation.FateAppended, conversation.ReasonParticipant)
		if got.Number != l.Number {
			t.Errorf("%s answered into %s, want %s", from, got.Number, l.Number)
		}
	}
	wantFate(t, d.accept(letter{from: "other@ship.test", id: "3@c.test", header: header}), conversation.FateOpened, conversation.ReasonStranger)
	for _, p := range d.show(l.Number).Participants {
		if p == "ana@c.test" || p == "finance@shop.test" {
			t.Errorf("%s is a participant: the contact and our own are none", p)
		}
	}
}

func TestRule9DNSAway(t *testing.T) {
	d := newDesk(t, nil)
	away := letter{from: "ana@c.test", id: "1@c.test", auth: conversation.Auth{Verdict: conversation.Unverified, Temporary: true}}
	if out := d.receive(away); out.Action != conversation.Later || out.Reason != conversation.ReasonDNSTemporary {
		t.Fatalf("first try: %s %s", out.Action, out.Reason)
	}
	d.pass(59 * time.Minute)
	if out := d.receive(away); out.Action != conversation.Later {
		t.Fatalf("within the hour: %s", out.Action)
	}
	d.pass(2 * time.Minute)
	l := d.accept(away)
	wantFate(t, l, conversation.FateOpened, conversation.ReasonFirst)
	if e := d.show(l.Number).Entries[0]; !slices.Contains(e.Flags, conversation.FlagUnverified) {
		t.Errorf("flags %v", e.Flags)
	}
}

func TestRule10Forms(t *testing.T) {
	d := newDesk(t, func(d *conversation.Directory) { d.Departments[0].Acknowledge = true })
	l := d.accept(letter{from: "Web <form@shop-site.test>", id: "1@f", header: "Reply-To: Ana <ana@c.test>\r\n"})
	c := d.show(l.Number)
	if c.Contact.Address != "ana@c.test" || c.Entries[0].Auth.Verdict != conversation.Unverified {
		t.Errorf("contact %v, verdict %s", c.Contact, c.Entries[0].Auth.Verdict)
	}
	if len(d.queue()) != 0 {
		t.Error("a form's sender, whom nobody verifies, is acknowledged")
	}
	forged := d.accept(letter{from: "form@shop-site.test", id: "2@f", auth: unverified, header: "Reply-To: eva@c.test\r\n"})
	if c := d.show(forged.Number); c.Contact.Address != "form@shop-site.test" {
		t.Errorf("an unverified form names its sender: %v", c.Contact)
	}
	plain := d.accept(letter{from: "bob@c.test", id: "3@c.test", header: "Reply-To: elsewhere@c.test\r\n"})
	if e := d.show(plain.Number).Entries[0]; !slices.Contains(e.Flags, conversation.FlagReplyTo) || e.From.Address != "bob@c.test" {
		t.Errorf("from %v, flags %v", e.From, e.Flags)
	}
}

func TestRule11Robots(t *testing.T) {
	d := newDesk(t, func(d *conversation.Directory) {
		d.Channels[0].Robots = []string{"erp.test"}
		d.Departments[0].Acknowledge = true
	})
	robot := d.accept(letter{from: "news@c.test", id: "1@c.test", header: "Precedence: bulk\r\nList-Id: <x.c.test>\r\n"})
	wantFate(t, robot, conversation.FateHeld, conversation.ReasonAutomatic)
	list := d.accept(letter{from: "list@c.test", id: "2@c.test", header: "List-Id: <x.c.test>\r\n"})
	wantFate(t, list, conversation.FateOpened, conversation.ReasonFirst)
	wanted := d.accept(letter{from: "invoices@erp.test", id: "3@erp.test", header: "Auto-Submitted: auto-generated\r\n"})
	wantFate(t, wanted, conversation.FateOpened, conversation.ReasonFirst)
	if n := len(d.queue()); n != 0 {
		t.Errorf("%d acknowledgements to robots and lists", n)
	}
	ana := d.accept(letter{from: "ana@c.test", id: "4@c.test"})
	ours := d.reply(ana.Number, "Hello.")
	d.finalize(ana.Number)
	before := d.show(ana.Number)
	vacation := d.accept(letter{from: "ana@c.test", id: "5@c.test", returnPath: "<>",
		header: "Auto-Submitted: auto-replied\r\nIn-Reply-To: <" + ours.MessageID + ">\r\n"})
	wantFate(t, vacation, conversation.FateEvent, conversation.ReasonAutomaticAnswer)
	after := d.show(ana.Number)
	if after.Status != conversation.Finalized || after.Messages != before.Messages || after.Unread != before.Unread {
		t.Errorf("the robot's answer reopened or signalled: %+v", after.Protocol)
	}
	if len(after.Entries) != len(before.Entries)+1 {
		t.Errorf("%d entries, want one more than %d", len(after.Entries), len(before.Entries))
	}
}

func report(recipient, action, status, original string) string {
	return "From: MAILER-DAEMON@mx.c.test\r\nTo: x\r\nSubject: Undelivered\r\nMessage-ID: <r" + action + status + "@mx.c.test>\r\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.c.test\r\n\r\nFinal-Recipient: rfc822; " + recipient +
		"\r\nAction: " + action + "\r\nStatus: " + status + "\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n" +
		"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <" + original + ">\r\n\r\n--b--\r\n"
}

func TestRule12Reports(t *testing.T) {
	d := newDesk(t, nil)
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	ours := d.reply(a.Number, "Hello.")
	path := d.signer.ReturnPath(ours.ID, "shop.test")
	if s := d.Recipient(strings.ToUpper(path)); s != conversation.RecipientAlways {
		t.Fatalf("RCPT of the return path: %v", s)
	}
	if s := d.Recipient("b+" + ours.ID + ".0000000000000000@shop.test"); s != conversation.RecipientUnknown {
		t.Errorf("RCPT of a forged return path: %v", s)
	}
	delayed := d.accept(letter{raw: report("ana@c.test", "delayed", "4.4.1", ours.MessageID), rcpt: []string{path}, returnPath: "<>"})
	wantFate(t, delayed, conversation.FateEvent, conversation.ReasonReport)
	if got := d.show(a.Number).Entries[1].Deliveries[0].State; got != conversation.DeliveryQueued {
		t.Errorf("a delay made it %s", got)
	}
	failed := letter{raw: report("ana@c.test", "failed", "5.1.1", ours.MessageID), rcpt: []string{"care@shop.test"}, returnPath: "<>"}
	wantFate(t, d.accept(failed), conversation.FateEvent, conversation.ReasonReport)
	got := d.show(a.Number).Entries[1].Deliveries[0]
	if got.State != conversation.DeliveryUndelivered || got.Code != "5.1.1" || !strings.Contains(got.Reason, "no such user") {
		t.Errorf("delivery %+v", got)
	}
	wantFate(t, d.accept(failed), conversation.FateDuplicate, conversation.ReasonDuplicate)
	lost := d.accept(letter{raw: report("x@c.test", "failed", "5.1.1", "foreign@c.test"), rcpt: []string{"care@shop.test"}, returnPath: "<>"})
	wantFate(t, lost, conversation.FateHeld, conversation.ReasonBackscatter)
	if n := len(d.open()); n != 1 {
		t.Errorf("reports opened protocols: %d are open", n)
	}
}

func TestRule13Duplicates(t *testing.T) {
	d := newDesk(t, nil)
	mail := letter{from: "ana@c.test", id: "1@c.test", text: "One."}
	first := d.accept(mail)
	again := mail
	again.header = "Received: from x by y; Mon, 23 Nov 2026 10:00:00 -0300\r\nX-Spam: no\r\n"
	wantFate(t, d.accept(again), conversation.FateDuplicate, conversation.ReasonDuplicate)
	again.rcpt = []string{"finance@shop.test"}
	if l := d.accept(again); l.Fate != conversation.FateDuplicate || l.Number != first.Number {
		t.Errorf("to another address of ours: %+v", l)
	}
	if e := d.show(first.Number).Entries; len(e) != 1 || !slices.Equal(e[0].AlsoTo, []string{"finance@shop.test"}) {
		t.Errorf("%d entries; the new recipient was not noted: %v", len(e), e[0].AlsoTo)
	}
	other := mail
	other.text = "Two."
	l := d.accept(other)
	wantFate(t, l, conversation.FateAppended, conversation.ReasonOpenProtocol)
	if e := d.show(first.Number).Entries[1]; !slices.Contains(e.Flags, conversation.FlagDuplicateID) {
		t.Errorf("flags %v", e.Flags)
	}
	elsewhere := mail
	elsewhere.rcpt = []string{"hr@shop.test"}
	wantFate(t, d.accept(elsewhere), conversation.FateOpened, conversation.ReasonFirst) // another key
	none := letter{from: "bob@c.test", text: "No Message-ID."}
	wantFate(t, d.accept(none), conversation.FateOpened, conversation.ReasonFirst)
	wantFate(t, d.accept(none), conversation.FateDuplicate, conversation.ReasonDuplicate)
	held := letter{from: "news@c.test", id: "n@c.test", header: "Precedence: bulk\r\n"}
	wantFate(t, d.accept(held), conversation.FateHeld, conversation.ReasonAutomatic)
	wantFate(t, d.accept(held), conversation.FateDuplicate, conversation.ReasonDuplicate)
}

func TestRule14Acknowledgements(t *testing.T) {
	d := newDesk(t, func(d *conversation.Directory) { d.Departments[0].Acknowledge = true })
	a := d.accept(letter{from: "Ana <ana@c.test>", id: "1@c.test", subject: "secret words"})
	q := d.queue()
	if len(q) != 1 || q[0].Kind != conversation.QueueAcknowledgement || q[0].ReturnPath != "" {
		t.Fatalf("queue %+v", q)
	}
	leased, err := d.LeaseDue(context.Background(), conversation.LeasePolicy{Owner: "test", Limit: 10, Lease: time.Minute})
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
	text := string(b)
	for _, want := range []string{"Auto-Submitted: auto-replied", a.Number, "In-Reply-To: <1@c.test>", "ana@c.test"} {
		if !strings.Contains(text, want) {
			t.Errorf("the acknowledgement has no %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "secret") {
		t.Errorf("it repeats what the sender wrote:\n%s", text)
	}
	d.accept(letter{from: "ana@c.test", id: "2@c.test"})
	d.accept(letter{from: "una@c.test", id: "3@c.test", auth: unverified})
	d.accept(letter{from: "fin@c.test", to: "finance@shop.test", id: "4@c.test"})
	d.accept(letter{from: "quiet@c.test", id: "5@c.test", header: "X-Auto-Response-Suppress: All\r\n"})
	if n := len(d.queue()); n != 1 {
		t.Errorf("%d acknowledgements, want 1", n)
	}
	for i := range 4 { // at most three an hour
		d.finalize(d.accept(letter{from: "bob@c.test", id: fmt.Sprint("b", i)}).Number)
	}
	if n := len(d.queue()); n != 4 {
		t.Errorf("%d acknowledgements, want 1 and 3", n)
	}
	d.pass(61 * time.Minute)
	d.accept(letter{from: "bob@c.test", id: "b9"})
	if n := len(d.queue()); n != 5 {
		t.Errorf("%d acknowledgements, want one more an hour later", n)
	}
}

func TestRule15LoopsAndFloods(t *testing.T) {
	d := newDesk(t, func(d *conversation.Directory) { d.Limits.MailsPerHour = 3 })
	if out := d.receive(letter{from: "ana@c.test", id: "l@c.test", header: strings.Repeat("Received: by x\r\n", 101)}); out.Action != conversation.Refused || out.Reason != conversation.ReasonLoopReceived {
		t.Errorf("101 Received: %s %s", out.Action, out.Reason)
	}
	wantFate(t, d.accept(letter{from: "Finance@shop.test", id: "o@c.test"}), conversation.FateHeld, conversation.ReasonOurselves)
	for i := range 3 {
		if l := d.accept(letter{from: "ana@c.test", id: fmt.Sprint(i)}); l.Fate == conversation.FateHeld {
			t.Fatalf("mail %d was held", i)
		}
	}
	wantFate(t, d.accept(letter{from: "ana@c.test", id: "3"}), conversation.FateHeld, conversation.ReasonFlood)
	wantFate(t, d.accept(letter{from: "ana@c.test", id: "0"}), conversation.FateDuplicate, conversation.ReasonDuplicate)
	d.pass(61 * time.Minute)
	wantFate(t, d.accept(letter{from: "ana@c.test", id: "4"}), conversation.FateAppended, conversation.ReasonOpenProtocol)
}

func TestRule18FinalizeAndReopen(t *testing.T) {
	d := newDesk(t, nil)
	ctx, intent := context.Background(), conversation.Intent{Actor: operator}
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	d.finalize(a.Number)
	d.finalize(a.Number) // a second click changes nothing
	if e := d.show(a.Number).Entries; len(e) != 2 {
		t.Errorf("%d entries after two finalize, want the mail and one event", len(e))
	}
	if _, err := d.Reply(ctx, intent, a.Number, conversation.ReplyRequest{Text: "x"}); codeOf(err) != conversation.CodeConflict {
		t.Errorf("an answer into a finalized protocol: %v", err)
	}
	if _, err := d.AddNote(ctx, intent, a.Number, "note"); err != nil {
		t.Errorf("a note on a finalized protocol: %v", err)
	}
	b := d.accept(letter{from: "ana@c.test", id: "2@c.test"})
	if _, err := d.Reopen(ctx, intent, a.Number); codeOf(err) != conversation.CodeConflict || !strings.Contains(err.Error(), b.Number) {
		t.Errorf("reopen beside an open one: %v", err)
	}
	d.finalize(b.Number)
	if _, err := d.Reopen(ctx, intent, a.Number); err != nil {
		t.Fatal(err)
	}
	if c := d.show(a.Number); c.WaitingSince.IsZero() {
		t.Error("the reopened protocol, whose last words are the customer's, waits for nobody")
	}
	if l := d.accept(letter{from: "ana@c.test", id: "3@c.test"}); l.Number != a.Number {
		t.Errorf("the next mail went to %s, want the reopened %s", l.Number, a.Number)
	}
}

func TestRule19HeldMail(t *testing.T) {
	d := newDesk(t, nil)
	ctx, intent := context.Background(), conversation.Intent{Actor: operator}
	failed := conversation.Auth{Verdict: conversation.Failed, Policy: "reject"}
	policy := d.accept(letter{from: "ana@c.test", id: "1@c.test", auth: failed, text: "It was me."})
	wantFate(t, policy, conversation.FateHeld, conversation.ReasonFailed)
	arrived := d.clock()
	d.pass(3 * time.Hour)
	msg, err := d.AcceptHeld(ctx, intent, policy.Message)
	if err != nil {
		t.Fatal(err)
	}
	if msg.ID != policy.Message || !msg.ReceivedAt.Equal(arrived) {
		t.Errorf("accepted as %s of %s, want %s of %s", msg.ID, msg.ReceivedAt, policy.Message, arrived)
	}
	if e := d.show(msg.Number).Entries[0]; !strings.Contains(e.Text, "It was me.") {
		t.Errorf("text %q", e.Text)
	}
	second, err := d.AcceptHeld(ctx, intent, policy.Message)
	if err != nil || second.Number != msg.Number {
		t.Errorf("the second click: %v", err)
	}
	lines, _, err := d.Journal(ctx, operator, conversation.JournalFilter{Receipt: policy.Receipt}, conversation.Page{})
	if err != nil || len(lines) != 2 || lines[0].Fate != conversation.FateAccepted || lines[0].Number != msg.Number {
		t.Errorf("journal %+v, %v", lines, err)
	}
	robot := d.accept(letter{from: "news@c.test", id: "2@c.test", header: "Precedence: bulk\r\n"})
	mine := d.accept(letter{from: "bob@c.test", id: "3@c.test", auth: failed})
	d.pass(91 * 24 * time.Hour)
	if err := d.Housekeep(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := d.HeldMail(ctx, operator, robot.Message); codeOf(err) != conversation.CodeNotFound {
		t.Errorf("the robot's mail after its days: %v", err)
	}
	if _, err := d.HeldMail(ctx, operator, mine.Message); err != nil {
		t.Errorf("a customer's held mail expired: %v", err)
	}
	if _, err := d.DiscardHeld(ctx, intent, mine.Message); err != nil {
		t.Fatal(err)
	}
	lines, _, _ = d.Journal(ctx, operator, conversation.JournalFilter{}, conversation.Page{})
	if lines[0].Fate != conversation.FateDiscarded || lines[1].Fate != conversation.FateExpired {
		t.Errorf("the last fates are %s and %s", lines[1].Fate, lines[0].Fate)
	}
}

func TestRule20ExplainChangesNothing(t *testing.T) {
	d := newDesk(t, nil)
	in := d.incoming(letter{from: "ana@c.test", id: "1@c.test", to: "care@shop.test, nobody@shop.test"})
	got, err := d.Explain(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Action != "refuse" || got[0].Reason != conversation.ReasonUnknown || got[1].Action != "open" {
		t.Errorf("explanations %+v", got)
	}
	if len(d.open()) != 0 {
		t.Error("explain opened a protocol")
	}
	kept := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	stored, err := d.StoredMail(context.Background(), operator, kept.Message)
	if err != nil {
		t.Fatal(err)
	}
	got, err = d.Explain(context.Background(), stored)
	if err != nil || len(got) != 1 || got[0].Action != "append" || got[0].Number != kept.Number {
		t.Errorf("a mail that we keep is explained as %+v, %v: it is no copy of itself", got, err)
	}
}

func TestTwoMailsOfOneSenderAtOnce(t *testing.T) {
	d := newDesk(t, nil)
	const senders, each = 20, 10
	var wg sync.WaitGroup
	for s := range senders {
		for i := range each {
			in := d.incoming(letter{from: fmt.Sprintf("s%d@c.test", s), id: fmt.Sprintf("%d.%d@c.test", s, i)})
			wg.Go(func() {
				if _, err := d.Receive(context.Background(), in); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	if n := len(d.open()); n != senders {
		t.Errorf("%d open protocols of %d senders", n, senders)
	}
	for _, number := range d.open() {
		if c := d.show(number); len(c.Entries) != each || c.Messages != each {
			t.Errorf("%s has %d entries and counts %d, want %d", number, len(c.Entries), c.Messages, each)
		}
	}
}

func TestReplyOnceAndAtTheVersionThatWasSeen(t *testing.T) {
	d := newDesk(t, nil)
	ctx := context.Background()
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	version := d.show(a.Number).Version
	d.accept(letter{from: "ana@c.test", id: "2@c.test"})
	_, err := d.Reply(ctx, conversation.Intent{Actor: operator, IfMatch: &version}, a.Number, conversation.ReplyRequest{Text: "x"})
	if codeOf(err) != conversation.CodeChanged {
		t.Errorf("an answer at an old version: %v", err)
	}
	intent := conversation.Intent{Actor: operator, IdempotencyKey: "k"}
	var wg sync.WaitGroup
	var made [5]string
	for i := range made {
		wg.Go(func() {
			m, err := d.Reply(ctx, intent, a.Number, conversation.ReplyRequest{Text: "Once."})
			if err != nil {
				t.Error(err)
				return
			}
			made[i] = m.ID
		})
	}
	wg.Wait()
	if slices.ContainsFunc(made[:], func(id string) bool { return id != made[0] }) || len(d.queue()) != 1 {
		t.Errorf("one request made %v and %d queue items", made, len(d.queue()))
	}
}

func TestIdempotencyKeyCountsWithinItsRequest(t *testing.T) {
	d := newDesk(t, nil)
	ctx, intent := context.Background(), conversation.Intent{Actor: operator, IdempotencyKey: "order-7"}
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	b := d.accept(letter{from: "bea@c.test", id: "2@c.test"})
	toAna, err := d.Reply(ctx, intent, a.Number, conversation.ReplyRequest{Text: "Hello"})
	if err != nil {
		t.Fatal(err)
	}
	toBea, err := d.Reply(ctx, intent, b.Number, conversation.ReplyRequest{Text: "Hello"})
	if err != nil || toBea.ID == toAna.ID {
		t.Errorf("the key of another protocol's answer kept one from being sent: %v (%v)", toBea, err)
	}
	if note, err := d.AddNote(ctx, intent, a.Number, "called"); err != nil || note.Kind != conversation.KindNote {
		t.Errorf("the key of an answer stood for a note: %v (%v)", note, err)
	}
	for range 2 {
		if p, err := d.Finalize(ctx, intent, a.Number, ""); err != nil || p.Status != conversation.Finalized {
			t.Errorf("the key of an answer stood for finalize: %v (%v)", p, err)
		}
	}
	if p, err := d.Reopen(ctx, intent, a.Number); err != nil || p.Status != conversation.Open {
		t.Errorf("the key of finalize stood for reopen: %v (%v)", p, err)
	}
	if n := len(d.queue()); n != 2 {
		t.Errorf("%d mails are queued, want 2", n)
	}
}

// TestReplyIsMadeWhenItIsMade: not at the second's beginning, which may be before what it answers.
func TestReplyIsMadeWhenItIsMade(t *testing.T) {
	d := newDesk(t, nil)
	l := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	before := time.Now()
	if m := d.reply(l.Number, "Hello"); m.ReceivedAt.Before(before) || m.Date.Nanosecond() != 0 {
		t.Errorf("made at %s, dated %s, asked for at %s", m.ReceivedAt, m.Date, before)
	}
}

func TestReplyThreads(t *testing.T) {
	d := newDesk(t, func(d *conversation.Directory) {
		d.Channels = append(d.Channels,
			conversation.Channel{Email: "info@shop.test", Department: "care", Send: conversation.SendReceptive, Active: true})
		d.Departments[0].Signature = "Customer care, Shop"
	})
	a := d.accept(letter{from: "Ana <ana@c.test>", to: "info@shop.test", id: "2@c.test", subject: "RE: pedido", header: "References: <0@c.test> <1@c.test>\r\n"})
	ours := d.reply(a.Number, "Olá!\n")
	if ours.From.Address != "info@shop.test" {
		t.Errorf("the answer leaves from %s, want the address that the customer wrote to", ours.From.Address)
	}
	if ours.Subject != "RE: pedido [#"+a.Number+"]" {
		t.Errorf("subject %q", ours.Subject)
	}
	e := d.show(a.Number).Entries[1]
	if e.InReplyTo != "2@c.test" || ids(e.References) != "<0@c.test> <1@c.test> <2@c.test>" {
		t.Errorf("In-Reply-To %s, References %v", e.InReplyTo, e.References)
	}
	if want := "-- \nProtocol number " + a.Number + ", of 2026-11-23 at 09:00 -03\nCustomer care, Shop"; e.Text != "Olá!" || e.Quoted != want {
		t.Errorf("text %q, quoted %q, want %q", e.Text, e.Quoted, want)
	}
	if q := d.queue()[0]; q.ReturnPath != d.signer.ReturnPath(ours.ID, "shop.test") || q.Domain != "shop.test" {
		t.Errorf("queue item %+v", q)
	}
}

func codeOf(err error) conversation.Code {
	var e *conversation.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// What is forged in somebody's name does not hold his own mail.
func TestRule15ForgedFloodDoesNotHoldTheSender(t *testing.T) {
	d := newDesk(t, func(d *conversation.Directory) { d.Limits.MailsPerHour = 2 })
	n := 0
	send := func(auth conversation.Auth, ip string) conversation.JournalLine {
		n++
		in := d.incoming(letter{from: "ana@c.test", id: fmt.Sprint(n, "@c.test"), auth: auth})
		in.Envelope.RemoteIP = netip.MustParseAddr(ip)
		out, err := d.Receive(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		return out.Fates[0]
	}
	for range 5 {
		send(unverified, "203.0.113.1")
	}
	wantFate(t, send(unverified, "203.0.113.99"), conversation.FateHeld, conversation.ReasonFlood) // the same /24
	if l := send(verified, "192.0.2.1"); l.Fate == conversation.FateHeld {
		t.Errorf("the verified sender is held: %+v", l)
	}
	if l := send(unverified, "198.51.100.1"); l.Fate == conversation.FateHeld {
		t.Errorf("an unverified mail of another network is held: %+v", l)
	}
	for i := range 20 {
		send(unverified, fmt.Sprintf("10.0.%d.1", i))
	}
	wantFate(t, send(unverified, "10.9.9.1"), conversation.FateHeld, conversation.ReasonFlood) // ten times the limit, from wherever
	send(verified, "192.0.2.1")
	wantFate(t, send(verified, "192.0.2.2"), conversation.FateHeld, conversation.ReasonFlood)
}
