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

// TestReportsOfFlufl reads the standard reports among the bounces of others.
// Those in forms of their own are not counted: they are no multipart/report.
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
	standard, ok, reports := 0, 0, 0
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(dir, "data", name))
		if err != nil {
			t.Fatal(err)
		}
		m := ParseBytes(raw, Options{})
		if m.Report != nil {
			reports++
		}
		want := map[string]bool{}
		for _, e := range expected[name] {
			if e.Detector != "dsn" {
				continue
			}
			for _, a := range e.Addresses {
				want[strings.ToLower(a)] = true
			}
		}
		if len(want) == 0 {
			continue
		}
		standard++
		got := map[string]bool{}
		if m.Report != nil {
			for _, r := range m.Report.Recipients {
				if r.Action == "failed" || r.Action == "delayed" {
					got[strings.ToLower(r.Address)] = true
				}
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Logf("%s (-want +got):\n%s", name, d)
			continue
		}
		ok++
	}
	t.Logf("standard reports: %d of %d name the same recipients; %d of %d files are reports", ok, standard, reports, len(names))
	if standard == 0 || ok*10 < standard*9 {
		t.Errorf("fewer than nine of ten match")
	}
}
