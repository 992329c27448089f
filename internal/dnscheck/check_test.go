package dnscheck_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/internal/dnscheck"
	"recado/internal/dnsrecords"
	"recado/internal/mailauth"
	"recado/internal/mailtest"
)

// good are the lines of a zone in which everything is in order, by what they are for. KEY is the record of our key.
var good = map[string]string{
	"mx":    "example.com. IN MX 10 mx.example.com.",
	"host":  "mx.example.com. IN A 192.0.2.10",
	"ptr":   "10.2.0.192.in-addr.arpa. IN PTR mx.example.com.",
	"spf":   `example.com. IN TXT "v=spf1 mx ~all"`,
	"dkim":  `recado._domainkey.example.com. IN TXT "KEY"`,
	"dmarc": `_dmarc.example.com. IN TXT "v=DMARC1; p=quarantine"`,
}

// served is a checker of a zone: the good one with other lines in place of some.
func served(t *testing.T, instead map[string]string) (*dnscheck.Checker, dnscheck.Options, *mailtest.Zone) {
	t.Helper()
	record, err := dnsrecords.PublicRecord(mailtest.Ed25519Key())
	if err != nil {
		t.Fatal(err)
	}
	z := &mailtest.Zone{}
	for topic, lines := range good {
		if other, ok := instead[topic]; ok {
			lines = other
		}
		if err := z.Add(strings.ReplaceAll(lines, "KEY", strings.ReplaceAll(record, ";", `\;`))); err != nil {
			t.Fatalf("%s: %v", topic, err)
		}
	}
	if err := z.Add(instead["besides"]); err != nil {
		t.Fatal(err)
	}
	srv, err := mailtest.ServeDNS("", z)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	c := &dnscheck.Checker{Resolver: func() mailauth.Resolver { return mailauth.NewResolver(srv.Addr()) }}
	return c, dnscheck.Options{Domain: "example.com", MXHost: "mx.example.com", Keys: []dnsrecords.Key{{Selector: "recado", Record: record}}}, z
}

const (
	mx   = "example.com. 3600 IN MX 10 mx.example.com.\n"
	spf  = "example.com. 3600 IN TXT "
	spf1 = `"v=spf1 mx ~all"` + "\n"
)

// manyIncludes are eleven, the last within another.
func manyIncludes() string {
	record, lines := "v=spf1", []string{}
	for i := range 10 {
		record += fmt.Sprintf(" include:s%d.test", i)
		lines = append(lines, fmt.Sprintf(`s%d.test. IN TXT "v=spf1 ip4:198.51.100.%d -all"`, i, i))
	}
	lines[9] = `s9.test. IN TXT "v=spf1 a:x.test -all"`
	return strings.Join(append(lines, `example.com. IN TXT "`+record+` -all"`), "\n")
}

func TestCheck(t *testing.T) {
	other := strings.Repeat("A", 43) + "="
	tests := map[string]struct {
		zone  map[string]string
		relay string
		want  []string // what is not ok: "purpose state reason answer"
		paste string   // all of it; "KEY": that of the key
	}{
		"all in order":        {},
		"nothing at all":      {zone: map[string]string{"mx": "", "host": "", "ptr": "", "spf": "", "dkim": "", "dmarc": ""}, want: []string{"mx missing mx.nodomain nxdomain", "address missing host.none nxdomain", "spf missing spf.none nxdomain", "dkim missing dkim.none nxdomain", "dmarc missing dmarc.none nxdomain"}, paste: mx + spf + spf1 + "KEY" + "_dmarc.example.com. 3600 IN TXT \"v=DMARC1; p=none\"\n"},
		"no such type":        {zone: map[string]string{"mx": "", "spf": `example.com. IN TXT "site-verification=x"`}, want: []string{"mx missing mx.none empty", "spf missing spf.none empty"}, paste: mx + spf + spf1},
		"nothing is answered": {zone: map[string]string{"mx": "example.com. SERVFAIL", "spf": "", "dkim": "recado._domainkey.example.com. SERVFAIL", "dmarc": "_dmarc.example.com. SERVFAIL"}, want: []string{"mx unknown dns.servfail servfail", "spf unknown dns.servfail servfail", "dkim unknown dns.servfail servfail", "dmarc unknown dns.servfail servfail"}},

		"null MX":               {zone: map[string]string{"mx": "example.com. IN MX 0 ."}, want: []string{"mx wrong mx.null found", "spf wrong spf.outside found"}, paste: mx + spf + spf1},
		"mail goes elsewhere":   {zone: map[string]string{"mx": "example.com. IN MX 5 mail.other.test.", "spf": `example.com. IN TXT "v=spf1 a:mx.example.com -all"`}, want: []string{"mx wrong mx.elsewhere found"}, paste: mx},
		"another MX first":      {zone: map[string]string{"mx": "example.com. IN MX 10 mx.example.com.\nexample.com. IN MX 5 mail.other.test."}, want: []string{"mx wrong mx.others found"}, paste: mx},
		"another MX as good":    {zone: map[string]string{"mx": "example.com. IN MX 10 mx.example.com.\nexample.com. IN MX 10 mail.other.test."}, want: []string{"mx wrong mx.others found"}, paste: mx},
		"a backup MX":           {zone: map[string]string{"mx": "example.com. IN MX 10 mx.example.com.\nexample.com. IN MX 20 mail.other.test."}, want: []string{"mx advice mx.backup found"}, paste: mx},
		"another preference":    {zone: map[string]string{"mx": "example.com. IN MX 0 MX.example.COM."}},
		"MX to an alias of us":  {zone: map[string]string{"mx": "example.com. IN MX 10 mail.example.com.\nmail.example.com. IN CNAME mx.example.com."}, want: []string{"mx wrong mx.alias found"}, paste: mx},
		"MX to an address":      {zone: map[string]string{"mx": "example.com. IN MX 10 192.0.2.10.", "spf": `example.com. IN TXT "v=spf1 ip4:192.0.2.10 -all"`}, want: []string{"mx wrong mx.address found"}, paste: mx},
		"MX of another name":    {zone: map[string]string{"mx": "example.com. IN MX 10 mail.example.com.\nmail.example.com. IN A 192.0.2.10"}, want: []string{"mx advice mx.name found"}, paste: mx},
		"we are an alias":       {zone: map[string]string{"host": "mx.example.com. IN CNAME box.test.\nbox.test. IN A 192.0.2.10"}, want: []string{"address wrong host.alias found"}},
		"IPv6 alone":            {zone: map[string]string{"host": "mx.example.com. IN AAAA 2001:db8::10", "besides": "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. IN PTR mx.example.com."}, want: []string{"address advice host.v6only empty"}},
		"a private address":     {zone: map[string]string{"host": "mx.example.com. IN A 10.0.0.1"}, want: []string{"address advice host.private found"}},
		"no reverse name":       {zone: map[string]string{"ptr": ""}, want: []string{"reverse advice ptr.none nxdomain"}, paste: "10.2.0.192.in-addr.arpa. 3600 IN PTR mx.example.com.\n"},
		"another reverse name":  {zone: map[string]string{"ptr": "10.2.0.192.in-addr.arpa. IN PTR host-10.isp.test."}, want: []string{"reverse advice ptr.other found"}, paste: "10.2.0.192.in-addr.arpa. 3600 IN PTR mx.example.com.\n"},
		"the reverse is silent": {zone: map[string]string{"ptr": "10.2.0.192.in-addr.arpa. SERVFAIL"}, want: []string{"reverse unknown dns.servfail servfail"}},

		"SPF of others":          {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 include:news.test ip4:198.51.100.0/24 -all"` + "\n" + `news.test. IN TXT "v=spf1 ip4:203.0.113.1 -all"`}, want: []string{"spf wrong spf.outside found"}, paste: spf + `"v=spf1 mx include:news.test ip4:198.51.100.0/24 -all"` + "\n"},
		"two SPF records":        {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 a -all"` + "\n" + `example.com. IN TXT "v=spf1 redirect=news.test"`}, want: []string{"spf wrong spf.several found"}, paste: spf + `"v=spf1 mx a include:news.test -all"` + "\n"},
		"SPF with a mistake":     {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 mx ipv4:192.0.2.1 a ~all exp=x.test"`}, want: []string{"spf wrong spf.syntax found"}, paste: spf + `"v=spf1 mx a ~all exp=x.test"` + "\n"},
		"eleven look-ups":        {zone: map[string]string{"spf": manyIncludes()}, want: []string{"spf wrong spf.lookups found"}},
		"SPF in a circle":        {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 mx include:a.test -all"` + "\n" + `a.test. IN TXT "v=spf1 include:example.com -all"`}, want: []string{"spf wrong spf.lookups found"}},
		"include of nothing":     {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 mx include:gone.test -all"`}, want: []string{"spf wrong spf.include found"}},
		"include is silent":      {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 mx include:slow.test -all"`, "besides": "slow.test. SERVFAIL"}, want: []string{"spf unknown spf.silent servfail"}},
		"mx is silent":           {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 a:slow.test -all"`, "besides": "slow.test. SERVFAIL"}, want: []string{"spf unknown spf.unsure found"}},
		"void look-ups":          {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 a:a.test a:b.test a:c.test a:d.test mx -all"`}, want: []string{"spf wrong spf.broken found"}},
		"SPF for everybody":      {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 mx +all"`}, want: []string{"spf wrong spf.everybody found"}, paste: spf + spf1},
		"SPF says nothing":       {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 mx ?all"`}, want: []string{"spf advice spf.neutral found"}, paste: spf + spf1},
		"SPF without end":        {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 mx"`}, want: []string{"spf advice spf.noend found"}, paste: spf + spf1},
		"SPF by ptr":             {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 mx ptr -all"`}, want: []string{"spf advice spf.ptr found"}},
		"SPF of another domain":  {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 redirect=all.test"`, "besides": `all.test. IN TXT "v=spf1 ip4:192.0.2.0/24 -all"`}},
		"SPF with macros":        {zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 mx include:%{d}.hosted.test -all"`, "besides": `example.com.hosted.test. IN TXT "v=spf1 -all"`}},
		"relay on this machine":  {relay: "127.0.0.1"},
		"relay is allowed":       {relay: "smtp.relay.test", zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 ip4:198.51.100.7 -all"`, "besides": "smtp.relay.test. IN A 198.51.100.7"}},
		"relay's record is used": {relay: "smtp.relay.test", zone: map[string]string{"spf": `example.com. IN TXT "v=spf1 include:spf.relay.test -all"`, "besides": "smtp.relay.test. IN A 198.51.100.7\n" + `spf.relay.test. IN TXT "v=spf1 ip4:198.51.100.8 -all"`}},
		"relay is not allowed":   {relay: "smtp.relay.test", zone: map[string]string{"besides": "smtp.relay.test. IN A 198.51.100.7"}, want: []string{"spf advice spf.relay found"}},
		"relay publishes SPF":    {relay: "smtp.relay.test", zone: map[string]string{"besides": "smtp.relay.test. IN A 198.51.100.7\n" + `relay.test. IN TXT "v=spf1 ip4:198.51.100.0/24 -all"`}, want: []string{"spf advice spf.propose found"}},

		"no key":             {zone: map[string]string{"dkim": ""}, want: []string{"dkim missing dkim.none nxdomain"}, paste: "KEY"},
		"another key":        {zone: map[string]string{"dkim": `recado._domainkey.example.com. IN TXT "v=DKIM1\; k=ed25519\; p=` + other + `"`}, want: []string{"dkim wrong dkim.different found"}, paste: "KEY"},
		"a revoked key":      {zone: map[string]string{"dkim": `recado._domainkey.example.com. IN TXT "v=DKIM1\; k=ed25519\; p="`}, want: []string{"dkim wrong dkim.revoked found"}, paste: "KEY"},
		"a key of a kind":    {zone: map[string]string{"dkim": `recado._domainkey.example.com. IN TXT "v=DKIM1\; p=` + other + `"`}, want: []string{"dkim wrong dkim.kind found"}, paste: "KEY"},
		"no key's version":   {zone: map[string]string{"dkim": `recado._domainkey.example.com. IN TXT "v=DKIM2\; k=ed25519\; p=` + other + `"`}, want: []string{"dkim wrong dkim.version found"}, paste: "KEY"},
		"words for a key":    {zone: map[string]string{"dkim": `recado._domainkey.example.com. IN TXT "hello"`}, want: []string{"dkim wrong dkim.form found"}, paste: "KEY"},
		"a key in two":       {zone: map[string]string{"dkim": `recado._domainkey.example.com. IN TXT "KEY"` + "\n" + `recado._domainkey.example.com. IN TXT "v=DKIM1\; p=x"`}, want: []string{"dkim wrong dkim.several found"}, paste: "KEY"},
		"a key in quotes":    {zone: map[string]string{"dkim": `recado._domainkey.example.com. IN TXT "\"KEY\""`}, want: []string{"dkim wrong dkim.quotes found"}, paste: "KEY"},
		"a key for a test":   {zone: map[string]string{"dkim": `recado._domainkey.example.com. IN TXT "KEY\; t=y:s"`}, want: []string{"dkim advice dkim.testing found"}, paste: "KEY"},
		"a key for SHA-1":    {zone: map[string]string{"dkim": `recado._domainkey.example.com. IN TXT "KEY\; h=sha1"`}, want: []string{"dkim wrong dkim.use found"}, paste: "KEY"},
		"a key with options": {zone: map[string]string{"dkim": `recado._domainkey.example.com. IN TXT "KEY\; h=sha1:sha256\; s=*\; t=s\; n=ours"`}},
		"a key of strings":   {zone: map[string]string{"dkim": strings.Replace(good["dkim"], `"KEY"`, `"v=DKIM1\; k=ed" "25519\; p=`+publicKey()[:9]+` " "`+publicKey()[9:]+`"`, 1)}},

		"two policies":           {zone: map[string]string{"dmarc": good["dmarc"] + "\n" + `_dmarc.example.com. IN TXT "v=DMARC1; p=none"`}, want: []string{"dmarc wrong dmarc.several found"}, paste: "_dmarc.example.com. 3600 IN TXT \"v=DMARC1; p=quarantine\"\n"},
		"a policy without words": {zone: map[string]string{"dmarc": `_dmarc.example.com. IN TXT "v=DMARC1; rua=mailto:dmarc@example.com; sp=reject"`}, want: []string{"dmarc wrong dmarc.policy found"}, paste: "_dmarc.example.com. 3600 IN TXT \"v=DMARC1; p=none; rua=mailto:dmarc@example.com; sp=reject\"\n"},
		"a policy for a test":    {zone: map[string]string{"dmarc": `_dmarc.example.com. IN TXT "v=DMARC1; p=reject; t=y"`}, want: []string{"dmarc advice dmarc.testing found"}},
		"a policy misspelt":      {zone: map[string]string{"dmarc": `_dmarc.example.com. IN TXT "v=dmarc1; p=reject"`}, want: []string{"dmarc wrong dmarc.form found"}, paste: "_dmarc.example.com. 3600 IN TXT \"v=DMARC1; p=none\"\n"},
		"a wildcard":             {zone: map[string]string{"dmarc": `_dmarc.example.com. IN TXT "v=spf1 -all"`}, want: []string{"dmarc missing dmarc.none found"}, paste: "_dmarc.example.com. 3600 IN TXT \"v=DMARC1; p=none\"\n"},
		"policy of none":         {zone: map[string]string{"dmarc": `_dmarc.example.com. IN TXT "v=DMARC1; p=none; rua=mailto:x@example.com"`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, o, _ := served(t, tt.zone)
			o.Relay = tt.relay
			r := c.Check(context.Background(), o)
			var got []string
			for _, f := range r.Findings {
				if f.State != dnscheck.OK {
					got = append(got, fmt.Sprintf("%s %s %s %s", f.Purpose, f.State, f.Reason, f.Answer))
				}
				sound(t, f)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			key := dnsrecords.ZoneFragment([]dnsrecords.Record{{Name: "recado._domainkey.example.com.", Type: "TXT", TTL: 3600, Value: o.Keys[0].Record}})
			if d := cmp.Diff(strings.ReplaceAll(tt.paste, "KEY", key), r.Paste()); d != "" {
				t.Error(d)
			}
		})
	}
}

func publicKey() string {
	return base64.StdEncoding.EncodeToString(mailtest.Ed25519Key().Public().(ed25519.PublicKey))
}

// sound wants a finding that can be shown.
func sound(t *testing.T, f dnscheck.Finding) {
	t.Helper()
	if f.Why == "" || regexp.MustCompile(`\{[a-z]+\}`).MatchString(f.Why) {
		t.Errorf("%s says %q", f.Reason, f.Why)
	}
	if f.Found == nil || f.Answer == "" || f.Type == "" || !strings.HasSuffix(f.Name, ".") {
		t.Errorf("not whole: %+v", f)
	}
}

func TestCheckOtherDomains(t *testing.T) {
	c, o, z := served(t, map[string]string{"besides": `help.example.com. IN MX 10 mx.example.com.
help.example.com. IN TXT "v=spf1 mx ~all"`})
	o.Domain, o.Keys = "Help.Example.com.", nil
	r := c.Check(context.Background(), o)
	got := map[dnscheck.Reason]dnscheck.State{}
	for _, f := range r.Findings {
		got[f.Reason] = f.State
	}
	want := map[dnscheck.Reason]dnscheck.State{"mx.ok": "ok", "host.ok": "ok", "ptr.ok": "ok", "spf.ok": "ok", "dkim.off": "advice", "dmarc.above": "ok"}
	if d := cmp.Diff(want, got); d != "" || r.Domain != "help.example.com" || r.State != dnscheck.Advice || !r.Fine() {
		t.Errorf("%s %s %s", r.Domain, r.State, d)
	}
	o.Keys = []dnsrecords.Key{{Selector: "new"}}
	if f := c.Check(context.Background(), o).Findings[4]; f.Reason != "dkim.nokey" || f.Paste != "" {
		t.Errorf("%+v", f)
	}
	z.ServFail("_dmarc.example.com")
	z.Remove("help.example.com")
	if f := c.Check(context.Background(), o).Findings; f[0].Reason != "mx.nodomain" {
		t.Errorf("%+v", f[0])
	}
}

// TestCheckEnds: a name that does not answer is said to be one, and the rest is told all the same.
func TestCheckEnds(t *testing.T) {
	c, o, _ := served(t, map[string]string{"mx": "example.com. TIMEOUT", "dmarc": "_dmarc.example.com. TIMEOUT"})
	c.Timeout = time.Second
	r := c.Check(context.Background(), o)
	got := map[dnsrecords.Purpose]dnscheck.Finding{}
	for _, f := range r.Findings {
		got[f.Purpose] = f
	}
	for purpose, want := range map[dnsrecords.Purpose]dnscheck.Reason{"mx": "dns.timeout", "dmarc": "dns.timeout", "address": "host.ok", "dkim": "dkim.ok"} {
		if got[purpose].Reason != want {
			t.Errorf("%s: %s, want %s", purpose, got[purpose].Reason, want)
		}
	}
	if r.State != dnscheck.Unknown || r.Fine() || got["mx"].Answer != dnscheck.Timeout || !strings.Contains(got["mx"].Why, "example.com") {
		t.Errorf("%s: %+v", r.State, got["mx"])
	}
}

func TestMergeSPF(t *testing.T) {
	for name, tt := range map[string]struct {
		records []string
		want    string
	}{
		"nothing":         {nil, "v=spf1 mx ~all"},
		"ours already":    {[]string{"v=spf1 +mx a -all"}, "v=spf1 mx a -all"},
		"a redirect":      {[]string{"V=SPF1 redirect=x.test"}, "v=spf1 mx redirect=x.test"},
		"two ends":        {[]string{"v=spf1 a -all", "v=spf1 b:x ip4:192.0.2.1 ~all"}, "v=spf1 mx a ip4:192.0.2.1 ~all"},
		"others' words":   {[]string{"v=spf1  A:X.test  note=1 -ALL"}, "v=spf1 mx A:X.test -ALL note=1"},
		"nobody sends":    {[]string{"v=spf1 -all"}, "v=spf1 mx -all"},
		"the same twice":  {[]string{"v=spf1 a -all", "v=spf1 a -all"}, "v=spf1 mx a -all"},
		"everybody sends": {[]string{"v=spf1 all"}, "v=spf1 mx ~all"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := dnscheck.MergeSPF(tt.records, "mx"); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
