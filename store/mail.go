package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"

	"recado/conversation"
)

// mail is a raw mail that is open for reading. It implements conversation.Mail.
type mail struct {
	*io.SectionReader
	record conversation.MailRecord
	log    *mailLog
	seg    *segment
	once   sync.Once
}

func (m *mail) Record() conversation.MailRecord { return m.record }

// Close lets the segment go; a second call does nothing.
func (m *mail) Close() error {
	var err error
	m.once.Do(func() { err = m.log.segments.letGo(m.seg) })
	return err
}

// OpenMail implements conversation.MailLog. Errors: fs.ErrNotExist where the segment is not there, and
// those of a record that is damaged or is not the one referred to.
func (s *Store) OpenMail(ctx context.Context, ref conversation.MailRef) (conversation.Mail, error) {
	m, err := s.mail.openMail(ctx, ref)
	if err != nil { // not m: a nil pointer in an interface is not nil
		return nil, fmt.Errorf("open mail %d/%d: %w", ref.Segment, ref.Offset, err)
	}
	return m, nil
}

func (l *mailLog) openMail(ctx context.Context, ref conversation.MailRef) (*mail, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if ref.Segment == 0 || ref.Offset < 0 {
		return nil, fmt.Errorf("it refers to no mail")
	}
	g, err := l.segments.hold(ref.Segment)
	if err != nil {
		return nil, err
	}
	m, err := l.mailIn(g, ref)
	if err != nil {
		l.segments.letGo(g)
		return nil, err
	}
	return m, nil
}

func (l *mailLog) mailIn(g *segment, ref conversation.MailRef) (*mail, error) {
	p, err := readPrefix(g.file, ref.Offset, l.salt)
	if err != nil {
		return nil, err
	}
	if p.raw != ref.Length {
		return nil, badRecord("it has %d octets, not %d", p.raw, ref.Length)
	}
	record, err := readHeader(g.file, ref.Offset, p)
	if err != nil {
		return nil, err
	}
	raw := io.NewSectionReader(g.file, p.start(ref.Offset), p.raw)
	return &mail{SectionReader: raw, record: record, log: l, seg: g}, nil
}

// VerifyMail reads a whole raw mail and compares it with the SHA-256 of its record.
func (s *Store) VerifyMail(ctx context.Context, ref conversation.MailRef) error {
	m, err := s.OpenMail(ctx, ref)
	if err != nil {
		return err
	}
	defer m.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(m, 0, m.Size())); err != nil {
		return fmt.Errorf("read mail %d/%d: %w", ref.Segment, ref.Offset, err)
	}
	if [32]byte(h.Sum(nil)) != m.Record().SHA256 {
		return fmt.Errorf("mail %d/%d: %w", ref.Segment, ref.Offset, badRecord("its SHA-256 is another"))
	}
	return nil
}
