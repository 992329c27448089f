package message

import (
	"strings"
)

// SplitQuotes divides the text of a mail into what was written and what it
// quotes: the quoted earlier mails with the line that introduces them, and the
// closing signature. Answers between quoted lines stay whole, quotes included.
// Joined, the two hold every line of text.
func SplitQuotes(text string) (said, quoted string) {
	lines := strings.Split(text, "\n")
	cut := quoteStart(lines)
	said = strings.Trim(strings.Join(lines[:cut], "\n"), "\n")
	quoted = strings.Trim(strings.Join(lines[cut:], "\n"), "\n")
	return said, quoted
}

// quoteStart returns the index of the first line of the closing quote or signature.
func quoteStart(lines []string) int {
	cut := len(lines)
	for cut > 0 {
		l := strings.TrimSpace(lines[cut-1])
		if l != "" && !strings.HasPrefix(l, ">") {
			break
		}
		cut--
	}
	return cut
}
