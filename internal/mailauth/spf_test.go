package mailauth

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"recado/internal/mailtest"
)

// zoneChecker is a Checker that asks a server of its own for the given zone.
func zoneChecker(tb testing.TB, z *mailtest.Zone) *Checker {
	tb.Helper()
	srv, err := mailtest.ServeDNS("", z)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = srv.Close() })
	return &Checker{Resolver: NewResolver(srv.Addr()), Timeout: 10 * time.Second}
}

// suiteZone makes the zone of a suite. As the suites want it, SPF records are served as TXT where there are no
// TXT records of that name.
func suiteZone(tb testing.TB, s spfSuite) *mailtest.Zone {
	tb.Helper()
	z := &mailtest.Zone{}
	hasTXT := map[string]bool{}
	for _, r := range s.zone {
		if r.kind == "TXT" {
			hasTXT[r.name] = true
		}
	}
	for _, r := range s.zone {
		switch r.kind {
		case "SPF", "TXT":
			if (r.kind == "TXT" || !hasTXT[r.name]) && strings.Join(r.values, "") != "NONE" && len(r.values) > 0 {
				z.TXT(r.name, strings.Join(r.values, ""))
			}
		case "A", "AAAA":
			z.Address(r.name, netip.MustParseAddr(r.values[0]))
		case "MX":
			pref, err := strconv.ParseUint(r.values[0], 10, 16)
			if err != nil {
				tb.Fatal(err)
			}
			z.MX(r.name, uint16(pref), r.values[1])
		case "PTR":
			z.PTRName(r.name, r.values[0])
		case "CNAME":
			z.CNAME(r.name, r.values[0])
		case "TIMEOUT", "SERVFAIL":
			z.ServFail(r.name) // a server that fails is as temporary as one that is silent, and quicker
		case "CNAMELOOP":
			z.CNAME(r.name, r.name)
		default:
			tb.Fatalf("record type %q", r.kind)
		}
	}
	return z
}

// runSPFSuites returns how many cases there are and the names of those with another result, with it.
func runSPFSuites(t *testing.T, file string) (total int, wrong []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range readSPFSuites(t, string(text)) {
		c := zoneChecker(t, suiteZone(t, s))
		for _, tc := range s.cases {
			total++
			got := c.checkSPF(context.Background(), Request{RemoteIP: netip.MustParseAddr(tc.host), HELO: tc.helo, MailFrom: tc.mailFrom})
			if !slices.Contains(tc.results, got.Result) {
				wrong = append(wrong, tc.name)
				t.Logf("%s / %s: got %s (%s), want %v", s.description, tc.name, got.Result, got.Explain, tc.results)
			}
		}
	}
	return total, wrong
}

func TestSPFCorpus(t *testing.T) {
	total, wrong := runSPFSuites(t, filepath.Join(mailtest.Corpora(t), "spf", "blitiri", "blitirispf-tests.yml"))
	t.Logf("%d of %d cases as expected", total-len(wrong), total)
	if total < 20 || len(wrong) > 0 {
		t.Errorf("%d cases, wrong: %q", total, wrong)
	}
}

// TestSPFSuites runs the openspf.org suite of RFC 7208 and others, which come with the library's source.
func TestSPFSuites(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "blitiri.com.ar/go/spf").Output()
	dir := filepath.Join(strings.TrimSpace(string(out)), "testdata")
	if err != nil || strings.TrimSpace(string(out)) == "" {
		mailtest.RequireOrSkip(t, fmt.Sprintf("no source of the SPF library: %v", err))
	}
	// What we answer otherwise, and why.
	known := map[string][]string{
		"rfc7208-tests.yml": {
			// a slash within a domain, which no name in use has
			"a-colon-domain", "a-colon-domain-ip4mapped",
			// one label: let pass, so it does not resolve
			"a-only-toplabel", "a-only-toplabel-trailing-dot", "invalid-domain",
			"mx-colon-domain", "mx-colon-domain-ip4mapped", // a slash again
			"p-macro-multiple", // %{p} is always unknown
		},
		// empty parts of a local part that no mail has ("a..b") are dropped in expansion
		"blitirispf-tests.yml": {"macro-empty-parts"},
		// pyspf's own modifier "default", which is no standard
		"pyspf-tests.yml": {"default-modifier", "default-modifier-harsh"},
	}
	for file, want := range map[string]int{"rfc7208-tests.yml": 203, "blitirispf-tests.yml": 80, "pyspf-tests.yml": 16} {
		t.Run(file, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
				mailtest.RequireOrSkip(t, err.Error())
			}
			total, wrong := runSPFSuites(t, filepath.Join(dir, file))
			t.Logf("%d of %d cases as expected", total-len(wrong), total)
			slices.Sort(wrong)
			if total < want || !slices.Equal(wrong, known[file]) {
				t.Errorf("%d cases, wrong: %q, known: %q", total, wrong, known[file])
			}
		})
	}
}
