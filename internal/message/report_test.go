package message

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readDifferently names the reports that we read otherwise than expected, and why.
var readDifferently = map[string]string{
	"llnl_01.txt":   "prose that names an address form and then the address, and no failure",
	"yale_01.txt":   "two domains that a rule of that one sender's gives: neither is in the report",
	"simple_42.txt": "an address that was cut for privacy; nothing is expected of it, we take what stands there",
}

// TestReportsOfFlufl reads the bounces of others: each must name the recipients that are expected, by the
// address that it was sent to or the one that it led to, and tell a delay from a failure.
func TestReportsOfFlufl(t *testing.T) {
	dir := filepath.Join(corpora(t), "bounces", "flufl.bounce")
	raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string][]struct {
		Addresses []string
		Temporary bool
	}
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	ok := 0
	for name, entries := range expected {
		raw, err := os.ReadFile(filepath.Join(dir, "data", name))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{} // address -> action
		for _, e := range entries {
			for _, a := range e.Addresses {
				want[strings.ToLower(a)] = map[bool]string{true: "delayed", false: "failed"}[e.Temporary]
			}
		}
		d := cmp.Diff(want, reportedAs(ParseBytes(raw, Options{}).Report, want))
		switch {
		case d == "":
			ok++
		case readDifferently[name] == "":
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	t.Logf("read as expected: %d of %d", ok, len(expected))
	if len(expected) == 0 || ok*100 < len(expected)*95 {
		t.Error("fewer than 95 of 100")
	}
}

// reportedAs are the recipients that a report is about, by the address that is wanted where it names two.
func reportedAs(rep *Report, want map[string]string) map[string]string {
	got := map[string]string{}
	if rep == nil {
		return got
	}
	for _, r := range rep.Recipients {
		address, final := strings.ToLower(r.Address), strings.ToLower(r.Final)
		if want[address] == "" && want[final] != "" {
			address = final
		}
		got[address] = r.Action
		if want[final] != "" { // expected under both
			got[final] = r.Action
		}
	}
	return got
}
