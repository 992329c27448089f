package message

import (
	"bytes"
	"io"
	"strings"
)

// bounceBytes is how much of a bounce's text is read.
const bounceBytes = 64 << 10

// readBounce reads the delivery reports that are no RFC 3464: what Postfix once
// sent, Exim, qmail, Exchange and others still do. Only what looks like the mail of
// a mail system is read, and it must name a recipient, or tell of a failure and
// return the mail; else it returns nil.
func readBounce(r io.ReaderAt, root *part, slots []slot, m *Message, o Options) *Report {
	failed := m.Header.Values("X-Failed-Recipients") // Exim, Gmail
	subject := failureSubject(m.Subject)
	declared := root.ctype.value == "multipart/report" && reportType(root) == "delivery-status"
	if len(failed) == 0 && !subject && !declared && !fromMailSystem(m) {
		return nil
	}
	if inner := enclosedReport(r, root, o); inner != nil {
		return inner
	}
	rep := &Report{ReportingMTA: senderDomain(m)}
	for _, v := range failed {
		for _, a := range ParseAddressList(v) {
			rep.addFailed(a.Address, "")
		}
	}
	told, delayed := subject, false
	for _, s := range slots {
		t := bounceReader{rep: rep, m: m}
		t.read(bounceText(r, s))
		told, delayed = told || t.told, delayed || t.delayed && !t.gaveUp
	}
	if orig := findType(root, originalTypes...); orig != nil && orig != root {
		rep.readOriginal(r, orig)
	}
	rep.Delayed = delayed && len(rep.Recipients) == 0
	if len(rep.Recipients) == 0 && (!told || rep.OriginalMessageID == "") {
		return nil
	}
	return rep
}

// enclosedReport reads a report that a gateway passed on within a mail of its own.
func enclosedReport(r io.ReaderAt, root *part, o Options) *Report {
	p := findType(root, "message/rfc822", "message/global")
	if o.enclosed || p == nil || p == root || p.end-p.body > enclosedBytes {
		return nil
	}
	raw, _ := decodeHead(r, p, p.encoding, enclosedBytes)
	in := ParseBytes(raw, Options{Limits: o.Limits, enclosed: true})
	if in.Report == nil || len(in.Report.Recipients) == 0 || !in.Automatic.Robot {
		return nil
	}
	return in.Report
}

func senderDomain(m *Message) string {
	if len(m.From) == 0 {
		return ""
	}
	_, domain := splitAddress(m.From[0].Address)
	return domain
}

// failureSubject recognises the subjects that mail systems give to bounces. They
// count only for mail that came from nobody, or to a return path of ours.
func failureSubject(s string) bool {
	s = strings.ToLower(s)
	for _, w := range []string{
		"undeliver", "returned mail", "mail returned", "delivery fail", "delivery error", "delivery problem", "delivery warning", "delivery status",
		"delivery has failed", "delivery notification", "could not be delivered", "not yet been delivered", "not be delivered", "not delivered", "non-delivery", "nondelivery",
		"failure notice", "failed mail", "mail failure", "message delayed", "delayed mail", "returning message to sender", "mail error",
		"non remis", "non livr", "échec de la remise", "no se pudo entregar", "no entregado", "devuelto", "error de entrega", "no se ha podido entregar",
		"não entregue", "não foi entregue", "falha na entrega", "falha de entrega", "não entregável", "unzustellbar", "nicht zugestellt", "mancato recapito", "recapito",
	} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
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
	r := ReportRecipient{Address: addr, Action: "failed", Diagnostic: diagnostic, Status: statusCode(diagnostic)}
	if from := expandedFrom(diagnostic); from != "" && !strings.EqualFold(from, addr) {
		r.Address, r.Final = from, addr
	}
	rep.Recipients = append(rep.Recipients, r)
}

// expandedFrom is the address that the mail was sent to, where Sendmail and Exim
// report on another that it led to.
func expandedFrom(diagnostic string) string {
	lower := strings.ToLower(diagnostic)
	for _, w := range []string{"(expanded from: ", "(generated from ", "(ultimately generated from "} {
		if i := strings.Index(lower, w); i >= 0 && len(lower) == len(diagnostic) {
			word, _, _ := strings.Cut(diagnostic[i+len(w):], ")")
			return cleanAddress(strings.Trim(word, "<> "))
		}
	}
	return ""
}

// bounceReader reads what a mail system says in words.
type bounceReader struct {
	rep     *Report
	m       *Message
	told    bool // the words that introduce the recipients were met
	delayed bool
	gaveUp  bool // temporary trouble lasted too long: it is tried no more
}

// read looks for recipients in the text, up to the copy of the mail, and for the
// headers of the mail in that copy.
func (t *bounceReader) read(text string) {
	lines := strings.Split(text, "\n")
	before := len(t.rep.Recipients)
	end := len(lines)
	for i := 0; i < len(lines); i++ {
		lower := strings.ToLower(strings.TrimSpace(lines[i]))
		if beginsCopy(lower) {
			t.rep.readCopy(lines[i:])
			end = i
			break
		}
		t.delayed = t.delayed || isDelayWord(lower)
		t.gaveUp = t.gaveUp || isGivingUp(lower)
		if addr, rest := bouncedAddress(lines[i], t.told); addr != "" {
			diagnostic, n := diagnosticText(rest, lines[i+1:])
			t.gaveUp = t.gaveUp || isGivingUp(strings.ToLower(diagnostic))
			t.rep.addFailed(addr, diagnostic)
			i += n
			continue
		}
		t.told = t.told || introducesFailure(lower)
	}
	for _, read := range []func([]string){
		t.readNames,
		func(l []string) { t.readMentions(l, false) },
		func(l []string) { t.readMentions(l, failureSubject(t.m.Subject)) },
	} {
		if len(t.rep.Recipients) == before {
			read(lines[:end])
		}
	}
	for i := range t.rep.Recipients {
		r := &t.rep.Recipients[i]
		if (t.delayed || strings.HasPrefix(r.Status, "4")) && !t.gaveUp {
			r.Action = "delayed"
		}
	}
}

// maxMentions bounds the recipients taken from prose.
const maxMentions = 10

// readMentions takes the addresses in lines about a failure, but those of the
// sender of the lost mail and of the mail system itself. The paragraph with the
// first of them is all: what follows is advice. told is whether a failure is spoken
// of already.
func (t *bounceReader) readMentions(lines []string, told bool) {
	found := false
	for _, l := range lines {
		if found && strings.TrimSpace(l) == "" {
			told, found = false, false
		}
		told = told || introducesFailure(strings.ToLower(l))
		if !told || strings.IndexByte(l, '@') < 0 || len(l) > 500 {
			continue
		}
		for _, w := range strings.FieldsFunc(l, func(r rune) bool { return strings.ContainsRune(" \t<>\"'()[];,=|:", r) }) {
			addr := cleanAddress(strings.Trim(w, ".*-"))
			if addr == "" || len(t.rep.Recipients) >= maxMentions || isOwn(addr, t.m) {
				continue
			}
			t.rep.addFailed(addr, short(cleanLine(l)))
			found = true
			break
		}
	}
}

// readNames takes the names without a domain, of the reporting system's own, that
// an indented line has after "the following …:".
func (t *bounceReader) readNames(lines []string) {
	domain := senderDomain(t.m)
	if domain == "" {
		return
	}
	told := false
	for _, l := range lines {
		lower := strings.TrimSpace(strings.ToLower(l))
		switch {
		case lower == "":
		case told && isWSP(l[0]):
			word, rest, _ := strings.Cut(strings.TrimSpace(l), "  ")
			if !strings.ContainsAny(word, " \t@") && len(word) <= 64 {
				t.rep.addFailed(cleanAddress(word+"@"+domain), short(cleanLine(rest)))
			}
			return
		default:
			told = strings.HasSuffix(lower, ":") && (told || introducesFailure(lower))
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
	if strings.Contains(l, "not receive") { // "did not receive a copy of your message:"
		return false
	}
	for _, w := range []string{"copy of the message", "copy of your message", "original message", "returned message", "message header", "message headers", "header follows", "headers follow", "unsent message", "original mail", "message text follows", "old message", "returned mail", "message as received", "message reads"} {
		if strings.Contains(l, w) {
			return true
		}
	}
	return false
}

func isDelayWord(l string) bool {
	for _, w := range []string{"warning message only", "will be retried", "not yet been delivered", "delivery status notification (delay)", "still trying", "will keep trying", "has been delayed", "do not need to resend", "delivery attempts will continue", "has been postponed", "will continue to attempt", "will continue to try", "se seguirá intentando", "continuaremos tentando", "continuará tentando"} {
		if strings.Contains(l, w) {
			return true
		}
	}
	return false
}

func isGivingUp(l string) bool {
	for _, w := range []string{"not going to try again", "giving up", "gave up", "queue too long", "retry timeout exceeded", "retry time not reached for any host after a long failure period"} {
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
		"no se pudo entregar", "no se ha podido entregar", "no pudo ser entregado", "não pôde ser entregue", "não foi entregue", "não foi possível entregar", "delivery error", "does not exist", "could not be reached", "abort", "delayed", "not yet been delivered", "unavailable", "not receive", "attempt", "quota", "no such user", "undeliver", "non livr", "pu etre delivre", "recipient", "rejected", "invalid", "error", "is full", "delivery problem", "postponed",
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
	for _, label := range []string{"to:", "recipient:", "user:", "addressee:", "final recipient:", "recipient address:", "- ", "* ", "> "} {
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
