package test

import (
	"strings"
	"testing"
)

// An admin adds a department in the browser; mail to it opens a protocol there, and is acknowledged with the words
// that he writes next. While somebody waits, it is not removed.
func TestBrowserDepartments(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{channels: commented})
	p.agent("ada@shop.test", "Ada", "--role", "admin", "--department", "care", "--language", "en")
	b := newTab(t, p)
	b.logIn("ada@shop.test")
	b.goTo("/settings/departments")
	b.click(".add > summary")
	b.write("#team-name", "Sales and more")
	b.write("#team-id", "sales")
	b.write("#team-email", "sales@shop.test")
	b.click(".add-form .button")
	b.until(`document.querySelector("p.notice")?.textContent == "The department was added." && document.querySelector('.teams a[href="/settings/departments/sales"]')`)

	b.goTo("/settings/texts/departments/sales/acknowledgement")
	b.write("#said-text", "Thank you, says {department}: {nummer}")
	b.click(`.sheet button[value="save"]`)
	b.until(`document.querySelector("#said-error")?.textContent.includes("There is no variable {nummer}")`)
	b.run(`document.querySelector("#said-text").value = "Thank you, says {department}: {number}"`)
	b.click(`.sheet button[value="save"]`)
	b.until(`document.querySelector("p.notice")?.textContent.startsWith("The text was saved")`)

	p.accept("ana@verified.test", []string{"sales@shop.test"}, "From: ana@verified.test\r\nTo: sales@shop.test\r\nSubject: A question\r\nMessage-ID: <1@verified.test>\r\n\r\nHello\r\n")
	number := p.one().Number
	if sent := p.sent(1); !strings.Contains(string(sent[0].Raw), "Thank you, says Sales and more: "+number) {
		t.Errorf("acknowledged with\n%s", sent[0].Raw)
	}
	b.goTo("/settings/departments/sales")
	b.until(`document.querySelector(".team-more").textContent.includes("It can be removed while no protocol of it is open")`)
	p.mustRun("protocol", "finalize", number)
	b.goTo("/settings/departments/sales")
	b.click(`.team-more .side:last-child summary`)
	b.click(`.team-more .side:last-child form .button`)
	b.until(`document.querySelector("[role=alert]")?.textContent.includes("cannot be removed while channels lead to it: sales@shop.test")`)
	b.click(`.team-more .side:last-child summary`)
	b.run(`document.querySelector("#team-channels").value = "remove"`)
	b.click(`.team-more .side:last-child form .button`)
	b.until(`document.querySelector("p.notice")?.textContent == "The department was removed."`)
	p.receives("sales@shop.test", 550)
}
