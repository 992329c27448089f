package test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recado/internal/mailtest"
)

const (
	ana       = "ana.pena@verified.test"
	anaByName = "=?utf-8?q?Ana_Pe=C3=B1a?= <" + ana + ">"
)

const signedDepartment = `
[[domain]]
name = "shop.test"
postmaster = "care@shop.test"
dkim_selector = "recado"

[[department]]
id = "care"
name = "Atención al cliente"
language = "es"
acknowledge = false

[[channel]]
email = "care@shop.test"
department = "care"
`

// The words of a reply that a relay, a wrapper of lines or a careless encoder would change.
const difficultText = "Hola Ana:\n\n" +
	"¿Podría enviarnos la factura? Un saludo – 日本語 🙂.\n" +
	".\n..dos puntos\nFrom here on\n" +
	"trailing blanks  \nand a tab\t\n= 3D =3D\n" +
	"-- \nnot the end\n"

// checkAnswer compares what arrived with what was written, and looks for the number below it (rule 2).
func checkAnswer(t *testing.T, got, written, number string) {
	t.Helper()
	const closing = "\n\n-- \n"
	end := strings.LastIndex(got, closing)
	if end < 0 {
		t.Fatalf("nothing closes the text: %q", got)
	}
	if diff := cmp.Diff(strings.TrimSuffix(written, "\n"), got[:end]); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if want := "Número de atención " + number + ", del "; !strings.HasPrefix(got[end+len(closing):], want) {
		t.Errorf("the text ends with %q, not %q", got[end:], want)
	}
}

// A reply goes over STARTTLS and AUTH, and arrives as it was written: threaded, signed, octet by octet.
func TestPostfixReply(t *testing.T) {
	t.Parallel()
	f := startPostfix(t)
	p := f.newProductWith(settings{channels: signedDepartment})
	p.accept(ana, []string{"care@shop.test"}, mail(anaByName, "=?utf-8?q?=C2=BFD=C3=B3nde_est=C3=A1=3F?=", "q2@verified.test",
		"In-Reply-To: <q1@verified.test>\nReferences: <q0@verified.test> <q1@verified.test>\n", "Hola"))
	number := p.one().Number

	long := strings.Repeat("palabra ", 300) + "\n" // beyond RFC 5322's 998 octets a line
	text := difficultText + long
	data := bytes.Repeat([]byte{0, '\r', '\n', '.', '\r', '\n', 0xff, 'a'}, 4000)
	attachment := filepath.Join(t.TempDir(), "factura Nº 7 – año.bin")
	if err := os.WriteFile(attachment, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out := p.reply(number, text, "--attach", attachment)

	got := p.sent(1)[0]
	if !strings.HasPrefix(got.From, "b+") || !strings.HasSuffix(got.From, "@shop.test") || !slices.Equal(got.To, []string{ana}) {
		t.Errorf("envelope: from %q to %q", got.From, got.To)
	}
	m := readForeign(t, got.Raw)
	checkReplyHeader(t, m, number, out)
	checkAnswer(t, m.text, text, number)
	if len(m.files) != 1 || m.files[0].name != filepath.Base(attachment) || !bytes.Equal(m.files[0].data, data) {
		t.Errorf("%d attachments: %.100v", len(m.files), m.files)
	}
	checkSignature(t, got.Raw, "shop.test", p.published("shop.test"))
	p.delivered(number)
}

// checkReplyHeader holds the fields that people, their mail programs and the relay's keeper go by.
func checkReplyHeader(t *testing.T, m foreign, number string, out messageDoc) {
	t.Helper()
	received := strings.Join(m.header["Received"], "\n")
	if !strings.Contains(received, "(Authenticated sender: "+postfixUser+")") || !strings.Contains(received, "ESMTPSA") {
		t.Errorf("Received: %s", received)
	}
	if m.from.Address != "care@shop.test" || m.from.Name != "Atención al cliente" {
		t.Errorf("From: %+v", m.from)
	}
	if len(m.to) != 1 || m.to[0].Address != ana || m.to[0].Name != "Ana Peña" {
		t.Errorf("To: %v", m.to)
	}
	if want := "Re: ¿Dónde está? [#" + number + "]"; m.subject != want {
		t.Errorf("Subject: %q, want %q", m.subject, want)
	}
	if got := m.header.Get("Message-Id"); got != "<"+out.MessageID+">" || !strings.HasSuffix(got, "@shop.test>") {
		t.Errorf("Message-ID: %s, the command said %s", got, out.MessageID)
	}
	if got := m.header.Get("In-Reply-To"); got != "<q2@verified.test>" {
		t.Errorf("In-Reply-To: %s", got)
	}
	if got := strings.Fields(m.header.Get("References")); !slices.Equal(got, []string{"<q0@verified.test>", "<q1@verified.test>", "<q2@verified.test>"}) {
		t.Errorf("References: %s", got)
	}
}

// The customer's answer joins the protocol; once that is finalized, it opens another, linked to it.
func TestPostfixAnswer(t *testing.T) {
	t.Parallel()
	f := startPostfix(t)
	p := f.newProductWith(settings{channels: signedDepartment})
	p.accept(ana, []string{"care@shop.test"}, mail(anaByName, "Factura", "q1@verified.test", "", "Hola"))
	number := p.one().Number
	p.reply(number, "Aquí está.")

	answer := func(id, text string) {
		t.Helper()
		m := readForeign(t, p.sent(1)[0].Raw)
		ours := m.header.Get("Message-Id")
		more := "In-Reply-To: " + ours + "\nReferences: " + m.header.Get("References") + " " + ours + "\n"
		p.accept(ana, []string{m.from.Address}, mail(anaByName, "RE: Factura", id, more, text))
	}
	answer("q2@verified.test", "Gracias")
	c := p.one()
	if c.Number != number || len(c.Messages) != 3 || c.Messages[2].Text != "Gracias" || c.Messages[2].InReplyTo != c.Messages[1].MessageID {
		t.Errorf("the answer is not in %s: %+v", number, c)
	}

	if _, errs, status := p.run("protocol", "finalize", number); status != 0 {
		t.Fatalf("finalize: %d %s", status, errs)
	}
	answer("q3@verified.test", "Otra pregunta")
	open := p.protocols("--status", "open")
	if len(open) != 1 || open[0].Number == number {
		t.Fatalf("open protocols: %+v", open)
	}
	if diff := cmp.Diff([]link{{Number: number, Kind: "previous"}}, p.show(open[0].Number).Links); diff != "" {
		t.Errorf("links of the new protocol: %s", diff)
	}
	old := p.show(number)
	if diff := cmp.Diff([]link{{Number: open[0].Number, Kind: "next"}}, old.Links); diff != "" || old.Status != "finalized" {
		t.Errorf("links of the old protocol, %s: %s", old.Status, diff)
	}
}

// A wrong password is our fault, not the mail's: it waits, says why, and goes once the password is right.
func TestPostfixWrongPassword(t *testing.T) {
	t.Parallel()
	f := startPostfix(t)
	p := f.newProductWith(settings{})
	f.relayPassword("not this one")
	p.reload()
	p.accept(ana, []string{"care@shop.test"}, mail(anaByName, "Factura", "q1@verified.test", "", "Hola"))
	number := p.one().Number
	p.reply(number, "Aquí está.")
	item := p.waits("deferred")
	if !strings.HasPrefix(item.Last, "535 ") || !strings.Contains(item.Last, "check [relay] username and password") {
		t.Errorf("the queue says %q", item.Last)
	}
	if d := p.outgoing(number).Deliveries[0]; d.State != "deferred" || !strings.HasPrefix(d.Code, "535") || d.Reason == "" {
		t.Errorf("%+v", d)
	}
	if strings.Contains(p.stderr.String(), "not this one") {
		t.Error("the password is in the log")
	}
	if n := len(f.mx.Messages()); n != 0 {
		t.Fatalf("%d mails went out without a login", n)
	}

	f.relayPassword(postfixPassword)
	p.reload()
	p.retry()
	p.sent(1)
	p.delivered(number)
}

// The customer's server refuses what Postfix had taken: Postfix's bounce marks the message, and
// nothing else comes of it.
func TestPostfixBounce(t *testing.T) {
	t.Parallel()
	f := startPostfix(t)
	p := f.newProductWith(settings{channels: strings.Replace(signedDepartment, "acknowledge = false", "acknowledge = true", 1)})
	p.accept(ana, []string{"care@shop.test"}, mail(anaByName, "Factura", "q1@verified.test", "", "Hola"))
	p.sent(1) // the acknowledgement
	number := p.one().Number
	p.emptyQueue()
	f.mx.SetScript(mailtest.OnRecipient(ana, mailtest.Answer{Code: 550, Enhanced: "5.2.1", Text: "This mailbox was closed on Monday"}))
	out := p.reply(number, "Aquí está.")

	eventually(t, "the bounce came back", func() bool { return p.outgoing(number).Deliveries[0].State == "undelivered" })
	c := p.one() // no protocol of the bounce's own
	message := p.outgoing(number)
	if d := message.Deliveries[0]; message.ID != out.ID || d.Recipient != ana || d.Code != "5.2.1" || !strings.Contains(d.Reason, "This mailbox was closed on Monday") {
		t.Errorf("%s: %+v", message.ID, d)
	}
	last := c.Messages[len(c.Messages)-1]
	if last.Kind != "event" || !slices.Contains(last.Flags, "bounce") || !strings.Contains(last.Text, "closed on Monday") {
		t.Errorf("the protocol ends with %+v", last)
	}
	lines := all[journalDoc](p, "journal")
	if l := lines[0]; len(lines) != 2 || l.Fate != "event" || l.Number != number || !strings.HasPrefix(l.Recipient, "b+") {
		t.Errorf("journal: %+v", lines)
	}
	p.emptyQueue()
	if n := len(f.mx.Messages()); n != 1 {
		t.Errorf("%d mails at the customer's server: the bounce was answered", n)
	}
	if held := all[heldDoc](p, "held", "list"); len(held) != 0 {
		t.Errorf("held: %+v", held)
	}
}

// The acknowledgement leaves with an empty return path, so that nothing ever answers it, and once.
func TestPostfixAcknowledgement(t *testing.T) {
	t.Parallel()
	f := startPostfix(t)
	p := f.newProductWith(settings{channels: strings.Replace(signedDepartment, "acknowledge = false", "acknowledge = true", 1)})
	p.accept(ana, []string{"care@shop.test"}, mail(anaByName, "Un secreto", "q1@verified.test", "", "Nadie lo repite"))
	number := p.one().Number
	got := p.sent(1)[0]
	if got.From != "" || !slices.Equal(got.To, []string{ana}) {
		t.Errorf("envelope: from %q to %q", got.From, got.To)
	}
	m := readForeign(t, got.Raw)
	for field, want := range map[string]string{
		"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "In-Reply-To": "<q1@verified.test>", "References": "<q1@verified.test>",
	} {
		if got := m.header.Get(field); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
	if !strings.Contains(m.subject, "[#"+number+"]") || !strings.Contains(m.text, number) {
		t.Errorf("the number is not told: %q\n%s", m.subject, m.text)
	}
	if strings.Contains(m.subject+m.text, "ecreto") || strings.Contains(m.text, "repite") {
		t.Errorf("it repeats what the sender wrote: %q\n%s", m.subject, m.text)
	}
	checkSignature(t, got.Raw, "shop.test", p.published("shop.test"))

	p.accept(ana, []string{"care@shop.test"}, mail(anaByName, "Un secreto", "q2@verified.test", "", "Otra vez"))
	p.reply(number, "Aquí está.") // stands behind a second acknowledgement in the queue
	p.sent(2)
	p.emptyQueue()
	if mails := f.mx.Messages(); len(mails) != 2 || mails[1].From == "" {
		t.Errorf("%d mails, the second from %q", len(mails), mails[1].From)
	}
	p.delivered(number)
}

// reload makes the server read its files again.
func (p *product) reload() {
	p.t.Helper()
	const taken = "the channel file was taken up"
	before := strings.Count(p.stderr.String(), taken)
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		p.t.Fatal(err)
	}
	eventually(p.t, taken, func() bool { return strings.Count(p.stderr.String(), taken) > before })
}

// outgoing is the protocol's newest message of ours.
func (p *product) outgoing(number string) messageDoc {
	p.t.Helper()
	c := p.show(number)
	for _, m := range slices.Backward(c.Messages) {
		if m.Kind == "out" {
			return m
		}
	}
	p.t.Fatalf("%s has no message of ours: %+v", number, c.Messages)
	return messageDoc{}
}

func (p *product) queue() []queueDoc {
	p.t.Helper()
	return all[queueDoc](p, "queue", "list")
}

// waits polls until the only mail in the queue is in the state, an attempt behind it.
func (p *product) waits(state string) queueDoc {
	p.t.Helper()
	var list []queueDoc
	eventually(p.t, "a mail in the queue is "+state, func() bool {
		list = p.queue()
		return len(list) == 1 && list[0].State == state && list[0].Attempts > 0
	})
	return list[0]
}

// retry makes everything in the queue due at once.
func (p *product) retry() {
	p.t.Helper()
	for _, item := range p.queue() {
		if _, errs, status := p.run("queue", "retry", item.ID); status != 0 {
			p.t.Fatalf("queue retry %s: exit status %d\n%s", item.ID, status, errs)
		}
	}
}

func (p *product) emptyQueue() {
	p.t.Helper()
	eventually(p.t, "the queue is empty", func() bool { return len(p.queue()) == 0 })
}

// delivered waits until nothing is to be sent, and holds that the protocol's newest message of ours went to everybody.
func (p *product) delivered(number string) {
	p.t.Helper()
	p.emptyQueue()
	m := p.outgoing(number)
	if len(m.Deliveries) == 0 {
		p.t.Errorf("%s has no deliveries", m.ID)
	}
	for _, d := range m.Deliveries {
		if d.State != "sent" {
			p.t.Errorf("%s: %+v", m.ID, d)
		}
	}
}
