package message

import (
	"io"
	"slices"
	"strings"
)

// slot is a piece of what a person reads: the same text as plain text, as HTML,
// or as both (multipart/alternative). A mail has several when text stands
// between its attachments.
type slot struct{ plain, html *part }

// selectBodies chooses the parts that are the mail's text and marks them. It
// looks at the structure only, never at what parts contain, so that an
// attachment's index does not depend on what is asked for.
func selectBodies(root *part) []slot {
	adoptStrayText(root)
	slots := bodiesOf(root, true)
	if !anyWords(slots) {
		if p := outsideText(root); p != nil {
			slots = append(slots, slot{plain: p})
		}
	}
	if len(slots) == 0 {
		if p := anyText(root); p != nil {
			slots = []slot{{plain: p}}
		}
	}
	for _, s := range slots {
		if s.plain != nil {
			s.plain.isText = true
		}
		if s.html != nil {
			s.html.isText = true
		}
	}
	return slots
}

// adoptStrayText makes parts of what stands outside of a multipart's parts when
// the multipart has none, so that nothing is lost.
func adoptStrayText(p *part) {
	for _, c := range p.children {
		adoptStrayText(c)
	}
	if p.multipart() && len(p.children) == 0 && p.prolog.to > p.prolog.from {
		stray := &part{src: p.src, body: p.prolog.from, end: p.prolog.to, depth: p.depth + 1, encoding: p.encoding}
		stray.ctype = mediaType{value: "text/plain", params: p.ctype.params}
		stray.header.charset = p.header.charset
		if p.closed {
			stray.end = p.end
		}
		p.children = append(p.children, stray)
	}
}

// anyWords tells whether a slot holds more than a line end.
func anyWords(slots []slot) bool {
	for _, s := range slots {
		for _, p := range [...]*part{s.plain, s.html} {
			if p != nil && p.end-p.body > 2 {
				return true
			}
		}
	}
	return false
}

// outsideText makes a part of what somebody wrote before the first part of a
// multipart, or after its last.
func outsideText(p *part) *part {
	if !p.multipart() {
		return nil
	}
	for _, o := range [...]struct {
		words bool
		at    span
	}{{p.prologWords && p.seen, p.prolog}, {p.epilogWords, p.epilog}} {
		if o.words && o.at.to > o.at.from {
			t := &part{src: p.src, body: o.at.from, end: o.at.to, depth: p.depth + 1, ctype: mediaType{value: "text/plain"}}
			p.children = append(p.children, t)
			return t
		}
	}
	for _, c := range p.children {
		if t := outsideText(c); t != nil {
			return t
		}
	}
	return nil
}

// bodiesOf returns the slots in p. first is true as long as no text was found,
// so that the first text of a mail is its body even if it has a file name.
func bodiesOf(p *part, first bool) []slot {
	if !p.multipart() {
		switch {
		case !isBodyPart(p, first):
			return nil
		case p.ctype.value == "text/html" || p.ctype.value == "application/xhtml+xml":
			return []slot{{html: p}}
		}
		return []slot{{plain: p}}
	}
	switch p.ctype.value {
	case "multipart/alternative":
		return alternative(p, first)
	case "multipart/related":
		return relatedBodies(p, first)
	}
	var out []slot
	for _, c := range p.children {
		out = append(out, bodiesOf(c, first && len(out) == 0)...)
	}
	return out
}

// alternative joins the best plain and the best HTML version: later parts are
// more faithful (RFC 2046 section 5.1.4), but a plain one that comes first is
// what the other versions are made from.
func alternative(p *part, first bool) []slot {
	var plain, html []slot
	for _, c := range p.children {
		sub := bodiesOf(c, first)
		switch {
		case len(sub) == 0:
		case hasHTML(sub):
			if html == nil {
				html = sub
			}
		case plain == nil:
			plain = sub
		}
	}
	switch {
	case html == nil:
		return plain
	case plain == nil:
		return html
	case len(plain) == 1 && len(html) == 1:
		if html[0].plain == nil {
			return []slot{{plain: plain[0].plain, html: html[0].html}}
		}
		return html
	}
	// One version is in several pieces: show the HTML pieces, with the plain text on the first.
	for i := range html {
		if html[i].plain == nil && html[i].html != nil && len(html) == 1 {
			html[i].plain = plain[0].plain
		}
	}
	return html
}

func hasHTML(slots []slot) bool {
	for _, s := range slots {
		if s.html != nil {
			return true
		}
	}
	return false
}

// relatedBodies returns the text of the root (RFC 2387 section 3.2), which the
// others belong to.
func relatedBodies(p *part, first bool) []slot {
	root := 0
	if start := strings.Trim(p.ctype.param("start"), "<> "); start != "" {
		for i, c := range p.children {
			if contentID(c) == start {
				root = i
			}
		}
	}
	var out []slot
	for i, c := range p.children {
		c.inRelated = i != root
		if i == root {
			out = bodiesOf(c, first)
		}
	}
	if len(out) > 0 {
		return out
	}
	for i, c := range p.children { // the root is no text: take what there is
		if i != root && len(out) == 0 {
			out = bodiesOf(c, first)
		}
	}
	return out
}

// isBodyPart tells whether a leaf is text to be read in its place.
func isBodyPart(p *part, first bool) bool {
	if p.dispo.value == "attachment" {
		return false
	}
	switch p.ctype.value {
	case "text/plain", "text/html", "application/xhtml+xml", "text/enriched", "text/richtext", "text/x-amp-html", "text/markdown":
	default:
		return false
	}
	if p.ctype.value == "text/x-amp-html" || p.ctype.value == "text/markdown" {
		return first && p.depth == 0
	}
	return first || partName(p) == ""
}

// anyText finds a text part to show when the mail has no body of its own.
func anyText(p *part) *part {
	if !p.multipart() {
		if p.depth == 0 && p.ctype.hasPrefix("text/") && p.ctype.value != "text/calendar" && p.dispo.value != "attachment" {
			return p
		}
		return nil
	}
	for _, c := range p.children {
		if t := anyText(c); t != nil {
			return t
		}
	}
	return nil
}

// bodyReader decodes what selectBodies chose, within the limits.
type bodyReader struct {
	r io.ReaderAt
	m *Message
	o Options

	mislabelled bool // a part that is said to be plain text is HTML
}

// previewBytes is how much of a body is decoded when only a preview is asked for.
const (
	previewBytes = 2 << 10
	previewHTML  = 32 << 10 // style sheets come first
)

func (b *bodyReader) readText(root *part, slots []slot) {
	m := b.m
	m.Signed = root.ctype.value == "multipart/signed"
	m.Encrypted = isEncrypted(root)
	limit := previewBytes
	if b.o.Text {
		limit = b.o.Limits.TextBytes
	}
	var text []string
	left := limit
	for _, s := range slots {
		if left <= 0 {
			b.cut()
			break
		}
		t := b.slotText(s, left)
		left -= len(t)
		if t != "" {
			text = append(text, t)
		}
	}
	full := strings.Join(text, "\n\n")
	if strings.TrimSpace(full) == "" {
		full = b.standIn(root)
	}
	said, quoted := SplitQuotes(full)
	m.Preview = previewOf(said, quoted)
	if b.o.Text {
		m.Text, m.Quoted = said, quoted
	}
	if b.o.HTML && (hasHTML(slots) || b.mislabelled) {
		m.HTML = b.slotsHTML(slots)
	}
}

// enclosedBytes is up to which size a mail within a mail is read for its text.
const enclosedBytes = 1 << 20

// enclosedText returns what a mail says whose only content is another mail: that
// one's sender, date, subject and text. It goes one level deep.
func (b *bodyReader) enclosedText(root *part) string {
	p := findType(root, "message/rfc822", "message/global")
	if p == nil || p.end-p.body > 2*enclosedBytes || len(attachmentParts(root, nil)) != 1 {
		return ""
	}
	return b.mailText(p)
}

// mailText reads a part as a mail.
func (b *bodyReader) mailText(p *part) string {
	raw, _ := decodeHead(b.r, p, p.encoding, enclosedBytes)
	in := ParseBytes(raw, Options{Limits: b.o.Limits, Text: true, enclosed: true})
	var out strings.Builder
	for _, name := range [...]string{"From", "Date", "Subject"} {
		if v := in.Header.Get(name); v != "" {
			out.WriteString(name + ": " + v + "\n")
		}
	}
	out.WriteString("\n" + in.Text)
	if in.Quoted != "" {
		out.WriteString("\n\n" + in.Quoted)
	}
	return out.String()
}

func (b *bodyReader) cut() {
	if !b.o.Text {
		return
	}
	b.m.Truncated = true
	b.m.note("the text is longer than is shown")
}

func (m *Message) note(s string) {
	if !slices.Contains(m.Notes, s) {
		m.Notes = append(m.Notes, s)
	}
}

// slotText returns the plain text of a slot, made from its HTML when there is
// none or when the plain part only says that there is HTML.
func (b *bodyReader) slotText(s slot, limit int) string {
	plain := ""
	if s.plain != nil {
		plain = b.plainText(s.plain, limit)
	}
	switch {
	case s.html == nil && looksHTML(plain):
		b.mislabelled = true
		return HTMLToText(b.plainText(s.plain, max(limit, previewHTML)))
	case s.html == nil, s.plain != nil && !isStub(plain):
		return plain
	}
	src := b.decodePart(s.html, max(limit, previewHTML))
	if t := HTMLToText(src); len(strings.TrimSpace(t)) > len(strings.TrimSpace(plain)) {
		return t
	}
	return plain
}

// looksHTML recognises an HTML document by its first tag.
func looksHTML(text string) bool {
	head := strings.TrimSpace(text[:min(len(text), 200)])
	for _, tag := range [...]string{"<html", "<!doctype html"} {
		if len(head) > len(tag) && strings.EqualFold(head[:len(tag)], tag) {
			return true
		}
	}
	return false
}

func (b *bodyReader) plainText(p *part, limit int) string {
	t := b.decodePart(p, limit)
	switch {
	case p.ctype.value == "text/enriched" || p.ctype.value == "text/richtext":
		t = stripEnriched(t)
	case strings.EqualFold(p.ctype.param("format"), "flowed"):
		t = unflow(t, strings.EqualFold(p.ctype.param("delsp"), "yes"))
	}
	return cleanText(t)
}

// decodePart returns up to limit octets of a text part, as UTF-8.
func (b *bodyReader) decodePart(p *part, limit int) string {
	encoding := p.encoding
	if encoding == "base64" && b.looksPlain(p) {
		encoding = ""
		b.m.note("the text was said to be base64 and is not")
	}
	if _, known := transferReader(nil, encoding); !known {
		b.m.note("unknown transfer encoding: shown as it is")
	}
	raw, more := decodeHead(b.r, p, encoding, limit)
	if more {
		b.cut()
	}
	label := p.ctype.param("charset")
	if label == "" && p.ctype.value == "text/html" {
		label = metaCharset(raw)
	}
	text, ok := decodeText(raw, label)
	if !ok && label != "" {
		b.m.note("the stated charset is wrong or unknown: read as well as could be")
	}
	return text
}

// looksPlain tells whether a body that is said to be base64 is text as it stands.
func (b *bodyReader) looksPlain(p *part) bool {
	head, _ := decodeHead(b.r, p, "", 1000)
	strange := 0
	for _, c := range head {
		if !isBase64(c) && c != '=' && c != '\r' && c != '\n' {
			strange++
		}
	}
	return len(head) > 0 && strange*20 > len(head)
}

// slotsHTML joins the HTML of all slots; plain ones between them become paragraphs.
func (b *bodyReader) slotsHTML(slots []slot) string {
	var out strings.Builder
	for _, s := range slots {
		left := b.o.Limits.TextBytes - out.Len()
		if left <= 0 {
			b.cut()
			break
		}
		if s.html != nil {
			out.WriteString(strings.ReplaceAll(b.decodePart(s.html, left), "\x00", ""))
			continue
		}
		text := b.plainText(s.plain, left)
		if !looksHTML(text) {
			text = TextToHTML(text)
		}
		out.WriteString(text)
	}
	return out.String()
}

func isEncrypted(p *part) bool {
	if isSMIME(p) {
		// RFC 8551 section 3.2.2; what does not say is encrypted, unless it is a file of signatures.
		switch strings.ToLower(p.ctype.param("smime-type")) {
		case "signed-data", "certs-only", "compressed-data":
			return false
		}
		return true
	}
	return p.ctype.value == "multipart/encrypted"
}
