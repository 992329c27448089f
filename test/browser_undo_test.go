package test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// An answer that is undone never reaches the relay; its words and files are back in the box, also after a
// reload, and a colleague sees both. Without a script it is the same.
func TestBrowserUndo(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{undo: "1m"})
	p.agent("eva@shop.test", "Eva", "--department", "care")
	p.agent("leo@shop.test", "Leo", "--department", "care")
	p.accept(ana, toCare, mail(anaByName, "Pedido", "1@verified.test", "", "Quiero la azul."))
	path := "/protocols/" + p.one().Number
	eva, leo := p.logIn("eva@shop.test"), p.logIn("leo@shop.test")
	for _, b := range []*tab{eva, leo} {
		b.goTo(path)
		b.until(`document.querySelector(".entry.in")`)
	}
	eva.write("#reply-text", "Va la azul.")
	eva.click("#send")
	eva.until(`location.hash.startsWith("#m-") && /[0-9]/.test(document.querySelector("form.undo [data-count]")?.textContent)`)
	leo.until(`document.querySelector(".entry.out .text")?.textContent.includes("Va la azul.") && !document.querySelector("form.undo")`)
	eva.run(`document.body.focus()`)
	eva.press("z")
	for range 2 {
		eva.until(`document.querySelector("#reply-text")?.value == "Va la azul." && !document.querySelector(".entry.out") && document.querySelector("#reply .notice[role=status]")`)
		eva.goTo(path + evaluate[string](eva, `location.search`))
	}
	leo.until(`!document.querySelector(".entry.out") && document.querySelector("#thread .events")?.textContent.includes("Eva")`)
	eva.write("#reply-text", " O la verde.")
	eva.goTo(path + evaluate[string](eva, `location.search`))
	eva.until(`document.querySelector("#reply-text")?.value == "Va la azul. O la verde."`) // what was typed last

	eva.withoutScript()
	eva.goTo(path)
	file := filepath.Join(t.TempDir(), "azul.txt")
	if err := os.WriteFile(file, []byte("azul"), 0o600); err != nil {
		t.Fatal(err)
	}
	eva.until(`document.querySelector("#reply-text")?.value == "Va la azul. O la verde."`) // the draft
	eva.run(`document.querySelector("#reply-text").value = ""`)
	eva.write("#reply-text", "Sin script.")
	eva.do(chromedp.SetUploadFiles(chromedp.CSS("#reply input[type=file]"), []string{file}))
	eva.click("#send")
	eva.click("form.undo button")
	eva.until(`document.querySelector("#reply-text")?.value == "Sin script." && document.querySelector("#reply .kept .name")?.textContent == "azul.txt"`)
	if n := outgoing(p.show(p.one().Number)); n != 0 {
		t.Errorf("%d answers are on their way", n)
	}
	if got := p.relay.Messages(); len(got) != 0 {
		t.Errorf("the relay was given %d mails", len(got))
	}
	eva.noFaults("Eva")
	leo.noFaults("Leo")
}
