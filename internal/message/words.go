package message

import (
	"strings"
	"unicode"
)

// decodeWords decodes the encoded words (RFC 2047) in a header value as
// senders write them: split in the middle of a character, with spaces inside,
// inside quotes, of several charsets. charset is what raw 8-bit text that is
// not UTF-8 is taken for.
func decodeWords(s, charset string) string {
	s = toUTF8(s, charset)
	if !strings.Contains(s, "=?") {
		return s
	}
	var (
		out     strings.Builder
		pending []byte // decoded octets of adjacent words in one charset: a character may span them
		label   string
	)
	flush := func() {
		if len(pending) > 0 {
			text, _ := decodeText(pending, label)
			out.WriteString(text)
			pending = pending[:0]
		}
	}
	for s != "" {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		w, ok := parseWord(s[i:])
		if !ok {
			flush()
			out.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		// White space between two encoded words is not shown (RFC 2047 section 6.2).
		if gap := s[:i]; len(pending) == 0 || strings.TrimSpace(gap) != "" {
			flush()
			out.WriteString(gap)
		}
		if !strings.EqualFold(w.charset, label) {
			flush()
			label = w.charset
		}
		pending = append(pending, w.octets...)
		if len(w.octets) == 0 && len(pending) == 0 {
			pending = pending[:0]
		}
		s = s[i+w.length:]
	}
	flush()
	out.WriteString(s)
	return out.String()
}

type encodedWord struct {
	charset string
	octets  []byte
	length  int
}

// maxWord bounds how far the end of an encoded word is looked for: RFC 2047
// allows 75 octets, senders write whole subjects.
const maxWord = 8 << 10

// parseWord reads the encoded word that s starts with.
func parseWord(s string) (encodedWord, bool) {
	s = s[:min(len(s), maxWord)]
	c := strings.IndexByte(s[2:], '?')
	if c < 1 || c > 60 {
		return encodedWord{}, false
	}
	label := s[2 : 2+c]
	if strings.ContainsAny(label, " \t=<>\"") {
		return encodedWord{}, false
	}
	rest := s[2+c+1:]
	if len(rest) < 2 || rest[1] != '?' {
		return encodedWord{}, false
	}
	text := rest[2:]
	end := strings.Index(text, "?=")
	if end < 0 {
		return encodedWord{}, false
	}
	length := 2 + c + 1 + 2 + end + 2
	text = text[:end]
	if i := strings.IndexByte(label, '*'); i >= 0 { // RFC 2231 section 5: a language
		label = label[:i]
	}
	switch rest[0] {
	case 'B', 'b':
		return encodedWord{label, base64Bytes(text), length}, true
	case 'Q', 'q':
		return encodedWord{label, qWord(text), length}, true
	}
	return encodedWord{}, false
}

// qWord decodes the Q encoding (RFC 2047 section 4.2).
func qWord(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			out = append(out, ' ')
		case c == '=' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// cleanLine makes text fit for one line on a screen: controls and characters
// that turn the reading direction go, runs of white space become one space.
func cleanLine(s string) string {
	if isPlainLine(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == ' ' || r == '\u00a0' && space:
			space = true
			continue
		case unicode.IsControl(r) || isBidi(r) || r == '\ufeff':
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// isPlainLine is the fast way out of cleanLine: printable ASCII, single spaces.
func isPlainLine(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f || c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			return false
		}
	}
	return true
}

// isBidi recognises explicit directional formatting (Unicode UAX 9), with which
// a name can be made to look like another.
func isBidi(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}
