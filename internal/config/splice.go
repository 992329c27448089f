package config

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// replace is the file with other bytes in place of a span.
func (l *layout) replace(s span, text string) []byte {
	return slices.Concat(l.data[:s.start], []byte(text), l.data[s.end:])
}

// inOrder are the lists whose order counts: they are written anew, since what stays would keep its place.
var inOrder = map[string]bool{"domain.dkim_selector": true}

// set writes a key of a row anew, or adds it in the row's own way; without a value it takes the key out.
func (l *layout) set(section string, row tableSpan, s Setting) []byte {
	if s.Value == nil {
		return l.unset(row, s.Key)
	}
	for _, key := range row.keys {
		if key.name != s.Key {
			continue
		}
		if words, ok := s.Value.([]string); ok && l.data[key.value.start] == '[' && !inOrder[section+"."+s.Key] {
			return l.setList(key.value.start, words)
		}
		return l.replace(key.value, literal(s.Value))
	}
	if row.inline {
		if len(row.keys) == 0 {
			return l.replace(row.span, fmt.Sprintf("{ %s = %s }", s.Key, literal(s.Value)))
		}
		at := row.keys[len(row.keys)-1].value.end
		return l.replace(span{at, at}, fmt.Sprintf(", %s = %s", s.Key, literal(s.Value)))
	}
	at := l.lineEnd(row.start)
	_, indent := l.indents(row)
	known, _ := sectionNamed(section)
	for _, key := range row.keys { // below the last of those that the example shows before it
		if slices.Index(known.keys, key.name) < slices.Index(known.keys, s.Key) {
			at = max(at, l.lineEnd(key.value.end))
		}
	}
	return l.insertLines(at, indent+l.assign(row, s))
}

// unset takes a key out of a row. Its line goes with it, but for a comment at the end of it, which somebody wrote.
func (l *layout) unset(row tableSpan, name string) []byte {
	i := slices.IndexFunc(row.keys, func(k keySpan) bool { return k.name == name })
	if i < 0 {
		return l.data
	}
	s := span{row.keys[i].start, row.keys[i].value.end}
	switch {
	case !row.inline && isComment(l.line(s.end)):
		s.end += bytes.IndexByte(l.data[s.end:], '#')
	case !row.inline:
		s = span{l.lineStart(s.start), l.lineEnd(s.end)}
	case i > 0:
		s.start = row.keys[i-1].value.end // with the comma that parts the two
	case len(row.keys) > 1:
		s.end = row.keys[1].start
	}
	return l.replace(s, "")
}

// indents are the white space before a row's header and before its keys.
func (l *layout) indents(row tableSpan) (header, keys string) {
	header, _ = l.indent(row.start + bytes.IndexByte(l.data[row.start:], '['))
	if len(row.keys) == 0 {
		return header, header
	}
	keys, _ = l.indent(row.keys[0].start)
	return header, keys
}

// assign is "key = value" with the sign below those of the row, where they stand below one another.
func (l *layout) assign(like tableSpan, s Setting) string {
	return fmt.Sprintf("%-*s = %s", l.alignment(like), s.Key, literal(s.Value))
}

// alignment is the width of the keys of a row that are padded to one, else 0.
func (l *layout) alignment(row tableSpan) int {
	width, padded := 0, false
	for i, key := range row.keys {
		w := key.equals - key.start - 1
		if row.inline || w < 1 || i > 0 && w != width {
			return 0
		}
		width = w
		padded = padded || len(bytes.TrimRight(l.data[key.start:key.equals], " ")) < w
	}
	if !padded {
		return 0
	}
	return width
}

// insertLines puts lines where a line begins, or at an end of the file that may lack its line end.
func (l *layout) insertLines(at int, lines ...string) []byte {
	eol := l.lineBreak()
	text := strings.Join(lines, eol)
	if at > 0 && at == len(l.data) && l.data[at-1] != '\n' {
		text = eol + text
	} else {
		text += eol
	}
	return l.replace(span{at, at}, text)
}

// add appends a row after the last of its section, in the form of that one, or else at the file's end.
func (l *layout) add(section string, keys []Setting) []byte {
	if list, ok := l.lists[section]; ok {
		pairs := make([]string, len(keys))
		for i, s := range keys {
			pairs[i] = s.Key + " = " + literal(s.Value)
		}
		return l.addItem(list, "{ "+strings.Join(pairs, ", ")+" }")
	}
	var like tableSpan
	at, indent, inner := len(l.data), "", ""
	if rows := l.rows[section]; len(rows) > 0 {
		like = rows[len(rows)-1]
		at = l.ownedBelow(like.end)
		indent, inner = l.indents(like)
	}
	var lines []string
	if at > 0 && len(bytes.TrimSpace(l.data[l.lineStart(at-1):at])) > 0 {
		lines = append(lines, "")
	}
	lines = append(lines, indent+"[["+section+"]]")
	for _, s := range keys {
		lines = append(lines, inner+l.assign(like, s))
	}
	if at < len(l.data) && len(l.line(at)) > 0 {
		lines = append(lines, "")
	}
	return l.insertLines(at, lines...)
}

// remove takes a row out, with its own comments.
func (l *layout) remove(section string, index int) []byte {
	if list, ok := l.lists[section]; ok {
		return l.removeItem(list, index, true)
	}
	s := l.owned(l.rows[section][index].span)
	after, before := s.end, s.start
	for after < len(l.data) && len(l.line(after)) == 0 {
		after = l.lineEnd(after)
	}
	for first := l.lineStart(0); before > first; {
		above := l.lineStart(before - 1)
		if len(l.line(above)) > 0 {
			break
		}
		before = above
	}
	switch {
	case after == len(l.data):
		s = span{before, after}
	case before < s.start || s.start == l.lineStart(0):
		s.end = after // one gap is left of two
	}
	return l.replace(s, "")
}

// setList makes a list of texts one of others, element by element: what stays keeps its place and comments.
func (l *layout) setList(at int, words []string) []byte {
	var have []string
	for i := 0; ; {
		list := l.list(at)
		have = l.texts(list)
		if i >= len(have) {
			break
		}
		if slices.Contains(words, have[i]) && !slices.Contains(have[:i], have[i]) {
			i++
			continue
		}
		l = &layout{data: l.removeItem(list, i, false)}
	}
	for _, word := range words {
		if !slices.Contains(have, word) {
			l = &layout{data: l.addItem(l.list(at), literal(word))}
			have = append(have, word)
		}
	}
	return l.data
}

// texts are the elements of a list of texts, without quotes.
func (l *layout) texts(list listSpan) []string {
	root, _ := outline(append([]byte("x = "), l.data[list.start:list.end]...))
	var out []string
	for i := range list.items {
		text := ""
		if items := root.field("x"); items != nil && i < len(items.items) {
			text = items.items[i].text
		}
		out = append(out, text)
	}
	return out
}

// addItem appends an element to a list: on a line of its own where the last one has one.
func (l *layout) addItem(list listSpan, text string) []byte {
	closing := list.end - 1
	indent, alone := l.indent(closing)
	if len(list.items) == 0 {
		if alone {
			return l.insertLines(l.lineStart(closing), indent+"  "+text+",")
		}
		return l.replace(span{closing, closing}, text)
	}
	last := list.items[len(list.items)-1]
	at, comma := last.end, ""
	if next := l.skipBlank(last.end); l.data[next] == ',' {
		at, comma = next+1, ","
	}
	own, first := l.indent(last.start)
	switch {
	case first && alone:
		end := l.lineEnd(at)
		whole := string(l.data[at:end]) + own + text + comma + l.lineBreak()
		if comma == "" {
			whole = "," + whole
		}
		return l.replace(span{at, end}, whole)
	case comma != "":
		return l.replace(span{at, at}, " "+text+comma)
	}
	return l.replace(span{at, at}, ", "+text)
}

// removeItem takes an element out of a list, with the line that is its own; comments says whether those
// right above it go too.
func (l *layout) removeItem(list listSpan, index int, comments bool) []byte {
	item := list.items[index]
	s := item
	next := l.skipBlank(item.end)
	if l.data[next] == ',' {
		s.end = next + 1
	}
	_, first := l.indent(item.start)
	rest := l.line(s.end)
	if first && (len(rest) == 0 || isComment(rest)) {
		s = span{l.lineStart(item.start), l.lineEnd(s.end)}
		for above := l.lineStart(s.start - 1); comments && above > list.start && isComment(l.line(above)); above = l.lineStart(s.start - 1) {
			s.start = above
		}
		return l.replace(s, "")
	}
	if s.end > item.end || index == 0 {
		for s.end < len(l.data) && (l.data[s.end] == ' ' || l.data[s.end] == '\t') {
			s.end++
		}
		return l.replace(s, "")
	}
	if before := list.items[index-1].end; !bytes.ContainsAny(l.data[before:item.start], "#\n") {
		s.start = before // with the comma that parted the two
	}
	return l.replace(s, "")
}

// literal writes a value as TOML.
func literal(value any) string {
	switch v := value.(type) {
	case bool:
		return fmt.Sprint(v)
	case []string:
		words := make([]string, len(v))
		for i, w := range v {
			words[i] = literal(w)
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range fmt.Sprint(value) {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
