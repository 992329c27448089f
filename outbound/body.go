package outbound

import (
	"bufio"
	"fmt"
	"io"
)

// chunk is how many octets of a mail are in memory at once, and are written within one deadline.
const chunk = 32 << 10

// form looks at a mail while it passes. It refuses a carriage return or a line feed that stands alone (RFC
// 5321 2.3.8), with which one mail could be made to look like two, and the NUL octet.
type form struct {
	lineStart  bool
	cr         bool // the last octet was a carriage return
	body       bool
	header8bit bool // octets above 127 in the header (RFC 6532), needs SMTPUTF8
	body8bit   bool // needs 8BITMIME (RFC 6152)
}

func newForm() form { return form{lineStart: true} }

// Write looks at the next octets.
func (f *form) Write(b []byte) (int, error) {
	for i, c := range b {
		if err := f.octet(c); err != nil {
			return i, err
		}
	}
	return len(b), nil
}

func (f *form) octet(c byte) error {
	switch {
	case f.cr && c != '\n':
		return fmt.Errorf("%w (a carriage return alone)", errForm)
	case c == '\n' && !f.cr:
		return fmt.Errorf("%w (a line feed alone)", errForm)
	case c == 0:
		return fmt.Errorf("%w (a NUL octet)", errForm)
	case c == '\r':
		f.body = f.body || f.lineStart
	case c >= 0x80 && f.body:
		f.body8bit = true
	case c >= 0x80:
		f.header8bit = true
	}
	f.cr = c == '\r'
	f.lineStart = c == '\n' || f.lineStart && c == '\r'
	return nil
}

// end is called after the last octet.
func (f *form) end() error {
	if f.cr {
		return fmt.Errorf("%w (a carriage return alone)", errForm)
	}
	return nil
}

// copyBody writes a mail in the form that DATA wants: lines that begin with a dot get another one (RFC
// 5321 4.5.2), the last line is ended, the final dot is not written. next is called before each chunk.
func copyBody(w *bufio.Writer, r io.Reader, next func()) error {
	f := newForm()
	buf := make([]byte, chunk)
	for {
		n, err := r.Read(buf)
		next()
		if err := f.stuff(w, buf[:n]); err != nil {
			return err
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("read the mail: %w", err)
		}
	}
	if err := f.end(); err != nil {
		return err
	}
	if !f.lineStart {
		if _, err := w.WriteString("\r\n"); err != nil {
			return err
		}
	}
	return w.Flush()
}

// stuff writes b, and a dot before each one that begins a line.
func (f *form) stuff(w *bufio.Writer, b []byte) error {
	done := 0
	for i, c := range b {
		if c == '.' && f.lineStart && !f.cr {
			if _, err := w.Write(b[done:i]); err != nil {
				return err
			}
			if err := w.WriteByte('.'); err != nil {
				return err
			}
			done = i
		}
		if err := f.octet(c); err != nil {
			return err
		}
	}
	_, err := w.Write(b[done:])
	return err
}
