package message

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
)

// The types of properties, [MS-OXCDATA] section 2.11.1.
const (
	propInt16    = 0x0002
	propInt32    = 0x0003
	propFloat32  = 0x0004
	propError    = 0x000a
	propBool     = 0x000b
	propObject   = 0x000d
	propString8  = 0x001e
	propUnicode  = 0x001f
	propGUID     = 0x0048
	propBinary   = 0x0102
	propMultiple = 0x1000 // a flag: several values
)

// properties reads a list of properties ([MS-OXTNEF] section 2.1.3.4) and hands
// on the first value of each. It stops at what cannot be read.
func (t *tnefReader) properties(at span, each func(id, kind uint16, value span)) {
	count := t.window.uint32(at.from)
	off := at.from + 4
	for range min(count, tnefProperties) {
		head := t.window.octets(off, 4)
		if len(head) < 4 || off+4 > at.to {
			return
		}
		kind, id := binary.LittleEndian.Uint16(head), binary.LittleEndian.Uint16(head[2:])
		off += 4
		if id >= 0x8000 { // a named one: a set, and a number or a name
			off += 16
			form, length := t.window.uint32(off), t.window.uint32(off+4)
			off += 8
			if form == 1 {
				off += padded(int64(length))
			}
		}
		var value span
		if value, off = t.value(span{off, at.to}, kind); off > at.to || value.to > at.to {
			return
		}
		if value.to > value.from {
			each(id, kind&^propMultiple, value)
		}
	}
}

// value returns where the first value of the property whose values begin at.from
// stands, and where the next property begins: behind at.to if that is cut off.
func (t *tnefReader) value(at span, kind uint16) (first span, next int64) {
	off, count := at.from, int64(1)
	multiple := kind&propMultiple != 0
	kind &^= propMultiple
	size := fixedSize(kind)
	if size == 0 || multiple {
		count = int64(t.window.uint32(off))
		off += 4
	}
	if size > 0 {
		return span{off, off + size}, off + count*size
	}
	for i := int64(0); i < count && off <= at.to; i++ {
		length := int64(t.window.uint32(off))
		off += 4
		if i == 0 {
			first = span{off, off + length}
		}
		off += padded(length)
	}
	return first, off
}

// fixedSize is how many octets a value takes, 0 where it states that itself.
func fixedSize(kind uint16) int64 {
	switch kind {
	case propString8, propUnicode, propBinary, propObject:
		return 0
	case propInt16, propInt32, propFloat32, propError, propBool:
		return 4
	case propGUID:
		return 16
	}
	return 8
}

func padded(n int64) int64 { return (n + 3) &^ 3 }

// string reads a short text, up to its NUL.
func (t *tnefReader) string(at span, kind uint16) string {
	b := t.window.octets(at.from, int(min(at.to-at.from, tnefString)))
	var s string
	switch kind {
	case propUnicode:
		s, _ = decodeText(b[:len(b)&^1], "utf-16le")
	case propString8:
		b, _, _ = bytes.Cut(b, []byte{0})
		s, _ = decodeText(b, t.codepage)
	}
	s, _, _ = strings.Cut(s, "\x00")
	return cleanLine(s)
}

// octetWindow reads small pieces of a source, near one another, at little cost.
type octetWindow struct {
	src  io.ReaderAt
	buf  []byte // a part of keep
	from int64  // offset of buf
	keep []byte
}

// windowBytes is the size of the window; more than the largest piece.
const windowBytes = 4 << 10

// octets returns n octets at off, fewer at the end of the source. They are valid
// until the next call.
func (w *octetWindow) octets(off int64, n int) []byte {
	if off < 0 || n <= 0 {
		return nil
	}
	if off < w.from || off+int64(n) > w.from+int64(len(w.buf)) {
		if w.keep == nil {
			w.keep = make([]byte, windowBytes)
		}
		got, _ := w.src.ReadAt(w.keep, off) // a fault is kept by the faultReader
		w.buf, w.from = w.keep[:got], off
	}
	i := min(int(off-w.from), len(w.buf))
	return w.buf[i:min(i+n, len(w.buf))]
}

// uint32 reads a number of four octets, 0 beyond the end.
func (w *octetWindow) uint32(off int64) uint32 {
	if b := w.octets(off, 4); len(b) == 4 {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}
