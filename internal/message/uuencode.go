package message

import (
	"bytes"
	"io"
	"strings"
)

// maxInlineFiles bounds the files that are taken out of one text.
const maxInlineFiles = 100

// unpackUuencode takes the files out of a text that stand in it as uuencoded
// lines, as mail programs wrote them before MIME. Each becomes a part of its
// own; the text keeps what stands around them.
func unpackUuencode(r io.ReaderAt, p *part) {
	if !p.isText || !p.uuencode || p.ctype.value == "text/html" || !isIdentity(p.encoding) {
		return
	}
	s := newLineScanner(section(p.source(r), p.body, p.end), p.end-p.body)
	ln, ok := s.next()
	for ok && len(p.contents) < maxInlineFiles {
		name, begins := uuBegin(ln.text)
		if !begins {
			ln, ok = s.next()
			continue
		}
		start := ln.start
		end, whole, after, more := uuBlock(s)
		ln, ok = after, more
		if !whole {
			continue
		}
		file := &part{src: p.src, body: p.body + start, end: p.body + end, depth: p.depth + 1, encoding: "uuencode"}
		file.ctype = mediaType{value: "application/octet-stream", params: []param{{"name", name}}}
		file.dispo.value = "attachment"
		p.contents = append(p.contents, file)
		p.gaps = append(p.gaps, span{file.body, file.end})
	}
}

// isIdentity tells whether transferReader reads a body as it stands.
func isIdentity(encoding string) bool {
	switch encoding {
	case "base64", "quotedprintable", "xuuencode", "uuencode", "xuue", "uue":
		return false
	}
	return true
}

// uuBegin reads "begin 644 name"; the mode has three or four octal digits.
func uuBegin(text []byte) (name string, ok bool) {
	rest, ok := bytes.CutPrefix(text, []byte("begin "))
	if !ok {
		return "", false
	}
	mode, file, ok := bytes.Cut(rest, []byte(" "))
	if !ok || len(mode) < 3 || len(mode) > 4 || len(bytes.Trim(mode, "01234567")) > 0 || len(file) > 1000 {
		return "", false
	}
	return toUTF8(strings.TrimSpace(string(file)), ""), true
}

// uuBlock reads the lines after "begin". whole tells that they are a file: up
// to "end", or two full lines at least where the end was lost. end is where the
// file ends; after is the line behind it, if there is more.
func uuBlock(s *lineScanner) (end int64, whole bool, after line, more bool) {
	lines := 0
	end = s.offset
	for {
		ln, ok := s.next()
		switch {
		case !ok:
			return end, lines >= 2, line{}, false
		case lines > 0 && isUuEnd(ln.text):
			end = ln.next
			after, more = s.next()
			return end, true, after, more
		case len(ln.text) == 0 && string(s.peek(3)) == "end": // the line of length zero, without its space
		case !isUuLine(ln.text):
			return end, lines >= 2, ln, true
		}
		lines++
		end = ln.next
	}
}

func isUuEnd(text []byte) bool { return string(bytes.TrimRight(text, " \t\r")) == "end" }

// isUuLine tells whether a line has the length that its first character states.
// Spaces at its end may have been lost on the way; some programs add a checksum.
func isUuLine(text []byte) bool {
	if len(text) == 0 || len(text) > 100 {
		return false
	}
	for _, c := range text {
		if c < ' ' || c > '`' {
			return false
		}
	}
	count := int(text[0]-' ') & 0x3f
	want := 1 + (count+2)/3*4
	if len(text) > want+2 {
		return false
	}
	return len(text) >= want || len(text) >= want-3 && count > 0
}
