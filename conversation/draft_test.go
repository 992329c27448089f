package conversation_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/conversation"
)

func TestDrafts(t *testing.T) {
	d := newDesk(t, nil)
	ctx := context.Background()
	number := d.accept(letter{from: "ana@customer.test"}).Number
	leo := conversation.Actor{Email: "leo@shop.test", Role: conversation.RoleAdmin}
	save := func(a conversation.Actor, text string) {
		t.Helper()
		if err := d.SaveDraft(ctx, a, conversation.ReplyAt(number), conversation.Draft{Text: text, Cc: "x@y.test"}); err != nil {
			t.Fatal(err)
		}
	}
	look := func(a conversation.Actor) (string, []string) {
		t.Helper()
		draft, others, err := d.Draft(ctx, a, conversation.ReplyAt(number))
		if err != nil {
			t.Fatal(err)
		}
		if draft == nil {
			return "", others
		}
		return draft.Text + "|" + draft.Cc, others
	}
	changes := func() uint64 {
		t.Helper()
		n, err := d.LastChange(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := changes()
	save(eva, "Hola")
	save(eva, "Hola Ana")
	if n := changes() - before; n != 1 {
		t.Errorf("two words told %d times, want once", n)
	}
	if text, others := look(eva); text != "Hola Ana|x@y.test" || len(others) != 0 {
		t.Errorf("Eva finds %q and sees %v", text, others)
	}
	if text, others := look(leo); text != "" || !slices.Equal(others, []string{eva.Email}) {
		t.Errorf("Leo finds %q and sees %v", text, others)
	}
	d.pass(conversation.WritingLife)
	if _, others := look(leo); len(others) != 0 {
		t.Errorf("a minute later %v still write", others)
	}
	if text, _ := look(eva); text != "Hola Ana|x@y.test" {
		t.Errorf("a minute later Eva finds %q", text)
	}
	save(eva, "Hola Ana, va")
	save(eva, " ")
	if text, _ := look(eva); text != " |x@y.test" {
		t.Errorf("a draft without words is %q", text)
	}
	if err := d.SaveDraft(ctx, eva, conversation.ReplyAt(number), conversation.Draft{Text: " \n"}); err != nil {
		t.Fatal(err)
	}
	if text, _ := look(eva); text != "" {
		t.Errorf("an emptied draft is %q", text)
	}
	if _, others := look(leo); len(others) != 0 {
		t.Errorf("who emptied it still writes: %v", others)
	}
	save(eva, "Hola")
	d.pass(31 * 24 * time.Hour)
	if text, _ := look(eva); text != "" {
		t.Errorf("a month later the draft is %q", text)
	}
	for name, err := range map[string]error{
		"too long":   d.SaveDraft(ctx, eva, conversation.ReplyAt(number), conversation.Draft{Text: strings.Repeat("a", 1<<20+1)}),
		"of nothing": d.SaveDraft(ctx, eva, conversation.ReplyAt("20261123-999999"), conversation.Draft{Text: "a"}),
	} {
		if codeOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
