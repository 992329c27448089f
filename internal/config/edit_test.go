package config

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// editHead is a valid file's beginning, with a channel that keeps postmaster whatever else is done.
const editHead = `# The channel file of a company.
[server]
hostname = "mx.example.test" # its MX

[relay]
address = "127.0.0.1:2587"
security = "none"

[[domain]]
name = "example.test"

[[department]]
id = "care"

# the first one
[[channel]]
email = "first@example.test"
department = "care"
`

func setChannel(email, key string, value any) Edit {
	return Edit{Action: SetRow, Row: Row{Section: "channel", Key: email}, Keys: []Setting{{key, value}}}
}

func removeChannel(email string) Edit {
	return Edit{Action: RemoveRow, Row: Row{Section: "channel", Key: email}}
}

func addChannel(email string) Edit {
	return Edit{Action: AddRow, Row: Row{Section: "channel"}, Keys: []Setting{{"email", email}, {"department", "care"}}}
}

// TestEditKeepsTheRest: each case is the end of a file before and after one edit. The rest stays.
func TestEditKeepsTheRest(t *testing.T) {
	tests := []struct {
		name          string
		edit          Edit
		before, after string
	}{
		{"a value, its comment stays", setChannel("a@example.test", "send", "receptive"),
			"[[channel]]\nemail = 'a@example.test'\nsend = \"all\"   # everything\ndepartment = \"care\"\n",
			"[[channel]]\nemail = 'a@example.test'\nsend = \"receptive\"   # everything\ndepartment = \"care\"\n"},
		{"a key that was not there goes where the example has it", setChannel("A@example.test", "status", "inactive"),
			"[[channel]]\nemail = \"a@example.test\" # one\ndepartment = \"care\" # two\ndmarc = \"refuse\"\n",
			"[[channel]]\nemail = \"a@example.test\" # one\ndepartment = \"care\" # two\nstatus = \"inactive\"\ndmarc = \"refuse\"\n"},
		{"aligned keys stay aligned", setChannel("a@example.test", "status", "inactive"),
			"  [[channel]]\n    email      = \"a@example.test\"\n    department = \"care\"\n",
			"  [[channel]]\n    email      = \"a@example.test\"\n    department = \"care\"\n    status     = \"inactive\"\n"},
		{"without a final newline", setChannel("a@example.test", "status", "inactive"),
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"",
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\nstatus = \"inactive\""},
		{"what is said already is not written", setChannel("a@example.test", "status", "active"),
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\n",
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\n"},
		{"a list keeps the comments of what stays", setChannel("a@example.test", "robots", []string{"one.test", "three.test"}),
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\nrobots = [\n  # shops ]\n  \"one.test\", # 1 \"\n  'two.test' # 2\n]\n",
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\nrobots = [\n  # shops ]\n  \"one.test\", # 1 \"\n  \"three.test\",\n]\n"},
		{"a row is added in the form of the last", addChannel("n@example.test"),
			"[[ channel ]] # x\n  email      = \"a@example.test\"\n  department = \"care\"\n  # robots = []\n\n# a form\n[[form]]\nfrom = \"web@example.test\"\n",
			"[[ channel ]] # x\n  email      = \"a@example.test\"\n  department = \"care\"\n  # robots = []\n\n[[channel]]\n  email      = \"n@example.test\"\n  department = \"care\"\n\n# a form\n[[form]]\nfrom = \"web@example.test\"\n"},
		{"a row is added between rows that nothing parts", addChannel("n@example.test"),
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\n# a form\n[[form]]\nfrom = \"web@example.test\"\n",
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\n\n[[channel]]\nemail = \"n@example.test\"\ndepartment = \"care\"\n\n# a form\n[[form]]\nfrom = \"web@example.test\"\n"},
		{"the first row of its kind", Edit{Action: AddRow, Row: Row{Section: "form"}, Keys: []Setting{{"from", "web@example.test"}}},
			"# the end", "# the end\n\n[[form]]\nfrom = \"web@example.test\""},
		{"a row is removed with its comments", removeChannel("a@example.test"),
			"\n# not its own\n\n# its own\n[[channel]]\n# inside\nemail = \"a@example.test\"\n\n# inside too\ndepartment = \"care\"\n# robots = []\n\n# of the form\n[[form]]\nfrom = \"web@example.test\"\n",
			"\n# not its own\n\n# of the form\n[[form]]\nfrom = \"web@example.test\"\n"},
		{"a row is removed, the next one's comment right below it stays", removeChannel("a@example.test"),
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\n# of the form\n[[form]]\nfrom = \"web@example.test\"\n",
			"# of the form\n[[form]]\nfrom = \"web@example.test\"\n"},
		{"the last row is removed with the gap above it", removeChannel("a@example.test"),
			"# b\n\n[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"", "# b\n"},
		{"a key is taken out with its line", setChannel("a@example.test", "dmarc", nil),
			"[[channel]]\nemail = \"a@example.test\"\n# strict\n  dmarc = \"refuse\"\ndepartment = \"care\"\n",
			"[[channel]]\nemail = \"a@example.test\"\n# strict\ndepartment = \"care\"\n"},
		{"a key is taken out, the comment beside it stays", setChannel("a@example.test", "robots", nil),
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\n  robots = [ # 1\n  \"a.test\",\n]   # shops",
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\n  # shops"},
		{"a key that is not there is not taken out", setChannel("a@example.test", "robots", nil),
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\n",
			"[[channel]]\nemail = \"a@example.test\"\ndepartment = \"care\"\n"},
		{"a header with quotes", removeChannel("a@example.test"),
			"[[\"channel\"]]\n\"email\" = \"\"\"a@example.test\"\"\"\n'department' = '''care'''\n", ""},
	}
	for _, test := range tests {
		for _, ending := range []string{"\n", "\r\n"} {
			for _, mark := range []string{"", "\ufeff"} {
				t.Run(fmt.Sprintf("%s%q%q", test.name, ending, mark), func(t *testing.T) {
					wrap := func(tail string) string { return mark + strings.ReplaceAll(editHead+tail, "\n", ending) }
					got, _, err := edited("recado.toml", []byte(wrap(test.before)), noEnv, []Edit{test.edit})
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(wrap(test.after), string(got)); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

// TestEditInline: the same of rows that are written as one list.
func TestEditInline(t *testing.T) {
	head := strings.Split(editHead, "\n# the first one")[0]
	first := `{ email = "first@example.test", department = "care" }`
	tests := []struct {
		name          string
		edit          Edit
		before, after string
	}{
		{"set", setChannel("a@example.test", "status", "inactive"),
			"channel = [\n  " + first + ", # 1\n  # a's\n  {email=\"a@example.test\",department=\"care\"} # 2\n]\n",
			"channel = [\n  " + first + ", # 1\n  # a's\n  {email=\"a@example.test\",department=\"care\", status = \"inactive\"} # 2\n]\n"},
		{"take the last key out", setChannel("a@example.test", "dmarc", nil),
			"channel = [" + first + ", {email=\"a@example.test\",department=\"care\", dmarc = \"refuse\"}]\n",
			"channel = [" + first + ", {email=\"a@example.test\",department=\"care\"}]\n"},
		{"take the first key out", setChannel("a@example.test", "dmarc", nil),
			"channel = [" + first + ", { dmarc = \"refuse\", email=\"a@example.test\",department=\"care\"}]\n",
			"channel = [" + first + ", { email=\"a@example.test\",department=\"care\"}]\n"},
		{"add below", addChannel("n@example.test"),
			"channel = [\n  " + first + " # 1\n]\n",
			"channel = [\n  " + first + ", # 1\n  { email = \"n@example.test\", department = \"care\" }\n]\n"},
		{"add beside", addChannel("n@example.test"),
			"channel = [" + first + "] # 1\n",
			"channel = [" + first + ", { email = \"n@example.test\", department = \"care\" }] # 1\n"},
		{"remove a line", removeChannel("a@example.test"),
			"channel = [\n  " + first + ", # 1\n  # a's\n  {email=\"a@example.test\",department=\"care\"} # 2\n]\n",
			"channel = [\n  " + first + ", # 1\n]\n"},
		{"remove the last of a line", removeChannel("a@example.test"),
			"channel = [" + first + ", {email=\"a@example.test\",department=\"care\"}]\n", "channel = [" + first + "]\n"},
		{"remove the first of a line", removeChannel("a@example.test"),
			"channel = [{email=\"a@example.test\",department=\"care\"}, " + first + "]\n", "channel = [" + first + "]\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, _, err := edited("recado.toml", []byte(test.before+head), noEnv, []Edit{test.edit})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.after+head, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEditRefused(t *testing.T) {
	file := editHead + "[[channel]]\nemail = \"two@example.test\"\ndepartment = \"care\"\nsend = \"active\"\n[[channel]]\nemail = \"two@example.test\"\ndepartment = \"care\"\nsend = \"history\"\n"
	add := func(email, department, send string) Edit {
		return Edit{Action: AddRow, Row: Row{Section: "channel"}, Keys: []Setting{{"email", email}, {"department", department}, {"send", send}}}
	}
	tests := []struct {
		name, field, words string
		edit               Edit
	}{
		{"unknown department", "department", `there is no department "nope"; the departments are "care"`, add("n@example.test", "nope", "all")},
		{"foreign domain", "email", `n@other.test is outside our domains`, add("n@other.test", "care", "all")},
		{"no address", "email", `email "n" is not usable: it has no @`, add("n", "care", "all")},
		{"twice", "email", `already has a row of type "active"`, add("TWO@example.test", "care", "active")},
		{"all beside another", "email", `one of the two is of type "all"`, add("two@example.test", "care", "all")},
		{"send type", "send", `send "everything" is not known`, add("n@example.test", "care", "everything")},
		{"postmaster's last", "", "no active channel receives mail", setChannel("first@example.test", "status", "inactive")},
		{"which row", "", `has 2 rows: say which with its send type, "active" or "history"`, setChannel("two@example.test", "status", "inactive")},
		{"no row", "", `there is no channel "x@example.test"`, removeChannel("x@example.test")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := edited("recado.toml", []byte(file), noEnv, []Edit{test.edit})
			if err == nil || !strings.Contains(err.Error(), test.words) {
				t.Fatalf("error %v, want %q", err, test.words)
			}
			var refused *RefusedError
			if errors.As(err, &refused) && refused.Fields[0] != test.field {
				t.Errorf("at field %q, want %q", refused.Fields[0], test.field)
			}
		})
	}
	t.Run("an invalid file is mended first", func(t *testing.T) {
		var problems Problems
		_, _, err := edited("recado.toml", []byte(file+"status = \"asleep\"\n"), noEnv, []Edit{addChannel("n@example.test")})
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), "asleep") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("or by the edit", func(t *testing.T) {
		broken := strings.Replace(editHead, "\"care\"\n\n#", "\"care\"\n\n#", 1) + "status = \"inactive\"\n"
		if _, _, err := edited("recado.toml", []byte(broken), noEnv, []Edit{setChannel("first@example.test", "status", "active")}); err != nil {
			t.Error(err)
		}
	})
}

// manyChannels is a file of a thousand channels with a comment in every place that takes one.
func manyChannels(n int) string {
	var b strings.Builder
	b.WriteString(editHead)
	for i := range n {
		fmt.Fprintf(&b, "\n# apart %d\n\n# above %d\n  [[channel]] # head %d\nemail = \"c%d@example.test\" # email %d\n# between %d\n", i, i, i, i, i, i)
		if i%3 == 0 {
			fmt.Fprintf(&b, "robots = [ # robots %d\n  \"a.test\", # a %d\n  # last %d\n]\n", i, i, i)
		}
		fmt.Fprintf(&b, "department = 'care' # department %d\n# below %d\n", i, i)
	}
	return b.String()
}

// TestRandomEdits makes a hundred edits of a file of a thousand channels, and after each one looks that the
// rest is the same to the byte and that the file says what it should.
func TestRandomEdits(t *testing.T) {
	const n = 1000
	path := filepath.Join(t.TempDir(), "recado.toml")
	write(t, path, manyChannels(n))
	random := rand.New(rand.NewPCG(6, 2026))
	active := map[string]bool{}
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("c%d@example.test", i))
		active[names[i]] = true
	}
	removed := map[string]bool{}
	for i := range 100 {
		before := readText(t, path)
		name := names[random.IntN(len(names))]
		var edit Edit
		switch random.IntN(4) {
		case 0:
			name = fmt.Sprintf("new%d@example.test", i)
			edit, active[name], names = addChannel(name), true, append(names, name)
		case 1:
			edit = removeChannel(name)
			delete(active, name)
			names = slices.DeleteFunc(names, func(s string) bool { return s == name })
			number := strings.TrimSuffix(strings.TrimPrefix(name, "c"), "@example.test")
			for _, place := range []string{"above", "head", "email", "between", "robots", "a", "last", "department", "below"} {
				removed["# "+place+" "+number] = true
			}
		case 2:
			active[name] = !active[name]
			status := map[bool]string{true: "active", false: "inactive"}[active[name]]
			edit = setChannel(name, "status", status)
		default:
			edit = setChannel(name, "robots", []string{"a.test", fmt.Sprintf("r%d.test", i)})
		}
		cfg, err := Change(t.Context(), path, hashOf([]byte(before)), noEnv, nil, edit)
		if err != nil {
			t.Fatalf("edit %d, %+v: %v", i, edit, err)
		}
		got := map[string]bool{}
		for _, c := range cfg.Channels[1:] {
			got[c.Email] = c.Active
		}
		if diff := cmp.Diff(active, got); diff != "" {
			t.Fatalf("edit %d, %+v (-want +got):\n%s", i, edit, diff)
		}
		untouched(t, edit, before, readText(t, path))
	}
	after := readText(t, path)
	for line := range strings.Lines(manyChannels(n)) {
		if _, comment, found := strings.Cut(line, "#"); found {
			comment = "#" + strings.TrimRight(comment, "\n")
			if !removed[comment] && !strings.Contains(after, comment+"\n") {
				t.Errorf("the comment %q is lost", comment)
			}
		}
	}
}

// untouched wants two texts to differ in one place alone: an insertion, a removal, or a few words of a line.
func untouched(t *testing.T, edit Edit, before, after string) {
	t.Helper()
	start := 0
	for start < min(len(before), len(after)) && before[start] == after[start] {
		start++
	}
	end := 0
	for end < min(len(before), len(after))-start && before[len(before)-1-end] == after[len(after)-1-end] {
		end++
	}
	out, in := before[start:len(before)-end], after[start:len(after)-end]
	few := len(out) < 400 && len(in) < 150
	switch edit.Action {
	case AddRow:
		few = few && out == ""
	case RemoveRow:
		few = few && in == ""
	}
	if !few {
		t.Fatalf("%+v replaced %q by %q", edit, out, in)
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestChange(t *testing.T) {
	t.Run("refuses a file that changed meanwhile", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "recado.toml")
		write(t, path, editHead)
		if _, err := Change(t.Context(), path, hashOf([]byte("another")), noEnv, nil, addChannel("n@example.test")); !errors.Is(err, ErrChanged) {
			t.Errorf("error %v", err)
		}
		if readText(t, path) != editHead {
			t.Error("the file was changed")
		}
	})
	t.Run("edits what a link leads to, and keeps its mode", func(t *testing.T) {
		folder, links := t.TempDir(), t.TempDir()
		write(t, filepath.Join(folder, "real.toml"), editHead)
		if err := errors.Join(os.Chmod(filepath.Join(folder, "real.toml"), 0o640), os.Symlink(filepath.Join(folder, "real.toml"), filepath.Join(links, "recado.toml"))); err != nil {
			t.Fatal(err)
		}
		if _, err := Change(t.Context(), filepath.Join(links, "recado.toml"), "", noEnv, nil, addChannel("n@example.test")); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(filepath.Join(links, "recado.toml"))
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link is gone: %v, %v", info, err)
		}
		if info, err = os.Stat(filepath.Join(folder, "real.toml")); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
			t.Errorf("the folder holds %v, %v", entries, err)
		}
	})
	t.Run("many at once lose nothing", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "recado.toml")
		write(t, path, editHead)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if _, err := Change(t.Context(), path, "", noEnv, nil, addChannel(fmt.Sprintf("n%d@example.test", i))); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		cfg, err := Load(path, noEnv)
		if err != nil || len(cfg.Channels) != 21 {
			t.Errorf("%v, %v", cfg, err)
		}
	})
}

// FuzzEdit: whatever valid file it is, an edit leads to a valid one or is refused, and says what was asked.
func FuzzEdit(f *testing.F) {
	for _, tail := range []string{"", "[[channel]]\nemail='a@example.test'\ndepartment=\"care\"\nrobots=[\"a.test\",\n#]\n]", "\r\n# x"} {
		f.Add([]byte(editHead+tail), uint8(0))
		f.Add([]byte("channel = [{email=\"first@example.test\", department=\"care\"} #\n]\n"+strings.Split(editHead, "# the first")[0]+tail), uint8(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		cfg, err := Parse("/nowhere/recado.toml", data, noEnv)
		if err != nil {
			return
		}
		target := cfg.Channels[int(which)%len(cfg.Channels)]
		row := Row{Section: "channel", Key: target.Email, Send: target.Send}
		for _, edit := range []Edit{
			{Action: AddRow, Row: Row{Section: "channel"}, Keys: []Setting{{"email", "fuzz@" + cfg.Domains[0].Name}, {"department", target.Department}}},
			{Action: SetRow, Row: row, Keys: []Setting{{"dmarc", "refuse"}, {"robots", []string{"x.test", "y.test"}}}},
			{Action: RemoveRow, Row: row},
		} {
			text, after, err := edited("/nowhere/recado.toml", data, noEnv, []Edit{edit})
			var refused *RefusedError
			if errors.As(err, &refused) {
				for _, p := range refused.Problems {
					if strings.Contains(p.Message.Text, "TOML") {
						t.Fatalf("%+v made no TOML: %v\n%q", edit, err, data)
					}
				}
				continue
			}
			if err != nil {
				t.Fatalf("%+v: %v\n%q", edit, err, data)
			}
			want := len(cfg.Channels) + map[Action]int{AddRow: 1, RemoveRow: -1}[edit.Action]
			if len(after.Channels) != want {
				t.Fatalf("%+v: %d channels, want %d\n%q\n%q", edit, len(after.Channels), want, data, text)
			}
			if edit.Action == SetRow {
				if c := after.Channels[slices.IndexFunc(after.Channels, func(c Channel) bool { return c.Email == target.Email && c.Send == target.Send })]; c.DMARC != DMARCRefuse || !slices.Equal(c.Robots, []string{"x.test", "y.test"}) {
					t.Fatalf("%+v is not said\n%q\n%q", edit, data, text)
				}
			}
		}
	})
}
