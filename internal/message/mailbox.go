package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// cleanAddress returns s as Address.Address wants it, or "". An encoded word in it is not decoded (RFC 2047
// section 5): other programs would read another address there.
func cleanAddress(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	local, domain := splitAddress(s)
	local, domain = strings.TrimSpace(local), strings.TrimSpace(domain)
	if local == "" || domain == "" || len(s) > 1000 {
		return ""
	}
	if !validLocal(local) {
		return ""
	}
	if domain = cleanDomain(domain); domain == "" {
		return ""
	}
	return local + "@" + domain
}

func validLocal(local string) bool {
	quoted := len(local) > 1 && local[0] == '"' && local[len(local)-1] == '"'
	for _, r := range local {
		if unicode.IsControl(r) || r == utf8.RuneError || isBidi(r) {
			return false
		}
		if !quoted && (unicode.IsSpace(r) || strings.ContainsRune(`<>()[]\,;:@"`, r)) {
			return false
		}
	}
	return true
}

var domainProfile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// cleanDomain returns the domain in lower-case ASCII, or "" for what is none.
func cleanDomain(d string) string {
	if d = strings.TrimRight(d, "."); len(d) > 255 || d == "" {
		return ""
	}
	if d[0] == '[' && d[len(d)-1] == ']' {
		if strings.ContainsAny(d, " \t<>\"") || !isASCII(d) {
			return ""
		}
		return strings.ToLower(d)
	}
	if !isASCII(d) {
		ascii, err := domainProfile.ToASCII(d)
		if err != nil {
			return ""
		}
		d = strings.TrimRight(ascii, ".") // full stops of other scripts have become dots
	}
	for i := 0; i < len(d); i++ {
		c := d[i]
		if !isAlnum(c) && c != '.' && c != '-' && c != '_' {
			return ""
		}
	}
	return strings.ToLower(d)
}

func splitAddress(s string) (local, domain string) {
	i := strings.LastIndexByte(s, '@')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

func unquotePairs(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
