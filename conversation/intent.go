package conversation

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// idempotencyLife is how long a key makes a repeated request return what the first one made.
const idempotencyLife = 24 * time.Hour

func (i Intent) noteName() string {
	sum := sha256.Sum256([]byte(i.Actor.Email + "\x00" + i.IdempotencyKey))
	return "idempotency/" + hex.EncodeToString(sum[:])
}

// doneBefore returns the message that the same request made, nil for a request that is new.
func (m *Manager) doneBefore(tx Tx, intent Intent) (*Message, error) {
	if intent.IdempotencyKey == "" {
		return nil, nil
	}
	id, err := tx.Note(intent.noteName())
	if err != nil || id == "" {
		return nil, err
	}
	return tx.Message(id)
}

// remember keeps what the request made.
func (m *Manager) remember(tx Tx, intent Intent, id string) error {
	if intent.IdempotencyKey == "" {
		return nil
	}
	return tx.PutNote(intent.noteName(), id, tx.Now().Add(idempotencyLife))
}
