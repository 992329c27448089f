package mailauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/miekg/dns"

	"recado/internal/mailtest"
)

// *net.Resolver can take NewResolver's place.
var _ Resolver = (*net.Resolver)(nil)

func TestResolver(t *testing.T) {
	z := mailtest.MustParseZone(`
		example.com.     TXT "one" " and \"two\" \195\177"
		example.com.     MX 20 b.example.com.
		example.com.     MX 10 a.example.com.
		a.example.com.   A 192.0.2.1
		a.example.com.   AAAA 2001:db8::1
		www.example.com. CNAME a.example.com.
		down.test.       SERVFAIL
		half.test.       A 192.0.2.3
		half.test.       SERVFAIL
		1.2.0.192.in-addr.arpa. PTR a.example.com.
	`)
	z.TXT("long.example.com", strings.Repeat("0123456789", 500))
	z.TXT("odd name_%.example.com", "odd")
	r := zoneChecker(t, z).Resolver
	ctx := context.Background()
	kind := func(err error) string {
		var e *net.DNSError
		switch {
		case err == nil:
			return "ok"
		case !errors.As(err, &e) || errors.Unwrap(err) != nil:
			return fmt.Sprintf("not a bare DNS error: %T", err)
		case e.IsNotFound:
			return "not found"
		case e.IsTemporary:
			return "temporary"
		}
		return "permanent"
	}
	txt := func(name string) (any, error) { return r.LookupTXT(ctx, name) }
	ip := func(network, name string) (any, error) { return r.LookupNetIP(ctx, network, name) }
	tests := []struct {
		name string
		ask  func() (any, error)
		want any
		kind string
	}{
		{"TXT", func() (any, error) { return txt("Example.com") }, []string{`one and "two" ñ`}, "ok"},
		{"TXT by TCP", func() (any, error) { return txt("long.example.com.") }, []string{strings.Repeat("0123456789", 500)}, "ok"},
		{"odd name", func() (any, error) { return txt("odd name_%.example.com") }, []string{"odd"}, "ok"},
		{"no such name", func() (any, error) { return txt("nowhere.test") }, nil, "not found"},
		{"no such record", func() (any, error) { return txt("a.example.com") }, nil, "not found"},
		{"empty label", func() (any, error) { return txt("a..example.com") }, nil, "not found"},
		{"long label", func() (any, error) { return txt(strings.Repeat("a", 64) + ".example.com") }, nil, "not found"},
		{"failure", func() (any, error) { return txt("down.test") }, nil, "temporary"},
		{"MX", func() (any, error) { return r.LookupMX(ctx, "example.com") },
			[]*net.MX{{Host: "a.example.com.", Pref: 10}, {Host: "b.example.com.", Pref: 20}}, "ok"},
		{"both families, by alias", func() (any, error) { return ip("ip", "www.example.com") },
			[]netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}, "ok"},
		{"one family", func() (any, error) { return ip("ip6", "a.example.com") }, []netip.Addr{netip.MustParseAddr("2001:db8::1")}, "ok"},
		{"one family fails", func() (any, error) { return ip("ip", "half.test") }, nil, "temporary"},
		{"the other does not", func() (any, error) { return ip("ip4", "half.test") }, []netip.Addr{netip.MustParseAddr("192.0.2.3")}, "ok"},
		{"PTR", func() (any, error) { return r.LookupAddr(ctx, "192.0.2.1") }, []string{"a.example.com."}, "ok"},
		{"PTR of nonsense", func() (any, error) { return r.LookupAddr(ctx, "x") }, nil, "not found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.ask()
			if k := kind(err); k != tt.kind {
				t.Fatalf("error %v is %s, want %s", err, k, tt.kind)
			}
			if tt.kind == "ok" {
				if d := cmp.Diff(tt.want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
					t.Error(d)
				}
			}
		})
	}
	for name, want := range map[string]bool{"example.com": true, "nowhere.example.com": false, "com": true, "a..b": false} {
		if got, err := r.(existence).Exists(ctx, name); got != want || err != nil {
			t.Errorf("exists %s: %v, %v", name, got, err)
		}
	}
}

func TestResolverAsksOnlyItsServer(t *testing.T) {
	// A port where nobody listens: an error, and no other server is asked.
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.LocalAddr().String()
	_ = l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err = NewResolver(addr).LookupTXT(ctx, "localhost")
	if !isTemporary(err) {
		t.Errorf("got %v", err)
	}
}

// TestResolverWithoutEDNS: a server from before EDNS refuses the first form of the question.
func TestResolverWithoutEDNS(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	srv := &dns.Server{PacketConn: pc, NotifyStartedFunc: func() { close(ready) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.IsEdns0() != nil {
			m.Rcode = dns.RcodeFormatError
		} else {
			m.Answer = []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET}, Txt: []string{"old"}}}
		}
		_ = w.WriteMsg(m)
	})}
	done := make(chan error, 1)
	go func() { done <- srv.ActivateAndServe() }()
	<-ready
	t.Cleanup(func() { _ = srv.Shutdown(); <-done })
	got, err := NewResolver(pc.LocalAddr().String()).LookupTXT(context.Background(), "example.com")
	if err != nil || len(got) != 1 || got[0] != "old" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestBareErrors(t *testing.T) {
	inner := &net.DNSError{Err: "x", IsTemporary: true}
	if got := bare(fmt.Errorf("lookup: %w", inner)); got != error(inner) {
		t.Errorf("a wrapped DNS error: %#v", got)
	}
	if got := bare(nil); got != nil {
		t.Errorf("nil: %#v", got)
	}
	for _, err := range []error{context.DeadlineExceeded, context.Canceled, errors.New("other")} {
		if !isTemporary(err) {
			t.Errorf("%v is not temporary", err)
		}
	}
}
