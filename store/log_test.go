package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
)

// refer stores a message that points to the mail: it counts as answered for.
func refer(t testing.TB, s *Store, id string, ref conversation.MailRef) {
	t.Helper()
	err := s.Update(context.Background(), func(tx conversation.Tx) error {
		return tx.PutHeld(&conversation.Held{ID: id, Raw: ref})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// logIDs are the ids of all records that can be read, and how many places are damaged.
func logIDs(t testing.TB, s *Store) (ids []string, damaged int) {
	t.Helper()
	ids = []string{}
	err := s.Records(context.Background(), func(ref conversation.MailRef, r conversation.MailRecord) error {
		ids = append(ids, r.ID)
		return s.VerifyMail(context.Background(), ref)
	})
	var d *DamageError
	if errors.As(err, &d) {
		return ids, len(d.Places)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ids, 0
}

func copyFolder(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// change writes what edit makes of a file's octets.
func change(t testing.TB, path string, edit func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, edit(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

// closed closes the store, which must go well.
func closed(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestTornTail cuts the log at every octet of its last record, which nothing refers to, as a crash might.
func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	kept := appendTestMail(t, s, "kept", []byte("one\r\n"))
	refer(t, s, "kept", kept)
	whole := appendTestMail(t, s, "whole", []byte("two\r\n"))
	torn := appendTestMail(t, s, "torn", []byte("three\r\n"))
	end := s.mail.end
	closed(t, s)
	path := segmentPath(filepath.Join(dir, "mail"), 1)
	original, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tears := map[string]func(b []byte, at int64) []byte{
		"cut":   func(b []byte, at int64) []byte { return b[:at] },
		"zeros": func(b []byte, at int64) []byte { return append(b[:at:at], make([]byte, end-at)...) },
	}
	for name, tear := range tears {
		for at := torn.Offset; at < end; at++ {
			if err := os.WriteFile(path, tear(bytes.Clone(original), at), 0o600); err != nil {
				t.Fatal(err)
			}
			s := openTest(t, Options{Dir: dir})
			if s.mail.end != torn.Offset {
				t.Fatalf("%s at %d: the log ends at %d, not at %d", name, at, s.mail.end, torn.Offset)
			}
			if info, err := os.Stat(path); err != nil || info.Size() != torn.Offset {
				t.Fatalf("%s at %d: the segment has %d octets, %v", name, at, info.Size(), err)
			}
			again := appendTestMail(t, s, "again", []byte("four\r\n"))
			if again.Offset != torn.Offset {
				t.Fatalf("%s at %d: appended at %d", name, at, again.Offset)
			}
			ids, damaged := logIDs(t, s)
			if diff := cmp.Diff([]string{"kept", "whole", "again"}, ids); diff != "" || damaged > 0 {
				t.Fatalf("%s at %d: %d damaged, %s", name, at, damaged, diff)
			}
			readMail(t, s, whole)
			closed(t, s)
		}
	}
}

// TestDamage changes one octet of records that were referred to: nothing is cut, the rest is read.
func TestDamage(t *testing.T) {
	master := t.TempDir()
	s := openTest(t, Options{Dir: master})
	var refs []conversation.MailRef
	for _, id := range []string{"a", "b", "c"} {
		// Mails that contain what looks like the beginning of a record.
		raw := []byte("RCML\x01i" + id + "RCML")
		refs = append(refs, appendTestMail(t, s, id, raw))
		refer(t, s, id, refs[len(refs)-1])
	}
	size := s.mail.end
	closed(t, s)
	for place, c := range map[string]struct {
		at   int64
		want []string
	}{
		"magic":           {refs[1].Offset, []string{"a", "c"}},
		"length":          {refs[1].Offset + 18, []string{"a", "c"}},
		"header":          {refs[1].Offset + prefixSize + 5, []string{"a", "c"}},
		"raw":             {refs[2].Offset - trailerSize - 3, []string{"a", "c"}},
		"trailer":         {refs[2].Offset - 1, []string{"a", "c"}},
		"first of all":    {0, []string{"b", "c"}},
		"last, the magic": {refs[2].Offset, []string{"a", "b"}},
		"last, raw":       {size - trailerSize - 1, []string{"a", "b"}},
	} {
		t.Run(place, func(t *testing.T) {
			dir := copyFolder(t, master)
			path := segmentPath(filepath.Join(dir, "mail"), 1)
			change(t, path, func(b []byte) []byte { b[c.at] ^= 1; return b })
			s := openTest(t, Options{Dir: dir})
			if info, err := os.Stat(path); err != nil || info.Size() != size {
				t.Fatalf("the segment was changed: %d octets of %d, %v", info.Size(), size, err)
			}
			ids, damaged := logIDs(t, s)
			if diff := cmp.Diff(c.want, ids); diff != "" || damaged != 1 {
				t.Errorf("%d damaged, %s", damaged, diff)
			}
			bad := 0
			for _, ref := range refs {
				if err := s.VerifyMail(t.Context(), ref); err != nil {
					bad++
				}
			}
			if want := 1; bad != want && place != "trailer" { // a reader does not need the trailer
				t.Errorf("%d of the mails cannot be verified", bad)
			}
			next := appendTestMail(t, s, "d", []byte("next"))
			if got, _ := readMail(t, s, next); string(got) != "next" {
				t.Errorf("the next mail: %q", got)
			}
		})
	}
}

// TestForgedRecord: a mail holds a whole record, such as somebody who knows the format can make. Where
// its beginning is damaged and the segment is searched, it is not taken for one of ours.
func TestForgedRecord(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	inner := testRecord("forged", []byte("x"))
	head, err := encodeHead(&inner, [saltSize]byte{})
	if err != nil {
		t.Fatal(err)
	}
	raw := append(append(head, 'x'), encodeTrailer(0)...)
	ref := appendTestMail(t, s, "a", raw)
	refer(t, s, "a", ref)
	refer(t, s, "b", appendTestMail(t, s, "b", []byte("b")))
	closed(t, s)
	change(t, segmentPath(filepath.Join(dir, "mail"), 1), func(b []byte) []byte { b[0] ^= 1; return b })
	ids, damaged := logIDs(t, openTest(t, Options{Dir: dir}))
	if diff := cmp.Diff([]string{"b"}, ids); diff != "" || damaged != 1 {
		t.Errorf("%d damaged, %s", damaged, diff)
	}
}

// TestLostDatabase: the log alone tells which mails were taken, and is not cut by what a new database says.
func TestLostDatabase(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	a := appendTestMail(t, s, "a", []byte("one"))
	refer(t, s, "a", a)
	b := appendTestMail(t, s, "b", []byte("two"))
	refer(t, s, "b", b)
	closed(t, s)
	path := segmentPath(filepath.Join(dir, "mail"), 1)
	change(t, path, func(o []byte) []byte { o[b.Offset+prefixSize+3] ^= 1; return o })
	if err := os.Remove(filepath.Join(dir, "recado.db")); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(path)
	s = openTest(t, Options{Dir: dir})
	after, _ := os.Stat(path)
	if before.Size() != after.Size() {
		t.Errorf("the segment had %d octets, now %d", before.Size(), after.Size())
	}
	appendTestMail(t, s, "c", []byte("three"))
	ids, damaged := logIDs(t, s)
	if diff := cmp.Diff([]string{"a", "c"}, ids); diff != "" || damaged != 1 {
		t.Errorf("%d damaged, %s", damaged, diff)
	}
}

func TestSegments(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir, SegmentSize: 1000})
	var refs []conversation.MailRef
	raw := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 300) }
	for i := range 12 {
		refs = append(refs, appendTestMail(t, s, fmt.Sprint("m", i), raw(i)))
	}
	held, err := s.OpenMail(t.Context(), refs[0])
	if err != nil {
		t.Fatal(err)
	}
	refer(t, s, "last", refs[11])
	if refs[11].Segment < 3 {
		t.Errorf("all in %d segments", refs[11].Segment)
	}
	closed(t, s)
	b, err := io.ReadAll(io.NewSectionReader(held, 0, held.Size()))
	if err != nil || !bytes.Equal(b, raw(0)) {
		t.Errorf("a mail that was open when the store was closed: %q, %v", b, err)
	}
	if err := errors.Join(held.Close(), held.Close()); err != nil {
		t.Error(err)
	}
	s = openTest(t, Options{Dir: dir, SegmentSize: 1000})
	for i, ref := range refs {
		if got, r := readMail(t, s, ref); !bytes.Equal(got, raw(i)) || r.ID != fmt.Sprint("m", i) {
			t.Errorf("%d: %q of %s", i, got, r.ID)
		}
	}
	if ids, damaged := logIDs(t, s); len(ids) != 12 || damaged != 0 {
		t.Errorf("%q, %d damaged", ids, damaged)
	}
	closed(t, s)

	// Segments that are gone are damage of what refers to them, not of the rest.
	if err := os.Remove(segmentPath(filepath.Join(dir, "mail"), refs[11].Segment)); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, Options{Dir: dir, SegmentSize: 1000})
	if _, err := s.OpenMail(t.Context(), refs[11]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a mail of a lost segment: %v", err)
	}
	if ref := appendTestMail(t, s, "next", []byte("x")); ref.Segment <= refs[11].Segment {
		t.Errorf("the next mail is in segment %d, where others are said to be", ref.Segment)
	}
}

func TestRoom(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	s := openTest(t, Options{Dir: t.TempDir(), Reserve: 400, Now: func() time.Time { return now }})
	free := int64(0)
	s.mail.space.look = func(string) (int64, error) { return free, nil }
	try := func(kind conversation.Kind) error {
		raw := []byte("0123456789")
		r := testRecord("m", raw)
		r.Kind = kind
		_, err := s.AppendMail(t.Context(), r, bytes.NewReader(raw))
		return err
	}
	for _, c := range []struct {
		free          int64
		room, in, out error
	}{
		{400, nil, nil, nil},
		{399, ErrNoRoom, nil, nil},
		{110, ErrNoRoom, nil, nil},
		{109, ErrNoRoom, ErrNoRoom, nil},
		{10, ErrNoRoom, ErrNoRoom, nil},
		{9, ErrNoRoom, ErrNoRoom, ErrNoRoom},
	} {
		free = c.free
		now = now.Add(time.Second)
		if err := s.Room(); !errors.Is(err, c.room) {
			t.Errorf("%d free: room %v", c.free, err)
		}
		if err := try(conversation.KindIn); !errors.Is(err, c.in) {
			t.Errorf("%d free: incoming %v", c.free, err)
		}
		if err := try(conversation.KindOut); !errors.Is(err, c.out) {
			t.Errorf("%d free: outgoing %v", c.free, err)
		}
	}
	free = 400
	if err := s.Room(); !errors.Is(err, ErrNoRoom) {
		t.Error("the file system was asked twice within a second")
	}
}

// TestFailedSync: after a sync that failed nothing is taken, until the store is opened again.
func TestFailedSync(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	before := appendTestMail(t, s, "before", []byte("1"))
	refer(t, s, "before", before)
	// A segment that was closed under the log cannot be written, cut, or synced any more.
	s.mail.current.file.Close()
	raw := []byte("2")
	if _, err := s.AppendMail(t.Context(), testRecord("m", raw), bytes.NewReader(raw)); !errors.Is(err, ErrFault) {
		t.Errorf("append: %v", err)
	}
	if err := s.Room(); !errors.Is(err, ErrFault) {
		t.Errorf("room: %v", err)
	}
	if err := s.Update(t.Context(), func(conversation.Tx) error { return nil }); !errors.Is(err, ErrFault) {
		t.Errorf("update: %v", err)
	}
	if err := s.View(t.Context(), func(conversation.Tx) error { return nil }); err != nil {
		t.Errorf("view: %v", err)
	}
	s.Close()
	s = openTest(t, Options{Dir: dir})
	readMail(t, s, before)
	appendTestMail(t, s, "after", []byte("3"))
}
