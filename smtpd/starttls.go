package smtpd

import (
	"context"
	"crypto/tls"
	"strings"
	"time"
)

// takeStartTLS starts TLS below go-smtp (RFC 3207).
func (c *conn) takeStartTLS(arg string) {
	switch {
	case c.srv.o.TLS == nil:
		c.bad(replyNoTLS)
	case arg != "":
		c.bad(replyBadSyntax)
	case c.tls != "":
		c.bad(replyOutOfOrder)
	default:
		busy := c.srv.handshakes.Add(1)
		defer c.srv.handshakes.Add(-1)
		if limit := c.srv.o.Limits.Handshakes; limit > 0 && busy > int64(limit) {
			c.in.discard()
			c.bad(replyTLSBusy) // RFC 3207 4: the client may go on without TLS, or come again
			return
		}
		c.startTLS()
	}
}

func (c *conn) startTLS() {
	// What the client sent in the clear after STARTTLS, or somebody between us put there, must not be
	// run as if it had come under TLS.
	c.in.discard()
	c.say(formatReply(replyReadyForTLS))
	if c.flush() != nil {
		return
	}
	t := tls.Server(c.Conn, c.srv.o.TLS)
	if err := c.handshake(t); err != nil {
		c.srv.Counters.TLSHandshakeErrors.Add(1)
		c.srv.log.Info("failed", "part", "tls", "conn", c.id, "ip", c.ip, "error", err)
		c.end(nil)
		return
	}
	c.srv.Counters.TLSConnections.Add(1)
	state := t.ConnectionState()
	c.rw = t
	c.tls = strings.ReplaceAll(tls.VersionName(state.Version), " ", "") + " " + tls.CipherSuiteName(state.CipherSuite)
	// RFC 3207 4.2: what was learnt before is forgotten.
	c.helo, c.esmtp, c.introduced = "", false, false
	c.forget()
}

func (c *conn) handshake(t *tls.Conn) error {
	c.mu.Lock()
	if c.draining {
		c.mu.Unlock()
		return errEnded
	}
	_ = c.Conn.SetDeadline(time.Now().Add(c.srv.o.Timeouts.Handshake))
	c.mu.Unlock()
	return t.HandshakeContext(context.WithoutCancel(c.ctx))
}
