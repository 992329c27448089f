// Package test holds what is tested of the product as a whole, over real connections, and what holds
// for all of its packages.
package test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// floors are the import layers: a package imports only from floors below its own, and those of one
// floor never import one another (docs/adr/0001-the-house.md).
var floors = map[string]int{
	"recado/internal/message":    1,
	"recado/internal/mailauth":   1,
	"recado/internal/dnsrecords": 1,
	"recado/internal/reputation": 1,
	"recado/internal/say":        1,
	"recado/internal/mailtest":   1,
	"recado/conversation":        2,
	"recado/internal/dnscheck":   2,
	"recado/smtpd":               3,
	"recado/inbox":               3,
	"recado/internal/api":        3,
	"recado/internal/config":     3,
	"recado/internal/monitor":    3,
	"recado/internal/search":     3,
	"recado/outbound":            3,
	"recado/store":               3,
	"recado/store/storetest":     3,
	"recado/cmd/recado":          4,
	"recado/test":                5,
	"recado/test/load":           4,
	"recado/test/attack":         4,
	"recado/test/seed":           4,
	"recado/test/pages":          4,
	"recado/test/process":        1,
	"recado/test/readers":        4,
}

// only are packages that nobody but those named may import, whatever their floor.
var only = map[string][]string{
	"recado/internal/config":         {"recado/cmd/recado"},
	"recado/store":                   {"recado/cmd/recado", "recado/test/seed"},
	"recado/internal/mailtest":       {"recado/cmd/recado", "recado/test/load", "recado/test/attack"}, // the demo's peers
	"github.com/jhillyerd/enmime/v2": {"recado/test/readers"},                                         // to be compared with
}

func TestImportLayers(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "recado/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		from := words[0]
		floor, known := floors[from]
		if !known {
			t.Errorf("%s has no floor: give it one in this test and in docs/adr/0001-the-house.md", from)
			continue
		}
		for _, to := range words[1:] {
			if allowed, ok := only[to]; ok && !slices.Contains(allowed, from) {
				t.Errorf("%s imports %s, which only %s may", from, to, strings.Join(allowed, ", "))
			}
			if !strings.HasPrefix(to, "recado/") {
				continue
			}
			if floors[to] >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d)", from, floor, to, floors[to])
			}
			if from == "recado/conversation" && to != "recado/internal/message" && to != "recado/internal/say" {
				t.Errorf("conversation imports %s: of ours it may import internal/message and internal/say alone", to)
			}
		}
	}
}
