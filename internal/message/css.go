package message

import (
	"strings"
)

// cssProperties may be set by a mail: the look of its own text and boxes. What
// takes a box out of its place (position, z-index, float is kept inside by the
// frame), loads something or reads from outside is not among them.
var cssProperties = elementSet("color background background-color background-image background-repeat background-position background-size " +
	"font font-family font-size font-style font-weight font-variant line-height letter-spacing word-spacing " +
	"text-align text-decoration text-indent text-transform text-overflow white-space word-break word-wrap overflow-wrap vertical-align direction " +
	"width height max-width max-height min-width min-height margin margin-top margin-right margin-bottom margin-left " +
	"padding padding-top padding-right padding-bottom padding-left border border-top border-right border-bottom border-left " +
	"border-color border-style border-width border-radius border-collapse border-spacing border-top-color border-right-color border-bottom-color border-left-color " +
	"border-top-style border-right-style border-bottom-style border-left-style border-top-width border-right-width border-bottom-width border-left-width " +
	"border-top-left-radius border-top-right-radius border-bottom-left-radius border-bottom-right-radius box-sizing box-shadow " +
	"display float clear list-style list-style-type list-style-position table-layout caption-side empty-cells opacity overflow " +
	"mso-line-height-rule flex flex-direction flex-wrap justify-content align-items gap visibility outline quotes")

// cssFunctions may stand in a value; url is judged apart.
var cssFunctions = elementSet("rgb rgba hsl hsla calc min max clamp linear-gradient radial-gradient")

// cleanStyle returns the declarations of a style attribute that may stay.
func (c *htmlCleaner) cleanStyle(s string) string {
	s = stripComments(s)
	var out []string
	for len(s) > 0 && len(out) < 100 {
		var decl string
		decl, s = cutOutside(s, ';')
		if d := c.declaration(decl); d != "" {
			out = append(out, d)
		}
	}
	return strings.Join(out, "; ")
}

// declaration returns "property: value" when both may stay.
func (c *htmlCleaner) declaration(decl string) string {
	prop, value, ok := strings.Cut(decl, ":")
	prop = strings.ToLower(strings.TrimSpace(prop))
	value = strings.TrimSpace(value)
	if !ok || value == "" || len(value) > 2000 || !cssProperties[prop] {
		c.countStyle(decl)
		return ""
	}
	if prop == "margin" || strings.HasPrefix(prop, "margin-") || prop == "text-indent" {
		if strings.Contains(value, "-") && !strings.Contains(value, "(") {
			return "" // a negative one would draw over what stands around the mail
		}
	}
	if value = c.value(value); value == "" {
		return ""
	}
	return prop + ": " + value
}

// value checks a value; its URLs are judged like those of images.
func (c *htmlCleaner) value(v string) string {
	for i := 0; i < len(v); i++ {
		if v[i] < ' ' && v[i] != '\t' && v[i] != '\n' && v[i] != '\r' {
			return ""
		}
	}
	if strings.ContainsAny(v, "\\<>{}@;`") {
		c.countStyle(v)
		return ""
	}
	var out strings.Builder
	for rest := v; ; {
		i := strings.IndexByte(rest, '(')
		if i < 0 {
			out.WriteString(rest)
			break
		}
		name := functionName(rest[:i])
		switch {
		case name == "" && i == 0, cssFunctions[name], name == "":
			out.WriteString(rest[:i+1])
			rest = rest[i+1:]
		case name == "url":
			end := strings.IndexByte(rest[i:], ')')
			if end < 0 {
				return ""
			}
			u := c.image(strings.Trim(strings.TrimSpace(rest[i+1:i+end]), `"'`))
			if u == "" || strings.ContainsAny(u, "\"'()\\\n <>") {
				return ""
			}
			out.WriteString(rest[:i+1] + `"` + u + `")`)
			rest = rest[i+end+1:]
		default:
			return ""
		}
	}
	return out.String()
}

// functionName returns the identifier at the end of s, in lower case.
func functionName(s string) string {
	i := len(s)
	for i > 0 && (isAlnum(s[i-1]) || s[i-1] == '-' || s[i-1] == '_' || s[i-1] >= 0x80) {
		i--
	}
	return strings.ToLower(s[i:])
}

// countStyle counts a remote URL in what is left out.
func (c *htmlCleaner) countStyle(s string) {
	lower := strings.ToLower(s)
	if !c.o.Remote && strings.Contains(lower, "url") && strings.Contains(lower, "//") {
		c.blocked++
	}
}

func stripComments(s string) string {
	s = strings.Map(dropNUL, s)
	if !strings.Contains(s, "/*") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "/*")
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i] + " ")
		end := strings.Index(s[i+2:], "*/")
		if end < 0 {
			return b.String()
		}
		s = s[i+2+end+2:]
	}
}

// cutOutside cuts s at the first sep outside of quotes and parentheses.
func cutOutside(s string, sep byte) (before, after string) {
	var quote byte
	depth := 0
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case quote != 0:
			if ch == quote {
				quote = 0
			}
		case ch == '"' || ch == '\'':
			quote = ch
		case ch == '(':
			depth++
		case ch == ')':
			depth = max(depth-1, 0)
		case ch == sep && depth == 0:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// cleanSheet returns the rules of a style sheet that may stay: plain ones and
// those in @media, with selectors of simple characters.
func (c *htmlCleaner) cleanSheet(s string) string {
	s = stripComments(s)
	s = strings.ReplaceAll(strings.ReplaceAll(s, "<!--", " "), "-->", " ")
	var out strings.Builder
	c.rules(&out, s, 0)
	return out.String()
}

func (c *htmlCleaner) rules(out *strings.Builder, s string, depth int) {
	for count := 0; count < 5000; count++ {
		s = strings.TrimLeft(s, " \t\r\n;}")
		if s == "" {
			return
		}
		open := strings.IndexByte(s, '{')
		if semi := strings.IndexByte(s, ';'); s[0] == '@' && semi >= 0 && (open < 0 || semi < open) {
			c.countStyle(s[:semi]) // @import, @charset, @namespace
			s = s[semi+1:]
			continue
		}
		if open < 0 {
			return
		}
		prelude := strings.TrimSpace(s[:open])
		body, rest := cutBlock(s[open+1:])
		s = rest
		switch {
		case strings.HasPrefix(strings.ToLower(prelude), "@media") && depth == 0 && isMediaQuery(prelude):
			var inner strings.Builder
			c.rules(&inner, body, depth+1)
			if inner.Len() > 0 {
				out.WriteString(prelude + "{" + inner.String() + "}\n")
			}
		case prelude != "" && prelude[0] != '@' && isSelector(prelude):
			if d := c.cleanStyle(body); d != "" {
				out.WriteString(prelude + "{" + d + "}\n")
			}
		default:
			c.countStyle(body)
		}
	}
}

// cutBlock cuts s after the brace that closes the block it is in.
func cutBlock(s string) (body, rest string) {
	depth := 1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[:i], s[i+1:]
			}
		}
	}
	return s, ""
}

func isMediaQuery(s string) bool {
	return len(s) < 300 && allIn(s[1:], " \t\r\n()-:.,/<>=") && !strings.Contains(s, "<")
}

// isSelector allows no attribute selectors: with them and a URL, a sheet could
// tell what a document holds.
func isSelector(s string) bool {
	return len(s) < 1000 && allIn(s, " \t\r\n.#,>+~*:-_()") && !strings.HasPrefix(strings.ToLower(s), "html") && !strings.Contains(strings.ToLower(s), ":root")
}

func allIn(s, extra string) bool {
	for i := 0; i < len(s); i++ {
		if !isAlnum(s[i]) && strings.IndexByte(extra, s[i]) < 0 {
			return false
		}
	}
	return true
}
