package main

import (
	"crypto/sha256"
	"strings"
)

// spooled is a received mail that is in memory.
type spooled string

func (s spooled) ReadAt(b []byte, off int64) (int, error) {
	return strings.NewReader(string(s)).ReadAt(b, off)
}
func (s spooled) Size() int64      { return int64(len(s)) }
func (s spooled) SHA256() [32]byte { return sha256.Sum256([]byte(s)) }
