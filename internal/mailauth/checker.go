package mailauth

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// defaultTimeout is for all lookups of one mail together. RFC 7208, 4.6.4 asks for at least 20 seconds.
const defaultTimeout = 20 * time.Second

// Checker authenticates mails. Its fields are set before the first use and not changed afterwards; it
// may be used from several goroutines.
type Checker struct {
	Resolver      Resolver         // nil: the system's
	Timeout       time.Duration    // for one mail; 0: 20 seconds
	Now           func() time.Time // nil: time.Now
	MaxSignatures int              // DKIM signatures that are looked at; 0: 8
	Log           *slog.Logger     // nil: none; results at debug level, faults of reading as errors
}

// Request is a mail as it came in.
type Request struct {
	RemoteIP   netip.Addr // of the client
	HELO       string     // its name for itself
	MailFrom   string     // the return path, without angle brackets; empty: null
	FromDomain string     // domain of the author in header From; empty: there is none, so nothing can be aligned
	Mail       io.ReaderAt
	Size       int64 // octets of Mail
}

// Verdict is what all results together say about the author.
type Verdict string

// The verdicts (see the package documentation).
const (
	Verified   Verdict = "verified"
	Unverified Verdict = "unverified"
	Failed     Verdict = "failed"
)

// Result words (RFC 8601, 2.7). DMARC knows pass, fail, none, temperror and permerror.
const (
	resultNone      = "none"
	resultPass      = "pass"
	resultFail      = "fail"
	resultSoftFail  = "softfail"
	resultNeutral   = "neutral"
	resultTempError = "temperror"
	resultPermError = "permerror"
)

// Policies of DMARC.
const (
	policyNone       = "none"
	policyQuarantine = "quarantine"
	policyReject     = "reject"
)

// SPFResult is the outcome of SPF.
type SPFResult struct {
	Result   string // pass, fail, softfail, neutral, none, temperror, permerror
	Identity string // mailfrom, or helo where the return path is null
	Domain   string // whose record was asked for
	Aligned  bool   // with the author's domain; only ever with a pass
	Explain  string // a sentence in English
}

// DKIMResult is the outcome of one signature.
type DKIMResult struct {
	Result   string // pass, fail, neutral, temperror, permerror
	Domain   string // d=
	Selector string // s=
	Aligned  bool   // with the author's domain; only ever with a pass
	Explain  string // a sentence in English

	algorithm string // a=
}

// DMARCResult is the outcome of DMARC.
type DMARCResult struct {
	Result  string // pass, fail, none, temperror
	Domain  string // where the record that governs was found; empty: none was
	Policy  string // none, quarantine, reject: after sp, np and test mode; empty without a record
	Explain string // a sentence in English
}

// Result is what [Checker.Check] found out.
type Result struct {
	Verdict Verdict
	SPF     SPFResult
	DKIM    []DKIMResult // in the order of the header, at most MaxSignatures; none for an unsigned mail
	DMARC   DMARCResult
	// Temporary: nothing verifies the author, and DNS that did not answer may be why. A later try can end
	// otherwise, so the mail may be answered 451 4.4.3. The verdict is then unverified, never failed.
	Temporary bool
	Evidence  []string // sentences in English, the most telling first

	from string // the author's domain
}

// Check authenticates one mail. It always returns a result: what cannot be found out in time is a temperror.
func (c *Checker) Check(ctx context.Context, r Request) Result {
	if c.Resolver == nil {
		withResolver := *c
		withResolver.Resolver = NewResolver("")
		c = &withResolver
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	var (
		wg   sync.WaitGroup
		res  = Result{from: normalDomain(r.FromDomain)}
		walk = &walker{resolver: c.Resolver}
		pol  policy
	)
	wg.Go(func() { res.SPF = c.checkSPF(ctx, r) })
	wg.Go(func() { res.DKIM = c.checkDKIM(ctx, r) })
	wg.Go(func() { pol = walk.policy(ctx, res.from) })
	wg.Wait()

	walk.judge(ctx, &res, pol)
	res.Evidence = evidence(res, r)
	c.log().DebugContext(ctx, "authenticated", "verdict", res.Verdict, "temporary", res.Temporary, "from", res.from,
		"spf", res.SPF.Result, "dkim", res.DKIMWord(), "dmarc", res.DMARC.Result, "policy", res.DMARC.Policy)
	return res
}

func (c *Checker) log() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	return slog.New(slog.DiscardHandler)
}

func (c *Checker) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}
