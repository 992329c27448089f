package conversation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// Signer proves that a Message-ID or a return path was made by us, and for which message. Both forms
// compare without regard to case, since some relays fold it (rule 12).
type Signer struct {
	secrets [][]byte
}

// NewSigner makes one that signs with the first secret and verifies with all: a changed secret leaves
// what the old one signed valid. Each secret is at least 16 octets.
func NewSigner(secrets ...[]byte) *Signer { return &Signer{secrets: secrets} }

var macEncoding = base32.NewEncoding(idAlphabet).WithPadding(base32.NoPadding)

// macLength is 16 characters of base 32: 80 bits, too many to guess over SMTP.
const macLength = 16

func mac(secret []byte, use, id string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(use))
	h.Write([]byte{0})
	h.Write([]byte(id))
	return macEncoding.EncodeToString(h.Sum(nil)[:10])
}

const (
	useMessageID  = "message-id"
	useReturnPath = "return-path"
)

// MessageID is "id.mac@domain", without angle brackets.
func (s *Signer) MessageID(id, domain string) string {
	return id + "." + mac(s.secrets[0], useMessageID, id) + "@" + domain
}

// ReturnPath is "b+id.mac@domain": 45 octets before the @, of the 64 that RFC 5321 4.5.3.1.1 allows.
func (s *Signer) ReturnPath(id, domain string) string {
	return "b+" + id + "." + mac(s.secrets[0], useReturnPath, id) + "@" + domain
}

// OpenMessageID returns the id of our message that messageID (without angle brackets) proves, "" for any other.
func (s *Signer) OpenMessageID(messageID string) string {
	local, _, ok := cutAddress(messageID)
	if !ok {
		return ""
	}
	return s.open(useMessageID, local)
}

// IsReturnPath tells whether the address has the form of a return path of ours, whoever made it.
func (s *Signer) IsReturnPath(address string) bool {
	local, _, _ := cutAddress(strings.ToLower(address))
	token, ok := strings.CutPrefix(local, "b+")
	id, m, ok2 := strings.Cut(token, ".")
	return ok && ok2 && len(id) == idLength && len(m) == macLength
}

// OpenReturnPath returns the id of our message that a report to address is about, "" when the mac is not ours.
func (s *Signer) OpenReturnPath(address string) string {
	local, _, ok := cutAddress(strings.ToLower(address))
	if !ok {
		return ""
	}
	token, ok := strings.CutPrefix(local, "b+")
	if !ok {
		return ""
	}
	return s.open(useReturnPath, token)
}

func (s *Signer) open(use, token string) string {
	id, m, ok := strings.Cut(strings.ToLower(token), ".")
	if !ok || !ValidID(id) || len(m) != macLength {
		return ""
	}
	for _, secret := range s.secrets {
		if hmac.Equal([]byte(m), []byte(mac(secret, use, id))) {
			return id
		}
	}
	return ""
}
