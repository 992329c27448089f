package smtpd

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"
)

var (
	// errEndOfData is how a whole body ends. It is no io.EOF, which is how a lost connection ends.
	errEndOfData = errors.New("end of data")
	errTooSlow   = errors.New("the mail came too slowly")
	errCut       = errors.New("the connection broke off within the mail")
)

var crlfDot = []byte("\r\n.")

// body reads what follows DATA, straight from the connection: every octet up to CRLF.CRLF, dots
// unstuffed (RFC 5321 4.5.2).
type body struct {
	c           *conn
	atLineStart bool
	start       time.Time
	octets      int64 // read from the client, dots and all
	err         error // how it ended
}

// next returns some more octets, valid until it is called again. After the final dot it returns errEndOfData;
// any other error means that the mail is not whole and the connection must end.
func (b *body) next() ([]byte, error) {
	for b.err == nil {
		if chunk := b.scan(); len(chunk) > 0 {
			return chunk, nil
		}
		if b.err == nil {
			b.err = b.fill()
		}
	}
	return nil, b.err
}

// scan takes from the buffer what is certain; nothing when more must be read first.
func (b *body) scan() []byte {
	in := &b.c.in
	buf := in.unread()
	if b.atLineStart && len(buf) > 0 {
		if buf[0] == '.' {
			if len(buf) < 3 {
				return nil
			}
			in.skip(1)
			buf = buf[1:]
			if buf[0] == '\r' && buf[1] == '\n' {
				in.skip(2)
				b.err = errEndOfData
				return nil
			}
		}
		b.atLineStart = false
	}
	n := len(buf)
	if i := bytes.Index(buf, crlfDot); i >= 0 {
		n = i + 2
		b.atLineStart = true
	} else if bytes.HasSuffix(buf, crlfDot[:2]) {
		b.atLineStart = true
	} else if n > 0 && buf[n-1] == '\r' {
		n-- // the LF may be next
	}
	in.skip(n)
	return buf[:n]
}

// fill reads once. A sender that makes progress is given time, within bounds.
func (b *body) fill() error {
	now, t := time.Now(), b.c.srv.o.Timeouts
	elapsed := now.Sub(b.start)
	if elapsed >= t.Data || elapsed > t.Block && float64(b.octets) < float64(t.MinRate)*elapsed.Seconds() {
		return errTooSlow
	}
	deadline := now.Add(t.Block)
	if end := b.start.Add(t.Data); end.Before(deadline) {
		deadline = end
	}
	if err := b.c.Conn.SetReadDeadline(deadline); err != nil {
		return fmt.Errorf("%w: %w", errCut, err)
	}
	before := len(b.c.in.unread())
	err := b.c.in.fill()
	b.octets += int64(len(b.c.in.unread()) - before)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errTooSlow
	}
	return fmt.Errorf("%w: %w", errCut, err)
}

// drain reads up to limit octets past, to the final dot: a client reads the reply only then.
func (b *body) drain(limit int64) error {
	for limit >= 0 {
		chunk, err := b.next()
		if errors.Is(err, errEndOfData) {
			return nil
		}
		if err != nil {
			return err
		}
		limit -= int64(len(chunk))
	}
	b.err = errCut
	return b.err
}
