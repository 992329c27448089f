package test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"recado/internal/mailtest"
)

// axeCore is the script of axe-core, or ends the test. Its file is named by RECADO_AXE; CI installs it, and it is no part of the
// repository.
func axeCore(t *testing.T) string {
	t.Helper()
	path := os.Getenv("RECADO_AXE")
	if path == "" {
		mailtest.RequireOrSkip(t, "RECADO_AXE does not name axe.min.js of axe-core")
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(axe)
}

// acceptable holds that axe-core finds nothing to object to on any screen, light on a desk and dark on a phone: of both, the colours and
// the layouts.
func (b *tab) acceptable(axe, email string, screens []screen) {
	b.t.Helper()
	b.goTo("/login")
	b.accepted(axe, "login")
	b.logIn(email)
	for _, s := range screens {
		b.goTo(s.path)
		for i, scheme := range []string{"light", "dark"} {
			b.resize(sizes[i])
			b.scheme(scheme)
			b.accepted(axe, fmt.Sprintf("%s, %s, %s", s.name, sizes[i].name, scheme))
		}
		b.resize(sizes[0])
		b.scheme("light")
	}
}

// scheme has the page drawn light or dark, and nothing move.
func (b *tab) scheme(scheme string) {
	b.t.Helper()
	b.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}))
}

// accepted runs axe-core on the page, frames left out: a customer's mail is not ours to mend.
func (b *tab) accepted(axe, what string) {
	b.t.Helper()
	b.until(complete + ` && document.querySelector("main")`)
	if !evaluate[bool](b, `!!window.axe`) {
		b.run(axe + "; void 0")
	}
	b.run(`window.found = null; axe.run({ exclude: ["iframe"] }, { iframes: false, preload: false, resultTypes: ["violations"], rules: { "target-size": { enabled: true } }, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
		.then((r) => { window.found = r.violations.flatMap((v) => v.nodes.slice(0, 3).map((n) => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)); }, (e) => { window.found = [String(e)]; }); void 0`)
	b.until(`window.found !== null`)
	for _, f := range evaluate[[]string](b, `window.found`) {
		b.t.Errorf("%s: %s", what, strings.Join(strings.Fields(f), " "))
	}
}
