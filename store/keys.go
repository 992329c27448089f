package store

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// timeSize is the length of a time in a key: seconds since 1970 with the sign bit turned over, so
// that earlier ones sort first, and nanoseconds. Unlike nanoseconds alone it holds any year.
const timeSize = 12

func appendTime(b []byte, t time.Time) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(t.Unix())^1<<63)
	return binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond()))
}

// readTime reads what appendTime wrote; b holds at least timeSize octets.
func readTime(b []byte) time.Time {
	s := int64(binary.BigEndian.Uint64(b) ^ 1<<63)
	return time.Unix(s, int64(binary.BigEndian.Uint32(b[8:]))).UTC()
}

// Text within a longer key ends with 0, 1, and a 0 in it is written 0, 255: texts sort as they
// are, and no text is the beginning of another.
func appendText(b []byte, s string) []byte {
	s = valid(s)
	if strings.IndexByte(s, 0) < 0 {
		return append(append(slices.Grow(b, len(s)+48), s...), 0, 1)
	}
	for i := range len(s) {
		b = append(b, s[i])
		if s[i] == 0 {
			b = append(b, 0xff)
		}
	}
	return append(b, 0, 1)
}

// textEnd is the length of the text that b begins with, its end included; -1 when b holds none.
func textEnd(b []byte) int {
	for i := 0; i+1 < len(b); i++ {
		if b[i] != 0 {
			continue
		}
		if b[i+1] == 1 {
			return i + 2
		}
		i++
	}
	return -1
}

// readText is the text that b begins with, without its end.
func readText(b []byte) string {
	return strings.ReplaceAll(string(b[:textEnd(b)-2]), "\x00\xff", "\x00")
}

// valid is s as it is after it was stored: what is not UTF-8 becomes U+FFFD, octet by octet. A key
// made of the text as it came and one made of the record as it was read must be the same.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// textKey is the key of a record that is found by one text.
func textKey(s string) []byte { return []byte(valid(s)) }

func key64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// reverse turns every octet over, from position from on, so that the last sorts first.
func reverse(b []byte, from int) []byte {
	for i := from; i < len(b); i++ {
		b[i] = ^b[i]
	}
	return b
}

// successor is the first key after all that begin with prefix; nil when there is none.
func successor(prefix []byte) []byte {
	b := bytes.Clone(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i]++; b[i] != 0 {
			return b[:i+1]
		}
	}
	return nil
}
