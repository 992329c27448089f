package smtpd

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestGateCounts(t *testing.T) {
	tests := map[string]struct {
		limits Limits
		come   []string
		want   turnedAway // for the last; the others come in
	}{
		"no limits":               {Limits{}, []string{"192.0.2.1", "192.0.2.1", "192.0.2.1"}, ""},
		"in all":                  {Limits{Connections: 2}, []string{"192.0.2.1", "198.51.100.1", "203.0.113.1"}, tooMany},
		"of an address":           {Limits{ConnectionsPerAddress: 1}, []string{"192.0.2.1", "192.0.2.1"}, tooManyOfAddress},
		"of two addresses":        {Limits{ConnectionsPerAddress: 1}, []string{"192.0.2.1", "192.0.2.2"}, ""},
		"of a /64":                {Limits{ConnectionsPerAddress: 1}, []string{"2001:db8::1", "2001:db8::2"}, tooManyOfAddress},
		"of a /24":                {Limits{ConnectionsPerAddress: 1}, []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"}, tooManyOfNetwork},
		"of two /24":              {Limits{ConnectionsPerAddress: 1}, []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.3.5"}, ""},
		"of a /48":                {Limits{ConnectionsPerAddress: 1}, []string{"2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:4::1", "2001:db8:1:5::1"}, tooManyOfNetwork},
		"of two /48":              {Limits{ConnectionsPerAddress: 1}, []string{"2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:4::1", "2001:db8:2:5::1"}, ""},
		"of what is not of TCP":   {Limits{ConnectionsPerAddress: 1}, []string{"", ""}, tooManyOfAddress},
		"a minute":                {Limits{ConnectionsPerMinute: 2}, []string{"192.0.2.1", "192.0.2.1", "192.0.2.1"}, tooFast},
		"a minute, of a /64":      {Limits{ConnectionsPerMinute: 1}, []string{"2001:db8::1", "2001:db8::2"}, tooFast},
		"a minute, of two":        {Limits{ConnectionsPerMinute: 1}, []string{"192.0.2.1", "192.0.2.2"}, ""},
		"a minute, of neighbours": {Limits{ConnectionsPerMinute: 1}, []string{"127.0.0.1", "127.0.0.1"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := newGate(tt.limits, netip.Addr.IsLoopback)
			for i, s := range tt.come {
				want := turnedAway("")
				if i == len(tt.come)-1 {
					want = tt.want
				}
				ip, _ := netip.ParseAddr(s)
				if got := g.enter(ip, noon); got != want {
					t.Fatalf("connection %d, of %q: %q, want %q", i+1, s, got, want)
				}
			}
		})
	}
}

// TestGateForgets: who left takes no place, and nothing of them is kept.
func TestGateForgets(t *testing.T) {
	g := newGate(Limits{Connections: 1, ConnectionsPerAddress: 1}, nil)
	for i := range 500 {
		ip := netip.AddrFrom4([4]byte{192, 0, byte(i), 1})
		if got := g.enter(ip, noon); got != "" {
			t.Fatalf("connection %d: %q", i, got)
		}
		g.leave(ip)
	}
	if g.open != 0 || len(g.byClient) != 0 || len(g.byNetwork) != 0 {
		t.Errorf("%d open, %d clients and %d networks are kept", g.open, len(g.byClient), len(g.byNetwork))
	}
}

// TestPace: a minute's worth at once, then one for each share of a minute that passes.
func TestPace(t *testing.T) {
	g := newGate(Limits{ConnectionsPerMinute: 6}, nil)
	client := clientOf(netip.MustParseAddr("192.0.2.1"))
	allowed := func(at time.Time, tries int) (n int) {
		for range tries {
			if g.pace(client, at) {
				n++
			}
		}
		return n
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 6}, {9 * time.Second, 0}, {10 * time.Second, 1}, {30 * time.Second, 2}, {time.Hour, 6}} {
		if got := allowed(noon.Add(step.after), 20); got != step.want {
			t.Errorf("after %v: %d of 20 come in, want %d", step.after, got, step.want)
		}
	}
}

// TestPaceIsBounded: however many clients there are, the table has its size.
func TestPaceIsBounded(t *testing.T) {
	g := newGate(Limits{ConnectionsPerMinute: 1}, nil)
	address := func(i int) netip.Prefix {
		return clientOf(netip.MustParseAddr(fmt.Sprintf("2001:db8:%x:%x::1", i>>16, i&0xffff)))
	}
	for i := range maxPaced + 1000 {
		if !g.pace(address(i), noon) {
			t.Fatalf("client %d is turned away", i)
		}
	}
	if len(g.paced) != maxPaced {
		t.Errorf("%d are remembered, want %d", len(g.paced), maxPaced)
	}
	g.pace(address(maxPaced+1000), noon.Add(2*time.Minute))
	if len(g.paced) != 1 {
		t.Errorf("two minutes later %d are remembered, want 1", len(g.paced))
	}
}
