package test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fileLines are the audit lines of edits of the file, from the newest to the oldest but those of before.
func (p *product) fileLines(more ...string) []string {
	p.t.Helper()
	var out []string
	for _, l := range all[struct{ Actor, Via, Action, Object, Detail string }](p, append([]string{"audit", "list"}, more...)...) {
		if !strings.HasPrefix(l.Action, "agent.") {
			out = append(out, strings.TrimSpace(strings.Join([]string{l.Actor, l.Via, l.Action, l.Object, l.Detail}, " ")))
		}
	}
	return out
}

// TestChannelFileAudit: what an editor saves leaves the lines of what it changed, once, an edit of the server's or of a
// command leaves its own, and what is an isolated department's is told to nobody else.
func TestChannelFileAudit(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{channels: departments})
	p.agent("boss@shop.test", "Boss", "--role", "admin", "--department", "care")
	var want []string
	leaves := func(what string, lines ...string) {
		t.Helper()
		want = append(want, lines...)
		slices.Sort(want)
		var got []string
		eventually(t, what+" leaves its lines", func() bool { got = p.fileLines(); return len(got) >= len(want) })
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	save := func(change func(text string) string) {
		t.Helper()
		text, err := os.ReadFile(p.file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p.file+".new", []byte(change(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(p.file+".new", p.file); err != nil {
			t.Fatal(err)
		}
	}
	replace := func(old, new string) {
		t.Helper()
		save(func(text string) string { return strings.Replace(text, old, new, 1) })
	}

	save(func(text string) string {
		return strings.Replace(text, `name = "People"`, `name = "Persons"`, 1) + "\n[[channel]]\nemail = \"new@shop.test\"\ndepartment = \"care\"\nsend = \"history\"\n"
	})
	leaves("a save", "operator file channel.add new@shop.test department, send history, status active, unverified accept, dmarc hold", "operator file department.set hr name")
	if got := p.fileLines("--as", "boss@shop.test"); len(got) != 1 || !strings.Contains(got[0], "new@shop.test") {
		t.Errorf("an admin who is not of hr reads %q", got)
	}

	var edits []string
	for i := range 9 { // as quickly as the file's watch can be met
		status := []string{"inactive", "active"}[i%2]
		p.apiEdit("PATCH", "/channels/finance@shop.test", map[string]string{"status": status})
		edits = append(edits, "operator socket channel.set finance@shop.test status "+status)
	}
	p.apiEdit("PATCH", "/channels/finance@shop.test", map[string]string{"status": "inactive"}) // as it is: no edit
	leaves("edits by the API", edits...)

	p.mustRun("channel", "enable", "finance@shop.test")
	leaves("a command", "operator file channel.set finance@shop.test status active", "operator socket file.reload")

	save(func(text string) string { return "# ours\n" + text + "[colour]\n" })
	eventually(t, "a file with a mistake is refused", func() bool { return strings.Contains(p.metrics(), "\nrecado_channel_file_valid 0\n") })
	replace("[colour]\n", "") // nothing but a comment is left of it
	eventually(t, "it counts", func() bool { return strings.Contains(p.metrics(), "\nrecado_channel_file_valid 1\n") })
	replace("[[channel]]", "[[form]]\nfrom = \"web@shop.test\"\n[[channel]]")
	leaves("the next save alone", "operator file form.add web@shop.test")
}
