package message

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding"
)

// decodeUTF7 reads UTF-7 (RFC 2152). What is not UTF-7 stays as it is written.
func decodeUTF7(b []byte) string {
	var out strings.Builder
	for i := 0; i < len(b); {
		c := b[i]
		if c != '+' {
			if c < 0x80 {
				out.WriteByte(c)
			} else {
				out.WriteRune('\ufffd')
			}
			i++
			continue
		}
		end := i + 1
		for end < len(b) && isBase64(b[end]) {
			end++
		}
		run := b[i+1 : end]
		if end < len(b) && b[end] == '-' {
			end++
		}
		switch {
		case len(run) == 0 && end > i+1: // "+-" is a plus sign
			out.WriteByte('+')
		case len(run) == 0:
			out.WriteByte('+')
		default:
			out.WriteString(decodeUTF7Run(run))
		}
		i = end
	}
	return out.String()
}

func decodeUTF7Run(run []byte) string {
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(run)))
	n, err := base64.RawStdEncoding.Decode(raw, run)
	if err != nil && n == 0 {
		return "+" + string(run)
	}
	units := make([]uint16, 0, n/2)
	for i := 0; i+1 < n; i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	return string(utf16.Decode(units))
}

func isBase64(c byte) bool { return isAlnum(c) || c == '+' || c == '/' }

// decodeShifted reads ISO-2022-KR (RFC 1557) and the GB 2312 plane of
// ISO-2022-CN (RFC 1922): between SO and SI, the octets of enc with their high bit off.
func decodeShifted(b []byte, enc encoding.Encoding) string {
	flat := make([]byte, 0, len(b))
	shifted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == 0x0e:
			shifted = true
		case c == 0x0f:
			shifted = false
		case c == 0x1b && i+3 < len(b) && (b[i+1] == '$' || b[i+1] == '('): // a designation: ESC $ ) C
			i += 3
		case shifted && c > ' ' && c < 0x7f:
			flat = append(flat, c|0x80)
		default:
			if c == '\n' {
				shifted = false
			}
			flat = append(flat, c)
		}
	}
	out, err := enc.NewDecoder().Bytes(flat)
	if err != nil {
		return decodeGuess(b)
	}
	return strings.ToValidUTF8(string(out), "\ufffd")
}
