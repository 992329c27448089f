package dnsrecords

import (
	"strings"

	"golang.org/x/net/idna"
)

// Defaults of a record.
const (
	defaultTTL   = 3600 // seconds: a mistake is mended within the hour
	mxPreference = "10"
)

// Options says what the records of one domain depend on.
type Options struct {
	Domain   string // whose records, such as "example.com"
	MXHost   string // host name of this server, such as "mx.example.com"
	Keys     []Key  // DKIM keys of the domain
	ReportTo string // address for DMARC's aggregate reports; empty: none are asked for
	// RelaySPF is the domain whose SPF record lists the relay's addresses, as the relay's operator says
	// ("include:" before it may stay); empty: not known.
	RelaySPF string
	TTL      uint32 // seconds; 0: 3600
}

// Key is one DKIM key.
type Key struct {
	Selector string // such as "recado"
	Record   string // what [PublicRecord] gives
}

// Record is one record to publish.
type Record struct {
	Name    string  `json:"name"`    // absolute, with its final dot
	Type    string  `json:"type"`    // MX or TXT
	TTL     uint32  `json:"ttl"`     // seconds
	Value   string  `json:"value"`   // an MX's preference and host; a TXT's whole text, neither quoted nor split
	Purpose Purpose `json:"purpose"` // what it is for, in a word
	Why     string  `json:"why"`     // the same in a sentence of English, and what is to be done
}

// Purpose is what a record is for.
type Purpose string

const (
	MX      Purpose = "mx"
	Address Purpose = "address" // of the server itself
	Reverse Purpose = "reverse" // name of such an address
	SPF     Purpose = "spf"
	DKIM    Purpose = "dkim"
	DMARC   Purpose = "dmarc"
)

// Records lists what to publish for a domain: MX, SPF, DKIM and DMARC, in this order.
//
// SPF lists the MX and the relay and ends in ~all, and DMARC begins with p=none, so that a source of the
// domain's mail that nobody thought of is noticed and not lost; the reasons say when to go further (RFC 9989, 5.1).
func Records(o Options) []Record {
	domain := ASCIIName(o.Domain)
	add := func(list []Record, purpose Purpose, name, kind, value, why string) []Record {
		return append(list, Record{Name: name + ".", Type: kind, TTL: o.ttl(), Value: value, Purpose: purpose, Why: why})
	}
	out := add(nil, MX, domain, "MX", mxPreference+" "+ASCIIName(o.MXHost)+".",
		"Mail for "+domain+" is delivered to this server. It must be the domain's only MX: take others away. "+
			ASCIIName(o.MXHost)+" itself needs an A or AAAA record with this server's address.")
	spf, why := spfRecord(domain, o.RelaySPF)
	out = add(out, SPF, domain, "TXT", spf, why)
	for _, k := range o.Keys {
		out = add(out, DKIM, ASCIIName(k.Selector)+"._domainkey."+domain, "TXT", k.Record,
			"The public key with which receivers verify our signature (DKIM) on what "+domain+" sends.")
	}
	return add(out, DMARC, "_dmarc."+domain, "TXT", dmarcRecord(o.ReportTo),
		"What receivers do with mail that claims to be from "+domain+" and proves it neither by SPF nor by DKIM (DMARC). "+
			"none changes nothing yet; go on to p=quarantine once all of the domain's mail is signed.")
}

func (o Options) ttl() uint32 {
	if o.TTL == 0 {
		return defaultTTL
	}
	return o.TTL
}

// spfRecord lists who may send for the domain.
func spfRecord(domain, relay string) (value, why string) {
	why = "Who may send mail as " + domain + " (SPF). A domain has one such record: where there is one already, add to it."
	relay = ASCIIName(strings.TrimPrefix(strings.TrimSpace(relay), "include:"))
	if relay == "" {
		return "v=spf1 mx ~all", why + " Put your relay's include: before ~all, as its operator gives it."
	}
	return "v=spf1 mx include:" + relay + " ~all", why + " Change ~all to -all once nothing else sends for it."
}

func dmarcRecord(reportTo string) string {
	if reportTo == "" {
		return "v=DMARC1; p=none"
	}
	if local, domain, ok := strings.Cut(reportTo, "@"); ok {
		reportTo = local + "@" + ASCIIName(domain)
	}
	// In a DMARC URI a comma, an exclamation mark and a semicolon are encoded (RFC 9989, 4.8).
	return "v=DMARC1; p=none; rua=mailto:" + strings.NewReplacer("%", "%25", ",", "%2C", "!", "%21", ";", "%3B", " ", "%20").Replace(reportTo)
}

// ASCIIName is the name in ASCII (RFC 5890), lower-case, without its final dot.
func ASCIIName(s string) string {
	s = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
	if a, err := idna.Lookup.ToASCII(s); err == nil {
		return a
	}
	return s // an underscore in a selector, say, which idna does not have
}
