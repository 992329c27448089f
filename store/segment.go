package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// segment is an open file of the mail log. It is closed when nobody holds it and too many are open.
type segment struct {
	number uint32
	file   *os.File
	holds  int
}

// maxIdle is how many segments stay open for the next reader.
const maxIdle = 64

// segments are the open files of the log.
type segments struct {
	dir  string
	mu   sync.Mutex
	open map[uint32]*segment
}

func segmentPath(dir string, number uint32) string {
	return filepath.Join(dir, fmt.Sprintf("%08d.log", number))
}

// listSegments are the numbers of the segments in the folder, in order; none where there is no folder.
func listSegments(dir string) ([]uint32, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var out []uint32
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".log")
		n, err := strconv.ParseUint(name, 10, 32)
		if ok && err == nil && n > 0 && len(name) >= 8 {
			out = append(out, uint32(n))
		}
	}
	slices.Sort(out)
	return out, nil
}

// hold opens a segment for reading, or takes it as it is open. The caller lets it go.
func (s *segments) hold(number uint32) (*segment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.open[number]; g != nil {
		g.holds++
		return g, nil
	}
	f, err := os.Open(segmentPath(s.dir, number))
	if err != nil {
		return nil, err
	}
	return s.add(number, f), nil
}

// holdForWriting opens a segment for appending to it; fresh makes it, and it must not exist yet.
func (s *segments) holdForWriting(number uint32, fresh bool) (*segment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	flags := os.O_RDWR
	if fresh {
		flags |= os.O_CREATE | os.O_EXCL
	}
	f, err := os.OpenFile(segmentPath(s.dir, number), flags, 0o600)
	if err != nil {
		return nil, err
	}
	return s.add(number, f), nil
}

func (s *segments) add(number uint32, f *os.File) *segment {
	if s.open == nil {
		s.open = make(map[uint32]*segment)
	}
	g := &segment{number: number, file: f, holds: 1}
	s.open[number] = g
	return g
}

// again adds a hold to a segment that is held.
func (s *segments) again(g *segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.holds++
}

func (s *segments) letGo(g *segment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.holds--
	if g.holds > 0 || s.open[g.number] == g && len(s.open) <= maxIdle {
		return nil
	}
	if s.open[g.number] == g {
		delete(s.open, g.number)
	}
	return g.file.Close()
}

// closeAll closes what nobody holds; what a reader still holds closes when he lets it go.
func (s *segments) closeAll() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []error
	for n, g := range s.open {
		delete(s.open, n)
		if g.holds == 0 {
			list = append(list, g.file.Close())
		}
	}
	return errors.Join(list...)
}

// syncFolder makes the entries of a folder durable: a new file is not there after a crash without.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
