package conversation

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"
)

// Span is a stretch of a snippet; Hit where it was found.
type Span struct {
	Text string
	Hit  bool
}

const (
	snippetBefore = 30  // octets before the first hit, which must be seen where a row is cut
	snippetLength = 220 // octets
)

// snippet is the part of a message where the query's words stand, or its beginning where they stand in a name or an address.
// A mail that cannot be read has none.
func (m *Manager) snippet(ctx context.Context, q *Query, msg *Message) []Span {
	text := msg.Text
	if text == "" && !msg.Raw.IsZero() {
		mail, err := m.reading(ctx, msg)
		if err != nil {
			return []Span{}
		}
		text = mail.Text
	}
	return q.Mark(excerpt(q, strings.Join(strings.Fields(cut(text, maxIndexedText)), " ")))
}

// excerpt is the part of a line around its first hit.
func excerpt(q *Query, line string) string {
	start := 0
	for _, w := range wordsIn(line) {
		if q.finds(w.folded) {
			start = max(0, w.start-snippetBefore)
			break
		}
	}
	before, after := "", ""
	if start > 0 {
		if i := strings.IndexByte(line[start:], ' '); i >= 0 {
			start += i + 1
		}
		before = "… "
	}
	end := min(len(line), start+snippetLength)
	for start < len(line) && !utf8.RuneStart(line[start]) {
		start++
	}
	for end < len(line) && !utf8.RuneStart(line[end]) {
		end--
	}
	if end < len(line) {
		after = "…"
	}
	return before + line[start:end] + after
}

// finds tells whether a folded word is one that the query looks for in texts.
func (q *Query) finds(folded string) bool {
	return slices.ContainsFunc(q.Terms, func(t Term) bool {
		if t.Field != AnyField && t.Field != FieldSubject {
			return false
		}
		words := strings.Fields(t.Text)
		return slices.Contains(words, folded) || t.Prefix && strings.HasPrefix(folded, words[len(words)-1])
	})
}

// Mark divides a line into what the query found and the rest.
func (q *Query) Mark(line string) []Span {
	out := []Span{}
	at := 0
	for _, w := range wordsIn(line) {
		if !q.finds(w.folded) {
			continue
		}
		if at < w.start {
			out = append(out, Span{Text: line[at:w.start]})
		}
		out = append(out, Span{Text: line[w.start:w.end], Hit: true})
		at = w.end
	}
	if at < len(line) {
		out = append(out, Span{Text: line[at:]})
	}
	return out
}
