package store

import (
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// work is one bbolt transaction and what the functions of a group did in it together.
type work struct {
	tx       *bolt.Tx
	now      time.Time
	writable bool
	buckets  [bucketCount]*bolt.Bucket
	changed  bool     // a change was stored: watchers are told after the commit
	end      position // the highest record of the mail log that was referred to
	// recent is the protocol that was read last, as it is stored: mostly it is the one that is written next,
	// and where it stands in the indexes need not be read again.
	recent *conversation.Protocol
}

// transaction is what one function sees of a work. It implements conversation.Tx.
type transaction struct {
	*work
	wrote bool
	fault error // the first write that failed: the function cannot make it good by returning nil
}

var _ conversation.Tx = (*transaction)(nil)

// appendOnly are the buckets whose keys mostly grow: their pages can be filled, since nothing
// will be inserted into the middle of them.
var appendOnly = [bucketCount]bool{messages: true, changes: true, protocols: true, held: true}

func (w *work) bucket(b bucket) *bolt.Bucket {
	if w.buckets[b] == nil {
		w.buckets[b] = w.tx.Bucket([]byte(bucketNames[b]))
		if appendOnly[b] {
			w.buckets[b].FillPercent = 0.9
		}
	}
	return w.buckets[b]
}

// Now is the time of the transaction, the same for all functions of a group, in UTC.
func (t *transaction) Now() time.Time { return t.now }

func (t *transaction) get(b bucket, key []byte) []byte {
	if len(key) == 0 {
		return nil
	}
	return t.bucket(b).Get(key)
}

func (t *transaction) put(b bucket, key, value []byte) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	t.wrote = true
	if value == nil {
		value = []byte{}
	}
	if err := t.bucket(b).Put(key, value); err != nil {
		return t.failed(fmt.Errorf("write to %s: %w", bucketNames[b], err))
	}
	return nil
}

func (t *transaction) delete(b bucket, key []byte) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	if len(key) == 0 {
		return nil
	}
	t.wrote = true
	if err := t.bucket(b).Delete(key); err != nil {
		return t.failed(fmt.Errorf("delete from %s: %w", bucketNames[b], err))
	}
	return nil
}

// putRecord stores a record under a key that must not be empty.
func (t *transaction) putRecord(b bucket, key []byte, record any) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	if len(key) == 0 {
		return fmt.Errorf("write to %s: a record without a name", bucketNames[b])
	}
	stored, err := encode(record)
	if err != nil {
		return t.failed(err)
	}
	return t.put(b, key, stored)
}

// next is the next number of the bucket's sequence, from 1.
func (t *transaction) next(b bucket) (uint64, error) {
	if !t.writable {
		return 0, conversation.ErrReadOnly
	}
	t.wrote = true
	n, err := t.bucket(b).NextSequence()
	if err != nil {
		return 0, t.failed(fmt.Errorf("count in %s: %w", bucketNames[b], err))
	}
	return n, nil
}

// count adds delta to a counter, which goes when it comes to nothing.
func (t *transaction) count(key []byte, delta int) error {
	n := int64(delta)
	if v := t.get(counts, key); len(v) == 8 {
		n += int64(binary.BigEndian.Uint64(v))
	}
	if n <= 0 {
		return t.delete(counts, key)
	}
	return t.put(counts, key, key64(uint64(n)))
}

func (t *transaction) counted(key []byte) int {
	if v := t.get(counts, key); len(v) == 8 {
		return int(binary.BigEndian.Uint64(v))
	}
	return 0
}

// failed notes that a write failed, perhaps half-way: nothing of the function may be committed.
func (t *transaction) failed(err error) error {
	if t.fault == nil {
		t.fault = err
	}
	return err
}

// refer notes that a record of the mail log is referred to from now on.
func (t *transaction) refer(ref conversation.MailRef) {
	if p := (position{ref.Segment, ref.Offset}); !ref.IsZero() && t.end.before(p) {
		t.end = p
	}
}
