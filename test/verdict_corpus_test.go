package test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
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

// TestSPFCorpusOverSMTP: each SPF case of the corpus whose client has the usual address, over SMTP in and JSON out.
// The client comes from an address of loopback, which takes that one's place in cases and zones; the others
// run in internal/mailauth. Names of two suites are not the same name, so the zone is changed between them.
func TestSPFCorpusOverSMTP(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(mailtest.Corpora(t), "spf", "blitiri", "blitirispf-tests.yml"))
	if err != nil {
		t.Fatal(err)
	}
	const client = "127.9.8.7"
	here := strings.NewReplacer("1.2.3.4", client, "4.3.2.1.in-addr.arpa", "7.8.9.127.in-addr.arpa").Replace(string(text))
	p := newProduct(t, settings{limits: "mails_per_hour = 0"})
	cases := 0
	for _, suite := range mailtest.ReadSPFSuites(here) {
		zone, err := suite.Zone()
		if err != nil {
			t.Fatal(err)
		}
		p.zone.Replace(zone)
		for _, tc := range suite.Cases {
			if tc.Host != client || tc.HELO == "" && tc.MailFrom == "" {
				continue
			}
			cases++
			from := fmt.Sprintf("case%d@author.test", cases)
			code, reply := p.deliverAs(client, tc.HELO, tc.MailFrom, mail(from, "x", from, "", "x"))
			list := p.protocols("--contact", from)
			if code != 250 || len(list) != 1 {
				t.Errorf("%s: %d %s, %d protocols", tc.Name, code, reply, len(list))
				continue
			}
			if auth := p.show(list[0].Number).Messages[0].Auth; !slices.Contains(tc.Results, auth.SPF) {
				t.Errorf("%s / %s: %+v, want %v", suite.Description, tc.Name, auth, tc.Results)
			}
		}
	}
	if cases < 15 {
		t.Errorf("only %d cases", cases)
	}
}

// deliverAs is deliver from an address of loopback, by a client that calls itself helo.
func (p *product) deliverAs(client, helo, from, raw string) (code int, text string) {
	p.t.Helper()
	c, err := mailtest.DialFrom(net.ParseIP(client), p.smtp)
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	c.Timeout = within
	if helo == "" {
		helo = "client.test"
	}
	if code, text := c.Cmd("EHLO " + helo); code != 250 {
		p.t.Fatalf("EHLO: %d %s", code, text)
	}
	return c.Mail(from, toCare, mailtest.ToCRLF([]byte(raw)))
}
