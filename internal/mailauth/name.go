package mailauth

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// normalDomain is the form in which domains are compared: ASCII (RFC 5890), lower-case, no final dot. What has
// no such form stays as it is, lower-case, and will match nothing.
func normalDomain(s string) string {
	s = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
	for i := range len(s) {
		if s[i] >= 0x80 {
			if ascii, err := idna.Lookup.ToASCII(s); err == nil {
				return ascii
			}
			return s
		}
	}
	return s
}

// splitAddress cuts at the last @: a quoted local part may hold others.
func splitAddress(addr string) (local, domain string) {
	if i := strings.LastIndexByte(addr, '@'); i >= 0 {
		return addr[:i], addr[i+1:]
	}
	return addr, ""
}

// isWithin tells whether name is the domain or below it.
func isWithin(name, domain string) bool {
	return name == domain || (domain != "" && strings.HasSuffix(name, "."+domain))
}

// parentDomain drops the leftmost label; empty for a single label.
func parentDomain(s string) string {
	_, parent, _ := strings.Cut(s, ".")
	return parent
}

// isPublicSuffix tells whether anybody may register names below it ("com", "co.uk", "github.io").
func isPublicSuffix(domain string) bool {
	suffix, _ := publicsuffix.PublicSuffix(domain)
	return suffix == domain
}

// registeredDomain is the public suffix and one label, or the domain itself where there is no such.
func registeredDomain(domain string) string {
	if reg, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return reg
	}
	return domain
}

// printable replaces what could break a line or a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == 0x2028 || r == 0x2029 {
			return '?'
		}
		return r
	}, s)
}

// ipText is an address as people write it.
func ipText(a netip.Addr) string {
	if !a.IsValid() {
		return "an unknown address"
	}
	return a.Unmap().String()
}
