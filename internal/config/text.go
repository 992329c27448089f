package config

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"recado/internal/say"
)

// maxText bounds a text that a department names a file of, in bytes.
const maxText = 64 << 10

// decodeText reads the file that a key names and the text in it.
func (l *loader) decodeText(r reader, key string, file, text *string) {
	if !r.path(key, file) {
		return
	}
	at := r.table.place(key)
	data, err := readSmall(*file, maxText)
	l.texts = append(l.texts, *file)
	fmt.Fprintf(l.content, "\x00%s\x00%x\x00%v", *file, data, err)
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err == nil {
		err = checkText(data)
	}
	if err != nil {
		l.problem(at, say.Of("%s %s cannot be used: %v", key, quote(r.table.field(key).text), err),
			say.Of("name a text file in UTF-8 of at most %d KiB (a relative path starts at the channel file's folder), or remove the key", maxText>>10))
		return
	}
	*text = strings.ReplaceAll(string(data), "\r\n", "\n")
}

// checkText says why a text cannot be used.
func checkText(data []byte) error {
	control := func(c rune) bool { return c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f }
	switch {
	case len(data) > maxText:
		return say.Errorf("it is larger than %d KiB", maxText>>10)
	case !utf8.Valid(data):
		return say.Errorf("it is not UTF-8")
	case bytes.ContainsFunc(data, control):
		return say.Errorf("it is not plain text")
	case len(bytes.TrimSpace(data)) == 0:
		return say.Errorf("it is empty")
	}
	return nil
}

// TextChange is another text for a department.
type TextChange struct {
	Department string
	Key        string // acknowledgement_file or signature_file
	Text       string // "": none of its own any more
	Seen       string // SHA-256 in hex of the text that the caller decided by; "" takes what is there
}

// ErrTextChanged is returned by ChangeText when the text is no longer the one that was read.
var ErrTextChanged = say.Errorf("the text was changed meanwhile")

// TextError is a text that cannot be used. Its words say why.
type TextError struct{ cause error }

func (e *TextError) Error() string { return e.cause.Error() }
func (e *TextError) Unwrap() error { return e.cause }

// ChangeText writes a text into the file that the department's key names, in its place and at once. Where the
// key names none, or one that another key names too, whose text is not meant, a file is made in the data folder
// and the key names it. Without a text the key is taken out, and the file stays. It returns what the channel
// file then says.
func ChangeText(ctx context.Context, path string, env Env, c TextChange) (*Config, error) {
	if c.Text != "" {
		if err := checkText([]byte(c.Text)); err != nil {
			return nil, &TextError{err}
		}
	}
	target, err := lockFile(ctx, path)
	if err != nil {
		return nil, err
	}
	defer target.unlock()
	data, err := readFile(target.path)
	if err != nil {
		return nil, say.Errorf("read the channel file: %w", err)
	}
	l, err := read(path, data, env)
	if err != nil {
		return nil, err
	}
	before, err := l.result()
	if err != nil {
		return nil, err
	}
	file, text, found := before.text(c.Department, c.Key)
	switch {
	case !found:
		return nil, &RowError{Row: Row{Section: "department", Key: c.Department}}
	case c.Seen != "" && c.Seen != hashOf([]byte(text)):
		return nil, ErrTextChanged
	case text == c.Text:
		return before, nil
	case c.Text != "" && file != "" && !l.namedTwice(file):
		if err := replaceFile(file, say.Of("the text"), []byte(c.Text)); err != nil {
			return nil, err
		}
		return Parse(path, data, env)
	}
	return target.nameText(path, l, env, c)
}

// text is the file that a department's key names, and what it says.
func (c *Config) text(department, key string) (file, text string, found bool) {
	for _, d := range c.Departments {
		if d.ID == department {
			if key == "signature_file" {
				return d.SignatureFile, d.Signature, true
			}
			return d.AcknowledgementFile, d.Acknowledgement, true
		}
	}
	return "", "", false
}

// namedTwice tells whether more than one key leads to the file.
func (l *loader) namedTwice(file string) bool {
	n, end := 0, linkEnd(file)
	for _, named := range l.texts {
		if linkEnd(named) == end {
			n++
		}
	}
	return n > 1
}

// linkEnd is the file that a path leads to by links, and the path itself where it leads nowhere.
func linkEnd(path string) string {
	if end, err := filepath.EvalSymlinks(path); err == nil {
		return end
	}
	return path
}

// nameText makes a file of the text in the data folder, and has the department's key name it; or takes the key out.
func (f *lockedFile) nameText(path string, l *loader, env Env, c TextChange) (*Config, error) {
	setting, made := Setting{Key: c.Key}, ""
	if c.Text != "" {
		var err error
		if made, err = l.makeText(c); err != nil {
			return nil, err
		}
		setting.Value = made
		if near, err := filepath.Rel(l.dir, made); err == nil && filepath.IsLocal(near) {
			setting.Value = filepath.ToSlash(near)
		}
	}
	data, err := readFile(f.path)
	if err != nil {
		return nil, say.Errorf("read the channel file: %w", err)
	}
	edit := Edit{Action: SetRow, Row: Row{Section: "department", Key: c.Department}, Keys: []Setting{setting}}
	text, cfg, err := edited(path, data, env, []Edit{edit})
	if err == nil {
		err = f.replace(text)
	}
	if err != nil {
		if made != "" {
			os.Remove(made)
		}
		return nil, err
	}
	return cfg, nil
}

// makeText writes a text into a file of its own, under a name that no key has.
func (l *loader) makeText(c TextChange) (string, error) {
	folder := filepath.Join(l.config.Server.Data, "texts")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", writeHint(err, say.Of("the text"), folder)
	}
	name := filepath.Join(folder, c.Department+"."+strings.TrimSuffix(c.Key, "_file"))
	file := name + ".txt"
	for n := 2; l.names(file); n++ {
		file = fmt.Sprintf("%s-%d.txt", name, n)
	}
	fresh, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", writeHint(err, say.Of("the text"), file)
	}
	fresh.Close()
	return file, replaceFile(file, say.Of("the text"), []byte(c.Text))
}

// names tells whether a key names the file.
func (l *loader) names(file string) bool {
	for _, named := range l.texts {
		if linkEnd(named) == linkEnd(file) {
			return true
		}
	}
	return false
}
