package smtpd

import (
	"net/netip"
	"strings"
	"time"
)

// traceField is the Received field of a mail (RFC 5321 4.4), from its name to its last CRLF.
func traceField(c *conn, tx *transaction, at time.Time) string {
	var b strings.Builder
	b.WriteString("Received: from " + safeName(c.helo) + " (" + literal(c.ip) + ")\r\n\tby " + c.srv.o.Hostname)
	b.WriteString(" with " + c.protocol(tx.utf8))
	if c.tls != "" {
		b.WriteString(" (" + c.tls + ")")
	}
	b.WriteString("\r\n\tid " + tx.receipt)
	// With several recipients, naming one would tell it to the others (RFC 5321 7.2).
	if len(tx.recipients) == 1 && isASCII(tx.recipients[0]) {
		b.WriteString("\r\n\tfor <" + tx.recipients[0] + ">")
	}
	b.WriteString(";\r\n\t" + at.Format(time.RFC1123Z) + "\r\n")
	return b.String()
}

// protocol is the word for how a mail came (RFC 3848, RFC 6531 4.3).
func (c *conn) protocol(utf8 bool) string {
	word := "SMTP"
	switch {
	case utf8:
		word = "UTF8SMTP"
	case c.esmtp:
		word = "ESMTP"
	}
	if c.tls != "" && c.esmtp {
		word += "S"
	}
	return word
}

func literal(ip netip.Addr) string {
	switch {
	case !ip.IsValid():
		return "[local]"
	case ip.Is6():
		return "[IPv6:" + ip.String() + "]"
	}
	return "[" + ip.String() + "]"
}

// safeName is the client's name for itself with all that a trace field cannot hold replaced.
func safeName(helo string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_.:[]", r):
			return r
		}
		return '?'
	}, helo)
}
