package store

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"slices"

	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// migration brings the schema to a version from the one before it.
type migration struct {
	version uint64
	does    string // for the log
	apply   func(*bolt.Tx) error
}

// migrations are all that there ever were, in order; the last one's version is what this program
// knows. One that was released is never changed: later ones correct it.
var migrations = []migration{
	{1, "make the buckets", func(tx *bolt.Tx) error {
		for _, name := range bucketNames {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	}},
	{2, "group held mail", groupHeld},
	{3, "find what is queued by its protocol", numberQueue},
	{4, "order protocols by who waits longest, find those of nobody", orderWaiting},
	{5, "keep canned answers", makeBuckets(canned, cannedTitle)},
	{6, "find what is finalized by its end and classification, and protocols by their number", enterEnded},
	{7, "make room for the tokens of programs", makeBuckets(tokens, tokensHash)},
	{8, "keep contacts by side, find them by name", sideContacts},
	{9, "count figures from now on, and what waits for an answer by agent", countFigures},
	{10, "make room for mentions", makeBuckets(mentions, mentionsUnread)},
	{11, "find sessions by their agent", sessionsByAgent},
	{12, "make room for second steps of log-ins", makeBuckets(secondSteps)},
	{13, "make room for audit lines", makeBuckets(auditLines, auditFound)},
}

// makeBuckets is the migration that needs nothing else.
func makeBuckets(list ...bucket) func(*bolt.Tx) error {
	return func(tx *bolt.Tx) error {
		for _, b := range list {
			if _, err := tx.CreateBucketIfNotExists([]byte(bucketNames[b])); err != nil {
				return err
			}
		}
		return nil
	}
}

// enter enters every protocol in the indexes, which are made where they are not there.
func enter(t *transaction, indexes ...bucket) error {
	if err := makeBuckets(indexes...)(t.tx); err != nil {
		return err
	}
	return t.bucket(protocols).ForEach(func(_, stored []byte) error {
		p, err := decode[conversation.Protocol](stored)
		if err != nil {
			return err
		}
		for _, e := range protocolEntries(p) {
			if !slices.Contains(indexes, e.bucket) {
				continue
			}
			if err := t.put(e.bucket, e.key, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// numberQueue enters what is queued in the bucket of protocols.
func numberQueue(tx *bolt.Tx) error {
	if _, err := tx.CreateBucketIfNotExists([]byte(bucketNames[queueNumber])); err != nil {
		return err
	}
	t := &transaction{work: &work{tx: tx, writable: true}}
	return t.bucket(queue).ForEach(func(_, stored []byte) error {
		q, err := decode[conversation.QueueItem](stored)
		if err != nil {
			return err
		}
		for _, e := range queueEntries(q) {
			if e.bucket != queueNumber {
				continue
			}
			if err := t.put(e.bucket, e.key, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// groupHeld enters what is held in the buckets of groups.
func groupHeld(tx *bolt.Tx) error {
	for _, b := range []bucket{heldMember, heldGroups, heldRecent} {
		if _, err := tx.CreateBucketIfNotExists([]byte(bucketNames[b])); err != nil {
			return err
		}
	}
	t := &transaction{work: &work{tx: tx, writable: true}}
	return tx.Bucket([]byte(bucketNames[held])).ForEach(func(_, v []byte) error {
		h, err := decode[conversation.Held](v)
		if err != nil {
			return err
		}
		for _, e := range heldEntries(h) {
			if e.bucket != heldMember {
				continue
			}
			if err := t.put(e.bucket, e.key, nil); err != nil {
				return err
			}
		}
		return t.countGroup(h, 1)
	})
}

// schemaVersion is 0 for a new file.
func schemaVersion(tx *bolt.Tx) uint64 {
	b := tx.Bucket([]byte(bucketNames[meta]))
	if b == nil {
		return 0
	}
	if v := b.Get(metaSchema); len(v) == 8 {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

// checkVersion refuses what a newer program wrote.
func checkVersion(db *bolt.DB, list []migration) (version uint64, err error) {
	known := list[len(list)-1].version
	err = db.View(func(tx *bolt.Tx) error {
		if version = schemaVersion(tx); version > known {
			return fmt.Errorf("its schema is version %d, this program knows up to %d: use a newer one", version, known)
		}
		return nil
	})
	return version, err
}

// migrate applies what is missing, each migration in a transaction of its own: one that fails leaves
// the store as the one before it made it.
func migrate(db *bolt.DB, version uint64, list []migration, log *slog.Logger) error {
	for _, m := range list {
		if m.version <= version {
			continue
		}
		err := db.Update(func(tx *bolt.Tx) error {
			if err := m.apply(tx); err != nil {
				return err
			}
			return tx.Bucket([]byte(bucketNames[meta])).Put(metaSchema, key64(m.version))
		})
		if err != nil {
			return fmt.Errorf("migrate to schema %d (%s): %w", m.version, m.does, err)
		}
		log.Info("migrated the store", "schema", m.version, "does", m.does)
	}
	return nil
}
