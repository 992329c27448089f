package mailauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"blitiri.com.ar/go/spf"
)

// checkSPF evaluates RFC 7208 for the MAIL FROM identity, which is postmaster at the HELO name where the
// return path is null (2.4).
func (c *Checker) checkSPF(ctx context.Context, r Request) SPFResult {
	res := SPFResult{Identity: "mailfrom"}
	local, domain := splitAddress(r.MailFrom)
	if domain == "" {
		res.Identity, domain = "helo", r.HELO
	}
	res.Domain = clip(printable(normalDomain(domain)), 255) // what this changes is no name that the DNS knows
	if !r.RemoteIP.IsValid() {
		res.Result, res.Explain = resultNone, "the client's address is not known"
		return res
	}
	if _, ok := wireName(res.Domain); !ok || strings.HasPrefix(res.Domain, "[") {
		res.Result, res.Explain = resultNone, fmt.Sprintf("%q is no domain name", clip(res.Domain, 100)) // 4.3
		return res
	}
	if local == "" {
		local = "postmaster" // 4.3
	}
	// The library takes everything after the first @ for the domain.
	sender := strings.ReplaceAll(local, "@", "_") + "@" + res.Domain
	ip := r.RemoteIP.Unmap()
	dns := &spfDNS{resolver: c.Resolver, ip: ip}
	result, err := spf.CheckHostWithSender(net.IP(ip.AsSlice()), normalDomain(r.HELO), sender, spf.WithContext(ctx), spf.WithResolver(dns))
	res.Result = string(result)
	res.Explain = explainSPF(res, ip, err)
	return res
}

func explainSPF(res SPFResult, ip netip.Addr, err error) string {
	switch res.Result {
	case resultPass:
		return fmt.Sprintf("%s may send for %s", ip, res.Domain)
	case resultFail:
		return fmt.Sprintf("%s may not send for %s", ip, res.Domain)
	case resultSoftFail:
		return fmt.Sprintf("%s probably may not send for %s", ip, res.Domain)
	case resultNeutral:
		return fmt.Sprintf("%s does not say whether %s may send for it", res.Domain, ip)
	case resultNone:
		return fmt.Sprintf("%s publishes no SPF record", res.Domain)
	case resultTempError:
		return fmt.Sprintf("the DNS of %s does not answer: %s", res.Domain, dnsReason(err))
	}
	return fmt.Sprintf("the SPF record of %s cannot be used: %s", res.Domain, dnsReason(err))
}

// dnsReason is the short cause of an error from a lookup, without the server's address.
func dnsReason(err error) string {
	var e *net.DNSError
	switch {
	case errors.As(err, &e):
		return clip(printable(e.Err), 200)
	case err != nil:
		return clip(printable(err.Error()), 200)
	}
	return "unknown"
}

// spfDNS is what the SPF library resolves with: it checks every record's syntax before the library
// evaluates it, asks for the addresses of the client's family only, and shortens names.
type spfDNS struct {
	resolver Resolver
	ip       netip.Addr
}

var errSPFSyntax = "the record is malformed: "

// LookupTXT returns the records, or a permanent error where the SPF record among them is malformed.
func (d *spfDNS) LookupTXT(ctx context.Context, name string) ([]string, error) {
	txts, err := d.resolver.LookupTXT(ctx, absolute(name))
	if err != nil {
		return nil, bare(err)
	}
	var records []string
	for _, txt := range txts {
		if isSPFRecord(txt) {
			records = append(records, txt)
		}
	}
	if len(records) == 1 {
		if err := checkSPFSyntax(records[0]); err != nil {
			return nil, &net.DNSError{Err: errSPFSyntax + err.Error(), Name: name}
		}
	}
	return records, nil // of several the library makes a permerror (4.5)
}

func isSPFRecord(txt string) bool {
	if len(txt) < len(spfVersion) || !strings.EqualFold(txt[:len(spfVersion)], spfVersion) {
		return false
	}
	return len(txt) == len(spfVersion) || txt[len(spfVersion)] == ' '
}

func (d *spfDNS) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	mxs, err := d.resolver.LookupMX(ctx, absolute(name))
	return mxs, bare(err)
}

// LookupIPAddr asks for A records, and for an IPv6 client for AAAA too (A besides, since "exists" is
// about A whatever the client, 5.7).
func (d *spfDNS) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	network := "ip4"
	if d.ip.Is6() {
		network = "ip"
	}
	addrs, err := d.resolver.LookupNetIP(ctx, network, absolute(host))
	if err != nil {
		return nil, bare(err)
	}
	var out []net.IPAddr
	for _, a := range addrs {
		out = append(out, net.IPAddr{IP: a.Unmap().AsSlice()})
	}
	return out, nil
}

func (d *spfDNS) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	names, err := d.resolver.LookupAddr(ctx, addr)
	return names, bare(err)
}

// absolute ends a name with a dot, so that no resolver tries a search list, and drops labels on the left
// of a name that macros made longer than 253 octets (RFC 7208, 7.3).
func absolute(name string) string {
	name = strings.TrimSuffix(name, ".")
	for len(name) > 253 {
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			break
		}
		name = rest
	}
	return name + "."
}
