package store

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"recado/conversation"
)

// ErrNoRoom is why no mail is taken: the file system is nearly full.
var ErrNoRoom = errors.New("no room for mail")

// space is how much is free, looked up at most once a second.
type space struct {
	mu   sync.Mutex
	at   time.Time
	free int64
	err  error
	look func(dir string) (int64, error) // nil: the file system is asked
}

func (s *space) get(dir string, now time.Time) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if age := now.Sub(s.at); s.at.IsZero() || age < 0 || age >= time.Second {
		look := s.look
		if look == nil {
			look = freeSpace
		}
		s.at = now
		s.free, s.err = look(dir)
	}
	return s.free, s.err
}

// freeSpace is what an ordinary user may still write to the file system of dir, in octets.
func freeSpace(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, os.NewSyscallError("statfs", err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

// Room implements conversation.MailLog: nil while less than the reserve is in use. The reserve is for
// the mails that are being received when it is reached, and for agents, who can still work.
func (s *Store) Room() error {
	if s.readOnly {
		return conversation.ErrReadOnly
	}
	if err := s.fault.get(); err != nil {
		return err
	}
	return s.mail.roomAbove(s.mail.reserve)
}

// roomFor is about one mail: an incoming one, whose sender was let in while there was room, leaves a
// quarter of the reserve to the agents; an outgoing one needs what it takes.
func (l *mailLog) roomFor(kind conversation.Kind, size int64) error {
	if kind == conversation.KindIn {
		size += l.reserve / 4
	}
	return l.roomAbove(size)
}

func (l *mailLog) roomAbove(need int64) error {
	free, err := l.space.get(l.dir, l.now())
	if err != nil {
		return fmt.Errorf("look for free space: %w", err)
	}
	if free < need {
		return fmt.Errorf("%w: %d MiB are free, %d MiB are needed", ErrNoRoom, free>>20, need>>20)
	}
	return nil
}
