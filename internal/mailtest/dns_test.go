package mailtest

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

// serveZone starts a server that ends with the test, and the standard library's resolver on it.
func serveZone(t *testing.T, z *Zone) (addr string, r *net.Resolver) {
	t.Helper()
	srv, err := ServeDNS("", z)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return srv.Addr(), &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, srv.Addr())
	}}
}

func TestZoneAnswers(t *testing.T) {
	z := MustParseZone(`
		; a comment
		example.com.      TXT   "v=spf1 -all"
		example.com       300 IN MX 10 mx.example.com.
		mx.example.com.   A     192.0.2.1
		mx.example.com.   AAAA  2001:db8::1
		www.example.com.  CNAME mx.example.com.
		sig.example.com   TXT   ( "one" "two" )
	`)
	z.PTR(netip.MustParseAddr("192.0.2.1"), "mx.example.com")
	z.TXT("long.example.com", strings.Repeat("x", 5000))
	_, r := serveZone(t, z)
	ctx := context.Background()

	txt, err := r.LookupTXT(ctx, "EXAMPLE.com.")
	if err != nil || !cmp.Equal(txt, []string{"v=spf1 -all"}) {
		t.Errorf("TXT: %q, %v", txt, err)
	}
	if txt, err := r.LookupTXT(ctx, "sig.example.com."); err != nil || !cmp.Equal(txt, []string{"onetwo"}) {
		t.Errorf("TXT of two strings: %q, %v", txt, err)
	}
	if txt, err := r.LookupTXT(ctx, "long.example.com."); err != nil || len(txt) != 1 || len(txt[0]) != 5000 {
		t.Errorf("a TXT record that only TCP can carry: %d values, %v", len(txt), err)
	}
	mx, err := r.LookupMX(ctx, "example.com.")
	if err != nil || len(mx) != 1 || mx[0].Host != "mx.example.com." || mx[0].Pref != 10 {
		t.Errorf("MX: %v, %v", mx, err)
	}
	ips, err := r.LookupNetIP(ctx, "ip", "www.example.com.")
	if err != nil || len(ips) != 2 {
		t.Errorf("addresses through an alias: %v, %v", ips, err)
	}
	names, err := r.LookupAddr(ctx, "192.0.2.1")
	if err != nil || !cmp.Equal(names, []string{"mx.example.com."}) {
		t.Errorf("PTR: %v, %v", names, err)
	}
	if n := z.Asked("example.com", "MX"); n != 1 {
		t.Errorf("MX was asked for %d times", n)
	}
}

func TestZoneConditions(t *testing.T) {
	z := MustParseZone(`
		a.b.example.com. A 192.0.2.1
		fail.test        SERVFAIL
		half.test.       A 192.0.2.2
		half.test.       TIMEOUT
		gone.test.       NXDOMAIN
		sub.gone.test.   A 192.0.2.3
	`)
	addr, _ := serveZone(t, z)
	tests := []struct {
		name, qname string
		qtype       uint16
		rcode       int
		answers     int
		silent      bool
	}{
		{"unknown", "nobody.test.", dns.TypeA, dns.RcodeNameError, 0, false},
		{"parent of a name exists", "b.example.com.", dns.TypeA, dns.RcodeSuccess, 0, false},
		{"no records of that type", "a.b.example.com.", dns.TypeTXT, dns.RcodeSuccess, 0, false},
		{"failure", "fail.test.", dns.TypeTXT, dns.RcodeServerFailure, 0, false},
		{"records of a silent name", "half.test.", dns.TypeA, dns.RcodeSuccess, 1, false},
		{"silence", "half.test.", dns.TypeTXT, 0, 0, true},
		{"made not to exist", "gone.test.", dns.TypeA, dns.RcodeNameError, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := dns.Client{Timeout: 5 * time.Second}
			if tt.silent {
				c.Timeout = 50 * time.Millisecond
			}
			q := new(dns.Msg).SetQuestion(tt.qname, tt.qtype)
			got, _, err := c.Exchange(q, addr)
			if tt.silent {
				var ne net.Error
				if !errors.As(err, &ne) || !ne.Timeout() {
					t.Fatalf("want silence, got %v, %v", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Rcode != tt.rcode || len(got.Answer) != tt.answers {
				t.Errorf("got %s with %d answers", dns.RcodeToString[got.Rcode], len(got.Answer))
			}
		})
	}
}

func TestZoneChangesWhileServed(t *testing.T) {
	z := &Zone{}
	_, r := serveZone(t, z)
	ctx := context.Background()
	if _, err := r.LookupTXT(ctx, "new.test."); err == nil {
		t.Fatal("an empty zone answered")
	}
	if err := z.Add(`new.test. TXT "hello"`); err != nil {
		t.Fatal(err)
	}
	if txt, err := r.LookupTXT(ctx, "new.test."); err != nil || len(txt) != 1 {
		t.Fatalf("after Add: %v, %v", txt, err)
	}
	z.Remove("new.test")
	if _, err := r.LookupTXT(ctx, "new.test."); err == nil {
		t.Fatal("a removed name answered")
	}
}

func TestParseZoneErrors(t *testing.T) {
	for _, text := range []string{"example.com. A 1.2.3", "example.com. NOSUCH x", "example.com."} {
		if _, err := ParseZone("ok.test. A 192.0.2.1\n" + text); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
