package message

import "strings"

// HasResultsOf tells whether the header brings results of authentication that bear the host's name (RFC 8601
// section 5). A host that writes none into mails knows them for somebody else's.
func (h Header) HasResultsOf(host string) bool {
	for i := range h.fields {
		if sameName(h.fields[i].name, "Authentication-Results") && strings.EqualFold(resultsBy(unfold(h.fields[i].raw)), strings.TrimSuffix(host, ".")) {
			return true
		}
	}
	return false
}

// resultsBy is the authserv-id of a field's value (RFC 8601 section 2.2): a token or a quoted string, after
// white space and comments.
func resultsBy(value string) string {
	value = skipComments(value)
	var b strings.Builder
	quoted := strings.HasPrefix(value, `"`)
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\' && i+1 < len(value):
			i++
			b.WriteByte(value[i])
		case quoted && c == '"' && i > 0:
			return strings.TrimSuffix(strings.TrimSpace(b.String()), ".")
		case c == '"':
		case !quoted && strings.IndexByte(" \t;(/", c) >= 0:
			return strings.TrimSuffix(b.String(), ".")
		default:
			b.WriteByte(c)
		}
	}
	return strings.TrimSuffix(b.String(), ".")
}

// skipComments drops white space and comments, nested ones included, from the beginning.
func skipComments(s string) string {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '(':
			depth++
		case depth > 0 && c == '\\':
			i++
		case depth > 0 && c == ')':
			depth--
		case depth == 0 && !isWSP(c):
			return s[i:]
		}
	}
	return ""
}
