package conversation

import (
	"crypto/rand"
	"crypto/subtle"
	"slices"
	"strings"
)

const (
	recoveryCodes = 10
	recoveryBytes = 10 // 80 bits of chance each: what cannot be guessed needs no slow hash
	recoveryGroup = 4  // characters between two hyphens
)

// newRecoveryCodes are codes that stand in for the app's, each once, and their hashes, which alone are kept.
func newRecoveryCodes() (codes, hashes []string) {
	for range recoveryCodes {
		b := make([]byte, recoveryBytes)
		rand.Read(b) // never fails since Go 1.24
		plain := strings.ToLower(base32Text.EncodeToString(b))
		hashes = append(hashes, tokenHash(plain))
		var groups []string
		for group := range slices.Chunk([]byte(plain), recoveryGroup) {
			groups = append(groups, string(group))
		}
		codes = append(codes, strings.Join(groups, "-"))
	}
	return codes, hashes
}

// plainCode is a code of either kind as it is compared: without what people put between its groups, and with the
// letters for which they read the digits that no recovery code has. Codes of digits alone stay as they are.
func plainCode(s string) string {
	s = strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\t", "").Replace(strings.ToLower(strings.TrimSpace(s)))
	if len(s) == base32Text.EncodedLen(recoveryBytes) {
		s = strings.NewReplacer("0", "o", "1", "l", "8", "b").Replace(s)
	}
	return s
}

// takeRecoveryCode returns the hashes without the code's. All are compared, each in constant time.
func takeRecoveryCode(hashes []string, code string) (left []string, ok bool) {
	hash := []byte(tokenHash(code))
	for _, h := range hashes {
		if subtle.ConstantTimeCompare([]byte(h), hash) == 1 {
			ok = true
		} else {
			left = append(left, h)
		}
	}
	return left, ok
}
