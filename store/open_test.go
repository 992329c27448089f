package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// TestMain lets the test's program be the other process that some tests need.
func TestMain(m *testing.M) {
	switch os.Getenv("STORE_TEST_CHILD") {
	case "":
		os.Exit(m.Run())
	case "open":
		_, err := Open(Options{Dir: os.Getenv("STORE_TEST_DIR"), ReadOnly: os.Getenv("STORE_TEST_READ_ONLY") != ""})
		fmt.Println(errors.Is(err, ErrInUse), err)
	case "write":
		writeUntilKilled(os.Getenv("STORE_TEST_DIR"))
	}
	os.Exit(0)
}

func child(t testing.TB, do, dir string, env ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program)
	c.Env = append(os.Environ(), append(env, "STORE_TEST_CHILD="+do, "STORE_TEST_DIR="+dir)...)
	return c
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	for _, readOnly := range []string{"", "yes"} {
		out, err := child(t, "open", dir, "STORE_TEST_READ_ONLY="+readOnly).CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		if got := string(out); !strings.HasPrefix(got, "true ") || !strings.Contains(got, fmt.Sprintf("process %d", os.Getpid())) {
			t.Errorf("read only %q: %s", readOnly, got)
		}
	}
	closed(t, s)
	out, err := child(t, "open", dir).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "false <nil>") {
		t.Errorf("after it was closed: %s, %v", out, err)
	}
}

func TestReadOnlyOpen(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(Options{Dir: dir, ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a store: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("opening to read made %v", left)
	}
	closed(t, openTest(t, Options{Dir: dir}))
	a, b := openTest(t, Options{Dir: dir, ReadOnly: true}), openTest(t, Options{Dir: dir, ReadOnly: true})
	for _, s := range []*Store{a, b} {
		if err := s.View(t.Context(), func(conversation.Tx) error { return nil }); err != nil {
			t.Error(err)
		}
	}
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "data")
	openTest(t, Options{Dir: dir})
	got := map[string]fs.FileMode{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		name, _ := filepath.Rel(dir, path)
		got[name] = info.Mode().Perm()
		return err
	})
	want := map[string]fs.FileMode{".": 0o700, "lock": 0o600, "mail": 0o700, "mail/00000001.log": 0o600, "recado.db": 0o600}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// TestSchema: a fresh store has the buckets that the package doc draws, and no others.
func TestSchema(t *testing.T) {
	source, err := os.ReadFile("schema.go")
	if err != nil {
		t.Fatal(err)
	}
	doc, _, _ := bytes.Cut(source, []byte("\npackage store"))
	var got []string
	s := openTest(t, Options{Dir: t.TempDir()})
	err = s.db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
			got = append(got, string(name))
			if !bytes.Contains(doc, []byte("\n//\t"+string(name)+" ")) {
				t.Errorf("the package doc does not draw the bucket %s", name)
			}
			return nil
		})
	})
	if err != nil || len(got) != int(bucketCount) {
		t.Errorf("%d buckets, %v", len(got), err)
	}
}

func TestMigrations(t *testing.T) {
	for i, m := range migrations {
		if m.version != uint64(i+1) {
			t.Errorf("migration %d is of version %d", i, m.version)
		}
	}
	dir := t.TempDir()
	closed(t, openTest(t, Options{Dir: dir}))
	version := func() (v uint64) {
		db, err := bolt.Open(filepath.Join(dir, "recado.db"), 0o600, &bolt.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.View(func(tx *bolt.Tx) error { v = schemaVersion(tx); return nil })
		return v
	}
	put := func(name string) func(tx *bolt.Tx) error {
		return func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte(name)); return err }
	}
	errWanted := errors.New("wanted")
	n := len(migrations)
	two, three := uint64(n+1), uint64(n+2)
	fails := append(migrations[:n:n], migration{two, "two", put("two")}, migration{three, "three", func(tx *bolt.Tx) error {
		if err := put("three")(tx); err != nil {
			return err
		}
		return errWanted
	}})
	for range 2 { // each start tries again, and nothing is done twice
		if _, err := open(Options{Dir: dir}, fails); !errors.Is(err, errWanted) {
			t.Fatalf("a failing migration: %v", err)
		}
		if v := version(); v != two {
			t.Errorf("after it failed, the schema is version %d", v)
		}
	}
	if _, err := Open(Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), fmt.Sprint("version ", two)) {
		t.Errorf("an older program opened it: %v", err)
	}
	if _, err := open(Options{Dir: dir, ReadOnly: true}, fails); err == nil || !strings.Contains(err.Error(), fmt.Sprint("version ", two)) {
		t.Errorf("it was opened to be read before it was migrated: %v", err)
	}
	works := append(fails[:n+1:n+1], migration{three, "three", put("three")})
	s, err := open(Options{Dir: dir, Log: slog.New(slog.DiscardHandler)}, works)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	if v := version(); v != three {
		t.Errorf("at the end the schema is version %d", v)
	}
}
