package test

import (
	"bytes"
	"strings"
	"testing"

	"recado/internal/message"
)

// give puts files into an event of the page: a dot as a picture, and a text.
const give = `(() => {
	const dot = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), (c) => c.charCodeAt(0));
	const held = new DataTransfer(), text = document.querySelector("#reply-text");
	const file = (name, type, content) => held.items.add(new File([content], name, { type }));
	%s
})()`

func inPage(what string) string { return strings.Replace(give, "%s", what, 1) }

// A picture that is pasted and a file that is dropped are kept at once, come back when the answer is undone, and
// arrive: the picture where it stands in the text.
func TestBrowserFiles(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{undo: "1m"})
	p.agent("eva@shop.test", "Eva", "--department", "care")
	p.accept(ana, toCare, mail(anaByName, "Pedido", "1@verified.test", "", "Quiero la azul."))
	path := "/protocols/" + p.one().Number
	eva, elsewhere := p.logIn("eva@shop.test"), p.logIn("eva@shop.test")
	eva.goTo(path)
	eva.until(`document.querySelector(".entry.in")`)
	eva.write("#reply-text", "Es esta: ")
	eva.run(inPage(`file("image.png", "image/png", dot); text.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true }));`))
	eva.until(`document.querySelector("#reply-text").value == "Es esta: [image: image.png]"`)
	eva.run(inPage(`file("azul.txt", "text/plain", "azul"); document.querySelector("#thread").dispatchEvent(new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true }));`))
	const both = `[...document.querySelectorAll("#reply .kept .name")].map((n) => n.textContent).join() == "image.png,azul.txt"`
	eva.until(both)
	eva.until(`JSON.parse(localStorage.getItem(document.querySelector("#reply").dataset.draft.replace(/^/, "recado/")))?.kept`)
	elsewhere.goTo(path)
	elsewhere.until(both + ` && document.querySelector("#reply-text").value == "Es esta: [image: image.png]"`)
	elsewhere.goTo("/inbox") // where no picture of an answer is asked for that is taken back meanwhile
	eva.run(inPage(`file("grande.bin", "", new Uint8Array(40e6)); document.querySelector("#thread").dispatchEvent(new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true }));`))
	eva.until(`document.querySelector("#reply .kept .notice.warn")?.textContent.includes("grande.bin")`)

	eva.click("#send")
	eva.until(`document.querySelector(".entry.out img.placed")?.naturalWidth == 1 && document.querySelector(".entry.out .files .name").textContent == "azul.txt" && !document.querySelector("#reply .kept .name")`)
	eva.click("form.undo button")
	eva.until(both + ` && document.querySelector("#reply-text").value == "Es esta: [image: image.png]" && !document.querySelector(".entry.out")`)
	eva.click(`#reply .kept li:last-child button[name=remove]`)
	eva.until(`[...document.querySelectorAll("#reply .kept .name")].map((n) => n.textContent).join() == "image.png"`)
	eva.click("#send")
	eva.until(`document.querySelector(".entry.out img.placed") && document.querySelector("form.undo")`)
	p.retry() // not to wait for a minute

	raw := p.sent(1)[0].Raw
	m, err := message.Parse(bytes.NewReader(raw), int64(len(raw)), message.Options{Text: true, HTML: true, Digest: true})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(m.Text, "Es esta: [image: image.png]") || len(m.Attachments) != 1 || !m.Attachments[0].Inline || m.Attachments[0].Sniffed != "image/png" {
		t.Errorf("text %q, attachments %+v", m.Text, m.Attachments)
	}
	if !strings.Contains(m.HTML, `<img src="cid:`+m.Attachments[0].ContentID+`" alt="image.png"`) {
		t.Errorf("the HTML is %s", m.HTML)
	}
	eva.noFaults("Eva")
	elsewhere.noFaults("elsewhere")
}
