package store

import (
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// olderStore is the folder of a store that fill was run in, brought back to the schema of a version that
// had not the buckets.
func olderStore(t *testing.T, version uint64, lacks []bucket, fill func(conversation.Tx) error) string {
	t.Helper()
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	if err := s.Update(t.Context(), fill); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	db, err := bolt.Open(filepath.Join(dir, "recado.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, b := range lacks {
			if err := tx.DeleteBucket([]byte(bucketNames[b])); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte(bucketNames[meta])).Put(metaSchema, key64(version))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestMigrateQueueNumbers: what was queued by the second schema is found by its protocol.
func TestMigrateQueueNumbers(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	dir := olderStore(t, 2, []bucket{queueNumber}, func(tx conversation.Tx) error {
		for _, q := range []conversation.QueueItem{
			{ID: "a", Number: "20261123-000001", State: conversation.QueueWaiting, CreatedAt: at},
			{ID: "b", Number: "20261123-000002", State: conversation.QueueUncertain, CreatedAt: at},
			{ID: "c", Number: "20261123-000001", State: conversation.QueueDeferred, CreatedAt: at},
		} {
			if err := tx.PutQueueItem(&q); err != nil {
				return err
			}
		}
		return nil
	})
	s := openTest(t, Options{Dir: dir})
	defer closed(t, s)
	err := s.View(t.Context(), func(tx conversation.Tx) error {
		items, err := tx.QueueOf("20261123-000001")
		if err == nil && (len(items) != 2 || items[0].ID != "a" || items[1].ID != "c") {
			t.Errorf("after the migration: %v", items)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
