package conversation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// idempotencyLife is how long a key makes a repeated request return what the first one made.
const idempotencyLife = 24 * time.Hour

// noteName names the note of what the request made. The key counts within one kind of request about one
// thing ("reply/20261123-000042"): a program that uses it again for another must not find its mail unsent.
func (i Intent) noteName(what string) string {
	sum := sha256.Sum256([]byte(i.Actor.id() + "\x00" + what + "\x00" + i.IdempotencyKey))
	return "idempotency/" + hex.EncodeToString(sum[:])
}

// doneBefore returns the message that the same request made, nil for a request that is new.
func (m *Manager) doneBefore(tx Tx, intent Intent, what string) (*Message, error) {
	if intent.IdempotencyKey == "" {
		return nil, nil
	}
	id, err := tx.Note(intent.noteName(what))
	if err != nil || id == "" {
		return nil, err
	}
	return tx.Message(id)
}

// remember keeps what the request made.
func (m *Manager) remember(tx Tx, intent Intent, what, id string) error {
	if intent.IdempotencyKey == "" {
		return nil
	}
	return tx.PutNote(intent.noteName(what), id, tx.Now().Add(idempotencyLife))
}

// recall returns what the same request ended, nil for a request that is new. The thing itself is gone, so
// the note keeps it whole.
func recall[T any](tx Tx, in Intent, what string) (*T, error) {
	if in.IdempotencyKey == "" {
		return nil, nil
	}
	note, err := tx.Note(in.noteName(what))
	if err != nil || note == "" {
		return nil, err
	}
	ended := new(T)
	if err := json.Unmarshal([]byte(note), ended); err != nil {
		return nil, fmt.Errorf("read what an earlier request ended: %w", err)
	}
	return ended, nil
}

// keep notes what the request ends.
func keep[T any](tx Tx, in Intent, what string, ended *T) error {
	if in.IdempotencyKey == "" {
		return nil
	}
	note, err := json.Marshal(ended)
	if err != nil {
		return fmt.Errorf("note what a request ends: %w", err)
	}
	return tx.PutNote(in.noteName(what), string(note), tx.Now().Add(idempotencyLife))
}
