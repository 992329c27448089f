package smtpd

import (
	"errors"

	"github.com/emersion/go-smtp"

	"recado/conversation"
	"recado/internal/message"
)

// session is a client's dialogue, as go-smtp tells it: from EHLO on.
type session struct {
	srv     *Server
	conn    *conn
	tx      *transaction
	refused int // recipients, on this connection
}

// transaction is a mail from MAIL to the reply to its data (RFC 5321 3.3).
type transaction struct {
	receipt    string
	from       string // the return path; empty for <>
	utf8       bool
	declared   int64 // octets that the client announced; 0: none
	recipients []string
	named      map[string]bool // keys of recipients, to find the same one named twice
}

func (s *Server) newSession(c *smtp.Conn) (smtp.Session, error) {
	own, ok := c.Conn().(*conn)
	if !ok { // only if go-smtp wrapped the connection
		s.log.Error("failed", "part", "smtp", "error", "go-smtp serves a connection that is not ours")
		return nil, replyFault
	}
	return &session{srv: s, conn: own}, nil
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.tx = nil }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// Mail implements smtp.Session.
func (s *session) Mail(from string, opts *smtp.MailOptions) error {
	s.tx = nil
	if err := s.srv.o.Receiver.Ready(); err != nil {
		s.srv.log.Warn("deferred", "conn", s.conn.id, "ip", s.conn.ip, "error", err)
		return notReady(err)
	}
	tx := &transaction{receipt: conversation.NewID(s.srv.o.Now()), utf8: opts.UTF8, declared: opts.Size, named: map[string]bool{}}
	if from != "" {
		address, reply := envelopeAddress(from, opts.UTF8, replyBadSender)
		if reply != nil {
			return reply
		}
		tx.from = address
	}
	s.tx = tx
	return nil
}

// Rcpt implements smtp.Session (rule 4).
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.tx == nil {
		return replyNoTransaction
	}
	address, reply := "postmaster", (*smtp.SMTPError)(nil)
	if !s.conn.postmaster {
		address, reply = envelopeAddress(to, s.tx.utf8, replyBadRecipient)
	}
	if reply == nil {
		status := s.srv.o.Receiver.Recipient(address)
		reply = recipientReply(status)
		if by, listed := s.conn.refusesListed(status); listed {
			reply = replyListed(s.conn.ip, by)
		}
	}
	if reply != nil {
		return s.refuseRecipient(to, reply)
	}
	key := message.Address{Address: address}.Key()
	if !s.tx.named[key] {
		s.tx.named[key] = true
		s.tx.recipients = append(s.tx.recipients, address)
	}
	return nil
}

// refuseRecipient counts, so that nobody tries all names there are.
func (s *session) refuseRecipient(to string, reply *smtp.SMTPError) error {
	s.refused++
	s.srv.Counters.RefusedRecipients.Add(1)
	s.srv.log.Info("rejected", "conn", s.conn.id, "receipt", s.tx.receipt, "ip", s.conn.ip,
		"from", s.tx.from, "recipient", to, "reply", reply.Code, "text", reply.Message)
	if limit := s.srv.o.Limits.RefusedRecipients; limit > 0 && s.refused > limit {
		return replyTooManyRefused
	}
	return reply
}

var errNoBody = errors.New("go-smtp asks for data that was not announced")
