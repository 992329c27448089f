package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sort"

	"github.com/pelletier/go-toml/v2"

	"recado/internal/say"
)

// defaultData is where the server keeps things when the file does not say.
const defaultData = "/var/lib/recado"

// Load reads and checks the channel file. When the file was read but cannot be used the error is
// [Problems], all of them; otherwise it wraps what the file system said (fs.ErrNotExist and so on).
// It also reads what the file points to: texts, certificate, password file. env serves password_env.
func Load(path string, env Env) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, say.Errorf("read the channel file: %w", err)
	}
	return Parse(path, data, env)
}

// Parse is Load for bytes that are at hand, say those of an edit before it is written. The path names
// the file in problems, and relative paths in the file start from its folder.
func Parse(path string, data []byte, env Env) (*Config, error) {
	l, err := read(path, data, env)
	if err != nil {
		return nil, err
	}
	return l.result()
}

// read goes through the whole file, as [loader.result] then tells.
func read(path string, data []byte, env Env) (*loader, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, say.Errorf("read the channel file: %w", err)
	}
	if env == nil {
		env = os.LookupEnv
	}
	l := &loader{path: path, dir: filepath.Dir(absolute), env: env, meant: map[meaning]bool{}, config: &Config{Path: path, Hash: hashOf(data), env: env}, content: sha256.New()}
	l.content.Write(data)
	if len(data) > maxFile {
		l.problem(place{}, say.Of("the file is larger than %d MiB", maxFile>>20), say.Of("is this the right file?"))
		l.config.Content = l.config.Hash
		return l, nil
	}
	root, found := outline(bytes.TrimPrefix(data, []byte("\ufeff")))
	for _, p := range found {
		l.problem(p.place, p.message, p.hint)
	}
	if l.root = root; root != nil {
		l.unknown(root)
		l.decode(root)
		l.check()
	}
	l.problems.sort()
	l.warnings.sort()
	l.config.Content = hex.EncodeToString(l.content.Sum(nil))
	return l, nil
}

// result is the configuration, or everything that is wrong with the file.
func (l *loader) result() (*Config, error) {
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	l.config.Warnings = l.warnings
	return l.config, nil
}

// hashOf identifies the bytes of a channel file: SHA-256 in lower-case hex.
func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// readFile reads one byte more than a channel file may have, which Parse then refuses.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFile+1))
}

// loader is one reading of a file.
type loader struct {
	path     string
	dir      string // absolute folder of the file
	env      Env
	config   *Config
	problems Problems
	warnings Problems

	texts   []string  // absolute paths of the text files that the file names, whether they can be used or not
	content hash.Hash // of the file and those texts

	// What the checks look at: the rows of the file with their places, the unusable ones too.
	root        *value
	meant       map[meaning]bool // what a misspelt key was meant to be: its lack is not told as well
	domains     []domainRow
	departments []departmentRow
	channels    []channelRow

	byDepartment map[string][]channelRow // made by channelsOf when decoding is over
}

// meaning is a key of a table.
type meaning struct {
	table *value
	key   string
}

// domainRow is a [[domain]]; ok tells that its name is usable.
type domainRow struct {
	Domain
	table *value
	ok    bool
}

// departmentRow is a [[department]]; ok tells that its id is usable.
type departmentRow struct {
	Department
	table *value
	ok    bool
}

// channelRow is a [[channel]]; ok tells that its email is usable, typed that its send type and status are.
type channelRow struct {
	Channel
	table *value
	ok    bool
	typed bool
}

func (l *loader) problem(at place, message, hint say.Sentence) {
	l.problems = append(l.problems, Problem{File: l.path, Line: at.line, Column: at.column, Message: message, Hint: hint})
}

// warn takes what the commands alone say, in English.
func (l *loader) warn(at place, message, hint string) {
	l.warnings = append(l.warnings, Problem{File: l.path, Line: at.line, Column: at.column, Message: say.Sentence{Text: message}, Hint: say.Sentence{Text: hint}})
}

// sort puts problems in the order of the lines; those of one place stay as they were found.
func (p Problems) sort() {
	sort.SliceStable(p, func(i, j int) bool {
		if p[i].Line != p[j].Line {
			return p[i].Line < p[j].Line
		}
		return p[i].Column < p[j].Column
	})
}

// DataFolder is the data folder that a channel file names, where not all of the file need be valid: enough
// to find the server that runs by the last valid one. Empty where it cannot be told.
func DataFolder(path string) string {
	text, err := readFile(path)
	if err != nil {
		return ""
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	var file struct {
		Server struct {
			Data any `toml:"data"`
		} `toml:"server"`
	}
	if err := toml.Unmarshal(text, &file); err != nil {
		return ""
	}
	data, ok := file.Server.Data.(string)
	switch {
	case !ok || data == "":
		return defaultData
	case filepath.IsAbs(data):
		return data
	}
	return filepath.Join(filepath.Dir(absolute), data)
}
