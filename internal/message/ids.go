package message

import (
	"encoding/hex"
	"strings"
)

// maxIDs bounds the Message-IDs that one field yields: the first half and the
// last of those that a longer one holds.
const maxIDs = 200

// ParseMessageIDs reads the Message-IDs in the value of Message-ID, In-Reply-To
// or References (RFC 5322 section 3.6.4), without their angle brackets. Phrases
// and comments between them are passed over; when there are no brackets at all,
// every word with an @ counts. At most 200 are returned, the first and last ones.
func ParseMessageIDs(s string) []string {
	var out []string
	add := func(id string) {
		if id = cleanID(id); id == "" {
			return
		}
		if len(out) >= maxIDs {
			out = append(out[:maxIDs/2], out[maxIDs/2+1:]...)
		}
		out = append(out, id)
	}
	if strings.IndexByte(s, '<') < 0 {
		for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == ';' }) {
			if strings.IndexByte(w, '@') > 0 {
				add(w)
			}
		}
		return out
	}
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		s = s[i+1:]
		end := strings.IndexAny(s, "<>")
		if end < 0 {
			end = len(s)
		}
		add(s[:end])
		s = s[end:]
	}
	return out
}

// firstID returns the Message-ID in s, also one without brackets or @.
func firstID(s string) string {
	if ids := ParseMessageIDs(s); len(ids) > 0 {
		return ids[0]
	}
	return cleanID(strings.Trim(s, "<> "))
}

// cleanID removes white space (from folding) and refuses what could not stand
// in a header again.
func cleanID(id string) string {
	id = strings.TrimSpace(id)
	if len(id) > 900 {
		return ""
	}
	clean := func(r rune) rune {
		if r <= ' ' || r == 0x7f || r == '<' || r == '>' {
			return -1
		}
		return r
	}
	for i := 0; i < len(id); i++ {
		if c := id[i]; c <= ' ' || c >= 0x7f || c == '<' || c == '>' {
			return strings.Map(clean, toUTF8(id, ""))
		}
	}
	return id
}

// MadeMessageID returns the Message-ID for a mail that has none, made from its
// content so that a second copy gets the same.
func MadeMessageID(hash [32]byte, domain string) string {
	return "made." + hex.EncodeToString(hash[:16]) + "@" + domain
}
