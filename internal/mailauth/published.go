package mailauth

import (
	"context"
	"net/netip"
	"strings"
)

// This file is for who looks at the records that a domain of ours publishes, rather than at a mail.

// SPFRecords are those of a name's TXT records that are SPF's (RFC 7208, 4.5).
func SPFRecords(txts []string) []string {
	var out []string
	for _, txt := range txts {
		if isSPFRecord(txt) {
			out = append(out, txt)
		}
	}
	return out
}

// SPFTerm is one term of an SPF record.
type SPFTerm struct {
	Text     string // as it is written
	Name     string // lower-case, without its qualifier: "include", "all", "redirect"
	Value    string // what follows : or = ("include:example.com"), or the / of a prefix length; may be empty
	Modifier bool   // name=value
	Err      error  // where the grammar does not know it; the whole record is an error then (4.6)
}

// SPFTerms splits an SPF record.
func SPFTerms(record string) []SPFTerm {
	var out []SPFTerm
	seen := map[string]bool{}
	for _, text := range strings.Fields(record[min(len(spfVersion), len(record)):]) {
		term := SPFTerm{Text: text, Err: checkTerm(text, seen)}
		if name, value, ok := strings.Cut(text, "="); ok && isModifierName(name) {
			term.Name, term.Value, term.Modifier = strings.ToLower(name), value, true
		} else {
			mechanism := strings.TrimLeft(text, "+-?~")
			end := strings.IndexAny(mechanism, ":/")
			if end < 0 {
				end = len(mechanism)
			}
			term.Name, term.Value = strings.ToLower(mechanism[:end]), strings.TrimPrefix(mechanism[end:], ":")
		}
		out = append(out, term)
	}
	return out
}

// SPFSyntax tells what is wrong with the form of an SPF record, nil where nothing is.
func SPFSyntax(record string) error { return checkSPFSyntax(record) }

// SPF is what a receiver would say of mail from an address at the domain that came from ip.
func SPF(ctx context.Context, r Resolver, ip netip.Addr, domain string) SPFResult {
	return (&Checker{Resolver: r}).checkSPF(ctx, Request{RemoteIP: ip, HELO: domain, MailFrom: "postmaster@" + domain})
}

// DMARCPolicy is what DMARC says of mail from a domain.
type DMARCPolicy struct {
	At      string // the domain whose record it is: the one asked about, or one above it
	Policy  string // none, quarantine, reject: as it applies to the one asked about
	Testing bool   // t=y: the policy is not meant yet
}

// DMARC finds the policy that applies to mail from the domain (RFC 9989, 4.10); false where none does. The error
// is temporary, and a *net.DNSError.
func DMARC(ctx context.Context, r Resolver, domain string) (DMARCPolicy, bool, error) {
	p := (&walker{resolver: r}).policy(ctx, domain)
	if p.err != nil || !p.applies {
		return DMARCPolicy{}, false, p.err
	}
	rec := p.record.record
	return DMARCPolicy{At: p.record.domain, Policy: rec.applied(p.record.domain == domain, true), Testing: rec.testing}, true, nil
}

// DMARCRecords are those of a name's TXT records that are DMARC's (RFC 9989, 4.7).
func DMARCRecords(txts []string) []string {
	var out []string
	for _, txt := range txts {
		if _, ok := parseDMARC(txt); ok {
			out = append(out, txt)
		}
	}
	return out
}

// DMARCSyntax tells what is wrong with a DMARC record, "" where nothing is that matters.
func DMARCSyntax(record string) string {
	rec, ok := parseDMARC(record)
	if !ok {
		return "it does not begin with v=DMARC1"
	}
	return rec.explainWrong
}
