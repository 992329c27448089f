package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"recado/conversation"
	"recado/inbox"
	"recado/internal/api"
	"recado/internal/config"
	"recado/internal/mailauth"
	"recado/internal/monitor"
	"recado/internal/search"
	"recado/outbound"
	"recado/smtpd"
	"recado/store"
)

// assembly is what a server is made of besides its channel file.
type assembly struct {
	log      *slog.Logger
	announce func(text string) // told of each key that is made
	roots    *x509.CertPool    // that the relay's certificate is checked against; nil: the system's
}

// server is every part of the running program. Its listeners are open from [assemble] on.
type server struct {
	cfg      *config.Config // as it was at the start
	log      *slog.Logger
	announce func(string)
	roots    *x509.CertPool

	store       *store.Store
	index       *search.Index
	manager     *conversation.Manager
	keys        atomic.Pointer[keys]
	relay       atomic.Pointer[outbound.Relay]
	certificate atomic.Pointer[tls.Certificate]

	file      *channelFile
	content   string // of the file that counts, and of its texts; guarded by file.taking
	fileState atomic.Pointer[conversation.ChannelFileState]
	counts    atomic.Pointer[config.Config] // the channel file that counts
	dns       *domainDNS

	smtp  *smtpd.Server
	queue *outbound.Queue
	inbox *inbox.Inbox

	web []*webServer // inbox, local socket, monitor
	// bound are the addresses that were asked for as port 0, or named otherwise.
	smtpAddr, inboxAddr, monitorAddr string
}

// webServer is one HTTP server on a listener that is open.
type webServer struct {
	name     string
	listener net.Listener
	http     *http.Server
}

// assemble opens the store and every listener, and connects the parts. Where it fails, it closes what it opened.
func assemble(ctx context.Context, cfg *config.Config, a assembly) (_ *server, err error) {
	s := &server{cfg: cfg, content: cfg.Content, log: a.log, announce: a.announce, roots: a.roots}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	s.fileState.Store(&conversation.ChannelFileState{Path: cfg.Path, Hash: cfg.Hash})
	s.counts.Store(cfg)
	s.dns = newDomainDNS(func() (*config.Config, error) { return s.counts.Load(), nil })
	s.file = &channelFile{path: cfg.Path, log: a.log, state: func() conversation.ChannelFileState { return *s.fileState.Load() }, takeUp: s.reload}
	// Where twenty connections bring the largest mail at once, there must still be room (docs/storage.md).
	reserve := max(256<<20, cfg.SMTP.MaxMessage*reserveConnections(cfg.Limits.Connections))
	if s.store, err = openStore(cfg, store.Options{Reserve: reserve, Log: a.log}); err != nil {
		return nil, folderHint(err, cfg.Server.Data)
	}
	if s.index, err = search.Open(search.Options{Dir: cfg.Server.Data, Log: a.log}); err != nil {
		return nil, err
	}
	what, err := s.take(cfg)
	if err != nil {
		return nil, err
	}
	s.use(what)
	directory := buildDirectory(cfg)
	s.manager = conversation.NewManager(conversation.Options{
		Store: s.store, Directory: directory, Signer: conversation.NewSigner(what.keys.Secrets...), MaxMessage: cfg.SMTP.MaxMessage, Index: s.index, Log: a.log,
	})
	s.file.standing, s.file.audit = s.manager, s.manager.AuditFile
	if err := s.manager.SetDirectory(ctx, directory); err != nil {
		return nil, fmt.Errorf("take up the channel file: %w", err)
	}
	// This store's lock holds every other process off.
	if err := s.manager.ReclaimQueue(ctx); err != nil {
		return nil, err
	}
	for _, open := range []func(context.Context) error{s.openSMTP, s.openInbox, s.openSocket, s.openMonitor} {
		if err := open(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// listenHint adds to an error of listening what to do about it, and the key of the channel file.
func listenHint(err error, key string) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w: another program listens there; stop it, or write another address at %s", err, key)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w: ports below 1024 need the capability CAP_NET_BIND_SERVICE (docs/install.md); to try it, write 127.0.0.1:2525 at %s", err, key)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%w: this machine has no such address; change %s", err, key)
	}
	return err
}

// folderHint adds to an error of the data folder where it is set.
func folderHint(err error, data string) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: [server] data is %s; make it a folder of the user that recado serves as, or name another", err, data)
	}
	return err
}

// reserveConnections is how many of the largest mails must still find room; the limit may be off (0).
func reserveConnections(limit int) int64 {
	const most = 20
	if limit <= 0 || limit > most {
		return most
	}
	return int64(limit)
}

// openSMTP makes the MX and the queue.
func (s *server) openSMTP(ctx context.Context) error {
	cfg := s.cfg
	var tlsConfig *tls.Config
	if cfg.SMTP.TLS.Enabled() {
		tlsConfig = &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return s.certificate.Load(), nil
		}}
	}
	spool := filepath.Join(cfg.Server.Data, "spool")
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return fmt.Errorf("make the spool: %w", err)
	}
	limits := smtpd.DefaultLimits
	limits.Connections = cfg.Limits.Connections
	limits.ConnectionsPerAddress = cfg.Limits.ConnectionsPerAddress
	limits.ConnectionsPerMinute = cfg.Limits.ConnectionsPerMinute
	limits.Recipients = cfg.Limits.Recipients
	var err error
	s.smtp, err = smtpd.New(smtpd.Options{
		Hostname: cfg.Server.Hostname, Addr: cfg.SMTP.Listen, TLS: tlsConfig, MaxMessage: cfg.SMTP.MaxMessage,
		Receiver: s.manager, Verifier: newChecker(cfg, s.log), SpoolDir: spool, Limits: limits, Log: s.log,
		BannerDelay: cfg.SMTP.BannerDelay, Neighbour: netip.Addr.IsLoopback, Spam: spamOptions(cfg),
	})
	if err != nil {
		return err
	}
	if err := s.smtp.Listen(); err != nil {
		return listenHint(err, "[smtp] listen")
	}
	s.smtpAddr = s.smtp.Addr().String()
	s.queue = outbound.New(outbound.Options{
		Jobs: s.manager, Relay: func() outbound.Relay { return *s.relay.Load() }, Signers: s.signers,
		Connections: cfg.Relay.Connections, Changed: s.store.Watch(context.WithoutCancel(ctx)), Log: s.log,
	})
	return nil
}

// newChecker makes what tells who vouches for a sender.
func newChecker(cfg *config.Config, log *slog.Logger) *mailauth.Checker {
	return &mailauth.Checker{Resolver: mailauth.NewResolver(cfg.DNS.Resolver), Log: log}
}

// signers are the DKIM keys of a domain, as they are at the moment.
func (s *server) signers(domain string) []outbound.Key {
	var out []outbound.Key
	for _, k := range s.keys.Load().DKIM {
		if k.Domain == domain {
			out = append(out, outbound.Key{Selector: k.Selector, Signer: k.Signer})
			break // the first selector signs; the second is published for the change to come
		}
	}
	return out
}

// taken is what of a channel file is read from elsewhere: all of it, before any of it counts.
type taken struct {
	relay       *outbound.Relay
	certificate *tls.Certificate // nil: none is configured
	keys        *keys
}

// take reads what the file points to: the relay's password, the certificate, the keys.
func (s *server) take(cfg *config.Config) (*taken, error) {
	password, err := cfg.RelayPassword()
	if err != nil {
		return nil, err
	}
	t := &taken{relay: &outbound.Relay{
		Address: cfg.Relay.Address, Security: string(cfg.Relay.Security), Username: cfg.Relay.Username, Password: password,
		Hostname: cfg.Server.Hostname, RootCAs: s.roots, Ask: cfg.Relay.Uncertain == config.UncertainAsk,
		GiveUpAfter: cfg.Relay.GiveUpAfter,
	}}
	if cfg.SMTP.TLS.Enabled() {
		cert, err := tls.LoadX509KeyPair(cfg.SMTP.TLS.CertFile, cfg.SMTP.TLS.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read the certificate: %w", err)
		}
		t.certificate = &cert
	}
	if t.keys, err = loadKeys(s.cfg.Server.Data, cfg.Domains); err != nil {
		return nil, err
	}
	for _, path := range t.keys.Made {
		s.announce(path)
	}
	return t, nil
}

// use makes what was read the one that counts. A renewed certificate is so taken up with a SIGHUP.
func (s *server) use(t *taken) {
	s.relay.Store(t.relay)
	s.keys.Store(t.keys)
	if t.certificate != nil {
		s.certificate.Store(t.certificate)
	}
}

// openInbox makes the agents' listener, with the JSON API beside the pages.
func (s *server) openInbox(context.Context) error {
	cfg := s.cfg
	if cfg.Inbox.Listen == "" {
		return nil
	}
	l, err := net.Listen("tcp", cfg.Inbox.Listen)
	if err != nil {
		return listenHint(fmt.Errorf("listen for the inbox: %w", err), "[inbox] listen")
	}
	s.inboxAddr = l.Addr().String()
	s.inbox, err = inbox.New(inbox.Options{
		Desk: s.manager, Agents: s.manager, ChannelFile: s.file, DNS: s.dns, Relay: s.relayState, URL: cfg.InboxURL(s.inboxAddr), Language: string(cfg.Server.Language),
		MaxMessage: cfg.SMTP.MaxMessage, TrustedProxies: cfg.Inbox.TrustedProxies, SessionLife: cfg.Inbox.Session, Undo: cfg.Inbox.Undo, Log: s.log,
	})
	if err != nil {
		l.Close()
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(api.Prefix+"/", publicHandler(s.manager, s.file, s.dns, s.inbox.Remote, cfg, s.log))
	mux.Handle("/", s.inbox.Handler())
	s.addWeb("inbox", l, mux)
	return nil
}

// openSocket makes the local socket that the commands use.
func (s *server) openSocket(context.Context) error {
	l, err := api.Listen(s.socketPath())
	if err != nil {
		return fmt.Errorf("listen on the local socket: %w", err)
	}
	s.addWeb("socket", l, socketHandler(s.manager, s.store, s.file, s.dns, s.cfg, s.log))
	return nil
}

// openMonitor makes the supervisor's listener.
func (s *server) openMonitor(context.Context) error {
	if s.cfg.Monitor.Listen == "" {
		return nil
	}
	l, err := net.Listen("tcp", s.cfg.Monitor.Listen)
	if err != nil {
		return listenHint(fmt.Errorf("listen for the monitor: %w", err), "[monitor] listen")
	}
	s.monitorAddr = l.Addr().String()
	s.addWeb("monitor", l, monitor.Handler(monitor.Options{Checks: s.checks(), Metrics: s.metrics()}))
	return nil
}

func (s *server) addWeb(name string, l net.Listener, h http.Handler) {
	s.web = append(s.web, &webServer{name: name, listener: l, http: &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 5 * time.Minute, WriteTimeout: 5 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(s.log.With("part", name).Handler(), slog.LevelWarn),
	}})
}

// addresses are what the ready line tells.
func (s *server) addresses() []any {
	return []any{"smtp", s.smtpAddr, "inbox", s.inboxAddr, "monitor", s.monitorAddr, "socket", s.socketPath()}
}

func (s *server) socketPath() string { return filepath.Join(s.cfg.Server.Data, api.SocketName) }

// close gives back what assemble opened, where not all of it could be.
func (s *server) close() {
	if s.smtp != nil {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(errors.New("the server could not start"))
		_ = s.smtp.Shutdown(ctx)
	}
	for _, w := range s.web {
		w.listener.Close()
	}
	if s.index != nil {
		if err := s.index.Close(); err != nil {
			s.log.Error("close the search index", "error", err)
		}
	}
	if s.store != nil {
		if err := s.store.Close(); err != nil {
			s.log.Error("close the store", "error", err)
		}
	}
}
