package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"recado/conversation"
)

func (t *transaction) PutMessage(m *conversation.Message) error {
	if !t.writable {
		return conversation.ErrReadOnly
	}
	if m.ID == "" || m.Number == "" || m.Seq == 0 {
		return fmt.Errorf("store a message: id %q, protocol %q, entry %d", m.ID, m.Number, m.Seq)
	}
	id := textKey(m.ID)
	place := messagePlace(m.Number, m.Seq)
	holder := t.get(messagesOrder, place)
	if holder != nil && !bytes.Equal(holder, id) {
		return fmt.Errorf("store message %s: entry %d of protocol %s is message %s", m.ID, m.Seq, m.Number, holder)
	}
	if holder == nil {
		from := "" // the protocol that it was of
		// Only its place is read: thousands of entries may move in one transaction.
		old, err := decode[struct {
			Number string `json:"number"`
			Seq    uint64 `json:"seq"`
		}](t.get(messages, id))
		if err != nil {
			return err
		}
		if old != nil { // it moves
			if err := t.delete(messagesOrder, messagePlace(old.Number, old.Seq)); err != nil {
				return err
			}
			from = old.Number
		}
		if err := t.put(messagesOrder, place, id); err != nil {
			return err
		}
		if err := t.placeMentions(m, from); err != nil {
			return err
		}
	}
	t.refer(m.Raw)
	return t.putRecord(messages, id, m)
}

func messagePlace(number string, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(appendText(nil, number), seq)
}

func (t *transaction) Message(id string) (*conversation.Message, error) {
	return decode[conversation.Message](t.get(messages, textKey(id)))
}

func (t *transaction) Messages(number string, after uint64, limit int) ([]*conversation.Message, error) {
	var out []*conversation.Message
	s := &stream{cursor: t.bucket(messagesOrder).Cursor(), prefix: appendText(nil, number)}
	for s.from(key64(after)); s.end != nil && (limit <= 0 || len(out) < limit); s.next() {
		m, err := decode[conversation.Message](t.get(messages, s.value))
		if err != nil {
			return nil, err
		}
		if m == nil {
			return nil, fmt.Errorf("an entry of protocol %s names the message %q, which is not there", number, s.value)
		}
		out = append(out, m)
	}
	return out, nil
}

// seenKey is the place of a Message-ID within a key: of fixed length, however long a sender makes
// his. 16 octets are enough: who makes two that collide makes a flag on his own mail.
func seenKey(k conversation.Key, messageID string) []byte {
	sum := sha256.Sum256(appendText(openKey(k), messageID))
	return sum[:16:16]
}

func (t *transaction) Seen(key conversation.Key, messageID string, content [32]byte) (string, bool, error) {
	place := seenKey(key, messageID)
	if id := t.get(seen, append(place, content[:]...)); id != nil {
		return string(id), true, nil
	}
	if k, id := t.bucket(seen).Cursor().Seek(place); k != nil && bytes.HasPrefix(k, place) {
		return string(id), false, nil
	}
	return "", false, nil
}

func (t *transaction) PutSeen(key conversation.Key, messageID string, content [32]byte, id string) error {
	return t.put(seen, append(seenKey(key, messageID), content[:]...), textKey(id))
}
