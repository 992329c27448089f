package store

import (
	"bytes"
	"context"
	"fmt"
	"testing"
)

// TestRollWhileOthersWait: a record was written, a new segment begins before whoever wrote it comes to wait
// for its sync, and so many segments are open that the old one closes at once. It is durable: the store
// must not take the closed file for a disk that fails.
func TestRollWhileOthersWait(t *testing.T) {
	s := openTest(t, Options{Dir: t.TempDir(), SegmentSize: 1})
	for i := range maxIdle + 2 {
		raw := fmt.Appendf(nil, "Subject: %d\r\n\r\n", i)
		readMail(t, s, appendTestMail(t, s, fmt.Sprint(i), raw))
	}
	raw := []byte("Subject: late\r\n\r\n")
	record := testRecord("late", raw)
	head, err := encodeHead(&record, s.mail.salt)
	if err != nil {
		t.Fatal(err)
	}
	ref, number, err := s.mail.write(head, record.Size, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	s.mail.mu.Lock()
	err = s.mail.roll()
	s.mail.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.mail.syncs.wait(s.mail, number); err != nil {
		t.Errorf("wait for a record that is durable: %v", err)
	}
	if err := s.VerifyMail(context.Background(), ref); err != nil {
		t.Error(err)
	}
	readMail(t, s, appendTestMail(t, s, "next", []byte("Subject: next\r\n\r\n")))
}
