package dnscheck

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"recado/internal/dnsrecords"
)

// mx looks at who mail for the domain is delivered to (RFC 5321, 5.1).
func (l *look) mx() []Finding {
	domain := l.o.Domain
	mxs, err := l.dns.LookupMX(l.ctx, domain)
	switch a := l.answerOf(domain, err); {
	case a.silent():
		return []Finding{unknown(dnsrecords.MX, domain, "MX", a)}
	case a == NXDomain:
		return []Finding{l.mxFinding(Missing, "mx.nodomain", nil, "domain", domain).answered(a)}
	case a == Empty:
		return []Finding{l.mxFinding(Missing, "mx.none", nil, "domain", domain).answered(a)}
	}
	ours, others := l.sortHosts(mxs)
	switch names := hostNames(others); {
	case len(mxs) == 1 && dnsrecords.ASCIIName(mxs[0].Host) == "": // RFC 7505
		return []Finding{l.mxFinding(Wrong, "mx.null", mxs, "domain", domain)}
	case ours == nil:
		return l.mxElsewhere(mxs)
	case len(others) == 0:
		return []Finding{finding(dnsrecords.MX, domain, "MX", OK, "mx.ok", "host", l.o.MXHost).with(mxTexts(mxs))}
	case others[0].Pref <= ours.Pref:
		return []Finding{l.mxFinding(Wrong, "mx.others", mxs, "others", names)}
	default:
		return []Finding{l.mxFinding(Advice, "mx.backup", mxs, "others", names)}
	}
}

// mxElsewhere are the findings where no MX has our name: it may be another name of ours.
func (l *look) mxElsewhere(mxs []*net.MX) []Finding {
	own := l.allAddresses(l.o.MXHost)
	for _, mx := range mxs[:min(len(mxs), maxHosts)] {
		host := dnsrecords.ASCIIName(mx.Host)
		if _, err := netip.ParseAddr(host); err == nil {
			return []Finding{l.mxFinding(Wrong, "mx.address", mxs, "host", host)}
		}
		if l.alias(host) == l.o.MXHost { // RFC 2181, 10.3
			return []Finding{l.mxFinding(Wrong, "mx.alias", mxs, "host", host, "target", l.o.MXHost)}
		}
		if len(mxs) == 1 && shareOne(own, l.allAddresses(host)) {
			return []Finding{l.mxFinding(Advice, "mx.name", mxs, "host", host, "ours", l.o.MXHost)}
		}
	}
	return []Finding{l.mxFinding(Wrong, "mx.elsewhere", mxs, "others", hostNames(mxs), "domain", l.o.Domain)}
}

func (l *look) mxFinding(state State, reason Reason, mxs []*net.MX, values ...string) Finding {
	return finding(dnsrecords.MX, l.o.Domain, "MX", state, reason, values...).with(mxTexts(mxs)).wants(l.want(dnsrecords.MX, l.o.Domain))
}

// sortHosts tells our MX, the best of several, from the others. Both keep their order: best preference first.
func (l *look) sortHosts(mxs []*net.MX) (ours *net.MX, others []*net.MX) {
	for _, mx := range mxs {
		switch {
		case dnsrecords.ASCIIName(mx.Host) != l.o.MXHost:
			others = append(others, mx)
		case ours == nil:
			ours = mx
		}
	}
	return ours, others
}

func hostNames(mxs []*net.MX) string {
	var names []string
	for _, mx := range mxs[:min(len(mxs), maxHosts)] {
		names = append(names, dnsrecords.ASCIIName(mx.Host))
	}
	return strings.Join(names, ", ")
}

func mxTexts(mxs []*net.MX) []string {
	var out []string
	for _, mx := range mxs {
		out = append(out, fmt.Sprintf("%d %s", mx.Pref, mx.Host))
	}
	return out
}

func shareOne(a, b []netip.Addr) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}
