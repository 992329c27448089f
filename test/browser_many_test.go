package test

import "testing"

// Two protocols are selected, finalized and brought back, by keys with a script and by the mouse without one.
func TestBrowserMany(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{})
	p.agent("eva@shop.test", "Eva", "--department", "care")
	p.accept(ana, toCare, mail(anaByName, "Pedido", "1@verified.test", "", "Quiero la azul."))
	p.accept("bea@verified.test", toCare, mail("Bea <bea@verified.test>", "Envío", "2@verified.test", "", "¿Cuándo llega?"))
	p.accept("cleo@verified.test", toCare, mail("Cleo <cleo@verified.test>", "Otra", "3@verified.test", "", "Hola"))
	open := func(want int) {
		t.Helper()
		if got := len(p.protocols("--status", "open")); got != want {
			t.Errorf("%d are open, want %d", got, want)
		}
	}
	b := p.logIn("eva@shop.test")
	b.goTo("/inbox?sort=waiting")
	b.until(`document.querySelectorAll("#list .row-item").length == 3`)
	b.press("jxjxe")
	b.until(`document.activeElement.id == "many-classification"`)
	b.run(`document.activeElement.value = ""`) // the driver's key types itself, which a keyboard's that was taken does not
	b.write("#many-classification", "factura")
	b.until(`document.activeElement.value == "factura"`)
	b.press("\r")
	b.until(`location.search.startsWith("?sort=waiting") && document.querySelector(".many-done .undo-many") && document.querySelectorAll("#list .row-item").length == 1`)
	if got := p.protocols("--classification", "Factura", "--after", "2020-01-01"); len(got) != 2 {
		t.Errorf("finalized as factura: %+v; finalized: %+v", got, p.protocols("--status", "finalized"))
	}
	b.press("z")
	b.until(`document.querySelector(".many-done") && !document.querySelector(".undo-many") && document.querySelectorAll("#list .row-item").length == 3`)
	open(3)

	b.withoutScript()
	b.goTo("/inbox")
	b.click(`#list .row-item:nth-child(1) .pick`)
	b.until(`document.querySelector("#many").checkVisibility()`)
	b.click(`#many [data-all]`)
	b.until(`document.querySelectorAll(".pick input:checked").length == 3`)
	b.click(`#list .row-item:nth-child(2) .pick`)
	b.click("#many-finalize > summary")
	b.click("#many-finalize button")
	b.until(`document.querySelector(".undo-many") && document.querySelectorAll("#list .row-item").length == 1`)
	open(1)
	b.click(".undo-many button")
	b.until(`!document.querySelector(".undo-many") && document.querySelectorAll("#list .row-item").length == 3`)
	open(3)
	b.noFaults("the whole way")
}
