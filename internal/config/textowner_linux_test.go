package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"recado/internal/mailtest"
)

// nobody is a user who owns nothing, on Debian and elsewhere.
const nobody = 65534

// unprivileged is a folder of the test's own, which then meets the rights of files as every user but root does, who has
// none to meet: the thread that it goes on in, alone, uses files as nobody, by which the kernel takes its rights over
// others' away (capabilities(7)). The thread ends with the test.
func unprivileged(t *testing.T) (dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return t.TempDir()
	}
	runtime.LockOSThread()
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	// The call never says that it was refused; whose the folder is does.
	if info, err := os.Stat(dir); err != nil || info.Sys().(*syscall.Stat_t).Uid != nobody {
		mailtest.RequireOrSkip(t, "root may not become another user here (CAP_SETUID)")
	}
	return dir
}

// TestChangeTextOfAnother: who may not write the file is told so, and nothing is changed.
func TestChangeTextOfAnother(t *testing.T) {
	dir := unprivileged(t)
	path, folder := filepath.Join(dir, "recado.toml"), filepath.Join(dir, "texts")
	write(t, path, textHead("acknowledgement_file = \"texts/own.txt\"\n"))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "own.txt"), "Old\n")
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(folder, 0o700) }) // or it could not be removed
	_, err := ChangeText(t.Context(), path, noEnv, TextChange{Department: "care", Key: "acknowledgement_file", Text: "New\n", Seen: hashOf([]byte("Old\n"))})
	if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "write the text") || !strings.Contains(err.Error(), "this user must own") {
		t.Errorf("error %v", err)
	}
	if readText(t, filepath.Join(folder, "own.txt")) != "Old\n" {
		t.Error("it was written")
	}
}
