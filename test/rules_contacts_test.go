package test

import (
	"slices"
	"strings"
	"testing"
)

type knownDoc struct {
	Address, Name string
	MailName      string `json:"mail_name"`
	Blocked       bool
	Addresses     []string
}

// Mail of a blocked contact is held from then on, is let through by hand, and comes in again once it is unblocked.
func TestRule22Block(t *testing.T) {
	p := newProduct(t, settings{channels: strings.Replace(oneDepartment, "acknowledge = false", "acknowledge = true", 1)})
	p.accept("ana@verified.test", toCare, mail("Ana <ana@verified.test>", "One", "1@v.test", "", "Hello."))
	number := p.one().Number
	p.sent(1) // the acknowledgement
	p.mustRun("contact", "link", "ana@verified.test", "ana@plain.test")
	p.mustRun("contact", "block", "Ana@Verified.test", "--reason", "rude words")
	ours := p.reply(number, "Hello.\n")
	p.sent(2)
	answer := "In-Reply-To: <" + ours.MessageID + ">\n"
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Re: One", "2@v.test", answer, "An answer."))
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Forged?", "3@v.test", "", "Another."))
	p.accept("ana@plain.test", toCare, mail("ana@plain.test", "Mine", "4@v.test", "", "From the other address."))
	held := all[heldDoc](p, "held", "list", "--reason", "policy")
	if len(held) != 2 || len(p.protocols("--contact", "ana@plain.test")) != 1 {
		t.Fatalf("held %+v", held)
	}
	if out, _, _ := p.run("held", "show", held[0].ID); !strings.Contains(out, "contact    blocked by the operator since 2") {
		t.Errorf("the trace does not say who blocked:\n%s", out)
	}
	p.mustRun("protocol", "finalize", number)
	p.mustRun("held", "accept", held[0].ID)
	p.mustRun("contact", "unblock", "ana@verified.test")
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Again", "5@v.test", "", "I am sorry."))
	l := p.protocols("--contact", "ana@verified.test", "--status", "open")
	if len(l) != 1 || l[0].Number == number || l[0].Messages != 2 {
		t.Fatalf("accepted and unblocked: %+v", l)
	}
	if out, _, _ := p.run("protocol", "show", l[0].Number); strings.Contains(out, "acknowledged") {
		t.Errorf("who was blocked when the protocol opened is acknowledged:\n%s", out)
	}
	var c knownDoc
	p.mustRun("contact", "name", "ana@verified.test", "Ana Peña")
	p.json(&c, "contact", "show", "ana@verified.test")
	if got := p.show(number).Contact.Name; got != c.Name || got != p.protocols("--contact", "ana@plain.test")[0].Contact.Name {
		t.Errorf("her protocol says %q, the contact %q", got, c.Name)
	}
	if c.Blocked || c.Name != "Ana Peña" || !slices.Equal(c.Addresses, []string{"ana@verified.test", "ana@plain.test"}) {
		t.Errorf("the contact: %+v", c)
	}
	if n := len(all[protocolDoc](p, "contact", "protocols", "ana@plain.test")); n != 3 {
		t.Errorf("the person has %d protocols, want 3", n)
	}
}
