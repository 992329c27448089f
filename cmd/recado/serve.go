package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"recado/conversation"
	"recado/internal/config"
)

func newServe(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Run the server: mail in, inbox and API, mail out", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(a.errs, nil))
			for _, w := range cfg.Warnings {
				log.Warn("channel file", "problem", w.String())
			}
			if err := mayServe(cfg); err != nil {
				return err
			}
			return serve(c.Context(), cfg, log)
		},
	}
}

// mayServe tells before anything is made or touched what a server could not go on with.
func mayServe(cfg *config.Config) error {
	if os.Geteuid() == 0 { // else what it makes there would keep the user out whom it usually runs as
		if err := checkOwner(cfg.Server.Data); err != nil {
			return &fileError{err.Error(), err}
		}
	}
	if _, err := cfg.RelayPassword(); err != nil {
		return &fileError{fmt.Sprintf("%s: [relay] of %s names it", err, cfg.Path), err}
	}
	return nil
}

// serve runs until ctx ends, or a part fails.
func serve(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	// From the first moment on: where nobody listens, the signal ends the process.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	collectLess()
	s, err := assemble(ctx, cfg, assembly{log: log, announce: func(path string) { log.Info("made a key", "file", path) }})
	if err != nil {
		return unlessStopped(ctx, err)
	}
	log.Info("ready", s.addresses()...)
	err = s.run(ctx, func(ctx context.Context) { s.follow(ctx, hup) })
	if err == nil {
		log.Info("stopped")
	}
	return err
}

// unlessStopped is err, but none where a start was broken off because ctx ended: that is how it is asked for.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// collectLess lets the heap grow to five times what is alive before it is collected, which spares a tenth
// of the processor's time per mail, as long as it stays below a gibibyte: then it is collected as often as
// need be. GOGC and GOMEMLIMIT in the environment have the last word.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(1 << 30)
	}
}

// follow takes up changes of the channel file, by watching it and by SIGHUP (hup), until ctx ends.
func (s *server) follow(ctx context.Context, hup <-chan os.Signal) {
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() {
		err := config.Watch(ctx, s.cfg.Path, s.goesBy, nil, func(cfg *config.Config, err error) { s.changed(ctx, cfg, err) })
		if err != nil && ctx.Err() == nil {
			s.log.Error("the channel file is not watched: send SIGHUP after a change", "error", err)
		}
	})
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			s.file.taking.Lock()
			_, _ = s.reload(ctx, nil) // said in the log
			s.file.taking.Unlock()
		}
	}
}

// changed takes up what the watch saw. An edit of ours may have been taken up already, or have put a newer
// file there since: that one is read.
func (s *server) changed(ctx context.Context, cfg *config.Config, err error) {
	s.file.taking.Lock()
	defer s.file.taking.Unlock()
	now, nowErr := config.Load(s.cfg.Path, nil)
	if !errors.Is(nowErr, fs.ErrNotExist) { // else an editor is putting another in its place
		cfg, err = now, nowErr
	}
	if err == nil && cfg.Content == s.content && len(s.fileState.Load().Problems) == 0 {
		return
	}
	_ = s.takeUp(ctx, cfg, err, nil) // said in the log
}

// goesBy is the content of the file, and of the texts that it names, that everything goes by.
func (s *server) goesBy() string {
	s.file.taking.Lock()
	defer s.file.taking.Unlock()
	return s.content
}

// reload reads the channel file and takes it up, whether it changed or not: what it points to may have. The caller
// holds s.file.taking.
func (s *server) reload(ctx context.Context, own *ownEdit) (conversation.ChannelFileState, error) {
	cfg, err := config.Load(s.cfg.Path, nil)
	err = s.takeUp(ctx, cfg, err, own)
	return *s.fileState.Load(), err
}

// takeUp makes a changed file the one that counts. One that is not valid, or that open protocols stand in
// the way of, is reported, and the last valid one goes on. The caller holds s.file.taking.
func (s *server) takeUp(ctx context.Context, cfg *config.Config, err error, own *ownEdit) error {
	before := s.counts.Load()
	if err == nil {
		err = s.makeCount(ctx, cfg)
	}
	state := *s.fileState.Load()
	if state.Problems = nil; err != nil {
		state.Problems = problemsOf(err)
		var problems config.Problems
		if !errors.As(err, &problems) {
			s.log.Error("the channel file is not taken up", "problem", err)
		}
		for _, p := range problems {
			s.log.Error("the channel file is not taken up", "problem", p.String())
		}
	} else {
		state.Hash, s.content = cfg.Hash, cfg.Content
		s.log.Info("the channel file was taken up", "channels", len(cfg.Channels))
	}
	s.fileState.Store(&state) // before the lines are written: who reads what counts now reads its hash
	if err == nil {
		s.auditTakenUp(ctx, before, cfg, own)
	}
	return err
}

// makeCount lets everything go by a valid file from now on.
func (s *server) makeCount(ctx context.Context, cfg *config.Config) error {
	what, err := s.take(cfg)
	if err != nil {
		return err
	}
	if err := s.manager.SetDirectory(ctx, buildDirectory(cfg)); err != nil {
		return err
	}
	s.use(what)
	s.counts.Store(cfg)
	for _, what := range needRestart(s.cfg, cfg) {
		s.log.Warn("this change of the channel file counts from the next start", "key", what)
	}
	s.queue.Wake()
	return nil
}

// needRestart names the keys that a running server cannot change.
func needRestart(old, now *config.Config) []string {
	var out []string
	for _, k := range []struct {
		name    string
		changed bool
	}{
		{"server.hostname", old.Server.Hostname != now.Server.Hostname},
		{"server.data", old.Server.Data != now.Server.Data},
		{"server.language", old.Server.Language != now.Server.Language},
		{"smtp.listen", old.SMTP.Listen != now.SMTP.Listen},
		{"smtp.max_message", old.SMTP.MaxMessage != now.SMTP.MaxMessage},
		{"smtp.banner_delay", old.SMTP.BannerDelay != now.SMTP.BannerDelay},
		{"smtp.tls", old.SMTP.TLS.Enabled() != now.SMTP.TLS.Enabled()},
		{"inbox.listen", old.Inbox.Listen != now.Inbox.Listen},
		{"inbox.url", old.Inbox.URL != now.Inbox.URL},
		{"inbox.trusted_proxies", !slices.Equal(old.Inbox.TrustedProxies, now.Inbox.TrustedProxies)},
		{"inbox.session", old.Inbox.Session != now.Inbox.Session},
		{"inbox.undo", old.Inbox.Undo != now.Inbox.Undo},
		{"monitor.listen", old.Monitor.Listen != now.Monitor.Listen},
		{"dns.resolver", old.DNS.Resolver != now.DNS.Resolver},
		{"relay.connections", old.Relay.Connections != now.Relay.Connections},
		{"spam", !reflect.DeepEqual(old.Spam, now.Spam)},
		{"limits.connections", old.Limits.Connections != now.Limits.Connections},
		{"limits.connections_per_address", old.Limits.ConnectionsPerAddress != now.Limits.ConnectionsPerAddress},
		{"limits.connections_per_minute", old.Limits.ConnectionsPerMinute != now.Limits.ConnectionsPerMinute},
		{"limits.recipients", old.Limits.Recipients != now.Limits.Recipients},
	} {
		if k.changed {
			out = append(out, k.name)
		}
	}
	return out
}

// housekeeping forgets what expired, every minute until ctx ends.
func (s *server) housekeeping(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := s.manager.Housekeep(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("housekeeping", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

var errStopping = fmt.Errorf("the server is stopping")
