package mailtest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// Kinds of connection that a [Relay] offers.
const (
	SecurityNone     = "none"
	SecurityStartTLS = "starttls" // STARTTLS is offered, and required before AUTH
	SecurityTLS      = "tls"      // TLS from the first octet (RFC 8314)
)

// Defaults and bounds of a relay.
const (
	defaultMaxMessage = 64 << 20         // octets of one mail
	relayIdle         = time.Minute      // for one command or one piece of a mail
	relayConnections  = 1000             // at once; further ones get 421
	relayRecipients   = 1000             // of one mail
	relayMaxLine      = 64 << 10         // octets of one command
	defaultHostname   = "relay.test"     // in the banner and EHLO
	loopbackAnyPort   = "127.0.0.1:0"    // a free port
	relayWaitStep     = 10 * time.Second // of RunDialogue and Conn, for one answer
)

// RelayOptions says what a relay is like. The zero value is a relay on a free loopback port without
// TLS that takes mail from anybody.
type RelayOptions struct {
	Addr        string            // "host:port"; empty: a free loopback port
	Hostname    string            // banner and EHLO; empty: relay.test
	Security    string            // one of the Security constants; empty: none
	Certificate tls.Certificate   // for starttls and tls
	Users       map[string]string // user: password; with any, MAIL needs AUTH
	Mechanisms  []string          // offered for AUTH; nil: PLAIN and LOGIN
	MaxMessage  int64             // octets, announced as SIZE; 0: 64 MiB
	No8BITMIME  bool              // do not offer 8BITMIME and SMTPUTF8

	// OnMessage is called with each mail once it is taken, before the client hears so, from the
	// goroutine of its connection. It may not call the relay's Close.
	OnMessage func(Message)
	// Script decides the answers; see [Script]. It can be set and changed with [Relay.SetScript].
	Script Script
}

// Message is one mail that a relay took.
type Message struct {
	Seq  int       // 1 for the first that the relay took
	From string    // of MAIL, without the angle brackets; empty: null return path
	To   []string  // of the RCPTs that were accepted
	Raw  []byte    // as sent, dot-stuffing undone, CRLF as it came
	HELO string    // argument of EHLO or HELO
	User string    // who authenticated, empty: nobody
	TLS  bool      // taken over TLS
	Conn int       // 1 for the first connection
	At   time.Time // when the final dot came
	// MailParams and RcptParams are what followed the addresses ("BODY=8BITMIME SIZE=12"); the latter
	// in the order of To.
	MailParams string
	RcptParams []string
}

// Relay is a submission server (RFC 6409) on loopback that keeps what it is given.
type Relay struct {
	opts RelayOptions
	addr string

	mu       sync.Mutex
	listener net.Listener // nil while down
	conns    map[net.Conn]struct{}
	seen     int // connections so far
	messages []Message
	script   Script
	changed  chan struct{} // closed and replaced at every new message
	closed   chan struct{} // closed by Close
	running  sync.WaitGroup
}

// NewRelay starts a relay; it accepts connections when this returns, until Close.
func NewRelay(o RelayOptions) (*Relay, error) {
	if o.Addr == "" {
		o.Addr = loopbackAnyPort
	}
	if o.Hostname == "" {
		o.Hostname = defaultHostname
	}
	if o.Security == "" {
		o.Security = SecurityNone
	}
	if o.Mechanisms == nil {
		o.Mechanisms = []string{"PLAIN", "LOGIN"}
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = defaultMaxMessage
	}
	if o.Security != SecurityNone && len(o.Certificate.Certificate) == 0 {
		return nil, fmt.Errorf("start a relay with %s: no certificate", o.Security)
	}
	r := &Relay{
		opts:    o,
		addr:    o.Addr,
		conns:   map[net.Conn]struct{}{},
		script:  o.Script,
		changed: make(chan struct{}),
		closed:  make(chan struct{}),
	}
	if err := r.Up(); err != nil {
		return nil, err
	}
	return r, nil
}

// Addr is the relay's "host:port"; it stays the same over Down and Up.
func (r *Relay) Addr() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.addr
}

// SetScript changes what decides the answers, from the next step of every connection on; nil: accept.
func (r *Relay) SetScript(s Script) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.script = s
}

// Up begins to accept connections, on the port that the relay had before.
func (r *Relay) Up() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listener != nil {
		return nil
	}
	select {
	case <-r.closed:
		return errors.New("start a relay that was closed")
	default:
	}
	l, err := net.Listen("tcp", r.addr)
	if err != nil {
		return fmt.Errorf("start a relay: %w", err)
	}
	r.addr, r.listener = l.Addr().String(), l
	r.running.Go(func() { r.accept(l) })
	return nil
}

// Down refuses new connections and cuts those that are open.
func (r *Relay) Down() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listener != nil {
		_ = r.listener.Close()
		r.listener = nil
	}
	for c := range r.conns {
		_ = c.Close()
	}
}

// Close stops the relay for good and waits for its connections to end.
func (r *Relay) Close() {
	r.Down()
	r.mu.Lock()
	select {
	case <-r.closed:
	default:
		close(r.closed)
	}
	r.mu.Unlock()
	r.running.Wait()
}

// Messages is what was taken so far, in that order.
func (r *Relay) Messages() []Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.messages)
}

// Connections counts the connections so far.
func (r *Relay) Connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

// Reset forgets the mails taken so far; the next one is Seq 1 again.
func (r *Relay) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages = nil
}

// Wait returns the mails as soon as there are at least n, or an error when ctx ends first.
func (r *Relay) Wait(ctx context.Context, n int) ([]Message, error) {
	for {
		r.mu.Lock()
		got, changed := slices.Clone(r.messages), r.changed
		r.mu.Unlock()
		if len(got) >= n {
			return got, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return got, fmt.Errorf("wait for %d mails at the relay, got %d: %w", n, len(got), ctx.Err())
		}
	}
}

func (r *Relay) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // closed by Down
		}
		r.mu.Lock()
		if r.listener != l || len(r.conns) >= relayConnections {
			r.mu.Unlock()
			_, _ = c.Write([]byte("421 4.7.0 Too many connections\r\n"))
			_ = c.Close()
			continue
		}
		r.seen++
		n := r.seen
		r.conns[c] = struct{}{}
		r.running.Go(func() {
			defer r.forget(c)
			r.serve(c, n)
		})
		r.mu.Unlock()
	}
}

func (r *Relay) forget(c net.Conn) {
	_ = c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}

// take keeps a mail and tells those who wait.
func (r *Relay) take(m Message) {
	r.mu.Lock()
	m.Seq = len(r.messages) + 1
	r.messages = append(r.messages, m)
	close(r.changed)
	r.changed = make(chan struct{})
	r.mu.Unlock()
	if r.opts.OnMessage != nil {
		r.opts.OnMessage(m)
	}
}
