package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	tab := &table{head: []string{"WHO", "WHAT"}}
	tab.add("Ana", "Hola")
	tab.add("山田", "two\nlines\x1b[31m and \u202eturned")
	tab.add("é", "")
	var b bytes.Buffer
	if err := tab.write(&b); err != nil {
		t.Fatal(err)
	}
	want := "WHO   WHAT\nAna   Hola\n山田  two lines[31m and turned\né\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFit(t *testing.T) {
	widths := []int{10, 60, 30}
	fit(widths, 64)
	if diff := cmp.Diff([]int{10, 25, 25}, widths); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	narrow := []int{20, 20}
	fit(narrow, 4)
	if diff := cmp.Diff([]int{8, 8}, narrow); diff != "" {
		t.Errorf("a column never vanishes (-want +got):\n%s", diff)
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		in   string
		to   int
		want string
	}{{"short", 8, "short"}, {"much too long", 8, "much to…"}, {"山田太郎", 5, "山田…"}, {"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"}} {
		if got := cut(tt.in, tt.to); got != tt.want || displayWidth(got) > tt.to {
			t.Errorf("cut(%q, %d) = %q", tt.in, tt.to, got)
		}
	}
}

// TestCleanText: no octet of a stranger's mail controls the terminal.
func TestCleanText(t *testing.T) {
	got := cleanText("a\x1b]0;title\x07b\x9bc\r\n\td\u2066e\x00\u200f")
	if want := "a]0;titleb\ufffdc\n\tde"; got != want {
		t.Errorf("got %q", got)
	}
}
