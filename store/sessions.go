package store

import (
	"bytes"
	"time"

	bolt "go.etcd.io/bbolt"

	"recado/conversation"
)

// sessionsEnded begins the names of notes of the moment up to which all sessions of an agent were ended, before the
// eleventh schema.
const sessionsEnded = "sessions/"

// sessionsByAgent enters every session with its agent. Those that a note ended are deleted, and the notes with them.
func sessionsByAgent(tx *bolt.Tx) error {
	if err := makeBuckets(sessionsAgent)(tx); err != nil {
		return err
	}
	t := &transaction{work: &work{tx: tx, writable: true}}
	var all []*conversation.Session
	err := t.bucket(sessions).ForEach(func(_, stored []byte) error {
		s, err := decode[conversation.Session](stored)
		all = append(all, s)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := t.enterSession(s); err != nil {
			return err
		}
	}
	var old [][]byte
	c := t.bucket(notes).Cursor()
	for k, _ := c.Seek([]byte(sessionsEnded)); bytes.HasPrefix(k, []byte(sessionsEnded)); k, _ = c.Next() {
		old = append(old, bytes.Clone(k))
	}
	for _, k := range old {
		if err := t.PutNote(string(k), "", time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

func (t *transaction) enterSession(s *conversation.Session) error {
	ended, err := t.Note(sessionsEnded + s.Agent)
	if err != nil {
		return err
	}
	if ended != "" {
		if until, err := time.Parse(time.RFC3339Nano, ended); err != nil || !s.CreatedAt.After(until) {
			return t.DeleteSession(s.TokenHash)
		}
	}
	s.ID = conversation.NewID(s.CreatedAt)
	if err := t.putRecord(sessions, textKey(s.TokenHash), s); err != nil {
		return err
	}
	for _, e := range sessionEntries(s) {
		if e.bucket == sessionsAgent {
			return t.put(e.bucket, e.key, nil)
		}
	}
	return nil
}
