package mailtest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Conn is an SMTP client that sends what it is told, right or wrong.
type Conn struct {
	conn     net.Conn
	in       *bufio.Reader
	Greeting string // text of the banner
	Timeout  time.Duration
}

// Dial connects and reads the banner, which must be a 220. An answer may take 10 seconds; Timeout changes that.
func Dial(addr string) (*Conn, error) {
	return DialFrom(nil, addr)
}

// DialFrom is [Dial] from an address of this machine: all of 127.0.0.0/8 are, on Linux. nil: any.
func DialFrom(local net.IP, addr string) (*Conn, error) {
	dialer := net.Dialer{Timeout: relayWaitStep}
	if local != nil {
		dialer.LocalAddr = &net.TCPAddr{IP: local}
	}
	nc, err := dialer.Dial("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", addr, err)
	}
	c := &Conn{conn: nc, in: bufio.NewReader(nc), Timeout: relayWaitStep}
	code, text := c.Reply()
	if code != 220 {
		_ = c.Close()
		return nil, fmt.Errorf("dial %s: banner %d %s", addr, code, text)
	}
	c.Greeting = text
	return c, nil
}

// Cmd sends a line and reads the reply: its code, and its text with "\n" between lines. A connection
// that broke gives code 0 and the error's text.
func (c *Conn) Cmd(line string) (code int, text string) {
	if err := c.Send([]byte(line + "\r\n")); err != nil {
		return 0, err.Error()
	}
	return c.Reply()
}

// Send writes octets as they are.
func (c *Conn) Send(raw []byte) error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.Timeout))
	_, err := c.conn.Write(raw)
	return err
}

// Reply reads one reply, as [Conn.Cmd] does.
func (c *Conn) Reply() (code int, text string) {
	code, lines, err := c.reply()
	if err != nil {
		return 0, err.Error()
	}
	return code, strings.Join(lines, "\n")
}

// maxReplyLines bounds a reply that does not end.
const maxReplyLines = 200

func (c *Conn) reply() (int, []string, error) {
	var lines []string
	for range maxReplyLines {
		_ = c.conn.SetReadDeadline(time.Now().Add(c.Timeout))
		line, err := c.in.ReadString('\n')
		if err != nil {
			return 0, nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		if len(line) < 3 {
			return 0, nil, fmt.Errorf("no SMTP reply: %q", line)
		}
		code, err := strconv.Atoi(line[:3])
		if err != nil {
			return 0, nil, fmt.Errorf("no SMTP reply: %q", line)
		}
		if len(line) == 3 || line[3] == ' ' {
			return code, append(lines, strings.TrimPrefix(line[3:], " ")), nil
		}
		lines = append(lines, line[4:])
	}
	return 0, nil, errors.New("an SMTP reply without end")
}

// StartTLS sends STARTTLS and, after a 220, does the handshake.
func (c *Conn) StartTLS(cfg *tls.Config) error {
	if code, text := c.Cmd("STARTTLS"); code != 220 {
		return fmt.Errorf("STARTTLS: %d %s", code, text)
	}
	t := tls.Client(c.conn, cfg)
	_ = t.SetDeadline(time.Now().Add(c.Timeout))
	if err := t.Handshake(); err != nil {
		return fmt.Errorf("STARTTLS: %w", err)
	}
	c.conn, c.in = t, bufio.NewReader(t)
	return nil
}

// Mail sends one mail in a session that has said EHLO: MAIL, RCPTs, DATA, the mail dot-stuffed and the
// final dot. It returns the reply to the dot, or the first reply that was no success.
func (c *Conn) Mail(from string, to []string, raw []byte) (code int, text string) {
	if code, text = c.Cmd("MAIL FROM:<" + from + ">"); code != 250 {
		return code, text
	}
	for _, rcpt := range to {
		if code, text = c.Cmd("RCPT TO:<" + rcpt + ">"); code/100 != 2 {
			return code, text
		}
	}
	if code, text = c.Cmd("DATA"); code != 354 {
		return code, text
	}
	if err := c.Send(DotStuff(raw)); err != nil {
		return 0, err.Error()
	}
	return c.Reply()
}

// DotStuff makes a mail with CRLF line ends ready for DATA, final dot and all.
func DotStuff(raw []byte) []byte {
	out := bytes.ReplaceAll(raw, []byte("\r\n."), []byte("\r\n.."))
	if bytes.HasPrefix(out, []byte(".")) {
		out = append([]byte("."), out...)
	}
	if !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(bytes.Clone(out), "\r\n"...)
	}
	return append(bytes.Clone(out), ".\r\n"...)
}

// Close closes the connection without QUIT.
func (c *Conn) Close() error { return c.conn.Close() }

// RunDialogue plays a script of an SMTP session against addr and fails the test where the server
// answers otherwise. Lines of the script:
//
//	C: EHLO client.example     send the line and CRLF; "C:" alone sends an empty line
//	R: "QUIT\n"                send the octets of a quoted Go string
//	S: 250*                    read one reply: its lines "250-first", "250 last" joined by \n must match;
//	                           * stands for anything
//	S: EOF                     the server closes the connection
//	T:                         do a TLS handshake, without verifying (after the 220 to STARTTLS)
//	# …                        a comment
//
// The banner is the first S:.
func RunDialogue(tb TB, addr, script string) {
	tb.Helper()
	nc, err := net.DialTimeout("tcp", addr, relayWaitStep)
	if err != nil {
		tb.Fatalf("dial %s: %v", addr, err)
		return
	}
	c := &Conn{conn: nc, in: bufio.NewReader(nc), Timeout: relayWaitStep}
	defer func() { _ = c.Close() }()
	for i, line := range strings.Split(script, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := c.step(line); err != nil {
			tb.Fatalf("dialogue line %d, %s: %v", i+1, line, err)
			return
		}
	}
}

func (c *Conn) step(line string) error {
	kind, arg, ok := strings.Cut(line, ":")
	arg = strings.TrimPrefix(arg, " ")
	switch {
	case !ok:
		return errors.New("a line begins with C:, R:, S:, T: or #")
	case kind == "C":
		return c.Send([]byte(arg + "\r\n"))
	case kind == "R":
		raw, err := strconv.Unquote(arg)
		if err != nil {
			return fmt.Errorf("no quoted string: %w", err)
		}
		return c.Send([]byte(raw))
	case kind == "T":
		t := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // a test's own server
		_ = t.SetDeadline(time.Now().Add(c.Timeout))
		c.conn, c.in = t, bufio.NewReader(t)
		return t.Handshake()
	case kind == "S" && arg == "EOF":
		return c.expectEnd()
	case kind == "S":
		return c.expect(arg)
	}
	return fmt.Errorf("no such kind of line: %s", kind)
}

func (c *Conn) expect(pattern string) error {
	code, lines, err := c.reply()
	if err != nil {
		return err
	}
	for i, l := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		lines[i] = strconv.Itoa(code) + sep + l
	}
	got := strings.Join(lines, "\n")
	re := "(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
	if !regexp.MustCompile(re).MatchString(got) {
		return fmt.Errorf("got %q", got)
	}
	return nil
}

func (c *Conn) expectEnd() error {
	_ = c.conn.SetReadDeadline(time.Now().Add(c.Timeout))
	b, err := c.in.ReadByte()
	switch {
	case err == nil:
		return fmt.Errorf("got %q and more in place of the end", b)
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return nil
	}
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		return errors.New("the connection stays open")
	}
	return nil // a reset is an end too
}
