package conversation

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// One-time passwords by time (RFC 6238) as every authenticator app makes them unless told otherwise: HMAC-SHA-1,
// six digits, steps of 30 seconds since 1970.
const (
	totpSecret = 20               // octets: 160 bits (RFC 4226 4, R6)
	totpStep   = 30 * time.Second // RFC 6238 5.2
	totpDigits = 6
	totpSkew   = 1 // steps that the app's clock may be off, either way (RFC 6238 5.2, 6)
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// newTOTPSecret is what the app and we share.
func newTOTPSecret() []byte {
	b := make([]byte, totpSecret)
	rand.Read(b) // never fails since Go 1.24
	return b
}

// hotp is the number of RFC 4226 5.3, before it is cut to its digits.
func hotp(secret []byte, counter uint64) uint32 {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, counter))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	return binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
}

// totp is the code of a step.
func totp(secret []byte, step int64) string {
	return fmt.Sprintf("%0*d", totpDigits, hotp(secret, uint64(step))%1_000_000)
}

// totpStepAt is the step of a moment.
func totpStepAt(now time.Time) int64 { return now.Unix() / int64(totpStep/time.Second) }

// acceptTOTP tells of which step the code is: one around now, and after the last that was taken, so that a code is
// good once (RFC 6238 5.2). All are compared, each in constant time; of two alike the later one counts, since the
// earlier would leave the same digits good.
func acceptTOTP(secret []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	current := totpStepAt(now)
	for s := current - totpSkew; s <= current+totpSkew; s++ {
		if subtle.ConstantTimeCompare([]byte(totp(secret, s)), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// Enrolment is what an app is told to make codes from then on.
type Enrolment struct {
	Account string // the agent's address
	Secret  string // base32
}

// Groups are the secret as a person copies it.
func (e *Enrolment) Groups() []string {
	var out []string
	for s := e.Secret; s != ""; {
		n := min(4, len(s))
		out, s = append(out, s[:n]), s[n:]
	}
	return out
}

// URI is the secret as apps read it from a QR code. The issuer tells one installation from another in their lists.
// What is left out (algorithm, digits, period) is as they take it to be, and a code with less in it is read more easily.
func (e *Enrolment) URI(issuer string) string {
	issuer = strings.ReplaceAll(issuer, ":", " ") // divides the issuer from the account
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(e.Account) +
		"?secret=" + e.Secret + "&issuer=" + strings.ReplaceAll(url.QueryEscape(issuer), "+", "%20") // apps show a plus as it is
}
