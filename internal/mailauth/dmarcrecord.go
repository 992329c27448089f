package mailauth

import (
	"net/url"
	"strings"
)

// dmarcRecord is a DMARC policy record (RFC 9989, 4.7), with the defaults filled in.
type dmarcRecord struct {
	policy       string // p
	subdomain    string // sp; empty: p
	nonexistent  string // np; empty: sp
	strictDKIM   bool   // adkim=s
	strictSPF    bool   // aspf=s
	testing      bool   // t=y
	psd          byte   // 'y', 'n', or 'u' for neither
	unprocessed  bool   // malformed where it matters, and nobody to tell (4.10.1): no DMARC processing
	explainWrong string // what is malformed
}

// parseDMARC reads a record; false where it is none, since it does not begin with v=DMARC1, exactly. A
// wrong value is as good as none (4.7), except that without valid p, sp and np the record asks for nothing
// (p=none) where somebody receives reports, and is not processed where nobody does (4.10.1). pct is gone.
func parseDMARC(txt string) (dmarcRecord, bool) {
	rec := dmarcRecord{psd: 'u'}
	head, rest, _ := strings.Cut(txt, ";")
	name, version, ok := strings.Cut(head, "=")
	if !ok || strings.TrimRight(name, " \t") != "v" || strings.Trim(version, " \t") != "DMARC1" {
		return rec, false
	}
	tags := map[string]string{}
	for pair := range strings.SplitSeq(rest, ";") {
		name, value, ok := strings.Cut(pair, "=")
		name = strings.ToLower(strings.Trim(name, " \t"))
		if _, dup := tags[name]; ok && !dup {
			tags[name] = strings.Trim(value, " \t")
		}
	}
	for _, f := range []struct {
		tag      string
		to       *string
		required bool
	}{{"p", &rec.policy, true}, {"sp", &rec.subdomain, false}, {"np", &rec.nonexistent, false}} {
		value, ok := tags[f.tag]
		value = strings.ToLower(value)
		switch {
		case value == policyNone || value == policyQuarantine || value == policyReject:
			*f.to = value
		case ok || f.required:
			rec.explainWrong = "no valid " + f.tag + " tag"
		}
	}
	if rec.explainWrong != "" {
		rec.policy, rec.subdomain, rec.nonexistent = policyNone, "", ""
		rec.unprocessed = !hasReportURI(tags["rua"])
	}
	rec.strictDKIM = strings.EqualFold(tags["adkim"], "s")
	rec.strictSPF = strings.EqualFold(tags["aspf"], "s")
	rec.testing = strings.EqualFold(tags["t"], "y")
	if psd := strings.ToLower(tags["psd"]); psd == "y" || psd == "n" {
		rec.psd = psd[0]
	}
	return rec, true
}

// hasReportURI tells whether one of the comma-separated URIs is valid (RFC 3986).
func hasReportURI(list string) bool {
	for s := range strings.SplitSeq(list, ",") {
		u, err := url.Parse(strings.Trim(s, " \t"))
		if err == nil && u.Scheme != "" && (u.Opaque != "" || u.Host != "") {
			return true
		}
	}
	return false
}

// applied is the policy for the author's domain (4.10.1), one level lower in test mode (4.7, t).
func (r dmarcRecord) applied(ownRecord, exists bool) string {
	p := r.policy
	if !ownRecord {
		if r.subdomain != "" {
			p = r.subdomain
		}
		if !exists && r.nonexistent != "" {
			p = r.nonexistent
		}
	}
	if r.testing {
		switch p {
		case policyReject:
			return policyQuarantine
		case policyQuarantine:
			return policyNone
		}
	}
	return p
}
