package store

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"recado/conversation"
)

// TestFreelist: after Close the database tells which of its pages are free, so that the next Open need not read
// it whole; while the store is open no commit pays for that.
func TestFreelist(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	update := func(s *Store) {
		t.Helper()
		err := s.Update(context.Background(), func(tx conversation.Tx) error {
			return tx.PutMessage(&conversation.Message{ID: "one", Number: "20261123-000001", Seq: 1})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	update(s)
	if freelistWritten(t, dir) {
		t.Error("a commit wrote the list of free pages")
	}
	closed(t, s)
	if !freelistWritten(t, dir) {
		t.Error("Close did not write the list of free pages")
	}
	s = openTest(t, Options{Dir: dir})
	update(s)
	if freelistWritten(t, dir) {
		t.Error("a list of free pages that is no longer true stands in the database")
	}
	closed(t, s)
	if !freelistWritten(t, dir) {
		t.Error("the second Close did not write the list of free pages")
	}
}

// freelistWritten reads the newer of the database's two meta pages, as bbolt lays them out: a header of
// 16 octets, then magic, version, page size, flags (4 each), root (16), page of the list (8), pages (8), transaction (8).
func freelistWritten(t *testing.T, dir string) bool {
	t.Helper()
	const none = ^uint64(0)
	f, err := os.Open(filepath.Join(dir, "recado.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var newest, list uint64
	for i := range int64(2) {
		var b [72]byte
		if _, err := f.ReadAt(b[:], i*int64(os.Getpagesize())); err != nil {
			t.Fatal(err)
		}
		if magic := binary.NativeEndian.Uint32(b[16:]); magic != 0xED0CDAED {
			t.Fatalf("meta page %d begins with %#x", i, magic)
		}
		if tx := binary.NativeEndian.Uint64(b[64:]); tx >= newest {
			newest, list = tx, binary.NativeEndian.Uint64(b[48:])
		}
	}
	return list != none
}
