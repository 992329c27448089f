package message

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode/utf8"
)

// content writes the body: text, text and HTML as alternatives, the HTML with
// its pictures as multipart/related (RFC 2387), and any of them with the
// attachments as multipart/mixed.
func (c *composer) content(d Draft) {
	if len(d.Attachments) == 0 {
		c.texts(d)
		return
	}
	b := d.boundary("mixed")
	c.put("Content-Type: multipart/mixed;\r\n boundary=\"", b, "\"\r\n\r\n--", b, "\r\n")
	c.texts(d)
	for _, a := range d.Attachments {
		c.put("\r\n--", b, "\r\n")
		c.filePart(a, "attachment", "")
	}
	c.put("\r\n--", b, "--\r\n")
}

func (c *composer) texts(d Draft) {
	if d.HTML == "" && len(d.Images) == 0 {
		c.text("plain", d.Text)
		return
	}
	b := d.boundary("alternative")
	c.put("Content-Type: multipart/alternative;\r\n boundary=\"", b, "\"\r\n\r\n--", b, "\r\n")
	c.text("plain", d.Text)
	c.put("\r\n--", b, "\r\n")
	if len(d.Images) == 0 {
		c.text("html", d.HTML)
	} else {
		c.related(d)
	}
	c.put("\r\n--", b, "--\r\n")
}

// related writes the HTML, which is the root (RFC 2387 section 3.2), and the
// pictures that it names.
func (c *composer) related(d Draft) {
	b := d.boundary("related")
	c.put("Content-Type: multipart/related; type=\"text/html\";\r\n boundary=\"", b, "\"\r\n\r\n--", b, "\r\n")
	c.text("html", d.htmlOf())
	for i, image := range d.Images {
		c.put("\r\n--", b, "\r\n")
		c.filePart(image, "inline", d.contentID(i))
	}
	c.put("\r\n--", b, "--\r\n")
}

func (c *composer) text(subtype, text string) {
	c.put("Content-Type: text/", subtype, "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	c.quotedPrintable(text)
}

// quotedPrintable writes text with CRLF line ends and lines of at most 76
// octets. Besides what RFC 2045 section 6.7 demands it encodes a "." and a
// "From " at the start of a line, which relays change.
func (c *composer) quotedPrintable(text string) {
	text = strings.ToValidUTF8(text, "\ufffd")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.TrimSuffix(text, "\n") + "\n"
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		c.qpLine(line)
	}
}

func (c *composer) qpLine(line string) {
	var b strings.Builder
	column := 0
	for i := 0; i < len(line); {
		n := 1
		if line[i] >= utf8.RuneSelf { // whole characters stay on one line
			_, n = utf8.DecodeRuneInString(line[i:])
		}
		enc := line[i : i+n]
		if mustEncode(line, i) {
			enc = qpOctets(enc)
		}
		limit := 75 // room for the "=" of a soft line break
		if i+n == len(line) {
			limit = 76
		}
		if column+len(enc) > limit {
			b.WriteString("=\r\n")
			column = 0
			if line[i] == '.' {
				enc = qpOctets(".")
			}
		}
		b.WriteString(enc)
		column += len(enc)
		i += n
	}
	c.put(b.String(), "\r\n")
}

func mustEncode(line string, i int) bool {
	switch ch := line[i]; {
	case ch == '=' || ch >= 0x7f || ch < ' ' && ch != '\t':
		return true
	case ch == ' ' || ch == '\t':
		return i == len(line)-1
	case i == 0 && ch == '.':
		return true
	case i == 0 && ch == 'F':
		return strings.HasPrefix(line, "From ")
	}
	return false
}

func qpOctets(s string) string {
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, 3*len(s))
	for i := 0; i < len(s); i++ {
		b = append(b, '=', digits[s[i]>>4], digits[s[i]&15])
	}
	return string(b)
}

func (c *composer) filePart(a DraftAttachment, disposition, contentID string) {
	name := safeName(strings.ToValidUTF8(a.Name, "\ufffd"), a.Type, 0)
	c.put("Content-Type: ", safeType(a.Type))
	c.parameter("name", name, false)
	if contentID != "" {
		c.put("\r\nContent-ID: <", contentID, ">")
	}
	c.put("\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: ", disposition)
	c.parameter("filename", name, true)
	c.put("\r\n\r\n")
	if c.err != nil {
		return
	}
	if err := c.file(a); err != nil && c.err == nil {
		c.err = fmt.Errorf("attach %q: %w", name, err)
	}
}

func (c *composer) file(a DraftAttachment) error {
	r, err := a.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	lines := &lineBreaker{c: c}
	enc := base64.NewEncoder(base64.StdEncoding, lines)
	if _, err := io.Copy(enc, r); err != nil {
		return err
	}
	if err := enc.Close(); err != nil {
		return err
	}
	if lines.column > 0 {
		c.put("\r\n")
	}
	return c.err
}

// lineBreaker breaks base64 into lines of 76 octets.
type lineBreaker struct {
	c      *composer
	column int
}

func (l *lineBreaker) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n := min(76-l.column, len(p))
		l.c.put(string(p[:n]))
		if l.column += n; l.column == 76 {
			l.c.put("\r\n")
			l.column = 0
		}
		p = p[n:]
		written += n
	}
	return written, l.c.err
}

// safeType returns a media type that may stand in a header. Types that mail
// programs take apart themselves are sent as plain octets.
func safeType(t string) string {
	v, _, err := mime.ParseMediaType(t)
	if err != nil || !strings.Contains(v, "/") || strings.HasPrefix(v, "multipart/") || strings.HasPrefix(v, "message/") {
		return "application/octet-stream"
	}
	return v
}

// parameter writes a file name: quoted when it is ASCII; else as RFC 2231 says
// (extended), or as an encoded word, which older programs look for in name.
func (c *composer) parameter(attr, value string, extended bool) {
	switch {
	case isASCII(value) && len(value) < 60:
		c.put(";\r\n ", attr, `="`, quotePairs(value), `"`)
	case !extended:
		c.put(";\r\n ", attr, `="`, encodeWords(value, len(attr)+3), `"`)
	default:
		c.extended(attr, value)
	}
}

// extended writes attr*0*=utf-8”… with continuations (RFC 2231 section 4.1).
func (c *composer) extended(attr, value string) {
	line := "utf-8''"
	section := 0
	for i, r := range value {
		enc := string(r)
		if r >= utf8.RuneSelf || !isAlnum(byte(r)) && !strings.ContainsRune("-._", r) {
			enc = strings.ReplaceAll(qpOctets(value[i:i+utf8.RuneLen(r)]), "=", "%")
		}
		if len(line)+len(enc) > 60 {
			c.put(fmt.Sprintf(";\r\n %s*%d*=%s", attr, section, line))
			section++
			line = ""
		}
		line += enc
	}
	if section == 0 {
		c.put(fmt.Sprintf(";\r\n %s*=%s", attr, line))
		return
	}
	c.put(fmt.Sprintf(";\r\n %s*%d*=%s", attr, section, line))
}

// QuoteText returns text as it is quoted in an answer: each line after "> ".
func QuoteText(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n") {
		if strings.HasPrefix(line, ">") || line == "" {
			b.WriteString(">" + line + "\n")
		} else {
			b.WriteString("> " + line + "\n")
		}
	}
	return b.String()
}
