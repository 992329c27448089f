package config

import (
	"bytes"
	"slices"

	"github.com/pelletier/go-toml/v2/unstable"
)

// span is a range of bytes of the file.
type span struct{ start, end int }

// layout is where the tables that may be edited stand in a file, byte for byte. The parser says what each
// expression is; where it ends is found here, since the parser tells that of scalars only.
type layout struct {
	data  []byte
	rows  map[string][]tableSpan // of each section, in the file's order
	lists map[string]listSpan    // sections written as one list of inline tables
}

// tableSpan is one row. With a header it lasts from that line to the end of its last key's line; inline,
// from { to }.
type tableSpan struct {
	span
	inline bool
	keys   []keySpan
}

// keySpan is a key with its value.
type keySpan struct {
	name   string
	start  int // of the key
	equals int // the sign between them
	value  span
}

// listSpan is a list from [ to ] and its elements.
type listSpan struct {
	span
	items []span
}

// layoutOf finds the rows in a file whose outline has no problem.
func layoutOf(data []byte) *layout {
	l := &layout{data: data, rows: map[string][]tableSpan{}, lists: map[string]listSpan{}}
	at := len(data) - len(bytes.TrimPrefix(data, []byte("\ufeff")))
	parser := unstable.Parser{}
	parser.Reset(data[at:])
	section, top := "", true
	for parser.NextExpression() {
		node := parser.Expression()
		at = l.skipBlank(at)
		switch node.Kind {
		case unstable.Table, unstable.ArrayTable:
			end := l.lineEnd(l.skipTo(at, ']'))
			section, top = "", false
			if names := keyNames(node); node.Kind == unstable.ArrayTable && len(names) == 1 {
				section = names[0]
				l.rows[section] = append(l.rows[section], tableSpan{span: span{l.lineStart(at), end}})
			}
			at = end
		case unstable.KeyValue:
			key := l.key(at, node)
			at = key.value.end
			if rows := l.rows[section]; section != "" {
				row := &rows[len(rows)-1]
				row.keys, row.end = append(row.keys, key), l.lineEnd(at)
			} else if top && node.Value().Kind == unstable.Array {
				l.inlineRows(key, node.Value())
			}
		}
	}
	return l
}

// inlineRows are those of channel = [{…}, {…}].
func (l *layout) inlineRows(key keySpan, node *unstable.Node) {
	list := l.list(key.value.start)
	l.lists[key.name] = list
	elements := node.Children()
	for _, item := range list.items {
		elements.Next()
		row := tableSpan{span: item, inline: true}
		at := item.start + 1
		if element := elements.Node(); element.Kind == unstable.InlineTable {
			for inner := element.Children(); inner.Next(); {
				if inner.Node().Kind != unstable.KeyValue {
					continue
				}
				pair := l.key(l.skipBlank(at), inner.Node())
				row.keys = append(row.keys, pair)
				at = l.skipBlank(pair.value.end) + 1 // the comma
			}
		}
		l.rows[key.name] = append(l.rows[key.name], row)
	}
}

// keyNames are the parts of a dotted name.
func keyNames(node *unstable.Node) []string {
	var names []string
	for it := node.Key(); it.Next(); {
		names = append(names, string(it.Node().Data))
	}
	return names
}

func (l *layout) key(at int, node *unstable.Node) keySpan {
	equals := l.skipTo(at, '=')
	value := l.skipBlank(equals + 1)
	return keySpan{name: keyNames(node)[0], start: at, equals: equals, value: span{value, l.skipValue(value)}}
}

// list finds the elements of the list that begins at the offset.
func (l *layout) list(at int) listSpan {
	list := listSpan{span: span{start: at}}
	for at = l.skipBlank(at + 1); at < len(l.data) && l.data[at] != ']'; at = l.skipBlank(at) {
		end := l.skipValue(at)
		list.items = append(list.items, span{at, end})
		if at = l.skipBlank(end); at < len(l.data) && l.data[at] == ',' {
			at++
		}
	}
	list.end = min(at+1, len(l.data))
	return list
}

// skipBlank is past white space, line ends and comments.
func (l *layout) skipBlank(at int) int {
	for at < len(l.data) {
		switch l.data[at] {
		case ' ', '\t', '\r', '\n':
			at++
		case '#':
			at = l.lineEnd(at)
		default:
			return at
		}
	}
	return at
}

// skipTo is where the sign stands outside of quotes.
func (l *layout) skipTo(at int, sign byte) int {
	for at < len(l.data) && l.data[at] != sign {
		if c := l.data[at]; c == '"' || c == '\'' {
			at = l.skipText(at)
		} else {
			at++
		}
	}
	return at
}

// skipText is past a text in quotes of any of the four kinds.
func (l *layout) skipText(at int) int {
	quote := l.data[at]
	closing := []byte{quote}
	if triple := bytes.Repeat(closing, 3); bytes.HasPrefix(l.data[at:], triple) {
		closing = triple
	}
	for at += len(closing); at < len(l.data); at++ {
		switch {
		case quote == '"' && l.data[at] == '\\':
			at++
		case bytes.HasPrefix(l.data[at:], closing):
			at += len(closing)
			for len(closing) == 3 && at < len(l.data) && l.data[at] == quote {
				at++ // up to two quotes may stand before the three that close it
			}
			return at
		}
	}
	return len(l.data)
}

// skipValue is past a value of any kind.
func (l *layout) skipValue(at int) int {
	if at >= len(l.data) {
		return at
	}
	switch l.data[at] {
	case '"', '\'':
		return l.skipText(at)
	case '[':
		return l.list(at).end
	case '{':
		for at = l.skipBlank(at + 1); at < len(l.data) && l.data[at] != '}'; at = l.skipBlank(at) {
			if l.data[at] == ',' {
				at++
				continue
			}
			at = l.skipValue(l.skipBlank(l.skipTo(at, '=') + 1))
		}
		return min(at+1, len(l.data))
	}
	end := at
	for end < len(l.data) && !slices.Contains([]byte(",]}#\r\n"), l.data[end]) {
		end++ // a date may have a space within
	}
	return at + len(bytes.TrimRight(l.data[at:end], " \t"))
}

// lineStart is where the line of the offset begins; a byte order mark is not part of the first one.
func (l *layout) lineStart(at int) int {
	start := bytes.LastIndexByte(l.data[:at], '\n') + 1
	if start == 0 && bytes.HasPrefix(l.data, []byte("\ufeff")) {
		start = len("\ufeff")
	}
	return start
}

// lineEnd is past the line end after the offset, or the end of the file.
func (l *layout) lineEnd(at int) int {
	at = min(at, len(l.data))
	if n := bytes.IndexByte(l.data[at:], '\n'); n >= 0 {
		return at + n + 1
	}
	return len(l.data)
}

// line is the text of the line at the offset without white space around it.
func (l *layout) line(at int) []byte { return bytes.TrimSpace(l.data[at:l.lineEnd(at)]) }

// indent is the white space before the offset, and whether nothing else stands before it on its line.
func (l *layout) indent(at int) (string, bool) {
	before := l.data[l.lineStart(at):at]
	return string(before[:len(before)-len(bytes.TrimLeft(before, " \t"))]), len(bytes.TrimSpace(before)) == 0
}

// lineBreak is how the file ends its lines.
func (l *layout) lineBreak() string {
	if n := bytes.IndexByte(l.data, '\n'); n > 0 && l.data[n-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

func isComment(line []byte) bool { return len(line) > 0 && line[0] == '#' }

// owned widens a row with a header to the comments that belong to it: those right above its header, and
// those right below its last key unless they stand right above the next header. A comment that the file
// begins with is the file's.
func (l *layout) owned(row span) span {
	start := row.start
	for first := l.lineStart(0); start > first; {
		above := l.lineStart(start - 1)
		if !isComment(l.line(above)) {
			break
		}
		if start = above; start == first {
			start = row.start
			break
		}
	}
	return span{start, l.ownedBelow(row.end)}
}

func (l *layout) ownedBelow(end int) int {
	at := end
	for at < len(l.data) && isComment(l.line(at)) {
		at = l.lineEnd(at)
	}
	if at < len(l.data) && bytes.HasPrefix(l.line(at), []byte("[")) {
		return end
	}
	return at
}
