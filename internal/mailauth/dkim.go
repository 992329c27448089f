package mailauth

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/emersion/go-msgauth/dkim"
)

// Bounds of what is given to the DKIM library, whose time grows with the square of a field's folded
// lines. smtpd has its own, tighter limits; these hold for whoever else calls.
const (
	maxHeaderBytes = 1 << 20
	maxHeaderLines = 10_000
	maxSignatures  = 8    // default of Checker.MaxSignatures
	maxKeyRecord   = 4096 // octets: RSA of 8192 bits takes 1400, and a key of 64 kB would take seconds to verify with
)

// checkDKIM verifies the first signatures (RFC 6376, RFC 8301, RFC 8463), in the order of the header.
//
// A signature that covers only the beginning of the body (l=) counts as neutral: what is appended to it
// would bear the signer's name. So does one whose key is in test mode (t=y), which must not be treated
// otherwise than no signature (3.6.1). A mail with line ends other than CRLF is not what any signer signed.
func (c *Checker) checkDKIM(ctx context.Context, r Request) []DKIMResult {
	sigs, err := readSignatures(r)
	if errors.Is(err, errLargeHeader) {
		return []DKIMResult{{Result: resultPermError, Explain: err.Error()}}
	} else if err != nil && !errors.Is(err, errWhichFrom) {
		c.log().ErrorContext(ctx, "read the header for DKIM", "error", err)
		return []DKIMResult{{Result: resultPermError, Explain: "the mail cannot be read"}}
	}
	if len(sigs) == 0 {
		return nil
	}
	limit := c.MaxSignatures
	if limit <= 0 {
		limit = maxSignatures
	}
	sigs = sigs[:min(len(sigs), limit)]
	if err != nil {
		return unverifiable(sigs, err)
	}
	keys := &keyLookup{ctx: ctx, resolver: c.Resolver, records: map[string]string{}}
	mail := &quietReader{r: io.NewSectionReader(r.Mail, 0, r.Size)}
	verified, err := dkim.VerifyWithOptions(mail, &dkim.VerifyOptions{LookupTXT: keys.lookup, MaxVerifications: limit})
	switch {
	case mail.err != nil:
		c.log().ErrorContext(ctx, "read the mail for DKIM", "error", mail.err)
		err = errors.New("the mail cannot be read")
	case errors.Is(err, dkim.ErrTooManySignatures):
		err = nil
	case err == nil && len(verified) != len(sigs):
		err = errors.New("the header is read in two ways")
	}
	out := make([]DKIMResult, len(sigs))
	for i, sig := range sigs {
		out[i] = sig.result()
		switch {
		case err != nil:
			out[i].Result, out[i].Explain = resultPermError, err.Error()
		case mail.bareLF:
			out[i].Result, out[i].Explain = resultPermError, "the mail has line ends other than CRLF"
		default:
			c.judgeSignature(&out[i], sig, verified[i], keys)
		}
	}
	return out
}

// unverifiable is the result of signatures that cannot be looked at for one reason.
func unverifiable(sigs []signature, err error) []DKIMResult {
	out := make([]DKIMResult, len(sigs))
	for i, sig := range sigs {
		out[i] = sig.result()
		out[i].Result, out[i].Explain = resultPermError, err.Error()
	}
	return out
}

// result is what a signature says of itself.
func (s signature) result() DKIMResult {
	return DKIMResult{Domain: clip(printable(normalDomain(s.tag("d"))), 255), Selector: clip(printable(s.tag("s")), 100), algorithm: clip(s.tag("a"), 100)}
}

// judgeSignature turns the library's verdict on one signature into ours.
func (c *Checker) judgeSignature(out *DKIMResult, sig signature, v *dkim.Verification, keys *keyLookup) {
	_, partial := sig["l"]
	key := keys.flags(sig)
	switch err := v.Err; {
	case partial:
		out.Result, out.Explain = resultNeutral, "the signature covers only a part of the body (l=)"
	case dkim.IsTempFail(err):
		out.Result, out.Explain = resultTempError, "the DNS of the key does not answer"
	case dkim.IsPermFail(err):
		out.Result, out.Explain = resultPermError, dkimReason(err)
	case key["y"]:
		out.Result, out.Explain = resultNeutral, "the key is in test mode (t=y)"
	case err != nil:
		out.Result, out.Explain = resultFail, dkimReason(err)
	case key["s"] && !identifierIsDomain(sig):
		out.Result, out.Explain = resultPermError, "the key allows no subdomains (t=s), and i= names one" // RFC 6376, 3.6.1
	case sig.expired(c.now()):
		out.Result, out.Explain = resultPermError, "the signature has expired"
	default:
		out.Result, out.Explain = resultPass, "the signature verifies"
	}
}

func dkimReason(err error) string {
	return clip(printable(strings.TrimPrefix(err.Error(), "dkim: ")), 200)
}

// identifierIsDomain: the domain of i= is that of d=, as it is when i= is missing.
func identifierIsDomain(s signature) bool {
	i, ok := s["i"]
	if !ok {
		return true
	}
	_, domain := splitAddress(stripSpace(i))
	return normalDomain(domain) == normalDomain(s.tag("d"))
}

// keyLookup asks for key records and remembers them, for the flags that the library leaves aside.
type keyLookup struct {
	ctx      context.Context
	resolver Resolver

	mu      sync.Mutex
	records map[string]string
}

// lookup is called by the library from a goroutine for each signature.
func (k *keyLookup) lookup(name string) ([]string, error) {
	txts, err := k.resolver.LookupTXT(k.ctx, strings.TrimSuffix(name, ".")+".")
	if err != nil {
		return nil, bare(err)
	}
	if len(txts) == 1 && len(txts[0]) > maxKeyRecord {
		return nil, &net.DNSError{Err: "the key record is too large", Name: name}
	}
	if len(txts) == 1 {
		k.mu.Lock()
		k.records[strings.ToLower(name)] = txts[0]
		k.mu.Unlock()
	}
	return txts, nil
}

// flags are the t= of the signature's key record.
func (k *keyLookup) flags(s signature) map[string]bool {
	k.mu.Lock()
	record := k.records[strings.ToLower(s.tag("s")+"._domainkey."+s.tag("d"))]
	k.mu.Unlock()
	out := map[string]bool{}
	for flag := range strings.SplitSeq(parseTags(record).tag("t"), ":") {
		out[flag] = true
	}
	return out
}

// quietReader hands over the mail, notes a line feed without a carriage return, and turns a read error
// into an end that it remembers: on an error the library would leave its goroutines waiting for ever.
type quietReader struct {
	r      io.Reader
	last   byte
	bareLF bool
	err    error
}

func (q *quietReader) Read(p []byte) (int, error) {
	n, err := q.r.Read(p)
	if !q.bareLF {
		q.bareLF = hasBareLF(q.last, p[:n])
	}
	if n > 0 {
		q.last = p[n-1]
	}
	if err != nil && !errors.Is(err, io.EOF) {
		q.err, err = err, io.EOF
	}
	return n, err
}

func hasBareLF(last byte, p []byte) bool {
	for from := 0; ; {
		i := bytes.IndexByte(p[from:], '\n')
		if i < 0 {
			return false
		}
		i += from
		if i > 0 {
			last = p[i-1]
		}
		if last != '\r' {
			return true
		}
		from = i + 1
	}
}
