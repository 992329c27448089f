package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// What was held before there were groups is grouped by the migration.
func TestMigrationGroupsWhatIsHeld(t *testing.T) {
	dir := t.TempDir()
	s := openTest(t, Options{Dir: dir})
	err := s.Update(context.Background(), func(tx conversation.Tx) error {
		for i := range 5 {
			h := &conversation.Held{ID: fmt.Sprint("h", i), Reason: conversation.HeldBackscatter, Department: "care", ReceivedAt: time.Unix(int64(i), 0)}
			h.From.Address = fmt.Sprintf("daemon%d@host.test", i)
			if err := tx.PutHeld(h); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	db, err := bolt.Open(filepath.Join(dir, "recado.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, b := range []bucket{heldMember, heldGroups, heldRecent} {
			if err := tx.DeleteBucket([]byte(bucketNames[b])); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte(bucketNames[meta])).Put(metaSchema, key64(1))
	})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	s = openTest(t, Options{Dir: dir})
	defer closed(t, s)
	err = s.View(context.Background(), func(tx conversation.Tx) error {
		groups, _, err := tx.HeldGroups(conversation.HeldFilter{}, conversation.Page{})
		if err != nil || len(groups) != 1 {
			return fmt.Errorf("%d groups, %v", len(groups), err)
		}
		if g := groups[0]; g.Count != 5 || g.Who != "@host.test" || g.Newest != "h4" || g.First.Unix() != 0 {
			t.Errorf("the group is %+v", g)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
