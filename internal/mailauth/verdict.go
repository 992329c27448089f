package mailauth

import (
	"context"
	"fmt"
)

// judge fills in alignment, DMARC, the verdict and Temporary.
func (w *walker) judge(ctx context.Context, res *Result, p policy) {
	strictSPF, strictDKIM := false, false
	if p.applies {
		strictSPF, strictDKIM = p.record.record.strictSPF, p.record.record.strictDKIM
	}
	// open: something that did not answer could have been an aligned pass.
	open := false
	consider := func(result, domain string, strict bool) bool {
		if result != resultPass && result != resultTempError {
			return false
		}
		aligned, err := w.aligned(ctx, p, domain, strict)
		if err != nil || (aligned && result == resultTempError) {
			open = true
		}
		return aligned && err == nil && result == resultPass
	}
	res.SPF.Aligned = consider(res.SPF.Result, res.SPF.Domain, strictSPF)
	verified := res.SPF.Aligned
	for i := range res.DKIM {
		d := &res.DKIM[i]
		d.Aligned = consider(d.Result, d.Domain, strictDKIM)
		verified = verified || d.Aligned
	}
	res.DMARC = w.judgeDMARC(ctx, p, verified, open)
	switch {
	case verified:
		res.Verdict = Verified
	case open || res.DMARC.Result == resultTempError:
		res.Verdict, res.Temporary = Unverified, true
	case res.DMARC.Result == resultFail && res.DMARC.Policy != policyNone:
		res.Verdict = Failed
	default:
		res.Verdict = Unverified
	}
}

// judgeDMARC tells the result of DMARC: open says that an aligned pass cannot be ruled out.
func (w *walker) judgeDMARC(ctx context.Context, p policy, verified, open bool) DMARCResult {
	switch {
	case p.domain == "":
		return DMARCResult{Result: resultNone, Explain: "the mail names no author's domain"}
	case p.err != nil:
		return DMARCResult{Result: resultTempError, Explain: fmt.Sprintf("the DNS of %s does not answer: %s", p.domain, dnsReason(p.err))}
	case !p.applies && p.record.record.unprocessed:
		return DMARCResult{Result: resultNone, Domain: p.record.domain,
			Explain: fmt.Sprintf("the DMARC record of %s is malformed: %s", p.record.domain, p.record.record.explainWrong)}
	case !p.applies:
		return DMARCResult{Result: resultNone, Explain: p.domain + " publishes no DMARC record"}
	}
	out := DMARCResult{Domain: p.record.domain}
	rec, own := p.record.record, p.record.domain == p.domain
	exists := true
	var err error
	if !own && rec.nonexistent != "" && !verified {
		var gone bool
		gone, err = w.nonexistent(ctx, p.domain)
		exists = !gone
	}
	out.Policy = rec.applied(own, exists)
	asks := policySentence(out.Domain, out.Policy, rec.testing)
	switch {
	case verified:
		out.Result, out.Explain = resultPass, "DMARC passes; "+asks
	case open:
		out.Result, out.Explain = resultTempError, "SPF or DKIM may yet pass, once the DNS answers"
	case err != nil:
		out.Result, out.Explain = resultTempError, fmt.Sprintf("whether %s exists is not known: %s", p.domain, dnsReason(err))
	default:
		out.Result, out.Explain = resultFail, "DMARC fails; "+asks
	}
	return out
}

func policySentence(domain, policy string, testing bool) string {
	var s string
	switch policy {
	case policyReject:
		s = domain + " asks to reject mail that fails"
	case policyQuarantine:
		s = domain + " asks to treat mail that fails as suspicious"
	default:
		s = domain + " asks for nothing when mail fails"
	}
	if testing {
		s += " (test mode)"
	}
	return s
}

// evidence puts the result into sentences, the reason of the verdict first.
func evidence(res Result, r Request) []string {
	var first, rest []string
	for _, d := range res.DKIM {
		switch {
		case d.Aligned:
			first = append(first, d.Domain+" vouches for this sender: DKIM signature, aligned")
		case d.Result == resultPass:
			rest = append(rest, fmt.Sprintf("%s signed this mail (DKIM), which says nothing about %s", d.Domain, fromText(res.from)))
		default:
			rest = append(rest, fmt.Sprintf("DKIM signature of %s: %s, %s", domainText(d.Domain), d.Result, d.Explain))
		}
	}
	if len(res.DKIM) == 0 {
		rest = append(rest, "the mail has no DKIM signature")
	}
	switch {
	case res.SPF.Aligned:
		first = append(first, fmt.Sprintf("%s vouches for this sender: SPF, %s may send for it, aligned", res.SPF.Domain, ipText(r.RemoteIP)))
	case res.SPF.Result == resultPass:
		rest = append(rest, fmt.Sprintf("SPF: %s, which says nothing about %s", res.SPF.Explain, fromText(res.from)))
	default:
		rest = append(rest, fmt.Sprintf("SPF: %s, %s", res.SPF.Result, res.SPF.Explain))
	}
	if res.DMARC.Result == resultFail || res.DMARC.Result == resultTempError {
		first = append(first, res.DMARC.Explain)
	} else {
		rest = append(rest, res.DMARC.Explain)
	}
	out := append(first, rest...)
	for i := range out {
		out[i] = clip(printable(out[i]), 300)
	}
	return out
}

func fromText(domain string) string {
	if domain == "" {
		return "the author"
	}
	return domain
}

func domainText(domain string) string {
	if domain == "" {
		return "no domain"
	}
	return domain
}

// DKIMWord is the outcome of DKIM in one word: that of the signature that says most, none without any.
func (r Result) DKIMWord() string {
	rank := map[string]int{resultNone: 0, resultPermError: 1, resultNeutral: 2, resultFail: 3, resultTempError: 4, resultPass: 5}
	best := resultNone
	for _, d := range r.DKIM {
		if rank[d.Result] > rank[best] {
			best = d.Result
		}
	}
	return best
}
