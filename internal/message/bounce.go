package message

import (
	"bytes"
	"io"
	"strings"
)

// bounceBytes is how much of a bounce's text is read.
const bounceBytes = 64 << 10

// readBounce reads the delivery reports that are no RFC 3464: what Postfix once
// sent, Exim, qmail, Exchange and others still do. Only mail of a mail system is
// looked at, and it must name at least one recipient; else it returns nil.
func readBounce(r io.ReaderAt, root *part, slots []slot, m *Message) *Report {
	failed := m.Header.Values("X-Failed-Recipients") // Exim, Gmail
	if len(failed) == 0 && !fromMailSystem(m) {
		return nil
	}
	rep := &Report{}
	for _, v := range failed {
		for _, a := range ParseAddressList(v) {
			rep.addFailed(a.Address, "")
		}
	}
	for _, s := range slots {
		rep.readText(bounceText(r, s), m)
	}
	if len(rep.Recipients) == 0 {
		return nil
	}
	if orig := findType(root, "message/rfc822", "text/rfc822-headers", "message/global"); orig != nil && orig != root {
		rep.readOriginal(r, orig)
	}
	return rep
}

func bounceText(r io.ReaderAt, s slot) string {
	p := s.plain
	if p == nil {
		p = s.html
	}
	raw, _ := decodeHead(r, p, p.encoding, bounceBytes)
	text, _ := decodeText(raw, p.ctype.param("charset"))
	if s.plain == nil {
		return HTMLToText(text)
	}
	return cleanText(text)
}

// fromMailSystem recognises the senders of bounces.
func fromMailSystem(m *Message) bool {
	if len(m.From) == 0 {
		return false
	}
	a := m.From[0]
	local, _ := splitAddress(strings.ToLower(a.Address))
	if a.Address == "" {
		local = strings.ToLower(a.Name)
	}
	for _, w := range []string{"mailer-daemon", "postmaster", "mail-daemon", "maildelivery", "mdaemon", "postoffice", "mailer_daemon", "administrator", "mail.delivery.system", `"system administrator"`} {
		if strings.HasPrefix(local, w) {
			return true
		}
	}
	name := strings.ToLower(a.Name)
	for _, w := range []string{"mail delivery", "delivery subsystem", "mailer-daemon", "mail system", "postmaster", "system administrator", "mail administrator", "mailserver"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

func (rep *Report) addFailed(addr, diagnostic string) {
	if addr == "" || len(rep.Recipients) >= reportRecipients {
		return
	}
	for i := range rep.Recipients {
		if strings.EqualFold(rep.Recipients[i].Address, addr) {
			if r := &rep.Recipients[i]; r.Diagnostic == "" {
				r.Diagnostic, r.Status = diagnostic, statusCode(diagnostic)
			}
			return
		}
	}
	rep.Recipients = append(rep.Recipients, ReportRecipient{Address: addr, Action: "failed", Diagnostic: diagnostic, Status: statusCode(diagnostic)})
}

// readText looks for recipients in what the mail system says, up to the copy of
// the mail, and for the headers of the mail in that copy.
func (rep *Report) readText(text string, m *Message) {
	lines := strings.Split(text, "\n")
	told := false // the words that introduce the recipients were met
	delayed := false
	before := len(rep.Recipients)
	end := len(lines)
	for i := 0; i < len(lines); i++ {
		l := strings.TrimSpace(lines[i])
		lower := strings.ToLower(l)
		if beginsCopy(lower) {
			rep.readCopy(lines[i:])
			end = i
			break
		}
		delayed = delayed || isDelayWord(lower)
		if addr, rest := bouncedAddress(lines[i], told); addr != "" {
			diagnostic, n := diagnosticText(rest, lines[i+1:])
			rep.addFailed(addr, diagnostic)
			i += n
			continue
		}
		told = told || introducesFailure(lower)
	}
	if len(rep.Recipients) == before {
		rep.readMentions(lines[:end], m)
	}
	for i := range rep.Recipients {
		r := &rep.Recipients[i]
		if delayed || strings.HasPrefix(r.Status, "4") {
			r.Action = "delayed"
		}
	}
}

// maxMentions bounds the recipients taken from prose.
const maxMentions = 10

// readMentions takes the addresses in lines about a failure, but those of the
// sender of the lost mail and of the mail system itself.
func (rep *Report) readMentions(lines []string, m *Message) {
	told := false
	for _, l := range lines {
		told = told || introducesFailure(strings.ToLower(l))
		if !told || strings.IndexByte(l, '@') < 0 || len(l) > 500 {
			continue
		}
		for _, w := range strings.FieldsFunc(l, func(r rune) bool { return strings.ContainsRune(" \t<>\"'()[];,=|:", r) }) {
			addr := cleanAddress(strings.Trim(w, ".*-"))
			if addr == "" || len(rep.Recipients) >= maxMentions || isOwn(addr, m) {
				continue
			}
			rep.addFailed(addr, short(cleanLine(l)))
			break
		}
	}
}

func isOwn(addr string, m *Message) bool {
	local, _ := splitAddress(strings.ToLower(addr))
	if local == "postmaster" || local == "mailer-daemon" || local == "abuse" {
		return true
	}
	for _, list := range [][]Address{m.From, m.To, m.Sender} {
		for _, a := range list {
			if strings.EqualFold(a.Address, addr) {
				return true
			}
		}
	}
	return false
}

// beginsCopy recognises the line above the returned mail, or its first header.
func beginsCopy(l string) bool {
	if strings.HasPrefix(l, "received: ") || strings.HasPrefix(l, "return-path: <") {
		return true
	}
	if !strings.HasPrefix(l, "-") && !strings.HasSuffix(l, "-") && !strings.HasSuffix(l, ":") {
		return false
	}
	for _, w := range []string{"copy of the message", "copy of your message", "original message", "returned message", "message header", "message headers", "header follows", "headers follow", "unsent message", "original mail", "message text follows"} {
		if strings.Contains(l, w) {
			return true
		}
	}
	return false
}

func isDelayWord(l string) bool {
	for _, w := range []string{"warning message only", "will be retried", "not yet been delivered", "delivery status notification (delay)", "still trying", "will keep trying", "has been delayed", "do not need to resend"} {
		if strings.Contains(l, w) {
			return true
		}
	}
	return false
}

// introducesFailure recognises the sentences before the recipients.
func introducesFailure(l string) bool {
	for _, w := range []string{
		"fail", "could not be delivered", "couldn't be delivered", "cannot be delivered", "undeliver", "not be delivered", "unable to deliver", "not delivered", "unknown user", "user unknown", "did not reach", "fatal error",
		"no se pudo entregar", "no se ha podido entregar", "no pudo ser entregado", "não pôde ser entregue", "não foi entregue", "não foi possível entregar", "delivery error", "does not exist", "could not be reached", "abort", "delayed", "not yet been delivered", "unavailable", "not receive", "attempt", "quota", "no such user", "undeliver", "non livr", "pu etre delivre", "recipient", "rejected", "invalid", "error",
	} {
		if strings.Contains(l, w) {
			return true
		}
	}
	return false
}

// bouncedAddress returns the recipient that a line is about: "<a@b>: reason"
// anywhere; a line that is an address alone only after words about a failure.
func bouncedAddress(line string, told bool) (addr, rest string) {
	l := strings.TrimSpace(line)
	if strings.HasPrefix(l, "<") {
		end := strings.IndexByte(l, '>')
		if end < 0 {
			return "", ""
		}
		rest = strings.TrimSpace(l[end+1:])
		if addr = cleanAddress(l[1:end]); addr != "" && (strings.HasPrefix(rest, ":") || told && (rest == "" || strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "-"))) {
			return addr, strings.TrimSpace(strings.TrimLeft(rest, ": "))
		}
		return "", ""
	}
	if !told || len(l) > 300 {
		return "", ""
	}
	for _, label := range []string{"to:", "recipient:", "user:", "addressee:", "final recipient:", "recipient address:", "- ", "* "} {
		if len(l) > len(label) && strings.EqualFold(l[:len(label)], label) {
			l = strings.TrimSpace(l[len(label):])
			break
		}
	}
	word, rest, _ := strings.Cut(l, " ")
	word = strings.Trim(word, `<>"'()[];,`)
	bare := strings.TrimSuffix(word, ":")
	if strings.Count(bare, "@") != 1 || rest != "" && bare == word && !strings.HasPrefix(rest, "(") && !strings.HasPrefix(strings.TrimSpace(rest), "-") {
		return "", ""
	}
	return cleanAddress(bare), strings.TrimSpace(rest)
}

// diagnosticText joins the lines that give the reason; n is how many were taken.
func diagnosticText(first string, lines []string) (text string, n int) {
	parts := []string{}
	if first != "" {
		parts = append(parts, first)
	}
	for n < len(lines) && n < 8 {
		l := strings.TrimSpace(lines[n])
		if l == "" {
			break
		}
		if addr, _ := bouncedAddress(lines[n], true); addr != "" && !isWSP(lines[n][0]) {
			break
		}
		if beginsCopy(strings.ToLower(l)) {
			break
		}
		parts = append(parts, l)
		n++
	}
	return short(cleanLine(strings.Join(parts, " "))), n
}

// readCopy reads the headers of the mail that a bounce ends with.
func (rep *Report) readCopy(lines []string) {
	for i, l := range lines {
		if i > 20 {
			return
		}
		if c := fieldColon([]byte(strings.TrimSpace(l))); c > 0 && knownField([]byte(strings.TrimSpace(l)[:c])) {
			s := newLineScanner(bytes.NewReader([]byte(strings.Join(lines[i:], "\n"))), -1)
			hr := readHeader(s, HeaderLimits{bounceBytes, 5000}, nil)
			rep.OriginalHeader = hr.header
			rep.OriginalMessageID = firstID(hr.header.Raw("Message-ID"))
			return
		}
	}
}
