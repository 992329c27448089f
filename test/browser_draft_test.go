package test

import "testing"

// What one agent writes, a colleague knows of, and it is found again at another desk.
func TestBrowserDraft(t *testing.T) {
	p := newProduct(t, settings{})
	p.agent("eva@shop.test", "Eva", "--department", "care")
	p.agent("leo@shop.test", "Leo", "--department", "care")
	p.accept(ana, toCare, mail(anaByName, "Pedido", "1@verified.test", "", "Quiero la azul."))
	path := "/protocols/" + p.one().Number
	eva, elsewhere, leo := p.logIn("eva@shop.test"), p.logIn("eva@shop.test"), p.logIn("leo@shop.test")
	for _, b := range []*tab{eva, leo} {
		b.goTo(path)
		b.until(`document.querySelector(".entry.in")`)
		b.stay()
	}
	eva.write("#reply-text", "Va la azul.")
	leo.until(`document.querySelector("#others").textContent.includes("Eva")`)
	leo.stayed()
	eva.until(`JSON.parse(localStorage.getItem(document.querySelector("#reply").dataset.draft.replace(/^/, "recado/"))).kept`)
	elsewhere.goTo(path)
	elsewhere.until(`document.querySelector("#reply-text")?.value == "Va la azul."`)
	if evaluate[bool](elsewhere, `document.querySelector("#others").textContent.trim() != ""`) {
		t.Error("Eva is told that she writes")
	}
	elsewhere.write("#reply-text", " Hoy.")
	elsewhere.click("#send")
	elsewhere.until(`document.querySelector(".entry.out .text")?.textContent.includes("Va la azul. Hoy.") && document.querySelector("#reply-text").value == ""`)
	leo.until(`document.querySelector("#others").textContent.trim() == "" && document.querySelector(".entry.out")`)
	eva.goTo(path)
	eva.until(`document.querySelector(".entry.out") && document.querySelector("#reply-text").value == ""`) // sent is sent at every desk
	for _, b := range []*tab{eva, elsewhere, leo} {
		b.noFaults(path)
	}
}
