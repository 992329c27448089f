package main

import (
	"context"
	"io"
	"log/slog"

	"recado/conversation"
	"recado/internal/config"
	"recado/internal/mailauth"
	"recado/internal/reputation"
	"recado/smtpd"
)

// newReputation makes what asks blocklists and rspamd; nil where the file names neither.
func newReputation(cfg *config.Config) *reputation.Checker {
	if len(cfg.Spam.DNSBL) == 0 && cfg.Spam.Rspamd == "" {
		return nil
	}
	c := &reputation.Checker{Resolver: mailauth.NewResolver(cfg.DNS.Resolver), Zones: cfg.Spam.DNSBL, Deadline: cfg.Spam.Deadline}
	if cfg.Spam.Rspamd != "" {
		c.Rspamd = reputation.NewRspamd(cfg.Spam.Rspamd)
	}
	return c
}

// spamOptions say to the port what the file says of spam.
func spamOptions(cfg *config.Config) smtpd.SpamOptions {
	o := smtpd.SpamOptions{
		RefuseListed: cfg.Spam.Listed == config.ListedRefuse, Score: cfg.Spam.Rspamd != "", Most: cfg.Spam.Threshold,
	}
	if c := newReputation(cfg); c != nil { // a nil *Checker in the interface would be one that is asked
		o.Reputation = c
	}
	return o
}

// spamOf asks about a mail that is to be explained, as the port does. log may be nil.
func spamOf(o smtpd.SpamOptions, log *slog.Logger) func(context.Context, *conversation.Incoming, io.ReaderAt, int64) *conversation.Spam {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return func(ctx context.Context, in *conversation.Incoming, mail io.ReaderAt, size int64) *conversation.Spam {
		if o.Reputation == nil {
			return nil
		}
		return smtpd.SpamOf(ctx, log, o, o.Reputation.Client(ctx, in.Envelope.RemoteIP), in, mail, size)
	}
}

// probeLists warns of blocklists that do not have the entry which each must have: their zone is written wrongly, or
// they do not answer this machine's resolver. Such a list would say of nobody that it is listed.
func (s *server) probeLists(ctx context.Context) {
	c := newReputation(s.cfg)
	if c == nil {
		return
	}
	for _, problem := range c.Probe(ctx) {
		if ctx.Err() == nil {
			s.log.Warn("a blocklist is of no use", "problem", problem)
		}
	}
}
