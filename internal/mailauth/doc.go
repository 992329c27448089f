// Package mailauth finds out whether a mail comes from where it says: SPF (RFC 7208), DKIM (RFC 6376, RFC 8301,
// RFC 8463) and DMARC (RFC 9989) make one verdict with its evidence.
//
// How a mail flows through [Checker.Check], under one deadline:
//
//	Request ─┬─ checkSPF    spf.go: syntax of every record first (spfsyntax.go), then the library
//	         ├─ checkDKIM   dkim.go: at most 8 signatures, what the library leaves aside (l=, t=)
//	         └─ policy      dmarc.go: tree walk from the author's domain (records: dmarcrecord.go)
//	               │
//	            judge       verdict.go: who is aligned with the author's domain, what the policy says,
//	               │        and whether DNS that did not answer stands in the way
//	            Result      Verdict, SPF, DKIM, DMARC, Temporary, Evidence; as a header: authres.go
//
// The DNS is asked through resolver.go, which remembers answers (cache.go).
//
// The verdict is verified when a DKIM or SPF pass is aligned with the author's domain, whether or not that
// domain publishes DMARC; failed when DMARC fails and the policy that applies is quarantine or reject; else
// unverified. A verified mail is verified whatever else failed to answer.
//
// Alignment is relaxed unless the DMARC record says otherwise: within the organizational domain that
// the tree walk finds. The public suffix list (golang.org/x/net/publicsuffix) is used twice: where nobody
// up the tree publishes a record, the registered domain takes the organizational domain's place; and a public
// suffix is never the organizational domain of a name below it, whatever record it publishes.
//
// Deviations. SPF: a domain of one label is let pass in a record (it can only fail to resolve), a slash
// within a domain is a permerror, the macro %{p} is always "unknown", explanations (exp=) are checked for syntax
// and never fetched. DKIM: a signature with l= is neutral, never a pass. DMARC: the public suffix list as said
// above; no reports are sent.
//
// Everything in a mail and in the DNS is a stranger's: header size, signatures, lookups and time are
// bounded, and what is quoted in Evidence and in the header is printable and short.
package mailauth
