package store

import (
	"crypto/rand"
	"errors"
	"fmt"
)

// open finds the end of the log. refers is the highest record that the database refers to, zero when
// there is none; fresh tells that the database was made just now, so that what it refers to says
// nothing of what the log holds.
//
// What was not referred to was never answered for, and its sender sends it again: of the last segment
// that part is read, and cut where a record is torn. Below, a bad record is damage: it is reported
// (Records, OpenMail) and stays. Where the end is not certain a new segment begins behind it.
func (l *mailLog) open(refers position, fresh bool) error {
	l.segments.dir = l.dir
	numbers, err := listSegments(l.dir)
	if err != nil {
		return err
	}
	if l.salt == ([saltSize]byte{}) {
		l.adoptSalt(numbers)
	}
	if l.readOnly {
		return nil
	}
	if len(numbers) == 0 || numbers[len(numbers)-1] < refers.segment {
		if refers.segment > 0 {
			l.log.Error("the mail log is not as long as the store says", "segment", refers.segment)
		}
		return l.startSegment(refers.segment + 1)
	}
	last := numbers[len(numbers)-1]
	g, err := l.segments.holdForWriting(last, false)
	if err != nil {
		return err
	}
	l.current = g
	end, certain, err := l.findEnd(g, refers, fresh)
	if err != nil {
		return fmt.Errorf("segment %d: %w", last, err)
	}
	l.end = end
	if !certain {
		l.segments.letGo(g)
		return l.startSegment(last + 1)
	}
	return nil
}

func (l *mailLog) startSegment(number uint32) error {
	g, err := l.begin(number)
	if err == nil {
		l.current, l.end = g, 0
	}
	return err
}

// adoptSalt takes the salt of a log whose database was lost from a segment's first record, or makes one.
func (l *mailLog) adoptSalt(numbers []uint32) {
	for _, n := range numbers {
		g, err := l.segments.hold(n)
		if err != nil {
			continue
		}
		var b [prefixSize]byte
		_, err = g.file.ReadAt(b[:], 0)
		l.segments.letGo(g)
		if err != nil {
			continue
		}
		salt := [saltSize]byte(b[8:16])
		if _, err := parsePrefix(b[:], salt); err == nil {
			l.salt = salt
			return
		}
	}
	rand.Read(l.salt[:])
}

// findEnd reads the part of the last segment that nothing refers to and cuts what is torn. certain is
// false where it cannot or must not be cut.
func (l *mailLog) findEnd(g *segment, refers position, fresh bool) (end int64, certain bool, err error) {
	info, err := g.file.Stat()
	if err != nil {
		return 0, false, err
	}
	size := info.Size()
	if refers.segment == g.number {
		if end, err = l.behind(g, refers.offset, size); errors.Is(err, errBadRecord) {
			l.log.Error("damage in the mail log", "segment", g.number, "offset", refers.offset, "error", err)
			return size, false, nil
		} else if err != nil {
			return 0, false, err
		}
	}
	for end < size {
		p, _, err := readWhole(g.file, end, l.salt)
		if err == nil {
			end = p.end(end)
			continue
		}
		if !errors.Is(err, errBadRecord) {
			return 0, false, err
		}
		if fresh {
			l.log.Error("damage in the mail log, whose database is new", "segment", g.number, "offset", end, "error", err)
			return size, false, nil
		}
		l.log.Warn("cutting the torn end of the mail log", "segment", g.number, "offset", end, "octets", size-end, "error", err)
		if err := g.file.Truncate(end); err != nil {
			return 0, false, err
		}
		return end, true, syncData(g.file)
	}
	return end, true, nil
}

// behind is the offset behind the record at offset, which is referred to. A record whose contents are
// damaged still tells where it ends.
func (l *mailLog) behind(g *segment, offset, size int64) (int64, error) {
	p, err := readPrefix(g.file, offset, l.salt)
	if err != nil {
		return 0, err
	}
	if p.end(offset) > size {
		return 0, badRecord("the file ends within it")
	}
	return p.end(offset), nil
}
