package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"recado/conversation"
)

// FileName is the name of the index in the data folder. SQLite puts two more beside it.
const FileName = "search.db"

// Options say where the index is.
type Options struct {
	Dir      string // the data folder
	ReadOnly bool   // for a command while no server runs
	Log      *slog.Logger
}

// Index is an open index. Its methods may be called at the same time.
type Index struct {
	path     string
	log      *slog.Logger
	readOnly bool

	replacing sync.RWMutex // held for writing while the file is
	file      *file        // nil: it could not be opened

	mu       sync.Mutex
	progress conversation.Progress
	position uint64        // the last change that is in the index
	moved    chan struct{} // closed and replaced when position or progress did
	again    bool          // it is to be made anew
	wake     chan struct{}
}

var _ conversation.Index = (*Index)(nil)

// Open opens the index, and makes an empty one where it is not there, is damaged or of another version. Only where it is
// opened for reading alone there are errors: that it is not there, or not complete.
func Open(o Options) (*Index, error) {
	x := &Index{path: filepath.Join(o.Dir, FileName), log: o.Log, moved: make(chan struct{}), wake: make(chan struct{}, 1)}
	if x.log == nil {
		x.log = slog.New(slog.DiscardHandler)
	}
	var why, err error
	x.file, why, err = openFile(x.path, o.ReadOnly)
	switch {
	case err == nil:
		x.progress.Building = x.building()
		if why != nil {
			x.log.Warn("the search index is made anew", "file", x.path, "why", why)
		}
	case o.ReadOnly:
		return nil, fmt.Errorf("open the search index %s: %w", x.path, err)
	default: // Run tries again, and mail goes on meanwhile
		x.progress = conversation.Progress{Building: true, Fault: err}
		x.log.Error("the search index could not be opened", "file", x.path, "error", err)
	}
	if x.readOnly = o.ReadOnly; x.readOnly && x.progress.Building {
		return nil, errors.Join(fmt.Errorf("the search index %s is not complete", x.path), x.file.close())
	}
	return x, nil
}

// Close closes the file. Run has ended before.
func (x *Index) Close() error {
	x.replacing.Lock()
	defer x.replacing.Unlock()
	if x.file == nil {
		return nil
	}
	err := x.file.close()
	x.file = nil
	return err
}

// building tells whether the file is not complete yet.
func (x *Index) building() bool {
	_, err := x.meta(metaBuilding)
	return err == nil
}

// meta is a value; sql.ErrNoRows where there is none.
func (x *Index) meta(name string) (string, error) {
	var v string
	err := x.file.db.QueryRow("SELECT value FROM meta WHERE name = ?", name).Scan(&v)
	return v, err
}

// anew throws the index away and begins an empty one.
func (x *Index) anew() error {
	x.replacing.Lock()
	defer x.replacing.Unlock()
	if x.file != nil {
		if err := x.file.close(); err != nil {
			x.log.Warn("close the search index", "error", err)
		}
	}
	var err error
	if x.file, err = makeFile(x.path); err != nil {
		x.file = nil
		return err
	}
	x.note(0, conversation.Progress{Building: true})
	return nil
}

// note publishes how far the index is.
func (x *Index) note(position uint64, p conversation.Progress) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p.Building = p.Building || x.again
	x.position, x.progress = position, p
	x.tell()
}

// trouble publishes why the index does not go on.
func (x *Index) trouble(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.progress.Fault = err
	x.tell()
}

// tell wakes who waits for the index. Its caller holds x.mu.
func (x *Index) tell() {
	close(x.moved)
	x.moved = make(chan struct{})
}

// state is how far it is, and what is closed when it went on.
func (x *Index) state() (uint64, conversation.Progress, <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.position, x.progress, x.moved
}

// Rebuild implements conversation.Index.
func (x *Index) Rebuild() error {
	x.mu.Lock()
	x.again, x.progress = true, conversation.Progress{Building: true}
	x.tell()
	x.mu.Unlock()
	select {
	case x.wake <- struct{}{}:
	default:
	}
	return nil
}

// takeAgain tells whether somebody asked for it to be made anew since.
func (x *Index) takeAgain() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	again := x.again
	x.again = false
	return again
}

// CatchUp implements conversation.Index.
func (x *Index) CatchUp(ctx context.Context, change uint64) conversation.Progress {
	for {
		position, progress, moved := x.state()
		if position >= change || progress.Building || progress.Fault != nil || x.readOnly {
			return progress
		}
		select {
		case <-ctx.Done():
			return progress
		case <-moved:
		}
	}
}
