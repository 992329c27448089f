package store

import (
	"bytes"
	"context"
	"testing"

	"recado/conversation"
)

// TestFilling: what was filled in without a sync is all there after Close, over more than one segment.
func TestFilling(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir, Filling: true, SegmentSize: 1024})
	refs := map[string]conversation.MailRef{}
	for _, id := range []string{"one", "two", "three"} {
		refs[id] = appendTestMail(t, s, id, bytes.Repeat([]byte(id), 400))
		err := s.Update(context.Background(), func(tx conversation.Tx) error {
			return tx.PutMessage(&conversation.Message{ID: id, Number: "20261123-000001", Seq: uint64(len(refs)), Raw: refs[id]})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	closed(t, s)
	s = openTest(t, Options{Dir: dir})
	for id, ref := range refs {
		if raw, _ := readMail(t, s, ref); !bytes.Equal(raw, bytes.Repeat([]byte(id), 400)) {
			t.Errorf("the mail %s has %d octets", id, len(raw))
		}
		err := s.View(context.Background(), func(tx conversation.Tx) error {
			if m, err := tx.Message(id); err != nil || m == nil || m.Raw != ref {
				t.Errorf("the message %s: %v, %v", id, m, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
