package message

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Draft is a mail to be composed. What comes from people (names, subjects,
// texts) may hold anything; it cannot break out of its place.
type Draft struct {
	From       Address
	ReplyTo    []Address
	To, Cc     []Address
	Subject    string
	MessageID  string // without <>
	InReplyTo  string // without <>
	References []string
	Date       time.Time
	Text       string // plain text, LF or CRLF
	HTML       string // optional: a second version of Text
	// Images stand in the text where their ImageMark is: the mail has an HTML version then, made of Text, that shows
	// them there. HTML is not looked at.
	Images      []DraftAttachment
	Attachments []DraftAttachment
	Header      [][2]string // further fields, such as Auto-Submitted: name, value
}

// DraftAttachment is a file to be attached. Open is called once, while Compose
// writes; its reader is closed.
type DraftAttachment struct {
	Name string
	Type string // media type; "" stands for application/octet-stream
	Open func() (io.ReadCloser, error)
}

// ErrDraft is wrapped by what Compose refuses: no From, no recipients, an
// address or field that could not stand in a mail.
var ErrDraft = errors.New("draft cannot be composed")

// Compose writes the mail (RFC 5322, MIME) with CRLF line ends, in ASCII but
// for addresses with a UTF-8 local part (RFC 6532). Errors are ErrDraft, those
// of w and those of the attachments.
func Compose(w io.Writer, d Draft) error {
	if err := d.check(); err != nil {
		return err
	}
	c := &composer{w: bufio.NewWriterSize(w, 16<<10)}
	c.header(d)
	c.content(d)
	if c.err == nil {
		c.err = c.w.Flush()
	}
	if c.err != nil {
		return fmt.Errorf("compose mail: %w", c.err)
	}
	return nil
}

func (d *Draft) check() error {
	if d.From.Address == "" {
		return fmt.Errorf("%w: no From", ErrDraft)
	}
	if len(d.To)+len(d.Cc) == 0 {
		return fmt.Errorf("%w: no recipients", ErrDraft)
	}
	for _, list := range [][]Address{{d.From}, d.ReplyTo, d.To, d.Cc} {
		for _, a := range list {
			if cleanAddress(a.Address) == "" {
				return fmt.Errorf("%w: %q is no address", ErrDraft, a.Address)
			}
		}
	}
	for _, f := range d.Header {
		if !validFieldName(f[0]) {
			return fmt.Errorf("%w: %q is no field name", ErrDraft, f[0])
		}
	}
	return nil
}

// validFieldName is RFC 5322 section 2.2: printable ASCII but the colon.
func validFieldName(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == ':' {
			return false
		}
	}
	return s != "" && len(s) <= 70
}

// composer writes and keeps the first error.
type composer struct {
	w   *bufio.Writer
	err error
}

func (c *composer) put(parts ...string) {
	for _, s := range parts {
		if c.err == nil {
			_, c.err = c.w.WriteString(s)
		}
	}
}

func (c *composer) header(d Draft) {
	if !d.Date.IsZero() {
		c.put("Date: ", d.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700"), "\r\n")
	}
	c.addresses("From", []Address{d.From})
	c.addresses("Reply-To", d.ReplyTo)
	c.addresses("To", d.To)
	c.addresses("Cc", d.Cc)
	c.unstructured("Subject", d.Subject)
	c.ids("Message-ID", []string{d.MessageID})
	c.ids("In-Reply-To", []string{d.InReplyTo})
	c.ids("References", trimReferences(d.References))
	for _, f := range d.Header {
		c.unstructured(f[0], f[1])
	}
	c.put("MIME-Version: 1.0\r\n")
}

// maxReferences is how many Message-IDs a References field names: the first,
// which is the thread, and the last ones (RFC 5322 section 3.6.4 sets no limit, relays do).
const maxReferences = 20

func trimReferences(ids []string) []string {
	if len(ids) <= maxReferences {
		return ids
	}
	return append([]string{ids[0]}, ids[len(ids)-maxReferences+1:]...)
}

// ids writes a field of Message-IDs, one a line after the first.
func (c *composer) ids(name string, ids []string) {
	n := 0
	for _, id := range ids {
		if id = cleanID(id); id == "" || !isASCII(id) {
			continue
		}
		if n == 0 {
			c.put(name, ": <", id, ">")
		} else {
			c.put("\r\n <", id, ">")
		}
		n++
	}
	if n > 0 {
		c.put("\r\n")
	}
}

// addresses writes an address field, one mailbox a line.
func (c *composer) addresses(name string, list []Address) {
	if len(list) == 0 {
		return
	}
	c.put(name, ": ")
	for i, a := range list {
		if i > 0 {
			c.put(",\r\n ")
		}
		c.mailbox(a, len(name)+2)
	}
	c.put("\r\n")
}

func (c *composer) mailbox(a Address, column int) {
	name := cleanLine(strings.ToValidUTF8(a.Name, "\ufffd"))
	addr := cleanAddress(a.Address)
	switch {
	case name == "":
		c.put(addr)
		return
	case isAtomPhrase(name) && column+len(name) < 76:
		c.put(name)
	case isASCII(name) && len(name) < 60 && !strings.Contains(name, "=?"):
		c.put(`"`, quotePairs(name), `"`)
	default:
		c.put(encodeWords(name, column))
	}
	if column+len(name)+len(addr) > 72 || !isASCII(name) {
		c.put("\r\n")
	}
	c.put(" <", addr, ">")
}

func isAtomPhrase(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isAlnum(s[i]) && !strings.ContainsRune(" !#$%&'*+-/^_`{|}~", rune(s[i])) {
			return false
		}
	}
	return true
}

func quotePairs(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}

// unstructured writes a field of text, folded; as encoded words when it is not ASCII.
func (c *composer) unstructured(name, value string) {
	value = cleanLine(strings.ToValidUTF8(value, "\ufffd"))
	column := len(name) + 2
	if !isASCII(value) || strings.Contains(value, "=?") || longestWord(value) > 900 {
		value = encodeWords(value, column)
	} else {
		value = fold(value, column)
	}
	c.put(name, ": ", value, "\r\n")
}

func longestWord(s string) int {
	longest := 0
	for w := range strings.FieldsSeq(s) {
		longest = max(longest, len(w))
	}
	return longest
}

// fold breaks a value at spaces so that lines stay within 78 octets where they can.
func fold(s string, column int) string {
	if column+len(s) <= 78 {
		return s
	}
	var b strings.Builder
	for i, w := range strings.Split(s, " ") {
		if i > 0 {
			if column+1+len(w) > 78 {
				b.WriteString("\r\n")
				column = 0
			}
			b.WriteByte(' ')
			column++
		}
		b.WriteString(w)
		column += len(w)
	}
	return b.String()
}

// encodeWords writes s as RFC 2047 encoded words of whole characters, each on a
// line of its own after the first.
func encodeWords(s string, column int) string {
	const overhead = len("=?utf-8?B??=")
	var b strings.Builder
	for s != "" {
		room := max((75-column-overhead)/4*3, 6) // RFC 2047 section 2: at most 75 octets, and 76 a line
		room = min(room, 45)
		n := 0
		for i, r := range s {
			if i+len(string(r)) > room {
				break
			}
			n = i + len(string(r))
		}
		b.WriteString("=?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(s[:n])) + "?=")
		if s = s[n:]; s != "" {
			b.WriteString("\r\n ")
		}
		column = 1
	}
	return b.String()
}

// boundary cannot occur in what it delimits: it holds "=_", which neither
// quoted-printable nor base64 yields. It is told from the draft, so that the
// same draft composes to the same octets: a mail is measured before it is
// written. use keeps the boundaries of nested parts apart.
func (d *Draft) boundary(use string) string {
	sum := sha256.Sum256([]byte(use + "\x00" + d.MessageID + "\x00" + d.Date.UTC().Format(time.RFC3339)))
	return "=_" + hex.EncodeToString(sum[:16])
}
