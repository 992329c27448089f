package smtpd

import (
	"strings"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/idna"
)

// envelopeAddress checks a mailbox of MAIL or RCPT as go-smtp read it and writes it in the form that the domain
// uses: the local part as it was, quoted where it must be, the domain in lower-case ASCII. malformed is
// the reply where it is none.
func envelopeAddress(mailbox string, utf8 bool, malformed *smtp.SMTPError) (string, *smtp.SMTPError) {
	if !utf8 && !isASCII(mailbox) {
		return "", replyNeedsUTF8 // RFC 6531 3.5
	}
	i := strings.LastIndexByte(mailbox, '@')
	if i < 1 {
		return "", malformed
	}
	local, domain := mailbox[:i], strings.ToLower(mailbox[i+1:])
	if !isASCII(domain) {
		ascii, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			return "", malformed
		}
		domain = ascii
	}
	if !validDomain(domain) && !validLiteral(domain) {
		return "", malformed
	}
	return quoteLocal(local) + "@" + domain, nil
}

// quoteLocal quotes a local part that is no dot-string (RFC 5321 4.1.2): go-smtp has taken its quotes away.
func quoteLocal(local string) string {
	plain := local[0] != '.' && local[len(local)-1] != '.' && !strings.Contains(local, "..")
	if plain && !strings.ContainsAny(local, "()<>[]:;@\\,\" \t") {
		return local
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"`
}

// validDomain tells whether s is a host name, in lower or upper case; underscores are let pass.
func validDomain(s string) bool {
	if len(s) == 0 || len(s) > 255 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if len(label) == 0 || len(label) > 63 {
			return false
		}
		for _, r := range label {
			switch {
			case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			default:
				return false
			}
		}
	}
	return true
}

// validLiteral tells whether s has the form of an address literal (RFC 5321 4.1.3).
func validLiteral(s string) bool {
	inner, ok := strings.CutPrefix(s, "[")
	if !ok {
		return false
	}
	inner, ok = strings.CutSuffix(inner, "]")
	return ok && inner != "" && strings.Trim(strings.ToLower(inner), "0123456789abcdefghijklmnopqrstuvwxyz.:-") == ""
}
