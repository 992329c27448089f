package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// channelFile is a valid file for a host.
func channelFile(hostname string) string {
	return fmt.Sprintf(`[server]
hostname = %q
[relay]
address = "127.0.0.1:2587"
security = "none"
[[domain]]
name = "example.test"
[[department]]
id = "care"
[[channel]]
email = "help@example.test"
department = "care"
`, hostname)
}

// told is one call of the watched function.
type told struct {
	config *Config
	err    error
}

// startWatch watches a file until the test ends, and waits for the watcher then.
func startWatch(t *testing.T, path, seen string) <-chan told {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	calls, done := make(chan told, 100), make(chan error, 1)
	go func() {
		done <- Watch(ctx, path, func() string { return seen }, noEnv, func(config *Config, err error) { calls <- told{config, err} })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Watch returned %v", err)
		}
	})
	return calls
}

// next waits for a call.
func next(t *testing.T, calls <-chan told) told {
	t.Helper()
	select {
	case call := <-calls:
		return call
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was told within ten seconds")
		return told{}
	}
}

// wantHost waits for a valid configuration of a host.
func wantHost(t *testing.T, calls <-chan told, hostname string) {
	t.Helper()
	call := next(t, calls)
	if call.err != nil {
		t.Fatalf("told of problems: %v", call.err)
	}
	if call.config.Server.Hostname != hostname {
		t.Fatalf("told of host %s, want %s", call.config.Server.Hostname, hostname)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// A file that is gone for good is told of, once, and its return too, though it says what it said.
func TestWatchTellsWhatIsGone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "recado.toml")
	write(t, path, channelFile("mx1.example.test"))
	calls := startWatch(t, path, "")
	wantHost(t, calls, "mx1.example.test")
	rename(t, path, path+"~")
	if call := next(t, calls); !errors.Is(call.err, fs.ErrNotExist) {
		t.Fatalf("told %+v", call)
	}
	rename(t, path+"~", path)
	wantHost(t, calls, "mx1.example.test")
}

// TestWatch changes a file in the ways that people and programs do. The first configuration is told
// because nothing was seen before; it also tells the test that watching has begun.
func TestWatch(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, path string)
	}{
		{"rewritten in place", func(t *testing.T, path string) { write(t, path, channelFile("mx2.example.test")) }},
		{"replaced by a rename", func(t *testing.T, path string) {
			write(t, path+".new", channelFile("mx2.example.test"))
			rename(t, path+".new", path)
		}},
		{"moved away and written anew", func(t *testing.T, path string) { // vim's way with backups
			rename(t, path, path+"~")
			write(t, path, channelFile("mx2.example.test"))
		}},
		{"removed and written anew", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			write(t, path, channelFile("mx2.example.test"))
		}},
		{"half written first", func(t *testing.T, path string) {
			text := channelFile("mx2.example.test")
			write(t, path, text[:40])
			write(t, path, text)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "recado.toml")
			write(t, path, channelFile("mx1.example.test"))
			calls := startWatch(t, path, "")
			wantHost(t, calls, "mx1.example.test")
			test.change(t, path)
			wantHost(t, calls, "mx2.example.test")
		})
	}
}

// TestWatchProblems: an invalid change is told once with its problems, and a later valid one is taken.
func TestWatchProblems(t *testing.T) {
	path := filepath.Join(t.TempDir(), "recado.toml")
	write(t, path, channelFile("mx1.example.test"))
	calls := startWatch(t, path, "")
	wantHost(t, calls, "mx1.example.test")

	write(t, path, channelFile("mx"))
	call := next(t, calls)
	var problems Problems
	if !errors.As(call.err, &problems) || len(problems) != 1 || !strings.Contains(problems[0].Message.Text, "hostname") {
		t.Fatalf("told %v, %v; want the one problem of the hostname", call.config, call.err)
	}
	write(t, path, channelFile("mx2.example.test"))
	wantHost(t, calls, "mx2.example.test")
}

// TestWatchSeen: what the caller already has is not told; what changed before watching began is.
func TestWatchSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "recado.toml")
	write(t, path, channelFile("mx1.example.test"))
	loaded, err := Load(path, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, channelFile("mx2.example.test"))
	wantHost(t, startWatch(t, path, loaded.Content), "mx2.example.test")

	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	seen := hashOf([]byte(channelFile("mx2.example.test")))
	w := &watch{watcher: watcher, path: path, env: noEnv, seen: seen, counted: seen, counts: func() string { return seen }, changed: func(*Config, error) {
		t.Error("told of a content that was seen")
	}}
	w.look()
}

// TestWatchLink follows links as Kubernetes mounts them: recado.toml -> ..data/recado.toml, and
// ..data is replaced.
func TestWatchLink(t *testing.T) {
	dir := t.TempDir()
	for i, host := range []string{"mx1.example.test", "mx2.example.test"} {
		version := filepath.Join(dir, fmt.Sprintf("..v%d", i+1))
		if err := os.Mkdir(version, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(version, "recado.toml"), channelFile(host))
	}
	link := func(target, name string) {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("..v1", "..data")
	link("..data/recado.toml", "recado.toml")
	calls := startWatch(t, filepath.Join(dir, "recado.toml"), "")
	wantHost(t, calls, "mx1.example.test")
	link("..v2", "..data_tmp")
	rename(t, filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data"))
	wantHost(t, calls, "mx2.example.test")
}

// TestWatchTarget: the file that a link leads to is edited where it is, and then the link leads elsewhere.
func TestWatchTarget(t *testing.T) {
	links, first, second := t.TempDir(), t.TempDir(), t.TempDir()
	path, target := filepath.Join(links, "recado.toml"), filepath.Join(first, "real.toml")
	write(t, target, channelFile("mx1.example.test"))
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	calls := startWatch(t, path, "")
	wantHost(t, calls, "mx1.example.test")
	write(t, target+".new", channelFile("mx2.example.test"))
	rename(t, target+".new", target)
	wantHost(t, calls, "mx2.example.test")

	target = filepath.Join(second, "other.toml")
	write(t, target, channelFile("mx3.example.test"))
	if err := os.Symlink(target, path+".new"); err != nil {
		t.Fatal(err)
	}
	rename(t, path+".new", path)
	wantHost(t, calls, "mx3.example.test")
	write(t, target, channelFile("mx4.example.test"))
	wantHost(t, calls, "mx4.example.test")
}

func TestWatchMissingFolder(t *testing.T) {
	err := Watch(t.Context(), filepath.Join(t.TempDir(), "none", "recado.toml"), func() string { return "" }, noEnv, func(*Config, error) {
		t.Error("told of a file that cannot be there")
	})
	if err == nil {
		t.Error("Watch of a missing folder returned nil")
	}
}

// TestWatchTakenUpElsewhere: a file that is put back to what was told last is told again, after another one was taken up that the
// watch never saw.
func TestWatchTakenUpElsewhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "recado.toml")
	write(t, path, channelFile("mx1.example.test"))
	var counts atomic.Value
	counts.Store("")
	calls := make(chan told, 100)
	w := &watch{path: path, env: noEnv, counts: func() string { return counts.Load().(string) }, changed: func(config *Config, err error) {
		counts.Store(config.Content)
		calls <- told{config, err}
	}}
	var err error
	if w.watcher, err = fsnotify.NewWatcher(); err != nil {
		t.Fatal(err)
	}
	defer w.watcher.Close()
	w.look()
	wantHost(t, calls, "mx1.example.test")
	counts.Store("of a file that was there for a moment")
	w.look()
	wantHost(t, calls, "mx1.example.test")
	w.look()
	if len(calls) > 0 {
		t.Error("told once more")
	}
}
