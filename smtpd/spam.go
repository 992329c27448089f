package smtpd

import (
	"context"
	"io"
	"log/slog"
	"net/netip"

	"recado/conversation"
	"recado/internal/reputation"
)

// Reputation asks others about clients and mails. *reputation.Checker is one. Its answers come within a
// deadline of its own.
type Reputation interface {
	Client(ctx context.Context, ip netip.Addr) reputation.Client
	Mail(ctx context.Context, r reputation.Request) (score reputation.Score, silent string, err error)
}

// SpamOptions say who is asked about clients and mails, and what their word means.
type SpamOptions struct {
	Reputation   Reputation // nil: nobody is asked
	RefuseListed bool       // a listed client is refused at RCPT, not its mail held
	Score        bool       // mails are scored
	Most         float64    // the score from which on a mail is held
}

// lookUp begins to ask about the client, while it waits for the banner.
func (c *conn) lookUp() {
	ask := c.srv.o.Spam.Reputation
	if ask == nil {
		return
	}
	c.known = make(chan struct{})
	c.srv.running.Go(func() { // ends with the deadline of Client, or the connection
		c.client = ask.Client(c.ctx, c.ip)
		if len(c.client.Listed) > 0 {
			c.srv.Counters.Listed.Add(1)
		}
		close(c.known)
	})
}

// reputed waits for what is known of the client.
func (c *conn) reputed() reputation.Client {
	if c.known == nil {
		return reputation.Client{}
	}
	<-c.known
	return c.client
}

// refusesListed is the list for which a recipient is refused; false where it is not.
func (c *conn) refusesListed(status conversation.RecipientStatus) (reputation.Listing, bool) {
	if !c.srv.o.Spam.RefuseListed || status != conversation.RecipientOK {
		return reputation.Listing{}, false
	}
	if listed := c.reputed().Listed; len(listed) > 0 {
		return listed[0], true
	}
	return reputation.Listing{}, false
}

// SpamOf asks about a mail, of whose client the given is known. It returns nil where nobody is asked.
func SpamOf(ctx context.Context, log *slog.Logger, o SpamOptions, client reputation.Client, in *conversation.Incoming, mail io.ReaderAt, size int64) *conversation.Spam {
	if o.Reputation == nil {
		return nil
	}
	spam := &conversation.Spam{Refuse: o.RefuseListed, Silent: client.Silent}
	for _, l := range client.Listed {
		spam.Listed = append(spam.Listed, conversation.Listing{Zone: l.Zone, Answer: l.Answer})
	}
	if !o.Score {
		return spam
	}
	score, silent, err := o.Reputation.Mail(ctx, reputation.Request{
		IP: in.Envelope.RemoteIP, HELO: in.Envelope.HELO, Hostname: client.Name, From: in.Envelope.From,
		Recipients: in.Envelope.Recipients, QueueID: in.Receipt, Mail: mail, Size: size,
	})
	if err != nil {
		log.Warn("failed", "part", "rspamd", "receipt", in.Receipt, "error", err)
		spam.Silent = append(spam.Silent, silent)
		return spam
	}
	spam.Score, spam.Most, spam.Symbols = &score.Score, o.Most, score.Symbols
	return spam
}
