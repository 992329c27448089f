package conversation

import (
	"strings"
	"unicode"

	"recado/internal/message"
)

// MaxRecipients bounds one outgoing mail (RFC 5321 4.5.3.1.8 asks relays for 100).
const MaxRecipients = 100

// Writable tells whether a mail can be written to the address: that it is one, and that every sign of it can be seen.
func Writable(a message.Address) bool {
	return validSender(a) && showable(a.Address, maxAddress) && !strings.ContainsFunc(a.Name, unicode.IsControl)
}

// IsHere tells whether mail to the address comes to ourselves, whether anybody is there or not.
func (d *Directory) IsHere(a message.Address) bool {
	_, status := d.Resolve(a.Address)
	return status != RecipientNotOurs
}

// recipients reads addresses that were asked for; without any, the default one.
func recipients(asked []string, def message.Address) ([]message.Address, error) {
	if len(asked) == 0 {
		if def.Address == "" {
			return nil, nil
		}
		return []message.Address{def}, nil
	}
	var out []message.Address
	for _, s := range asked {
		a, ok := message.ParseAddress(s)
		if !ok || !Writable(a) {
			return nil, errorf(CodeInvalid, "%q is not an e-mail address: write name@example.com", s)
		}
		out = append(out, a)
	}
	return out, nil
}
