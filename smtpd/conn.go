package smtpd

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"recado/internal/reputation"
)

// conn stands between a client and go-smtp. To go-smtp it is the client's connection, from which
// commands come one at a time; the body of a mail is read by [body], past go-smtp. All of it runs in the one
// goroutine that go-smtp serves the connection in, but drain.
type conn struct {
	net.Conn // the TCP connection: go-smtp asks it for addresses

	srv    *Server
	id     string // in logs
	ip     netip.Addr
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	known  chan struct{}     // closed when client is; nil: nobody is asked about the client
	client reputation.Client // see reputed

	rw  net.Conn // Conn, or TLS over it
	in  input
	out []byte // replies that were not sent yet: they go out together, before we wait (RFC 2920 3.2)

	feed   []byte  // what go-smtp reads next
	queued *fed    // a command that follows what go-smtp has now
	now    command // what go-smtp is answering
	reply  []byte  // what go-smtp has written of a reply so far

	helo        string
	esmtp       bool // by EHLO
	tls         string
	introduced  bool // by EHLO or HELO, since the connection or TLS began
	transaction bool // MAIL was answered 250
	postmaster  bool // the RCPT that go-smtp has now names postmaster without a domain
	body        *body
	ended       bool // nothing more is read
	linger      bool // the client may be sending still: let it read our last words

	badCommands  int
	idleCommands int
	surplus      int // recipients over the limit

	mu       sync.Mutex
	inBody   bool // from 354 to the reply to the final dot: a shutdown waits for it
	draining bool
}

// fed is a command that is handed to go-smtp.
type fed struct {
	command command
	line    []byte // with CRLF
}

// Read gives go-smtp its next command.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.feed) == 0 {
		if err := c.next(); err != nil {
			return 0, io.EOF // the one error that go-smtp does not answer
		}
	}
	n := copy(p, c.feed)
	c.feed = c.feed[n:]
	return n, nil
}

// next waits for a command that is go-smtp's to answer; it answers the others.
func (c *conn) next() error {
	if q := c.queued; q != nil {
		c.queued = nil
		c.hand(q.command, q.line)
		return nil
	}
	for len(c.feed) == 0 {
		if c.ended {
			return errEnded
		}
		line, err := c.readCommand()
		switch {
		case err == nil:
			c.take(line)
		case errors.Is(err, errLineTooLong):
			c.bad(replyLineTooLong)
		default:
			c.end(c.endOfInput(err))
		}
	}
	return nil
}

// hand makes line go-smtp's next command.
func (c *conn) hand(cmd command, line []byte) { c.now, c.feed = cmd, line }

// endOfInput is what a client hears when its next command did not come; nil where it is gone.
func (c *conn) endOfInput(err error) error {
	switch {
	case c.isDraining():
		return replyShutdown(c.srv.o.Hostname)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return replyIdle
	case errors.Is(err, errEndlessLine):
		c.linger = true
		return replyTooManyErrors
	}
	return nil
}

// readCommand reads a line under one deadline, however the client drips it.
func (c *conn) readCommand() ([]byte, error) {
	c.in.shrink()
	c.mu.Lock()
	if c.draining {
		c.mu.Unlock()
		return nil, errEnded
	}
	err := c.rw.SetReadDeadline(time.Now().Add(c.srv.o.Timeouts.Command))
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return c.in.readLine()
}

// readRaw sends what is waiting to be sent before it waits for the client.
func (c *conn) readRaw(p []byte) (int, error) {
	if err := c.flush(); err != nil {
		return 0, err
	}
	return c.rw.Read(p)
}

func (c *conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_ = c.rw.SetWriteDeadline(time.Now().Add(c.srv.o.Timeouts.Write))
	_, err := c.rw.Write(c.out)
	c.out = c.out[:0]
	if err != nil {
		c.ended = true
	}
	return err
}

// maxUnsent bounds the replies that wait for a client which pipelines without end.
const maxUnsent = 4 << 10

// say queues a reply.
func (c *conn) say(reply []byte) {
	c.out = append(c.out, reply...)
	if len(c.out) > maxUnsent {
		_ = c.flush() // ended says how it went
	}
}

// end says a last word, if there is one, and makes go-smtp close the connection.
func (c *conn) end(last error) {
	if last != nil {
		c.say(formatReply(last))
	}
	c.ended = true
}

// drain makes the connection end before its next command. It may be called by any goroutine.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	if !c.inBody {
		_ = c.Conn.SetReadDeadline(time.Now()) // wakes whoever waits for a command
	}
}

func (c *conn) isDraining() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draining
}

func (c *conn) setInBody(v bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inBody = v
}

const (
	lingerTime   = time.Second
	lingerOctets = 256 << 10
)

// Close sends what is left to be said and closes. go-smtp calls it when a connection ends.
func (c *conn) Close() error {
	_ = c.flush()
	if c.linger {
		c.readAway()
	}
	err := c.Conn.Close()
	c.cancel()
	c.srv.forget(c)
	return err
}

// readAway lets a client that is still sending read our last reply: closing with unread input would
// reset the connection, and the reply might be lost with it.
func (c *conn) readAway() {
	c.linger = false
	if w, ok := c.rw.(interface{ CloseWrite() error }); ok {
		_ = w.CloseWrite()
	}
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		_ = w.CloseWrite()
	}
	_ = c.Conn.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, c.Conn, lingerOctets)
}

// go-smtp has no say in deadlines.

func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
