package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanText normalises the line ends of text to LF and takes out controls,
// which a screen cannot show.
func cleanText(s string) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	clean := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c == 0xef || c == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0 {
			clean = false // a control (U+0080 to U+009F too) or perhaps a byte order mark
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch {
		case r == '\r':
			if i+1 >= len(s) || s[i+1] != '\n' {
				b.WriteByte('\n')
			}
		case r == '\f' || r == '\v':
			b.WriteByte('\n')
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case unicode.IsControl(r) || r == '\ufeff':
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// cutRune cuts off the start of a character that b ends in the middle of.
func cutRune(b []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		c := b[len(b)-i]
		if utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// unflow joins the soft-broken lines of format=flowed text (RFC 3676).
func unflow(s string, delsp bool) string {
	b := make([]byte, 0, len(s)+64)
	depth, flowing := 0, false
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\r\n")
		d := 0
		for d < len(line) && line[d] == '>' {
			d++
		}
		text := strings.TrimPrefix(line[d:], " ") // space-stuffing
		if flowing && (d != depth || text == "-- ") {
			b = append(b, '\n')
			flowing = false
		}
		if !flowing && d > 0 {
			b = append(append(b, line[:d]...), ' ')
		}
		b = append(b, text...)
		depth, flowing = d, strings.HasSuffix(text, " ") && text != "-- "
		switch {
		case !flowing:
			b = append(b, '\n')
		case delsp:
			b = b[:len(b)-1]
		}
	}
	return string(b)
}

// isStub recognises plain text that stands in for HTML without saying anything.
func isStub(s string) bool {
	t := strings.TrimSpace(s)
	if len(t) == 0 {
		return true
	}
	if len(t) > 400 {
		return false
	}
	t = strings.ToLower(t)
	if !strings.Contains(t, "html") {
		return false
	}
	for _, w := range []string{"client", "viewer", "browser", "support", "cliente", "correo", "suport", "visuali", "formato", "format", "programa", "navegador"} {
		if strings.Contains(t, w) {
			return true
		}
	}
	return false
}

// stripEnriched removes the commands of text/enriched (RFC 1896).
func stripEnriched(s string) string {
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		if strings.HasPrefix(s, "<<") {
			b.WriteByte('<')
			s = s[2:]
			continue
		}
		end := strings.IndexByte(s, '>')
		if end < 0 {
			break
		}
		if strings.EqualFold(s[1:end], "param") {
			if j := strings.Index(strings.ToLower(s), "</param>"); j > 0 {
				s = s[j+len("</param>"):]
				continue
			}
		}
		s = s[end+1:]
	}
	b.WriteString(s)
	return b.String()
}

// previewLength is how many characters a preview has.
const previewLength = 200

// previewOf returns the start of what was said, else of what was quoted, on one line.
func previewOf(said, quoted string) string {
	s := said
	if strings.TrimSpace(s) == "" {
		s = quoted
	}
	var b strings.Builder
	n, space := 0, false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if unicode.IsControl(r) || isBidi(r) {
			continue
		}
		space = space && n > 0
		if n >= previewLength || space && n+1 >= previewLength {
			b.WriteString("…")
			break
		}
		if space {
			b.WriteByte(' ')
			n++
		}
		space = false
		b.WriteRune(r)
		n++
	}
	return b.String()
}
