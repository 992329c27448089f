package dnscheck

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"recado/internal/dnsrecords"
	"recado/internal/mailauth"
)

// Bounds of one check. What has not answered when the time is over is unknown, and said to be.
const (
	defaultTimeout = 10 * time.Second
	maxHosts       = 8 // names of other MXs that are looked at
	maxAddresses   = 8 // of the server, and of the relay
)

// Options are the domain to check and what its records depend on.
type Options struct {
	Domain string
	MXHost string           // host name of this server
	Keys   []dnsrecords.Key // DKIM keys of the domain; one without a Record does not exist yet
	Relay  string           // host that its mail leaves by: a name or an address; "": none is configured
}

// Checker asks the DNS. Its fields are not changed while it is used.
type Checker struct {
	// Resolver makes the one that a check asks. Each check has one of its own, so that what it finds is as new as
	// the servers that are asked have it, and asks no question twice.
	Resolver func() mailauth.Resolver
	Timeout  time.Duration    // of a whole check; 0: 10 s
	Now      func() time.Time // nil: time.Now
}

// asker is what a resolver may offer besides. One that does not is taken at its word for what it returns.
type asker interface {
	Exists(ctx context.Context, name string) (bool, error)
	Alias(ctx context.Context, name string) (string, error)
}

// Check looks at every record of the domain at once. It returns when the time is over at the latest, and within
// three seconds where ctx is cancelled.
func (c *Checker) Check(ctx context.Context, o Options) *Report {
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	o.Domain, o.MXHost, o.Relay = dnsrecords.ASCIIName(o.Domain), dnsrecords.ASCIIName(o.MXHost), dnsrecords.ASCIIName(o.Relay)
	l := &look{ctx: ctx, o: o, dns: c.Resolver(), wanted: map[string]dnsrecords.Record{}}
	for _, r := range dnsrecords.Records(dnsrecords.Options{Domain: o.Domain, MXHost: o.MXHost, Keys: o.Keys}) {
		l.wanted[string(r.Purpose)+" "+r.Name] = r
	}
	return report(o.Domain, c.now(), l.all())
}

// all asks about everything at once, and returns the findings in the order of the records.
func (l *look) all() []Finding {
	topics := []func() []Finding{l.mx, l.host, l.spf}
	for _, key := range l.o.Keys {
		topics = append(topics, func() []Finding { return l.dkim(key) })
	}
	if len(l.o.Keys) == 0 {
		topics = append(topics, l.unsigned)
	}
	topics = append(topics, l.dmarc)
	found := make([][]Finding, len(topics))
	var asking sync.WaitGroup
	for i, topic := range topics {
		asking.Go(func() { found[i] = topic() })
	}
	asking.Wait()
	var all []Finding
	for _, f := range found {
		all = append(all, f...)
	}
	return all
}

func (c *Checker) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// look is one check under way.
type look struct {
	ctx    context.Context
	o      Options
	dns    mailauth.Resolver
	wanted map[string]dnsrecords.Record // by purpose and name
}

// want is the record of ours for a purpose.
func (l *look) want(p dnsrecords.Purpose, name string) dnsrecords.Record {
	return l.wanted[string(p)+" "+name+"."]
}

// answerOf tells what an error of the resolver says; Found where there is none.
func (l *look) answerOf(name string, err error) Answer {
	var e *net.DNSError
	switch {
	case err == nil:
		return Found
	case errors.As(err, &e) && e.IsNotFound:
		if a, ok := l.dns.(asker); ok {
			if exists, err := a.Exists(l.ctx, name); err == nil && !exists {
				return NXDomain
			}
		}
		return Empty
	case l.ctx.Err() != nil, e != nil && e.IsTimeout:
		return Timeout
	case e != nil && strings.HasSuffix(e.Err, "SERVFAIL"):
		return ServFail
	}
	return Failed
}

// silent tells whether an answer says nothing about the records.
func (a Answer) silent() bool { return a == ServFail || a == Timeout || a == Failed }

// unknown is the finding where the DNS did not say.
func unknown(purpose dnsrecords.Purpose, name, kind string, a Answer) Finding {
	return finding(purpose, name, kind, Unknown, Reason("dns."+string(a)), "name", name).answered(a)
}

// alias is where a CNAME of the name leads, "" where none is known of.
func (l *look) alias(name string) string {
	a, ok := l.dns.(asker)
	if !ok {
		return ""
	}
	target, err := a.Alias(l.ctx, name)
	if err != nil {
		return ""
	}
	return dnsrecords.ASCIIName(target)
}

// addresses are those of a host of one family, "ip4" or "ip6".
func (l *look) addresses(network, host string) ([]netip.Addr, Answer) {
	addrs, err := l.dns.LookupNetIP(l.ctx, network, host)
	return addrs[:min(len(addrs), maxAddresses)], l.answerOf(host, err)
}

// allAddresses are those of both families, and of a text that is an address that one.
func (l *look) allAddresses(host string) []netip.Addr {
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return []netip.Addr{ip.Unmap()}
	}
	v4, _ := l.addresses("ip4", host)
	v6, _ := l.addresses("ip6", host)
	return append(v4, v6...)
}
