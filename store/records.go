package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"recado/conversation"
)

// Damage is a place of the mail log that cannot be read as it was written.
type Damage struct {
	Segment uint32
	Offset  int64
	Err     error
}

// DamageError lists the damage that Records met, at most 1000 places.
type DamageError struct{ Places []Damage }

func (e *DamageError) Error() string {
	d := e.Places[0]
	return fmt.Sprintf("the mail log is damaged in %d places; the first is segment %d, offset %d: %v",
		len(e.Places), d.Segment, d.Offset, d.Err)
}

const maxDamages = 1000

// Records calls fn with every record of the log, oldest first, each one verified. What is damaged is
// passed over, and listed in the *DamageError that is returned when all others were seen. It reads the
// whole log, and without the database.
func (s *Store) Records(ctx context.Context, fn func(conversation.MailRef, conversation.MailRecord) error) error {
	l := s.mail
	numbers, err := listSegments(l.dir)
	if err != nil {
		return fmt.Errorf("read the mail log: %w", err)
	}
	l.mu.Lock()
	var last position // nothing behind it was written when we began
	if l.current != nil {
		last = position{l.current.number, l.end}
	}
	l.mu.Unlock()
	var damage DamageError
	for _, n := range numbers {
		limit := int64(-1)
		if n == last.segment {
			limit = last.offset
		}
		if last.segment > 0 && n > last.segment {
			break
		}
		if err := l.readSegment(ctx, n, limit, &damage, fn); err != nil {
			return fmt.Errorf("read segment %d of the mail log: %w", n, err)
		}
	}
	if len(damage.Places) > 0 {
		return &damage
	}
	return nil
}

// readSegment reads the records of a segment up to the offset limit; negative: all.
func (l *mailLog) readSegment(ctx context.Context, number uint32, limit int64, damage *DamageError, fn func(conversation.MailRef, conversation.MailRecord) error) error {
	g, err := l.segments.hold(number)
	if err != nil {
		return err
	}
	defer l.segments.letGo(g)
	if limit < 0 {
		info, err := g.file.Stat()
		if err != nil {
			return err
		}
		limit = info.Size()
	}
	for offset := int64(0); offset < limit; {
		if err := ctx.Err(); err != nil {
			return err
		}
		p, record, err := readWhole(g.file, offset, l.salt)
		if err == nil {
			if err := fn(conversation.MailRef{Segment: number, Offset: offset, Length: p.raw}, record); err != nil {
				return err
			}
			offset = p.end(offset)
			continue
		}
		if !errors.Is(err, errBadRecord) {
			return err
		}
		if len(damage.Places) < maxDamages {
			damage.Places = append(damage.Places, Damage{number, offset, err})
		}
		if offset, err = l.nextRecord(g.file, offset, limit); err != nil {
			return err
		}
	}
	return nil
}

// nextRecord finds the record after the bad one at offset: by its lengths where its prefix is whole and
// a record follows, else by searching. It returns limit when there is none.
func (l *mailLog) nextRecord(r io.ReaderAt, offset, limit int64) (int64, error) {
	if p, err := readPrefix(r, offset, l.salt); err == nil {
		end := p.end(offset)
		if _, err := readPrefix(r, end, l.salt); err == nil || end == limit {
			return end, nil
		}
	}
	buf := make([]byte, 64<<10)
	for at := offset + 1; at+prefixSize <= limit; {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), limit-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if n < prefixSize {
			break
		}
		for i := 0; i+prefixSize <= n; i++ {
			k := bytes.Index(buf[i:n], []byte(recordMagic))
			if k < 0 || i+k+prefixSize > n {
				break
			}
			i += k
			if _, err := parsePrefix(buf[i:i+prefixSize], l.salt); err == nil {
				return at + int64(i), nil
			}
		}
		at += int64(n - prefixSize + 1) // what may begin in the last octets is looked at again
	}
	return limit, nil
}
