package dnscheck

import (
	"net/netip"
	"sync"

	"github.com/miekg/dns"

	"recado/internal/dnsrecords"
)

// host looks at the name of the server itself: an MX leads to it, and it leads to addresses (RFC 5321, 5.1), which
// lead back.
func (l *look) host() []Finding {
	name := l.o.MXHost
	if target := l.alias(name); target != "" {
		return []Finding{finding(dnsrecords.Address, name, "A", Wrong, "host.alias", "host", name, "target", target).with([]string{"CNAME " + target + "."})}
	}
	var v4, v6 []netip.Addr
	var a4, a6 Answer
	var asking sync.WaitGroup
	asking.Go(func() { v4, a4 = l.addresses("ip4", name) })
	asking.Go(func() { v6, a6 = l.addresses("ip6", name) })
	asking.Wait()
	var out []Finding
	switch {
	case a4.silent():
		out = append(out, unknown(dnsrecords.Address, name, "A", a4))
	case len(v4) > 0:
		out = append(out, addressFinding(name, "A", v4))
	case len(v6) > 0:
		out = append(out, finding(dnsrecords.Address, name, "A", Advice, "host.v6only", "host", name).answered(a4))
	case a6.silent(): // it may have such, and so be fine
	default:
		out = append(out, finding(dnsrecords.Address, name, "A", Missing, "host.none", "host", name).answered(a4))
	}
	switch {
	case a6.silent():
		out = append(out, unknown(dnsrecords.Address, name, "AAAA", a6))
	case len(v6) > 0:
		out = append(out, addressFinding(name, "AAAA", v6))
	}
	return append(out, l.reverses(append(v4, v6...))...)
}

func addressFinding(name, kind string, addrs []netip.Addr) Finding {
	state, reason := OK, Reason("host.ok")
	var texts []string
	for _, a := range addrs {
		texts = append(texts, a.String())
		if !public(a) {
			state, reason = Advice, "host.private"
		}
	}
	return finding(dnsrecords.Address, name, kind, state, reason, "host", name).with(texts)
}

// public tells whether strangers may reach the address.
func public(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate()
}

// reverses looks at whether the server's addresses have its name. That is advice: many receivers think little of a
// client without one (RFC 1912, 2.1), but the mail of this server leaves by the relay.
func (l *look) reverses(addrs []netip.Addr) []Finding {
	found := make([]Finding, len(addrs))
	var asking sync.WaitGroup
	for i, a := range addrs {
		asking.Go(func() { found[i] = l.reverse(a) })
	}
	asking.Wait()
	var out []Finding
	for i, f := range found {
		if public(addrs[i]) {
			out = append(out, f)
		}
	}
	return out
}

func (l *look) reverse(a netip.Addr) Finding {
	name, err := dns.ReverseAddr(a.String())
	if err != nil || !public(a) {
		return Finding{}
	}
	names, err := l.dns.LookupAddr(l.ctx, a.String())
	answer := l.answerOf(name, err)
	if answer.silent() {
		return unknown(dnsrecords.Reverse, name, "PTR", answer)
	}
	for _, n := range names {
		if dnsrecords.ASCIIName(n) == l.o.MXHost {
			return finding(dnsrecords.Reverse, name, "PTR", OK, "ptr.ok", "address", a.String(), "host", l.o.MXHost).with(names)
		}
	}
	reason := Reason("ptr.other")
	if len(names) == 0 {
		reason = "ptr.none"
	}
	mx := l.want(dnsrecords.MX, l.o.Domain)
	return finding(dnsrecords.Reverse, name, "PTR", Advice, reason, "address", a.String(), "host", l.o.MXHost).with(names).answered(answer).
		wants(dnsrecords.Record{Name: name, Type: "PTR", TTL: mx.TTL, Value: l.o.MXHost + "."})
}
