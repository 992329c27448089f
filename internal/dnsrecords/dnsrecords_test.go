package dnsrecords

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recado/internal/mailtest"
)

func TestRecords(t *testing.T) {
	tests := []struct {
		name string
		o    Options
		want []Record
	}{
		{"all", Options{Domain: "Example.com.", MXHost: "mx.example.com", Keys: []Key{{"recado", "v=DKIM1; p=x"}, {"old_1", "v=DKIM1; p=y"}}, RelaySPF: "include:_spf.relay.test"},
			[]Record{
				{Name: "example.com.", Type: "MX", TTL: 3600, Value: "10 mx.example.com.", Purpose: MX},
				{Name: "example.com.", Type: "TXT", TTL: 3600, Value: "v=spf1 mx include:_spf.relay.test ~all", Purpose: SPF},
				{Name: "recado._domainkey.example.com.", Type: "TXT", TTL: 3600, Value: "v=DKIM1; p=x", Purpose: DKIM},
				{Name: "old_1._domainkey.example.com.", Type: "TXT", TTL: 3600, Value: "v=DKIM1; p=y", Purpose: DKIM},
				{Name: "_dmarc.example.com.", Type: "TXT", TTL: 3600, Value: "v=DMARC1; p=none", Purpose: DMARC},
			}},
		{"relay not known, reports, not ASCII", Options{Domain: "señal.example", MXHost: "mx.señal.example", ReportTo: "a,b@señal.example", TTL: 60},
			[]Record{
				{Name: "xn--seal-hqa.example.", Type: "MX", TTL: 60, Value: "10 mx.xn--seal-hqa.example.", Purpose: MX},
				{Name: "xn--seal-hqa.example.", Type: "TXT", TTL: 60, Value: "v=spf1 mx ~all", Purpose: SPF},
				{Name: "_dmarc.xn--seal-hqa.example.", Type: "TXT", TTL: 60, Value: "v=DMARC1; p=none; rua=mailto:a%2Cb@xn--seal-hqa.example", Purpose: DMARC},
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Records(tt.o)
			if d := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(Record{}, "Why")); d != "" {
				t.Error(d)
			}
			for _, r := range got {
				if r.Why == "" {
					t.Errorf("%s %s has no reason", r.Name, r.Type)
				}
			}
		})
	}
}

// TestZoneFragmentIsServed gives the fragment to a server and asks it as a receiver would.
func TestZoneFragmentIsServed(t *testing.T) {
	key, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	record, err := PublicRecord(key)
	if err != nil {
		t.Fatal(err)
	}
	if len(record) <= 255 {
		t.Fatalf("a record of %d octets tests no splitting", len(record))
	}
	text := ZoneFragment(Records(Options{Domain: "example.com", MXHost: "mx.example.com", Keys: []Key{{"recado", record}}}))
	for _, line := range strings.Split(text, "\n") {
		if len(line) > 300 {
			t.Errorf("a line of %d octets", len(line))
		}
	}
	z, err := mailtest.ParseZone(oneRecordALine(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	srv, err := mailtest.ServeDNS("", z)
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, srv.Addr())
	}}
	for name, want := range map[string]string{
		"example.com.":                   "v=spf1 mx ~all",
		"recado._domainkey.example.com.": record,
		"_dmarc.example.com.":            "v=DMARC1; p=none",
	} {
		got, err := r.LookupTXT(context.Background(), name)
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if mx, err := r.LookupMX(context.Background(), "example.com."); err != nil || len(mx) != 1 || mx[0].Host != "mx.example.com." {
		t.Errorf("MX: %v, %v", mx, err)
	}
}

// oneRecordALine joins what parentheses hold together.
func oneRecordALine(text string) string {
	return strings.ReplaceAll(text, "\n\t", " ")
}

func TestQuoteText(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                        `"plain"`,
		"a\"b\\c\r\n":                  `"a\"b\\c\013\010"`,
		"":                             `""`,
		strings.Repeat("x", 255):       `"` + strings.Repeat("x", 255) + `"`,
		strings.Repeat("x", 255) + "y": "(\n\t\"" + strings.Repeat("x", 255) + "\"\n\t\"y\" )",
	} {
		if got := quoteText(text); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestKeysRoundTrip(t *testing.T) {
	for _, key := range []crypto.Signer{mailtest.RSAKey(), mailtest.Ed25519Key()} {
		text, err := EncodeKey(key)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		record, err := PublicRecord(back)
		if err != nil || record != mailtest.DKIMRecord(key) {
			t.Errorf("record %q, %v", record, err)
		}
	}
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(mailtest.RSAKey())})
	if key, err := ParseKey(pkcs1); err != nil || !mailtest.RSAKey().Equal(key) {
		t.Errorf("PKCS #1: %v", err)
	}
}

func TestGenerateKeySigns(t *testing.T) {
	key, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	if key.N.BitLen() != 2048 {
		t.Errorf("%d bits", key.N.BitLen())
	}
	if _, err := mailtest.SignDKIM([]byte("From: a@example.com\r\n\r\nx\r\n"), "example.com", "s", key); err != nil {
		t.Error(err)
	}
}

func TestParseKeyErrors(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecDER, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	for name, tt := range map[string]struct {
		text []byte
		want string
	}{
		"empty":       {nil, "no PEM block"},
		"not PEM":     {[]byte("secret words"), "no PEM block"},
		"damaged":     {block("PRIVATE KEY", []byte("secret words")), "damaged"},
		"EC":          {block("PRIVATE KEY", ecDER), "ecdsa"},
		"encrypted":   {block("ENCRYPTED PRIVATE KEY", []byte("secret words")), "encrypted"},
		"certificate": {block("CERTIFICATE", []byte("secret words")), "CERTIFICATE"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseKey(tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := PublicRecord(ec); err == nil {
		t.Error("an EC key has a DKIM record")
	}
	if _, err := checkedRSA(&rsa.PrivateKey{PublicKey: rsa.PublicKey{N: mailtest.RSAKey().Primes[0]}}); err != nil {
		t.Errorf("1024 bits: %v", err) // a prime of the 2048 bit key is as long
	}
}

func FuzzParseKey(f *testing.F) {
	text, err := EncodeKey(mailtest.Ed25519Key())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(bytes.Repeat([]byte("-----BEGIN PRIVATE KEY-----\n"), 3))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := ParseKey(text)
		if err != nil {
			return
		}
		if _, ok := key.Public().(ed25519.PublicKey); ok {
			if _, err := PublicRecord(key); err != nil {
				t.Error(err)
			}
		}
	})
}
