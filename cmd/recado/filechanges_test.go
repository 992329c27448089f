package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/config"
)

// fileWith is the scripts' file with other words in place of some; "": at its end.
func fileWith(t *testing.T, oldNew ...string) *config.Config {
	t.Helper()
	text := fmt.Sprintf(scriptFile, "data")
	for i := 0; i < len(oldNew); i += 2 {
		if oldNew[i] == "" {
			text += oldNew[i+1]
			continue
		}
		if !strings.Contains(text, oldNew[i]) {
			t.Fatalf("the file has no %q", oldNew[i])
		}
		text = strings.ReplaceAll(text, oldNew[i], oldNew[i+1])
	}
	c, err := config.Parse("recado.toml", []byte(text), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestFileChanges: what a saved file makes different is told as edits of ours would be, on the right side of the walls.
func TestFileChanges(t *testing.T) {
	const sales = "[[channel]]\nemail = \"Sales@example.com\"\ndepartment = \"care\"\nstatus = \"inactive\"\n"
	var many strings.Builder
	for i := range maxFileLines + 1 {
		fmt.Fprintf(&many, "[[form]]\nfrom = \"f%d@example.com\"\n", i)
	}
	added := conversation.FileDeed{Action: "channel.add", Object: "Sales@example.com", Department: "care", Detail: "department, send all, status inactive, unverified accept, dmarc hold"}
	tests := []struct {
		name          string
		before, after *config.Config
		want          []conversation.FileDeed
	}{
		{"nothing", fileWith(t), fileWith(t), nil},
		{"a comment and blanks", fileWith(t), fileWith(t, "[server]", "# ours\n\n[server]"), nil},
		{"the order of rows of different emails", fileWith(t, "", sales), fileWith(t, "[[department]]\nid = \"care\"", sales+"[[department]]\nid = \"care\""), nil},
		{"a channel added", fileWith(t), fileWith(t, "", sales), []conversation.FileDeed{added}},
		{"a channel removed", fileWith(t, "", sales), fileWith(t), []conversation.FileDeed{{Action: "channel.remove", Object: "Sales@example.com", Department: "care"}}},
		{"one switched", fileWith(t, "", sales), fileWith(t, "", strings.Replace(sales, "inactive", "active", 1)),
			[]conversation.FileDeed{{Action: "channel.set", Object: "Sales@example.com", Department: "care", Detail: "status active"}}},
		{"one written otherwise", fileWith(t, "", sales), fileWith(t, "", strings.Replace(sales, "Sales", "sales", 1)),
			[]conversation.FileDeed{{Action: "channel.set", Object: "sales@example.com", Department: "care"}}},
		{"one behind the wall", fileWith(t, "", sales), fileWith(t, "", strings.Replace(sales, "care", "hr", 1)),
			[]conversation.FileDeed{{Action: "channel.set", Object: "Sales@example.com", Department: "hr", Detail: "department"}}},
		{"another send type", fileWith(t, "", sales+"send = \"active\"\n"), fileWith(t, "", sales+"send = \"history\"\n"), []conversation.FileDeed{
			{Action: "channel.add", Object: "Sales@example.com", Department: "care", Detail: "department, send history, status inactive, unverified accept, dmarc hold"},
			{Action: "channel.remove", Object: "Sales@example.com", Department: "care"}}},
		{"a department's keys", fileWith(t), fileWith(t, "acknowledge = false", "acknowledge = true\nname = \"Care\"\nclassifications = [\"sale\"]"),
			[]conversation.FileDeed{{Action: "department.set", Object: "care", Department: "care", Detail: "name, acknowledge, classifications"}}},
		{"a domain and a form", fileWith(t), fileWith(t, "dkim_selector = \"recado\"", "", "", "[[form]]\nfrom = \"web@example.com\"\n[[domain]]\nname = \"b.example\"\n"), []conversation.FileDeed{
			{Action: "domain.set", Object: "example.com", Detail: "dkim_selector"}, {Action: "domain.add", Object: "b.example", Detail: "postmaster"}, {Action: "form.add", Object: "web@example.com"}}},
		{"other tables, never their values", fileWith(t), fileWith(t, "hostname = \"mx.", "hostname = \"mx2.", "[relay]", "[relay]\nusername = \"secret\"\npassword_env = \"SECRET\"", "", sales),
			[]conversation.FileDeed{added, {Action: "file.reload", Detail: "server, relay"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, fileChanges(tt.before, tt.after)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	deeds := fileChanges(fileWith(t), fileWith(t, "", many.String()))
	if last := deeds[len(deeds)-1]; len(deeds) != maxFileLines+1 || last.Action != conversation.AuditFileReload || last.Detail != "further rows" {
		t.Errorf("%d lines, the last is %+v", len(deeds), last)
	}
}
