package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"recado/inbox"
	"recado/internal/monitor"
)

// How long each part may take to stop; then it is cut off. Nothing that was acknowledged is lost by that.
const (
	stopSMTP = 60 * time.Second
	stopWeb  = 15 * time.Second
)

// run serves until ctx ends or a part fails, and then stops the parts in their order: no new mail, mails
// being received finish, live streams and HTTP end, the queue stops, the store closes last. beside runs
// beside the parts and ends when its context does.
func (s *server) run(ctx context.Context, beside ...func(context.Context)) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var parts sync.WaitGroup
	part := func(name string, serve func() error) {
		parts.Go(func() {
			if err := serve(); err != nil {
				fail(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	queueing, stopQueue := context.WithCancel(context.WithoutCancel(ctx))
	defer stopQueue()
	part("smtp", func() error { return s.smtp.Serve(context.WithoutCancel(ctx)) })
	part("queue", func() error { return s.queue.Run(queueing) })
	part("housekeeping", func() error { s.housekeeping(ctx); return nil })
	part("search", func() error { s.index.Run(ctx, s.manager); return nil })
	part("blocklists", func() error { s.probeLists(ctx); return nil })
	for _, f := range beside {
		parts.Go(func() { f(ctx) })
	}
	for _, w := range s.web {
		part(w.name, func() error {
			if err := w.http.Serve(w.listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
	}
	<-ctx.Done()
	s.log.Info("stopping")
	s.stopParts()
	stopQueue()
	parts.Wait()
	if err := s.index.Close(); err != nil {
		s.log.Error("close the search index", "error", err)
	}
	if err := s.store.Close(); err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// stopParts stops what takes work in: SMTP first, then the web.
func (s *server) stopParts() {
	mailing, cancel := context.WithTimeoutCause(context.Background(), stopSMTP, errStopping)
	defer cancel()
	if err := s.smtp.Shutdown(mailing); err != nil {
		s.log.Warn("stop", "part", "smtp", "error", err)
	}
	web, cancelWeb := context.WithTimeoutCause(context.Background(), stopWeb, errStopping)
	defer cancelWeb()
	if s.inbox != nil {
		if err := s.inbox.Close(web); err != nil {
			s.log.Warn("stop", "part", "live streams", "error", err)
		}
	}
	for _, w := range s.web {
		if err := w.http.Shutdown(web); err != nil {
			s.log.Warn("stop", "part", w.name, "error", err)
			w.http.Close()
		}
	}
}

// checks are what /readyz asks.
func (s *server) checks() []monitor.Check {
	return []monitor.Check{
		{Name: "store", Run: func(context.Context) error { return s.manager.Ready() }},
		{Name: "smtp", Run: func(context.Context) error {
			if s.smtp.Addr() == nil {
				return errors.New("not listening")
			}
			return nil
		}},
		{Name: "relay", Run: s.relayReachable},
		{Name: "certificate", Run: func(context.Context) error {
			cert := s.certificate.Load()
			if cert == nil || cert.Leaf == nil {
				return nil // none is configured
			}
			if now := time.Now(); now.After(cert.Leaf.NotAfter) || now.Before(cert.Leaf.NotBefore) {
				return fmt.Errorf("valid from %s to %s", cert.Leaf.NotBefore, cert.Leaf.NotAfter)
			}
			return nil
		}},
	}
}

// relayNews is how old what is known of the relay may be before it is asked again.
const relayNews = 5 * time.Minute

// relayReachable tells whether the relay took us lately; where nothing is known of that, it is asked.
func (s *server) relayReachable(ctx context.Context) error {
	h := s.queue.Health()
	if time.Since(h.LastSuccess) > relayNews && time.Since(h.LastError) > relayNews {
		if err := s.queue.Check(ctx); err != nil {
			return err
		}
		return nil
	}
	if !h.OK() {
		return fmt.Errorf("%s (since %s)", h.Error, h.LastError.UTC().Format(time.RFC3339))
	}
	return nil
}

// relayState is what the inbox tells of the relay.
func (s *server) relayState() inbox.RelayState {
	h := s.queue.Health()
	return inbox.RelayState{Address: s.relay.Load().Address, Answered: h.LastSuccess, Failed: h.LastError, Stage: h.Stage, Words: h.Error}
}

// metrics are what /metrics tells.
func (s *server) metrics() []monitor.Metric {
	c := &s.smtp.Counters
	counter := func(name, help string, value func() int64) monitor.Metric {
		return monitor.Metric{Name: name, Help: help, Type: "counter", Value: func() float64 { return float64(value()) }}
	}
	return []monitor.Metric{
		counter("recado_smtp_connections_total", "SMTP connections that were accepted.", c.Connections.Load),
		{Name: "recado_smtp_connections", Help: "SMTP connections that are open.", Type: "gauge", Value: func() float64 { return float64(c.Open.Load()) }},
		counter("recado_smtp_connections_refused_total", "SMTP connections refused for a limit or for talking early.", c.TurnedAway.Load),
		counter("recado_mails_received_total", "Mails answered 250.", c.Received.Load),
		counter("recado_mails_refused_total", "Mails answered 5xx after their data.", c.Refused.Load),
		counter("recado_mails_deferred_total", "Mails answered 4xx after their data.", c.Deferred.Load),
		counter("recado_mails_cut_total", "Mails whose data broke off.", c.Cut.Load),
		counter("recado_mails_spam_total", "Mails held as spam.", c.Spam.Load),
		counter("recado_smtp_connections_listed_total", "SMTP connections whose address a blocklist lists.", c.Listed.Load),
		counter("recado_recipients_refused_total", "Recipients that were refused.", c.RefusedRecipients.Load),
		{Name: "recado_channel_file_valid", Help: "1: the channel file that is there is the one that counts; 0: an earlier one goes on.", Type: "gauge", Value: func() float64 {
			if len(s.fileState.Load().Problems) > 0 {
				return 0
			}
			return 1
		}},
	}
}
