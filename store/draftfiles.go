package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"recado/conversation"
)

// draftFolder holds the files of what agents are writing, each under its id. They are no part of a backup.
const draftFolder = "drafts"

func (s *Store) draftPath(id string) (string, error) {
	if !conversation.ValidID(id) {
		return "", fmt.Errorf("%q is no id of a file", id)
	}
	return filepath.Join(s.dir, draftFolder, id), nil
}

// KeepFile implements conversation.DraftFiles.
func (s *Store) KeepFile(ctx context.Context, id string, content io.Reader) (int64, error) {
	if err := s.Room(); err != nil {
		return 0, err
	}
	path, err := s.draftPath(id)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, content)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(path)
		return 0, fmt.Errorf("keep file %s: %w", id, err)
	}
	return n, nil
}

// OpenFile implements conversation.DraftFiles.
func (s *Store) OpenFile(_ context.Context, id string) (io.ReadCloser, error) {
	path, err := s.draftPath(id)
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// DropFile implements conversation.DraftFiles.
func (s *Store) DropFile(_ context.Context, id string) error {
	if s.readOnly {
		return conversation.ErrReadOnly
	}
	path, err := s.draftPath(id)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// FileIDs implements conversation.DraftFiles.
func (s *Store) FileIDs(context.Context) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, draftFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	ids := make([]string, 0, len(entries))
	for _, e := range entries { // in the order of the names
		if conversation.ValidID(e.Name()) {
			ids = append(ids, e.Name())
		}
	}
	return ids, nil
}
