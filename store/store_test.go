package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"testing"
	"time"

	"recado/conversation"
)

// testMail appends a mail and returns its place.
func appendTestMail(t testing.TB, s *Store, id string, raw []byte) conversation.MailRef {
	t.Helper()
	ref, err := s.AppendMail(context.Background(), testRecord(id, raw), bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("append %s: %v", id, err)
	}
	return ref
}

func testRecord(id string, raw []byte) conversation.MailRecord {
	return conversation.MailRecord{
		ID: id, Kind: conversation.KindIn, At: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
		Size: int64(len(raw)), SHA256: sha256.Sum256(raw),
		Envelope: conversation.Envelope{From: "ana@example.com", Recipients: []string{"soporte@example.org"}},
	}
}

func readMail(t testing.TB, s *Store, ref conversation.MailRef) ([]byte, conversation.MailRecord) {
	t.Helper()
	m, err := s.OpenMail(context.Background(), ref)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	b, err := io.ReadAll(io.NewSectionReader(m, 0, m.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return b, m.Record()
}

func openTest(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	raw := []byte("Subject: hola\r\n\r\nBuenos días\r\n")
	ref := appendTestMail(t, s, "m1", raw)
	err := s.Update(t.Context(), func(tx conversation.Tx) error {
		n, err := tx.NextNumber("20261123")
		if err != nil {
			return err
		}
		p := &conversation.Protocol{Number: n, Status: conversation.Open, Key: conversation.Key{Sender: "ana@example.com"}, Department: "care", UpdatedAt: tx.Now()}
		if err := tx.PutProtocol(p); err != nil {
			return err
		}
		return tx.PutMessage(&conversation.Message{ID: "m1", Number: n, Seq: 1, Kind: conversation.KindIn, Raw: ref})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, Options{Dir: dir})
	err = s.View(t.Context(), func(tx conversation.Tx) error {
		list, _, err := tx.Protocols(conversation.ProtocolFilter{Departments: []string{"care"}}, conversation.Page{})
		if len(list) != 1 || list[0].Number != "20261123-000001" {
			t.Errorf("protocols: %v", list)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := readMail(t, s, ref); !bytes.Equal(got, raw) {
		t.Errorf("raw mail: %q", got)
	}
}
