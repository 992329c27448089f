package conversation_test

import (
	"context"
	"testing"
	"time"

	"recado/conversation"
)

func (d *desk) takeBack(id string) *conversation.Undone {
	d.t.Helper()
	u, err := d.TakeBack(context.Background(), conversation.Intent{Actor: eva}, id)
	if err != nil {
		d.t.Fatal(err)
	}
	return u
}

// writeFirst sends an active mail that can be taken back.
func (d *desk) writeFirst() *conversation.Message {
	d.t.Helper()
	r := toAna()
	r.Written = waits(r.Text)
	r.Draft.Subject = r.Subject
	m, err := d.SendMail(context.Background(), conversation.Intent{Actor: eva}, r)
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

func lastEntry(c *conversation.Conversation) *conversation.Message {
	return c.Entries[len(c.Entries)-1].Message
}

func TestTakenBackMailEndsWhatItOpened(t *testing.T) {
	d := newDesk(t, nil)
	m := d.writeFirst()
	for range 2 {
		if u := d.takeBack(m.ID); u.Place != conversation.MailTo("ana@c.test") || u.Draft.Subject != "Your order" {
			t.Errorf("given back %+v", u)
		}
	}
	c := d.show(m.Number)
	if e := lastEntry(c); c.Status != conversation.Finalized || c.Messages != 0 || len(c.Entries) != 1 || e.Event != conversation.EventTakenBack || e.Details["status"] != "finalized" {
		t.Errorf("it is %s with %d messages, and says %+v", c.Status, c.Messages, e)
	}
	if got, _, err := d.Draft(context.Background(), eva, conversation.MailTo("Ana@C.TEST")); err != nil || got == nil || got.Text != "It left." || got.Subject != "Your order" {
		t.Errorf("the draft is %+v, %v", got, err)
	}
	if len(d.queue()) != 0 {
		t.Error("it is still queued")
	}
	// The number stays used, and the customer's next mail opens the next.
	if l := d.accept(letter{from: "ana@c.test"}); l.Number == m.Number || len(d.open()) != 1 {
		t.Errorf("the customer's mail is of %s, open %v", l.Number, d.open())
	}
	if again := d.writeFirst(); again.Number != d.open()[0] {
		t.Errorf("written again, it is of %s", again.Number)
	}
}

func TestTakenBackMailLeavesOpenWhatOthersWroteIn(t *testing.T) {
	for name, meanwhile := range map[string]func(*desk, *conversation.Message){
		"the customer":        func(d *desk, _ *conversation.Message) { d.accept(letter{from: "ana@c.test"}) },
		"a colleague":         func(d *desk, _ *conversation.Message) { d.write(toAna()) },
		"an earlier protocol": func(*desk, *conversation.Message) {},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, nil)
			if name == "an earlier protocol" {
				d.accept(letter{from: "ana@c.test"})
			}
			m := d.writeFirst()
			meanwhile(d, m)
			d.takeBack(m.ID)
			c := d.show(m.Number)
			if c.Status != conversation.Open || c.Messages != 1 || len(d.open()) != 1 {
				t.Errorf("it is %s with %d messages", c.Status, c.Messages)
			}
		})
	}
}

func TestTakenBackMailGivesItsKeyToAPart(t *testing.T) {
	d := newDesk(t, nil)
	a := d.accept(letter{from: "ana@c.test", id: "1@c.test"})
	second := d.accept(letter{from: "ana@c.test", id: "2@c.test", text: "Another thing"})
	if _, err := d.Split(context.Background(), conversation.Intent{Actor: eva}, a.Number, second.Message); err != nil {
		t.Fatal(err)
	}
	part := d.show(d.show(a.Number).Links[0].Number)
	d.finalize(a.Number)
	d.finalize(part.Number)
	m := d.writeFirst()
	if _, err := d.Reopen(context.Background(), conversation.Intent{Actor: eva}, a.Number); codeOf(err) != conversation.CodeConflict {
		t.Errorf("reopened beside it: %v", err)
	}
	d.takeBack(m.ID)
	if _, err := d.Reopen(context.Background(), conversation.Intent{Actor: eva}, a.Number); err != nil {
		t.Errorf("reopened after it: %v", err)
	}
	if l := d.accept(letter{from: "ana@c.test", id: "3@c.test"}); l.Number != a.Number {
		t.Errorf("the next mail is of %s, want %s", l.Number, a.Number)
	}
}

func TestTakenBackRecontactUnlinks(t *testing.T) {
	d := newDesk(t, nil)
	a := d.accept(letter{from: "ana@c.test"})
	d.finalize(a.Number)
	m, err := d.Recontact(context.Background(), conversation.Intent{Actor: eva}, a.Number, conversation.RecontactRequest{Text: "Did it arrive?", Written: waits("Did it arrive?")})
	if err != nil {
		t.Fatal(err)
	}
	if u := d.takeBack(m.ID); u.Place != conversation.RecontactAt(a.Number) {
		t.Errorf("it was written at %+v", u.Place)
	}
	c, old := d.show(m.Number), d.show(a.Number)
	if c.Status != conversation.Finalized || len(c.Links) != 0 || len(old.Links) != 0 || len(d.open()) != 0 {
		t.Errorf("it is %s, links %v and %v", c.Status, c.Links, old.Links)
	}
	if got, _, err := d.Draft(context.Background(), eva, conversation.RecontactAt(a.Number)); err != nil || got == nil || got.Text != "Did it arrive?" {
		t.Errorf("the draft is %+v, %v", got, err)
	}
	// What links there were before stay.
	again := func() *conversation.Message {
		m, err := d.Recontact(context.Background(), conversation.Intent{Actor: eva}, a.Number, conversation.RecontactRequest{Text: "x", Written: waits("x")})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	first, second := again(), again()
	d.takeBack(second.ID)
	if c := d.show(first.Number); c.Status != conversation.Open || len(c.Links) != 1 || c.Messages != 1 {
		t.Errorf("the first one's is %s, links %v, %d messages", c.Status, c.Links, c.Messages)
	}
}

func TestHistoryTakenBack(t *testing.T) {
	d := newDesk(t, nil)
	l := d.accept(letter{from: "ana@c.test"})
	before := d.show(l.Number)
	m, err := d.SendHistory(context.Background(), conversation.Intent{Actor: eva}, l.Number, conversation.HistoryRequest{Wait: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if u := d.takeBack(m.ID); u.Draft != nil {
		t.Errorf("given back %+v", u)
	}
	after := d.show(l.Number)
	if e := lastEntry(after); e.ID != m.ID || e.Event != conversation.EventTakenBack || len(d.queue()) != 0 || after.Messages != before.Messages || after.Preview != before.Preview {
		t.Errorf("the entry is %+v, queued %d", e, len(d.queue()))
	}
}

func TestWhatWasBegunSinceFollowsWhatIsTakenBack(t *testing.T) {
	d := newDesk(t, nil)
	l := d.accept(letter{from: "ana@c.test"})
	m := d.answerThatWaits(l.Number, "Hola")
	at := conversation.ReplyAt(l.Number)
	if got, _, err := d.Draft(context.Background(), eva, at); err != nil || got != nil {
		t.Errorf("after it was sent the draft is %+v, %v", got, err)
	}
	if err := d.SaveDraft(context.Background(), eva, at, conversation.Draft{Text: "Y otra cosa"}); err != nil {
		t.Fatal(err)
	}
	d.takeBack(m.ID)
	if got, _, err := d.Draft(context.Background(), eva, at); err != nil || got.Text != "Hola\n\nY otra cosa" {
		t.Errorf("the draft is %+v, %v", got, err)
	}
}
