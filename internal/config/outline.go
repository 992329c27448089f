package config

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"recado/internal/say"
)

// maxFile bounds the file in bytes: ten thousand channels fit many times over.
const maxFile = 4 << 20

// place is where something stands in the file; the zero place is nowhere.
type place struct{ line, column int }

// kind is what a value was written as.
type kind int

const (
	kindTable kind = iota
	kindList
	kindText
	kindInteger
	kindFloat
	kindBool
	kindDate
)

// kinds name each as a person would.
var kinds = [...]say.Sentence{
	kindTable: say.Of("a table"), kindList: say.Of("a list"), kindText: say.Of("a text"), kindInteger: say.Of("a whole number"),
	kindFloat: say.Of("a number with a fraction"), kindBool: say.Of("true or false"), kindDate: say.Of("a date"),
}

func (k kind) Said() say.Sentence { return kinds[k] }
func (k kind) String() string     { return kinds[k].Text }

// value is a node of the outline: a scalar, a list, or a table (the whole file is one).
type value struct {
	kind   kind
	key    place             // of its key; of the header's name for a table with a header
	at     place             // of the value itself
	text   string            // a text without its quotes, else the literal as written
	names  []string          // a table's keys, in the file's order
	fields map[string]*value // a table's values
	items  []*value          // a list's elements
	rows   bool              // the list was written as [[headers]]
	header bool              // the table was written as a [header], so another one repeats it
}

// field is the value of a table's key, or nil.
func (v *value) field(name string) *value {
	if v == nil {
		return nil
	}
	return v.fields[name]
}

// place is where a problem with the key is shown: at its value, or at the table that lacks it.
func (v *value) place(name string) place {
	if field := v.field(name); field != nil {
		return field.at
	}
	return v.at
}

func newTable(at place) *value {
	return &value{kind: kindTable, key: at, at: at, fields: map[string]*value{}}
}

// outliner builds the outline and collects what is set twice, which go-toml reports one at a time.
type outliner struct {
	data     []byte
	starts   []int // offset of every line
	root     *value
	parser   unstable.Parser
	problems []located
}

// located is a problem that does not know its file yet.
type located struct {
	place
	message, hint say.Sentence
}

// outline parses the bytes. When they are not TOML it returns a nil table and at least one problem;
// keys set twice are problems beside a usable table.
func outline(data []byte) (*value, []located) {
	o := &outliner{data: data, starts: []int{0}, root: newTable(place{1, 1})}
	for i, b := range data {
		if b == '\n' {
			o.starts = append(o.starts, i+1)
		}
	}
	if i := firstInvalid(data); i >= 0 {
		o.report(o.place(i), say.Of("this byte is not UTF-8"), say.Of("save the file as UTF-8"))
		return nil, o.problems
	}
	o.parser.Reset(data)
	current := o.root
	for o.parser.NextExpression() {
		node := o.parser.Expression()
		switch node.Kind {
		case unstable.Table, unstable.ArrayTable:
			current = o.enter(node)
		case unstable.KeyValue:
			o.set(current, node)
		}
	}
	if err := o.parser.Error(); err != nil {
		o.syntax(err)
		return nil, o.problems
	}
	if len(o.problems) == 0 {
		var discard map[string]any
		if err := toml.Unmarshal(data, &discard); err != nil {
			o.syntax(err)
			return nil, o.problems
		}
	}
	return o.root, o.problems
}

// firstInvalid is the offset of the first byte that is not UTF-8, or -1.
func firstInvalid(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// place turns an offset into a line and a column in characters, as editors count.
func (o *outliner) place(offset int) place {
	offset = min(offset, len(o.data))
	line := sort.SearchInts(o.starts, offset+1) - 1
	return place{line: line + 1, column: utf8.RuneCount(o.data[o.starts[line]:offset]) + 1}
}

func (o *outliner) report(at place, message, hint say.Sentence) {
	o.problems = append(o.problems, located{place: at, message: message, hint: hint})
}

// enter finds or makes the table of a [header] or the next row of a [[header]].
func (o *outliner) enter(node *unstable.Node) *value {
	var path []*unstable.Node
	for it := node.Key(); it.Next(); {
		path = append(path, it.Node())
	}
	table := o.root
	for _, part := range path[:len(path)-1] {
		table = o.descend(table, part)
	}
	last := path[len(path)-1]
	name, at := string(last.Data), o.place(int(path[0].Raw.Offset))
	var shown []string
	for _, part := range path {
		shown = append(shown, keyText(string(part.Data)))
	}
	full := strings.Join(shown, ".")
	old := table.fields[name]
	if node.Kind == unstable.ArrayTable {
		row := newTable(at)
		if old == nil {
			table.add(name, &value{kind: kindList, key: at, at: at, rows: true, items: []*value{row}})
		} else if old.rows {
			old.items = append(old.items, row)
		} else {
			o.report(at, say.Of("[[%s]] was already written in another form on line %d", full, old.key.line), say.Of("use one form for all of them"))
		}
		return row
	}
	if old == nil {
		fresh := newTable(at)
		fresh.header = true
		table.add(name, fresh)
		return fresh
	}
	switch {
	case old.kind == kindTable && !old.header:
		old.header = true // made by a header below it, or by a dotted key: go-toml judges which
		return old
	case old.kind == kindTable:
		o.report(at, say.Of("[%s] was already written on line %d", full, old.key.line), say.Of("put the keys of both under one header"))
		return old
	case old.rows:
		o.report(at, say.Of("[%s] follows [[%s]] of line %d", full, full, old.key.line), say.Of("write [[%s]] in double brackets, once for each", full))
		return newTable(at)
	default:
		o.report(at, say.Of("%s was already written in another form on line %d", full, old.key.line), say.Of("use one form for all of them"))
		return newTable(at)
	}
}

// descend steps into the table that one part of a dotted name leads to.
func (o *outliner) descend(table *value, part *unstable.Node) *value {
	name, at := string(part.Data), o.place(int(part.Raw.Offset))
	old := table.fields[name]
	switch {
	case old == nil:
		fresh := newTable(at)
		table.add(name, fresh)
		return fresh
	case old.kind == kindTable:
		return old
	case old.rows:
		return old.items[len(old.items)-1]
	default:
		o.report(at, say.Of("%s was already set on line %d, so nothing can be set inside it", keyText(name), old.key.line), say.Of("remove one of the two"))
		return newTable(at)
	}
}

// set puts a key and its value into the table, following the dots of the key.
func (o *outliner) set(table *value, node *unstable.Node) {
	it := node.Key()
	it.Next()
	part := it.Node()
	for it.Next() {
		table = o.descend(table, part)
		part = it.Node()
	}
	name, key := string(part.Data), o.place(int(part.Raw.Offset))
	if old := table.fields[name]; old != nil {
		o.report(key, say.Of("%s was already set on line %d", keyText(name), old.key.line), say.Of("remove one of the two"))
		return
	}
	table.add(name, o.value(node.Value(), key))
}

func (v *value) add(name string, field *value) {
	v.names = append(v.names, name)
	v.fields[name] = field
}

// value copies a value out of the parser, whose memory is used again for the next expression.
func (o *outliner) value(node *unstable.Node, key place) *value {
	v := &value{key: key, at: key, text: string(node.Data)}
	if node.Raw.Length > 0 {
		v.at = o.place(int(node.Raw.Offset))
	}
	switch node.Kind {
	case unstable.InlineTable:
		v.kind, v.fields, v.header = kindTable, map[string]*value{}, true
		for it := node.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				o.set(v, it.Node())
			}
		}
	case unstable.Array:
		v.kind = kindList
		for it := node.Children(); it.Next(); {
			v.items = append(v.items, o.value(it.Node(), key))
		}
	case unstable.String:
		v.kind = kindText
	case unstable.Integer:
		v.kind = kindInteger
	case unstable.Float:
		v.kind = kindFloat
	case unstable.Bool:
		v.kind = kindBool
	default:
		v.kind = kindDate
	}
	return v
}

// keyText shows a key of the file, shortened and without what would break a line.
func keyText(name string) string {
	if name == "" {
		return `""`
	}
	for _, r := range name {
		if r < 0x80 && (r == '-' || r == '_' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z') {
			continue
		}
		return quote(name)
	}
	if len(name) > 60 {
		return name[:60] + "…"
	}
	return name
}

// quote shows a text of the file, shortened, with control characters escaped.
func quote(text string) string {
	if runes := []rune(text); len(runes) > 80 {
		text = string(runes[:80]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
