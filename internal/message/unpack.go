package message

import (
	"io"
)

// arrange finds what stands within the octets of parts, and chooses the parts
// that are the mail's text. It depends on the mail alone, never on what is asked
// for, so that an attachment's index is always the same. r is the mail.
func (w *walker) arrange(r io.ReaderAt) []slot {
	w.decodeMultiparts(r, w.root)
	slots := selectBodies(w.root)
	var tnef []*tnefContent
	w.unpack(r, w.root, &tnef)
	if anyWords(slots) {
		return slots
	}
	for _, t := range tnef {
		if s, ok := t.choose(); ok {
			slots = append(slots, s)
		}
	}
	return slots
}

// unpack fills the contents of p's leaves.
func (w *walker) unpack(r io.ReaderAt, p *part, tnef *[]*tnefContent) {
	for _, c := range p.children {
		w.unpack(r, c, tnef)
	}
	switch {
	case len(p.children) > 0:
	case p.isText:
		unpackUuencode(r, p)
	case isTNEF(p):
		if src := openDecoded(r, p); src != nil {
			t := readTNEF(src, p)
			p.contents = t.files
			*tnef = append(*tnef, t)
			if t.cut {
				w.cut = true
				w.note("more files in one TNEF attachment than are listed")
			}
		}
	}
}

// decodeMultiparts reads the multiparts that are encoded as a whole, which
// RFC 2045 section 6.4 forbids and some gateways do, by walking over their
// decoded octets. One that stands within another such is left as it is.
func (w *walker) decodeMultiparts(r io.ReaderAt, p *part) {
	for _, c := range p.children {
		w.decodeMultiparts(r, c)
	}
	w.openSigned(r, p)
	encoded := p.encoding == "base64" || p.encoding == "quotedprintable"
	if !p.multipart() || !encoded || len(p.children) > 0 || p.end <= p.body || w.parts >= w.limits.Parts {
		return
	}
	src := openDecoded(r, p)
	in := &walker{s: newLineScanner(io.NewSectionReader(src, 0, p.end-p.body), p.end-p.body), limits: w.limits, active: map[string][]int{}, parts: w.parts}
	root := &part{header: p.header, ctype: p.ctype, dispo: p.dispo, boundary: p.boundary, depth: p.depth}
	in.enter(root)
	in.run()
	in.last = in.s.offset
	in.closeFrom(0)
	w.parts = in.parts
	if !root.seen {
		return // nothing but text: it is shown decoded
	}
	w.cut = w.cut || in.cut
	for _, n := range in.notes {
		w.note("%s", n)
	}
	root.readFrom(src)
	p.children = []*part{root}
}

// readFrom makes the offsets of p and of all below it be those of src.
func (p *part) readFrom(src io.ReaderAt) {
	p.src = src
	for _, c := range p.children {
		c.readFrom(src)
	}
}
