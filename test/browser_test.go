package test

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// An answer typed in the browser arrives at Postfix, threads there, and what the customer says to it
// shows up in the open page; after finalize, in a new protocol that leads back to the old one.
func TestBrowserReplyThroughPostfix(t *testing.T) {
	t.Parallel()
	f := startPostfix(t)
	p := f.newProductWith(settings{channels: signedDepartment})
	p.agent("eva@shop.test", "Eva", "--department", "care")
	p.accept(ana, toCare, mail(anaByName, "=?utf-8?q?=C2=BFD=C3=B3nde_est=C3=A1=3F?=", "q2@verified.test",
		"In-Reply-To: <q1@verified.test>\nReferences: <q0@verified.test> <q1@verified.test>\n", "Hola"))
	number := p.one().Number

	b := p.logIn("eva@shop.test")
	b.until(`document.querySelector("#list .row-item .who").textContent == "Ana Peña"`)
	b.until(`document.querySelector("#list .row-item .subject").textContent == "¿Dónde está?"`)
	b.click("#p-" + number + " a")
	b.until(`location.pathname == "/protocols/` + number + `" && document.querySelector(".entry.in .text")?.textContent.trim() == "Hola"`)

	p.answerFromTheBrowser(b, number)
	got := p.sent(1)[0]
	checkSignature(t, got.Raw, "shop.test", p.published("shop.test"))
	b.stay()
	b.until(`document.querySelector(".entry.out .delivery.sent")`)

	ours := readForeign(t, got.Raw)
	threaded := "In-Reply-To: " + ours.header.Get("Message-Id") + "\nReferences: " + ours.header.Get("References") + " " + ours.header.Get("Message-Id") + "\n"
	p.accept(ana, toCare, mail(anaByName, "RE: "+ours.subject, "q3@verified.test", threaded, "Gracias, ya la veo."))
	b.until(`document.querySelector(".entry.in:last-of-type .text")?.textContent.includes("Gracias, ya la veo.")`)
	b.stayed()
	if c := p.one(); c.Number != number || len(c.Messages) != 3 {
		t.Errorf("the answer is not in %s: %+v", number, c)
	}

	p.finalizeInTheBrowser(b, number)
	b.stay()
	p.accept(ana, toCare, mail(anaByName, "RE: "+ours.subject, "q4@verified.test", threaded, "Otra cosa."))
	b.until(`document.querySelector("#list .row-item:not(#p-` + number + `)")`)
	b.stayed()
	b.click("#list .row-item:not(#p-" + number + ") a")
	b.until(`document.querySelector(".entry.in .text")?.textContent.includes("Otra cosa.")`)
	next := evaluate[string](b, `location.pathname`)
	if open := p.protocols("--status", "open"); len(open) != 1 || next != "/protocols/"+open[0].Number {
		t.Errorf("%s is open in the browser; open protocols: %+v", next, open)
	}
	b.click(`#facts a[href*="` + number + `"]`)
	b.until(`location.pathname == "/protocols/` + number + `" && document.querySelector(".status.finalized")`)
	b.until(`document.querySelector('#facts a[href*="` + filepath.Base(next) + `"]')`)
	b.noFaults("the whole way")
}

// answerFromTheBrowser answers with a file, and holds what arrives at the customer's server.
func (p *product) answerFromTheBrowser(b *tab, number string) {
	p.t.Helper()
	data := bytes.Repeat([]byte{0, '\r', '\n', '.', '\r', '\n', 0xff, 'a'}, 4000)
	file := filepath.Join(p.t.TempDir(), "factura Nº 7 – año.bin")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		p.t.Fatal(err)
	}
	b.write("#reply-text", "Estimada Ana:\nva adjunta.\n\n")
	b.paste(difficultText)
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#reply input[type=file]"), []string{file}))
	b.click("#send")
	b.until(`document.querySelector(".entry.out .text")?.textContent.includes("va adjunta")`)

	got := p.sent(1)[0]
	if !strings.HasPrefix(got.From, "b+") || !slices.Equal(got.To, []string{ana}) {
		p.t.Errorf("envelope: from %q to %q", got.From, got.To)
	}
	m := readForeign(p.t, got.Raw)
	checkReplyHeader(p.t, m, number, p.outgoing(number))
	checkAnswer(p.t, m.text, "Estimada Ana:\nva adjunta.\n\n"+difficultText, number)
	if len(m.files) != 1 || m.files[0].name != filepath.Base(file) || !bytes.Equal(m.files[0].data, data) {
		p.t.Errorf("%d attachments: %.100v", len(m.files), m.files)
	}
}

// finalizeInTheBrowser does so by mouse, on the protocol's page.
func (p *product) finalizeInTheBrowser(b *tab, number string) {
	p.t.Helper()
	b.click("#end > summary")
	b.write("#classification", "factura")
	b.click("#end .button")
	b.until(`document.querySelector(".status.finalized") && !document.querySelector("#reply")`)
	if c := p.show(number); c.Status != "finalized" {
		p.t.Errorf("%s is %s", number, c.Status)
	}
}

// Two agents at two desks: what happens shows up at both, and takes nothing away from who is typing.
func TestBrowserLive(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{})
	p.agent("eva@shop.test", "Eva", "--department", "care")
	p.agent("leo@shop.test", "Leo", "--department", "care")
	eva, leo := p.logIn("eva@shop.test"), p.logIn("leo@shop.test")
	for _, b := range []*tab{eva, leo} {
		b.stay()
	}
	p.accept(ana, toCare, mail(anaByName, "Pedido", "1@verified.test", "", "Quiero la azul."))
	number := p.one().Number
	for _, b := range []*tab{eva, leo} {
		b.until(`document.querySelector("#p-` + number + ` .who")?.textContent == "Ana Peña"`)
		b.until(`document.querySelector("#rail [aria-current] b")?.textContent == "1"`)
		b.stayed()
		b.click("#p-" + number + " a")
		b.until(`document.querySelector(".entry.in .text")?.textContent.includes("la azul")`)
		b.stay()
	}

	eva.write("#reply-text", "La azul va hoy")
	eva.run(`document.querySelector("#reply-text").setSelectionRange(3, 7)`)
	p.accept(ana, toCare, mail(anaByName, "Pedido", "2@verified.test", "", "No, mejor la verde."))
	for _, b := range []*tab{eva, leo} {
		b.until(`document.querySelector("#thread").textContent.includes("la verde")`)
		b.stayed()
	}
	evaKeepsTyping(t, eva)

	// Leo was typing nothing and has read the new words, so he may answer.
	leo.write("#reply-text", "La verde va hoy, de parte de Leo.")
	leo.click("#send")
	leo.until(`document.querySelector(".entry.out .text")?.textContent.includes("de parte de Leo")`)
	eva.until(`document.querySelector(".entry.out .text")?.textContent.includes("de parte de Leo")`)
	eva.stayed()
	evaKeepsTyping(t, eva)

	// Eva has not: her answer is stopped once, and goes when she insists.
	eva.click("#send")
	eva.until(`!window.stayed && document.querySelector(".notice.warn h2") && document.querySelector("#reply-text")?.value == "La azul va hoy"`)
	if n := outgoing(p.show(number)); n != 1 {
		t.Errorf("%d answers were made, want Leo's alone", n)
	}
	for _, f := range eva.takeFaults() {
		if !strings.Contains(f, "409") { // which the browser notes
			t.Errorf("Eva: %s", f)
		}
	}
	eva.click("#send")
	leo.until(`document.querySelectorAll(".entry.out").length == 2 && document.querySelector("#thread").textContent.includes("La azul va hoy")`)
	eva.until(`document.querySelectorAll(".entry.out").length == 2 && document.querySelector("#reply-text")?.value == ""`)
	if n := outgoing(p.show(number)); n != 2 {
		t.Errorf("%d answers were made, want 2", n)
	}
	p.sent(2)
	eva.noFaults("Eva")
	leo.noFaults("Leo")
}

// evaKeepsTyping holds that her words, her caret and her focus are where they were.
func evaKeepsTyping(t *testing.T, eva *tab) {
	t.Helper()
	got := evaluate[string](eva, `[document.activeElement.id, document.activeElement.selectionStart, document.activeElement.selectionEnd, document.activeElement.value].join("|")`)
	if want := "reply-text|3|7|La azul va hoy"; got != want {
		t.Errorf("focus, caret and text: %q, want %q", got, want)
	}
}

func outgoing(c conversationDoc) (n int) {
	for _, m := range c.Messages {
		if m.Kind == "out" {
			n++
		}
	}
	return n
}

// Without scripts the inbox is the same but for what comes by itself.
func TestBrowserWithoutScript(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{})
	p.agent("eva@shop.test", "Eva", "--department", "care")
	p.accept(ana, toCare, mail(anaByName, "Pedido", "1@verified.test", "", "Quiero la azul."))
	number := p.one().Number
	b := newTab(t, p)
	b.withoutScript()
	b.goTo("/protocols/" + number) // where the log-in leads back to
	b.until(`location.pathname == "/login" && location.search.includes("` + url.QueryEscape("/protocols/"+number) + `")`)
	b.write("#email", "eva@shop.test")
	b.write("#password", "not this one")
	b.click("form button")
	b.until(`document.querySelector("#login-error")`)
	b.write("#password", agentPassword)
	b.click("form button")
	b.until(`location.pathname == "/protocols/` + number + `"`)
	b.goTo("/inbox")
	b.click("#p-" + number + " a")
	b.until(`document.querySelector(".entry.in .text")?.textContent.includes("la azul")`)

	file := filepath.Join(t.TempDir(), "azul.txt")
	if err := os.WriteFile(file, []byte("azul"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.write("#reply-text", "Va la azul.")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#reply input[type=file]"), []string{file}))
	b.click("#send")
	b.until(`document.querySelector(".entry.out .text")?.textContent.includes("Va la azul.")`)
	if m := readForeign(t, p.sent(1)[0].Raw); !strings.HasPrefix(m.text, "Va la azul.\n\n-- \n") || len(m.files) != 1 || m.files[0].name != "azul.txt" {
		t.Errorf("sent: %+v", m)
	}
	b.click("#note > summary")
	b.write("#note-text", "Llamar el lunes")
	b.click("#note .button")
	b.until(`document.querySelector(".entry.note")?.textContent.includes("Llamar el lunes")`)
	p.finalizeInTheBrowser(b, number)
	b.click(fmt.Sprintf("form[action^='/protocols/%s/reopen'] button", number))
	b.until(`document.querySelector(".status.open") && document.querySelector("#reply")`)
	b.click(".me > summary")
	b.click("form[action='/logout'] button")
	b.until(`location.pathname == "/login"`)
	if evaluate[bool](b, `document.querySelector("[data-keys]:not([hidden]), #filter:not([hidden])")`+` !== null`) {
		t.Error("what needs a script is on show, or scripts ran")
	}
}
