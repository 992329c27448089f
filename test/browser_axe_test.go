package test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"recado/internal/mailtest"
)

// axe-core finds nothing to object to on any screen, light on a desk and dark on a phone. Its file is
// named by RECADO_AXE; CI installs it, and it is no part of the repository.
func TestBrowserAxe(t *testing.T) {
	t.Parallel()
	path := os.Getenv("RECADO_AXE")
	if path == "" {
		mailtest.RequireOrSkip(t, "RECADO_AXE does not name axe.min.js of axe-core")
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p := newProduct(t, settings{channels: departments})
	ours := p.furnish()
	screens := p.screens(ours)
	b := newTab(t, p)
	b.goTo("/login")
	b.accepted(string(axe), "login")
	b.logIn(p.boss("es"))
	for _, screen := range screens {
		name, path := screen.name, screen.path
		for _, size := range sizes {
			b.do(chromedp.EmulateViewport(size.width, size.height))
			b.goTo(path)
			scheme := map[string]string{"wide": "light", "phone": "dark"}[size.name] // of both, the colours and the layouts
			b.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
			}))
			b.accepted(string(axe), fmt.Sprintf("%s, %s, %s", name, size.name, scheme))
		}
	}
}

// accepted runs axe-core on the page, frames left out: a customer's mail is not ours to mend.
func (b *tab) accepted(axe, what string) {
	b.t.Helper()
	b.until(`document.readyState == "complete" && document.querySelector("main")`)
	if !evaluate[bool](b, `!!window.axe`) {
		b.run(axe + "; void 0")
	}
	b.run(`window.found = null; axe.run({ exclude: ["iframe"] }, { iframes: false, rules: { "target-size": { enabled: true } }, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
		.then((r) => { window.found = r.violations.flatMap((v) => v.nodes.slice(0, 3).map((n) => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)); }, (e) => { window.found = [String(e)]; }); void 0`)
	b.until(`window.found !== null`)
	for _, f := range evaluate[[]string](b, `window.found`) {
		b.t.Errorf("%s: %s", what, strings.Join(strings.Fields(f), " "))
	}
}
