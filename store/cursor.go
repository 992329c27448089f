package store

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"

	"recado/conversation"
)

// A cursor is the position after the last entry of a page, with a checksum of it and of the list
// that it is of: what a person mistyped, or took from another list, is told from a position. It is
// no secret and no right: a position alone shows nothing.

// maxCursor bounds what is decoded, in characters.
const maxCursor = 2048

func encodeCursor(list string, position []byte) string {
	b := binary.BigEndian.AppendUint32(nil, cursorSum(list, position))
	return base64.RawURLEncoding.EncodeToString(append(b, position...))
}

// decodeCursor returns nil for the empty cursor.
func decodeCursor(list, cursor string) ([]byte, error) {
	if cursor == "" {
		return nil, nil
	}
	if len(cursor) > maxCursor {
		return nil, conversation.ErrBadCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) <= 4 {
		return nil, conversation.ErrBadCursor
	}
	if binary.BigEndian.Uint32(b) != cursorSum(list, b[4:]) {
		return nil, conversation.ErrBadCursor
	}
	return b[4:], nil
}

func cursorSum(list string, position []byte) uint32 {
	sum := crc32.Checksum([]byte(list), castagnoli)
	return crc32.Update(sum, castagnoli, position)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)
