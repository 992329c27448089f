package test

import (
	"slices"
	"strings"
	"testing"
)

// TestRule09Liars: From fields that try to be taken for somebody else's, over SMTP in and JSON out. The mail
// is refused, or its key is the address that the verdict is about and the evidence says what is odd.
func TestRule09Liars(t *testing.T) {
	p := newProduct(t, settings{zone: "xn--pypal-4ve.test. TXT \"v=spf1 ip4:127.0.0.1 -all\"\n"})
	refused := map[string]string{
		"two fields":          "ana@verified.test\nFrom: ceo@strict.test",
		"an encoded address":  "<=?utf-8?q?ceo=40strict=2Etest?=>",
		"a NUL":               "ceo@strict.test\x00 <ana@verified.test>",
		"a bare CR":           "ana@verified.test\rFrom: ceo@strict.test",
		"an address in one":   "<ceo@strict.test <ana@verified.test>>",
		"two addresses":       "ceo@strict.test, ana@verified.test",
		"two at signs":        "ceo@strict.test@verified.test",
		"a header of its own": "ana@verified.test\nFrom : ceo@strict.test",
	}
	for name, from := range refused {
		if code, text := p.deliver("ana@verified.test", toCare, mail(from, "x", name+"@verified.test", "", "x")); code != 550 || !strings.HasPrefix(text, "5.6.0") {
			t.Errorf("%s: %d %s", name, code, text)
		}
	}
	if l := p.protocols(); len(l) > 0 {
		t.Fatalf("a refused mail opened %+v", l)
	}
	const forged = "Authentication-Results: mx.other.test; spf=none\nAUTHENTICATION-RESULTS:\n (to you) MX.Shop.Test (us);\n dkim=pass header.d=bank.test\n"
	flagged := []struct{ name, from, more, key, evidence string }{
		{"a name that is an address", `"ceo@strict.test" <ana@verified.test>`, "", "ana@verified.test", "the name looks like an address: it is not who sent this"},
		{"a homograph", "PayPal <service@pаypal.test>", "", "service@xn--pypal-4ve.test", "this domain mixes alphabets: xn--pypal-4ve.test"},
		{"a result in our name", "bea@verified.test", forged, "bea@verified.test", "in our name"},
	}
	for i, f := range flagged {
		_, domain, _ := strings.Cut(f.key, "@")
		p.accept("x@"+domain, toCare, mail(f.from, f.name, strings.Repeat("l", i+1)+"@verified.test", f.more, "x"))
		list := p.protocols("--contact", f.key)
		if len(list) != 1 {
			t.Errorf("%s: %d protocols of %s", f.name, len(list), f.key)
			continue
		}
		m := p.show(list[0].Number).Messages[0]
		said := func(words string) bool {
			return slices.ContainsFunc(m.Auth.Evidence, func(e string) bool { return strings.Contains(e, words) })
		}
		if m.Auth.Verdict != "verified" || m.Auth.DKIM != "none" || !said(f.evidence) || !said(domain+" vouches for this sender") || said("bank.test") {
			t.Errorf("%s: %+v", f.name, m.Auth)
		}
	}
}
