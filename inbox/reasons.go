package inbox

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"recado/conversation"
	"recado/internal/say"
)

// reason is the format of a sentence of the domain in the other languages that agents speak. Its arguments are those of the
// English one, in their order or named by their place: %[2]s.
type reason struct{ es, pt string }

// reasonTables are all of them, by the English formats.
var reasonTables = []map[string]reason{mailReasons, protocolReasons, peopleReasons, fileReasons, fileKeyReasons, fileTextReasons}

// reasons are the formats of a language by the English ones; none for English itself.
func reasons(code string) map[string]string {
	if code == "en" {
		return nil
	}
	out := map[string]string{}
	for _, some := range reasonTables {
		for format, r := range some {
			out[format] = map[string]string{"es": r.es, "pt": r.pt}[code]
		}
	}
	return out
}

// reason is what an error says, in the agent's language. What the domain has no words for is a fault of the machine's: the log
// has it, the page does not.
func (v *visit) reason(err error) string {
	s, ok := say.Find(err)
	if !ok {
		v.log.Error("failed", "agent", v.actor.Email, "err", err)
		return v.lang.T("reason.unknown")
	}
	return v.told(s)
}

// told is a sentence of the domain in the agent's language.
func (v *visit) told(s say.Sentence) string {
	text, whole := v.lang.sentence(s)
	if !whole {
		v.log.Error("failed", "agent", v.actor.Email, "err", s.Text)
	}
	return text
}

// sentence is one of the domain's in the language, from its first letter to its end; whole tells that there are words for
// all of it.
func (l *language) sentence(s say.Sentence) (text string, whole bool) {
	text, whole = l.say(s)
	if l.beginsWithWord(s) {
		first, size := utf8.DecodeRuneInString(text)
		text = string(unicode.ToUpper(first)) + text[size:]
	}
	if !strings.HasSuffix(text, "…") && !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	return text, whole
}

// say makes a sentence in the language, for one that it may stand in.
func (l *language) say(s say.Sentence) (text string, whole bool) {
	format := l.format(s)
	if format == "" {
		return l.T("reason.unknown"), false
	}
	whole = true
	args := make([]any, len(s.Args))
	for i, arg := range s.Args {
		var known bool
		if args[i], known = l.argument(arg); !known {
			whole = false
		}
	}
	return fmt.Sprintf(format, args...), whole
}

// format is that of a sentence in the language; "" where there is none.
func (l *language) format(s say.Sentence) string {
	if l.reasons != nil && hasWords(s.Format) {
		return l.reasons[s.Format]
	}
	return s.Format
}

// argument is what stands in a sentence, in the language: what has a word of ours is that word, a sentence is said, and of a
// fault of the machine's the log tells. Names, addresses, numbers and what was typed stay as they are.
func (l *language) argument(arg any) (out any, known bool) {
	switch arg := arg.(type) {
	case conversation.SendType:
		return l.word("send.", string(arg)), true
	case conversation.Role:
		return l.word("role.", string(arg)), true
	case time.Duration:
		return l.span(arg), true
	case say.Teller:
		return l.say(arg.Said())
	case error:
		var within say.Teller
		if errors.As(arg, &within) {
			return l.say(within.Said())
		}
		return l.T("reason.log"), false
	}
	return arg, true
}

var formatVerbs = regexp.MustCompile(`%(?:\[\d+\])?[a-z]`)

// hasWords tells a format that is to be translated from one that only puts others together.
func hasWords(format string) bool {
	return strings.ContainsFunc(formatVerbs.ReplaceAllString(format, ""), unicode.IsLetter)
}

// beginsWithWord tells whether the sentence begins in the language with a word of its own, which an upper-case letter then
// begins; an address or a key of the channel file stays as it is.
func (l *language) beginsWithWord(s say.Sentence) bool {
	format := l.format(s)
	if strings.HasPrefix(format, "%") {
		if len(s.Args) > 0 && !strings.HasPrefix(format, "%[") {
			if t, ok := s.Args[0].(say.Teller); ok {
				return l.beginsWithWord(t.Said())
			}
		}
		return false
	}
	word, _, _ := strings.Cut(format, " ")
	return !strings.Contains(word, "_")
}
