package mailauth

import (
	"context"
	"strings"
	"sync"
)

// The tree walk of RFC 9989, 4.10, asks for at most eight names.
const maxWalkLabels = 8

// found is one record that a walk met.
type found struct {
	domain string
	record dmarcRecord
}

// walker does tree walks for one mail, asking for each name once.
type walker struct {
	resolver Resolver

	mu    sync.Mutex
	asked map[string]*answer
}

type answer struct {
	once   sync.Once
	record dmarcRecord
	ok     bool
	err    error // temporary
}

// at returns the one DMARC record of a domain; of several all are discarded (4.10, step 2).
func (w *walker) at(ctx context.Context, domain string) (dmarcRecord, bool, error) {
	w.mu.Lock()
	if w.asked == nil {
		w.asked = map[string]*answer{}
	}
	a := w.asked[domain]
	if a == nil {
		a = &answer{}
		w.asked[domain] = a
	}
	w.mu.Unlock()
	a.once.Do(func() {
		txts, err := w.resolver.LookupTXT(ctx, "_dmarc."+domain+".")
		if err != nil {
			if isTemporary(err) {
				a.err = bare(err)
			}
			return
		}
		n := 0
		for _, txt := range txts {
			if rec, ok := parseDMARC(txt); ok {
				a.record = rec
				n++
			}
		}
		a.ok = n == 1
	})
	return a.record, a.ok, a.err
}

// walk returns the records from the domain up to the top, longest name first. It stops at a record that
// says whether its domain is a public suffix. A temporary error ends it: what was found below stays, but
// the organizational domain cannot be known.
func (w *walker) walk(ctx context.Context, domain string) ([]found, error) {
	var out []found
	for target := domain; target != ""; {
		rec, ok, err := w.at(ctx, target)
		if err != nil {
			return out, err
		}
		if ok {
			out = append(out, found{target, rec})
			if rec.psd != 'u' {
				return out, nil
			}
		}
		target = nextTarget(target)
	}
	return out, nil
}

// nextTarget drops the leftmost label, or as many as leave seven (4.10, step 4).
func nextTarget(target string) string {
	labels := strings.Count(target, ".") + 1
	if labels <= maxWalkLabels {
		return parentDomain(target)
	}
	for ; labels >= maxWalkLabels; labels-- {
		target = parentDomain(target)
	}
	return target
}

// organizational selects the organizational domain of a domain from its walk (4.10.2). A public suffix is
// never that of a name below it, even where it publishes a record without psd=y, as some that were there
// before that tag do: two strangers below it would vouch for each other. Without any record the standard
// leaves the domain itself; see [org].
func organizational(domain string, records []found) string {
	best := domain
	for _, f := range records {
		if f.record.psd == 'n' {
			return f.domain
		}
		if f.record.psd == 'y' && f.domain != domain {
			return oneBelow(domain, f.domain)
		}
		best = f.domain
	}
	if best != domain && isPublicSuffix(best) {
		return oneBelow(domain, best)
	}
	return best
}

// oneBelow is the ancestor of domain (or itself) that is one label longer than the suffix.
func oneBelow(domain, suffix string) string {
	rest := strings.TrimSuffix(domain, "."+suffix)
	return rest[strings.LastIndexByte(rest, '.')+1:] + "." + suffix
}

// policyFor picks the record that governs the author's domain (4.10.1): its own, else that of its organizational
// domain, else that of the public suffix.
func policyFor(domain, org string, records []found) (found, bool) {
	for _, want := range []string{domain, org} {
		for _, f := range records {
			if f.domain == want {
				return f, true
			}
		}
	}
	if n := len(records); n > 0 && (records[n-1].record.psd == 'y' || isPublicSuffix(records[n-1].domain)) {
		return records[n-1], true
	}
	return found{}, false
}

// policy is what DMARC says about the author's domain, before any result is looked at.
type policy struct {
	domain  string // the author's
	records []found
	org     string
	record  found
	applies bool
	err     error // temporary; nothing but domain is sure
}

func (w *walker) policy(ctx context.Context, domain string) policy {
	p := policy{domain: domain}
	if domain == "" {
		return p
	}
	p.records, p.err = w.walk(ctx, domain)
	p.org = org(domain, p.records)
	p.record, p.applies = policyFor(domain, organizational(domain, p.records), p.records)
	if p.applies && p.record.record.unprocessed {
		p.applies = false
	}
	return p
}

// org is the domain within which identifiers are aligned in relaxed mode: the organizational domain of
// RFC 9989, or where nobody up the tree publishes a record the registered domain by the public suffix
// list. DMARC does not apply then, but whether a signature of example.com vouches for mail.example.com
// still matters to us.
func org(domain string, records []found) string {
	if len(records) == 0 {
		return registeredDomain(domain)
	}
	return organizational(domain, records)
}

// aligned tells whether an authenticated domain speaks for the author's (RFC 9989, 4.4). With an error
// it is not known whether it does.
func (w *walker) aligned(ctx context.Context, p policy, domain string, strict bool) (bool, error) {
	switch {
	case p.domain == "" || domain == "":
		return false, nil
	case domain == p.domain:
		return true, nil
	case p.err != nil:
		if isWithin(domain, registeredDomain(p.domain)) {
			return false, p.err // strict or relaxed, and up to where: not known
		}
		return false, nil
	case strict || !isWithin(domain, p.org):
		// Both domains lie within a common organizational domain or are not aligned.
		return false, nil
	case len(p.records) == 0:
		// Within the registered domain. A public suffix is nobody's: who registered below it is a stranger to it.
		return !isPublicSuffix(p.domain), nil
	}
	records, err := w.walk(ctx, domain)
	if err != nil {
		return false, err
	}
	return org(domain, records) == p.org, nil
}

// nonexistent tells whether the domain has no place in the DNS (RFC 9989, 3.2; RFC 8020).
func (w *walker) nonexistent(ctx context.Context, domain string) (bool, error) {
	if e, ok := w.resolver.(existence); ok {
		exists, err := e.Exists(ctx, domain)
		return !exists && err == nil, bare(err)
	}
	// A resolver that does not tell: no mail and no address there (RFC 9091, 2.6).
	if _, err := w.resolver.LookupMX(ctx, domain+"."); err == nil || !isNotFound(err) {
		return false, bare(err)
	}
	if _, err := w.resolver.LookupNetIP(ctx, "ip", domain+"."); err == nil || !isNotFound(err) {
		return false, bare(err)
	}
	return true, nil
}
