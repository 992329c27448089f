package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDemoLeavesNothingBehind, whenever it is ended and however: also while it starts, and with its terminal.
func TestDemoLeavesNothingBehind(t *testing.T) {
	for _, tt := range []struct {
		name   string
		signal os.Signal
		until  string // the line after which it is ended; empty: as soon as its folder is there
	}{
		{"Ctrl-C", os.Interrupt, "Ready at"},
		{"Ctrl-C while it starts", os.Interrupt, ""},
		{"the terminal is closed", syscall.SIGHUP, "Ready at"},
		{"the terminal is closed while it starts", syscall.SIGHUP, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "demo") // short, for the socket's path
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			c := exec.Command("recado", "demo") // main_test.go puts it there
			c.Env = append(os.Environ(), "TMPDIR="+dir)
			var errs strings.Builder
			c.Stderr = &errs
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			late := time.AfterFunc(30*time.Second, func() { _ = c.Process.Kill() })
			defer late.Stop()
			lines := bufio.NewScanner(out)
			for tt.until != "" && lines.Scan() && !strings.HasPrefix(lines.Text(), tt.until) {
			}
			for tt.until == "" && len(entries(t, dir)) == 0 {
				time.Sleep(time.Millisecond)
			}
			if err := c.Process.Signal(tt.signal); err != nil {
				t.Fatal(err)
			}
			for lines.Scan() {
			}
			if err := c.Wait(); err != nil || errs.Len() > 0 {
				t.Errorf("%v, and it says %q", err, errs.String())
			}
			if left := entries(t, dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func entries(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
