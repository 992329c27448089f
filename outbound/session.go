package outbound

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// timeouts are how long a relay may take (RFC 5321 4.5.3.2).
type timeouts struct {
	connect time.Duration // TCP and the TLS handshake, each
	command time.Duration // the banner, EHLO, AUTH, MAIL, RCPT
	data    time.Duration // the reply to DATA
	block   time.Duration // to take a piece of the mail
	dot     time.Duration // the reply to the final dot
	quit    time.Duration
}

var standardTimeouts = timeouts{
	connect: time.Minute,
	command: 5 * time.Minute,
	data:    2 * time.Minute,
	block:   3 * time.Minute,
	dot:     10 * time.Minute,
	quit:    5 * time.Second,
}

// Bounds on what a relay may answer.
const (
	maxReplyLine  = 4096 // octets; RFC 5321 4.5.3.1.5 allows 512
	maxReplyLines = 100
)

// session is one connection to the relay. One goroutine uses it.
type session struct {
	conn       net.Conn
	in         *bufio.Reader
	out        *bufio.Writer
	timeouts   timeouts
	relay      Relay             // what it was connected with
	extensions map[string]string // by keyword in upper case
	sent       int               // mails given on it
	open       bool              // a transaction was begun and not ended: RSET before the next
}

func newSession(conn net.Conn, r Relay, t timeouts) *session {
	s := &session{relay: r, timeouts: t}
	s.use(conn)
	return s
}

// use goes on with conn, forgetting what was read ahead from the one before (RFC 3207 4.2).
func (s *session) use(conn net.Conn) {
	s.conn = conn
	s.in = bufio.NewReaderSize(conn, maxReplyLine)
	s.out = bufio.NewWriterSize(conn, chunk)
}

// watch breaks the connection when ctx ends, until the returned function is called. It closes what carries
// TLS, since TLS would wait to say good-bye.
func (s *session) watch(ctx context.Context) (unwatch func()) {
	conn := s.conn
	stop := context.AfterFunc(ctx, func() { _ = underlying(conn).Close() })
	return func() { stop() }
}

// underlying is the connection that carries TLS.
func underlying(c net.Conn) net.Conn {
	if t, ok := c.(*tls.Conn); ok {
		return t.NetConn()
	}
	return c
}

// command writes a line and reads the reply. An error means that the connection is of no more use.
func (s *session) command(wait time.Duration, line string) (reply, error) {
	if strings.ContainsAny(line, "\r\n\x00") {
		return reply{}, errors.New("a command of more than one line") // addresses are checked before
	}
	_ = s.conn.SetDeadline(time.Now().Add(wait))
	if _, err := s.out.WriteString(line + "\r\n"); err != nil {
		return reply{}, err
	}
	if err := s.out.Flush(); err != nil {
		return reply{}, err
	}
	return s.readReply()
}

// readReply reads one reply (RFC 5321 4.2.1) within the deadline that is set.
func (s *session) readReply() (reply, error) {
	code, lines, err := s.readLines()
	if err != nil {
		return reply{}, err
	}
	return parseReply(code, lines), nil
}

func (s *session) readLines() (code int, lines []string, err error) {
	for range maxReplyLines {
		raw, err := s.in.ReadSlice('\n')
		if err != nil {
			return 0, nil, readError(err)
		}
		line := strings.TrimRight(string(raw), "\r\n")
		c, ok := replyCode(line)
		if !ok || code != 0 && c != code {
			return 0, nil, errors.New("the relay does not speak SMTP: " + strconv.Quote(clean(line)))
		}
		code = c
		if len(line) == 3 {
			return code, append(lines, ""), nil
		}
		lines = append(lines, line[4:])
		if line[3] == ' ' {
			return code, lines, nil
		}
	}
	return 0, nil, errors.New("the relay's reply does not end")
}

func readError(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("the relay closed the connection")
	case errors.Is(err, bufio.ErrBufferFull):
		return errors.New("the relay's reply has a line that is too long")
	}
	return err
}

// replyCode reads the code of a reply line: three digits, and a space, a hyphen or the end.
func replyCode(line string) (int, bool) {
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false
	}
	code, err := strconv.Atoi(line[:3])
	return code, err == nil && code >= 200 && code <= 599
}

// hello says EHLO and notes what the relay offers (RFC 5321 4.1.1.1).
func (s *session) hello() (reply, error) {
	s.extensions = map[string]string{}
	_ = s.conn.SetDeadline(time.Now().Add(s.timeouts.command))
	if _, err := s.out.WriteString("EHLO " + s.relay.Hostname + "\r\n"); err != nil {
		return reply{}, err
	}
	if err := s.out.Flush(); err != nil {
		return reply{}, err
	}
	code, lines, err := s.readLines()
	if err != nil {
		return reply{}, err
	}
	for _, l := range lines[1:] {
		// Some say AUTH=PLAIN LOGIN, from before RFC 4954.
		if mechanisms, ok := strings.CutPrefix(strings.ToUpper(l), "AUTH="); ok {
			l = "AUTH " + mechanisms
		}
		keyword, value, _ := strings.Cut(l, " ")
		keyword = strings.ToUpper(keyword)
		if old := s.extensions[keyword]; old != "" {
			value = old + " " + value
		}
		s.extensions[keyword] = value
	}
	return parseReply(code, lines), nil
}

func (s *session) offers(keyword string) bool {
	_, ok := s.extensions[keyword]
	return ok
}

// maxSize is the greatest mail that the relay takes, in octets (RFC 1870); 0: it does not say.
func (s *session) maxSize() int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s.extensions["SIZE"]), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// writeBody sends the mail without its final dot.
func (s *session) writeBody(r io.Reader) error {
	err := copyBody(s.out, r, func() {
		_ = s.conn.SetWriteDeadline(time.Now().Add(s.timeouts.block))
	})
	if err != nil {
		return fmt.Errorf("send the mail: %w", err)
	}
	return nil
}

// speaks tells whether the relay said something before it was its turn, or hung up. In the ordinary
// case, that it is silent, it returns nil after about a millisecond.
func (s *session) speaks() (early *reply, err error) {
	_ = s.conn.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err = s.in.Peek(1)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return nil, nil
	}
	if err != nil {
		return nil, readError(err)
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(s.timeouts.quit))
	r, err := s.readReply()
	return &r, err
}

// writeDot ends the mail. When it fails, the dot has not left whole: the relay cannot have taken the
// mail, since a write that fails has left out its last octets.
func (s *session) writeDot() error {
	_ = s.conn.SetDeadline(time.Now().Add(s.timeouts.dot))
	if _, err := s.out.WriteString(".\r\n"); err != nil {
		return err
	}
	return s.out.Flush()
}

// quit ends the session politely, or at least soon.
func (s *session) quit() {
	if s == nil {
		return
	}
	_, _ = s.command(s.timeouts.quit, "QUIT")
	s.close()
}

func (s *session) close() {
	if s != nil {
		_ = underlying(s.conn).Close()
	}
}
