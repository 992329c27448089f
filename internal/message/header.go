package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Header is the header of a mail or of a part: its fields as they were sent,
// in their order. The zero Header is empty.
type Header struct {
	fields  []field
	charset string // of the body: what raw 8-bit fields that are not UTF-8 are probably in
}

type field struct {
	name string // as written, without space before the colon
	raw  string // what follows the colon, folds included, without the last line end
}

// HeaderLimits bounds what is kept of one header. What exceeds them is read
// past, not kept.
type HeaderLimits struct {
	Bytes int // octets, line ends included
	Lines int // physical lines, folded ones included
}

// ErrHeaderLimit is returned, with the header as far as it was kept, by
// ReadHeader when a header exceeds its limits.
var ErrHeaderLimit = errors.New("header exceeds its limits")

// ReadHeader reads a header from r up to the blank line that ends it. Malformed
// lines are no error: see the package's documentation for how they are read.
// r may be read beyond the header. The error is ErrHeaderLimit or one of r's;
// the header is usable with either.
func ReadHeader(r io.Reader, limits HeaderLimits) (Header, error) {
	s := newLineScanner(r, -1)
	h := readHeader(s, limits, nil)
	if s.err != nil {
		return h.header, fmt.Errorf("read header: %w", s.err)
	}
	if h.truncated {
		return h.header, ErrHeaderLimit
	}
	return h.header, nil
}

// Len returns the number of fields.
func (h Header) Len() int { return len(h.fields) }

// Field returns the name as written and the raw value (folds included) of the
// i-th field, i in [0, Len()).
func (h Header) Field(i int) (name, raw string) { return h.fields[i].name, h.fields[i].raw }

// Count returns how many fields are called name.
func (h Header) Count(name string) int {
	n := 0
	for i := range h.fields {
		if sameName(h.fields[i].name, name) {
			n++
		}
	}
	return n
}

// Raw returns the value of the first field called name, unfolded but not
// decoded: its bytes may be of any charset.
func (h Header) Raw(name string) string {
	for i := range h.fields {
		if sameName(h.fields[i].name, name) {
			return unfold(h.fields[i].raw)
		}
	}
	return ""
}

// RawValues returns the values of all fields called name as Raw does.
func (h Header) RawValues(name string) []string {
	var out []string
	for i := range h.fields {
		if sameName(h.fields[i].name, name) {
			out = append(out, unfold(h.fields[i].raw))
		}
	}
	return out
}

// Get returns the value of the first field called name as a person reads it:
// unfolded, RFC 2047 encoded words decoded, valid UTF-8 without control characters.
func (h Header) Get(name string) string { return h.decode(h.Raw(name)) }

// Values returns the values of all fields called name as Get does.
func (h Header) Values(name string) []string {
	out := h.RawValues(name)
	for i := range out {
		out[i] = h.decode(out[i])
	}
	return out
}

// Has tells whether there is a field called name.
func (h Header) Has(name string) bool {
	for i := range h.fields {
		if sameName(h.fields[i].name, name) {
			return true
		}
	}
	return false
}

func (h Header) decode(raw string) string {
	return cleanLine(decodeWords(raw, h.charset))
}

func sameName(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// unfold joins a folded value into one line (RFC 5322 section 2.2.3): line ends
// go, the white space that follows them stays.
func unfold(raw string) string {
	if strings.IndexByte(raw, '\n') < 0 && strings.IndexByte(raw, '\r') < 0 {
		return strings.Trim(raw, " \t")
	}
	var b strings.Builder
	b.Grow(len(raw))
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '\r', '\n':
			// A line that was broken without white space must not join two words.
			if i+1 < len(raw) && !isWSP(raw[i+1]) && raw[i+1] != '\n' && raw[i+1] != '\r' {
				b.WriteByte(' ')
			}
		default:
			b.WriteByte(raw[i])
		}
	}
	return strings.Trim(b.String(), " \t")
}

func isWSP(c byte) bool { return c == ' ' || c == '\t' }

// headerRead is a header together with how its reading went.
type headerRead struct {
	header    Header
	truncated bool  // over a limit
	cutLine   bool  // a line was longer than the scanner's buffer
	junk      bool  // lines that are not header fields were met
	stop      *line // the line that stop recognised, if that ended it
}

// headerReader collects the fields of one header.
type headerReader struct {
	limits HeaderLimits
	block  []byte
	marks  []fieldMark
	lines  int
	headerRead
}

// fieldMark says where in the block a field's name and value are.
type fieldMark struct{ name, colon, end int }

// readHeader reads a header from s up to and including its blank line. stop,
// when not nil, recognises lines (boundaries) that end it as well.
func readHeader(s *lineScanner, limits HeaderLimits, stop func([]byte) bool) headerRead {
	r := headerReader{limits: limits, block: make([]byte, 0, min(512, limits.Bytes)), marks: make([]fieldMark, 0, 8)}
	for first := true; !endsHeader(s, stop, first); first = false {
		ln, ok := s.next()
		if !ok {
			break
		}
		if len(bytes.TrimRight(ln.text, " \t\r")) == 0 {
			if first && stop == nil && fieldColon(s.peek(lookahead)) > 0 {
				continue // a stray blank line before the header
			}
			if len(ln.text) > 0 && fieldsFollow(s.peek(lookahead), 4) {
				continue // a folded line with nothing on it (RFC 5322 section 4.2)
			}
			break
		}
		if stop != nil && stop(ln.text) {
			found := ln // a copy: ln itself stays off the heap
			found.text = bytes.Clone(ln.text)
			r.stop = &found
			break
		}
		r.cutLine = r.cutLine || ln.start+int64(len(ln.text)+ln.eol) < ln.next
		r.add(ln.text)
	}
	r.header = r.build()
	return r.headerRead
}

// lookahead is how far the reader looks to tell a broken field from a body.
const lookahead = 2 << 10

// endsHeader tells whether the next line is no part of the header though no
// blank line stands before it: a line that is neither a field nor a folded one
// and that no field follows soon.
func endsHeader(s *lineScanner, stop func([]byte) bool, first bool) bool {
	next := s.peek(lookahead)
	if len(next) == 0 || isWSP(next[0]) && !first || fieldColon(next) > 0 {
		return false
	}
	text, rest := cutLine(next)
	switch {
	case len(bytes.TrimSpace(text)) == 0, isMboxLine(text), isLostParameter(text):
		return false
	case bytes.HasPrefix(text, []byte("--")): // the boundary of a multipart whose header lacks its blank line
		return stop == nil || !stop(text)
	}
	return !fieldsFollow(rest, 4)
}

// fieldsFollow tells whether a known field stands in the next n lines, before any blank one.
func fieldsFollow(b []byte, n int) bool {
	for range n {
		var text []byte
		if text, b = cutLine(b); len(text) == 0 || bytes.HasPrefix(text, []byte("--")) {
			return false
		}
		if c := fieldColon(text); c > 0 && knownField(text[:c]) {
			return true
		}
	}
	return false
}

func (r *headerReader) add(text []byte) {
	r.lines++
	if r.lines > r.limits.Lines || len(r.block)+len(text)+2 > r.limits.Bytes {
		r.truncated = true
		return
	}
	if r.truncated {
		return // what follows a gap would be read as part of something else
	}
	if isWSP(text[0]) && len(r.marks) > 0 {
		r.extend(text)
		return
	}
	colon := fieldColon(text)
	if colon <= 0 {
		r.junk = r.junk || !isMboxLine(text)
		if len(r.marks) > 0 && !isMboxLine(text) {
			r.extend(text) // a fold without its white space: nothing is lost
		}
		return
	}
	start := len(r.block)
	r.block = append(r.block, text...)
	r.marks = append(r.marks, fieldMark{start, start + colon, len(r.block)})
}

func (r *headerReader) extend(text []byte) {
	r.block = append(append(r.block, '\n'), text...)
	r.marks[len(r.marks)-1].end = len(r.block)
}

func (r *headerReader) build() Header {
	if len(r.marks) == 0 {
		return Header{}
	}
	block := string(r.block)
	fields := make([]field, len(r.marks))
	for i, m := range r.marks {
		fields[i] = field{
			name: strings.TrimRight(block[m.name:m.colon], " \t"),
			raw:  block[m.colon+1 : m.end],
		}
	}
	return Header{fields: fields}
}

// cutLine splits off the first line of b.
func cutLine(b []byte) (text, rest []byte) {
	i := bytes.IndexAny(b, "\r\n")
	if i < 0 {
		return b, nil
	}
	if b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n' {
		return b[:i], b[i+2:]
	}
	return b[:i], b[i+1:]
}

// fieldColon returns the index of the colon after a field name (RFC 5322
// section 2.2; white space before the colon is section 4.5.8), or -1.
func fieldColon(text []byte) int {
	for i, c := range text {
		switch {
		case c == ':':
			if len(bytes.TrimRight(text[:i], " \t")) == 0 {
				return -1
			}
			return i
		case isWSP(c) && i > 0:
			j := i
			for j < len(text) && isWSP(text[j]) {
				j++
			}
			if j < len(text) && text[j] == ':' {
				return j
			}
			return -1
		case c <= ' ' || c == 0x7f:
			return -1
		}
	}
	return -1
}

func isMboxLine(text []byte) bool {
	return bytes.HasPrefix(text, []byte("From ")) || bytes.HasPrefix(text, []byte(">From "))
}

// isLostParameter recognises a parameter of Content-Type or
// Content-Disposition whose line lost the white space before it.
func isLostParameter(text []byte) bool {
	name, _, ok := bytes.Cut(text, []byte("="))
	if !ok {
		return false
	}
	switch strings.ToLower(string(bytes.TrimRight(name, " \t*0123456789"))) {
	case "boundary", "charset", "name", "filename", "format", "type", "report-type":
		return true
	}
	return false
}

// knownField recognises names of fields that no line of prose starts with.
func knownField(name []byte) bool {
	lower := strings.ToLower(string(bytes.TrimRight(name, " \t")))
	switch lower {
	case "from", "to", "cc", "bcc", "subject", "date", "message-id", "received", "return-path", "sender",
		"reply-to", "mime-version", "in-reply-to", "references", "precedence", "delivered-to", "errors-to",
		"organization", "importance", "priority", "status", "lines", "newsgroups", "dkim-signature",
		"authentication-results", "auto-submitted":
		return true
	}
	for _, p := range []string{"x-", "content-", "list-", "resent-", "arc-", "received-", "thread-"} {
		if strings.HasPrefix(lower, p) {
			return true
		}
	}
	return false
}
