package store

import (
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
)

// ErrFault is why a store takes nothing any more: a write or sync failed, and what the disk holds of
// it is not known (after a failed fsync the kernel drops what it could not write). A restart reads what is there.
var ErrFault = errors.New("the store stopped taking anything until a restart")

// fault is the first failure of a write or sync; there is no way back from it.
type fault struct{ err atomic.Pointer[error] }

func (f *fault) get() error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return nil
}

// set notes the failure, unless there is one, and returns the first.
func (f *fault) set(log *slog.Logger, doing string, cause error) error {
	err := fmt.Errorf("%w: %s: %w", ErrFault, doing, cause)
	if f.err.CompareAndSwap(nil, &err) {
		log.Error("the store stops taking anything until a restart", "doing", doing, "error", cause)
	}
	return f.get()
}
