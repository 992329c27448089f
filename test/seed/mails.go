package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"math/rand/v2"
	"mime"
	"net/netip"
	"strings"
	"time"

	"recado/conversation"
	"recado/internal/message"
)

// mail is one to be received.
type mail struct {
	at               time.Time
	from             contact
	to               string
	cc               string
	subject, text    string
	id               string // Message-ID
	inReplyTo        string // ours
	quote            string // what it answers, quoted below
	header           string // further fields, each with its line end
	attachments      []string
	report           string // of a delivery; makes a multipart/report of it
	plainOnly        bool
	failed           bool // DMARC fails
	envelopeIsNobody bool
}

var (
	pass = conversation.Auth{Verdict: conversation.Verified, SPF: "pass", DKIM: "pass", DMARC: "pass", Policy: "reject",
		Evidence: []string{"DKIM: a signature of the sender's domain is good, and aligned with From."}}
	none = conversation.Auth{Verdict: conversation.Unverified, SPF: "none", DKIM: "none", DMARC: "none",
		Evidence: []string{"SPF: the domain publishes no record."}}
	fail = conversation.Auth{Verdict: conversation.Failed, SPF: "fail", DKIM: "none", DMARC: "fail", Policy: "reject",
		Evidence: []string{"DMARC: nothing is aligned, and the domain asks to reject."}}
)

// spool is a mail in memory.
type spool struct {
	*bytes.Reader
	sum [32]byte
}

func (s spool) SHA256() [32]byte { return s.sum }

// incoming is the mail as smtpd hands it to the domain.
func (m *mail) incoming(r *rand.Rand) *conversation.Incoming {
	raw := m.raw(r)
	auth := none
	switch {
	case m.failed:
		auth = fail
	case m.from.vouched:
		auth = pass
	}
	env := conversation.Envelope{
		From: m.from.address, Recipients: []string{m.to}, HELO: "mx." + domainOf(m.from.address),
		RemoteIP: netip.AddrFrom4([4]byte{192, 0, 2, byte(r.IntN(256))}), TLS: "TLS 1.3 TLS_AES_128_GCM_SHA256",
	}
	if m.envelopeIsNobody {
		env.From = ""
	}
	return &conversation.Incoming{
		At: m.at, Receipt: conversation.NewID(m.at), Envelope: env, Auth: auth,
		Mail: spool{bytes.NewReader(raw), sha256.Sum256(raw)}, Parsed: message.ParseBytes(raw, message.Options{}),
	}
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func (m *mail) raw(r *rand.Rand) []byte {
	var b bytes.Buffer
	from := m.from.address
	if m.from.name != "" {
		from = mime.QEncoding.Encode("utf-8", m.from.name) + " <" + from + ">"
	}
	fmt.Fprintf(&b, "Received: from client (client.%[1]s [198.51.100.%[2]d]) by mx.%[1]s with ESMTPSA;\r\n %[3]s\r\n",
		domainOf(m.from.address), r.IntN(256), m.at.Format(time.RFC1123Z))
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\n", from, m.to)
	if m.cc != "" {
		fmt.Fprintf(&b, "Cc: %s\r\n", m.cc)
	}
	fmt.Fprintf(&b, "Subject: %s\r\nDate: %s\r\nMessage-ID: <%s>\r\n", mime.QEncoding.Encode("utf-8", m.subject), m.at.Format(time.RFC1123Z), m.id)
	if m.inReplyTo != "" {
		fmt.Fprintf(&b, "In-Reply-To: <%[1]s>\r\nReferences: <%[1]s>\r\n", m.inReplyTo)
	}
	b.WriteString(m.header)
	b.WriteString("MIME-Version: 1.0\r\n")
	m.body(&b, r)
	return b.Bytes()
}

// body is the text, mostly beside HTML, and the files.
func (m *mail) body(b *bytes.Buffer, r *rand.Rand) {
	if m.report != "" {
		fmt.Fprintf(b, "Content-Type: multipart/report; report-type=delivery-status; boundary=\"report\"\r\n\r\n--report\r\n"+
			"Content-Type: text/plain\r\n\r\n%s\r\n--report\r\nContent-Type: message/delivery-status\r\n\r\n%s\r\n--report--\r\n", m.text, m.report)
		return
	}
	mixed := len(m.attachments) > 0
	if mixed {
		b.WriteString("Content-Type: multipart/mixed; boundary=\"mixed\"\r\n\r\n--mixed\r\n")
	}
	text := strings.ReplaceAll(m.text+quoted(m.quote), "\n", "\r\n")
	if m.plainOnly {
		fmt.Fprintf(b, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n", text)
	} else {
		fmt.Fprintf(b, "Content-Type: multipart/alternative; boundary=\"alt\"\r\n\r\n--alt\r\n"+
			"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n--alt\r\n"+
			"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n--alt--\r\n", text, m.html())
	}
	if !mixed {
		return
	}
	for _, name := range m.attachments {
		writeFile(b, r, name)
	}
	b.WriteString("--mixed--\r\n")
}

// html is the text as an office program writes it, with its style sheet.
func (m *mail) html() string {
	var b strings.Builder
	b.WriteString("<html><head><meta charset=\"utf-8\">" + officeStyle + "</head><body lang=\"" + m.from.language + "\" class=\"page\">\r\n")
	paragraph := func(text string) {
		fmt.Fprintf(&b, "<p class=\"MsoNormal\" style=\"margin:0cm 0cm 8pt\"><span style=\"font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif\">%s</span></p>\r\n",
			strings.ReplaceAll(html.EscapeString(text), "\n", "<br>\r\n"))
	}
	for p := range strings.SplitSeq(m.text, "\n\n") {
		paragraph(p)
	}
	if m.quote != "" {
		b.WriteString("<blockquote type=\"cite\">\r\n")
		paragraph(m.quote)
		b.WriteString("</blockquote>\r\n")
	}
	b.WriteString("</body></html>")
	return b.String()
}

var officeStyle = "<style>\r\n" + strings.Repeat("p.MsoNormal, li.MsoNormal, div.MsoNormal { margin: 0cm; font-size: 11.0pt; font-family: \"Calibri\", sans-serif; }\r\n"+
	"a:link, span.MsoHyperlink { mso-style-priority: 99; color: #0563C1; text-decoration: underline; }\r\n"+
	"@page WordSection1 { size: 612.0pt 792.0pt; margin: 70.85pt 3.0cm 70.85pt 3.0cm; }\r\n", 5) + "</style>"

// quoted is what a mail answers, as mail programs put it below.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "\n" + strings.ReplaceAll(s, "\n", "\n> ") + "\n"
}

// writeFile writes an attachment: an octet's pattern that no two files share, some up to a few hundred KiB.
func writeFile(b *bytes.Buffer, r *rand.Rand, name string) {
	kind := map[string]string{".pdf": "application/pdf", ".jpg": "image/jpeg"}[name[len(name)-4:]]
	if kind == "" {
		kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	}
	size := 1 << (10 + r.IntN(5))
	if r.IntN(50) == 0 {
		size = 256 << 10
	}
	file := make([]byte, size)
	for i := 0; i+8 <= len(file); i += 8 {
		n := r.Uint64()
		for k := range 8 {
			file[i+k] = byte(n >> (8 * k))
		}
	}
	if kind == "application/pdf" {
		copy(file, "%PDF-1.7\n")
	}
	fmt.Fprintf(b, "--mixed\r\nContent-Type: %s\r\nContent-Disposition: attachment; filename=\"%s\"\r\nContent-Transfer-Encoding: base64\r\n\r\n",
		kind, mime.QEncoding.Encode("utf-8", name))
	const line = 57 // octets that make 76 characters
	for len(file) > 0 {
		n := min(line, len(file))
		b.WriteString(base64.StdEncoding.EncodeToString(file[:n]) + "\r\n")
		file = file[n:]
	}
}
