package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = "Subject: =?utf-8?q?a=C3=B1o?=\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" +
	"--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n" +
	"--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--x--\r\n"

// A mail without a fault is the same to all of them.
func TestReadersAgree(t *testing.T) {
	want := reading{subject: "año", text: "hello", names: []string{"a.pdf"}, octets: 4}
	for _, r := range readers {
		got, err := r.read([]byte(sample))
		got.text = strings.TrimSpace(got.text)
		if d := cmp.Diff(want, got, cmp.AllowUnexported(reading{})); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", r.name, err, d)
		}
	}
}

func TestCount(t *testing.T) {
	var f figures
	f.count(reading{text: "a", names: []string{"b", "c"}, octets: 7}, nil)
	f.count(reading{text: "\xff"}, nil)
	f.count(reading{text: " \n"}, errors.New("broken"))
	want := figures{read: 2, text: 2, valid: 1, attachments: 2, octets: 7}
	if d := cmp.Diff(want, f, cmp.AllowUnexported(figures{})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	for _, corpus := range corpora {
		folder := filepath.Join(dir, filepath.FromSlash(corpus))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string]string{"one.eml": sample, "expected.json": "{}", "LICENSE": "x", "a_decoded_1.txt": "x"} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	var out strings.Builder
	if err := run([]string{"--corpora", dir, "--rounds", "1"}, &out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "| 1 | 1 | 1 | 1 | 4 |"); n != len(corpora)*len(readers) {
		t.Errorf("%d rows as expected:\n%s", n, out.String())
	}
	if err := run([]string{"--corpora", t.TempDir()}, &out); err == nil {
		t.Error("no mails: no error")
	}
}
