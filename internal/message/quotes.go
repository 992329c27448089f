package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// SplitQuotes divides the text of a mail into what was written and what it
// quotes: the earlier mails at its end with the line that introduces them, and
// the closing signature. A quote that answers follow stays with them, so that
// inline answers are kept whole; a mail that is nothing but a forward stays
// whole too. No line is lost: said and quoted together hold every one.
func SplitQuotes(text string) (said, quoted string) {
	if len(text) == 0 {
		return "", ""
	}
	lines := strings.Split(text, "\n")
	cut, forward := quoteStart(lines)
	if blank(lines[:cut]) {
		if forward || cut == len(lines) {
			return strings.Trim(text, "\n"), ""
		}
	} else {
		cut = signatureStart(lines[:cut])
	}
	at := 0
	for _, l := range lines[:cut] {
		at += len(l) + 1
	}
	at = min(at, len(text))
	said = strings.TrimRight(strings.TrimLeft(text[:at], "\n"), " \n\t")
	quoted = strings.Trim(text[at:], "\n")
	if strings.TrimSpace(quoted) == "" {
		quoted = ""
	}
	return said, quoted
}

func blank(lines []string) bool {
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			return false
		}
	}
	return true
}

// isQuoted recognises a line that an earlier mail was quoted with.
func isQuoted(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return len(line) > 0 && line[0] == '>'
}

// quoteStart returns the index of the line where the quote at the end begins,
// len(lines) when there is none. forward is set when it is a forwarded mail.
func quoteStart(lines []string) (cut int, forward bool) {
	lastSaid := lastUnquoted(lines)
	for i := 0; i < len(lines); i++ {
		if isQuoted(lines[i]) || strings.TrimSpace(lines[i]) == "" {
			continue
		}
		if ok, fwd := originalMark(lines, i); ok {
			return i, fwd
		}
		if headerBlock(lines, i) {
			return withRule(lines, i), false
		}
		n := attribution(lines, i)
		if n == 0 {
			continue
		}
		next := i + n
		for next < len(lines) && strings.TrimSpace(lines[next]) == "" {
			next++
		}
		marked := next < len(lines) && isQuoted(lines[next])
		switch {
		case marked && lastSaid < next, !marked && namesMail(lines[i:i+n]):
			return i, false
		case marked: // answered below: inline
			i = next
		}
	}
	for i := lastSaid + 1; i < len(lines); i++ {
		if isQuoted(lines[i]) {
			return i, false
		}
	}
	return len(lines), false
}

// lastUnquoted returns the index of the last line that someone wrote below or
// between quotes: neither quoted, nor blank, nor of a signature or list footer.
func lastUnquoted(lines []string) int {
	last := len(lines) - 1
	for last >= 0 && !isQuoted(lines[last]) {
		last--
	}
	if last < 0 {
		return len(lines) - 1
	}
	// What follows the last quoted line is an answer unless a signature begins it.
	for i := last + 1; i < len(lines); i++ {
		l := strings.TrimSpace(lines[i])
		if l == "" || isWrapped(lines, i) {
			continue
		}
		if isDelimiter(lines[i]) || isDeviceLine(l) {
			break
		}
		return len(lines) - 1
	}
	for i := last; i >= 0; i-- {
		if !isQuoted(lines[i]) && strings.TrimSpace(lines[i]) != "" && !isWrapped(lines, i) {
			return i
		}
	}
	return -1
}

// isWrapped recognises the rest of a quoted line that was broken after it had
// been quoted: it goes on, in lower case, where a full line stopped mid-sentence,
// and the quote goes on after it or the line stopped at a comma. Whatever else
// may be somebody's answer.
func isWrapped(lines []string, i int) bool {
	if i == 0 || !isQuoted(lines[i-1]) || len(lines[i-1]) < 65 {
		return false
	}
	r, _ := utf8.DecodeRuneInString(lines[i])
	before := strings.TrimRight(lines[i-1], " ")
	goesOn := strings.HasSuffix(before, ",") || i+1 < len(lines) && isQuoted(lines[i+1])
	return goesOn && unicode.IsLower(r) && !strings.ContainsAny(before[len(before)-1:], ".?!:")
}

// withRule takes what belongs to a block of headers along: others above From, and
// the line of underscores or dashes above them.
func withRule(lines []string, i int) int {
	for i > 0 && headerKind(lines[i-1]) == otherHeader {
		i--
	}
	for k := i - 1; k >= 0 && k >= i-2; k-- {
		l := strings.TrimSpace(lines[k])
		if l == "" {
			continue
		}
		if len(l) >= 4 && strings.Trim(l, "_-=*—–") == "" {
			return k
		}
		break
	}
	return i
}

// originalMark recognises "-----Original Message-----" and its like.
func originalMark(lines []string, i int) (ok, forward bool) {
	l := strings.TrimSpace(lines[i])
	if len(l) < 10 || len(l) > 120 || !strings.ContainsAny(l[:1], "-_*=—–") && !strings.HasSuffix(l, ":") && !strings.HasSuffix(l, "-") {
		return false, false
	}
	word := strings.ToLower(strings.Trim(l, "-_*=—– :\t"))
	for _, m := range originalWords {
		if word == m {
			return true, false
		}
	}
	for _, m := range forwardWords {
		if word == m {
			return true, true
		}
	}
	if strings.HasPrefix(l, "---- ") && strings.HasSuffix(l, " ----") { // Zoho
		inner := strings.ToLower(strings.Trim(l, "- "))
		for _, v := range wroteWords {
			if strings.HasSuffix(inner, v) && hasDigit(inner) {
				return true, false
			}
		}
	}
	return false, false
}

// namesMail tells whether a sentence that introduces a quote names an address or
// a time of day. Without a mark on the lines that follow, less is too little: "El
// 12 de mayo me escribió:" may go on with the writer's own words.
func namesMail(lines []string) bool {
	s := strings.Join(lines, " ")
	if strings.IndexByte(s, '@') >= 0 {
		return true
	}
	for i := 1; i+2 < len(s); i++ {
		if s[i] == ':' && isDigit(s[i-1]) && isDigit(s[i+1]) && isDigit(s[i+2]) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// attribution returns how many lines from i on are the one sentence that
// introduces a quote ("El lunes … escribió:"), 0 when they are none.
func attribution(lines []string, i int) int {
	first := strings.TrimLeft(lines[i], " \t*")
	if len(first) > 600 || !hasDigit(first) && !hasOpener(first) {
		return 0
	}
	joined := ""
	for n := 1; n <= 5 && i+n-1 < len(lines); n++ {
		l := strings.TrimSpace(lines[i+n-1])
		if l == "" || isQuoted(l) && l != ">:" || len(joined)+len(l) > 600 {
			return 0
		}
		if n > 1 {
			joined += " "
		}
		joined += l
		if introduces(joined, n) {
			return n
		}
		if n == 1 && !hasOpener(first) && !startsLikeDate(first) {
			return 0
		}
	}
	return 0
}

// introduces tells whether a sentence ends as those do that introduce a quote.
func introduces(s string, lines int) bool {
	end := strings.TrimRight(s, " *\u00a0")
	body, ok := strings.CutSuffix(end, ":")
	if !ok {
		body, ok = strings.CutSuffix(end, "：")
	}
	body = strings.TrimRight(body, " *\u00a0")
	if !ok && (lines > 1 || !strings.Contains(body, "@") || !hasDigit(body) || !strings.HasSuffix(body, "wrote")) {
		return false // only some write it without a colon: On … Name <address> wrote
	}
	named := strings.Contains(body, "@") || hasDigit(body)
	if !named {
		return false
	}
	if strings.HasSuffix(body, ">") && strings.Contains(body, "@") && hasDigit(body) && (startsLikeDate(s) || hasOpener(s)) {
		return true // Gmail in Russian and older versions: a date, then Name <address>:
	}
	lower := strings.ToLower(body)
	for _, v := range wroteWords {
		if strings.HasSuffix(lower, v) && (len(lower) == len(v) || !isLetterBefore(lower, len(lower)-len(v)) || !isASCII(v)) {
			return hasOpener(s) || startsLikeDate(s) || strings.Contains(body, "<") || lines == 1 && strings.Contains(body, "@")
		}
	}
	for _, v := range wroteInside { // "schrieb Hans <hans@example.de>:"
		if strings.Contains(lower, v) && (hasOpener(s) || startsLikeDate(s) || strings.Contains(body, "<")) {
			return true
		}
	}
	return false
}

func isLetterBefore(s string, i int) bool { return i > 0 && isAlnum(s[i-1]) }

func hasOpener(s string) bool { return openers.prefixes(strings.TrimLeft(s, " \t*_-")) }

// startsLikeDate recognises a line that begins with a date: 2017-01-09, 30 апр., ср, 30.
func startsLikeDate(s string) bool {
	s = strings.TrimLeft(s, " \t*")
	head := s[:min(len(s), 24)]
	i := strings.IndexAny(head, "0123456789")
	return i == 0 || i > 0 && i < 12 && strings.ContainsAny(head[:i], ",.")
}

// headerBlock recognises the headers of the mail that Outlook and others put
// above an unmarked quote: From and two more of Sent, To, Subject within the next lines.
func headerBlock(lines []string, i int) bool {
	if headerKind(lines[i]) != fromHeader {
		return false
	}
	seen := 0
	blanks := 0
	for k := i + 1; k < len(lines) && k <= i+12 && seen < 2; k++ {
		l := strings.TrimSpace(lines[k])
		if l == "" {
			if blanks++; blanks > 1 && seen == 0 {
				break
			}
			continue
		}
		switch headerKind(l) {
		case otherHeader:
			seen++
		case fromHeader:
			if k > i+1 {
				return seen >= 2
			}
		}
	}
	return seen >= 2
}

type headerWord int

const (
	noHeader headerWord = iota
	fromHeader
	otherHeader
)

func headerKind(line string) headerWord {
	line = strings.TrimLeft(line, " \t*>_")
	i := strings.IndexByte(line, ':')
	if i < 1 || i > 30 {
		if j := strings.Index(line, "："); j > 0 && j < 30 {
			i = j
		} else {
			return noHeader
		}
	}
	word := strings.ToLower(strings.TrimSpace(strings.TrimRight(line[:i], " *\u00a0")))
	return headerWords[word]
}
