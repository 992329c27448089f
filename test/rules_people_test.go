package test

import (
	"slices"
	"strings"
	"testing"
)

// The type of a channel says what it receives; an answer leaves from the address that the customer wrote to.
func TestRule03SendTypes(t *testing.T) {
	p := newProduct(t, settings{channels: departments})
	p.accept("ana@verified.test", []string{"strict@shop.test"}, mail("ana@verified.test", "One", "1@v.test", "", "Hello."))
	c := p.one()
	if c.Messages[0].Channel != "strict@shop.test" {
		t.Fatalf("it came to %s", c.Messages[0].Channel)
	}
	if m := p.reply(c.Number, "Hello.\n"); m.Channel != "strict@shop.test" || m.From.Address != "strict@shop.test" {
		t.Errorf("the answer leaves from %s as %s", m.Channel, m.From.Address)
	}
	if left := p.sent(1)[0]; !strings.HasSuffix(left.From, "@shop.test") || strings.Contains(string(left.Raw), "\nReply-To:") {
		t.Errorf("the answer's return path is %s, or it has a Reply-To though its address receives", left.From)
	}
	if code, text := p.deliver("ana@verified.test", []string{"news@shop.test"}, mail("ana@verified.test", "x", "2@v.test", "", "x")); code != 550 || !strings.HasPrefix(text, "5.7.1") {
		t.Errorf("a channel for first contact answers %d %s", code, text)
	}
}

func TestRule08Participants(t *testing.T) {
	p := newProduct(t, settings{})
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Order", "1@v.test", "Cc: Bob <bob@verified.test>, care@shop.test\n", "Hello."))
	number := p.one().Number
	ours := p.reply(number, "Hello.\n")
	answer := "In-Reply-To: <" + ours.MessageID + ">\n"
	p.accept("bob@verified.test", toCare, mail("bob@verified.test", "Re: Order", "2@v.test", answer, "I take part."))
	c := p.one()
	if last := c.Messages[len(c.Messages)-1]; last.From.Address != "bob@verified.test" || !slices.Contains(last.Flags, "participant") {
		t.Errorf("the participant's mail: %+v", last)
	}
	// Without a Message-ID of that protocol he has one of his own; and whom an unverified mail names is nobody.
	p.accept("bob@verified.test", toCare, mail("bob@verified.test", "Mine", "3@v.test", "", "Something else."))
	if l := p.protocols("--contact", "bob@verified.test"); len(l) != 1 || l[0].Number == number {
		t.Errorf("the participant's own protocol: %+v", l)
	}
	p.accept("eva@plain.test", toCare, mail("eva@plain.test", "Forged", "4@v.test", "Cc: mallory@verified.test\n", "Hello."))
	forged := p.protocols("--contact", "eva@plain.test")[0].Number
	theirs := p.reply(forged, "Hello.\n")
	many := "References: " + strings.Repeat(strings.Repeat("<x@y.test> ", 10)+"\n ", 1000) + "<" + theirs.MessageID + ">\n"
	p.accept("mallory@verified.test", toCare, mail("mallory@verified.test", "Re: Forged", "5@v.test", many, "Let me in."))
	l := p.protocols("--contact", "mallory@verified.test")
	if len(l) != 1 || l[0].Number == forged || !slices.Contains(p.show(l[0].Number).Messages[0].Flags, "stranger") {
		t.Errorf("whom an unverified mail put in Cc: %+v", l)
	}
}

func TestRule10ReplyToAndForms(t *testing.T) {
	p := newProduct(t, settings{channels: oneDepartment + "\n[[form]]\nfrom = \"web@verified.test\"\n\n[[form]]\nfrom = \"web@plain.test\"\n"})
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Plain", "1@v.test", "Reply-To: other@verified.test\n", "Hello."))
	c := p.show(p.protocols("--contact", "ana@verified.test")[0].Number)
	if !slices.Contains(c.Messages[0].Flags, "reply-to") {
		t.Errorf("flags %v", c.Messages[0].Flags)
	}
	if m := p.reply(c.Number, "Hello.\n"); len(m.To) != 1 || m.To[0].Address != "ana@verified.test" {
		t.Errorf("the answer goes to %+v", m.To)
	}
	p.accept("web@verified.test", toCare, mail("web@verified.test", "Form", "2@v.test", "Reply-To: Eva <eva@strict.test>, second@plain.test\n", "By form."))
	l := p.protocols("--contact", "eva@strict.test")
	if len(l) != 1 {
		t.Fatalf("the form's sender has %d protocols", len(l))
	}
	if m := p.show(l[0].Number).Messages[0]; m.Auth.Verdict != "unverified" || m.From.Name != "Eva" {
		t.Errorf("by form: %s from %+v", m.Auth.Verdict, m.From)
	}
	p.accept("web@plain.test", toCare, mail("web@plain.test", "Forged form", "3@v.test", "Reply-To: bob@verified.test\n", "By a forger."))
	if l := p.protocols("--contact", "bob@verified.test"); len(l) != 0 {
		t.Errorf("a form that nobody vouches for made %+v", l)
	}
	p.accept("web@verified.test", toCare, mail("web@verified.test", "Ours", "4@v.test", "Reply-To: care@shop.test\n", "A loop."))
	if held := all[heldDoc](p, "held", "list", "--reason", "loop"); len(held) != 1 {
		t.Errorf("a form that names us: held %+v", held)
	}
}
