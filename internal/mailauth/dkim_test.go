package mailauth

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/google/go-cmp/cmp"

	"recado/internal/mailtest"
)

const plainMail = "From: Ana <ana@example.com>\r\nTo: soporte@shop.test\r\nSubject: hola\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n¿Dónde está mi pedido?\r\n"

// request is a mail as smtpd hands it over.
func request(raw []byte) Request {
	return Request{HELO: "mx.example.com", MailFrom: "ana@example.com", FromDomain: "example.com", Mail: bytes.NewReader(raw), Size: int64(len(raw))}
}

func signed(tb testing.TB, raw string, o dkim.SignOptions) []byte {
	tb.Helper()
	out, err := mailtest.SignDKIMWith([]byte(raw), &o)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func TestDKIMCorpus(t *testing.T) {
	dir := filepath.Join(mailtest.Corpora(t), "dkim", "chasquid")
	text, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		ID, File, Expect string
		Zone             map[string]struct{ TXT, Error string }
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 11 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, tc := range cases {
		t.Run(tc.ID, func(t *testing.T) {
			z := &mailtest.Zone{}
			for name, r := range tc.Zone {
				switch {
				case r.TXT != "":
					z.TXT(name, r.TXT)
				case r.Error == "servfail":
					z.ServFail(name)
				}
			}
			raw, err := os.ReadFile(filepath.Join(dir, tc.File))
			if err != nil {
				t.Fatal(err)
			}
			got := zoneChecker(t, z).checkDKIM(context.Background(), request(mailtest.ToCRLF(raw)))
			passed := false
			for _, d := range got {
				passed = passed || d.Result == resultPass
			}
			if passed != (tc.Expect == "must-pass") {
				t.Errorf("%s: got %+v", tc.Expect, got)
			}
		})
	}
}

func TestDKIM(t *testing.T) {
	rsaKey, edKey := mailtest.RSAKey(), mailtest.Ed25519Key()
	weakKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	record := mailtest.DKIMRecord(rsaKey)
	ok := dkim.SignOptions{Domain: "example.com", Selector: "s1", Signer: rsaKey}
	with := func(change func(*dkim.SignOptions)) []byte {
		o := ok
		change(&o)
		return signed(t, plainMail, o)
	}
	good := signed(t, plainMail, ok)
	tests := []struct {
		name   string
		mail   []byte
		record string // at s1._domainkey.example.com; empty: none; a word in capitals: that condition
		want   string
		reason string // part of Explain
	}{
		{"rsa", good, record, resultPass, ""},
		{"ed25519", with(func(o *dkim.SignOptions) { o.Signer = edKey }), mailtest.DKIMRecord(edKey), resultPass, ""},
		{"1024 bits", with(func(o *dkim.SignOptions) { o.Signer = weakKey }), mailtest.DKIMRecord(weakKey), resultPass, ""},
		{"768 bits", good, "v=DKIM1; p=" + shortRSAKey(t), resultPermError, "too short"},
		{"body changed", bytes.Replace(good, []byte("pedido"), []byte("dinero"), 1), record, resultFail, "body hash"},
		{"subject changed", bytes.Replace(good, []byte("hola"), []byte("adios"), 1), record, resultFail, "signature"},
		{"no key", good, "", resultPermError, "no key"},
		{"revoked", good, "v=DKIM1; p=", resultPermError, "revoked"},
		{"key of another", good, mailtest.DKIMRecord(weakKey), resultFail, "signature"},
		{"endless key", good, "v=DKIM1; n=" + strings.Repeat("x", 5000) + "; p=x", resultPermError, "too large"},
		{"server fails", good, "SERVFAIL", resultTempError, "does not answer"},
		{"test mode", good, record + "; t=y", resultNeutral, "test mode"},
		{"test mode, broken", bytes.Replace(good, []byte("hola"), []byte("adios"), 1), record + "; t=s:y", resultNeutral, "test mode"},
		{"strict key, no i=", good, record + "; t=s", resultPass, ""},
		{"strict key, i= below", with(func(o *dkim.SignOptions) { o.Identifier = "@mail.example.com" }), record + "; t=s", resultPermError, "t=s"},
		{"i= below", with(func(o *dkim.SignOptions) { o.Identifier = "@mail.example.com" }), record, resultPass, ""},
		{"sha1", bytes.Replace(good, []byte("rsa-sha256"), []byte("rsa-sha1"), 1), record, resultPermError, "too weak"},
		{"body length", bytes.Replace(good, []byte("v=1;"), []byte("v=1; l=5;"), 1), record, resultNeutral, "l="},
		{"expired", with(func(o *dkim.SignOptions) { o.Expiration = time.Now().Add(-time.Hour) }), record, resultPermError, "expired"},
		{"line feeds alone", bytes.ReplaceAll(good, []byte("\r\n"), []byte("\n")), record, resultPermError, "CRLF"},
		{"one line feed alone", bytes.Replace(good, []byte("pedido?\r\n"), []byte("pedido?\n"), 1), record, resultPermError, "CRLF"},
		{"no tags", []byte("DKIM-Signature: nonsense\r\n" + plainMail), record, resultPermError, "malformed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z := &mailtest.Zone{}
			switch tt.record {
			case "":
			case "SERVFAIL":
				z.ServFail("s1._domainkey.example.com")
			default:
				z.TXT("s1._domainkey.example.com", tt.record)
			}
			got := zoneChecker(t, z).checkDKIM(context.Background(), request(tt.mail))
			if len(got) != 1 || got[0].Result != tt.want || !strings.Contains(got[0].Explain, tt.reason) {
				t.Errorf("got %+v, want %s (%s)", got, tt.want, tt.reason)
			}
		})
	}
}

// shortRSAKey is the public part of a key that nobody should sign with any more.
func shortRSAKey(t *testing.T) string {
	t.Helper()
	n := new(big.Int).Lsh(big.NewInt(1), 767)
	der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func TestDKIMSelectorAndOrder(t *testing.T) {
	key := mailtest.RSAKey()
	raw := plainMail
	for i := range 3 {
		raw = string(signed(t, raw, dkim.SignOptions{Domain: fmt.Sprintf("d%d.example.com", i), Selector: fmt.Sprintf("s%d", i), Signer: key}))
	}
	z := &mailtest.Zone{}
	z.TXT("s1._domainkey.d1.example.com", mailtest.DKIMRecord(key))
	c := zoneChecker(t, z)
	got := c.checkDKIM(context.Background(), request([]byte(raw)))
	var words []string
	for _, d := range got {
		words = append(words, d.Selector+" "+d.Domain+" "+d.Result)
	}
	want := []string{"s2 d2.example.com permerror", "s1 d1.example.com pass", "s0 d0.example.com permerror"}
	if d := cmp.Diff(want, words); d != "" {
		t.Error(d)
	}
	c.MaxSignatures = 1
	if got := c.checkDKIM(context.Background(), request([]byte(raw))); len(got) != 1 || got[0].Selector != "s2" {
		t.Errorf("with a limit of one: %+v", got)
	}
}

func TestDKIMExpiryByOurClock(t *testing.T) {
	key := mailtest.Ed25519Key()
	z := &mailtest.Zone{}
	z.TXT("s1._domainkey.example.com", mailtest.DKIMRecord(key))
	raw := signed(t, plainMail, dkim.SignOptions{Domain: "example.com", Selector: "s1", Signer: key, Expiration: time.Now().Add(time.Hour)})
	c := zoneChecker(t, z)
	c.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if got := c.checkDKIM(context.Background(), request(raw)); got[0].Result != resultPermError {
		t.Errorf("got %+v", got)
	}
}

func TestDKIMHeaderBounds(t *testing.T) {
	for name, raw := range map[string]string{
		"folds":     "DKIM-Signature: a=b;" + strings.Repeat("\r\n x", 160_000) + "\r\n\r\n",
		"lines":     strings.Repeat("X: y\r\n", 20_000) + "\r\n",
		"long line": "X: " + strings.Repeat("y", 3<<20) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := zoneChecker(t, &mailtest.Zone{}).checkDKIM(context.Background(), request([]byte(raw)))
			if len(got) != 1 || got[0].Result != resultPermError || !strings.Contains(got[0].Explain, "too large") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// brokenReader fails after its bytes, like a disk.
type brokenReader struct{ data []byte }

func (b brokenReader) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(b.data)) {
		return 0, errors.New("/var/lib/secret: input/output error")
	}
	return copy(p, b.data[off:]), nil
}

func TestDKIMReadError(t *testing.T) {
	key := mailtest.Ed25519Key()
	raw := plainMail
	for range 2 { // with two signatures the library copies to goroutines
		raw = string(signed(t, raw, dkim.SignOptions{Domain: "example.com", Selector: "s1", Signer: key}))
	}
	r := request([]byte(raw))
	r.Mail, r.Size = brokenReader{[]byte(raw)}, r.Size+1000
	got := zoneChecker(t, &mailtest.Zone{}).checkDKIM(context.Background(), r)
	if len(got) != 2 || got[0].Result != resultPermError || strings.Contains(got[0].Explain, "secret") {
		t.Errorf("got %+v", got)
	}
}

func benchmarkCheck(b *testing.B, raw []byte, key crypto.Signer) {
	z := &mailtest.Zone{TTL: 300}
	z.TXT("example.com", "v=spf1 ip4:192.0.2.1 -all")
	z.TXT("_dmarc.example.com", "v=DMARC1; p=reject")
	z.TXT("s1._domainkey.example.com", mailtest.DKIMRecord(key))
	c := zoneChecker(b, z)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		r := request(raw)
		r.RemoteIP = clientIP
		if res := c.Check(context.Background(), r); res.Verdict != Verified {
			b.Fatalf("%+v", res)
		}
	}
}

func BenchmarkCheck4KB(b *testing.B) {
	key := mailtest.RSAKey()
	raw := signed(b, plainMail+strings.Repeat("una línea de texto\r\n", 180), dkim.SignOptions{Domain: "example.com", Selector: "s1", Signer: key})
	benchmarkCheck(b, raw, key)
}

// BenchmarkCheck1000Signatures is a mail made to be costly: 10 MB and a thousand signatures that all
// have to hash it.
func BenchmarkCheck1000Signatures(b *testing.B) {
	key := mailtest.RSAKey()
	one := signed(b, plainMail+strings.Repeat(strings.Repeat("x", 78)+"\r\n", 10<<20/80), dkim.SignOptions{Domain: "example.com", Selector: "s1", Signer: key})
	field := one[:bytes.Index(one, []byte("From: "))]
	benchmarkCheck(b, append(bytes.Repeat(field, 999), one...), key)
}

// TestDKIMOneReading: whoever has a mail that another user's domain signed may put a From of his own before it,
// and make readers end the header, or take the signed From for something else, before they come to it.
func TestDKIMOneReading(t *testing.T) {
	key := mailtest.RSAKey()
	z := &mailtest.Zone{}
	z.TXT("s1._domainkey.example.com.", mailtest.DKIMRecord(key))
	good := string(signed(t, plainMail, dkim.SignOptions{Domain: "example.com", Selector: "s1", Signer: key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed}))
	const boss = "From: The boss <boss@example.com>\r\n"
	hidden := func(name string) string { return strings.Replace(good, "\r\nFrom:", "\r\n"+name+":", 1) }
	if !strings.Contains(good, "\r\nFrom:") {
		t.Fatal("the signature does not stand before From")
	}
	for _, tc := range []struct {
		name, mail string
		pass       bool
	}{
		{"as it was signed", good, true},
		{"a mailbox's line before it", "From ana@example.com Mon Nov 23 10:00:00 2026\r\n" + good, true},
		{"white space before the colon", hidden("From "), true},
		{"another From", boss + good, false},
		{"a line that is no field", boss + "These are the boss's words\r\n" + good, false},
		{"a blank line that is folded", boss + " \t\r\n" + good, false},
		{"another octet before the name", boss + hidden("\vFrom"), false},
		{"a no-break space before the name", boss + hidden("\u00a0From"), false},
		{"only what no other reader takes for From", hidden("\u00a0From"), false},
		{"a carriage return that may end a line", "X-A: a\r" + boss + good, false},
		{"no From", strings.Replace(string(signed(t, "Subject: x\r\nTo: a@b.test\r\n\r\nx\r\n", dkim.SignOptions{Domain: "example.com", Selector: "s1", Signer: key, HeaderKeys: []string{"From", "Subject"}})), "\r\nFrom:", "", 1), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := zoneChecker(t, z).checkDKIM(context.Background(), request([]byte(tc.mail)))
			if len(got) != 1 || (got[0].Result == resultPass) != tc.pass {
				t.Errorf("got %+v", got)
			}
		})
	}
}
