package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/textproto"
	"time"
)

// patience is how long a client waits for one reply. RFC 5321 4.5.3.2 would have it wait for minutes; a
// server that needs as long as this under load is as good as gone.
const patience = 60 * time.Second

// client sends mails over one connection at a time.
type client struct {
	addr     string
	to       string
	pipeline bool

	conn    net.Conn
	replies *textproto.Reader
	sent    int // on this connection
}

// connect opens a connection and says EHLO.
func (c *client) connect(ctx context.Context) error {
	dialer := net.Dialer{Timeout: patience}
	conn, err := dialer.DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return err
	}
	c.conn, c.sent = conn, 0
	c.replies = textproto.NewReader(bufio.NewReader(conn))
	if err := c.expect(220, "the connection"); err != nil {
		return err
	}
	return c.command(250, "EHLO client.test")
}

// send sends a mail and returns how long its 250 took, from when its octets were begun to be handed over.
func (c *client) send(m *mail, id string) (time.Duration, error) {
	from := fmt.Sprintf("MAIL FROM:<%s> SIZE=%d", m.from, m.size())
	to := "RCPT TO:<" + c.to + ">"
	if c.pipeline {
		if err := c.write(from + "\r\n" + to + "\r\nDATA\r\n"); err != nil {
			return 0, err
		}
		for _, step := range []struct {
			code int
			line string
		}{{250, from}, {250, to}, {354, "DATA"}} {
			if err := c.expect(step.code, step.line); err != nil {
				return 0, err
			}
		}
	} else {
		for _, line := range []string{from, to} {
			if err := c.command(250, line); err != nil {
				return 0, err
			}
		}
		if err := c.command(354, "DATA"); err != nil {
			return 0, err
		}
	}
	start := time.Now()
	c.deadline()
	octets := net.Buffers{m.head, []byte(id), m.tail}
	if _, err := octets.WriteTo(c.conn); err != nil {
		return 0, fmt.Errorf("send a mail: %w", err)
	}
	if err := c.expect(250, "the final dot"); err != nil {
		return 0, err
	}
	c.sent++
	return time.Since(start), nil
}

// quit ends the connection as RFC 5321 4.1.1.10 has it: the server closes first, and so it is the server
// that remembers the pair of ports, of which a client that connects anew for each mail has not enough.
func (c *client) quit() error {
	err := c.command(221, "QUIT")
	if err == nil {
		c.deadline()
		_, err = c.conn.Read(make([]byte, 1))
		if err != nil { // as it should be
			err = nil
		}
	}
	c.close()
	return err
}

func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing is unsaid
		c.conn = nil
	}
}

func (c *client) command(code int, line string) error {
	if err := c.write(line + "\r\n"); err != nil {
		return err
	}
	return c.expect(code, line)
}

func (c *client) write(s string) error {
	c.deadline()
	_, err := c.conn.Write([]byte(s))
	return err
}

// expect reads the reply to what was sent.
func (c *client) expect(code int, to string) error {
	c.deadline()
	if _, _, err := c.replies.ReadResponse(code); err != nil {
		return fmt.Errorf("the reply to %s: %w", to, err)
	}
	return nil
}

func (c *client) deadline() { _ = c.conn.SetDeadline(time.Now().Add(patience)) }
