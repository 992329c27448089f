package smtpd

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"time"
)

// Write takes what go-smtp answers. Replies are looked at whole.
func (c *conn) Write(p []byte) (int, error) {
	c.reply = append(c.reply, p...)
	for {
		n := wholeReply(c.reply)
		if n == 0 {
			return len(p), nil
		}
		reply := string(c.reply[:n])
		c.reply = c.reply[n:]
		c.answer(reply)
	}
}

// wholeReply is the length of the first reply in b, up to the line that ends it (RFC 5321 4.2.1);
// 0 when that is not there yet.
func wholeReply(b []byte) int {
	for n := 0; ; {
		i := bytes.IndexByte(b[n:], '\n')
		if i < 0 {
			return 0
		}
		line := b[n : n+i+1]
		n += i + 1
		if len(line) < 4 || line[3] != '-' {
			return n
		}
	}
}

// answer passes a reply of go-smtp's on, in better words where it has bad ones.
func (c *conn) answer(reply string) {
	if c.ended && c.now != cmdData && c.now != cmdQuit {
		return // the last word was said
	}
	code := reply[:min(3, len(reply))]
	switch c.now {
	case cmdForget:
		return
	case cmdBanner:
		c.greet(reply)
		return
	case cmdEhlo, cmdHelo:
		reply = c.answerHello(code, reply)
	case cmdMail:
		if code == "250" {
			c.transaction = true
			reply = string(formatReply(replySenderOK))
		}
	case cmdRcpt:
		reply = c.answerRcpt(code, reply)
	case cmdData:
		reply = c.answerData(code, reply)
	case cmdRset:
		c.transaction = false
	}
	c.pass(code, reply)
}

// pass sends a reply, corrects its code, and acts on what it means for the connection.
func (c *conn) pass(code, reply string) {
	switch {
	case code == "421": // go-smtp goes on after it; RFC 5321 3.8 says to close
		c.linger = true
		c.ended = true
	case code == "221":
		c.ended = true
	case strings.HasPrefix(reply, "502 5.5.1") && c.now != cmdExpn: // out of order, not unknown (RFC 5321 4.3.2)
		c.bad(replyOutOfOrder)
		return
	case strings.HasPrefix(reply, "500 5.5.4"), strings.HasPrefix(reply, "504 5.5.4"): // RFC 5321 4.1.1.11
		c.bad(replyUnknownParameter)
		return
	case strings.HasPrefix(reply, "501 "), strings.HasPrefix(reply, "500 "):
		c.bad(rawReply(reply))
		return
	}
	c.say([]byte(reply))
}

// greet sends the banner, unless the client did not wait for it (RFC 5321 4.3.1).
func (c *conn) greet(banner string) {
	c.lookUp()
	early := c.srv.o.BannerDelay > 0 && !c.srv.gate.neighbour(c.ip) && c.talksEarly(c.srv.o.BannerDelay)
	switch {
	case c.ended:
	case c.isDraining():
		c.end(replyShutdown(c.srv.o.Hostname))
	case early:
		c.srv.Counters.TurnedAway.Add(1)
		c.srv.log.Info("rejected", "conn", c.id, "ip", c.ip, "reason", "talked before the banner")
		c.linger = true
		c.end(replyEarlyTalker(c.srv.o.Hostname))
	default:
		c.say([]byte(banner))
	}
}

// talksEarly waits and tells whether anything came meanwhile.
func (c *conn) talksEarly(wait time.Duration) bool {
	c.mu.Lock()
	if c.draining {
		c.mu.Unlock()
		return false
	}
	_ = c.Conn.SetReadDeadline(time.Now().Add(wait))
	c.mu.Unlock()
	err := c.in.fill()
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		c.ended = true // gone before we said a word
	}
	return err == nil
}

// answerHello says who we are (RFC 5321 4.1.1.1) and what we truly offer: go-smtp names CHUNKING, and
// knows nothing of our STARTTLS.
func (c *conn) answerHello(code, reply string) string {
	if code != "250" {
		return reply
	}
	c.introduced, c.transaction = true, false
	if c.now == cmdHelo {
		return string(formatReply(replyHelo(c.srv.o.Hostname)))
	}
	lines := []string{c.srv.o.Hostname}
	for i, l := range strings.Split(strings.TrimRight(reply, "\r\n"), "\r\n") {
		if i > 0 && l[4:] != "CHUNKING" {
			lines = append(lines, l[4:])
		}
	}
	if c.srv.o.TLS != nil && c.tls == "" {
		lines = append(lines, "STARTTLS")
	}
	return formatLines("250", lines)
}

// maxSurplus is how many recipients beyond the limit a client may name: those that send to a long list find the
// limit by being told 452 (RFC 5321 4.5.3.1.10).
const maxSurplus = 1000

func (c *conn) answerRcpt(code, reply string) string {
	switch code {
	case "250":
		return string(formatReply(replyRecipientOK))
	case "452":
		if c.surplus++; c.surplus > maxSurplus {
			c.linger, c.ended = true, true
			return string(formatReply(replyTooManyRefused))
		}
	}
	return reply
}

// answerData marks where the body begins and ends, for a shutdown.
func (c *conn) answerData(code, reply string) string {
	if code == "354" {
		c.setInBody(true)
		c.body = &body{c: c, atLineStart: true, start: time.Now()}
		return string(formatReply(replyGoAhead))
	}
	if c.body == nil && len(c.in.unread()) > 0 {
		// What follows a refused DATA without waiting (RFC 2920 3.1 forbids it) may be a body: it is not run as commands.
		c.linger = true
		c.ended = true
	}
	if c.body != nil {
		c.transaction, c.body = false, nil
		c.setInBody(false)
	}
	if code == "250" {
		c.idleCommands = 0
	}
	return reply
}
