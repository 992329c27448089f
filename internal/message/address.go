package message

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Address is one mailbox of an address field (RFC 5322 section 3.4).
type Address struct {
	Name string // display name, decoded; "" when there is none
	// Address is local@domain: the local part as it was written (UTF-8 kept),
	// the domain in lower-case ASCII (IDNA). It is "" when what stands there
	// cannot be read as an address; Name then holds the text.
	Address string
}

// Key returns what identifies the mailbox: the local part case-folded, the
// domain as in Address. Plus-tags and dots stay (see FoldPlus). It is "" when
// Address is.
func (a Address) Key() string {
	if isASCII(a.Address) {
		return strings.ToLower(a.Address)
	}
	local, domain := splitAddress(a.Address)
	return cases.Fold().String(norm.NFKC.String(local)) + "@" + domain
}

// String returns the address as a person reads it: Name <local@domain>.
func (a Address) String() string {
	switch {
	case a.Name == "":
		return a.Address
	case a.Address == "":
		return a.Name
	}
	return a.Name + " <" + a.Address + ">"
}

// Domain returns the part after the last @, "" when there is none.
func (a Address) Domain() string {
	_, domain := splitAddress(a.Address)
	return domain
}

// FoldPlus removes the plus-tag of the local part: a+b@x becomes a@x. A local
// part that starts with a plus sign stays as it is.
func FoldPlus(key string) string {
	local, domain := splitAddress(key)
	if i := strings.IndexByte(local, '+'); i > 0 && local[0] != '"' {
		return local[:i] + "@" + domain
	}
	return key
}

// ParseAddress reads s as one address, as in an envelope or a form. ok is false
// when s holds none, or several.
func ParseAddress(s string) (a Address, ok bool) {
	list := ParseAddressList(s)
	if len(list) != 1 || list[0].Address == "" {
		return Address{}, false
	}
	return list[0], true
}

// maxAddresses bounds what one field yields.
const maxAddresses = 1000

// ParseAddressList reads the value of an address field as senders write it:
// unquoted commas and dots in names, an address as the name of another,
// comments, groups (their members), missing commas, IDN, encoded words. What
// holds no address is a name without one. At most 1000 addresses are returned.
func ParseAddressList(s string) []Address { return parseAddresses(s, "") }

func parseAddresses(s, charset string) []Address {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	p := addressParser{s: toUTF8(s, charset)}
	p.run()
	return p.out
}

// addressParser walks over the value once. name and bare collect what stands
// outside of angle brackets, comment what stands in parentheses.
type addressParser struct {
	s       string
	pos     int
	out     []Address
	word    strings.Builder // phrase, quotes removed: display name or bare address
	spec    strings.Builder // phrase, quotes kept: for a bare address with a quoted local part
	comment strings.Builder
}

func (p *addressParser) run() {
	for p.pos < len(p.s) && len(p.out) < maxAddresses {
		switch c := p.s[p.pos]; c {
		case '"':
			p.quoted()
		case '(':
			p.parenthesis()
		case '<':
			p.angle()
		case ',':
			p.pos++
			p.comma()
		case ';':
			p.pos++
			p.flush()
		case ':':
			p.pos++
			p.colon()
		default:
			p.word.WriteByte(c)
			p.spec.WriteByte(c)
			p.pos++
		}
	}
	p.flush()
}

// quoted reads a quoted string; a quote that nothing closes is an ordinary character.
func (p *addressParser) quoted() {
	end := -1
	for i := p.pos + 1; i < len(p.s); i++ {
		if p.s[i] == '\\' {
			i++
		} else if p.s[i] == '"' {
			end = i
			break
		}
	}
	if end < 0 {
		// Nothing closes it: neither this one nor, to stay linear, any later one.
		rest := strings.ReplaceAll(p.s[p.pos:], `"`, "")
		p.s, p.pos = rest, 0
		return
	}
	p.word.WriteString(unquotePairs(p.s[p.pos+1 : end]))
	p.spec.WriteString(p.s[p.pos : end+1])
	p.pos = end + 1
}

// parenthesis reads a comment, nested ones included.
func (p *addressParser) parenthesis() {
	depth := 0
	for i := p.pos; i < len(p.s); i++ {
		switch p.s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			depth--
			if depth == 0 {
				p.comment.WriteString(unquotePairs(p.s[p.pos+1 : i]))
				p.pos = i + 1
				return
			}
		}
	}
	p.s, p.pos = strings.ReplaceAll(p.s[p.pos:], "(", ""), 0
}

// angle reads <address>; what was collected before it is its name.
func (p *addressParser) angle() {
	rest := p.s[p.pos+1:]
	end := strings.IndexByte(rest, '>')
	inner := rest
	if end < 0 {
		if i := strings.IndexAny(rest, ",;"); i >= 0 {
			end, inner = i, rest[:i]
			p.pos += 1 + i
		} else {
			p.pos = len(p.s)
		}
	} else {
		inner = rest[:end]
		p.pos += 2 + end
	}
	if i := strings.LastIndexByte(inner, '<'); i >= 0 && strings.Trim(inner[:i], "< \t") == "" {
		inner = inner[i+1:] // of two addresses within one another no one can say which is meant
	}
	if i := strings.LastIndexByte(inner, ':'); i >= 0 && strings.HasPrefix(strings.TrimSpace(inner), "@") {
		inner = inner[i+1:] // a source route (RFC 5322 section 4.4)
	}
	for strings.HasPrefix(p.s[p.pos:], ">") {
		p.pos++
	}
	p.trailingComment()
	name := p.phrase()
	addr := cleanAddress(inner)
	if addr == "" && strings.TrimSpace(inner) != "" {
		name = cleanLine(name + " <" + decodeWords(inner, "") + ">")
	}
	p.emit(name, addr)
}

// trailingComment takes the comment after an address, up to the comma.
func (p *addressParser) trailingComment() {
	for p.pos < len(p.s) && isWSP(p.s[p.pos]) {
		p.pos++
	}
	if p.pos < len(p.s) && p.s[p.pos] == '(' {
		p.parenthesis()
	}
}

// comma ends a bare address, or is part of a name: Doe, Jane <jane@example.com>.
func (p *addressParser) comma() {
	if strings.TrimSpace(p.word.String()) == "" {
		p.reset()
		return
	}
	if strings.IndexByte(p.spec.String(), '@') < 0 && p.nameGoesOn() {
		p.word.WriteByte(',')
		p.spec.WriteByte(',')
		return
	}
	p.flush()
}

// nameGoesOn tells whether an address in angle brackets follows before any bare one.
func (p *addressParser) nameGoesOn() bool {
	i := strings.IndexAny(p.s[p.pos:], "<@;")
	return i >= 0 && p.s[p.pos+i] == '<' && i < 200
}

// colon ends the name of a group, or the scheme of a mailto: address.
func (p *addressParser) colon() {
	if strings.IndexByte(p.spec.String(), '@') >= 0 {
		p.word.WriteByte(':')
		p.spec.WriteByte(':')
		return
	}
	p.reset()
}

// flush emits what was collected as a bare address or a lone name.
func (p *addressParser) flush() {
	spec := strings.TrimSpace(p.spec.String())
	if spec == "" {
		p.reset()
		return
	}
	if addr := cleanAddress(spec); addr != "" {
		p.word.Reset()
		p.emit(p.phrase(), addr)
		return
	}
	if addr, rest := findAddress(spec); addr != "" {
		p.word.Reset()
		p.word.WriteString(strings.ReplaceAll(rest, `"`, ""))
		p.emit(p.phrase(), addr)
		return
	}
	p.emit(p.phrase(), "")
}

// phrase returns the display name collected so far, else the comment.
func (p *addressParser) phrase() string {
	name := displayName(p.word.String())
	if name == "" {
		name = displayName(p.comment.String())
	}
	return name
}

func (p *addressParser) emit(name, addr string) {
	p.reset()
	if name == "" && addr == "" {
		return
	}
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "") + "…"
	}
	p.out = append(p.out, Address{Name: name, Address: addr})
}

// maxName is the octets of a display name that are kept: it is shown and stored wherever its owner is.
const maxName = 500

func (p *addressParser) reset() {
	p.word.Reset()
	p.spec.Reset()
	p.comment.Reset()
}

func displayName(s string) string {
	s = cleanLine(decodeWords(strings.TrimSpace(s), ""))
	for len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// findAddress looks for the one word of a phrase that is an address.
func findAddress(s string) (addr, rest string) {
	words := strings.Fields(s)
	for i, w := range words {
		if strings.IndexByte(w, '@') < 0 {
			continue
		}
		if addr = cleanAddress(strings.Trim(w, `"'[]{}`)); addr != "" {
			return addr, strings.Join(append(words[:i:i], words[i+1:]...), " ")
		}
	}
	return "", ""
}
