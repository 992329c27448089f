package smtpd

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"recado/internal/mailtest"
)

// TestSlowSenderIsNotCut sends a body over a time in which go-smtp's one deadline would have passed many times.
func TestSlowSenderIsNotCut(t *testing.T) {
	b := serve(t, func(o *Options) {
		o.Timeouts = Timeouts{Command: 200 * time.Millisecond, Block: 200 * time.Millisecond, Data: time.Minute, MinRate: -1}
	})
	c := b.startData(t)
	wire := simpleMail + ".\r\n"
	tick := time.NewTicker(10 * time.Millisecond) // the sender's own pace
	defer tick.Stop()
	for i := range len(wire) {
		if err := c.Send([]byte{wire[i]}); err != nil {
			t.Fatal(err)
		}
		<-tick.C
	}
	expectReply(t, c, 250)
	if got := string(b.receiver.one(t).raw); got != simpleMail {
		t.Errorf("received %q", got)
	}
}

// TestDeadSenderIsCut: and what it sends afterwards is not run as commands.
func TestDeadSenderIsCut(t *testing.T) {
	tests := map[string]struct {
		timeouts Timeouts
		drip     bool
	}{
		"silent":          {Timeouts{Block: 50 * time.Millisecond}, false},
		"over all":        {Timeouts{Block: time.Minute, Data: 100 * time.Millisecond}, true},
		"below the rate":  {Timeouts{Block: 50 * time.Millisecond, Data: time.Minute, MinRate: 1 << 20}, true},
		"silent, no rate": {Timeouts{Block: 50 * time.Millisecond, MinRate: -1}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := serve(t, func(o *Options) { o.Timeouts = tt.timeouts })
			c := b.startData(t)
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				tick := time.NewTicker(5 * time.Millisecond)
				defer tick.Stop()
				for ; tt.drip; <-tick.C {
					if c.Send([]byte("x\r\n")) != nil {
						return
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			}()
			text := expectReply(t, c, 421)
			if !strings.HasPrefix(text, "4.4.2 ") {
				t.Errorf("answered %s", text)
			}
			close(stop)
			<-stopped
			_ = c.Send([]byte("\r\n.\r\nMAIL FROM:<eve@evil.test>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nx\r\n.\r\n"))
			expectEnd(t, c)
			if n := len(b.receiver.got()); n != 0 || b.Counters.Cut.Load() != 1 {
				t.Errorf("%d mails delivered, %d cut", n, b.Counters.Cut.Load())
			}
		})
	}
}

func TestIdleClientIsCut(t *testing.T) {
	for name, send := range map[string]string{"silent": "", "within a line": "NOO", "within a mail": "MAIL FROM:<a@b.test>\r\nRCPT TO:"} {
		t.Run(name, func(t *testing.T) {
			b := serve(t, func(o *Options) { o.Timeouts.Command = 50 * time.Millisecond })
			c := b.client(t)
			if err := c.Send([]byte(send)); err != nil {
				t.Fatal(err)
			}
			code, text := c.Reply()
			if code == 250 { // to MAIL
				code, text = c.Reply()
			}
			if code != 421 || !strings.HasPrefix(text, "4.4.2 ") {
				t.Errorf("answered %d %s", code, text)
			}
			expectEnd(t, c)
		})
	}
}

// TestDrippedCommandIsCut: octet by octet does not extend the time for a command line.
func TestDrippedCommandIsCut(t *testing.T) {
	b := serve(t, func(o *Options) { o.Timeouts.Command = 100 * time.Millisecond })
	c := b.dial(t)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 2000 {
		if c.Send([]byte("N")) != nil {
			return // cut
		}
		<-tick.C
	}
	t.Error("a dripping client was not cut")
}

func TestEndlessCommandIsCut(t *testing.T) {
	b := serve(t, nil)
	c := b.dial(t)
	go func() {
		for c.Send([]byte(strings.Repeat("A", 1000))) == nil { //nolint:revive // until it is cut
		}
	}()
	if code, _ := c.Reply(); code != 421 && code != 0 {
		t.Errorf("answered %d", code)
	}
	expectEnd(t, c)
}

// TestNeighbourDoesNotWait: nor is it counted by the minute.
func TestNeighbourDoesNotWait(t *testing.T) {
	b := serve(t, func(o *Options) {
		o.BannerDelay, o.Limits.ConnectionsPerMinute = time.Hour, 1
		o.Neighbour = netip.Addr.IsLoopback
	})
	for range 3 {
		b.client(t)
	}
}

func TestConnectionsAMinute(t *testing.T) {
	b := serve(t, func(o *Options) { o.Limits.ConnectionsPerMinute = 2 })
	b.client(t)
	b.client(t)
	if got := firstReply(t, b.addr); !strings.Contains(got, "421 4.7.0") {
		t.Errorf("the third within a minute hears %s", got)
	}
	if n := b.Counters.TurnedAway.Load(); n != 1 {
		t.Errorf("%d were turned away", n)
	}
}

func TestEarlyTalker(t *testing.T) {
	b := serve(t, func(o *Options) { o.BannerDelay = time.Hour }) // which nobody waits for who talks
	nc, err := net.Dial("tcp", b.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := io.WriteString(nc, "EHLO spammer.test\r\nMAIL FROM:<a@b.test>\r\n"); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(nc)
	if err != nil || !strings.HasPrefix(string(got), "554 5.5.1 mx.example.com") || strings.Count(string(got), "\n") != 1 {
		t.Errorf("answered %q, %v", got, err)
	}
	if n := b.Counters.TurnedAway.Load(); n != 1 {
		t.Errorf("%d were turned away", n)
	}
}

func TestBannerDelay(t *testing.T) {
	const delay = 100 * time.Millisecond
	b := serve(t, func(o *Options) { o.BannerDelay = delay })
	start := time.Now()
	c := b.client(t)
	if took := time.Since(start); took < delay {
		t.Errorf("the banner came after %v", took)
	}
	expect(t, c, "NOOP", 250)
}

// firstReply connects and reads what the server says to that.
func firstReply(t *testing.T, addr string) string {
	t.Helper()
	c, err := mailtest.Dial(addr)
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
		return "220 " + c.Greeting
	}
	return err.Error()
}

func TestConnectionLimits(t *testing.T) {
	tests := map[string]Limits{
		"in all":      {Connections: 2},
		"per address": {Connections: 10, ConnectionsPerAddress: 2},
	}
	for name, limits := range tests {
		t.Run(name, func(t *testing.T) {
			b := serve(t, func(o *Options) { o.Limits = limits })
			first := b.client(t)
			b.client(t)
			if got := firstReply(t, b.addr); !strings.Contains(got, "421 4.7.0") {
				t.Errorf("the third hears %s", got)
			}
			expect(t, first, "QUIT", 221)
			eventually(t, "there is room again", func() bool { return strings.HasPrefix(firstReply(t, b.addr), "220 ") })
		})
	}
}

func TestRemoteIP(t *testing.T) {
	for given, want := range map[string]string{
		"192.0.2.1:1": "192.0.2.1", "[::ffff:192.0.2.1]:2": "192.0.2.1", "[2001:db8::1]:1": "2001:db8::1", "[fe80::1%lo]:1": "fe80::1",
	} {
		ap := netip.MustParseAddrPort(given)
		if got := remoteIP(addrConn{addr: net.TCPAddrFromAddrPort(ap)}).String(); got != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
}

type addrConn struct {
	net.Conn
	addr net.Addr
}

func (c addrConn) RemoteAddr() net.Addr { return c.addr }

func TestOptions(t *testing.T) {
	good := Options{Hostname: "mx.example.com", Addr: "127.0.0.1:0", Receiver: &fakeReceiver{}, Verifier: &fakeVerifier{}}
	for name, change := range map[string]func(*Options){
		"no receiver":  func(o *Options) { o.Receiver = nil },
		"no verifier":  func(o *Options) { o.Verifier = nil },
		"no address":   func(o *Options) { o.Addr = "" },
		"no hostname":  func(o *Options) { o.Hostname = "" },
		"bad hostname": func(o *Options) { o.Hostname = "mx example" },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	good.Addr = taken.Addr().String()
	s, err := New(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(context.Background()); err == nil {
		t.Error("it serves on a port that is taken")
	}
}

func TestTLSMail(t *testing.T) {
	b := serve(t, func(o *Options) { o.TLS = serverTLS(t) })
	ca, err := testCA()
	if err != nil {
		t.Fatal(err)
	}
	c := b.client(t)
	if err := c.StartTLS(&tls.Config{RootCAs: ca.Pool(), ServerName: "mx.example.com"}); err != nil {
		t.Fatal(err)
	}
	expect(t, c, "EHLO secret.test", 250)
	body := simpleMail + strings.Repeat("a line of text\r\n", 50000)
	if code, text := c.Mail("ana@customer.test", []string{"support@example.com"}, []byte(body)); code != 250 {
		t.Fatalf("answered %d %s", code, text)
	}
	in := b.receiver.one(t)
	if string(in.raw) != body {
		t.Errorf("%d octets of %d", len(in.raw), len(body))
	}
	want := fmt.Sprintf("Received: from secret.test ([127.0.0.1])\r\n\tby mx.example.com with ESMTPS (TLS1.3 %s)\r\n\tid %s\r\n\tfor <support@example.com>;\r\n\t"+
		"Mon, 23 Nov 2026 10:15:00 +0000\r\n", strings.TrimPrefix(in.Envelope.TLS, "TLS1.3 "), in.Receipt)
	if in.Envelope.Received != want || !strings.HasPrefix(in.Envelope.TLS, "TLS1.3 TLS_") {
		t.Errorf("trace field %q, want %q", in.Envelope.Received, want)
	}
	if err := shutdown(b, 5*time.Second); err != nil { // reaches clients under TLS
		t.Fatal(err)
	}
	expectReply(t, c, 421)
	expectEnd(t, c)
}

// TestPlainTextForAHandshake: nothing that comes then is run.
func TestPlainTextForAHandshake(t *testing.T) {
	b := serve(t, func(o *Options) { o.TLS = serverTLS(t) })
	c := b.client(t)
	expect(t, c, "STARTTLS", 220)
	if err := c.Send([]byte("MAIL FROM:<eve@evil.test>\r\n")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the connection ends", func() bool { return b.Counters.Open.Load() == 0 })
	if n := b.Counters.TLSHandshakeErrors.Load(); n != 1 {
		t.Errorf("%d handshakes failed", n)
	}
}

func TestHandshakeTimeout(t *testing.T) {
	b := serve(t, func(o *Options) {
		o.TLS = serverTLS(t)
		o.Timeouts.Handshake = 50 * time.Millisecond
	})
	c := b.client(t)
	expect(t, c, "STARTTLS", 220)
	expectEnd(t, c)
}

// TestHandshakesAreBounded: who comes while too many shake hands may go on without TLS, or come again.
func TestHandshakesAreBounded(t *testing.T) {
	b := serve(t, func(o *Options) {
		o.TLS = serverTLS(t)
		o.Limits.Handshakes = 1
	})
	slow, second := b.client(t), b.client(t)
	expect(t, slow, "STARTTLS", 220)
	expect(t, second, "STARTTLS", 454)
	expect(t, second, "NOOP", 250)
	_ = slow.Close()
	eventually(t, "there is room again", func() bool { return b.handshakes.Load() == 0 })
	expect(t, second, "STARTTLS", 220)
}

// TestOldTLS: below 1.2 nothing is spoken, whatever the options say (RFC 8996).
func TestOldTLS(t *testing.T) {
	b := serve(t, func(o *Options) {
		o.TLS = serverTLS(t)
		o.TLS.MinVersion = tls.VersionTLS10
	})
	c := b.client(t)
	err := c.StartTLS(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	if err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	eventually(t, "the connection ends", func() bool { return b.Counters.Open.Load() == 0 })
	if n := b.Counters.TLSHandshakeErrors.Load(); n != 1 {
		t.Errorf("%d handshakes failed", n)
	}
}

// TestMemoryOfIdleConnections bounds what a connection costs that does nothing: ten thousand of them may
// not take what mails need.
func TestMemoryOfIdleConnections(t *testing.T) {
	const connections, most = 500, 32 << 10
	b := serve(t, func(o *Options) { o.Limits = Limits{} })
	buf := make([]byte, 4<<10)
	idle := func(n int) {
		for range n {
			nc, err := net.Dial("tcp", b.addr)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = nc.Close() })
			if _, err := io.WriteString(nc, "EHLO idle.test\r\n"); err != nil {
				t.Fatal(err)
			}
			for got := ""; !strings.Contains(got, "\r\n250 "); {
				k, err := nc.Read(buf)
				if err != nil {
					t.Fatal(err)
				}
				got += string(buf[:k])
			}
		}
	}
	idle(50)
	before := inUse()
	idle(connections)
	if each := (inUse() - before) / connections; each > most {
		t.Errorf("an idle connection holds %d octets, more than %d", each, most)
	} else {
		t.Logf("an idle connection holds %d octets", each)
	}
}

// inUse is what the heap and the stacks hold.
func inUse() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools held on to
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// TestClientThatDoesNotRead: replies that nobody takes end the connection, and hold little memory.
func TestClientThatDoesNotRead(t *testing.T) {
	b := serve(t, func(o *Options) {
		o.Limits = Limits{}
		o.Timeouts.Write = 100 * time.Millisecond
	})
	c := b.dial(t)
	c.Timeout = 5 * time.Second
	block := []byte(strings.Repeat("HELP\r\n", 10000))
	for range 10000 {
		if c.Send(block) != nil {
			break
		}
	}
	eventually(t, "the connection ends", func() bool { return b.Counters.Open.Load() == 0 })
}

// TestSurplusRecipients: being told 452 is no reason to go on for ever.
func TestSurplusRecipients(t *testing.T) {
	b := serve(t, func(o *Options) { o.Limits = Limits{Recipients: 1} })
	c := b.client(t)
	expect(t, c, "MAIL FROM:<ana@customer.test>", 250)
	expect(t, c, "RCPT TO:<support@example.com>", 250)
	for range maxSurplus {
		expect(t, c, "RCPT TO:<sales@example.com>", 452)
	}
	expect(t, c, "RCPT TO:<sales@example.com>", 421)
	expectEnd(t, c)
}

// TestRefusedMailsFlood: MAIL that never becomes a mail is counted too.
func TestRefusedMailsFlood(t *testing.T) {
	b := serve(t, func(o *Options) { o.Limits = Limits{IdleCommands: 5} })
	c := b.client(t)
	for range 4 {
		expect(t, c, "MAIL FROM:<josé@customer.test>", 553)
	}
	expect(t, c, "MAIL FROM:<josé@customer.test>", 421)
	expectEnd(t, c)
}
