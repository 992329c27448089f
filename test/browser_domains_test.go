package test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// An admin adds a domain, reads which records it needs, sees the check miss them, publishes them and sees it find
// them: all without scripts, as a provider's console beside it may have it.
func TestBrowserDomains(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{zone: `
mx.shop.test. A 192.0.2.10
10.2.0.192.in-addr.arpa. PTR mx.shop.test.
`})
	p.agent("ada@shop.test", "Ada", "--role", "admin", "--department", "care", "--language", "en")
	p.agent("sol@shop.test", "Sol", "--role", "supervisor", "--department", "care", "--language", "en")
	b := newTab(t, p)
	b.withoutScript()
	b.logIn("ada@shop.test")
	b.goTo("/settings/domains")
	b.click(".add > summary")
	b.write("#add-name", "help")
	b.click(".add-form .button")
	b.until(`document.querySelector("#add-name-error")?.textContent == "Write it as example.com."`)
	b.takeFaults() // the browser notes the 422
	b.write("#add-name", ".shop.test")
	b.click(".add-form .button")
	b.until(`location.pathname == "/settings/domains/help.shop.test" && document.querySelector(".notice")?.textContent.includes("was added")`)
	zone := evaluate[string](b, `document.querySelector("#main details .zone").textContent`)
	for _, record := range []string{"help.shop.test. 3600 IN MX 10 mx.shop.test.", "recado._domainkey.help.shop.test. 3600 IN TXT (", `"v=spf1 mx ~all"`} {
		if !strings.Contains(zone, record) {
			t.Errorf("the zone fragment has no %s:\n%s", record, zone)
		}
	}

	// What a receiver verifies with is there at once: the key that the page shows signs.
	b.click(".part-head .button")
	b.until(`document.querySelectorAll(".findings .sign.failed").length == 4`) // all but the server's own name
	b.until(`document.querySelector(".findings").textContent.includes("The domain help.shop.test does not exist in the DNS.")`)
	if err := p.zone.Add(strings.ReplaceAll(zone, "\n\t", " ")); err != nil {
		t.Fatal(err)
	}
	b.checkedUntil(`document.querySelector(".part .sign")?.classList.contains("verified")`) // of the whole
	if _, stderr, status := p.run("dns", "check", "help.shop.test"); status != 0 {
		t.Errorf("the command: %d %s", status, stderr)
	}
	b.goTo("/settings/domains")
	b.until(`document.querySelector('.domains a[href$="help.shop.test"]').closest("tr").querySelector(".sign.verified")`)

	b.goTo("/settings/domains/shop.test")
	b.click(".confirm > summary")
	b.click(".confirm .button.danger:not(summary)")
	b.until(`document.querySelector(".notice.warn")?.textContent.includes("care@shop.test")`)
	b.takeFaults() // the browser notes the 409
	b.goTo("/settings/domains/help.shop.test")
	b.click(".confirm > summary")
	b.click(".confirm .button.danger:not(summary)")
	b.until(`location.pathname == "/settings/domains" && !document.querySelector('.domains a[href$="help.shop.test"]')`)
	b.noFaults("domains")

	sol := newTab(t, p)
	sol.logIn("sol@shop.test")
	sol.goTo("/settings/texts")
	sol.until(`document.querySelector(".settings-nav") && !document.querySelector('.settings-nav a[href="/settings/domains"]')`)
}

// checkedUntil checks again until the page shows what was published: the last report is given again for a moment.
func (b *tab) checkedUntil(shown string) {
	b.t.Helper()
	for begin := time.Now(); !evaluate[bool](b, "!!("+shown+")"); {
		if time.Since(begin) > within {
			b.t.Fatalf("not in time: %s\n%s", shown, b.looks())
		}
		b.click(".part-head .button")
		b.until(`document.readyState == "complete" && document.querySelector(".part .sign")`)
	}
}

// checkDomain has the server ask the DNS, where it finds a record of SPF as long as such records are.
func (p *product) checkDomain(domain string) {
	p.t.Helper()
	p.zone.TXT(domain, "v=spf1 include:_spf.a-newsletter-with-a-long-name.test ip4:198.51.100.0/24 ip6:2001:db8:1234:5678::/64 -all")
	answer, err := p.socket().Get("http://recado/api/v1/domains/" + domain + "/dns")
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		p.t.Fatalf("check of %s: %s", domain, answer.Status)
	}
}
