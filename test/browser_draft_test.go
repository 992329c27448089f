package test

import (
	"slices"
	"testing"
)

// twoAddresses has a department that is written to at two addresses.
const twoAddresses = oneDepartment + `
[[channel]]
email = "help@shop.test"
department = "care"
send = "receptive"
`

// That one agent looks and writes, a colleague knows, and what is written is found again at another desk.
func TestBrowserDraft(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{channels: twoAddresses})
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
	leo.until(`document.querySelector("#others .looking")?.textContent.includes("Eva")`)
	eva.until(`document.querySelector("#others .looking")?.textContent.includes("Leo")`)
	eva.until(`document.querySelector("#reply-channel").value == "" && document.querySelector("#reply-to").value == "` + ana + `"`)
	eva.run(`document.querySelector("#reply-channel").value = "help@shop.test"; document.querySelector("#reply-to").value = ""`)
	eva.write("#reply-to", "bea@verified.test; "+ana)
	eva.write("#reply-text", "Va la azul.")
	leo.until(`document.querySelector("#others .notice")?.textContent.includes("Eva") && !document.querySelector("#others .looking")`)
	leo.stayed()
	eva.until(`JSON.parse(localStorage.getItem(document.querySelector("#reply").dataset.draft.replace(/^/, "recado/"))).kept`)
	elsewhere.goTo(path)
	elsewhere.until(`document.querySelector("#reply-text")?.value == "Va la azul."`)
	elsewhere.until(`document.querySelector("#reply-channel").value == "help@shop.test" && document.querySelector("#reply-to").value == "bea@verified.test; ` + ana + `"`)
	if evaluate[bool](elsewhere, `document.querySelector("#others").textContent.includes("Eva")`) {
		t.Error("Eva is told that she writes")
	}
	eva.run(`window.fetch = () => Promise.reject(new Error("no network"))`) // what is typed now is in this browser alone
	eva.write("#reply-text", " Y la roja.")
	eva.goTo(path)
	eva.until(`document.querySelector("#reply-text")?.value == "Va la azul. Y la roja."`)
	eva.until(`JSON.parse(localStorage.getItem("recado/" + document.querySelector("#reply").dataset.draft)).kept`)
	elsewhere.write("#reply-text", " Hoy.")
	elsewhere.click("#send")
	elsewhere.until(`document.querySelector(".entry.out .text")?.textContent.includes("Va la azul. Hoy.") && document.querySelector("#reply-text").value == ""`)
	if got := p.sent(1)[0]; headerField(got.Raw, "From") != "Customer care <help@shop.test>" || !slices.Equal(got.To, []string{"bea@verified.test", ana}) {
		t.Errorf("from %s to %v", headerField(got.Raw, "From"), got.To)
	}
	leo.until(`!document.querySelector("#others .notice") && document.querySelector("#others .looking") && document.querySelector(".entry.out")`)
	eva.goTo(path)
	eva.until(`document.querySelector(".entry.out") && document.querySelector("#reply-text").value == ""`) // sent is sent at every desk
	for _, b := range []*tab{eva, elsewhere} {                                                             // who closes the page looks no more
		b.goTo("/inbox")
	}
	leo.until(`document.querySelector("#others").textContent.trim() == ""`)
	for _, b := range []*tab{eva, elsewhere, leo} {
		b.noFaults(path)
	}
}
