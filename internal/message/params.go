package message

import (
	"strconv"
	"strings"
)

// mediaType is the value of Content-Type or Content-Disposition.
type mediaType struct {
	value  string // lower-case: text/plain, attachment
	params []param
}

// param is a parameter: its name in lower case, its value decoded to UTF-8.
type param struct{ name, value string }

func (m *mediaType) param(name string) string {
	for i := range m.params {
		if m.params[i].name == name {
			return m.params[i].value
		}
	}
	return ""
}

func (m *mediaType) hasPrefix(p string) bool { return strings.HasPrefix(m.value, p) }

// maxParams bounds the parameters, and with continuations the segments, of one field.
const maxParams = 200

// parseMediaType reads the value of a field like Content-Type (RFC 2045
// section 5.1) with RFC 2231 and RFC 2047 values. It takes what senders write:
// unquoted values with spaces and 8-bit text, quotes that nothing closes,
// repeated parameters (the first counts), missing semicolons.
func parseMediaType(s, charset string) mediaType {
	head, rest := s, ""
	if i := strings.IndexAny(s, ";"); i >= 0 {
		head, rest = s[:i], s[i+1:]
	}
	var m mediaType
	if c := strings.IndexByte(head, '('); c >= 0 {
		head = head[:c]
	}
	head = strings.TrimSpace(head)
	if eq := strings.IndexByte(head, '='); eq >= 0 {
		if sp := strings.IndexAny(head, " \t"); sp >= 0 && sp < eq { // text/plain charset=utf-8
			rest = head[sp+1:] + ";" + rest
			head = head[:sp]
		} else { // no type, parameters only
			rest, head = s, ""
		}
	}
	m.value = strings.ToLower(toUTF8(strings.Trim(head, "\"' \t"), charset))
	if rest != "" {
		m.params = joinParams(splitParams(rest), charset)
	}
	return m
}

// splitParams cuts the raw parameters apart, quotes removed.
func splitParams(s string) []param {
	var out []param
	for s != "" && len(out) < maxParams {
		s = strings.TrimLeft(s, "; \t\r\n")
		eq := strings.IndexAny(s, "=;")
		if eq < 0 {
			break
		}
		if s[eq] == ';' {
			s = s[eq+1:]
			continue
		}
		name := strings.ToLower(strings.TrimSpace(s[:eq]))
		if i := strings.LastIndexAny(name, " \t)"); i >= 0 { // a comment or stray word before it
			name = name[i+1:]
		}
		var value string
		value, s = paramValue(strings.TrimLeft(s[eq+1:], " \t"))
		if name != "" {
			out = append(out, param{name, value})
		}
	}
	return out
}

// paramValue reads one value and returns what follows it.
func paramValue(s string) (value, rest string) {
	if s != "" && s[0] == '"' {
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case '"':
				return unescapeValue(s[1:i]), s[i+1:]
			}
		}
		// Nothing closes it: it goes up to the next parameter, if there is one.
		s = s[1:]
		if i := strings.IndexByte(s, ';'); i >= 0 && strings.IndexByte(s[i:], '=') >= 0 {
			return strings.TrimSpace(s[:i]), s[i+1:]
		}
		return strings.TrimSpace(s), ""
	}
	i := strings.IndexByte(s, ';')
	if i < 0 {
		i = len(s)
	}
	value, rest = s[:i], s[i:]
	if c := strings.Index(value, " ("); c >= 0 && strings.HasSuffix(strings.TrimSpace(value), ")") && !strings.Contains(value, ".") {
		value = value[:c]
	}
	return strings.TrimSpace(value), rest
}

// unescapeValue removes the backslashes that quote, and keeps those of
// C:\path\file.txt, which senders do not quote.
func unescapeValue(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// pieces are the values that one parameter was sent in.
type pieces struct {
	name  string
	plain string
	has   bool // plain was there
	parts map[int]piece
}

type piece struct {
	value    string
	extended bool // percent-encoded, the first one with its charset
}

// joinParams puts continuations together and decodes values (RFC 2231
// sections 3 and 4). Names come in the order of their first mention; an
// extended value (name*) outweighs a plain one of the same name.
func joinParams(raw []param, charset string) []param {
	var order []*pieces
	byName := map[string]*pieces{}
	for _, p := range raw {
		name, index, ext, cont := splitParamName(p.name)
		e := byName[name]
		if e == nil {
			e = &pieces{name: name}
			byName[name] = e
			order = append(order, e)
		}
		if !cont && !ext {
			if !e.has {
				e.plain, e.has = p.value, true
			}
			continue
		}
		if e.parts == nil {
			e.parts = map[int]piece{}
		}
		if _, dup := e.parts[index]; !dup {
			e.parts[index] = piece{p.value, ext}
		}
	}
	out := make([]param, 0, len(order))
	for _, e := range order {
		value := e.join(charset)
		if value == "" {
			value = decodeWords(e.plain, charset)
		}
		out = append(out, param{e.name, value})
	}
	return out
}

// join decodes the continuations, in the order of their numbers.
func (e *pieces) join(charset string) string {
	var octets []byte
	label := ""
	for i, found := 0, 0; found < len(e.parts) && i <= maxParams; i++ {
		pc, ok := e.parts[i]
		if !ok {
			continue
		}
		found++
		v := pc.value
		if found == 1 && pc.extended {
			label, v = cutCharset(v)
		}
		if pc.extended {
			octets = append(octets, unpercent(v)...)
		} else {
			octets = append(octets, v...)
		}
	}
	if len(octets) == 0 {
		return ""
	}
	return extendedValue(octets, label, charset)
}

// extendedValue decodes the octets of an RFC 2231 value; some senders put
// encoded words into it instead.
func extendedValue(octets []byte, label, charset string) string {
	if label == "" {
		return decodeWords(string(octets), charset)
	}
	text, _ := decodeText(octets, label)
	return decodeWords(text, charset)
}

// splitParamName reads name, name*, name*1 and name*1*.
func splitParamName(s string) (name string, index int, ext, cont bool) {
	name, rest, star := strings.Cut(s, "*")
	if !star {
		return s, 0, false, false
	}
	rest, final, _ := cutLastStar(rest)
	if rest == "" {
		return name, 0, true, false
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 || n > maxParams {
		return s, 0, false, false
	}
	return name, n, final, true
}

func cutLastStar(s string) (string, bool, bool) {
	if t, ok := strings.CutSuffix(s, "*"); ok {
		return t, true, true
	}
	return s, false, false
}

// cutCharset splits charset'language'value; with one quote only, or none, too.
func cutCharset(v string) (label, rest string) {
	i := strings.IndexByte(v, '\'')
	if i < 0 || i > 40 {
		return "", v
	}
	label, rest = v[:i], v[i+1:]
	if j := strings.IndexByte(rest, '\''); j >= 0 && j < 20 {
		rest = rest[j+1:]
	}
	return label, rest
}

func unpercent(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return out
}
