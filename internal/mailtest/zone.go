package mailtest

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// condition is how a name answers for the types that it has no records of.
type condition int

const (
	healthy condition = iota
	servFail
	timeOut
	nxDomain
)

// Zone is what a [DNSServer] answers from: records of any domain, and names that misbehave. The zero
// value is an empty zone. It may be changed while it is served.
//
// A name that is not in the zone answers NXDOMAIN, unless a name below it exists (RFC 8020). A name
// set to fail does so for each type that it has no records of, so a domain can have an A record and
// yet time out when it is asked for TXT.
type Zone struct {
	// TTL, in seconds, is that of records that are added without one of their own, and of answers that there
	// is none. 0: nobody may remember an answer, so a change of the zone shows at once.
	TTL uint32

	mu         sync.RWMutex
	records    map[string]map[uint16][]dns.RR // canonical name, type
	conditions map[string]condition
	asked      map[dns.Question]int
}

// ParseZone reads records in master file form (RFC 1035, 5.1), one a line, every name absolute with
// or without its final dot, and lines "name SERVFAIL", "name TIMEOUT" and "name NXDOMAIN". Empty lines
// and those that begin with ; or # are left out.
func ParseZone(text string) (*Zone, error) {
	z := &Zone{}
	for i, line := range strings.Split(text, "\n") {
		if err := z.addLine(line); err != nil {
			return nil, fmt.Errorf("zone line %d: %w", i+1, err)
		}
	}
	return z, nil
}

// MustParseZone is [ParseZone] for text that stands in the program; it panics when that is wrong.
func MustParseZone(text string) *Zone {
	z, err := ParseZone(text)
	if err != nil {
		panic(err)
	}
	return z
}

// Add takes further lines in the form of [ParseZone]; those before a wrong one stay added.
func (z *Zone) Add(text string) error {
	for i, line := range strings.Split(text, "\n") {
		if err := z.addLine(line); err != nil {
			return fmt.Errorf("zone line %d: %w", i+1, err)
		}
	}
	return nil
}

func (z *Zone) addLine(line string) error {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == ';' || line[0] == '#' {
		return nil
	}
	if f := strings.Fields(line); len(f) == 2 {
		switch f[1] {
		case "SERVFAIL":
			z.ServFail(f[0])
			return nil
		case "TIMEOUT":
			z.TimeOut(f[0])
			return nil
		case "NXDOMAIN":
			z.NXDomain(f[0])
			return nil
		}
	}
	zp := dns.NewZoneParser(strings.NewReader(line+"\n"), ".", "")
	zp.SetDefaultTTL(z.TTL)
	rr, ok := zp.Next()
	if !ok {
		if err := zp.Err(); err != nil {
			return err
		}
		return fmt.Errorf("no record in %q", line)
	}
	z.insert(rr.Header().Name, rr)
	return nil
}

// TXT adds one TXT record; a value over 255 octets is split into several strings of that record.
func (z *Zone) TXT(name, value string) {
	rr := &dns.TXT{Hdr: z.header(name, dns.TypeTXT)}
	for len(value) > 255 {
		rr.Txt = append(rr.Txt, escapeText(value[:255]))
		value = value[255:]
	}
	rr.Txt = append(rr.Txt, escapeText(value))
	z.insert(name, rr)
}

// MX adds one MX record.
func (z *Zone) MX(name string, preference uint16, host string) {
	z.insert(name, &dns.MX{Hdr: z.header(name, dns.TypeMX), Preference: preference, Mx: canonicalName(host)})
}

// Address adds an A or AAAA record for each address.
func (z *Zone) Address(name string, addrs ...netip.Addr) {
	for _, a := range addrs {
		a = a.Unmap()
		if a.Is4() {
			z.insert(name, &dns.A{Hdr: z.header(name, dns.TypeA), A: a.AsSlice()})
		} else {
			z.insert(name, &dns.AAAA{Hdr: z.header(name, dns.TypeAAAA), AAAA: a.AsSlice()})
		}
	}
}

// PTR adds the reverse record of an address.
func (z *Zone) PTR(addr netip.Addr, host string) {
	name, err := dns.ReverseAddr(addr.Unmap().String())
	if err != nil {
		panic(fmt.Sprintf("reverse name of %v: %v", addr, err)) // not reached for a valid address
	}
	z.PTRName(name, host)
}

// PTRName adds a PTR record under a name in in-addr.arpa or ip6.arpa.
func (z *Zone) PTRName(name, host string) {
	z.insert(name, &dns.PTR{Hdr: z.header(name, dns.TypePTR), Ptr: canonicalName(host)})
}

// CNAME adds an alias; the server follows it within the zone.
func (z *Zone) CNAME(name, target string) {
	z.insert(name, &dns.CNAME{Hdr: z.header(name, dns.TypeCNAME), Target: canonicalName(target)})
}

// ServFail makes the name answer SERVFAIL.
func (z *Zone) ServFail(name string) { z.setCondition(name, servFail) }

// TimeOut makes the name answer nothing at all.
func (z *Zone) TimeOut(name string) { z.setCondition(name, timeOut) }

// NXDomain makes the name not exist, even where a name below it does.
func (z *Zone) NXDomain(name string) { z.setCondition(name, nxDomain) }

// Remove takes a name's records and its condition away.
func (z *Zone) Remove(name string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	key := canonicalName(name)
	delete(z.records, key)
	delete(z.conditions, key)
}

// Replace puts the records and conditions of another zone in the place of its own.
func (z *Zone) Replace(other *Zone) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.records, z.conditions = other.records, other.conditions
}

// Asked counts the queries so far for a name and a type such as "TXT".
func (z *Zone) Asked(name, qtype string) int {
	z.mu.RLock()
	defer z.mu.RUnlock()
	return z.asked[dns.Question{Name: canonicalName(name), Qtype: dns.StringToType[qtype], Qclass: dns.ClassINET}]
}

func (z *Zone) setCondition(name string, c condition) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.conditions == nil {
		z.conditions = map[string]condition{}
	}
	z.conditions[canonicalName(name)] = c
}

func (z *Zone) insert(name string, rr dns.RR) {
	z.mu.Lock()
	defer z.mu.Unlock()
	key := canonicalName(name)
	rr.Header().Name = key
	if z.records == nil {
		z.records = map[string]map[uint16][]dns.RR{}
	}
	if z.records[key] == nil {
		z.records[key] = map[uint16][]dns.RR{}
	}
	t := rr.Header().Rrtype
	z.records[key][t] = append(z.records[key][t], rr)
}

// maxAliases bounds a chain of CNAME records.
const maxAliases = 8

// lookup answers one question: the records with the aliases that lead to them, and either a
// response code or silence.
func (z *Zone) lookup(q dns.Question) (answer []dns.RR, rcode int, silent bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	name := canonicalName(q.Name)
	if z.asked == nil {
		z.asked = map[dns.Question]int{}
	}
	z.asked[dns.Question{Name: name, Qtype: q.Qtype, Qclass: q.Qclass}]++
	for range maxAliases {
		byType := z.records[name]
		if rrs := byType[q.Qtype]; len(rrs) > 0 {
			return append(answer, rrs...), dns.RcodeSuccess, false
		}
		if alias := byType[dns.TypeCNAME]; len(alias) > 0 {
			answer = append(answer, alias[0])
			name = canonicalName(alias[0].(*dns.CNAME).Target)
			continue
		}
		switch z.conditions[name] {
		case servFail:
			return nil, dns.RcodeServerFailure, false
		case timeOut:
			return nil, 0, true
		case nxDomain:
			return answer, dns.RcodeNameError, false
		}
		if len(byType) > 0 || z.existsBelow(name) {
			return answer, dns.RcodeSuccess, false
		}
		return answer, dns.RcodeNameError, false
	}
	return nil, dns.RcodeServerFailure, false // an alias that leads nowhere
}

func (z *Zone) existsBelow(name string) bool {
	suffix := "." + name
	for other := range z.records {
		if strings.HasSuffix(other, suffix) {
			return true
		}
	}
	for other := range z.conditions {
		if strings.HasSuffix(other, suffix) {
			return true
		}
	}
	return false
}

func (z *Zone) header(name string, rrtype uint16) dns.RR_Header {
	return dns.RR_Header{Name: canonicalName(name), Rrtype: rrtype, Class: dns.ClassINET, Ttl: z.TTL}
}

// canonicalName is the absolute, lower-case name in the presentation form that the dns package gives
// to names from the wire, so that a name with odd octets (which macros of SPF can make) finds its
// records. Escapes in the given name are understood; a name that no query can carry stays as it is.
func canonicalName(name string) string {
	abs := dns.Fqdn(escapeName(name))
	wire := make([]byte, 256)
	n, err := dns.PackDomainName(abs, wire, 0, nil, false)
	if err != nil {
		return strings.ToLower(abs)
	}
	back, _, err := dns.UnpackDomainName(wire[:n], 0)
	if err != nil {
		return strings.ToLower(abs)
	}
	return strings.ToLower(back)
}

// escapeName writes octets that are not printable ASCII as \DDD (RFC 1035, 5.1), and so those that
// are escaped already by a backslash alone, as the dns package does with a space.
func escapeName(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		escaped := c == '\\' && i+1 < len(name) && (name[i+1] < '0' || name[i+1] > '9')
		if escaped {
			i++
			c = name[i]
		}
		if escaped || c <= ' ' || c > '~' {
			fmt.Fprintf(&b, "\\%03d", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escapeText does the same for the strings of a TXT record, in which the dns package reads a
// backslash as the beginning of an escape.
func escapeText(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, "\\%03d", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
