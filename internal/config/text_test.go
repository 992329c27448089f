package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// textHead is editHead with a data folder below the file's own, and comments at the department.
func textHead(keys string) string {
	file := strings.Replace(editHead, "hostname", "data = \"data\"\nhostname", 1)
	return strings.Replace(file, "id = \"care\"\n", "id = \"care\" # ours\n"+keys+"# below\n", 1)
}

// madeText is the key of a text that was made in the data folder.
const madeText = "acknowledgement_file = \"data/texts/care.acknowledgement.txt\"\n"

func TestChangeText(t *testing.T) {
	tests := []struct {
		name         string
		keys, own    string // of the department before, and what texts/own.txt says
		change       TextChange
		after        string // the department's keys
		file, holds  string // a file, and what it says then
		stays, words string // a file that stays as it was; the error
	}{
		{name: "the first of its own", change: TextChange{Text: "Hello\n", Seen: hashOf(nil)},
			after: madeText, file: "data/texts/care.acknowledgement.txt", holds: "Hello\n"},
		{name: "in the file that the key names", keys: "acknowledgement_file = 'texts/own.txt' # 1\n", own: "Old\n",
			change: TextChange{Text: "New\n", Seen: hashOf([]byte("Old\n"))}, after: "acknowledgement_file = 'texts/own.txt' # 1\n", file: "texts/own.txt", holds: "New\n"},
		{name: "not in one that another key names too", keys: "acknowledgement_file = 'texts/own.txt' # 1\nsignature_file = \"texts/../texts/own.txt\"\n", own: "Old\n",
			change: TextChange{Text: "New\n", Seen: hashOf([]byte("Old\n"))}, stays: "texts/own.txt",
			after: strings.TrimSuffix(madeText, "\n") + " # 1\nsignature_file = \"texts/../texts/own.txt\"\n", file: "data/texts/care.acknowledgement.txt", holds: "New\n"},
		{name: "none any more", keys: "acknowledgement_file = \"texts/own.txt\"\n", own: "Old\n", change: TextChange{Seen: hashOf([]byte("Old\n"))}, stays: "texts/own.txt"},
		{name: "changed meanwhile", keys: "acknowledgement_file = \"texts/own.txt\"\n", own: "Old\n", change: TextChange{Text: "New\n", Seen: hashOf([]byte("Older\n"))},
			after: "acknowledgement_file = \"texts/own.txt\"\n", stays: "texts/own.txt", words: "the text was changed meanwhile"},
		{name: "nothing but blanks", change: TextChange{Text: " \n"}, words: "it is empty"},
		{name: "not UTF-8", change: TextChange{Text: "\xff"}, words: "it is not UTF-8"},
		{name: "too large", change: TextChange{Text: strings.Repeat("x", maxText+1)}, words: "it is larger than 64 KiB"},
		{name: "no such department", change: TextChange{Department: "sales", Text: "x"}, words: `there is no department "sales"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path, own := filepath.Join(dir, "recado.toml"), filepath.Join(dir, "texts", "own.txt")
			write(t, path, textHead(test.keys))
			if test.own != "" {
				if err := os.Mkdir(filepath.Dir(own), 0o700); err != nil {
					t.Fatal(err)
				}
				write(t, own, test.own)
				if err := os.Chmod(own, 0o640); err != nil {
					t.Fatal(err)
				}
			}
			if test.change.Department == "" {
				test.change.Department = "care"
			}
			test.change.Key = "acknowledgement_file"
			cfg, err := ChangeText(t.Context(), path, noEnv, test.change)
			if test.words != "" && (err == nil || !strings.Contains(err.Error(), test.words)) || test.words == "" && err != nil {
				t.Fatalf("error %v, want %q", err, test.words)
			}
			if err == nil && cfg.Departments[0].Acknowledgement != test.change.Text {
				t.Errorf("the file says %q", cfg.Departments[0].Acknowledgement)
			}
			if diff := cmp.Diff(textHead(test.after), readText(t, path)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if test.file != "" && readText(t, filepath.Join(dir, test.file)) != test.holds {
				t.Errorf("%s holds %q", test.file, readText(t, filepath.Join(dir, test.file)))
			}
			if test.stays != "" && readText(t, filepath.Join(dir, test.stays)) != test.own {
				t.Errorf("%s was written", test.stays)
			}
			if test.own != "" {
				if info, err := os.Stat(own); err != nil || info.Mode().Perm() != 0o640 {
					t.Errorf("its mode is %v, %v", info.Mode(), err)
				}
			}
		})
	}
}

// TestWatchText: a text that the file names is watched too, the file that it leads to by a link, and one that cannot be used.
func TestWatchText(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	path, text, target := filepath.Join(dir, "recado.toml"), filepath.Join(dir, "texts", "own.txt"), filepath.Join(elsewhere, "real.txt")
	write(t, path, textHead("acknowledgement_file = \"texts/own.txt\"\n"))
	write(t, target, "One\n")
	if err := errors.Join(os.Mkdir(filepath.Dir(text), 0o700), os.Symlink(target, text)); err != nil {
		t.Fatal(err)
	}
	calls := startWatch(t, path, "")
	wantText := func(want string) {
		t.Helper()
		if call := next(t, calls); call.err != nil || call.config.Departments[0].Acknowledgement != want {
			t.Fatalf("told %v, %v; want the text %q", call.config, call.err, want)
		}
	}
	wantText("One\n")
	write(t, target, "Two\n")
	wantText("Two\n")
	write(t, text+".new", "Three\n")
	rename(t, text+".new", text)
	wantText("Three\n")
	write(t, text, "\xff")
	var problems Problems
	if call := next(t, calls); !errors.As(call.err, &problems) || !strings.Contains(call.err.Error(), "it is not UTF-8") {
		t.Fatalf("told %v, %v", call.config, call.err)
	}
	write(t, text, "Four\n")
	wantText("Four\n")
}
