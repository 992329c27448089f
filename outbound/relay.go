package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Kinds of connection to a relay.
const (
	SecurityStartTLS = "starttls" // STARTTLS (RFC 3207), never without
	SecurityTLS      = "tls"      // TLS from the first octet (RFC 8314 3.3)
	SecurityNone     = "none"     // in clear, on loopback only
)

// Relay is how mail leaves. It is comparable: a changed one closes the connections of the old.
type Relay struct {
	Address  string // "host:port"; the certificate must be valid for host
	Security string // one of the Security constants
	Username string // empty: no AUTH
	Password string
	Hostname string         // who we are, in EHLO
	RootCAs  *x509.CertPool // nil: the system's
	// Ask makes mail whose fate is unknown wait for a person; else it is sent again.
	Ask bool
	// GiveUpAfter is the age at which a mail that is still deferred has failed; zero: 5 days.
	GiveUpAfter time.Duration
}

// String leaves the password out.
func (r Relay) String() string { return r.Security + "://" + r.Address }

const giveUpAfter = 5 * 24 * time.Hour // RFC 5321 4.5.4.1: at least 4 to 5 days

func (r Relay) giveUp() time.Duration {
	if r.GiveUpAfter <= 0 {
		return giveUpAfter
	}
	return r.GiveUpAfter
}

// fault is why a session could not be had or went wrong. It is the operator's to mend.
type fault struct {
	at     stage
	code   string // of the reply, "535 5.7.8"; empty where none came
	reason string // for people
	err    error  // for the log
}

func (f *fault) Error() string {
	text := string(f.at) + ": " + f.reason
	if f.code != "" {
		text += " (" + f.code + ")"
	}
	return text
}

func (f *fault) Unwrap() error { return f.err }

// broken is the fault of a connection that broke.
func broken(at stage, err error) *fault {
	return &fault{at: at, err: err, reason: clean("the connection to the relay broke: " + err.Error())}
}

// refused is the fault of a reply that does not let us go on.
func refused(at stage, r reply, what string) *fault {
	return &fault{at: at, code: r.status(), reason: clean(what + ": " + r.text)}
}

// connect opens a session that is ready for MAIL.
func connect(ctx context.Context, r Relay, t timeouts) (*session, *fault) {
	host, _, err := net.SplitHostPort(r.Address)
	if err != nil {
		return nil, &fault{at: stageConnect, err: err, reason: "[relay] address is not host:port"}
	}
	dialer := net.Dialer{Timeout: t.connect}
	conn, err := dialer.DialContext(ctx, "tcp", r.Address)
	if err != nil {
		return nil, &fault{at: stageConnect, err: err, reason: clean("the relay " + r.Address + " cannot be reached: " + err.Error())}
	}
	s := newSession(conn, r, t)
	unwatch := s.watch(ctx)
	defer unwatch()
	if f := s.establish(ctx, host); f != nil {
		s.close()
		if ctx.Err() != nil {
			f.reason = clean("interrupted: " + context.Cause(ctx).Error())
		}
		return nil, f
	}
	return s, nil
}

// establish goes from TCP to a session that is secured and logged in.
func (s *session) establish(ctx context.Context, host string) *fault {
	switch s.relay.Security {
	case SecurityTLS:
		if f := s.secure(ctx, host); f != nil {
			return f
		}
	case SecurityNone:
		if !isLoopback(s.conn.RemoteAddr()) {
			return &fault{at: stageConnect, reason: `[relay] security = "none" is for a relay on loopback only: nothing was sent`}
		}
	case SecurityStartTLS:
	default:
		return &fault{at: stageConnect, reason: fmt.Sprintf("[relay] security = %q is not known", s.relay.Security)}
	}
	if f := s.greet(); f != nil {
		return f
	}
	if s.relay.Security == SecurityStartTLS {
		if f := s.startTLS(ctx, host); f != nil {
			return f
		}
	}
	return s.login()
}

func (s *session) greet() *fault {
	_ = s.conn.SetDeadline(time.Now().Add(s.timeouts.command))
	r, err := s.readReply()
	switch {
	case err != nil:
		return broken(stageConnect, err)
	case r.code != 220:
		return refused(stageConnect, r, "the relay does not take connections")
	}
	return s.ehlo()
}

func (s *session) ehlo() *fault {
	r, err := s.hello()
	switch {
	case err != nil:
		return broken(stageEHLO, err)
	case r.code != 250:
		return refused(stageEHLO, r, "the relay refused our EHLO "+s.relay.Hostname)
	}
	return nil
}

// startTLS secures the session. A relay that does not offer it, or somebody between who takes the
// offer away, gets nothing.
func (s *session) startTLS(ctx context.Context, host string) *fault {
	if !s.offers("STARTTLS") {
		return &fault{at: stageTLS, reason: "the relay does not offer STARTTLS, and nothing is sent in clear: check [relay] address and security"}
	}
	r, err := s.command(s.timeouts.command, "STARTTLS")
	switch {
	case err != nil:
		return broken(stageTLS, err)
	case r.code != 220:
		return refused(stageTLS, r, "the relay refused STARTTLS")
	case s.in.Buffered() > 0: // put there by somebody between (RFC 3207 4.2, CVE-2011-0411)
		return &fault{at: stageTLS, reason: "something answered in clear after STARTTLS: the connection is not to be trusted"}
	}
	if f := s.secure(ctx, host); f != nil {
		return f
	}
	return s.ehlo() // what was offered in clear counts no more
}

// secure does the TLS handshake. The certificate must be valid for host.
func (s *session) secure(ctx context.Context, host string) *fault {
	t := tls.Client(s.conn, &tls.Config{ServerName: host, RootCAs: s.relay.RootCAs, MinVersion: tls.VersionTLS12})
	ctx, cancel := context.WithTimeout(ctx, s.timeouts.connect)
	defer cancel()
	err := t.HandshakeContext(ctx)
	var invalid *tls.CertificateVerificationError
	switch {
	case errors.As(err, &invalid):
		return &fault{at: stageTLS, err: err, reason: clean("the relay's certificate is not good for " + host + ": " + invalid.Err.Error())}
	case err != nil:
		return &fault{at: stageTLS, err: err, reason: clean("no TLS with the relay: " + err.Error())}
	}
	s.use(t)
	return nil
}

func isLoopback(a net.Addr) bool {
	ap, err := netip.ParseAddrPort(a.String())
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// login authenticates by PLAIN (RFC 4616), else LOGIN, once the connection is secured.
func (s *session) login() *fault {
	if s.relay.Username == "" {
		return nil
	}
	offered := strings.Fields(strings.ToUpper(s.extensions["AUTH"]))
	var r reply
	var err error
	switch {
	case slices.Contains(offered, "PLAIN"):
		r, err = s.command(s.timeouts.command, "AUTH PLAIN "+encode("\x00"+s.relay.Username+"\x00"+s.relay.Password))
	case slices.Contains(offered, "LOGIN"):
		r, err = s.authLogin()
	case len(offered) == 0:
		return &fault{at: stageAuth, reason: "the relay offers no AUTH, but [relay] has a username"}
	default:
		return &fault{at: stageAuth, reason: clean("the relay offers neither AUTH PLAIN nor LOGIN, only " + strings.Join(offered, " "))}
	}
	switch {
	case err != nil:
		return broken(stageAuth, errors.New(s.discreet(err.Error())))
	case r.code != 235:
		r.text = s.discreet(r.text)
		return refused(stageAuth, r, "the relay refused our login: check [relay] username and password")
	}
	return nil
}

// discreet leaves out of a relay's words what it repeats of our credentials, whole or cut.
func (s *session) discreet(text string) string {
	const telling = 6 // octets; shorter pieces are in ordinary words too
	secrets := []string{strings.ToLower(s.relay.Password)}
	for _, sent := range []string{s.relay.Password, "\x00" + s.relay.Username + "\x00" + s.relay.Password} {
		secrets = append(secrets, strings.ToLower(encode(sent)))
	}
	list := strings.Fields(text)
	for i, word := range list {
		bare := strings.ToLower(strings.Trim(word, "\"'`()[]<>{}.,:;?!…\\"))
		for _, secret := range secrets {
			if secret != "" && strings.Contains(strings.ToLower(word), secret) || len(bare) >= telling && strings.Contains(secret, bare) {
				list[i] = "…"
			}
		}
	}
	return strings.Join(list, " ")
}

// authLogin answers two questions without reading them: their words differ from relay to relay.
func (s *session) authLogin() (reply, error) {
	r, err := s.command(s.timeouts.command, "AUTH LOGIN")
	for _, answer := range []string{s.relay.Username, s.relay.Password} {
		if err != nil || r.code != 334 {
			return r, err
		}
		r, err = s.command(s.timeouts.command, encode(answer))
	}
	return r, err
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
