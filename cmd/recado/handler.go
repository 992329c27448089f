package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/config"
	"recado/internal/mailauth"
	"recado/smtpd"
)

// socketPath is where the local socket of the API is.
func socketPath(cfg *config.Config) string { return filepath.Join(cfg.Server.Data, api.SocketName) }

// socketHandler is the API as the local socket has it: whoever can open that is the operator. st is where
// agents are looked up; file and dns, without which the channel file is not edited and domains are not told there, and log may be nil.
func socketHandler(m *conversation.Manager, st conversation.Store, file api.ChannelFile, dns api.DNS, cfg *config.Config, log *slog.Logger) http.Handler {
	agent := func(ctx context.Context, email string) (found *conversation.Agent, err error) {
		err = st.View(ctx, func(tx conversation.Tx) error {
			found, err = tx.Agent(email)
			return err
		})
		return found, err
	}
	return api.New(api.Options{
		Desk: m, File: file, DNS: dns, Authenticate: api.OnSocket(agent), Local: true, MaxMessage: cfg.SMTP.MaxMessage,
		Verify: verifier(newChecker(cfg, log), cfg.Server.Hostname), Spam: spamOf(spamOptions(cfg), log), Log: log,
	})
}

// publicHandler is the API as the inbox's listener has it, for programs with a bearer token. remote is where
// a request comes from.
func publicHandler(m *conversation.Manager, file api.ChannelFile, dns api.DNS, remote func(*http.Request) netip.Addr, cfg *config.Config, log *slog.Logger) http.Handler {
	return api.New(api.Options{Desk: m, File: file, DNS: dns, Authenticate: api.Bearer(m.TokenActor, remote), MaxMessage: cfg.SMTP.MaxMessage, Log: log})
}

// verifier asks who vouches for the sender of a mail that is to be explained, as a receiving server does.
func verifier(checker *mailauth.Checker, hostname string) func(context.Context, *conversation.Incoming, io.ReaderAt, int64) conversation.Auth {
	return func(ctx context.Context, in *conversation.Incoming, mail io.ReaderAt, size int64) conversation.Auth {
		from, _ := conversation.SenderOf(in.Parsed)
		return smtpd.AuthOf(checker.Check(ctx, mailauth.Request{
			RemoteIP: in.Envelope.RemoteIP, HELO: in.Envelope.HELO, MailFrom: in.Envelope.From,
			FromDomain: from.Domain(), Mail: mail, Size: size,
		}), hostname)
	}
}
