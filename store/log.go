package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"sync"
	"time"

	"recado/conversation"
)

// mailLog is the log of raw mails: segments to which records are appended. Appending is one at a
// time and in order; making them durable is shared: whoever comes first syncs, and those that were
// written meanwhile wait for the sync after it.
type mailLog struct {
	dir         string
	segmentSize int64
	reserve     int64
	readOnly    bool
	filling     bool // see Options.Filling
	salt        [saltSize]byte
	log         *slog.Logger
	now         func() time.Time
	fault       *fault
	segments    segments
	space       space

	mu      sync.Mutex // held while a record is written
	current *segment   // nil in a store that is read only
	end     int64      // where the next record goes
	appends uint64     // records written since the log was opened
	writer  *bufio.Writer
	copyBuf []byte

	syncs sharedSync
}

// append implements conversation.MailLog.AppendMail.
func (l *mailLog) append(ctx context.Context, record conversation.MailRecord, raw io.Reader) (conversation.MailRef, error) {
	var none conversation.MailRef
	if l.readOnly {
		return none, conversation.ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if record.Size < 0 {
		return none, fmt.Errorf("append a mail: a size of %d octets", record.Size)
	}
	if err := l.roomFor(record.Kind, record.Size); err != nil {
		return none, err
	}
	head, err := encodeHead(&record, l.salt)
	if err != nil {
		return none, fmt.Errorf("append a mail: %w", err)
	}
	ref, number, err := l.write(head, record.Size, raw)
	if err != nil {
		return none, fmt.Errorf("append a mail: %w", err)
	}
	if l.filling {
		return ref, nil
	}
	if err := l.syncs.wait(l, number); err != nil {
		return none, err
	}
	return ref, nil
}

// sync makes all that was appended durable.
func (l *mailLog) sync() error {
	l.mu.Lock()
	number := l.appends
	l.mu.Unlock()
	return l.syncs.wait(l, number)
}

// write writes one record at the end of the log and returns where, and which in the order of appends.
func (l *mailLog) write(head []byte, size int64, raw io.Reader) (conversation.MailRef, uint64, error) {
	var none conversation.MailRef
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.fault.get(); err != nil {
		return none, 0, err
	}
	if l.current == nil {
		return none, 0, ErrClosed
	}
	if l.end >= l.segmentSize {
		if err := l.roll(); err != nil {
			return none, 0, err
		}
	}
	n, err := l.copyRecord(io.NewOffsetWriter(l.current.file, l.end), head, size, raw)
	if err != nil {
		// Nothing refers to it: the log ends where it ended before.
		if cut := l.current.file.Truncate(l.end); cut != nil {
			return none, 0, l.fault.set(l.log, "cut a failed append from the mail log", errors.Join(err, cut))
		}
		return none, 0, err
	}
	ref := conversation.MailRef{Segment: l.current.number, Offset: l.end, Length: size}
	l.end += n
	l.appends++
	l.syncs.wrote(l, l.appends)
	return ref, l.appends, nil
}

// copyRecord writes a whole record to w and returns its length.
func (l *mailLog) copyRecord(w io.Writer, head []byte, size int64, raw io.Reader) (int64, error) {
	if l.writer == nil {
		l.writer = bufio.NewWriterSize(nil, 64<<10)
		l.copyBuf = make([]byte, 32<<10)
	}
	l.writer.Reset(w)
	defer l.writer.Reset(nil)
	l.writer.Write(head) // bufio keeps the first error for Flush
	sum := &summing{w: l.writer}
	n, err := io.CopyBuffer(sum, io.LimitReader(raw, size+1), l.copyBuf)
	if err != nil {
		return 0, err
	}
	if n != size {
		return 0, fmt.Errorf("the mail is not of the %d octets that it was said to have", size)
	}
	l.writer.Write(encodeTrailer(sum.sum))
	if err := l.writer.Flush(); err != nil {
		return 0, err
	}
	return int64(len(head)) + size + trailerSize, nil
}

// summing takes the checksum of what passes.
type summing struct {
	w   io.Writer
	sum uint32
}

func (s *summing) Write(b []byte) (int, error) {
	s.sum = crc32.Update(s.sum, castagnoli, b)
	return s.w.Write(b)
}

// roll begins a new segment. The old one is durable before the new one has a record: a tear can only
// ever be in the last segment.
func (l *mailLog) roll() error {
	if err := syncData(l.current.file); err != nil {
		return l.fault.set(l.log, "sync the mail log", err)
	}
	g, err := l.begin(l.current.number + 1)
	if err != nil {
		return err
	}
	l.syncs.left()
	if err := l.segments.letGo(l.current); err != nil {
		l.log.Warn("closing a segment of the mail log", "segment", l.current.number, "error", err)
	}
	l.current, l.end = g, 0
	return nil
}

// begin makes a segment whose entry in the folder is durable.
func (l *mailLog) begin(number uint32) (*segment, error) {
	g, err := l.segments.holdForWriting(number, true)
	if err != nil {
		return nil, err
	}
	if err := syncFolder(l.dir); err != nil {
		return nil, l.fault.set(l.log, "sync the mail folder", err)
	}
	return g, nil
}

// close waits for who appends. Mails that are open stay readable.
func (l *mailLog) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.current != nil {
		err = l.segments.letGo(l.current)
		l.current = nil
	}
	return errors.Join(err, l.segments.closeAll())
}

// sharedSync lets appends that wait share one fdatasync.
type sharedSync struct {
	mu      sync.Mutex
	changed sync.Cond // busy or synced did
	file    *segment  // the one of the newest record
	written uint64    // of the appends, how many are in the file
	synced  uint64    // and how many are durable
	busy    bool      // somebody syncs
}

// wrote notes a record. Its caller holds l.mu.
func (s *sharedSync) wrote(l *mailLog, number uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.file, s.written = l.current, number
}

// left notes that all that was written is durable, since its segment was synced to be left: nobody may go
// on to sync that file, which may be closed now. Its caller holds l.mu.
func (s *sharedSync) left() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.synced = s.written
	s.changed.Broadcast()
}

// wait returns when the append with the number is durable.
func (s *sharedSync) wait(l *mailLog, number uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.synced < number {
		if err := l.fault.get(); err != nil {
			return err
		}
		if s.busy {
			s.changed.Wait()
			continue
		}
		// What was written to earlier segments was synced when they were left.
		s.busy = true
		upto, file := s.written, s.file
		l.segments.again(file)
		s.mu.Unlock()
		err := syncData(file.file)
		if err != nil {
			err = l.fault.set(l.log, "sync the mail log", err)
		}
		l.segments.letGo(file)
		s.mu.Lock()
		s.busy = false
		if err == nil {
			s.synced = max(s.synced, upto)
		}
		s.changed.Broadcast()
	}
	return nil
}
