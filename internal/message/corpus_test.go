package message

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"recado/internal/mailtest"
)

// corpora returns the folder of sample mails.
func corpora(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("RECADO_CORPORA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpora")
	}
	if _, err := os.Stat(dir); err != nil {
		mailtest.RequireOrSkip(t, "sample mails are absent: set RECADO_CORPORA")
	}
	return dir
}

// corpusMails returns the path of every mail under the given folders of the corpora.
func corpusMails(t testing.TB, folders ...string) []string {
	t.Helper()
	root := corpora(t)
	var out []string
	for _, f := range folders {
		err := filepath.WalkDir(filepath.Join(root, f), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			switch filepath.Ext(path) {
			case ".json", ".xml", ".out", ".bin", ".png", ".gif", ".jpg", ".webp":
				return nil
			}
			if strings.Contains(path, "_decoded") || strings.HasPrefix(d.Name(), "LICENSE") || strings.HasPrefix(d.Name(), "NOTICE") {
				return nil
			}
			out = append(out, path)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestCorpusIsReadable(t *testing.T) {
	for _, folder := range []string{"mime", "real", "quotes", "bounces"} {
		t.Run(folder, func(t *testing.T) {
			var total, text, attachments, odd, cut int
			for _, path := range corpusMails(t, folder) {
				raw, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				m, err := Parse(bytes.NewReader(raw), int64(len(raw)), Options{Text: true, HTML: true, Digest: true})
				if err != nil {
					t.Errorf("%s: %v", path, err)
					continue
				}
				total++
				checkUTF8(t, path, reflect.ValueOf(m))
				checkAttachments(t, path, raw, m)
				if m.Text+m.Quoted != "" {
					text++
				}
				if len(m.Attachments) > 0 {
					attachments++
				}
				if m.Unparsed {
					odd++
				}
				if m.Truncated {
					cut++
				}
				if m.Text+m.Quoted+m.HTML == "" && len(m.Attachments) == 0 && hasWords(bodyOf(raw)) {
					t.Errorf("%s: nothing to read", path)
				}
			}
			t.Logf("%d mails: %d with text, %d with attachments, %d of broken structure, %d cut", total, text, attachments, odd, cut)
			if total == 0 {
				t.Error("no mails")
			}
		})
	}
}

// bodyOf returns what follows the first blank line.
func bodyOf(raw []byte) []byte {
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	_, body, _ := bytes.Cut(raw, []byte("\n\n"))
	return body
}

// hasWords tells whether a body holds more than delimiter lines.
func hasWords(body []byte) bool {
	for l := range bytes.Lines(body) {
		if l = bytes.TrimSpace(l); len(l) > 0 && !bytes.HasPrefix(l, []byte("--")) {
			return true
		}
	}
	return false
}

// checkUTF8 looks at every string that v holds, unexported raw header fields aside.
func checkUTF8(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			t.Errorf("%s: not UTF-8: %.80q", name, v.String())
		}
	case reflect.Pointer:
		if !v.IsNil() {
			checkUTF8(t, name, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				checkUTF8(t, name, v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			checkUTF8(t, name, v.Index(i))
		}
	}
}

// checkAttachments opens each attachment and compares it with what Parse said.
func checkAttachments(t *testing.T, name string, raw []byte, m *Message) {
	t.Helper()
	for i, want := range m.Attachments {
		got, r, err := OpenAttachment(bytes.NewReader(raw), int64(len(raw)), i)
		if err != nil {
			t.Errorf("%s: attachment %d: %v", name, i, err)
			continue
		}
		n, err := io.Copy(io.Discard, r)
		if err != nil || n != want.Size || got.Name != want.Name || got.Type != want.Type {
			t.Errorf("%s: attachment %d: opened %+v of %d octets (%v), parsed %+v", name, i, got, n, err, want)
		}
		if got.Name == "" || strings.ContainsAny(got.Name, "/\\\x00") {
			t.Errorf("%s: unsafe name %q", name, got.Name)
		}
	}
}

// mime4jDiffers names the cases that we read otherwise, and why.
var mime4jDiffers = map[string]string{
	"basic-plain-with-bad-header-separator": "a line of white space ends the header when no field follows",
	"malformedHeader":                       "text where a header should be is shown, not dropped",
	"missing-inner-boundary":                "an empty part is left out",
	"very-long-boundary":                    "RFC 2046 5.1.1: a boundary does not end with white space",
	"very-very-long-boundary":               "the same",
	"weird-boundary":                        "the same",
}

func differs(name string) bool {
	for prefix := range mime4jDiffers {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// TestMime4jDecoded compares decoded parts with the files in which that corpus
// states them. Parts of a mail within a mail are left out, since Parse lists
// that mail as one attachment.
func TestMime4jDecoded(t *testing.T) {
	dir := filepath.Join(corpora(t), "mime", "mime4j", "testmsgs")
	mails, err := filepath.Glob(filepath.Join(dir, "*.msg"))
	if err != nil {
		t.Fatal(err)
	}
	compared, same := 0, 0
	for _, path := range mails {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		stated, err := filepath.Glob(strings.TrimSuffix(path, ".msg") + "_decoded_*.*")
		if err != nil {
			t.Fatal(err)
		}
		if len(stated) == 0 || bytes.Contains(raw, []byte("rfc822")) || bytes.Contains(raw, []byte("multipart/digest")) {
			continue
		}
		got := leaves(t, raw)
		for _, file := range stated {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			compared++
			switch {
			case got[partBytes(want)]:
				same++
			case differs(filepath.Base(file)):
				t.Logf("%s is read otherwise", filepath.Base(file))
			default:
				t.Errorf("%s: no part is %.200q", filepath.Base(file), want)
			}
		}
	}
	t.Logf("%d of %d decoded parts are the same", same, compared)
	if same < 20 {
		t.Error("too few to tell anything")
	}
}

// partBytes makes octets comparable whatever line ends their text was stored with.
func partBytes(b []byte) string {
	return strings.TrimRight(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
}

// leaves returns the decoded octets of every leaf of a mail.
func leaves(t *testing.T, raw []byte) map[string]bool {
	t.Helper()
	w := walk(newBytesScanner(raw), DefaultLimits, func(*part) {})
	selectBodies(w.root)
	out := map[string]bool{}
	var visit func(*part)
	visit = func(p *part) {
		if len(p.children) == 0 {
			dec, _ := transferReader(section(bytes.NewReader(raw), p.body, p.end), p.encoding)
			data, err := io.ReadAll(dec)
			if err != nil {
				t.Fatal(err)
			}
			out[partBytes(data)] = true
		}
		for _, c := range p.children {
			visit(c)
		}
	}
	visit(w.root)
	return out
}
