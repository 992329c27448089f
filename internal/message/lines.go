package message

import (
	"bytes"
	"hash"
	"io"
)

// lineScanner reads a source line by line with a fixed buffer, whatever the
// length of a line, and knows the offset of each. A line ends with LF or CRLF;
// in a source whose first buffer holds CR but no LF, with CR.
type lineScanner struct {
	r      io.Reader
	buf    []byte
	pos    int   // next unread byte in buf
	end    int   // end of valid bytes in buf
	offset int64 // offset in the source of buf[pos]
	eol    byte
	eof    bool
	err    error     // a read error other than io.EOF
	sum    hash.Hash // when set, is written every byte as it is read
}

// A line as it stands in the source.
type line struct {
	text  []byte // without its end; cut to the scanner's buffer; valid until the next call
	start int64  // offset of the first byte
	next  int64  // offset of the line after this one
	eol   int    // octets of the line end: 0 at the end of the source, else 1 or 2
}

// scanBuffer is the size of the window on a source; a line is seen up to this length.
const scanBuffer = 32 << 10

func newLineScanner(r io.Reader, size int64) *lineScanner {
	n := int64(scanBuffer)
	if size >= 0 && size < n {
		n = size + 1 // room for the read that finds the end
	}
	s := &lineScanner{r: r, buf: make([]byte, n), eol: '\n'}
	s.fill()
	s.guessEOL()
	return s
}

// newBytesScanner scans b itself, without copying it.
func newBytesScanner(b []byte) *lineScanner {
	s := &lineScanner{buf: b, end: len(b), eof: true, eol: '\n'}
	s.guessEOL()
	return s
}

func (s *lineScanner) guessEOL() {
	head := s.buf[:s.end]
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		s.eol = '\r'
	}
}

// fill moves what is unread to the front and reads until the buffer is full or the source ends.
func (s *lineScanner) fill() {
	if s.eof {
		return
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.end -= s.pos
		s.pos = 0
	}
	for empty := 0; s.end < len(s.buf) && !s.eof; {
		n, err := s.r.Read(s.buf[s.end:])
		if s.sum != nil {
			s.sum.Write(s.buf[s.end : s.end+n])
		}
		s.end += n
		if n == 0 {
			empty++
		}
		if err != nil || empty > 100 {
			s.eof = true
			if err != nil && err != io.EOF {
				s.err = err
			}
		}
	}
}

// hashRest makes every byte from the current position on go to h.
func (s *lineScanner) hashRest(h hash.Hash) {
	h.Write(s.buf[s.pos:s.end])
	s.sum = h
}

// peek shows up to n bytes that are next, n at most the buffer's size.
func (s *lineScanner) peek(n int) []byte {
	if s.end-s.pos < n && !s.eof {
		s.fill()
	}
	return s.buf[s.pos:min(s.pos+n, s.end)]
}

// next returns the next line, or false at the end of the source.
func (s *lineScanner) next() (line, bool) {
	i := bytes.IndexByte(s.buf[s.pos:s.end], s.eol)
	if i < 0 && !s.eof {
		s.fill()
		i = bytes.IndexByte(s.buf[s.pos:s.end], s.eol)
	}
	if s.pos == s.end {
		return line{}, false
	}
	if i < 0 && !s.eof {
		return s.longLine(), true
	}
	ln := line{start: s.offset, eol: 1}
	if i < 0 { // the last line, unterminated
		ln.text, ln.eol = s.buf[s.pos:s.end], 0
		s.advance(s.end - s.pos)
	} else {
		ln.text = s.buf[s.pos : s.pos+i]
		s.advance(i + 1)
		if n := len(ln.text); n > 0 && s.eol == '\n' && ln.text[n-1] == '\r' {
			ln.text, ln.eol = ln.text[:n-1], 2
		}
	}
	ln.next = s.offset
	return ln, true
}

func (s *lineScanner) advance(n int) {
	s.pos += n
	s.offset += int64(n)
}

// longLine returns the start of a line that is longer than the buffer and skips the rest of it.
func (s *lineScanner) longLine() line {
	ln := line{start: s.offset}
	ln.text = bytes.Clone(s.buf[s.pos:s.end])
	var last byte
	for {
		i := bytes.IndexByte(s.buf[s.pos:s.end], s.eol)
		if i >= 0 {
			if i > 0 {
				last = s.buf[s.pos+i-1]
			}
			s.advance(i + 1)
			ln.eol = 1
			if last == '\r' && s.eol == '\n' {
				ln.eol = 2
			}
			break
		}
		if s.end > s.pos {
			last = s.buf[s.end-1]
		}
		s.advance(s.end - s.pos)
		if s.eof {
			break
		}
		s.fill()
	}
	ln.next = s.offset
	return ln
}

// skipSeeing reads to the end of the source and tells whether word was there.
func (s *lineScanner) skipSeeing(word []byte) (seen bool) {
	for !seen {
		seen = bytes.Contains(s.buf[s.pos:s.end], word)
		if s.eof {
			break
		}
		s.advance(max(s.end-s.pos-len(word)+1, 0)) // what is left may be the start of it
		s.fill()
	}
	s.skip()
	return seen
}

// skip reads to the end of the source.
func (s *lineScanner) skip() {
	for {
		s.advance(s.end - s.pos)
		if s.eof {
			return
		}
		s.fill()
	}
}
