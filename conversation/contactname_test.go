package conversation_test

import (
	"context"
	"testing"

	"recado/conversation"
)

// The name that an agent gave stands in every list of the side that it was given on, and on no other; never in a mail.
func TestGivenNameInLists(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, nil)
	care := d.accept(letter{from: "Ana <ana@c.test>", id: "1@c.test"}).Number
	hr := d.accept(letter{from: "Ana <ana@c.test>", id: "2@c.test", to: "hr@shop.test"}).Number
	names := func(a conversation.Actor) map[string]string {
		t.Helper()
		items, _, err := d.Protocols(ctx, a, conversation.ProtocolFilter{}, conversation.Page{})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for i := range items {
			out[items[i].Number] = items[i].Known().Name
			one := must[*conversation.ProtocolItem](d)(d.Protocol(ctx, a, items[i].Number))
			window := must[*conversation.Windowed](d)(d.ConversationWindow(ctx, a, items[i].Number, conversation.Window{Newest: 5}))
			if name := out[items[i].Number]; one.Known().Name != name || window.Known().Name != name {
				t.Errorf("%s is %q in a list, %q alone, %q with what was written", one.Number, name, one.Known().Name, window.Known().Name)
			}
		}
		return out
	}
	want := func(what string, a conversation.Actor, number, name string) {
		t.Helper()
		if got := names(a)[number]; got != name {
			t.Errorf("%s: %s sees %q, want %q", what, a.Email, got, name)
		}
	}
	want("as mails say", ines, care, "Ana")
	must[*conversation.Person](d)(d.NameContact(ctx, by(hugo), "ana@c.test", "hr", "Ana, who left"))
	want("named by the isolated one", hugo, hr, "Ana, who left")
	want("named by the isolated one", sol, hr, "Ana, who left")
	for _, a := range []conversation.Actor{ines, sol, boss} {
		want("named by the isolated one", a, care, "Ana")
	}
	must[*conversation.Person](d)(d.NameContact(ctx, by(ines), "ana@c.test", "", "Ana Peña, Mercado 12"))
	want("named by the others", ines, care, "Ana Peña, Mercado 12")
	want("named by the others", hugo, hr, "Ana, who left")
	if msg := d.reply(care, "Hello."); msg.To[0].Name != "Ana" {
		t.Errorf("the mail is to %q", msg.To[0].Name)
	}
	// Of a person with several addresses the newest name counts.
	other := d.accept(letter{from: "ana@work.test", id: "3@c.test"}).Number
	must[*conversation.Person](d)(d.LinkContact(ctx, by(ines), "ana@c.test", "", []string{"ana@work.test"}, nil))
	want("linked", ines, other, "Ana Peña, Mercado 12")
	must[*conversation.Person](d)(d.NameContact(ctx, by(ines), "ana@c.test", "", ""))
	want("unnamed", ines, care, "Ana")
}
