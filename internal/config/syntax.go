package config

import (
	"bytes"
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"recado/internal/say"
)

// syntax reports an error of go-toml, with what to write for those that people make most.
func (o *outliner) syntax(err error) {
	at, message := place{1, 1}, err.Error()
	var parse *unstable.ParserError
	var decode *toml.DecodeError
	switch {
	case errors.As(err, &parse):
		message = parse.Message
		at = o.place(int(o.parser.Range(parse.Highlight).Offset))
	case errors.As(err, &decode):
		line, column := decode.Position()
		at = o.place(o.starts[min(line, len(o.starts))-1] + column - 1)
	}
	what, hint := o.explain(at, strings.TrimPrefix(message, "toml: "))
	o.report(at, what, hint)
}

// explain says in plain words what the mistakes that people make most look like to a parser: from its
// message, and from the line.
func (o *outliner) explain(at place, message string) (what, hint say.Sentence) {
	line, _, _ := bytes.Cut(o.data[o.starts[at.line-1]:], []byte("\n"))
	left, right, assigned := strings.Cut(strings.TrimSpace(string(line)), "=")
	left = strings.TrimSpace(left)
	plain := strings.IndexFunc(left, func(r rune) bool { return r != '.' && r != '-' && r != '_' && !isLetterOrDigit(r) }) < 0
	word := strings.TrimSpace(strings.SplitN(right, "#", 2)[0])
	says := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(message, w) {
				return true
			}
		}
		return false
	}
	general := say.Of("this is not valid TOML: %v", errors.New(message)) // in the words of go-toml
	switch {
	case bytes.ContainsAny(line, "“”„‘’«»") && !says("incomplete", "terminated"):
		return say.Of("typographic quotes begin no text"), say.Of(`write straight quotes: "…"`)
	case strings.HasPrefix(left, "[[") && says("']]'"):
		return say.Of("this header is not closed"), say.Of("end it with ]]")
	case strings.HasPrefix(left, "[") && says("']' to close table"):
		return say.Of("this header is not closed"), say.Of("end it with ]")
	case says("'='") && !assigned && strings.Contains(left, ":"):
		return say.Of("a key and its value are joined by =, not by a colon"), say.Of(`write key = "value"`)
	case says("'='"):
		return say.Of("this line is no key = value"), say.Of(`write key = "value", or # before a comment`)
	case says("escape", "need a character after"):
		return say.Of("a backslash begins a special character in a text"), say.Of(`write \\ for one backslash, or the whole text in single quotes`)
	case says("cannot have new lines", "unterminated"):
		return say.Of("this text is not closed"), say.Of("end it with the quote that began it, on the same line")
	case says("array is incomplete", "after array value", "']'"):
		return say.Of("this list is not closed"), say.Of("separate its elements with commas and end it with ]")
	case says("already"):
		return general, say.Of("remove one of the two")
	case strings.HasPrefix(left, "//") || strings.HasPrefix(left, ";"):
		return say.Of("this line is no key = value"), say.Of("begin a comment with #")
	case says("expected newline"):
		return say.Of("something follows the end of the value or header"), say.Of("write one key and value a line; a comment begins with #")
	case says("inline table"):
		return general, say.Of("separate the keys with commas and end the table with }")
	case says("too large", "leading zeroes", "radix", "underscores", "digit"):
		return general, say.Of("write a plain number, or a text in quotes")
	case assigned && plain && word == "":
		return say.Of("%s has no value", left), say.Of("write one after the =, or remove the line")
	case assigned && plain && len(word) < 80 && len(left) < 80 && !strings.ContainsAny(word, "\"'[{"):
		if low := strings.ToLower(word); low == "true" || low == "false" {
			return general, say.Of("write %s = %s", left, low)
		}
		return say.Of("the value of %s is neither a number nor in quotes", left), say.Of("write %s = %s", left, quote(word))
	}
	return general, say.Of("look at the end of this line and at the one above")
}
