package mailauth

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// checkSPFSyntax tells whether a record that begins with v=spf1 follows the grammar of RFC 7208, section
// 12, to its end: an error anywhere makes the whole record a permerror (4.6), even where an earlier
// term would match. One deviation: a domain-spec of a single label, which the grammar forbids, is let
// pass, since it can only fail to resolve.
func checkSPFSyntax(record string) error {
	if len(record) < len(spfVersion) || !strings.EqualFold(record[:len(spfVersion)], spfVersion) {
		return errors.New("no version")
	}
	for i := range len(record) {
		if record[i] < ' ' || record[i] > '~' {
			return fmt.Errorf("octet %#02x, which is not printable ASCII", record[i])
		}
	}
	seen := map[string]bool{}
	for _, term := range strings.Split(record[len(spfVersion):], " ") {
		if term == "" {
			continue
		}
		if err := checkTerm(term, seen); err != nil {
			return fmt.Errorf("%q: %w", clip(term, 60), err)
		}
	}
	return nil
}

const spfVersion = "v=spf1"

// Macro letters; c, r and t belong into explanations only (RFC 7208, 7.2).
const (
	domainMacros = "slodiphvSLODIPHV"
	allMacros    = domainMacros + "crtCRT"
)

// checkTerm reads one directive or modifier; seen holds the modifiers that may stand only once.
func checkTerm(term string, seen map[string]bool) error {
	if name, value, ok := strings.Cut(term, "="); ok && isModifierName(name) {
		return checkModifier(strings.ToLower(name), value, seen)
	}
	if strings.IndexByte("+-?~", term[0]) >= 0 {
		term = term[1:]
	}
	end := strings.IndexAny(term, ":/")
	if end < 0 {
		end = len(term)
	}
	name, arg := strings.ToLower(term[:end]), term[end:]
	switch name {
	case "all":
		if arg != "" {
			return errors.New("all takes nothing")
		}
		return nil
	case "include", "exists":
		domain, ok := strings.CutPrefix(arg, ":")
		if !ok {
			return errors.New("a domain is missing")
		}
		return checkDomainSpec(domain)
	case "ptr":
		if arg == "" {
			return nil
		}
		domain, ok := strings.CutPrefix(arg, ":")
		if !ok {
			return errors.New("ptr takes a domain only")
		}
		return checkDomainSpec(domain)
	case "a", "mx":
		return checkHostArg(arg)
	case "ip4", "ip6":
		return checkNetwork(name, arg)
	}
	return errors.New("no such mechanism")
}

func isModifierName(s string) bool {
	if s == "" || !isAlpha(s[0]) {
		return false
	}
	for i := range len(s) {
		if !isAlpha(s[i]) && !isDigit(s[i]) && strings.IndexByte("-_.", s[i]) < 0 {
			return false
		}
	}
	return true
}

func checkModifier(name, value string, seen map[string]bool) error {
	if name != "redirect" && name != "exp" {
		_, err := checkMacroString(value, allMacros)
		return err
	}
	if seen[name] {
		return errors.New("may stand only once")
	}
	seen[name] = true
	return checkDomainSpec(value)
}

// checkHostArg reads [ ":" domain-spec ] [ dual-cidr-length ] (RFC 7208, 5.3). A slash can be part of
// the domain-spec, so the lengths are looked for from the end.
func checkHostArg(arg string) error {
	rest, v6, has6 := cutCIDR(arg, "//")
	if has6 && !isCIDR(v6, 128) {
		return errors.New("no IPv6 prefix length")
	}
	rest, v4, has4 := cutCIDR(rest, "/")
	if has4 && !isCIDR(v4, 32) {
		return errors.New("no IPv4 prefix length")
	}
	if rest == "" {
		return nil
	}
	domain, ok := strings.CutPrefix(rest, ":")
	if !ok {
		return errors.New("neither a domain nor a prefix length")
	}
	return checkDomainSpec(domain)
}

// cutCIDR cuts what follows the last separator, where that is digits only or nothing.
func cutCIDR(s, sep string) (before, length string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	length = s[i+len(sep):]
	for j := range len(length) {
		if !isDigit(length[j]) {
			return s, "", false
		}
	}
	return s[:i], length, true
}

// isCIDR: no leading zero, at most limit (RFC 7208, 12).
func isCIDR(s string, limit int) bool {
	if s == "" || len(s) > 3 || (len(s) > 1 && s[0] == '0') {
		return false
	}
	n, err := strconv.Atoi(s)
	return err == nil && n <= limit
}

func checkNetwork(name, arg string) error {
	value, ok := strings.CutPrefix(arg, ":")
	if !ok {
		return errors.New("an address is missing")
	}
	addr, length, hasLength := strings.Cut(value, "/")
	a, err := netip.ParseAddr(addr)
	limit := 32
	if name == "ip6" {
		limit = 128
	}
	switch {
	case err != nil || a.Zone() != "" || (name == "ip4") != a.Is4():
		return errors.New("no such address")
	case hasLength && !isCIDR(length, limit):
		return errors.New("no such prefix length")
	}
	return nil
}

// checkDomainSpec reads macro-string domain-end (RFC 7208, 7.1): the end is a macro, or a top label that
// is not digits alone, with or without a final dot.
func checkDomainSpec(s string) error {
	if s == "" {
		return errors.New("a domain is missing")
	}
	endsInMacro, err := checkMacroString(s, domainMacros)
	if err != nil || endsInMacro {
		return err
	}
	s = strings.TrimSuffix(s, ".")
	top := s[strings.LastIndexByte(s, '.')+1:]
	if !isTopLabel(top) {
		return fmt.Errorf("%q is no top-level domain", clip(top, 60))
	}
	return nil
}

func isTopLabel(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	digits := true
	for i := range len(s) {
		switch {
		case isDigit(s[i]):
		case isAlpha(s[i]) || s[i] == '-':
			digits = false
		default:
			return false
		}
	}
	return !digits
}

// checkMacroString reads macro-literals and macro-expands, and tells whether the last is an expansion of
// the kind %{…}.
func checkMacroString(s, letters string) (endsInMacro bool, err error) {
	for i := 0; i < len(s); i++ {
		endsInMacro = false
		if s[i] != '%' {
			continue // printable ASCII but the percent sign: the caller saw to it
		}
		i++
		if i == len(s) {
			return false, errors.New("a lone percent sign")
		}
		switch s[i] {
		case '%', '_', '-':
			endsInMacro = true
		case '{':
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return false, errors.New("a macro without end")
			}
			if err := checkMacro(s[i+1:i+end], letters); err != nil {
				return false, err
			}
			i += end
			endsInMacro = true
		default:
			return false, errors.New("a lone percent sign")
		}
	}
	return endsInMacro, nil
}

// checkMacro reads macro-letter [digits] ["r"] *delimiter.
func checkMacro(s, letters string) error {
	if s == "" || strings.IndexByte(letters, s[0]) < 0 {
		return errors.New("no such macro")
	}
	s = s[1:]
	digits := 0
	for digits < len(s) && isDigit(s[digits]) {
		digits++
	}
	if digits > 0 && strings.Trim(s[:digits], "0") == "" {
		return errors.New("a macro that keeps no label")
	}
	s = s[digits:]
	if s != "" && (s[0] == 'r' || s[0] == 'R') {
		s = s[1:]
	}
	if strings.Trim(s, ".-+,/_=") != "" {
		return errors.New("no such macro delimiter")
	}
	return nil
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// clip bounds what a stranger's record puts into our sentences.
func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}
