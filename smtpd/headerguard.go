package smtpd

import "github.com/emersion/go-smtp"

// Bounds of a mail's header. Verifying a signature costs time that grows with the square of folded
// lines: 160,000 of them took 41 seconds, so these keep it below a twentieth of one. The mails that people get
// have headers of some 5 to 60 KiB.
const (
	maxHeaderOctets = 512 << 10
	maxHeaderLines  = 5000
)

// headerGuard watches a mail go by until its header ends: the empty line that every reader of it agrees on
// (LF LF or LF CRLF). A bare CR counts as a line, as tolerant readers take it for one.
type headerGuard struct {
	octets, lines int
	text          bool // the line holds something
	cr            bool // the octet before was a CR
	done          bool
}

// scan looks at the next octets and returns the reply to refuse the mail with, or nil.
func (g *headerGuard) scan(chunk []byte) *smtp.SMTPError {
	for _, b := range chunk {
		if g.done {
			return nil
		}
		g.octets++
		switch b {
		case '\n':
			g.lines++
			g.done = !g.text
			g.text, g.cr = false, false
		default:
			if g.cr {
				g.lines++
			}
			g.text = g.text || g.cr || b != '\r'
			g.cr = b == '\r'
		}
		if g.octets > maxHeaderOctets {
			return replyHeaderTooLarge
		}
		if g.lines > maxHeaderLines {
			return replyHeaderTooManyLines
		}
	}
	return nil
}
