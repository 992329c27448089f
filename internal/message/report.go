package message

import (
	"io"
	"strings"
)

// Report is a delivery status notification (RFC 3464): what became of a mail
// that was sent.
type Report struct {
	Recipients        []ReportRecipient
	Delayed           bool   // it names no recipient, and tells of a delay
	ReportingMTA      string // who says so, in its own words: its host, else the domain of From
	OriginalMessageID string // of the returned mail or headers, without <>
	OriginalHeader    Header // the returned headers (RFC 6522), empty when there are none
}

// ReportRecipient is what a report says of one recipient.
type ReportRecipient struct {
	Address    string // the original recipient where it is given, else the final one
	Final      string // the final recipient where that is another: after forwarding, of an alias or a list
	Action     string // failed, delayed, delivered, relayed, expanded (RFC 3464 section 2.3.3)
	Status     string // RFC 3463: 5.1.1; "" when the report has none
	Diagnostic string // what the remote server said, in its words
	RemoteMTA  string
}

// Bounds on what a report is read for.
const (
	reportBytes      = 256 << 10
	reportRecipients = 1000
)

// readAnyReport reads a delivery report in the standard's form, else in one of those
// before it; nil when the mail is none.
func readAnyReport(r io.ReaderAt, root *part, slots []slot, m *Message, o Options) *Report {
	rep := readReport(r, root)
	if rep == nil || len(rep.Recipients) == 0 {
		if bounce := readBounce(r, root, slots, m, o); bounce != nil {
			return bounce
		}
	}
	return rep
}

// readReport reads a delivery report, nil when the mail is none.
func readReport(r io.ReaderAt, root *part) *Report {
	if !root.multipart() && root.ctype.value != "message/delivery-status" {
		return nil
	}
	status := findType(root, "message/delivery-status", "message/global-delivery-status")
	if status == nil {
		return nil
	}
	rep := &Report{}
	rep.readStatus(r, status)
	if orig := findType(root, originalTypes...); orig != nil {
		rep.readOriginal(r, orig)
	}
	return rep
}

// originalTypes are what a report returns the mail or its headers as (RFC 6522 3, RFC 6533 4).
var originalTypes = []string{"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/rfc822-headers"}

// reportType is the report-type of a multipart/report (RFC 6522 3), in lower case.
func reportType(p *part) string { return strings.ToLower(p.ctype.param("report-type")) }

func findType(p *part, types ...string) *part {
	for _, t := range types {
		if p.ctype.value == t {
			return p
		}
	}
	for _, c := range p.children {
		if f := findType(c, types...); f != nil {
			return f
		}
	}
	return nil
}

// readStatus reads the groups of fields of message/delivery-status: the first
// is about the message, each other about a recipient.
func (rep *Report) readStatus(r io.ReaderAt, p *part) {
	dec, _ := transferReader(p.encoded(r), p.encoding)
	s := newLineScanner(io.LimitReader(dec, reportBytes), p.end-p.body)
	for groups := 0; len(rep.Recipients) < reportRecipients && groups < 2*reportRecipients; groups++ {
		for len(s.peek(1)) > 0 && (s.peek(1)[0] == '\n' || s.peek(1)[0] == '\r') {
			s.next()
		}
		if len(s.peek(1)) == 0 {
			return
		}
		before := s.offset
		hr := readHeader(s, HeaderLimits{reportBytes, 10000}, nil)
		rep.addGroup(hr.header)
		if s.offset == before { // a line that is no field
			s.next()
		}
	}
}

func (rep *Report) addGroup(h Header) {
	rcpt := ReportRecipient{
		Address:    typedAddress(h.Get("Original-Recipient")),
		Action:     strings.ToLower(strings.TrimSpace(h.Get("Action"))),
		Diagnostic: typedText(h.Get("Diagnostic-Code")),
		RemoteMTA:  typedText(h.Get("Remote-MTA")),
	}
	final := typedAddress(h.Get("Final-Recipient"))
	switch {
	case rcpt.Address == "":
		rcpt.Address = final
	case !strings.EqualFold(rcpt.Address, final):
		rcpt.Final = final
	}
	if mta := typedText(h.Get("Reporting-MTA")); mta != "" && rep.ReportingMTA == "" {
		rep.ReportingMTA = short(mta)
	}
	if rcpt.Address == "" && rcpt.Action == "" {
		return
	}
	rcpt.Status = statusCode(h.Get("Status"))
	if rcpt.Status == "" {
		rcpt.Status = statusCode(rcpt.Diagnostic)
	}
	rcpt.Action, _, _ = strings.Cut(rcpt.Action, " ")
	switch rcpt.Action {
	case "failed", "delayed", "delivered", "relayed", "expanded":
	default:
		rcpt.Action = actionOf(rcpt.Status)
	}
	rep.Recipients = append(rep.Recipients, rcpt)
}

// actionOf guesses the action from the class of the status (RFC 3463 section 2).
func actionOf(status string) string {
	switch {
	case strings.HasPrefix(status, "4"):
		return "delayed"
	case strings.HasPrefix(status, "2"):
		return "delivered"
	}
	return "failed"
}

// typedText removes the type from "smtp; 550 no such user" (RFC 3464 section 2.1.2).
func typedText(s string) string {
	if i := strings.IndexByte(s, ';'); i >= 0 && i < 20 && !strings.ContainsAny(s[:i], " <@") {
		s = s[i+1:]
	}
	return strings.TrimSpace(s)
}

func typedAddress(s string) string {
	s = typedText(s)
	if s == "" {
		return ""
	}
	if list := ParseAddressList(s); len(list) > 0 && list[0].Address != "" {
		return list[0].Address
	}
	return strings.Trim(s, "<> ")
}

// statusCode finds an enhanced status code (RFC 3463) in s.
func statusCode(s string) string {
	for i := 0; i+4 < len(s); i++ {
		if (s[i] == '2' || s[i] == '4' || s[i] == '5') && s[i+1] == '.' && (i == 0 || !isAlnum(s[i-1]) && s[i-1] != '.') {
			end := i + 2
			dots := 1
			for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' && dots < 2 && s[end-1] != '.') {
				if s[end] == '.' {
					dots++
				}
				end++
			}
			if dots == 2 && s[end-1] != '.' && end-i <= 9 && (end == len(s) || s[end] != '.') {
				return s[i:end]
			}
		}
	}
	return ""
}

func (rep *Report) readOriginal(r io.ReaderAt, p *part) {
	rep.OriginalHeader = partFields(r, p)
	rep.OriginalMessageID = firstID(rep.OriginalHeader.Raw("Message-ID"))
}
