package conversation

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// idempotencyLife is how long a key makes a repeated request return what the first one made.
const idempotencyLife = 24 * time.Hour

// noteName names the note of what the request made. The key counts within one kind of request about one
// thing ("reply/20261123-000042"): a program that uses it again for another must not find its mail unsent.
func (i Intent) noteName(what string) string {
	sum := sha256.Sum256([]byte(i.Actor.Email + "\x00" + what + "\x00" + i.IdempotencyKey))
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
