package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long the file must rest before it is read: an editor writes in several steps, and what
// stands there between two of them is not meant.
const settle = 150 * time.Millisecond

// Watch calls changed with every new content of the channel file: with a configuration when it is
// valid, else with the error of [Load]. seen is the Hash of what the caller has; a file that already
// differs from it when Watch begins is told at once, so that no change falls between Load and Watch.
// A file that is away for a moment, as while an editor replaces it, is waited for.
//
// The folder is watched, and that of the file that a link leads to, rather than the file, since editors (and Kubernetes, by links) put a new file
// in the place of the old one. Calls of changed never overlap. Watch runs until ctx ends, and then
// returns nil; it returns an error when the folder cannot be watched (any longer).
func Watch(ctx context.Context, path, seen string, env Env, changed func(*Config, error)) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the channel file: %w", err)
	}
	defer watcher.Close()
	if err := watcher.Add(filepath.Dir(path)); err != nil {
		return fmt.Errorf("watch the folder of the channel file: %w", err)
	}
	w := &watch{path: path, env: env, seen: seen, changed: changed, watcher: watcher}
	w.look()
	timer := time.NewTimer(settle)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, open := <-watcher.Events:
			if !open {
				return errors.New("watch the channel file: the watcher closed")
			}
			if w.concerns(event) {
				timer.Reset(settle)
			}
		case err := <-watcher.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) { // after which anything may have changed
				return fmt.Errorf("watch the channel file: %w", err)
			}
			timer.Reset(settle)
		case <-timer.C:
			w.look()
		}
	}
}

// watch is what one Watch knows.
type watch struct {
	path    string
	env     Env
	seen    string // hash of the content that was told last
	changed func(*Config, error)

	watcher *fsnotify.Watcher
	target  string // the file that path leads to by links
}

// follow watches the folder of the file that path leads to by now: an edit may be made there.
func (w *watch) follow() {
	target, err := filepath.EvalSymlinks(w.path)
	if err != nil || target == w.target {
		return
	}
	own, old, now := filepath.Dir(w.path), filepath.Dir(w.target), filepath.Dir(target)
	if w.target != "" && old != own && old != now {
		_ = w.watcher.Remove(old) // it may be gone, and its watch with it
	}
	if now == own || w.watcher.Add(now) == nil {
		w.target = target
	}
}

// concerns leaves out what happens to other files of the folder, the store's or a log's, say. A link
// to the file may change under any name, so names starting with two dots (Kubernetes) count too.
func (w *watch) concerns(event fsnotify.Event) bool {
	if event.Op == fsnotify.Chmod {
		return false
	}
	name := filepath.Base(event.Name)
	return name == filepath.Base(w.path) || name == filepath.Base(w.target) || len(name) > 2 && name[:2] == ".."
}

// look reads the file and tells what is new about it.
func (w *watch) look() {
	w.follow()
	data, err := readFile(w.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return // being replaced; the folder tells when it is there again
	case err != nil:
		if w.seen != err.Error() {
			w.seen = err.Error()
			w.changed(nil, fmt.Errorf("read the channel file: %w", err))
		}
		return
	}
	sum := hash(data)
	if sum == w.seen {
		return
	}
	w.seen = sum
	w.changed(Parse(w.path, data, w.env))
}
