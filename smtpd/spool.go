package smtpd

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
)

// spoolInMemory is up to which size a mail waits in memory; a larger one goes to a file.
const spoolInMemory = 256 << 10

// spool holds a mail while it is received and judged. It is a conversation.Spool once the mail is whole.
type spool struct {
	dir  string
	mem  []byte
	file *os.File // unnamed: it goes with the process
	size int64
	hash hash.Hash

	inMemory int // octets that mem may hold
}

// newSpool makes a spool for a mail of which the client said that it has about declared octets; 0: it did
// not say. It may lie, so little is set aside on its word.
func newSpool(dir string, declared int64) *spool {
	s := &spool{dir: dir, hash: sha256.New(), inMemory: spoolInMemory}
	switch {
	case declared > spoolInMemory:
		s.inMemory = 0
	case declared > 0:
		s.mem = make([]byte, 0, min(declared+512, 32<<10))
	}
	return s
}

func (s *spool) Write(p []byte) (int, error) {
	s.hash.Write(p)
	if s.file == nil && len(s.mem)+len(p) <= s.inMemory {
		s.mem = append(s.mem, p...)
		s.size += int64(len(p))
		return len(p), nil
	}
	if s.file == nil {
		if err := s.toFile(); err != nil {
			return 0, fmt.Errorf("spool a mail: %w", err)
		}
	}
	n, err := s.file.Write(p)
	s.size += int64(n)
	if err != nil {
		return n, fmt.Errorf("spool a mail: %w", err)
	}
	return n, nil
}

func (s *spool) toFile() error {
	f, err := os.CreateTemp(s.dir, "recado-spool-*")
	if err != nil {
		return err
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close()
		return err
	}
	s.file = f
	if _, err := f.Write(s.mem); err != nil {
		return err
	}
	s.mem = nil
	return nil
}

// ReadAt implements io.ReaderAt.
func (s *spool) ReadAt(p []byte, off int64) (int, error) {
	if s.file != nil {
		return s.file.ReadAt(p, off)
	}
	return bytes.NewReader(s.mem).ReadAt(p, off)
}

// Size is the number of octets so far.
func (s *spool) Size() int64 { return s.size }

// SHA256 is the hash of all octets so far.
func (s *spool) SHA256() [32]byte {
	var sum [32]byte
	s.hash.Sum(sum[:0])
	return sum
}

// Close frees what the spool holds.
func (s *spool) Close() error {
	s.mem = nil
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

var _ io.WriteCloser = (*spool)(nil)
