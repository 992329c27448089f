package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// SocketName is the local socket's file within the data folder.
const SocketName = "recado.sock"

// maxSocketPath is what fits into sockaddr_un.sun_path with its final NUL (unix(7)): 107 octets on
// Linux; other systems have less.
const maxSocketPath = 107

// ErrAnswered is returned by Listen when another process answers at the socket.
var ErrAnswered = errors.New("another process answers there")

// Listen opens the local socket at path, for its owner alone. A socket that a process left behind when
// it died is replaced. The caller holds the data folder's lock, so that nobody else does this meanwhile.
func Listen(path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("open the local socket: its path has %d octets and the system allows %d: choose a shorter data folder than %s",
			len(path), maxSocketPath, filepath.Dir(path))
	}
	switch conn, err := net.DialTimeout("unix", path, time.Second); {
	case err == nil:
		conn.Close()
		return nil, fmt.Errorf("open the local socket %s: %w", path, ErrAnswered)
	case !nobodyAnswers(err):
		return nil, fmt.Errorf("open the local socket: %w", err)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("open the local socket: %s is in its place and is no socket", path)
	}
	l, err := listenPrivately(path)
	if err != nil {
		return nil, fmt.Errorf("open the local socket: %w", err)
	}
	return l, nil
}

// listenPrivately makes the socket in a folder that only the owner may enter, sets its mode there and
// moves it to its place: at no moment may anybody else connect.
func listenPrivately(path string) (net.Listener, error) {
	private, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(private)
	// The name there may be too long where the name in place is not: the folder's descriptor is short.
	folder, err := os.Open(private)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	made := filepath.Join(private, "s")
	name := made
	if len(name) > maxSocketPath {
		name = fmt.Sprintf("/proc/self/fd/%d/s", folder.Fd())
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path)); err != nil {
		l.Close()
		return nil, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		l.Close()
		return nil, err
	}
	return &socket{UnixListener: l, path: path, info: info}, nil
}

// socket removes its file when it is closed, unless another took its place.
type socket struct {
	*net.UnixListener
	path string
	info os.FileInfo
}

func (s *socket) Close() error {
	err := s.UnixListener.Close()
	if now, statErr := os.Lstat(s.path); statErr == nil && os.SameFile(now, s.info) {
		err = errors.Join(err, os.Remove(s.path))
	}
	return err
}

// Answers tells whether a process answers at the socket. The error says why that cannot be known, such
// as a socket that belongs to somebody else.
func Answers(ctx context.Context, path string) (bool, error) {
	if len(path) > maxSocketPath {
		return false, nil // nobody could listen there
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		return true, conn.Close()
	case nobodyAnswers(err):
		return false, nil
	}
	return false, fmt.Errorf("ask the running server: %w", err)
}

// nobodyAnswers tells whether a dial failed because there is no socket, or one whose process is gone.
func nobodyAnswers(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}
