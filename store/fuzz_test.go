package store

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"recado/conversation"
)

// FuzzKeys: keys of two texts sort as the texts do, and come apart again.
func FuzzKeys(f *testing.F) {
	f.Add("a", "b", "a", "")
	f.Add("x\x00", "y", "x", "\x00y")
	f.Add("\xff", "", "\xef\xbf\xbd", "\x00\x01")
	f.Fuzz(func(t *testing.T, a1, a2, b1, b2 string) {
		a, b := appendText(appendText(nil, a1), a2), appendText(appendText(nil, b1), b2)
		same := valid(a1) == valid(b1) && valid(a2) == valid(b2)
		if bytes.Equal(a, b) != same {
			t.Errorf("%q, %q and %q, %q: %x and %x", a1, a2, b1, b2, a, b)
		}
		if n := textEnd(a); n != len(appendText(nil, a1)) || textEnd(a[n:]) != len(a)-n {
			t.Errorf("%q, %q: %x comes apart at %d", a1, a2, a, n)
		}
		if valid(a1) != valid(b1) && (valid(a1) < valid(b1)) != (bytes.Compare(a, b) < 0) {
			t.Errorf("%q and %q: %x and %x", a1, b1, a, b)
		}
	})
}

// FuzzCursor: a cursor that we did not make is refused, whatever it holds.
func FuzzCursor(f *testing.F) {
	f.Add("protocols", "", []byte{1})
	f.Add("journal", encodeCursor("protocols", []byte("position")), []byte("position"))
	f.Fuzz(func(t *testing.T, list, cursor string, position []byte) {
		if got, err := decodeCursor(list, cursor); err == nil && cursor != "" && encodeCursor(list, got) != cursor {
			t.Errorf("%q was taken as %x", cursor, got)
		}
		if len(position) == 0 || len(position) > 1000 {
			return
		}
		if got, err := decodeCursor(list, encodeCursor(list, position)); err != nil || !bytes.Equal(got, position) {
			t.Errorf("%x became %x, %v", position, got, err)
		}
	})
}

// FuzzTail: whatever stands behind the last record that was answered for, the store opens, keeps that
// record, and appends the next.
func FuzzTail(f *testing.F) {
	dir := f.TempDir()
	s := openTest(f, Options{Dir: dir})
	kept := appendTestMail(f, s, "kept", []byte("one"))
	refer(f, s, "kept", kept)
	end := s.mail.end
	appendTestMail(f, s, "next", []byte("two"))
	closed(f, s)
	path := segmentPath(filepath.Join(dir, "mail"), 1)
	segment, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(segment[end:])
	f.Add(segment[end : len(segment)-3])
	f.Add(append(segment[end:len(segment):len(segment)], segment[end:]...))
	f.Add([]byte("RCML"))
	f.Fuzz(func(t *testing.T, tail []byte) {
		if err := os.WriteFile(path, append(segment[:end:end], tail...), 0o600); err != nil {
			t.Fatal(err)
		}
		s := openTest(t, Options{Dir: dir})
		defer s.Close()
		next := appendTestMail(t, s, "after", []byte("three"))
		ids, damaged := logIDs(t, s)
		if damaged > 0 || len(ids) < 2 || ids[0] != "kept" || ids[len(ids)-1] != "after" {
			t.Errorf("%q, %d damaged", ids, damaged)
		}
		for _, ref := range []conversation.MailRef{kept, next} {
			if err := s.VerifyMail(t.Context(), ref); err != nil {
				t.Error(err)
			}
		}
	})
}

// FuzzSegment: Records reads any octets to their end, and takes none of them for a record that is not one.
func FuzzSegment(f *testing.F) {
	dir := f.TempDir()
	s := openTest(f, Options{Dir: dir})
	for _, id := range []string{"a", "b", "c"} {
		refer(f, s, id, appendTestMail(f, s, id, []byte(id)))
	}
	path := segmentPath(filepath.Join(dir, "mail"), 1)
	segment, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, byte(1))
	f.Add(prefixSize+10, byte(0xff))
	f.Fuzz(func(t *testing.T, at int, change byte) {
		if at < 0 || at >= len(segment) {
			return
		}
		b := bytes.Clone(segment)
		b[at] ^= change
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		ids, damaged := logIDs(t, s)
		if want := min(1, int(change)); damaged != want || len(ids) != 3-want {
			t.Errorf("octet %d: %q, %d damaged", at, ids, damaged)
		}
	})
}
