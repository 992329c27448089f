package test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recado/internal/mailtest"
)

// TestDKIMCorpusOverSMTP: each signed mail of the corpus with its zone, over SMTP in and JSON out. Some are
// copies of one another but for their signatures, so each comes to a department of its own.
func TestDKIMCorpusOverSMTP(t *testing.T) {
	dir := filepath.Join(mailtest.Corpora(t), "dkim", "chasquid")
	text, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		ID, File, Expect string
		Zone             map[string]struct{ TXT, Error string }
	}
	if err := json.Unmarshal(text, &cases); err != nil || len(cases) < 11 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	channels := "[[domain]]\nname = \"shop.test\"\npostmaster = \"c0@shop.test\"\n"
	for i := range cases {
		channels += fmt.Sprintf("[[department]]\nid = \"d%d\"\nname = \"D\"\nisolated = true\nacknowledge = false\n[[channel]]\nemail = \"c%d@shop.test\"\ndepartment = \"d%d\"\n", i, i, i)
	}
	p := newProduct(t, settings{channels: channels})
	for i, tc := range cases {
		for name, r := range tc.Zone {
			p.zone.Remove(name)
			switch {
			case r.TXT != "":
				p.zone.TXT(name, r.TXT)
			case r.Error == "servfail":
				p.zone.ServFail(name)
			}
		}
		raw, err := os.ReadFile(filepath.Join(dir, tc.File))
		if err != nil {
			t.Fatal(err)
		}
		pass := tc.Expect == "must-pass"
		code, reply := p.deliver("x@plain.test", []string{fmt.Sprintf("c%d@shop.test", i)}, string(raw))
		for name := range tc.Zone {
			p.zone.Remove(name)
		}
		if code == 550 && !pass && strings.HasPrefix(reply, "5.6.0") {
			continue // it names no sender
		}
		list := p.protocols("--department", fmt.Sprintf("d%d", i))
		if code != 250 || len(list) != 1 {
			t.Errorf("%s: %d %s, %d protocols", tc.ID, code, reply, len(list))
			continue
		}
		if auth := p.show(list[0].Number).Messages[0].Auth; (auth.DKIM == "pass") != pass || (auth.Verdict == "verified") && !pass {
			t.Errorf("%s, %s: %+v", tc.ID, tc.Expect, auth)
		}
	}
}
