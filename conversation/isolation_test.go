package conversation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"recado/conversation"
)

// What the wall of an isolated department (rule 5) holds back in corners where mail takes an odd way.

// TestRule12ReportOfAnIsolatedMessage: a bounce that a relay led to another department's address tells
// that department nothing.
func TestRule12ReportOfAnIsolatedMessage(t *testing.T) {
	d := newDesk(t, nil)
	ctx := context.Background()
	clerk := conversation.Actor{Email: "c@shop.test", Role: conversation.RoleAgent, Departments: []string{"care"}}
	hr := d.accept(letter{from: "ana@c.test", to: "hr@shop.test", id: "1@c.test"})
	ours := d.reply(hr.Number, "Hello")
	bounce := d.accept(letter{raw: report("ana@c.test", "failed", "5.1.1", ours.MessageID), rcpt: []string{"care@shop.test"}, returnPath: "<>"})
	wantFate(t, bounce, conversation.FateEvent, conversation.ReasonReport)
	if lines, _, err := d.Journal(ctx, clerk, conversation.JournalFilter{}, conversation.Page{}); err != nil || len(lines) != 0 {
		t.Errorf("another department's journal names the isolated protocol: %v (%v)", lines, err)
	}
	care := d.accept(letter{from: "bea@c.test", id: "2@c.test"})
	theirs := d.reply(care.Number, "Hello")
	d.accept(letter{raw: report("bea@c.test", "failed", "5.1.1", theirs.MessageID), rcpt: []string{"hr@shop.test"}, returnPath: "<>"})
	for _, e := range d.show(care.Number).Entries {
		if e.Channel == "hr@shop.test" || e.Department == "hr" || strings.Contains(fmt.Sprint(e.Trace), "hr") {
			t.Errorf("an entry elsewhere names the isolated department: %s %s %v", e.Channel, e.Department, e.Trace)
		}
	}
}

// TestRule19HeldMailStaysWithItsDepartment: what was held for a department is accepted into that department,
// also when its address was switched off meanwhile.
func TestRule19HeldMailStaysWithItsDepartment(t *testing.T) {
	ctx, intent := context.Background(), conversation.Intent{Actor: operator}
	for _, c := range []struct {
		name   string
		change func(*conversation.Directory)
		code   conversation.Code // of the error, where it cannot be accepted
	}{
		{"switched off", func(d *conversation.Directory) { d.Channels[2].Active = false }, ""},
		{"sends only", func(d *conversation.Directory) { d.Channels[2].Send = conversation.SendActive }, ""},
		{"removed", func(d *conversation.Directory) { d.Channels = d.Channels[:2] }, conversation.CodeConflict},
		{"department removed", func(d *conversation.Directory) { d.Channels, d.Departments = d.Channels[:2], d.Departments[:2] }, conversation.CodeConflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, nil)
			failed := conversation.Auth{Verdict: conversation.Failed, DMARC: "fail", Policy: "reject"}
			held := d.accept(letter{from: "ana@c.test", to: "hr@shop.test", id: "1@c.test", auth: failed})
			if err := d.SetDirectory(ctx, directory(c.change)); err != nil {
				t.Fatal(err)
			}
			msg, err := d.AcceptHeld(ctx, intent, held.Message)
			if c.code != "" {
				if codeOf(err) != c.code {
					t.Errorf("accepted into %v (%v), want a %s", msg, err, c.code)
				}
				if _, err := d.HeldMail(ctx, operator, held.Message); err != nil {
					t.Errorf("it is not held any more: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if p := d.show(msg.Number); p.Department != "hr" || p.Key.Department != "hr" {
				t.Errorf("it was accepted into %s with the key %v", p.Department, p.Key)
			}
		})
	}
}
