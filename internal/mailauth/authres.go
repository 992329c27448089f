package mailauth

import (
	"strings"
)

// maxFieldLine is where a header line is folded (RFC 5322, 2.1.1).
const maxFieldLine = 78

// AuthenticationResults is the result as one header field (RFC 8601), folded, from its name to its last CRLF.
// Values that are not tokens are quoted and whatever is not printable ASCII is replaced, so no sender's word
// can end the line.
func (r Result) AuthenticationResults(hostname string) string {
	items := []string{methodResult("spf", r.SPF.Result, "", property("smtp."+r.SPF.Identity, r.SPF.Domain))}
	if len(r.DKIM) == 0 {
		items = append(items, methodResult("dkim", resultNone, ""))
	}
	for _, d := range r.DKIM {
		items = append(items, methodResult("dkim", d.Result, reason(d.Result, d.Explain),
			property("header.d", d.Domain), property("header.s", d.Selector), property("header.a", d.algorithm)))
	}
	dmarc := methodResult("dmarc", r.DMARC.Result, "", property("header.from", r.from), property("policy.dmarc", r.DMARC.Policy))
	items = append(items, dmarc)
	return fold("Authentication-Results: "+value(hostname), items)
}

// reason is given where a result needs one.
func reason(result, explain string) string {
	if result == resultPass {
		return ""
	}
	return explain
}

// methodResult is the words of one resinfo (RFC 8601, 2.2).
func methodResult(method, result, why string, properties ...string) string {
	words := []string{method + "=" + value(result)}
	if why != "" {
		words = append(words, "reason="+quoted(why))
	}
	for _, p := range properties {
		if p != "" {
			words = append(words, p)
		}
	}
	return strings.Join(words, "\x00") // folding may happen here, and nowhere within a word
}

func property(name, v string) string {
	if v == "" {
		return ""
	}
	return name + "=" + value(v)
}

// value is a token (RFC 2045, 5.1) as it is, and anything else as a quoted string.
func value(s string) string {
	s = clip255(s)
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c > '~' || strings.IndexByte(`()<>@,;:\"/[]?=`, c) >= 0 {
			return quoted(s)
		}
	}
	if s == "" {
		return `""`
	}
	return s
}

func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(clip255(s)) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			b.WriteByte('?')
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func clip255(s string) string { return s[:min(len(s), 255)] }

// fold writes the head and each item on a line of its own, and breaks those that are long between words.
func fold(head string, items []string) string {
	var b strings.Builder
	b.WriteString(head)
	for _, item := range items {
		b.WriteString(";\r\n\t")
		line := 8
		for i, word := range strings.Split(item, "\x00") {
			switch {
			case i == 0:
			case line+1+len(word) > maxFieldLine-1: // the semicolon
				b.WriteString("\r\n\t")
				line = 8
			default:
				b.WriteByte(' ')
				line++
			}
			b.WriteString(word)
			line += len(word)
		}
	}
	b.WriteString("\r\n")
	return b.String()
}
