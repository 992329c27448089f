// Package reputation asks others what they think of a client and of a mail: DNS blocklists (RFC 5782) when
// a client connects, and rspamd, over its HTTP protocol, once a mail has come.
//
// Both have a deadline. Who does not answer by then has said nothing, and the mail goes on: a filter that
// is down may not stop the mail of a customer service. What was not answered is told, so that the
// trace of the mail can say it.
package reputation

import (
	"context"
	"net/netip"
	"time"
)

// Checker asks blocklists, rspamd, or both. Its methods may be called by several goroutines.
type Checker struct {
	Resolver Resolver
	Zones    []string      // blocklists, lower-case ASCII without a final dot; none: nobody is asked
	Rspamd   *Rspamd       // nil: not asked
	Deadline time.Duration // for all answers of Client together, and for those of Mail; 0: DefaultDeadline
}

// DefaultDeadline is for checkers that name none.
const DefaultDeadline = 8 * time.Second

// Resolver is the DNS that is asked. Errors are *net.DNSError, IsNotFound where a name has no such records.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// Listing is an answer of a blocklist that lists an address.
type Listing struct {
	Zone   string
	Answer string // such as 127.0.0.2, whose meaning the list publishes
}

// Client is what is known of the host that brings a mail.
type Client struct {
	Name   string    // by reverse DNS, confirmed forward; empty: none, or nobody asked
	Listed []Listing // in the order of the zones
	Silent []string  // sentences: who gave no usable answer, and why
}

// Client asks about the host at ip. It returns at the deadline at the latest.
func (c *Checker) Client(ctx context.Context, ip netip.Addr) Client {
	ip = ip.Unmap()
	if !ip.IsValid() {
		return Client{}
	}
	ctx, cancel := context.WithTimeout(ctx, c.deadline())
	defer cancel()
	name := make(chan string, 1)
	go func() { // ends with ctx
		if c.Rspamd == nil {
			name <- "" // only rspamd wants to know
			return
		}
		name <- confirmedName(ctx, c.Resolver, ip)
	}()
	out := askZones(ctx, c.Resolver, c.Zones, ip)
	select {
	case out.Name = <-name:
	case <-ctx.Done():
	}
	return out
}

func (c *Checker) deadline() time.Duration {
	if c.Deadline <= 0 {
		return DefaultDeadline
	}
	return c.Deadline
}

// maxNames bounds the names of an address that are confirmed.
const maxNames = 3

// confirmedName is the first name of an address that leads back to it (RFC 8601 2.7.3, iprev).
func confirmedName(ctx context.Context, r Resolver, ip netip.Addr) string {
	names, err := r.LookupAddr(ctx, ip.String())
	if err != nil {
		return ""
	}
	for _, name := range names[:min(len(names), maxNames)] {
		addrs, err := r.LookupNetIP(ctx, "ip", name)
		if err != nil {
			continue
		}
		for _, a := range addrs {
			if a.Unmap() == ip {
				return headerValue(name)
			}
		}
	}
	return ""
}
