package dnsrecords

import (
	"fmt"
	"strings"
)

// maxString is the most octets of one string of a TXT record (RFC 1035, 3.3).
const maxString = 255

// ZoneFragment writes the records in master file form (RFC 1035, 5.1), each after a comment with its
// reason, ready to be pasted into a zone file. Long texts are split into strings, which readers join.
func ZoneFragment(records []Record) string {
	var b strings.Builder
	for i, r := range records {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, line := range wrap(r.Why, 90) {
			b.WriteString("; " + line + "\n")
		}
		value := r.Value
		if r.Type == "TXT" {
			value = quoteText(r.Value)
		}
		fmt.Fprintf(&b, "%s %d IN %s %s\n", r.Name, r.TTL, r.Type, value)
	}
	return b.String()
}

// quoteText writes the text as strings of at most 255 octets: one on its line, several in parentheses.
func quoteText(text string) string {
	if len(text) <= maxString {
		return quoteString(text)
	}
	var b strings.Builder
	b.WriteString("(")
	for len(text) > 0 {
		n := min(len(text), maxString)
		b.WriteString("\n\t" + quoteString(text[:n]))
		text = text[n:]
	}
	b.WriteString(" )")
	return b.String()
}

func quoteString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, "\\%03d", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// wrap breaks a sentence between words into lines of about the given width.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(s) {
		if line != "" && len(line)+1+len(w) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
