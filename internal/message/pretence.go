package message

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Pretence is what about an address may make a person take it for somebody else's. It is true of the
// address whether or not its domain vouches for the mail: whoever owns a look-alike domain can vouch for it.
type Pretence string

// The pretences.
const (
	// NameIsAddress: the display name, or a quoted local part, reads as an address, and not as this one.
	NameIsAddress Pretence = "name-is-address"
	// MixedAlphabets: a label of the domain has letters of several alphabets that are not written together.
	MixedAlphabets Pretence = "mixed-alphabets"
	// MixedInName: the local part has.
	MixedInName Pretence = "mixed-in-name"
	// LookAlike: a label of the domain, under a top one in Latin letters, is of another alphabet whose letters
	// all look like Latin ones.
	LookAlike Pretence = "look-alike"
)

// Pretences tells what the address pretends, if anything.
func (a Address) Pretences() []Pretence {
	var out []Pretence
	local, domain := splitAddress(a.Address)
	if readsAsAnother(a.Name, a) || strings.Contains(local, "@") {
		out = append(out, NameIsAddress)
	}
	mixed, alike := false, false
	foreign := strings.HasPrefix(domain[strings.LastIndexByte(domain, '.')+1:], "xn--") // such a word is expected there
	for label := range strings.SplitSeq(unicodeDomain(domain), ".") {
		mixed = mixed || mixesAlphabets(label)
		alike = alike || !foreign && looksLatin(label)
	}
	if mixed {
		out = append(out, MixedAlphabets)
	}
	if mixesAlphabets(norm.NFKC.String(local)) {
		out = append(out, MixedInName)
	}
	if alike {
		out = append(out, LookAlike)
	}
	return out
}

// addressLike finds what a person reads as an address within a name, encoded words decoded.
var addressLike = regexp.MustCompile(`[^\s@<>"'()\[\],;:]+@[^\s@<>"'()\[\],;:/|]+\.[^\s@<>"'()\[\],;:/|]+`)

// maxPretended bounds how many addresses of one name are compared.
const maxPretended = 20

// readsAsAnother tells whether a name holds an address other than a's. Compatibility forms of the signs
// (a full-width @) and characters that are not seen count as what a person sees.
func readsAsAnother(name string, a Address) bool {
	if name == "" || isASCII(name) && !strings.Contains(name, "@") {
		return false
	}
	seen := norm.NFKC.String(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Mn, unicode.Cc) || r == '\u3164' {
			return -1
		}
		return r
	}, name))
	for _, found := range addressLike.FindAllString(seen, maxPretended) {
		other := cleanAddress(strings.TrimRight(found, ".!?"))
		if other == "" || (Address{Address: other}).Key() != a.Key() {
			return true
		}
	}
	return false
}

// unicodeDomain is the domain as programs that decode Punycode show it.
func unicodeDomain(domain string) string {
	if !strings.Contains(domain, "xn--") {
		return domain
	}
	u, _ := idna.Punycode.ToUnicode(domain) // with an error: as far as it can be decoded
	return u
}

// alphabet is a set of scripts that one language writes together (UTS 39, 5.1), or that hide nothing.
type alphabet []*unicode.RangeTable

var (
	latin     = alphabet{unicode.Latin}
	alphabets = []alphabet{
		latin,
		{unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana},
		{unicode.Latin, unicode.Han, unicode.Bopomofo},
		{unicode.Latin, unicode.Han, unicode.Hangul},
	}
)

// mixesAlphabets tells whether the letters are of several scripts that no language writes together.
func mixesAlphabets(s string) bool {
	if isASCII(s) {
		return false
	}
	for _, set := range alphabets {
		if allLetters(s, func(r rune) bool { return unicode.In(r, set...) }) {
			return false
		}
	}
	// Of another script: one only.
	var own *unicode.RangeTable
	return !allLetters(s, func(r rune) bool {
		if own == nil {
			own = scriptOf(r)
		}
		return own != nil && unicode.Is(own, r)
	})
}

// scriptOf is the script that a letter belongs to.
func scriptOf(r rune) *unicode.RangeTable {
	for _, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return table
		}
	}
	return nil
}

// latinTwins are lower-case letters of Cyrillic, Greek and Armenian that read as Latin ones in most typefaces.
const latinTwins = "асԁеһіјӏорԛѕԝхуѵҽгпь" + "αγεηικνορτυχω" + "գզհյոսցօ"

// looksLatin tells whether a label of another script has only letters that look like Latin ones.
func looksLatin(s string) bool {
	return !isASCII(s) && !allLetters(s, func(r rune) bool { return unicode.In(r, latin...) }) &&
		allLetters(s, func(r rune) bool { return strings.ContainsRune(latinTwins, r) })
}

// allLetters tells whether each letter of s is so. Digits, signs and marks belong to every script.
func allLetters(s string, is func(rune) bool) bool {
	for _, r := range s {
		if unicode.IsLetter(r) && !unicode.In(r, unicode.Common, unicode.Inherited) && !is(r) {
			return false
		}
	}
	return true
}
