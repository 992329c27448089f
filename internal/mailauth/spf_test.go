package mailauth

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// runSPFSuites returns how many cases there are and the names of those with another result, with it.
func runSPFSuites(t *testing.T, file string) (total int, wrong []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range mailtest.ReadSPFSuites(string(text)) {
		z, err := s.Zone()
		if err != nil {
			t.Fatal(err)
		}
		c := zoneChecker(t, z)
		for _, tc := range s.Cases {
			total++
			got := c.checkSPF(context.Background(), Request{RemoteIP: netip.MustParseAddr(tc.Host), HELO: tc.HELO, MailFrom: tc.MailFrom})
			if !slices.Contains(tc.Results, got.Result) {
				wrong = append(wrong, tc.Name)
				t.Logf("%s / %s: got %s (%s), want %v", s.Description, tc.Name, got.Result, got.Explain, tc.Results)
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
