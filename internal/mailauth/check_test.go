package mailauth

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/google/go-cmp/cmp"

	"recado/internal/mailtest"
)

var clientIP = netip.MustParseAddr("192.0.2.1")

// checkZone is the world of the verdict tests. KEY stands for the key record that all signatures use.
const checkZone = `
	; a domain with everything
	example.com.                     TXT "v=spf1 ip4:192.0.2.1 -all"
	_dmarc.example.com.              TXT "v=DMARC1; p=reject; sp=quarantine; np=reject"
	mail.example.com.                TXT "v=spf1 ip4:192.0.2.1 -all"
	other.example.com.               A 192.0.2.9

	strict.test.                     TXT "v=spf1 ip4:192.0.2.1 -all"
	mail.strict.test.                TXT "v=spf1 ip4:192.0.2.1 -all"
	_dmarc.strict.test.              TXT "v=DMARC1; p=reject; adkim=s; aspf=S"

	testing.test.                    A 192.0.2.9
	_dmarc.testing.test.             TXT "v=DMARC1; p=reject; t=y"
	quarantine-testing.test.         A 192.0.2.9
	_dmarc.quarantine-testing.test.  TXT "v=DMARC1; p=quarantine; t=Y"
	capitals.test.                   A 192.0.2.9
	_dmarc.capitals.test.            TXT "v=DMARC1; P=Reject"
	lower.test.                      TXT "v=dmarc1; p=reject"
	_dmarc.lower.test.               TXT "v=dmarc1; p=reject"
	twice.test.                      A 192.0.2.9
	_dmarc.twice.test.               TXT "v=DMARC1; p=reject"
	_dmarc.twice.test.               TXT "v=DMARC1; p=reject"
	noise.test.                      A 192.0.2.9
	_dmarc.noise.test.               TXT "v=DMARC1; p=reject"
	_dmarc.noise.test.               TXT "something else"
	badp.test.                       A 192.0.2.9
	_dmarc.badp.test.                TXT "v=DMARC1; p=rejekt; rua=mailto:a@badp.test"
	badsp.test.                      A 192.0.2.9
	_dmarc.badsp.test.               TXT "v=DMARC1; p=reject; sp=no"

	; no DMARC
	nodmarc.com.                     TXT "v=spf1 ip4:192.0.2.1 -all"
	bounce.nodmarc.com.              TXT "v=spf1 ip4:192.0.2.1 -all"
	fail.nodmarc.com.                TXT "v=spf1 -all"

	; a public suffix that says so, and one that does not
	_dmarc.bank.                     TXT "v=DMARC1; p=reject; psd=y"
	one.bank.                        TXT "v=spf1 ip4:192.0.2.1 -all"
	two.bank.                        A 192.0.2.9
	_dmarc.gov.uk.                   TXT "v=DMARC1; p=reject"
	one.gov.uk.                      TXT "v=spf1 ip4:192.0.2.1 -all"
	two.gov.uk.                      A 192.0.2.9

	; an organization within another
	_dmarc.unit.example.com.         TXT "v=DMARC1; p=quarantine; psd=n"
	unit.example.com.                A 192.0.2.9

	; a suffix below which anybody registers, and which has mail itself
	uk.com.                          TXT "v=spf1 ip4:192.0.2.1 -all"
	nodmarc.uk.com.                  TXT "v=spf1 ip4:192.0.2.1 -all"

	; servers that fail
	spf-down.com.                    SERVFAIL
	_dmarc.spf-down.com.             TXT "v=DMARC1; p=reject"
	dmarc-down.com.                  TXT "v=spf1 ip4:192.0.2.1 -all"
	_dmarc.dmarc-down.com.           SERVFAIL
	mail.dmarc-down.com.             TXT "v=spf1 ip4:192.0.2.1 -all"
	key-down.com.                    TXT "v=spf1 -all"
	s1._domainkey.key-down.com.      SERVFAIL
	_dmarc.key-down.com.             TXT "v=DMARC1; p=reject"
`

func newCheckZone(tb testing.TB) *mailtest.Zone {
	tb.Helper()
	z, err := mailtest.ParseZone(checkZone)
	if err != nil {
		tb.Fatal(err)
	}
	for _, d := range []string{"example.com", "mail.example.com", "strict.test", "mail.strict.test", "stranger.net", "nodmarc.com", "unit.example.com", "spf-down.com", "dmarc-down.com"} {
		z.TXT("s1._domainkey."+d, mailtest.DKIMRecord(mailtest.Ed25519Key()))
	}
	return z
}

func TestVerdict(t *testing.T) {
	c := zoneChecker(t, newCheckZone(t))
	tests := []struct {
		name     string
		from     string // domain of header From
		mailFrom string
		helo     string
		signer   string // domain that signs; empty: none
		verdict  Verdict
		dmarc    string // result and policy
		temp     bool
	}{
		{"everything passes", "example.com", "a@example.com", "", "example.com", Verified, "pass reject", false},
		{"SPF alone", "example.com", "a@example.com", "", "", Verified, "pass reject", false},
		{"DKIM alone", "example.com", "a@stranger.net", "", "example.com", Verified, "pass reject", false},
		{"relaxed: SPF from below", "example.com", "a@mail.example.com", "", "", Verified, "pass reject", false},
		{"relaxed: signed from above", "other.example.com", "a@stranger.net", "", "example.com", Verified, "pass quarantine", false},
		{"relaxed: siblings", "other.example.com", "a@mail.example.com", "", "", Verified, "pass quarantine", false},
		{"spoofed", "example.com", "a@stranger.net", "", "stranger.net", Failed, "fail reject", false},
		{"spoofed below: sp", "other.example.com", "a@stranger.net", "", "", Failed, "fail quarantine", false},
		{"spoofed below, no such domain: np", "nowhere.example.com", "a@stranger.net", "", "", Failed, "fail reject", false},
		{"capital letters and a final dot", "EXAMPLE.com.", "a@Example.COM", "", "", Verified, "pass reject", false},
		{"null return path: HELO", "example.com", "", "mail.example.com", "", Verified, "pass reject", false},
		{"strict, same domain", "strict.test", "a@strict.test", "", "", Verified, "pass reject", false},
		{"strict: SPF from below", "strict.test", "a@mail.strict.test", "", "", Failed, "fail reject", false},
		{"strict: DKIM from below", "strict.test", "a@stranger.net", "", "mail.strict.test", Failed, "fail reject", false},
		{"test mode: reject is quarantine", "testing.test", "a@stranger.net", "", "", Failed, "fail quarantine", false},
		{"test mode: quarantine is none", "quarantine-testing.test", "a@stranger.net", "", "", Unverified, "fail none", false},
		{"policy in capitals", "capitals.test", "a@stranger.net", "", "", Failed, "fail reject", false},
		{"version in small letters is no record", "lower.test", "a@stranger.net", "", "", Unverified, "none ", false},
		{"two records are none", "twice.test", "a@stranger.net", "", "", Unverified, "none ", false},
		{"another record beside", "noise.test", "a@stranger.net", "", "", Failed, "fail reject", false},
		{"bad policy, reports wanted", "badp.test", "a@stranger.net", "", "", Unverified, "fail none", false},
		{"bad sp, no reports", "badsp.test", "a@stranger.net", "", "", Unverified, "none ", false},
		{"no DMARC, SPF pass", "nodmarc.com", "a@nodmarc.com", "", "", Verified, "none ", false},
		{"no DMARC, SPF from below", "nodmarc.com", "a@bounce.nodmarc.com", "", "", Verified, "none ", false},
		{"no DMARC, signed above", "fail.nodmarc.com", "a@stranger.net", "", "nodmarc.com", Verified, "none ", false},
		{"no DMARC, a public suffix: whoever registered below it does not vouch", "uk.com", "a@nodmarc.uk.com", "", "", Unverified, "none ", false},
		{"no DMARC, a public suffix: itself", "uk.com", "a@uk.com", "", "", Verified, "none ", false},
		{"no DMARC, SPF fail", "fail.nodmarc.com", "a@fail.nodmarc.com", "", "", Unverified, "none ", false},
		{"nothing known", "unknown.test", "a@unknown.test", "", "", Unverified, "none ", false},
		{"public suffix with psd=y: neighbours", "two.bank", "a@one.bank", "", "", Failed, "fail reject", false},
		{"public suffix with psd=y: itself", "one.bank", "a@one.bank", "", "", Verified, "pass reject", false},
		{"public suffix without psd: neighbours", "two.gov.uk", "a@one.gov.uk", "", "", Failed, "fail reject", false},
		{"public suffix without psd: itself", "one.gov.uk", "a@one.gov.uk", "", "", Verified, "pass reject", false},
		{"unit with psd=n: parent does not vouch", "unit.example.com", "a@example.com", "", "example.com", Failed, "fail quarantine", false},
		{"unit with psd=n: does not vouch for parent", "example.com", "a@stranger.net", "", "unit.example.com", Failed, "fail reject", false},
		{"SPF does not answer", "spf-down.com", "a@spf-down.com", "", "", Unverified, "temperror reject", true},
		{"SPF does not answer, DKIM passes", "spf-down.com", "a@spf-down.com", "", "spf-down.com", Verified, "pass reject", false},
		{"a stranger's SPF does not answer", "example.com", "a@spf-down.com", "", "", Failed, "fail reject", false},
		{"DMARC does not answer, same domain", "dmarc-down.com", "a@dmarc-down.com", "", "", Verified, "temperror ", false},
		{"DMARC does not answer, relaxed pass", "dmarc-down.com", "a@mail.dmarc-down.com", "", "", Unverified, "temperror ", true},
		{"DMARC does not answer, nothing else", "dmarc-down.com", "a@stranger.net", "", "", Unverified, "temperror ", true},
		{"the key does not answer", "key-down.com", "a@stranger.net", "", "key-down.com", Unverified, "temperror reject", true},
		{"no author", "", "a@example.com", "", "example.com", Unverified, "none ", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw := []byte(plainMail)
			if tt.signer != "" {
				raw = signed(t, plainMail, dkim.SignOptions{Domain: tt.signer, Selector: "s1", Signer: mailtest.Ed25519Key()})
			}
			r := request(raw)
			r.RemoteIP, r.FromDomain, r.MailFrom, r.HELO = clientIP, tt.from, tt.mailFrom, tt.helo
			got := c.Check(context.Background(), r)
			dmarc := got.DMARC.Result + " " + got.DMARC.Policy
			if got.Verdict != tt.verdict || dmarc != tt.dmarc || got.Temporary != tt.temp {
				t.Errorf("got %s, %s, temporary %v; want %s, %s, %v\n%s", got.Verdict, dmarc, got.Temporary, tt.verdict, tt.dmarc, tt.temp, strings.Join(got.Evidence, "\n"))
			}
		})
	}
}

func TestEvidenceLeadsWithTheReason(t *testing.T) {
	c := zoneChecker(t, newCheckZone(t))
	r := request(signed(t, plainMail, dkim.SignOptions{Domain: "example.com", Selector: "s1", Signer: mailtest.Ed25519Key()}))
	r.RemoteIP = clientIP
	want := []string{
		"example.com vouches for this sender: DKIM signature, aligned",
		"example.com vouches for this sender: SPF, 192.0.2.1 may send for it, aligned",
		"DMARC passes; example.com asks to reject mail that fails",
	}
	if d := cmp.Diff(want, c.Check(context.Background(), r).Evidence); d != "" {
		t.Error(d)
	}
	r = request([]byte(plainMail))
	r.RemoteIP, r.MailFrom = netip.MustParseAddr("2001:db8::7"), "x@stranger.net"
	want = []string{
		"DMARC fails; example.com asks to reject mail that fails",
		"the mail has no DKIM signature",
		"SPF: none, stranger.net publishes no SPF record",
	}
	if d := cmp.Diff(want, c.Check(context.Background(), r).Evidence); d != "" {
		t.Error(d)
	}
}

// TestDeadline: servers that never answer cost the given time and no more.
func TestDeadline(t *testing.T) {
	z := mailtest.MustParseZone("silent.com. TIMEOUT\n_dmarc.silent.com. TIMEOUT\ns1._domainkey.silent.com. TIMEOUT")
	c := zoneChecker(t, z)
	c.Timeout = 200 * time.Millisecond
	r := request(signed(t, plainMail, dkim.SignOptions{Domain: "silent.com", Selector: "s1", Signer: mailtest.Ed25519Key()}))
	r.RemoteIP, r.FromDomain, r.MailFrom = clientIP, "silent.com", "a@silent.com"
	got := c.Check(context.Background(), r)
	words := []string{got.SPF.Result, got.DKIM[0].Result, got.DMARC.Result}
	if !slices.Equal(words, []string{resultTempError, resultTempError, resultTempError}) || !got.Temporary || got.Verdict != Unverified {
		t.Errorf("got %+v", got)
	}
}

func TestTreeWalk(t *testing.T) {
	z := mailtest.MustParseZone(`_dmarc.mail.example.com. TXT "v=DMARC1; p=none"
		_dmarc.example.com. TXT "v=DMARC1; p=reject"`)
	c := zoneChecker(t, z)
	w := &walker{resolver: c.Resolver}
	p := w.policy(context.Background(), "a.b.c.d.e.f.g.h.i.j.mail.example.com")
	if p.org != "example.com" || !p.applies || p.record.domain != "example.com" {
		t.Errorf("got %+v", p)
	}
	// The example of RFC 9989, 4.10.
	for name, want := range map[string]int{
		"a.b.c.d.e.f.g.h.i.j.mail.example.com": 1, "b.c.d.e.f.g.h.i.j.mail.example.com": 0, "f.g.h.i.j.mail.example.com": 0,
		"g.h.i.j.mail.example.com": 1, "h.i.j.mail.example.com": 1, "i.j.mail.example.com": 1, "j.mail.example.com": 1,
		"mail.example.com": 1, "example.com": 1, "com": 1,
	} {
		if got := z.Asked("_dmarc."+name, "TXT"); got != want {
			t.Errorf("%s was asked for %d times, want %d", name, got, want)
		}
	}
}

func TestParseDMARC(t *testing.T) {
	def := dmarcRecord{policy: policyNone, psd: 'u'}
	with := func(change func(*dmarcRecord)) dmarcRecord {
		r := def
		change(&r)
		return r
	}
	tests := []struct {
		txt  string
		ok   bool
		want dmarcRecord
	}{
		{"v=DMARC1; p=none", true, def},
		{"v=DMARC1;p=none;", true, def},
		{"v = DMARC1 ; p = NONE ; unknown=x ; pct=0", true, def},
		{"v=DMARC1; p=reject; sp=None; np=quarantine; adkim=S; aspf=s; t=Y; psd=N", true,
			dmarcRecord{policy: policyReject, subdomain: policyNone, nonexistent: policyQuarantine, strictDKIM: true, strictSPF: true, testing: true, psd: 'n'}},
		{"v=DMARC1; p=none; adkim=x; aspf=; t=maybe; psd=u", true, def},
		{"v=DMARC1; p=none; garbage; =; p", true, def},
		{"v=DMARC1; p=none; p=reject", true, def},
		{"v=DMARC1", true, with(func(r *dmarcRecord) { r.unprocessed, r.explainWrong = true, "no valid p tag" })},
		{"v=DMARC1; rua=mailto:a@b.test", true, with(func(r *dmarcRecord) { r.explainWrong = "no valid p tag" })},
		{"v=DMARC1; p=reject; np=x; rua=nonsense, mailto:a@b.test", true, with(func(r *dmarcRecord) { r.explainWrong = "no valid np tag" })},
		{"v=DMARC1; p=reject; sp=x; rua=nonsense", true, with(func(r *dmarcRecord) { r.unprocessed, r.explainWrong = true, "no valid sp tag" })},
		{"v=DMARC2; p=none", false, def},
		{"v=dmarc1; p=none", false, def},
		{"V=DMARC1; p=none", false, def},
		{" v=DMARC1; p=none", false, def},
		{"p=none; v=DMARC1", false, def},
		{"", false, def},
	}
	for _, tt := range tests {
		got, ok := parseDMARC(tt.txt)
		if ok != tt.ok || (ok && got != tt.want) {
			t.Errorf("%q: %+v, %v; want %+v", tt.txt, got, ok, tt.want)
		}
	}
}

func TestOrganizational(t *testing.T) {
	rec := func(psd byte) dmarcRecord { return dmarcRecord{policy: policyNone, psd: psd} }
	tests := []struct {
		domain  string
		records []found
		want    string
	}{
		{"a.mail.example.com", []found{{"mail.example.com", rec('u')}, {"example.com", rec('u')}}, "example.com"},
		{"a.mail.example.com", []found{{"mail.example.com", rec('n')}}, "mail.example.com"},
		{"a.mail.example.com", []found{{"com", rec('y')}}, "example.com"},
		{"mail.example.com", []found{{"mail.example.com", rec('y')}}, "mail.example.com"},
		{"a.b.co.uk", []found{{"co.uk", rec('u')}}, "b.co.uk"},
		{"co.uk", []found{{"co.uk", rec('u')}}, "co.uk"},
		{"a.example.com", nil, "a.example.com"},
	}
	for _, tt := range tests {
		if got := organizational(tt.domain, tt.records); got != tt.want {
			t.Errorf("%s with %v: %s, want %s", tt.domain, tt.records, got, tt.want)
		}
	}
}

func TestAuthenticationResults(t *testing.T) {
	r := Result{
		from:  "example.com",
		SPF:   SPFResult{Result: "pass", Identity: "mailfrom", Domain: "example.com"},
		DKIM:  []DKIMResult{{Result: "pass", Domain: "example.com", Selector: "s1", algorithm: "rsa-sha256"}, {Result: "fail", Domain: "x\r\nEvil: y", Selector: `a"b`, Explain: "no\r\n\r\nbody"}},
		DMARC: DMARCResult{Result: "pass", Policy: "reject"},
	}
	want := "Authentication-Results: mx.shop.test;\r\n" +
		"\tspf=pass smtp.mailfrom=example.com;\r\n" +
		"\tdkim=pass header.d=example.com header.s=s1 header.a=rsa-sha256;\r\n" +
		"\tdkim=fail reason=\"no????body\" header.d=\"x??Evil: y\" header.s=\"a\\\"b\";\r\n" +
		"\tdmarc=pass header.from=example.com policy.dmarc=reject\r\n"
	if d := cmp.Diff(want, r.AuthenticationResults("mx.shop.test")); d != "" {
		t.Error(d)
	}
	long := Result{SPF: SPFResult{Result: "none", Identity: "helo", Domain: strings.Repeat("long.", 40) + "com"},
		DKIM: []DKIMResult{{Result: "fail", Explain: strings.Repeat("why ", 300), Domain: strings.Repeat("d", 60) + ".test", Selector: "selector"}}}
	for _, line := range strings.SplitAfter(strings.TrimSuffix(long.AuthenticationResults("h"), "\r\n"), "\r\n") {
		if len(line) > 998 || strings.ContainsAny(strings.TrimSuffix(line, "\r\n"), "\r\n") {
			t.Errorf("line of %d: %q", len(line), line)
		}
	}
	if got := (Result{}).AuthenticationResults("h"); !strings.HasSuffix(got, "\r\n") {
		t.Errorf("empty result: %q", got)
	}
}
