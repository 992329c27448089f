package test

import (
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
)

// Each send type typed in the browser arrives at Postfix from the channel of its type, threads there, and
// what the customer says to it lands in the right protocol; with scripts and without.
func TestBrowserSendTypesThroughPostfix(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"with scripts": true, "without scripts": false} {
		t.Run(name, func(t *testing.T) {
			f := startPostfix(t)
			p := f.newProductWith(settings{channels: strings.Replace(sendTypes, "acknowledge = false", "acknowledge = false\nlanguage = \"es\"", 1)})
			p.agent("eva@shop.test", "Eva", "--role", "supervisor", "--department", "care", "--department", "box")
			b := newTab(t, p)
			if !scripts {
				b.withoutScript()
			}
			b.logIn("eva@shop.test")
			first := p.newMailInTheBrowser(b)
			second := p.resumeInTheBrowser(b, first)
			p.historyInTheBrowser(b, first, second)
			b.noFaults("all send types")
		})
	}
}

// newMailInTheBrowser writes to somebody who has not written, and lets him answer.
func (p *product) newMailInTheBrowser(b *tab) string {
	p.t.Helper()
	b.goTo("/contacts?q=" + ana)
	b.click(`#main a.button[href="/contacts/` + ana + `"]`)
	b.until(`document.querySelector("#mail .notice.warn")?.textContent.includes("Box")`) // said before, not after
	if got := evaluate[string](b, `[...document.querySelector("#mail-department").options].map((o) => o.textContent).join("|")`); got != "new@shop.test · Customer care" {
		p.t.Errorf("one may write from %q", got)
	}
	b.write("#mail-subject", "Su pedido salió")
	b.write("#mail-text", "Estimada Ana:\nsu pedido salió hoy.\n\n")
	b.paste(difficultText)
	b.click("#mail .button")
	b.until(`location.pathname.startsWith("/protocols/") && document.querySelector(".entry.out .text")?.textContent.includes("su pedido salió hoy")`)

	m, h := p.arrived(1, "new@shop.test")
	number := p.one().Number
	checkAnswer(p.t, m.text, "Estimada Ana:\nsu pedido salió hoy.\n\n"+difficultText, number)
	if m.subject != "Su pedido salió [#"+number+"]" || h.Get("In-Reply-To") != "" || h.Get("References") != "" {
		p.t.Errorf("the new mail: %q, %v", m.subject, h)
	}
	if got := evaluate[string](b, `location.pathname`); got != "/protocols/"+number {
		p.t.Errorf("the browser shows %s, the mail opened %s", got, number)
	}
	p.accept(ana, replyTo(p.t, h), mail(anaByName, "RE: "+m.subject, "a1@verified.test", answering(h), "Gracias por avisar."))
	if c := p.show(number); len(c.Messages) != 2 || c.Messages[1].Text != "Gracias por avisar." {
		p.t.Errorf("the answer to the new mail: %+v", c)
	}
	return number
}

// resumeInTheBrowser resumes contact from the history, and returns the number that this opened.
func (p *product) resumeInTheBrowser(b *tab, first string) string {
	p.t.Helper()
	b.goTo("/protocols/" + first)
	p.finalizeInTheBrowser(b, first)
	b.goTo("/history")
	b.click("#p-" + first + " a")
	b.until(`document.querySelector("#resume .fromto")?.textContent.includes("again@shop.test")`)
	b.until(`document.querySelector("#resume-subject").value == "Su pedido salió"`)
	b.write("#resume-text", "¿Llegó bien?")
	b.click("#resume .button")
	b.until(`!location.pathname.endsWith("/` + first + `") && document.querySelector(".entry.out .text")?.textContent.includes("¿Llegó bien?")`)

	open := p.protocols("--status", "open")
	if len(open) != 1 || open[0].Number == first || !slices.Contains(open[0].Links, link{Number: first, Kind: "previous"}) {
		p.t.Fatalf("the re-contact opened %+v", open)
	}
	second := open[0].Number
	m, h := p.arrived(2, "again@shop.test")
	if m.subject != "Su pedido salió [#"+second+"]" || h.Get("In-Reply-To") != "<a1@verified.test>" || !strings.HasSuffix(h.Get("References"), "<a1@verified.test>") {
		p.t.Errorf("the re-contact: %q, %v", m.subject, h)
	}
	p.accept(ana, replyTo(p.t, h), mail(anaByName, "RE: "+m.subject, "a2@verified.test", answering(h), "Llegó muy bien."))
	if c := p.show(second); len(c.Messages) != 2 || c.Messages[1].Text != "Llegó muy bien." {
		p.t.Errorf("the answer to the re-contact: %+v", c)
	}
	return second
}

// historyInTheBrowser sends what was written in the first protocol; the answer is of the one that is open.
func (p *product) historyInTheBrowser(b *tab, first, second string) {
	p.t.Helper()
	p.mustRun("protocol", "note", first, "--text-file", p.text("Solo para nosotros."))
	b.goTo("/protocols/" + first)
	if !evaluate[bool](b, `!!document.querySelector("#tell")?.checkVisibility()`) {
		b.click("#more > summary")
	}
	b.click("#tell > summary")
	b.until(`document.querySelector("#tell .fromto")?.textContent.includes("told@shop.test")`)
	b.click("#tell .button")
	m, h := p.arrived(3, "told@shop.test")
	for _, want := range []string{first, "su pedido salió hoy", "Gracias por avisar."} {
		if !strings.Contains(m.text, want) {
			p.t.Errorf("the history does not have %q:\n%s", want, m.text)
		}
	}
	if strings.Contains(m.text, "Solo para nosotros") {
		p.t.Error("a note left")
	}
	b.until(`document.querySelector("#thread").textContent.includes("` + ana + `")`)
	p.accept(ana, replyTo(p.t, h), mail(anaByName, "RE: "+m.subject, "a3@verified.test", answering(h), "Lo guardo."))
	if c := p.show(second); len(c.Messages) != 3 || c.Messages[2].Text != "Lo guardo." {
		p.t.Errorf("the answer to the history: %+v", c)
	}
	if c := p.show(first); c.Status != "finalized" {
		p.t.Errorf("the history opened %s again", first)
	}
}

// arrived is the n-th mail at the customer's server, which came from our address to Ana, through the relay's log-in.
func (p *product) arrived(n int, from string) (foreign, netmail.Header) {
	p.t.Helper()
	h := p.left(n, from, ana)
	if received := strings.Join(h["Received"], "\n"); !strings.Contains(received, "(Authenticated sender: "+postfixUser+")") {
		p.t.Errorf("Received: %s", received)
	}
	return readForeign(p.t, p.sent(n)[n-1].Raw), h
}

// replyTo is where the customer's mail program sends an answer.
func replyTo(t *testing.T, h netmail.Header) []string {
	t.Helper()
	list, err := h.AddressList("Reply-To")
	if err != nil || len(list) != 1 {
		t.Fatalf("Reply-To: %v, %v", list, err)
	}
	return []string{list[0].Address}
}

// answering are the fields by which that program threads it.
func answering(h netmail.Header) string {
	references := strings.TrimSpace(h.Get("References") + " " + h.Get("Message-ID"))
	return "In-Reply-To: " + h.Get("Message-ID") + "\nReferences: " + references + "\n"
}
