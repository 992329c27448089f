package config

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"recado/internal/say"
)

// lockWait is how long a change waits for another one to end.
const lockWait = 10 * time.Second

// lockedFile is a channel file that nobody else edits meanwhile.
type lockedFile struct {
	path   string // of the file itself, where the channel file is a link
	folder *os.File
}

// lockFile waits for the lock on the folder of the file that path leads to. The folder is what is locked,
// because a lock on the file would stay with the old one when another takes its place.
func lockFile(ctx context.Context, path string) (*lockedFile, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, say.Errorf("read the channel file: %w", err)
	}
	folder, err := os.Open(filepath.Dir(target))
	if err != nil {
		return nil, say.Errorf("lock the channel file: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, lockWait, say.Errorf("another edit of it does not end"))
	defer cancel()
	for {
		err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return &lockedFile{path: target, folder: folder}, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			folder.Close()
			return nil, say.Errorf("lock the channel file: %w", err)
		}
		select {
		case <-ctx.Done():
			folder.Close()
			return nil, say.Errorf("lock the channel file: %w", context.Cause(ctx))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// unlock ends with the descriptor, so that a process that dies leaves no lock behind.
func (f *lockedFile) unlock() { f.folder.Close() }

// replace puts the new content in the file's place.
func (f *lockedFile) replace(data []byte) error {
	return replaceFile(f.path, say.Of("the channel file"), data)
}

// replaceFile puts a file with the new content, and the old one's mode and owner, in its place; where the path
// is a link, in that of the file that it leads to. It is on the disk before it has the name, and its name is
// there before replaceFile returns. what says in an error what it is.
func replaceFile(path string, what say.Sentence, data []byte) (err error) {
	defer func() {
		if err != nil {
			err = writeHint(err, what, path)
		}
	}()
	path = linkEnd(path)
	old, err := os.Stat(path)
	if err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	fresh, err := os.CreateTemp(folder.Name(), ".recado-*"+filepath.Ext(path))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			fresh.Close()
			os.Remove(fresh.Name())
		}
	}()
	if _, err = fresh.Write(data); err != nil {
		return err
	}
	if err = keepOwner(fresh, old); err != nil {
		return err
	}
	if err = errors.Join(fresh.Chmod(old.Mode().Perm()), fresh.Sync(), fresh.Close()); err != nil {
		return err
	}
	if err = os.Rename(fresh.Name(), path); err != nil {
		return err
	}
	return folder.Sync()
}

// keepOwner gives the new file the old one's owner and group. A file that would become another user's is
// not written: the server might not be able to read it any longer.
func keepOwner(fresh *os.File, old fs.FileInfo) error {
	owner, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	info, err := fresh.Stat()
	if err != nil {
		return err
	}
	if now, ok := info.Sys().(*syscall.Stat_t); ok && now.Uid == owner.Uid && now.Gid == owner.Gid {
		return nil
	}
	return fresh.Chown(int(owner.Uid), int(owner.Gid))
}

// writeHint says what to do about a file that cannot be replaced.
func writeHint(err error, what say.Sentence, path string) error {
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return say.Errorf("write %s: %w; nothing was changed: this user must own %s and may write to its folder, or edit it as the user who does", what, err, path)
	case errors.Is(err, syscall.EBUSY):
		return say.Errorf("write %s: %w; nothing was changed: %s is a mount of its own; mount its folder instead", what, err, path)
	}
	return say.Errorf("write %s: %w; nothing was changed", what, err)
}
