package message

import (
	"io"
)

// arrange finds what stands within the octets of parts, and chooses the parts
// that are the mail's text. It depends on the mail alone, never on what is asked
// for, so that an attachment's index is always the same. r is the mail.
func (w *walker) arrange(r io.ReaderAt) []slot {
	slots := selectBodies(w.root)
	w.unpack(r, w.root)
	return slots
}

func (w *walker) unpack(r io.ReaderAt, p *part) {
	for _, c := range p.children {
		w.unpack(r, c)
	}
	if len(p.children) > 0 {
		return
	}
	unpackUuencode(r, p)
}
