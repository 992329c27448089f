package smtpd

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"syscall"

	"github.com/emersion/go-smtp"

	"recado/conversation"
	"recado/internal/reputation"
)

// newReply makes a reply: RFC 5321 4.2 code, RFC 3463 status, words. go-smtp matches the type by assertion, so
// a reply must never be wrapped; why it was given goes to the log and not to the client.
func newReply(code int, status smtp.EnhancedCode, text string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: status, Message: text}
}

type status = smtp.EnhancedCode

// Replies to commands.
var (
	replyHelp             = newReply(214, status{2, 0, 0}, "This server receives mail: RFC 5321")
	replyReadyForTLS      = newReply(220, status{2, 0, 0}, "Ready to start TLS")
	replySenderOK         = newReply(250, status{2, 1, 0}, "Sender ok")
	replyRecipientOK      = newReply(250, status{2, 1, 5}, "Recipient ok")
	replyGoAhead          = newReply(354, smtp.NoEnhancedCode, "End data with <CR><LF>.<CR><LF>")
	replyLineTooLong      = newReply(500, status{5, 5, 6}, "Command line too long")
	replyUnknownCommand   = newReply(500, status{5, 5, 1}, "Command not recognized")
	replyBadSyntax        = newReply(501, status{5, 5, 2}, "Bad syntax")
	replyNoHelloName      = newReply(501, status{5, 5, 4}, "Say who you are: EHLO your.host.name")
	replyNoTLS            = newReply(502, status{5, 5, 1}, "TLS is not available")
	replyNoAuth           = newReply(502, status{5, 5, 1}, "AUTH is not offered: mail is received here, not submitted")
	replyNoBdat           = newReply(502, status{5, 5, 1}, "BDAT is not offered, closing the connection")
	replyTLSBusy          = newReply(454, status{4, 7, 0}, "TLS is not available at the moment, try again later")
	replyHelloFirst       = newReply(503, status{5, 5, 1}, "Send EHLO or HELO first")
	replyOutOfOrder       = newReply(503, status{5, 5, 1}, "Command out of order")
	replyUnknownParameter = newReply(555, status{5, 5, 4}, "Parameter not recognized or not implemented")
)

// Replies that end a connection.
var (
	replyIdle           = newReply(421, status{4, 4, 2}, "Idle for too long, closing the connection")
	replyTooSlow        = newReply(421, status{4, 4, 2}, "The mail came too slowly, closing the connection")
	replyCut            = newReply(421, status{4, 4, 2}, "The mail broke off, closing the connection")
	replyTooManyErrors  = newReply(421, status{4, 7, 0}, "Too many errors, closing the connection")
	replyTooManyIdle    = newReply(421, status{4, 7, 0}, "Too many commands without a mail, closing the connection")
	replyTooManyRefused = newReply(421, status{4, 7, 0}, "Too many refused recipients, closing the connection")
	replyNotHTTP        = newReply(421, status{4, 7, 0}, "This is not a web server, closing the connection")
)

func replyShutdown(host string) error {
	return newReply(421, status{4, 3, 2}, host+" is shutting down, try again soon")
}

// turnedAwayReply is what a client hears that may not connect.
func turnedAwayReply(why turnedAway, host string) error {
	switch why {
	case shuttingDown:
		return replyShutdown(host)
	case tooManyOfAddress:
		return newReply(421, status{4, 7, 0}, host+" has too many connections from your address, try again later")
	case tooManyOfNetwork:
		return newReply(421, status{4, 7, 0}, host+" has too many connections from your network, try again later")
	case tooFast:
		return newReply(421, status{4, 7, 0}, "You connect to "+host+" too often, try again in a minute")
	}
	return newReply(421, status{4, 7, 0}, host+" has too many connections, try again later")
}

func replyEarlyTalker(host string) error {
	return newReply(554, status{5, 5, 1}, host+" was not greeted yet: wait for the banner before you send")
}

func replyHelo(host string) error { return newReply(250, smtp.NoEnhancedCode, host) }

// Replies to MAIL, RCPT and DATA.
var (
	replyTooLarge           = newReply(552, status{5, 3, 4}, "Message too large")
	replyHeaderTooLarge     = newReply(552, status{5, 3, 4}, fmt.Sprintf("The message's header has more than %d octets", maxHeaderOctets))
	replyHeaderTooManyLines = newReply(554, status{5, 6, 0}, fmt.Sprintf("The message's header has more than %d lines", maxHeaderLines))
	replyNeedsUTF8          = newReply(553, status{5, 6, 7}, "An address that is not ASCII needs SMTPUTF8")
	replyBadSender          = newReply(501, status{5, 1, 7}, "Bad syntax in the sender's address")
	replyBadRecipient       = newReply(501, status{5, 1, 3}, "Bad syntax in the recipient's address")
	replyNoRoom             = newReply(452, status{4, 3, 1}, "No room for mail at the moment, try again later")
	replyFault              = newReply(451, status{4, 3, 0}, "Something failed on our side, try again later")
	replyNoTransaction      = newReply(503, status{5, 5, 1}, "Send MAIL and RCPT first")
)

// accepted is the reply to a mail that is stored. The receipt finds it in the log and the journal.
func accepted(receipt string) *smtp.SMTPError {
	return newReply(250, status{2, 0, 0}, "Ok: "+receipt)
}

// recipientReply is what RCPT is answered (rule 4); nil for a recipient that is taken.
func recipientReply(s conversation.RecipientStatus) *smtp.SMTPError {
	switch s {
	case conversation.RecipientOK, conversation.RecipientAlways:
		return nil
	case conversation.RecipientNotOurs:
		return newReply(550, status{5, 7, 1}, "Relaying denied: we do not receive mail for this domain")
	case conversation.RecipientInactive:
		return newReply(550, status{5, 2, 1}, "This address is not active")
	case conversation.RecipientNotReceiving:
		return newReply(550, status{5, 7, 1}, "This address only sends mail")
	default:
		return newReply(550, status{5, 1, 1}, "No such address here")
	}
}

// replyListed tells a client where it is listed, and who hears it all the same.
func replyListed(ip netip.Addr, by reputation.Listing) *smtp.SMTPError {
	return newReply(550, status{5, 7, 1}, fmt.Sprintf("Your address %s is listed by %s (%s); postmaster here takes your mail", literal(ip), by.Zone, by.Answer))
}

// outcomeReply is what the sender of a judged mail is told.
func outcomeReply(o *conversation.Outcome, receipt string) *smtp.SMTPError {
	switch o.Action {
	case conversation.Accepted:
		return accepted(receipt)
	case conversation.Refused:
		return refusal(o.Reason)
	case conversation.Later:
		if o.Reason == conversation.ReasonDNSTemporary {
			return newReply(451, status{4, 4, 3}, "The DNS of the sender's domain does not answer, try again later")
		}
		return newReply(451, status{4, 7, 1}, "Not now, try again later")
	}
	return replyFault
}

func refusal(r conversation.Reason) *smtp.SMTPError {
	switch r {
	case conversation.ReasonLoopReceived:
		return newReply(554, status{5, 4, 6}, "Too many hops: this message is in a loop")
	case conversation.ReasonFromMalformed:
		return newReply(550, status{5, 6, 0}, "The message needs one From field that names its sender")
	case conversation.ReasonDMARCPolicy:
		return newReply(550, status{5, 7, 1}, "Refused as the DMARC policy of the sender's domain asks")
	}
	return newReply(550, status{5, 7, 1}, "Message refused")
}

// notReady is what MAIL is answered while no mail can be taken: 452 where there is no room, which is what Ready
// mostly says, 451 where the system reported another fault.
func notReady(err error) *smtp.SMTPError {
	var errno syscall.Errno
	if errors.As(err, &errno) && errno != syscall.ENOSPC && errno != syscall.EDQUOT {
		return replyFault
	}
	return replyNoRoom
}

// rawReply is a reply of go-smtp's, line ends and all.
type rawReply string

func (r rawReply) Error() string { return strings.TrimSpace(string(r)) }

// formatReply writes a reply as it goes over the wire.
func formatReply(reply error) []byte {
	switch r := reply.(type) {
	case rawReply:
		return []byte(r)
	case *smtp.SMTPError:
		if r.EnhancedCode == smtp.NoEnhancedCode {
			return fmt.Appendf(nil, "%d %s\r\n", r.Code, r.Message)
		}
		e := r.EnhancedCode
		return fmt.Appendf(nil, "%d %d.%d.%d %s\r\n", r.Code, e[0], e[1], e[2], r.Message)
	}
	return formatReply(replyFault) // an error that is no reply: its text is not for the client
}

// formatLines writes a reply of several lines.
func formatLines(code string, lines []string) string {
	var b strings.Builder
	for i, l := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		b.WriteString(code + sep + l + "\r\n")
	}
	return b.String()
}
