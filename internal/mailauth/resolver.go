package mailauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Resolver is the DNS that the checks ask. *net.Resolver has these methods. Errors are *net.DNSError:
// IsNotFound for a name that does not exist or has no such records, IsTimeout or IsTemporary where
// asking again may help.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// existence is what a [Resolver] may offer besides: it tells a name that does not exist (NXDOMAIN)
// from one that merely has no records of the type asked for (RFC 8020).
type existence interface {
	Exists(ctx context.Context, name string) (bool, error)
}

// Figures of the resolver.
const (
	tryTimeout    = 3 * time.Second // for one server's answer to one datagram
	tryRounds     = 2               // over all servers
	ednsSize      = 1232            // octets of a UDP answer (DNS flag day 2020: no fragments)
	confRecheck   = 5 * time.Second // how old a reading of resolv.conf may be
	resolvConf    = "/etc/resolv.conf"
	maxAliases    = 10
	localResolver = "127.0.0.1:53" // where resolv.conf names none, as resolv.conf(5) says
)

// NewResolver returns a resolver that asks only the given "host:port" over UDP, and TCP where an answer
// does not fit; with an empty server those of the system's resolv.conf, which is read again as it
// changes. Names are taken as absolute: no search list, no hosts file, since what a mail says about
// itself may not depend on either. Answers are remembered as their TTL allows.
func NewResolver(server string) Resolver {
	if server == "" {
		return &dnsClient{}
	}
	return &dnsClient{fixed: []string{server}}
}

// dnsClient is a stub resolver. The standard library's would do but for three things: it does not tell
// NXDOMAIN from an empty answer, it asks nothing for names with octets outside of letters, digits,
// hyphen and underscore (which SPF macros make), and it reads the hosts file.
type dnsClient struct {
	fixed []string
	cache cache

	mu     sync.Mutex
	system []string
	readAt time.Time
}

func (c *dnsClient) servers() []string {
	if c.fixed != nil {
		return c.fixed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.system != nil && time.Since(c.readAt) < confRecheck {
		return c.system
	}
	c.readAt = time.Now()
	c.system = []string{localResolver}
	if conf, err := dns.ClientConfigFromFile(resolvConf); err == nil && len(conf.Servers) > 0 {
		c.system = nil
		for _, s := range conf.Servers {
			c.system = append(c.system, net.JoinHostPort(s, conf.Port))
		}
	}
	return c.system
}

// LookupTXT returns the TXT records, the strings of each joined without a space (RFC 7208, 3.3).
func (c *dnsClient) LookupTXT(ctx context.Context, name string) ([]string, error) {
	rrs, err := c.lookup(ctx, name, dns.TypeTXT)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, rr := range rrs {
		if txt, ok := rr.(*dns.TXT); ok {
			out = append(out, unescapeText(strings.Join(txt.Txt, "")))
		}
	}
	return out, nil
}

// LookupMX returns the MX records, best preference first.
func (c *dnsClient) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	rrs, err := c.lookup(ctx, name, dns.TypeMX)
	if err != nil {
		return nil, err
	}
	var out []*net.MX
	for _, rr := range rrs {
		if mx, ok := rr.(*dns.MX); ok {
			out = append(out, &net.MX{Host: mx.Mx, Pref: mx.Preference})
		}
	}
	slices.SortStableFunc(out, func(a, b *net.MX) int { return int(a.Pref) - int(b.Pref) })
	return out, nil
}

// LookupNetIP returns addresses; network is "ip4", "ip6" or "ip" for both.
func (c *dnsClient) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	var types []uint16
	switch network {
	case "ip4":
		types = []uint16{dns.TypeA}
	case "ip6":
		types = []uint16{dns.TypeAAAA}
	default:
		types = []uint16{dns.TypeA, dns.TypeAAAA}
	}
	var out []netip.Addr
	var failed error
	for _, t := range types {
		rrs, err := c.lookup(ctx, host, t)
		if err != nil && (failed == nil || !isNotFound(err)) {
			failed = err
		}
		for _, rr := range rrs {
			switch rr := rr.(type) {
			case *dns.A:
				out = appendAddr(out, rr.A)
			case *dns.AAAA:
				out = appendAddr(out, rr.AAAA)
			}
		}
	}
	if failed != nil && (len(out) == 0 || !isNotFound(failed)) {
		return nil, failed
	}
	return out, nil
}

func appendAddr(list []netip.Addr, ip net.IP) []netip.Addr {
	if a, ok := netip.AddrFromSlice(ip); ok {
		return append(list, a.Unmap())
	}
	return list
}

// LookupAddr returns the names of an address's PTR records.
func (c *dnsClient) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	name, err := dns.ReverseAddr(addr)
	if err != nil {
		return nil, notFound(addr)
	}
	rrs, err := c.lookup(ctx, name, dns.TypePTR)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, rr := range rrs {
		if ptr, ok := rr.(*dns.PTR); ok {
			out = append(out, unescapeText(ptr.Ptr))
		}
	}
	return out, nil
}

// Exists tells whether the name is in the DNS at all (RFC 8020), with records of whatever type or none.
func (c *dnsClient) Exists(ctx context.Context, name string) (bool, error) {
	qname, ok := wireName(name)
	if !ok {
		return false, nil
	}
	m, err := c.ask(ctx, qname, dns.TypeTXT)
	if err != nil {
		return false, err
	}
	return m.Rcode != dns.RcodeNameError, nil
}

// Alias is the name that the CNAME record of a name leads to, "" where it has none.
func (c *dnsClient) Alias(ctx context.Context, name string) (string, error) {
	rrs, err := c.lookup(ctx, name, dns.TypeCNAME)
	if isNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	alias, _ := rrs[0].(*dns.CNAME) // lookup returns at least one, of that type
	return unescapeText(alias.Target), nil
}

// lookup asks one question and returns the records of that type, aliases followed.
func (c *dnsClient) lookup(ctx context.Context, name string, qtype uint16) ([]dns.RR, error) {
	qname, ok := wireName(name)
	if !ok {
		return nil, notFound(name) // no query can carry it (RFC 7208, 4.3 and 4.8)
	}
	m, err := c.ask(ctx, qname, qtype)
	if err != nil {
		return nil, err
	}
	owner := qname
	for range maxAliases {
		var out []dns.RR
		next := ""
		for _, rr := range m.Answer {
			if !strings.EqualFold(rr.Header().Name, owner) {
				continue
			}
			if rr.Header().Rrtype == qtype {
				out = append(out, rr)
			} else if alias, ok := rr.(*dns.CNAME); ok {
				next = alias.Target
			}
		}
		if len(out) > 0 {
			return out, nil
		}
		if next == "" {
			return nil, notFound(name)
		}
		owner = next
	}
	return nil, notFound(name)
}

// ask answers a question with a yes or a no, from memory where that may be. The answer is shared: nobody may
// change it.
func (c *dnsClient) ask(ctx context.Context, qname string, qtype uint16) (*dns.Msg, error) {
	return c.cache.get(ctx, qname, qtype, func() (*dns.Msg, error) { return c.askServers(ctx, qname, qtype) })
}

// askServers sends the question to each server in turn until one answers with yes or no.
func (c *dnsClient) askServers(ctx context.Context, qname string, qtype uint16) (*dns.Msg, error) {
	q := new(dns.Msg).SetQuestion(qname, qtype)
	q.SetEdns0(ednsSize, false)
	last := &net.DNSError{Err: "no server", Name: qname, IsTemporary: true}
	for range tryRounds {
		for _, server := range c.servers() {
			m, err := exchange(ctx, q, server)
			if err == nil && (m.Rcode == dns.RcodeSuccess || m.Rcode == dns.RcodeNameError) {
				return m, nil
			}
			last = temporary(qname, server, m, err)
			if ctx.Err() != nil {
				return nil, last
			}
		}
	}
	return nil, last
}

func exchange(ctx context.Context, q *dns.Msg, server string) (*dns.Msg, error) {
	q = q.Copy()
	q.Id = dns.Id()
	udp := dns.Client{Net: "udp", Timeout: tryTimeout, UDPSize: ednsSize}
	m, _, err := udp.ExchangeContext(ctx, q, server)
	if err == nil && m.Rcode == dns.RcodeFormatError {
		q.Extra = nil // a server from before EDNS (RFC 6891, 7)
		m, _, err = udp.ExchangeContext(ctx, q, server)
	}
	if err == nil && m.Truncated {
		tcp := dns.Client{Net: "tcp", Timeout: tryTimeout}
		m, _, err = tcp.ExchangeContext(ctx, q, server)
	}
	if err != nil {
		return nil, err
	}
	if len(m.Question) != 1 || !strings.EqualFold(m.Question[0].Name, q.Question[0].Name) || m.Question[0].Qtype != q.Question[0].Qtype {
		return nil, errors.New("an answer to another question")
	}
	return m, nil
}

func temporary(name, server string, m *dns.Msg, err error) *net.DNSError {
	e := &net.DNSError{Name: name, Server: server, IsTemporary: true}
	var ne net.Error
	switch {
	case err == nil:
		e.Err = "server answered " + dns.RcodeToString[m.Rcode]
	case errors.As(err, &ne) && ne.Timeout(), errors.Is(err, context.DeadlineExceeded):
		e.Err, e.IsTimeout = "no answer in time", true
	default:
		e.Err = err.Error()
	}
	return e
}

func notFound(name string) error {
	return &net.DNSError{Err: "no such record", Name: name, IsNotFound: true}
}

func isNotFound(err error) bool {
	var e *net.DNSError
	return errors.As(err, &e) && e.IsNotFound
}

// bare makes any error of a resolver a *net.DNSError that nothing wraps, since the libraries look at its
// type alone: a wrapped temporary error would count as a permanent one. What is not a definite answer
// is temporary.
func bare(err error) error {
	if err == nil {
		return nil
	}
	var e *net.DNSError
	if errors.As(err, &e) {
		return e
	}
	return &net.DNSError{Err: err.Error(), IsTemporary: true, IsTimeout: errors.Is(err, context.DeadlineExceeded)}
}

// isTemporary tells whether asking again later may give another answer.
func isTemporary(err error) bool {
	var e *net.DNSError
	return errors.As(bare(err), &e) && (e.IsTemporary || e.IsTimeout)
}

// wireName gives any string of labels the absolute form that the dns package sends as it is, odd
// octets escaped; false where a label is empty or over 63 octets, or the name over 255 (RFC 1035, 3.1).
func wireName(name string) (string, bool) {
	name = strings.TrimSuffix(name, ".")
	if name == "" || len(name) > 253 {
		return "", false
	}
	var b strings.Builder
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return "", false
		}
		for i := range len(label) {
			writeOctet(&b, label[i])
		}
		b.WriteByte('.')
	}
	return b.String(), true
}

// writeOctet escapes as the dns package does for names from the wire, so that both compare equal.
func writeOctet(b *strings.Builder, c byte) {
	switch {
	case c < ' ' || c > '~':
		fmt.Fprintf(b, "\\%03d", c)
	case strings.IndexByte(` '@;()"\`, c) >= 0:
		b.WriteByte('\\')
		b.WriteByte(c)
	default:
		b.WriteByte(c)
	}
}

// unescapeText undoes \DDD and \c, in which the dns package hands over text from the wire.
func unescapeText(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\' || i+1 == len(s):
			out = append(out, s[i])
		case i+3 < len(s) && isDigit(s[i+1]) && isDigit(s[i+2]) && isDigit(s[i+3]):
			out = append(out, byte(int(s[i+1]-'0')*100+int(s[i+2]-'0')*10+int(s[i+3]-'0')))
			i += 3
		default:
			out = append(out, s[i+1])
			i++
		}
	}
	return string(out)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
