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

// away is how long a file that is gone is waited for before that is told: whoever replaces it is quicker.
const away = 3 * time.Second

// Watch calls changed with every new content of the channel file, or of a text that it names: with a
// configuration when it is valid, else with the error of [Load]. counts is the Content of what the caller goes by, which
// he may have from elsewhere: a file that differs from it when Watch begins is told at once, so that no change falls
// between Load and Watch, and so is one that is as it was told before, after another was taken up meanwhile. A file that is away for a moment,
// as while an editor replaces it, is waited for; one that is away for longer is told as an error, once.
//
// The folders are watched, and those of the files that links lead to, rather than the files, since editors (and
// Kubernetes, by links) put a new file in the place of the old one. Calls of changed never overlap. Watch runs
// until ctx ends, and then returns nil; it returns an error when the folder cannot be watched (any longer).
func Watch(ctx context.Context, path string, counts func() string, env Env, changed func(*Config, error)) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the channel file: %w", err)
	}
	defer watcher.Close()
	w := &watch{path: path, env: env, seen: counts(), counted: counts(), counts: counts, changed: changed, watcher: watcher}
	if err := w.follow(nil); err != nil {
		return fmt.Errorf("watch the folder of the channel file: %w", err)
	}
	timer := time.NewTimer(0) // for the first look
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
			if again := w.look(); again > 0 {
				timer.Reset(again)
			}
		}
	}
}

// watch is what one Watch knows.
type watch struct {
	path    string
	env     Env
	seen    string // content that was told last
	counted string // what counted after that
	counts  func() string
	changed func(*Config, error)
	gone    time.Time // since when the file is away; zero: it is there

	watcher *fsnotify.Watcher
	names   map[string]bool // of the files, without their folders
	folders map[string]bool // that are watched
}

// follow watches the folders of the channel file, of the texts that it names, and of what links there lead to
// by now: an edit may be made in any of them. Only the channel file's own must be there.
func (w *watch) follow(texts []string) error {
	names, folders := map[string]bool{}, map[string]bool{}
	for i, path := range append([]string{w.path}, texts...) {
		for _, file := range []string{path, linkEnd(path)} {
			folder := realFolder(file)
			if !w.folders[folder] && !folders[folder] {
				if err := w.watcher.Add(folder); err != nil {
					if i == 0 && file == path {
						return err
					}
					continue
				}
			}
			names[filepath.Base(file)], folders[folder] = true, true
		}
	}
	for folder := range w.folders {
		if !folders[folder] {
			_ = w.watcher.Remove(folder) // it may be gone, and its watch with it
		}
	}
	w.names, w.folders = names, folders
	return nil
}

// realFolder is a folder by the one name that it has without links: it is watched once.
func realFolder(file string) string {
	folder := filepath.Dir(file)
	if absolute, err := filepath.Abs(folder); err == nil {
		folder = absolute
	}
	return linkEnd(folder)
}

// concerns leaves out what happens to other files of the folder, the store's or a log's, say. A link
// to the file may change under any name, so names starting with two dots (Kubernetes) count too.
func (w *watch) concerns(event fsnotify.Event) bool {
	if event.Op == fsnotify.Chmod {
		return false
	}
	name := filepath.Base(event.Name)
	return w.names[name] || len(name) > 2 && name[:2] == ".."
}

// look reads the file and its texts, and tells what is new about them. It returns after what time to look again without
// a change; zero: not.
func (w *watch) look() time.Duration {
	data, err := readFile(w.path)
	if !errors.Is(err, fs.ErrNotExist) {
		w.gone = time.Time{}
	} else if w.gone.IsZero() {
		w.gone, w.seen = time.Now(), "" // when it is back, that is told, whatever it says
		return away
	} else if rest := away - time.Since(w.gone); rest > 0 {
		return rest
	}
	var l *loader
	if err == nil {
		l, err = read(w.path, data, w.env)
	}
	if err != nil {
		if w.seen != err.Error() {
			w.seen = err.Error()
			w.changed(nil, fmt.Errorf("read the channel file: %w", err))
		}
		return 0
	}
	_ = w.follow(l.texts) // of a folder that is gone, its coming back is told by the next change
	if l.config.Content == w.seen && w.counts() == w.counted {
		return 0
	}
	w.seen = l.config.Content
	w.changed(l.result())
	w.counted = w.counts()
	return 0
}
