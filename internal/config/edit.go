package config

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"recado/internal/say"
)

// Row names one table of the file by what it is known by.
type Row struct {
	Section string   // domain, department, channel or form
	Key     string   // a domain's name, a department's id, a channel's email, a form's from
	Send    SendType // of a channel whose email has several rows; "": the only one
}

// rowKeys is the key of each section's rows; other sections are not edited.
var rowKeys = map[string]string{"domain": "name", "department": "id", "channel": "email", "form": "from"}

// KeyOf is the key that the section's rows are known by.
func KeyOf(section string) string { return rowKeys[section] }

// Setting is a key of a row and its value: a string, a bool or a []string, or nil, which takes the key out.
type Setting struct {
	Key   string
	Value any
}

// Action is what an edit does with a row.
type Action int

const (
	AddRow Action = iota
	SetRow
	RemoveRow
)

// Edit is one change of one row. AddRow takes its keys from Keys alone.
type Edit struct {
	Action Action
	Row    Row
	Keys   []Setting
}

// ErrChanged is returned by Change when the file is no longer the one that was read.
var ErrChanged = say.Errorf("the channel file was changed meanwhile")

// RowError is a row that an edit names and that is not there, or not the only one.
type RowError struct {
	Row   Row
	Sends []SendType // the rows of the email that there are; none: no such row at all
}

func (e *RowError) Error() string { return e.Said().Text }

// Said is what the error says.
func (e *RowError) Said() say.Sentence {
	key, types := quote(e.Row.Key), make([]string, len(e.Sends))
	for i, s := range e.Sends {
		types[i] = string(s)
	}
	switch {
	case len(e.Sends) > 0 && e.Row.Send != "":
		return say.Of("there is no channel %s of send type %q; it has %s", key, e.Row.Send, allOf(types))
	case len(e.Sends) > 0:
		return say.Of("%s has %d rows: say which with its send type, %s", key, len(e.Sends), oneOf(types))
	}
	switch e.Row.Section {
	case "domain":
		return say.Of("there is no domain %s", key)
	case "department":
		return say.Of("there is no department %s", key)
	case "channel":
		return say.Of("there is no channel %s", key)
	}
	return say.Of("there is no form %s", key)
}

// Ambiguous tells that the row is there more than once, rather than missing.
func (e *RowError) Ambiguous() bool { return len(e.Sends) > 1 && e.Row.Send == "" }

// RefusedError is an edit that would make a valid file invalid: nothing was written.
type RefusedError struct {
	Problems Problems // of the file as it would be
	Fields   []string // of each problem, the key of the edited row that it stands at, or ""
}

func (e *RefusedError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		if lines[i] = p.Message.Text; p.Hint.Text != "" {
			lines[i] += "; " + p.Hint.Text
		}
	}
	return strings.Join(lines, "\n")
}

// NotTakenError is a valid edit that whoever goes by the file did not take up: the file is as it was.
type NotTakenError struct{ cause error }

func (e *NotTakenError) Error() string { return e.cause.Error() }
func (e *NotTakenError) Unwrap() error { return e.cause }

// Change edits the channel file in place, with every byte that no edit touches left as it is, and returns
// what it then says. seen is the [Config.Hash] of the file that the caller decided by: ErrChanged when it is
// another one by now; "" takes what is there. The new file is checked whole before it is written, and takes
// the place of the old one at once; a lock on its folder keeps two changes from losing one another.
//
// take is called when the new file is in its place (nil: nobody goes by it); where it returns an error the old one is put
// back, or the next start would go by a file that was refused. Where somebody else has edited it by then it stays, and the
// error is no [NotTakenError].
func Change(ctx context.Context, path, seen string, env Env, take func(*Config) error, edits ...Edit) (*Config, error) {
	cfg, before, err := change(ctx, path, seen, env, edits)
	if err != nil {
		return nil, err
	}
	if take == nil {
		return cfg, nil
	}
	if err = take(cfg); err == nil {
		return cfg, nil
	}
	if back := putBack(context.WithoutCancel(ctx), path, cfg.Hash, before); back != nil {
		return cfg, errors.Join(err, back)
	}
	return cfg, &NotTakenError{err}
}

// change is [Change], and what the file was.
func change(ctx context.Context, path, seen string, env Env, edits []Edit) (cfg *Config, before []byte, err error) {
	target, err := lockFile(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	defer target.unlock()
	data, err := readFile(target.path)
	if err != nil {
		return nil, nil, say.Errorf("read the channel file: %w", err)
	}
	if seen != "" && seen != hashOf(data) {
		return nil, nil, ErrChanged
	}
	text, cfg, err := edited(path, data, env, edits)
	if err != nil || bytes.Equal(text, data) {
		return cfg, data, err
	}
	return cfg, data, target.replace(text)
}

// putBack gives the file with the hash the content that it had before.
func putBack(ctx context.Context, path, hash string, before []byte) error {
	target, err := lockFile(ctx, path)
	if err != nil {
		return err
	}
	defer target.unlock()
	data, err := readFile(target.path)
	switch {
	case err != nil:
		return say.Errorf("read the channel file: %w", err)
	case hashOf(data) != hash:
		return ErrChanged
	case bytes.Equal(data, before):
		return nil
	}
	return target.replace(before)
}

// edited is the file after the edits, and what it says.
func edited(path string, data []byte, env Env, edits []Edit) ([]byte, *Config, error) {
	text, rows := data, make([]int, len(edits))
	var err error
	for i, edit := range edits {
		if text, rows[i], err = applied(text, edit); err != nil {
			break
		}
	}
	var cfg *Config
	if err == nil {
		if cfg, err = Parse(path, text, env); err == nil {
			return text, cfg, nil
		}
	}
	if _, before := Parse(path, data, env); before != nil {
		return nil, nil, before // of the file as it is: the edit did not mend it
	}
	var problems Problems
	if !errors.As(err, &problems) {
		return nil, nil, err
	}
	refused := &RefusedError{Problems: problems, Fields: make([]string, len(problems))}
	root, _ := outline(bytes.TrimPrefix(text, []byte("\ufeff")))
	for i, p := range problems {
		for j, edit := range edits {
			if edit.Action != RemoveRow && refused.Fields[i] == "" {
				refused.Fields[i] = fieldAt(root, edit.Row.Section, rows[j], p)
			}
		}
	}
	return nil, nil, refused
}

// fieldAt is the key of a row that a problem stands at.
func fieldAt(root *value, section string, index int, p Problem) string {
	tables := tablesOf(root.field(section))
	if index >= len(tables) {
		return ""
	}
	for name, field := range tables[index].fields {
		places := []place{field.at, field.key}
		for _, item := range field.items {
			places = append(places, item.at)
		}
		if slices.Contains(places, place{p.Line, p.Column}) {
			return name
		}
	}
	return ""
}

// applied makes one edit and tells which row of its section it was.
func applied(data []byte, edit Edit) ([]byte, int, error) {
	root, found := outline(bytes.TrimPrefix(data, []byte("\ufeff")))
	if root == nil || len(found) > 0 {
		return nil, 0, say.Errorf("the channel file is not valid TOML")
	}
	section, l := edit.Row.Section, layoutOf(data)
	tables := tablesOf(root.field(section))
	if rowKeys[section] == "" || len(tables) != len(l.rows[section]) {
		return nil, 0, say.Errorf("%s is not written as tables that could be edited", section)
	}
	if edit.Action == AddRow {
		return l.add(section, edit.Keys), len(tables), nil
	}
	index, err := edit.Row.find(tables)
	if err != nil {
		return nil, 0, err
	}
	if edit.Action == RemoveRow {
		return l.remove(section, index), index, nil
	}
	for _, s := range edit.Keys {
		if says(section, tables[index], s) {
			continue
		}
		l = layoutOf(l.set(section, l.rows[section][index], s))
	}
	return l.data, index, nil
}

// find is the index of the row among the section's tables.
func (r Row) find(tables []*value) (int, error) {
	fold := func(text string) string { return text }
	switch r.Section {
	case "channel", "form":
		fold = EmailKey
	case "domain":
		fold = func(text string) string {
			if name, err := parseDomain(text); err == nil {
				return name
			}
			return text
		}
	}
	match, missing := -1, &RowError{Row: r}
	for i, table := range tables {
		v := table.field(rowKeys[r.Section])
		if v == nil || fold(v.text) != fold(r.Key) {
			continue
		}
		send := SendAll
		if v := table.field("send"); v != nil {
			send = SendType(v.text)
		}
		missing.Sends = append(missing.Sends, send)
		if r.Send == "" || r.Send == send {
			match = i
		}
	}
	if match < 0 || missing.Ambiguous() {
		return 0, missing
	}
	return match, nil
}

// says tells whether a row says so already, by a key or by the default of its lack.
func says(section string, table *value, s Setting) bool {
	v := table.field(s.Key)
	if s.Value == nil {
		return v == nil
	}
	if v == nil {
		return literal(s.Value) == defaultLiterals[section+"."+s.Key]
	}
	switch want := s.Value.(type) {
	case bool:
		return v.kind == kindBool && v.text == literal(want)
	case string:
		return v.kind == kindText && v.text == want
	case []string:
		return v.kind == kindList && slices.EqualFunc(v.items, want, func(item *value, word string) bool { return item.kind == kindText && item.text == word })
	}
	return false
}

// defaultLiterals are what the lack of a key says; the decoders have them as values.
var defaultLiterals = map[string]string{
	"channel.send": `"all"`, "channel.status": `"active"`, "channel.unverified": `"accept"`, "channel.dmarc": `"hold"`, "channel.robots": "[]",
	"department.isolated": "false", "department.acknowledge": "true", "domain.postmaster": `""`, "domain.dkim_selector": `""`,
}
