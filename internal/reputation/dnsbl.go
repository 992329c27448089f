package reputation

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

var (
	// listings are the answers that list an address (RFC 5782 2.1, and what the lists in use publish).
	listings = netip.MustParsePrefix("127.0.0.0/24")
	// noListing lists nothing, though it is one of listings: some lists refuse a question by it, and a resolver that
	// filters names may lead there.
	noListing = netip.MustParseAddr("127.0.0.1")
	// faults are the answers by which a list says that it does not answer us: a resolver that many share, a question
	// that it does not understand, too many questions.
	faults = netip.MustParsePrefix("127.255.255.0/24")
)

// askZones asks every list at the same time.
func askZones(ctx context.Context, r Resolver, zones []string, ip netip.Addr) Client {
	type answer struct {
		listed *Listing
		silent string
	}
	answers := make([]chan answer, len(zones))
	for i, zone := range zones {
		answers[i] = make(chan answer, 1)
		go func() { // ends with ctx, which the resolver heeds
			listed, silent := askZone(ctx, r, zone, ip)
			answers[i] <- answer{listed, silent}
		}()
	}
	var out Client
	for i, zone := range zones {
		var a answer
		select {
		case a = <-answers[i]:
		case <-ctx.Done():
			select {
			case a = <-answers[i]: // it did, while we waited for another
			default:
				a.silent = zone + " did not answer in time"
			}
		}
		if a.listed != nil {
			out.Listed = append(out.Listed, *a.listed)
		}
		if a.silent != "" {
			out.Silent = append(out.Silent, a.silent)
		}
	}
	return out
}

// askZone asks one list. silent is a sentence where it gave no usable answer.
func askZone(ctx context.Context, r Resolver, zone string, ip netip.Addr) (listed *Listing, silent string) {
	addrs, err := r.LookupNetIP(ctx, "ip4", QueryName(ip, zone))
	var e *net.DNSError
	switch {
	case errors.As(err, &e) && e.IsNotFound:
		return nil, ""
	case err != nil && ctx.Err() != nil, errors.As(err, &e) && e.IsTimeout:
		return nil, zone + " did not answer in time"
	case err != nil:
		return nil, zone + " could not be asked"
	}
	for _, a := range addrs {
		switch {
		case faults.Contains(a):
			silent = fmt.Sprintf("%s does not answer us (%s)", zone, a)
		case !listings.Contains(a), a == noListing:
			silent = fmt.Sprintf("%s answered %s, which lists nothing", zone, a)
		case listed == nil:
			listed = &Listing{Zone: zone, Answer: a.String()}
		}
	}
	if listed != nil {
		silent = ""
	}
	return listed, silent
}

// QueryName is the name that a list has an address under: the octets of an IPv4 one, the nibbles of an IPv6 one,
// the last first (RFC 5782 2.1, 2.4).
func QueryName(ip netip.Addr, zone string) string {
	var labels []string
	if ip = ip.Unmap(); ip.Is4() {
		for _, b := range ip.As4() {
			labels = append(labels, strconv.Itoa(int(b)))
		}
	} else {
		for _, digit := range hex.EncodeToString(ip.AsSlice()) {
			labels = append(labels, string(digit))
		}
	}
	var b strings.Builder
	for i := len(labels) - 1; i >= 0; i-- {
		b.WriteString(labels[i])
		b.WriteByte('.')
	}
	return b.String() + zone
}

// testPoint is the address that every list has an entry for, so that it can be tried (RFC 5782 5).
var testPoint = netip.AddrFrom4([4]byte{127, 0, 0, 2})

// Probe tries every list with its test entry and returns a sentence for each that does not have it: its
// name is wrong, it has ended, or it does not answer our resolver.
func (c *Checker) Probe(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, c.deadline())
	defer cancel()
	found := askZones(ctx, c.Resolver, c.Zones, testPoint)
	problems := found.Silent
	for _, zone := range c.Zones {
		known := false
		for _, l := range found.Listed {
			known = known || l.Zone == zone
		}
		for _, s := range found.Silent {
			known = known || strings.HasPrefix(s, zone+" ")
		}
		if !known {
			problems = append(problems, zone+" has no entry for 127.0.0.2, which every blocklist has")
		}
	}
	return problems
}
