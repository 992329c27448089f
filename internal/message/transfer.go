package message

import (
	"bytes"
	"io"
	"strings"
)

// transferReader returns a reader of the octets that an encoded body stands for
// (RFC 2045 section 6). Encodings that are unknown are read as they are; known
// is then false. What is malformed is read as well as it can be, never refused.
func transferReader(r io.Reader, encoding string) (dec io.Reader, known bool) {
	switch normalEncoding(encoding) {
	case "base64":
		return &base64Reader{r: r}, true
	case "quotedprintable":
		return &qpReader{r: r}, true
	case "xuuencode", "uuencode", "xuue", "uue":
		return &uuReader{s: newLineScanner(r, -1)}, true
	case "", "7bit", "8bit", "binary", "7bits", "8bits", "none", "identity":
		return r, true
	}
	return r, false
}

// normalEncoding reduces the ways to write an encoding to one.
func normalEncoding(s string) string {
	switch s {
	case "", "7bit", "8bit", "base64", "binary":
		return s
	case "quoted-printable":
		return "quotedprintable"
	}
	if i := strings.IndexByte(s, ';'); i >= 0 {
		s = s[:i]
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			return r
		}
		return -1
	}, s)
}

// base64Reader decodes base64 (RFC 2045 section 6.8): characters outside of the
// alphabet are skipped, padding in the middle starts anew, a missing end is made up for.
type base64Reader struct {
	r    io.Reader
	in   []byte
	out  []byte // decoded, not yet read: a part of keep
	acc  uint32
	bits int
	err  error
	keep []byte
}

// transferBuffer is how much encoded data is decoded at a time.
const transferBuffer = 16 << 10

var base64Values = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = int8(i)
	}
	t['-'], t['_'] = 62, 63 // the URL alphabet, which some senders use
	return t
}()

func (d *base64Reader) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		if d.in == nil {
			d.in, d.keep = make([]byte, transferBuffer), make([]byte, 0, transferBuffer)
		}
		n, err := d.r.Read(d.in)
		d.err = err
		d.out = d.decode(d.keep[:0], d.in[:n])
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

func (d *base64Reader) decode(dst, src []byte) []byte {
	for _, c := range src {
		v := base64Values[c]
		if v < 0 {
			if c == '=' { // what is left over in acc is padding bits
				d.acc, d.bits = 0, 0
			}
			continue
		}
		d.acc = d.acc<<6 | uint32(v)
		d.bits += 6
		if d.bits >= 8 {
			d.bits -= 8
			dst = append(dst, byte(d.acc>>d.bits))
		}
	}
	return dst
}

func base64Bytes(s string) []byte {
	var d base64Reader
	return d.decode(make([]byte, 0, len(s)*3/4+3), []byte(s))
}

// qpReader decodes quoted-printable (RFC 2045 section 6.7). Lines may be of any
// length; an "=" that starts no escape stands for itself.
type qpReader struct {
	r     io.Reader
	in    []byte // unread input, a part of store
	out   []byte // decoded, a part of keep
	err   error
	store []byte
	keep  []byte
}

func (d *qpReader) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil && len(d.in) == 0 {
			return 0, d.err
		}
		d.refill()
		var used int
		d.out, used = qpDecode(d.keep[:0], d.in, d.err != nil)
		d.in = d.in[used:]
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

func (d *qpReader) refill() {
	if d.store == nil {
		d.store, d.keep = make([]byte, transferBuffer), make([]byte, 0, transferBuffer)
	}
	n := copy(d.store, d.in)
	for n < len(d.store) && d.err == nil {
		var m int
		m, d.err = d.r.Read(d.store[n:])
		n += m
	}
	d.in = d.store[:n]
}

// qpDecode appends to dst what src stands for and tells how much of src was
// used; unless final, it leaves what may go on in the next input.
func qpDecode(dst, src []byte, final bool) (out []byte, used int) {
	i := 0
	for i < len(src) {
		c := src[i]
		switch {
		case c == '=':
			b, n := qpEscape(src[i:], final)
			if n == 0 {
				return dst, i
			}
			if b >= 0 {
				dst = append(dst, byte(b))
			}
			i += n
		case isWSP(c): // white space at the end of a line was added on the way
			n := 1
			for i+n < len(src) && isWSP(src[i+n]) {
				n++
			}
			if i+n == len(src) && !final && n < len(src) {
				return dst, i
			}
			if i+n < len(src) && src[i+n] != '\r' && src[i+n] != '\n' || n == len(src) {
				dst = append(dst, src[i:i+n]...)
			}
			i += n
		default:
			j := bytes.IndexAny(src[i:], "= \t")
			if j < 0 {
				j = len(src) - i
			}
			dst = append(dst, src[i:i+j]...)
			i += j
		}
	}
	return dst, i
}

// qpEscape reads the escape or soft line break that src starts with: the octet
// that it stands for, -1 for none. n is 0 when more input is needed to tell.
func qpEscape(src []byte, final bool) (b, n int) {
	if len(src) >= 3 && unhex(src[1]) >= 0 && unhex(src[2]) >= 0 {
		return unhex(src[1])<<4 | unhex(src[2]), 3
	}
	i := 1
	for i < len(src) && i < 1000 && isWSP(src[i]) {
		i++
	}
	switch {
	case i < len(src) && src[i] == '\n':
		return -1, i + 1
	case i+1 < len(src) && src[i] == '\r' && src[i+1] == '\n':
		return -1, i + 2
	case i+1 < len(src) && src[i] == '\r':
		return -1, i + 1
	case !final && len(src) < 1100 && (i >= len(src) || len(src) < 3 || src[i] == '\r'):
		return -1, 0
	case i >= len(src): // "=" as the last character
		return -1, i
	}
	return '=', 1
}

// decodeHead returns about the first limit decoded octets of a text part, at
// once; more tells that the part goes on.
func decodeHead(r io.ReaderAt, p *part, encoding string, limit int) (text []byte, more bool) {
	size := p.textSize()
	room := int64(limit) + 1
	encoded := encoding == "base64" || encoding == "quotedprintable"
	if encoded {
		room *= 4
	}
	raw := p.readText(r, min(max(size, 0), room))
	switch {
	case encoding == "base64":
		var d base64Reader
		text = d.decode(make([]byte, 0, len(raw)*3/4+3), raw)
	case encoded:
		text, _ = qpDecode(make([]byte, 0, len(raw)), raw, true)
	default:
		dec, _ := transferReader(bytes.NewReader(raw), encoding)
		text = raw
		if _, plain := dec.(*bytes.Reader); !plain {
			text, _ = io.ReadAll(dec)
		}
	}
	if len(text) > limit {
		return cutRune(text[:limit]), true
	}
	return text, size > room
}

// textSize is how many octets p has that are its own.
func (p *part) textSize() int64 {
	size := p.end - p.body
	for _, g := range p.gaps {
		size -= g.to - g.from
	}
	return size
}

// readText returns the first octets of p, n at most, without those of its gaps.
func (p *part) readText(r io.ReaderAt, n int64) []byte {
	raw := make([]byte, n)
	got, from := 0, p.body
	for i := 0; i <= len(p.gaps) && got < len(raw); i++ {
		to, next := p.end, p.end
		if i < len(p.gaps) {
			to, next = p.gaps[i].from, p.gaps[i].to
		}
		want := min(int64(len(raw)-got), max(to-from, 0))
		m, _ := p.source(r).ReadAt(raw[got:got+int(want)], from) // a fault is kept by the faultReader
		got += m
		from = next
	}
	return raw[:got]
}

// uuReader decodes the lines between "begin" and "end" of uuencoded data.
type uuReader struct {
	s     *lineScanner
	begun bool
	out   []byte
}

func (d *uuReader) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		ln, ok := d.s.next()
		if !ok {
			if d.s.err != nil {
				return 0, d.s.err
			}
			return 0, io.EOF
		}
		switch {
		case !d.begun:
			d.begun = bytes.HasPrefix(ln.text, []byte("begin "))
		case isUuEnd(ln.text):
			d.begun = false
		default:
			d.out = uuLine(d.out[:0], ln.text)
		}
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

func uuLine(dst, text []byte) []byte {
	if len(text) == 0 {
		return dst
	}
	count := int(text[0]-' ') & 0x3f
	at := func(i int) uint32 {
		if i < len(text) {
			return uint32(text[i]-' ') & 0x3f
		}
		return 0
	}
	for i := 1; count > 0; i += 4 {
		v := at(i)<<18 | at(i+1)<<12 | at(i+2)<<6 | at(i+3)
		for shift := 16; shift >= 0 && count > 0; shift -= 8 {
			dst = append(dst, byte(v>>shift))
			count--
		}
	}
	return dst
}
