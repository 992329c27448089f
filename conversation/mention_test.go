package conversation_test

import (
	"strings"
	"testing"

	"recado/conversation"
)

func TestFindMentions(t *testing.T) {
	agents := []*conversation.Agent{
		{Email: "ana@shop.test", Name: "Ana Núñez"}, {Email: "ana.maria@shop.test", Name: "Ana María Gil"},
		{Email: "eva@shop.test", Name: "Eva Prado"}, {Email: "rui@other.test", Name: "Rui"},
	}
	for _, c := range []struct{ name, text, want string }{
		{"by name", "hi @Ana Núñez, look", "ana@shop.test as Ana Núñez"},
		{"without case and accents", "@ana nunez", "ana@shop.test as ana nunez"},
		{"by address", "(@eva@shop.test)", "eva@shop.test as eva@shop.test"},
		{"at the end of a sentence", "ask @eva@shop.test.", "eva@shop.test as eva@shop.test"},
		{"by the part before the @", "@ana.maria?", "ana.maria@shop.test as ana.maria"},
		{"by a first word that is one's alone", "@Eva and @rui", "eva@shop.test as Eva, rui@other.test as rui"},
		{"a first word of two is nobody's", "@ana", ""},
		{"an address is no mention", "mail eva@shop.test or x@eva", ""},
		{"of another domain", "@eva@elsewhere.test", ""},
		{"the beginning of another word", "@evaluation", ""},
		{"nobody", "@nobody @ eva @", ""},
		{"twice", "@eva @Eva Prado", "eva@shop.test as eva"},
		{"across lines", "@Ana\nNúñez", ""},
		{"many", strings.Repeat("@x ", 5000) + "@eva", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, m := range conversation.FindMentions(c.text, agents) {
				got = append(got, m.Agent+" as "+m.As)
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestMentions(t *testing.T) {
	d := newDesk(t, nil)
	ctx := t.Context()
	eva, fin, hr := d.addAgent("eva@shop.test", "care"), d.addAgent("fin@shop.test", "finance", "care"), d.addAgent("hr@people.test", "hr")
	n := d.accept(letter{from: "ana@c.test"}).Number
	count := func(what string, a conversation.Actor, want int) {
		t.Helper()
		got, err := d.CountMentions(ctx, a)
		list, _, lerr := d.Mentions(ctx, a, conversation.Page{})
		if err != nil || lerr != nil || got != want || want > 0 && (len(list) != 1 || list[0].Number != n || !list[0].Mentioned) {
			t.Errorf("%s: counted %d, want %d; listed %d; %v %v", what, got, want, len(list), err, lerr)
		}
	}
	in := conversation.Intent{Actor: eva, IdempotencyKey: "k"}
	for range 2 {
		m, err := d.AddNote(ctx, in, n, "@fin, @hr@people.test, @eva: look")
		if err != nil || len(m.Mentions) != 1 || m.Mentions[0].Agent != fin.Email {
			t.Fatalf("told %+v, %v", m, err)
		}
	}
	count("told", fin, 1)
	count("who cannot see it", hr, 0)
	count("who wrote it", eva, 0)
	if item, err := d.Protocol(ctx, fin, n); err != nil || !item.Mentioned {
		t.Errorf("marked: %+v, %v", item, err)
	}
	if list, err := d.Mentionable(ctx, eva, n, "FI"); err != nil || len(list) != 1 || list[0].Email != fin.Email {
		t.Errorf("suggested %v, %v", list, err)
	}
	if list, err := d.Mentionable(ctx, eva, n, "hr"); err != nil || len(list) != 0 {
		t.Errorf("who cannot see it is suggested: %v, %v", list, err)
	}
	// It goes behind the wall: neither counted nor listed, until it comes back.
	if _, err := d.Transfer(ctx, asOperator, n, conversation.TransferRequest{Department: "hr"}); err != nil {
		t.Fatal(err)
	}
	count("behind the wall", fin, 0)
	if list, _, err := d.Mentions(ctx, fin, conversation.Page{}); err != nil || len(list) != 0 {
		t.Errorf("listed behind the wall: %v, %v", list, err)
	}
	if _, err := d.Transfer(ctx, asOperator, n, conversation.TransferRequest{Department: "care"}); err != nil {
		t.Fatal(err)
	}
	count("back again", fin, 1)
	if err := d.MarkRead(ctx, fin, n); err != nil {
		t.Fatal(err)
	}
	count("read", fin, 0)
	if list, _, err := d.Mentions(ctx, fin, conversation.Page{}); err != nil || len(list) != 1 || list[0].Mentioned {
		t.Errorf("a mention that was read: %v, %v", list, err)
	}
	d.finalize(n)
	if _, err := d.AddNote(ctx, conversation.Intent{Actor: operator}, n, "@Eva"); err != nil {
		t.Fatal(err)
	}
	count("at a finalized one, by the operator", eva, 1)
}
