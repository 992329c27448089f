package mailtest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// errCut ends a session whose connection the script cut or the client lost.
var errCut = errors.New("connection cut")

// session is one connection to a [Relay]; only its own goroutine touches it.
type session struct {
	relay *Relay
	conn  net.Conn
	in    *bufio.Reader
	n     int // number of the connection

	helo string
	user string
	tls  bool

	// The transaction (RFC 5321, 3.3); mail is set between MAIL and its end.
	mail       bool
	from       string
	mailParams string
	to         []string
	rcptParams []string
}

// serve runs a connection until QUIT, a cut or silence.
func (r *Relay) serve(c net.Conn, n int) {
	s := &session{relay: r, conn: c, n: n}
	if r.opts.Security == SecurityTLS {
		if s.handshake() != nil {
			return
		}
		defer s.conn.Close()
	}
	s.in = bufio.NewReaderSize(s.conn, relayMaxLine)
	a, err := s.ask(StageConnect, c.RemoteAddr().String())
	if err != nil || s.reply(a.line("220 "+r.opts.Hostname+" ESMTP")) != nil || a.refuses() {
		return
	}
	for {
		line, err := s.readLine()
		if err != nil {
			return
		}
		if err := s.command(line); err != nil {
			return
		}
	}
}

// command runs one line of the client's; an error ends the connection.
func (s *session) command(line string) error {
	verb, arg, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		return s.ehlo(strings.ToUpper(verb) == "EHLO", strings.TrimSpace(arg))
	case "STARTTLS":
		return s.startTLS()
	case "AUTH":
		return s.auth(arg)
	case "MAIL":
		return s.mailFrom(arg)
	case "RCPT":
		return s.rcptTo(arg)
	case "DATA":
		return s.data()
	case "RSET":
		s.resetMail()
		return s.reply("250 2.0.0 OK")
	case "NOOP":
		return s.reply("250 2.0.0 OK")
	case "QUIT":
		a, err := s.ask(StageQuit, "")
		if err != nil {
			return err
		}
		_ = s.reply(a.line("221 2.0.0 Bye"))
		return io.EOF
	default:
		return s.reply("500 5.5.2 Command unknown")
	}
}

// ask consults the script, and waits or cuts the connection as it says.
func (s *session) ask(stage Stage, arg string) (Answer, error) {
	s.relay.mu.Lock()
	script := s.relay.script
	s.relay.mu.Unlock()
	if script == nil {
		return Answer{}, nil
	}
	a := script(Event{Stage: stage, Arg: arg, Conn: s.n, From: s.from, To: slices.Clone(s.to), User: s.user, TLS: s.tls})
	if a.Delay > 0 {
		timer := time.NewTimer(a.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.relay.closed:
			return a, errCut
		}
	}
	if a.Hold != nil {
		select {
		case <-a.Hold:
		case <-s.relay.closed:
			return a, errCut
		}
	}
	if a.Drop && stage != StageDot { // at the dot the mail is taken first
		return a, errCut
	}
	return a, nil
}

func (s *session) ehlo(extended bool, name string) error {
	a, err := s.ask(StageEHLO, name)
	if err != nil {
		return err
	}
	if a.Code != 0 {
		return s.reply(a.line(""))
	}
	s.helo = name
	s.resetMail()
	o := s.relay.opts
	if !extended {
		return s.reply("250 " + o.Hostname)
	}
	lines := []string{o.Hostname, "PIPELINING", "ENHANCEDSTATUSCODES", fmt.Sprintf("SIZE %d", o.MaxMessage)}
	if !o.No8BITMIME {
		lines = append(lines, "8BITMIME", "SMTPUTF8")
	}
	if o.Security == SecurityStartTLS && !s.tls {
		lines = append(lines, "STARTTLS")
	} else if len(o.Users) > 0 {
		lines = append(lines, "AUTH "+strings.Join(o.Mechanisms, " "))
	}
	for i, l := range lines[:len(lines)-1] {
		lines[i] = "250-" + l
	}
	lines[len(lines)-1] = "250 " + lines[len(lines)-1]
	return s.reply(strings.Join(lines, "\r\n"))
}

func (s *session) startTLS() error {
	if s.relay.opts.Security != SecurityStartTLS || s.tls {
		return s.reply("502 5.5.1 Not offered")
	}
	a, err := s.ask(StageStartTLS, "")
	if err != nil {
		return err
	}
	if err := s.reply(a.line("220 2.0.0 Go ahead")); err != nil || a.refuses() {
		return err
	}
	if s.in.Buffered() > 0 {
		return errCut // commands sent before the handshake are an attack (RFC 3207, 4.2; CVE-2011-0411)
	}
	if err := s.handshake(); err != nil {
		return err
	}
	s.in = bufio.NewReaderSize(s.conn, relayMaxLine)
	s.helo, s.user = "", ""
	s.resetMail()
	return nil
}

func (s *session) handshake() error {
	t := tls.Server(s.conn, &tls.Config{Certificates: []tls.Certificate{s.relay.opts.Certificate}, MinVersion: tls.VersionTLS12})
	_ = t.SetDeadline(time.Now().Add(relayIdle))
	if err := t.Handshake(); err != nil {
		return fmt.Errorf("TLS handshake: %w", err)
	}
	s.conn, s.tls = t, true
	return nil
}

// auth takes PLAIN (RFC 4616) with or without an initial response, and LOGIN.
func (s *session) auth(arg string) error {
	mechanism, initial, hasInitial := strings.Cut(strings.TrimSpace(arg), " ")
	mechanism = strings.ToUpper(mechanism)
	o := s.relay.opts
	switch {
	case len(o.Users) == 0 || (o.Security == SecurityStartTLS && !s.tls):
		return s.reply("502 5.5.1 Not offered")
	case !slices.Contains(o.Mechanisms, mechanism):
		return s.reply("504 5.5.4 Mechanism unknown")
	}
	user, password, err := s.credentials(mechanism, initial, hasInitial)
	if errors.Is(err, errBadCredentials) {
		return s.reply("501 5.5.2 Cannot decode")
	} else if err != nil {
		return err
	}
	a, err := s.ask(StageAuth, user)
	if err != nil {
		return err
	}
	if a.refuses() {
		return s.reply(a.line(""))
	}
	if want, ok := o.Users[user]; !ok || want != password {
		return s.reply("535 5.7.8 Wrong user or password")
	}
	s.user = user
	return s.reply(a.line("235 2.7.0 Welcome"))
}

var errBadCredentials = errors.New("credentials in no known form")

func (s *session) credentials(mechanism, initial string, hasInitial bool) (user, password string, err error) {
	step := func(prompt string) (string, error) {
		line := initial
		if !hasInitial {
			if err := s.reply("334 " + base64.StdEncoding.EncodeToString([]byte(prompt))); err != nil {
				return "", err
			}
			if line, err = s.readLine(); err != nil {
				return "", err
			}
		}
		hasInitial = false
		b, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return "", errBadCredentials
		}
		return string(b), nil
	}
	if mechanism == "LOGIN" {
		if user, err = step("Username:"); err != nil {
			return "", "", err
		}
		password, err = step("Password:")
		return user, password, err
	}
	all, err := step("")
	if err != nil {
		return "", "", err
	}
	parts := strings.Split(all, "\x00")
	if len(parts) != 3 {
		return "", "", errBadCredentials
	}
	return parts[1], parts[2], nil
}

func (s *session) mailFrom(arg string) error {
	addr, params, ok := path(arg, "FROM:")
	switch {
	case !ok:
		return s.reply("501 5.5.4 Syntax: MAIL FROM:<address>")
	case s.helo == "" || s.mail:
		return s.reply("503 5.5.1 Out of order")
	case len(s.relay.opts.Users) > 0 && s.user == "":
		return s.reply("530 5.7.0 Authenticate first")
	}
	a, err := s.ask(StageMail, addr)
	if err != nil {
		return err
	}
	if !a.refuses() {
		s.mail, s.from, s.mailParams = true, addr, params
	}
	return s.reply(a.line("250 2.1.0 OK"))
}

func (s *session) rcptTo(arg string) error {
	addr, params, ok := path(arg, "TO:")
	switch {
	case !ok || addr == "":
		return s.reply("501 5.5.4 Syntax: RCPT TO:<address>")
	case !s.mail:
		return s.reply("503 5.5.1 MAIL first")
	case len(s.to) >= relayRecipients:
		return s.reply("452 4.5.3 Too many recipients")
	}
	a, err := s.ask(StageRcpt, addr)
	if err != nil {
		return err
	}
	if !a.refuses() {
		s.to = append(s.to, addr)
		s.rcptParams = append(s.rcptParams, params)
	}
	return s.reply(a.line("250 2.1.5 OK"))
}

func (s *session) data() error {
	if len(s.to) == 0 {
		return s.reply("503 5.5.1 RCPT first")
	}
	a, err := s.ask(StageData, "")
	if err != nil {
		return err
	}
	if a.refuses() {
		return s.reply(a.line(""))
	}
	if err := s.reply(a.line("354 Go ahead")); err != nil {
		return err
	}
	raw, err := s.readMail()
	if err != nil {
		return err
	}
	defer s.resetMail()
	if int64(len(raw)) > s.relay.opts.MaxMessage {
		return s.reply("552 5.3.4 Too large")
	}
	a, err = s.ask(StageDot, "")
	if err != nil {
		return err
	}
	if !a.refuses() && !a.Lose {
		s.relay.take(Message{From: s.from, To: s.to, Raw: raw, HELO: s.helo, User: s.user, TLS: s.tls,
			Conn: s.n, At: time.Now(), MailParams: s.mailParams, RcptParams: s.rcptParams})
	}
	if a.Drop {
		return errCut
	}
	return s.reply(a.line("250 2.0.0 Taken"))
}

// readMail reads up to the final dot, which is a dot alone between CRLFs and nothing else (RFC 5321,
// 4.1.1.4), and undoes dot-stuffing. Of a mail over the limit it keeps just enough to tell.
func (s *session) readMail() ([]byte, error) {
	var raw bytes.Buffer
	lineStart, first := true, true
	for {
		_ = s.conn.SetReadDeadline(time.Now().Add(relayIdle))
		piece, err := s.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, errCut
		}
		if first {
			first = false
			if _, err := s.ask(StageBody, ""); err != nil {
				return nil, err
			}
		}
		if lineStart && string(piece) == ".\r\n" {
			return raw.Bytes(), nil
		}
		ended := bytes.HasSuffix(piece, []byte("\r\n"))
		if lineStart && piece[0] == '.' {
			piece = piece[1:]
		}
		lineStart = ended
		if int64(raw.Len()) <= s.relay.opts.MaxMessage {
			raw.Write(piece)
		}
	}
}

func (s *session) resetMail() {
	s.mail, s.from, s.mailParams, s.to, s.rcptParams = false, "", "", nil, nil
}

func (s *session) reply(line string) error {
	_ = s.conn.SetWriteDeadline(time.Now().Add(relayIdle))
	if _, err := io.WriteString(s.conn, line+"\r\n"); err != nil {
		return fmt.Errorf("reply: %w", err)
	}
	return nil
}

func (s *session) readLine() (string, error) {
	_ = s.conn.SetReadDeadline(time.Now().Add(relayIdle))
	line, err := s.in.ReadSlice('\n')
	if err != nil {
		return "", fmt.Errorf("read a command: %w", err)
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// path reads "FROM:<address> params"; the brackets may be missing, as they are with careless clients.
func path(arg, prefix string) (addr, params string, ok bool) {
	if len(arg) < len(prefix) || !strings.EqualFold(arg[:len(prefix)], prefix) {
		return "", "", false
	}
	rest := strings.TrimSpace(arg[len(prefix):])
	if strings.HasPrefix(rest, "<") {
		if end := strings.LastIndexByte(rest, '>'); end > 0 {
			return rest[1:end], strings.TrimSpace(rest[end+1:]), true
		}
		return "", "", false
	}
	addr, params, _ = strings.Cut(rest, " ")
	return addr, strings.TrimSpace(params), addr != ""
}
