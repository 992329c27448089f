package conversation_test

import (
	"strings"
	"testing"

	"recado/conversation"
)

func TestSignatureStandsBelowTheNumber(t *testing.T) {
	d := newDesk(t, func(d *conversation.Directory) { d.Departments[0].Signature = "Shop, care" })
	ctx := t.Context()
	eva := d.addAgent("eva@shop.test", "care")
	in := conversation.Intent{Actor: eva}
	if _, err := d.SetProfile(ctx, in, eva.Email, conversation.ProfileEdit{Signature: ptr("\r\nEva Prado\r\nDesk 3 \n")}); err != nil {
		t.Fatal(err)
	}
	// closes tells whether the newest entry ends with the block: the number, the agent's, the department's.
	closes := func(what, number string, signatures ...string) {
		t.Helper()
		c := d.show(number)
		e := c.Entries[len(c.Entries)-1]
		lines := strings.Split(e.Quoted, "\n")
		if len(lines) < 2 || lines[0] != "-- " || !strings.HasPrefix(lines[1], "Protocol number "+number+", of 2026-11-23 at ") {
			t.Fatalf("%s ends with %q", what, e.Quoted)
		}
		wantEqual(t, what+" is closed by", lines[2:], signatures)
	}
	n := d.accept(letter{from: "ana@c.test"}).Number
	if _, err := d.Reply(ctx, in, n, conversation.ReplyRequest{Text: "Hello"}); err != nil {
		t.Fatal(err)
	}
	closes("an agent's answer", n, "Eva Prado", "Desk 3", "Shop, care")
	d.reply(n, "Hello again")
	closes("the operator's answer", n, "Shop, care")
	d.finalize(n)
	m, err := d.Recontact(ctx, in, n, conversation.RecontactRequest{Text: "Hello"})
	if err != nil {
		t.Fatal(err)
	}
	closes("a re-contact", m.Number, "Eva Prado", "Desk 3", "Shop, care")
	if m, err = d.SendMail(ctx, in, conversation.MailRequest{Department: "care", To: "new@c.test", Subject: "s", Text: "Hello"}); err != nil {
		t.Fatal(err)
	}
	closes("a first mail", m.Number, "Eva Prado", "Desk 3", "Shop, care")
	if _, err := d.SetProfile(ctx, in, eva.Email, conversation.ProfileEdit{Signature: ptr(" \n")}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Reply(ctx, in, m.Number, conversation.ReplyRequest{Text: "Hello"}); err != nil {
		t.Fatal(err)
	}
	closes("after it was taken away", m.Number, "Shop, care")
}

func TestSetProfile(t *testing.T) {
	d := newDesk(t, nil)
	eva := d.addAgent("eva@shop.test", "care")
	for _, c := range []struct {
		name  string
		actor conversation.Actor
		edit  conversation.ProfileEdit
		want  conversation.Code
	}{
		{"one's own", eva, conversation.ProfileEdit{Name: ptr(" Eva  Prado "), Signature: ptr("Eva\n\tPrado"), Language: ptr("pt")}, ""},
		{"another's", conversation.Actor{Email: "sup@shop.test", Role: conversation.RoleSupervisor, Departments: []string{"care"}}, conversation.ProfileEdit{Name: ptr("x")}, conversation.CodeForbidden},
		{"an admin's hand", conversation.Actor{Email: "boss@shop.test", Role: conversation.RoleAdmin}, conversation.ProfileEdit{Language: ptr("")}, ""},
		{"no name", eva, conversation.ProfileEdit{Name: ptr(" ")}, conversation.CodeInvalid},
		{"a name of two lines that turns around", eva, conversation.ProfileEdit{Name: ptr("Eva\u202e")}, conversation.CodeInvalid},
		{"no such language", eva, conversation.ProfileEdit{Language: ptr("fr")}, conversation.CodeInvalid},
		{"too long", eva, conversation.ProfileEdit{Signature: ptr(strings.Repeat("ñ", 2001))}, conversation.CodeInvalid},
		{"as long as it may be", eva, conversation.ProfileEdit{Signature: ptr(strings.Repeat("ñ", 2000))}, ""},
		{"controls", eva, conversation.ProfileEdit{Signature: ptr("a\x00b")}, conversation.CodeInvalid},
		{"turned around", eva, conversation.ProfileEdit{Signature: ptr("a\u202eb")}, conversation.CodeInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := d.SetProfile(t.Context(), conversation.Intent{Actor: c.actor}, eva.Email, c.edit)
			if codeOf(err) != c.want {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if err == nil && a.Name != "Eva Prado" {
				t.Errorf("she is %q", a.Name)
			}
		})
	}
}
