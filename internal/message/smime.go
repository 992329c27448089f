package message

import (
	"bytes"
	"io"
	"sort"
)

// An S/MIME mail that is signed opaquely (RFC 8551 section 3.5.2) has all that it says within the octets of its
// signature, a CMS SignedData (RFC 5652 section 5). What was signed is read there like a part of the mail; the signature
// is not checked, and stays listed as the file that came.

// isSMIME tells whether a part is a CMS object as mail carries them.
func isSMIME(p *part) bool {
	return p.ctype.value == "application/pkcs7-mime" || p.ctype.value == "application/x-pkcs7-mime"
}

// openSigned makes of a signed S/MIME object a multipart of its file and of what was signed.
func (w *walker) openSigned(r io.ReaderAt, p *part) {
	if !isSMIME(p) || w.parts >= w.limits.Parts || p.depth >= w.limits.Depth {
		return
	}
	src := openDecoded(r, p)
	if src == nil {
		return
	}
	content := signedContent(src, p.end-p.body)
	size := content.size()
	if size == 0 {
		return // only certificates, or not what it says
	}
	in := walk(newLineScanner(io.NewSectionReader(content, 0, size), size), w.innerLimits(p), func(*part) {})
	in.root.readFrom(content)
	in.root.nest(p.depth + 1)
	file := *p
	file.depth++
	p.children = []*part{&file, in.root}
	p.ctype = mediaType{value: "multipart/signed"}
	w.parts += in.parts + 1
	w.cut = w.cut || in.cut || content.cut
	if content.cut {
		w.note("a signed mail in more than %d pieces: only these are read", berPieces)
	}
	w.odd = w.odd || in.odd
	for _, n := range in.notes {
		w.note("%s", n)
	}
}

// innerLimits are what is left of the limits for a mail's structure within p.
func (w *walker) innerLimits(p *part) Limits {
	l := w.limits
	l.Parts = max(l.Parts-w.parts, 1)
	l.Depth = max(l.Depth-p.depth-1, 1)
	l.HeaderBytes, l.HeaderLines = l.PartHeaderBytes, l.PartHeaderLines
	return l
}

// nest puts p and what is in it that many levels deeper.
func (p *part) nest(levels int) {
	p.depth += levels
	for _, c := range p.children {
		c.nest(levels)
	}
}

// Bounds on what is read of one CMS object.
const (
	berPieces = 20000 // pieces that the content is cut into
	berDepth  = 8
)

// The tags that lead to the content, in the Basic Encoding Rules (X.690 section 8.1.2).
const (
	berOctets      = 0x04
	berOID         = 0x06
	berInteger     = 0x02
	berConstructed = 0x20
	berSequence    = 0x30
	berSet         = 0x31
	berExplicit0   = 0xa0 // [0] EXPLICIT
)

var oidSignedData = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02} // 1.2.840.113549.1.7.2

// signedContent finds the octets that a SignedData in src signs, none when it is none or holds none:
//
//	ContentInfo ::= SEQUENCE { OID signedData, [0] SEQUENCE {
//	    version INTEGER, digestAlgorithms SET,
//	    encapContentInfo SEQUENCE { OID, [0] OCTET STRING }, … } }
//
// Many programs write BER with lengths left open and the content in pieces, which encoding/asn1 does not read.
func signedContent(src io.ReaderAt, size int64) *spanReader {
	b := &berReader{window: octetWindow{src: src}, size: size}
	out := &spanReader{src: src}
	info := b.enter(0, berSequence)
	oid := b.element(info)
	if oid.tag != berOID || !bytes.Equal(b.window.octets(oid.body, int(min(oid.end-oid.body, 32))), oidSignedData) {
		return out
	}
	data := b.enter(b.enter(oid.next, berExplicit0), berSequence)
	version := b.element(data)
	if version.tag != berInteger {
		return out
	}
	digests := b.element(version.next)
	if digests.tag != berSet {
		return out
	}
	oid = b.element(b.enter(b.skip(digests, 0), berSequence))
	if oid.tag != berOID {
		return out
	}
	if at := b.enter(oid.next, berExplicit0); at >= 0 {
		b.collect(b.element(at), out, 0)
	}
	return out
}

// berReader reads elements, forwards.
type berReader struct {
	window octetWindow
	size   int64
	pieces int
}

// berElement is one element. Of an open length, end is that of the source and next is not known before its parts are read.
type berElement struct {
	tag             byte
	body, end, next int64
	open            bool
}

// element reads the head of the element at off; its tag is 0 where there is none.
func (b *berReader) element(off int64) berElement {
	h := b.window.octets(off, 10)
	if off < 0 || len(h) < 2 || h[0] == 0 || h[0]&0x1f == 0x1f {
		return berElement{}
	}
	e := berElement{tag: h[0], body: off + 2}
	length := int64(h[1])
	switch n := int(h[1] & 0x7f); {
	case h[1] == 0x80:
		e.open, e.end, e.next = true, b.size, b.size
		if e.tag&berConstructed == 0 {
			return berElement{}
		}
		return e
	case h[1] > 0x80:
		if n > 8 || len(h) < 2+n {
			return berElement{}
		}
		e.body += int64(n)
		length = 0
		for _, c := range h[2 : 2+n] {
			if length > b.size {
				return berElement{}
			}
			length = length<<8 | int64(c)
		}
	}
	e.next = e.body + length
	e.end = min(e.next, b.size) // what was cut off is read as far as it goes
	return e
}

// enter returns where the parts of the element at off begin, -1 when it is no such element.
func (b *berReader) enter(off int64, tag byte) int64 {
	if e := b.element(off); e.tag == tag {
		return e.body
	}
	return -1
}

// skip returns where what follows e begins, -1 when that cannot be told.
func (b *berReader) skip(e berElement, depth int) int64 {
	if !e.open {
		return e.next
	}
	off := e.body
	for b.pieces < berPieces && depth < berDepth {
		if b.endsHere(off) {
			return off + 2
		}
		b.pieces++
		part := b.element(off)
		if part.tag == 0 {
			return -1
		}
		if off = b.skip(part, depth+1); off < 0 {
			return -1
		}
	}
	return -1
}

// endsHere tells whether the mark stands at off that ends an element of open length.
func (b *berReader) endsHere(off int64) bool {
	h := b.window.octets(off, 2)
	return len(h) == 2 && h[0] == 0 && h[1] == 0
}

// collect appends the octets of e, an OCTET STRING that may be in pieces, and returns where what follows it begins.
func (b *berReader) collect(e berElement, out *spanReader, depth int) int64 {
	switch {
	case e.tag == berOctets:
		out.add(span{e.body, e.end})
		return e.next
	case e.tag != berOctets|berConstructed || depth >= berDepth:
		return -1
	}
	for off := e.body; b.pieces < berPieces; b.pieces++ {
		if e.open && b.endsHere(off) {
			return off + 2
		}
		if off >= e.end {
			return e.next
		}
		if off = b.collect(b.element(off), out, depth+1); off < 0 {
			return -1
		}
	}
	out.cut = true
	return -1
}

// spanReader reads pieces of a source as one.
type spanReader struct {
	src   io.ReaderAt
	spans []span
	ends  []int64 // of each span, in what is read
	cut   bool    // there are more of them
}

func (s *spanReader) add(at span) {
	if at.to > at.from {
		s.spans = append(s.spans, at)
		s.ends = append(s.ends, s.size()+at.to-at.from)
	}
}

func (s *spanReader) size() int64 {
	if len(s.ends) == 0 {
		return 0
	}
	return s.ends[len(s.ends)-1]
}

// ReadAt implements io.ReaderAt for one goroutine at a time.
func (s *spanReader) ReadAt(p []byte, off int64) (n int, err error) {
	i := sort.Search(len(s.ends), func(i int) bool { return s.ends[i] > off })
	for ; n < len(p) && i < len(s.spans); i++ {
		left := s.ends[i] - off
		k := int(min(left, int64(len(p)-n)))
		got, err := s.src.ReadAt(p[n:n+k], s.spans[i].to-left)
		n, off = n+got, off+int64(got)
		if got < k {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
