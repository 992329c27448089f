package mailtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
)

// TB is the part of *testing.T and *testing.B that this package needs.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
	Cleanup(func())
	TempDir() string
}

// Environment of the tests.
const (
	// EnvRequirePeers set to 1 turns every skip for an absent peer (a program of Debian's, a
	// corpus) into a failure, so that CI cannot pass by finding nothing.
	EnvRequirePeers = "RECADO_REQUIRE_PEERS"
	// EnvCorpora is the folder of sample mails; without it, ../shared/corpora beside the module.
	EnvCorpora = "RECADO_CORPORA"
)

// RequireOrSkip ends the test for the given reason: skipped, or failed where peers are required.
func RequireOrSkip(tb TB, reason string) {
	tb.Helper()
	if os.Getenv(EnvRequirePeers) == "1" {
		tb.Fatalf("%s (required, since %s=1)", reason, EnvRequirePeers)
		return
	}
	tb.Skipf("%s", reason)
}

// Chromium is the program of the browser that tests drive: where there is one without windows, that one, since those of
// the whole browser are pages of their own that no test looks at, for half of its work.
func Chromium() (string, error) {
	path, err := exec.LookPath("chromium-headless-shell")
	if err != nil {
		path, err = exec.LookPath("chromium")
	}
	return path, err
}

// Corpora returns the folder of the sample mails, or ends the test where there is none.
func Corpora(tb TB) string {
	tb.Helper()
	dir := os.Getenv(EnvCorpora)
	if dir == "" {
		root, err := moduleRoot()
		if err != nil {
			tb.Fatalf("find the module's root: %v", err)
			return ""
		}
		dir = filepath.Join(filepath.Dir(root), "shared", "corpora")
	}
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		RequireOrSkip(tb, "no sample mails in "+dir+" (set "+EnvCorpora+")")
		return ""
	}
	return dir
}

// moduleRoot walks up from the working directory, which go test sets to the package's own.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", os.ErrNotExist
		}
		dir = parent
	}
}

// ToCRLF returns the mail with every line end as CRLF; those that are so already stay.
func ToCRLF(raw []byte) []byte {
	out := make([]byte, 0, len(raw)+bytes.Count(raw, []byte("\n")))
	for i, c := range raw {
		if c == '\n' && (i == 0 || raw[i-1] != '\r') {
			out = append(out, '\r')
		}
		out = append(out, c)
	}
	return out
}

// StripMboxFrom removes a first line "From …", which separates the mails of an mbox file and is no
// header of the mail (RFC 4155).
func StripMboxFrom(raw []byte) []byte {
	if !bytes.HasPrefix(raw, []byte("From ")) {
		return raw
	}
	if i := bytes.IndexByte(raw, '\n'); i >= 0 {
		return raw[i+1:]
	}
	return nil
}
