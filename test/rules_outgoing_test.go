package test

import (
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sendTypes has a department whose channels each have one send type, and one without any that sends first.
const sendTypes = `
[[domain]]
name = "shop.test"
postmaster = "care@shop.test"

[[department]]
id = "care"
name = "Customer care"
acknowledge = false

[[department]]
id = "box"
name = "Box"
acknowledge = false

[[channel]]
email = "care@shop.test"
department = "care"
send = "receptive"

[[channel]]
email = "new@shop.test"
department = "care"
send = "active"

[[channel]]
email = "again@shop.test"
department = "care"
send = "recontact"

[[channel]]
email = "told@shop.test"
department = "care"
send = "history"

[[channel]]
email = "box@shop.test"
department = "box"
send = "receptive"
`

// text is a file with the text.
func (p *product) text(text string) string {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "text.txt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return file
}

// left is what the n-th mail at the relay says, which must be from one of ours and to one recipient.
func (p *product) left(n int, from, to string) netmail.Header {
	p.t.Helper()
	left := p.sent(n)[n-1]
	m, err := netmail.ReadMessage(strings.NewReader(string(left.Raw)))
	if err != nil {
		p.t.Fatalf("%v in %s", err, left.Raw)
	}
	if a, err := netmail.ParseAddress(m.Header.Get("From")); err != nil || a.Address != from {
		p.t.Errorf("it is from %s, want %s", m.Header.Get("From"), from)
	}
	if len(left.To) != 1 || left.To[0] != to || !strings.HasPrefix(left.From, "b+") {
		p.t.Errorf("it goes from %s to %v, want %s", left.From, left.To, to)
	}
	if got := m.Header.Get("Reply-To"); !strings.Contains(got, "care@shop.test") {
		p.t.Errorf("Reply-To %q of an address that does not receive", got)
	}
	if strings.Contains(strings.ReplaceAll(string(left.Raw), "\r\n", ""), "\n") {
		p.t.Error("a bare line end left")
	}
	return m.Header
}

// Each send type leaves from the department's channel of it, and the answer lands where it belongs.
func TestRule17OutgoingFirst(t *testing.T) {
	p := newProduct(t, settings{channels: sendTypes})
	hello := p.text("Your order left.\n")
	var active messageDoc
	p.json(&active, "mail", "send", "--department", "care", "--to", "ana@verified.test", "--name", "Ana", "--subject", "Your order", "--text-file", hello)
	first := p.one()
	h := p.left(1, "new@shop.test", "ana@verified.test")
	if h.Get("Subject") != "Your order [#"+first.Number+"]" || h.Get("In-Reply-To") != "" || first.Contact.Name != "Ana" {
		t.Errorf("the active mail: %v of %+v", h, first.Contact)
	}
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Re: Your order", "1@v.test", "In-Reply-To: "+h.Get("Message-ID")+"\n", "Thanks."))
	if c := p.one(); len(c.Messages) != 2 || c.Messages[1].Kind != "in" {
		t.Errorf("the answer to the active mail: %+v", c)
	}
	if _, _, status := p.run("protocol", "recontact", first.Number, "--text-file", hello); status != 1 {
		t.Errorf("re-contact of an open protocol: status %d", status)
	}
	p.json(new(protocolDoc), "protocol", "finalize", first.Number)
	var again messageDoc
	p.json(&again, "protocol", "recontact", first.Number, "--text-file", hello)
	h = p.left(2, "again@shop.test", "ana@verified.test")
	l := p.protocols("--status", "open")
	if len(l) != 1 || l[0].Number == first.Number || len(l[0].Links) != 1 || l[0].Links[0].Number != first.Number || l[0].Links[0].Kind != "previous" {
		t.Fatalf("the re-contact opened %+v", l)
	}
	second := l[0].Number
	if h.Get("In-Reply-To") != "<1@v.test>" || !strings.HasSuffix(h.Get("References"), "<1@v.test>") || h.Get("Subject") != "Re: Your order [#"+second+"]" {
		t.Errorf("the thread of the re-contact: %v", h)
	}
	// The answer names both protocols' messages.
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Re: Your order", "2@v.test", "In-Reply-To: "+h.Get("Message-ID")+"\nReferences: "+h.Get("References")+" "+h.Get("Message-ID")+"\n", "It did."))
	if c := p.show(second); len(c.Messages) != 2 {
		t.Errorf("the answer to the re-contact: %+v", c)
	}
	var told messageDoc
	p.json(&told, "protocol", "history", first.Number)
	h = p.left(3, "told@shop.test", "ana@verified.test")
	if told.Kind != "event" || len(told.Deliveries) != 1 || h.Get("In-Reply-To") != "<1@v.test>" {
		t.Errorf("the history: %+v, in reply to %s", told, h.Get("In-Reply-To"))
	}
	if c := p.show(first.Number); c.Status != "finalized" || len(p.protocols()) != 2 {
		t.Errorf("the history changed %+v", c)
	}
	// Its answer is of the contact's open protocol.
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Re: History", "3@v.test", "In-Reply-To: "+h.Get("Message-ID")+"\n", "I see."))
	if c := p.show(second); len(c.Messages) != 3 {
		t.Errorf("the answer to the history: %+v", c)
	}
	if _, stderr, status := p.run("mail", "send", "--department", "box", "--to", "ana@verified.test", "--subject", "x", "--text-file", hello); status != 1 || !strings.Contains(stderr, "add or enable one") {
		t.Errorf("a department without a channel for it: %d %s", status, stderr)
	}
}
