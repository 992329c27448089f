package message

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReportsOfFlufl reads the bounces of others. Reports that follow RFC 3464
// must name the recipients that are expected; of the forms of their own, most.
func TestReportsOfFlufl(t *testing.T) {
	dir := filepath.Join(corpora(t), "bounces", "flufl.bounce")
	raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string][]struct {
		Detector  string
		Addresses []string
		Temporary bool
	}
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(expected))
	for name := range expected {
		names = append(names, name)
	}
	sort.Strings(names)
	standard, ok, others, othersOK := 0, 0, 0, 0
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(dir, "data", name))
		if err != nil {
			t.Fatal(err)
		}
		m := ParseBytes(raw, Options{})
		want := map[string]bool{}
		isStandard := false
		for _, e := range expected[name] {
			isStandard = isStandard || e.Detector == "dsn"
			for _, a := range e.Addresses {
				want[strings.ToLower(a)] = true
			}
		}
		if len(want) == 0 {
			continue
		}
		got := map[string]bool{}
		if m.Report != nil {
			for _, r := range m.Report.Recipients {
				if r.Action == "failed" || r.Action == "delayed" {
					got[strings.ToLower(r.Address)] = true
				}
			}
		}
		d := cmp.Diff(want, got)
		if d != "" {
			t.Logf("%s (-want +got):\n%s", name, d)
		}
		switch {
		case isStandard && d == "":
			ok++
			fallthrough
		case isStandard:
			standard++
		case d == "":
			othersOK++
			fallthrough
		default:
			others++
		}
	}
	t.Logf("the same recipients: %d of %d standard reports, %d of %d others", ok, standard, othersOK, others)
	if standard == 0 || ok*10 < standard*9 || othersOK*10 < others*7 {
		t.Errorf("too few match")
	}
}
