package smtpd

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

const (
	// maxCommandLine bounds a command line, its line end included: 512 octets (RFC 5321 4.5.3.1.4) and
	// what SIZE, BODY and SMTPUTF8 add to MAIL and RCPT.
	maxCommandLine = 1024
	// maxSkippedLine is how much of a line that is too long is read past to answer 500 and go on.
	maxSkippedLine = 64 << 10
	// commandBuffer is all that an idle connection holds of input; bodyBuffer is for the time of a body.
	commandBuffer = 2 << 10
	bodyBuffer    = 64 << 10
)

var (
	errLineTooLong = errors.New("command line too long")
	errEndlessLine = errors.New("command line without end")
	errInputFull   = errors.New("input buffer full")
)

var bodyBuffers = sync.Pool{New: func() any { b := make([]byte, bodyBuffer); return &b }}

// input is a buffer of what the client sent and nobody has looked at yet.
type input struct {
	read func([]byte) (int, error)
	buf  []byte
	r, w int // buf[r:w] is unread

	small []byte
	big   *[]byte // of the pool, while buf is it
}

func (in *input) unread() []byte { return in.buf[in.r:in.w] }
func (in *input) skip(n int)     { in.r += n }

// discard forgets what is unread (RFC 3207 4.2, against injected plain text).
func (in *input) discard() { in.r, in.w = 0, 0 }

// fill reads once, after moving what is unread to the front.
func (in *input) fill() error {
	if in.buf == nil {
		in.small = make([]byte, commandBuffer)
		in.buf = in.small
	}
	if in.r > 0 {
		copy(in.buf, in.buf[in.r:in.w])
		in.r, in.w = 0, in.w-in.r
	}
	if in.w == len(in.buf) {
		return errInputFull
	}
	for range 100 { // io.Reader may return nothing now and then
		n, err := in.read(in.buf[in.w:])
		in.w += n
		if n > 0 {
			return nil // an error that came along will come again
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// readLine returns the next line without its end, LF or CRLF; it is valid until the next call. A line
// longer than maxCommandLine is read past and gives errLineTooLong.
func (in *input) readLine() ([]byte, error) {
	for {
		if i := bytes.IndexByte(in.unread(), '\n'); i >= 0 {
			line := in.unread()[:i]
			in.skip(i + 1)
			if i+1 > maxCommandLine {
				return nil, errLineTooLong
			}
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		if in.w-in.r >= maxCommandLine {
			return nil, in.skipLine()
		}
		if err := in.fill(); err != nil {
			return nil, err
		}
	}
}

func (in *input) skipLine() error {
	for skipped := 0; skipped < maxSkippedLine; {
		if i := bytes.IndexByte(in.unread(), '\n'); i >= 0 {
			in.skip(i + 1)
			return errLineTooLong
		}
		skipped += in.w - in.r
		in.discard()
		if err := in.fill(); err != nil {
			return err
		}
	}
	return errEndlessLine
}

// grow lends a large buffer, for a body.
func (in *input) grow() {
	if in.big != nil {
		return
	}
	in.big = bodyBuffers.Get().(*[]byte)
	in.w = copy(*in.big, in.unread())
	in.r, in.buf = 0, *in.big
}

// shrink gives the large buffer back, as soon as what is unread fits the small one.
func (in *input) shrink() {
	if in.big == nil || in.w-in.r > commandBuffer {
		return
	}
	in.w = copy(in.small, in.unread())
	in.r, in.buf = 0, in.small
	bodyBuffers.Put(in.big)
	in.big = nil
}
