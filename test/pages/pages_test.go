package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRun seeds a small house and measures it: figures aside, every page comes.
func TestRun(t *testing.T) {
	const password = "a password of the tests"
	dir := filepath.Join(t.TempDir(), "data")
	seed := exec.CommandContext(t.Context(), "go", "run", "recado/test/seed", "--data", dir, "--protocols", "700", "--messages", "1500", "--held", "60", "--password", password)
	if out, err := seed.CombinedOutput(); err != nil {
		t.Fatalf("seed: %v\n%s", err, out)
	}
	var out, notes bytes.Buffer
	err := run(t.Context(), []string{"--data", dir, "--password", password, "--times", "1", "--deep", "1"}, &out, &notes)
	if err != nil {
		t.Fatalf("%v\n%s", err, &notes)
	}
	for _, want := range []string{"all, newest  ", "all, newest, page 2", "unassigned, waiting", "history, page 2", "held  ", "contacts, page 2", "protocol of 5 messages", "a contact"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table has no line with %q:\n%s", want, &out)
		}
	}
	err = run(t.Context(), []string{"--data", dir, "--password", "another"}, &out, &notes)
	if err == nil || !strings.Contains(err.Error(), "log in") {
		t.Errorf("error %v, want that the log-in failed", err)
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"no folder", "--password x", "needed"},
		{"no password", "--data x", "needed"},
		{"no times", "--data x --password x --times 0", "above zero"},
		{"rest", "--data x --password x y", "no flag"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := parseOptions(strings.Fields(c.args), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
}
