package smtpd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"

	"recado/conversation"
	"recado/internal/mailauth"
)

// Verifier finds out whether a mail comes from where it says. *mailauth.Checker is one.
type Verifier interface {
	Check(ctx context.Context, r mailauth.Request) mailauth.Result
}

// Options are what a Server is made of. Hostname, Receiver and Verifier are needed, and Addr or Listener.
type Options struct {
	Hostname    string                // in the banner, EHLO, Received and Authentication-Results
	Addr        string                // where to listen, "host:port"; unused when Listener is set
	Listener    net.Listener          // one that is open already; the server closes it
	TLS         *tls.Config           // nil: no STARTTLS; versions below 1.2 are never spoken
	MaxMessage  int64                 // octets of one mail; 0: 25 MiB
	Receiver    conversation.Receiver // the domain
	Verifier    Verifier
	Spam        SpamOptions
	SpoolDir    string        // for mails over 256 KiB while they are received; empty: the system's
	Limits      Limits        // zero: none; see DefaultLimits
	Timeouts    Timeouts      // zero fields: those of DefaultTimeouts
	BannerDelay time.Duration // how long a client must keep quiet before the banner; 0: it is not made to wait
	// Neighbour tells which clients are no strangers: they are neither made to wait for the banner nor
	// counted by the minute. nil: none are.
	Neighbour func(netip.Addr) bool
	Log       *slog.Logger // nil: none
	Now       func() time.Time
}

// Limits bounds what clients may ask for. A zero field is off.
type Limits struct {
	Connections           int // at a time, in all
	ConnectionsPerAddress int // at a time, of one IPv4 address or IPv6 /64; four times that of its /24 or /48
	ConnectionsPerMinute  int // new ones, of one IPv4 address or IPv6 /64, and as many at once
	Handshakes            int // of TLS at a time
	Recipients            int // of one mail
	RefusedRecipients     int // of one connection; then it is closed
	BadCommands           int // of one connection that were not understood; then it is closed
	IdleCommands          int // MAIL, RSET, NOOP and the like since a mail was taken; then the connection is closed
}

// DefaultLimits is what suits a public port 25.
var DefaultLimits = Limits{
	Connections: 1000, ConnectionsPerAddress: 20, ConnectionsPerMinute: 120, Handshakes: 250, Recipients: 100,
	RefusedRecipients: 20, BadCommands: 10, IdleCommands: 100,
}

// Timeouts bounds how long clients may take.
type Timeouts struct {
	Command   time.Duration // for a whole command line (RFC 5321 4.5.3.2.7)
	Write     time.Duration // for a client to take our replies
	Handshake time.Duration // of TLS
	Block     time.Duration // between two reads of a body (RFC 5321 4.5.3.2.5)
	Data      time.Duration // for a whole body, however it progresses
	Judge     time.Duration // ours, from the final dot to the reply (RFC 5321 4.5.3.2.6: clients wait 10 minutes)
	// MinRate is how many octets a second a body must have made on average once it has taken longer
	// than Block; negative: no such rate.
	MinRate int
}

// DefaultTimeouts is what RFC 5321 4.5.3.2 asks for, and bounds of ours where it names none.
var DefaultTimeouts = Timeouts{
	Command: 5 * time.Minute, Write: 2 * time.Minute, Handshake: 30 * time.Second,
	Block: 3 * time.Minute, Data: 30 * time.Minute, Judge: 4 * time.Minute, MinRate: 128,
}

func (t Timeouts) orDefault() Timeouts {
	set := func(v *time.Duration, def time.Duration) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&t.Command, DefaultTimeouts.Command)
	set(&t.Write, DefaultTimeouts.Write)
	set(&t.Handshake, DefaultTimeouts.Handshake)
	set(&t.Block, DefaultTimeouts.Block)
	set(&t.Data, DefaultTimeouts.Data)
	set(&t.Judge, DefaultTimeouts.Judge)
	if t.MinRate == 0 {
		t.MinRate = DefaultTimeouts.MinRate
	}
	return t
}

// defaultMaxMessage is the size limit where Options name none.
const defaultMaxMessage = 25 << 20

// Counters count since the start, but Open.
type Counters struct {
	Connections        atomic.Int64 // accepted
	Open               atomic.Int64 // at the moment
	TurnedAway         atomic.Int64 // refused for a limit on connections, or for talking too early
	Received           atomic.Int64 // mails answered 250
	Refused            atomic.Int64 // mails answered 5xx after their data
	Deferred           atomic.Int64 // mails answered 4xx after their data
	Cut                atomic.Int64 // mails whose data broke off or came too slowly
	Spam               atomic.Int64 // mails that are held as spam
	Listed             atomic.Int64 // connections whose address a blocklist lists
	RefusedRecipients  atomic.Int64
	TLSConnections     atomic.Int64 // that did STARTTLS
	TLSHandshakeErrors atomic.Int64
}

// Server is an SMTP server. Its methods may be called from several goroutines.
type Server struct {
	Counters Counters

	o    Options
	log  *slog.Logger
	smtp *smtp.Server

	mu       sync.Mutex
	listener net.Listener
	conns    map[*conn]struct{}
	gate     gate
	draining bool
	running  sync.WaitGroup // one for each connection that was accepted and is not closed

	handshakes atomic.Int64 // of TLS, at the moment
}

// New checks the options and makes a server that does not listen yet.
func New(o Options) (*Server, error) {
	switch {
	case o.Receiver == nil || o.Verifier == nil:
		return nil, errors.New("smtpd: a receiver and a verifier are needed")
	case o.Listener == nil && o.Addr == "":
		return nil, errors.New("smtpd: an address to listen on is needed")
	case !validDomain(o.Hostname):
		return nil, fmt.Errorf("smtpd: hostname %q is no domain name", o.Hostname)
	}
	if o.MaxMessage <= 0 {
		o.MaxMessage = defaultMaxMessage
	}
	if o.SpoolDir == "" {
		o.SpoolDir = os.TempDir()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Timeouts = o.Timeouts.orDefault()
	if o.TLS != nil {
		o.TLS = o.TLS.Clone()
		o.TLS.MinVersion = max(o.TLS.MinVersion, tls.VersionTLS12) // RFC 8996
	}
	s := &Server{o: o, log: o.Log, listener: o.Listener, conns: map[*conn]struct{}{}, gate: newGate(o.Limits, o.Neighbour)}
	s.smtp = smtp.NewServer(smtp.BackendFunc(s.newSession))
	s.smtp.Domain = o.Hostname
	s.smtp.MaxRecipients = o.Limits.Recipients
	s.smtp.MaxMessageBytes = o.MaxMessage
	s.smtp.MaxLineLength = 4 * maxCommandLine // conn holds the true limit, and answers
	s.smtp.EnableSMTPUTF8 = true
	s.smtp.ErrorLog = errorLog{s.log}
	return s, nil
}

// Listen opens the listener, unless it is open already. Serve does so itself; calling it first tells
// early that the port cannot be had.
func (s *Server) Listen() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return net.ErrClosed
	}
	if s.listener != nil {
		return nil
	}
	l, err := net.Listen("tcp", s.o.Addr)
	if err != nil {
		return fmt.Errorf("listen for mail: %w", err)
	}
	s.listener = l
	return nil
}

// Addr is where the server listens; nil before Listen.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Serve takes connections until [Server.Shutdown] (then it returns nil), or until ctx ends: then it
// closes every connection at once, which loses nothing that was acknowledged. It returns when every
// connection has ended.
func (s *Server) Serve(ctx context.Context) error {
	if err := s.Listen(); errors.Is(err, net.ErrClosed) {
		return nil // Shutdown came first
	} else if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, s.abort)
	defer stop()
	err := s.smtp.Serve(listener{s})
	s.running.Wait()
	if s.isDraining() {
		return nil
	}
	return fmt.Errorf("accept mail connections: %w", err)
}

// Shutdown stops accepting, tells idle clients 421 and lets mails whose data is being received finish. When
// ctx ends first, it closes what is left and returns an error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.drain()
	ended := make(chan struct{})
	go func() { // ends with the last connection, which abort brings about
		s.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		left := s.Counters.Open.Load()
		s.abort()
		return fmt.Errorf("stop receiving mail: %d connections had to be cut: %w", left, context.Cause(ctx))
	}
}

// drain closes the listener and tells every connection to end as soon as it may.
func (s *Server) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	if s.listener != nil {
		_ = s.listener.Close()
	}
	for c := range s.conns {
		c.drain()
	}
}

// abort closes everything at once. Each connection's own goroutine finds out and ends.
func (s *Server) abort() {
	s.drain()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Conn.Close()
	}
}

func (s *Server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// errorLog takes what go-smtp has to say: panics, and errors of Accept.
type errorLog struct{ log *slog.Logger }

func (l errorLog) Printf(format string, v ...any) {
	l.log.Error("failed", "part", "smtp", "error", strings.TrimSpace(fmt.Sprintf(format, v...)))
}

func (l errorLog) Println(v ...any) { l.Printf("%s", fmt.Sprintln(v...)) }
