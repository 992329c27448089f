package smtpd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/emersion/go-smtp"

	"recado/conversation"
	"recado/internal/mailauth"
	"recado/internal/message"
)

// Data implements smtp.Session. The body is not read from what go-smtp offers but from the connection.
func (s *session) Data(io.Reader) error {
	tx, body := s.tx, s.conn.body
	if body == nil {
		return s.fault(errNoBody)
	}
	if tx == nil || len(tx.recipients) == 0 {
		return s.refuseBody(body, replyNoTransaction)
	}
	log := s.srv.log.With("conn", s.conn.id, "receipt", tx.receipt, "ip", s.conn.ip, "from", tx.from)
	mail := newSpool(s.srv.o.SpoolDir, tx.declared)
	defer mail.Close()
	if reply := s.receive(log, body, mail); reply != nil {
		return reply
	}
	// From here on the client's connection does not matter: a mail is judged and stored, or it is not.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.conn.ctx), s.srv.o.Timeouts.Judge)
	defer cancel()
	reply := s.judge(ctx, log, mail)
	switch reply.Code / 100 {
	case 2:
		s.srv.Counters.Received.Add(1)
	case 4:
		s.srv.Counters.Deferred.Add(1)
	default:
		s.srv.Counters.Refused.Add(1)
	}
	return reply
}

// receive spools the body. It returns the reply for a mail that goes no further.
func (s *session) receive(log *slog.Logger, body *body, mail *spool) error {
	s.conn.in.grow()
	var guard headerGuard
	for {
		chunk, err := body.next()
		if errors.Is(err, errEndOfData) {
			s.conn.endBody()
			return nil
		}
		if err != nil {
			return s.cut(log, err, mail.Size())
		}
		refusal := guard.scan(chunk)
		if mail.Size()+int64(len(chunk)) > s.srv.o.MaxMessage {
			refusal = replyTooLarge // RFC 1870 6.3
		}
		if refusal == nil {
			if _, err := mail.Write(chunk); err != nil {
				log.Error("failed", "error", err)
				refusal = spoolFault(err)
			}
		}
		if refusal != nil {
			log.Info("rejected", "reply", refusal.Code, "text", refusal.Message, "octets", mail.Size())
			return s.refuseBody(body, refusal)
		}
	}
}

// refuseBody reads the rest of a body past, since a client reads our reply only after its final dot, but
// no more of it than a whole mail.
func (s *session) refuseBody(body *body, reply *smtp.SMTPError) error {
	if reply.Code/100 == 4 {
		s.srv.Counters.Deferred.Add(1)
	} else {
		s.srv.Counters.Refused.Add(1)
	}
	if err := body.drain(s.srv.o.MaxMessage); err != nil {
		s.conn.linger = true
		s.conn.ended = true
		return reply
	}
	s.conn.endBody()
	return reply
}

// cut ends a connection whose mail is not whole. What may still come is part of the mail and is never
// run as commands.
func (s *session) cut(log *slog.Logger, err error, octets int64) error {
	s.srv.Counters.Cut.Add(1)
	log.Info("failed", "part", "data", "error", err, "octets", octets)
	s.conn.ended = true
	if errors.Is(err, errTooSlow) {
		s.conn.linger = true
		return replyTooSlow
	}
	return replyCut
}

// endBody hands go-smtp the final dot, which is all of the body that it gets to see.
func (c *conn) endBody() { c.feed = []byte(".\r\n") }

// judge parses and verifies the mail and asks the domain what becomes of it.
func (s *session) judge(ctx context.Context, log *slog.Logger, mail *spool) *smtp.SMTPError {
	start := time.Now()
	in, err := s.incoming(ctx, mail)
	if err != nil {
		log.Error("failed", "error", err)
		return replyFault
	}
	outcome, err := s.srv.o.Receiver.Receive(ctx, in)
	if err != nil {
		log.Error("deferred", "error", fmt.Errorf("receive a mail: %w", err))
		return replyFault
	}
	if outcome.Reason == conversation.ReasonSpam {
		s.srv.Counters.Spam.Add(1)
	}
	reply := outcomeReply(outcome, in.Receipt)
	verb := map[conversation.Action]string{
		conversation.Accepted: "received", conversation.Refused: "rejected", conversation.Later: "deferred",
	}[outcome.Action]
	log.Info(verb, "reason", outcome.Reason, "helo", s.conn.helo, "recipients", in.Envelope.Recipients,
		"octets", mail.Size(), "verdict", in.Auth.Verdict, "reply", reply.Code, "took", time.Since(start))
	return reply
}

// incoming gathers the facts about a mail.
func (s *session) incoming(ctx context.Context, mail *spool) (*conversation.Incoming, error) {
	c, tx, at := s.conn, s.tx, s.srv.o.Now()
	// Without its text: rules need none of it, lists only the preview; the rest is read when it is shown.
	parsed, err := message.Parse(mail, mail.Size(), message.Options{})
	if err != nil {
		return nil, fmt.Errorf("parse a mail: %w", err)
	}
	fromDomain := ""
	if sender, ok := conversation.SenderOf(parsed); ok {
		fromDomain = sender.Domain()
	}
	in := &conversation.Incoming{
		At: at, Receipt: tx.receipt, Mail: mail, Parsed: parsed,
		Envelope: conversation.Envelope{
			From: tx.from, Recipients: tx.recipients, HELO: c.helo, RemoteIP: c.ip, TLS: c.tls,
			Received: traceField(c, tx, at),
		},
	}
	var asking sync.WaitGroup // the one reads the mail while the other waits for DNS
	asking.Go(func() { in.Spam = SpamOf(ctx, s.srv.log, s.srv.o.Spam, c.reputed(), in, mail, mail.Size()) })
	in.Auth = AuthOf(s.srv.o.Verifier.Check(ctx, mailauth.Request{
		RemoteIP: c.ip, HELO: c.helo, MailFrom: tx.from, FromDomain: fromDomain, Mail: mail, Size: mail.Size(),
	}), s.srv.o.Hostname)
	asking.Wait()
	return in, nil
}

// AuthOf writes a verdict in the domain's words. hostname is ours, for the field of RFC 8601.
func AuthOf(r mailauth.Result, hostname string) conversation.Auth {
	return conversation.Auth{
		Verdict: conversation.Verdict(r.Verdict), SPF: r.SPF.Result, DKIM: r.DKIMWord(),
		DMARC: r.DMARC.Result, Policy: r.DMARC.Policy, Temporary: r.Temporary,
		Evidence: r.Evidence, Results: r.AuthenticationResults(hostname),
	}
}

func spoolFault(err error) *smtp.SMTPError {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return replyNoRoom
	}
	return replyFault
}

func (s *session) fault(err error) error {
	s.srv.log.Error("failed", "conn", s.conn.id, "error", err)
	s.conn.ended = true
	return replyFault
}
