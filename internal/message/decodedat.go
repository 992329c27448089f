package message

import (
	"io"
	"sort"
)

// decodedAt gives random access to the decoded octets of a base64 or
// quoted-printable body, so that parts within it can be read like those of the
// mail itself. It holds one chunk in memory and remembers where each chunk
// begins: a read decodes what it needs and at most one chunk more.
type decodedAt struct {
	src      io.ReaderAt
	to       int64 // end of the encoded body in src
	encoding string
	marks    []decodeMark // where each known chunk begins; the last one may be the end
	raw, buf []byte
	loaded   int // the chunk in buf, -1 for none
}

// decodeMark is the state of the decoder at the beginning of a chunk.
type decodeMark struct {
	raw, decoded int64
	acc          uint32 // base64: bits that are not yet an octet
	bits         int
}

// openDecoded returns the decoded octets of p for random access, nil when its
// encoding does not allow that. r is the mail.
func openDecoded(r io.ReaderAt, p *part) io.ReaderAt {
	switch p.encoding {
	case "", "7bit", "8bit", "binary":
		return section(p.source(r), p.body, p.end)
	case "base64", "quotedprintable":
		return &decodedAt{src: p.source(r), to: p.end, encoding: p.encoding, marks: []decodeMark{{raw: p.body}}, loaded: -1}
	}
	return nil
}

// ReadAt implements io.ReaderAt for one goroutine at a time.
func (d *decodedAt) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		i := sort.Search(len(d.marks), func(i int) bool { return d.marks[i].decoded > at }) - 1
		known := len(d.marks)
		d.load(i)
		if skip := at - d.marks[i].decoded; skip < int64(len(d.buf)) {
			n += copy(p[n:], d.buf[skip:])
		} else if len(d.marks) == known { // this was the last chunk
			return n, io.EOF
		}
	}
	return n, nil
}

// load decodes chunk i, and with the newest one learns where the next begins.
func (d *decodedAt) load(i int) {
	if d.loaded == i {
		return
	}
	if d.raw == nil {
		d.raw, d.buf = make([]byte, transferBuffer), make([]byte, 0, transferBuffer)
	}
	m := d.marks[i]
	d.loaded = i
	n, _ := d.src.ReadAt(d.raw[:min(int64(len(d.raw)), max(d.to-m.raw, 0))], m.raw) // a fault is kept by the faultReader
	next := m
	if d.encoding == "base64" {
		dec := base64Reader{acc: m.acc, bits: m.bits}
		d.buf = dec.decode(d.buf[:0], d.raw[:n])
		next.raw, next.acc, next.bits = m.raw+int64(n), dec.acc, dec.bits
	} else {
		var used int
		d.buf, used = qpDecode(d.buf[:0], d.raw[:n], n < len(d.raw) || m.raw+int64(n) >= d.to)
		next.raw = m.raw + int64(used)
	}
	next.decoded = m.decoded + int64(len(d.buf))
	if i == len(d.marks)-1 && next.raw > m.raw {
		d.marks = append(d.marks, next)
	}
}
