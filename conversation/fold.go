package conversation

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Words are compared as the index compares them: case and accents are left aside, and a word is a run of
// letters, digits and what combines with them.

// FoldWords are the words of a text, folded.
func FoldWords(s string) []string {
	var out []string
	for _, w := range wordsIn(s) {
		out = append(out, w.folded)
	}
	return out
}

// foundWord is a word of a text and where it stands, in octets.
type foundWord struct {
	folded     string
	start, end int
}

func wordsIn(s string) []foundWord {
	var out []foundWord
	start := -1
	end := func(i int) {
		if start < 0 {
			return
		}
		if f := foldWord(s[start:i]); f != "" {
			out = append(out, foundWord{f, start, i})
		}
		start = -1
	}
	for i, r := range s {
		switch {
		case unicode.In(r, unicode.L, unicode.N, unicode.Co), start >= 0 && unicode.Is(unicode.M, r):
			if start < 0 {
				start = i
			}
		default:
			end(i)
		}
	}
	end(len(s))
	return out
}

func foldWord(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < 0x80
	}
	if ascii {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return norm.NFC.String(b.String())
}
