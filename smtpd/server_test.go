package smtpd

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/mailauth"
	"recado/internal/mailtest"
)

// received is what fakeReceiver was given, copied, as it may not keep the mail.
type received struct {
	conversation.Incoming
	raw []byte
}

// fakeReceiver knows a few addresses and takes what it is given.
type fakeReceiver struct {
	mu      sync.Mutex
	mails   []received
	ready   error
	receive func(context.Context, *conversation.Incoming) (*conversation.Outcome, error) // nil: accept
}

func (f *fakeReceiver) Recipient(address string) conversation.RecipientStatus {
	if address == "postmaster" {
		return conversation.RecipientOK
	}
	at := strings.LastIndexByte(address, '@')
	local, domain := address[:at], address[at+1:]
	switch {
	case domain != "example.com" && domain != "xn--exmple-cua.com":
		return conversation.RecipientNotOurs
	}
	switch base, _, _ := strings.Cut(strings.ToLower(local), "+"); base {
	case "support", "sales", "josé":
		return conversation.RecipientOK
	case "old":
		return conversation.RecipientInactive
	case "sender":
		return conversation.RecipientNotReceiving
	}
	return conversation.RecipientUnknown
}

func (f *fakeReceiver) Ready() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ready
}

func (f *fakeReceiver) Receive(ctx context.Context, in *conversation.Incoming) (*conversation.Outcome, error) {
	raw, err := io.ReadAll(io.NewSectionReader(in.Mail, 0, in.Mail.Size()))
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.mails = append(f.mails, received{*in, raw})
	decide := f.receive
	f.mu.Unlock()
	if decide != nil {
		return decide(ctx, in)
	}
	return &conversation.Outcome{Action: conversation.Accepted, Receipt: in.Receipt}, nil
}

func (f *fakeReceiver) got() []received {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.mails)
}

// one returns the only mail that was received.
func (f *fakeReceiver) one(t *testing.T) received {
	t.Helper()
	mails := f.got()
	if len(mails) != 1 {
		t.Fatalf("%d mails were received, want 1", len(mails))
	}
	return mails[0]
}

type fakeVerifier struct {
	mu   sync.Mutex
	last mailauth.Request
}

func (v *fakeVerifier) Check(_ context.Context, r mailauth.Request) mailauth.Result {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last = r
	return mailauth.Result{
		Verdict: mailauth.Verified, SPF: mailauth.SPFResult{Result: "pass", Identity: "mailfrom", Domain: "customer.test"},
		DMARC: mailauth.DMARCResult{Result: "pass", Policy: "reject"}, Evidence: []string{"SPF vouches for it."},
	}
}

// bench is a running server with its fakes.
type bench struct {
	*Server
	receiver *fakeReceiver
	verifier *fakeVerifier
	addr     string
	served   chan error
}

// serve starts a server on loopback; it is shut down with the test, and nothing of it may be left then.
func serve(tb testing.TB, change func(*Options)) *bench {
	tb.Helper()
	b := &bench{receiver: &fakeReceiver{}, verifier: &fakeVerifier{}, served: make(chan error, 1)}
	o := Options{
		Hostname: "mx.example.com", Addr: "127.0.0.1:0", MaxMessage: 1 << 20,
		Receiver: b.receiver, Verifier: b.verifier, SpoolDir: tb.TempDir(), Limits: DefaultLimits,
		Now: func() time.Time { return time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC) },
	}
	if change != nil {
		change(&o)
	}
	var err error
	if b.Server, err = New(o); err != nil {
		tb.Fatal(err)
	}
	if err := b.Listen(); err != nil {
		tb.Fatal(err)
	}
	b.addr = b.Addr().String()
	go func() { b.served <- b.Serve(context.Background()) }()
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := b.Shutdown(ctx); err != nil {
			tb.Errorf("shutdown: %v", err)
		}
		if err := <-b.served; err != nil {
			tb.Errorf("serve: %v", err)
		}
		if n := b.Counters.Open.Load(); n != 0 {
			tb.Errorf("%d connections are left", n)
		}
	})
	return b
}

// client connects and says EHLO.
func (b *bench) client(tb testing.TB) *mailtest.Conn {
	tb.Helper()
	c := b.dial(tb)
	expect(tb, c, "EHLO client.test", 250)
	return c
}

func (b *bench) dial(tb testing.TB) *mailtest.Conn {
	tb.Helper()
	c, err := mailtest.Dial(b.addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// startData brings a client to where it sends the body.
func (b *bench) startData(tb testing.TB) *mailtest.Conn {
	tb.Helper()
	c := b.client(tb)
	expect(tb, c, "MAIL FROM:<ana@customer.test>", 250)
	expect(tb, c, "RCPT TO:<support@example.com>", 250)
	expect(tb, c, "DATA", 354)
	return c
}

func expect(tb testing.TB, c *mailtest.Conn, line string, code int) string {
	tb.Helper()
	got, text := c.Cmd(line)
	if got != code {
		tb.Fatalf("%s: answered %d %s, want %d", line, got, text, code)
	}
	return text
}

func expectReply(tb testing.TB, c *mailtest.Conn, code int) string {
	tb.Helper()
	got, text := c.Reply()
	if got != code {
		tb.Fatalf("answered %d %s, want %d", got, text, code)
	}
	return text
}

// expectEnd wants the server to have closed the connection.
func expectEnd(tb testing.TB, c *mailtest.Conn) {
	tb.Helper()
	if code, text := c.Reply(); code != 0 || strings.Contains(text, "timeout") {
		tb.Fatalf("the connection goes on: %d %s", code, text)
	}
}

// eventually polls until the condition holds.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("never happened: %s", what)
		}
	}
}

const simpleMail = "From: Ana <ana@customer.test>\r\nTo: support@example.com\r\nSubject: hello\r\n\r\nMy order is late.\r\n"

func TestReceive(t *testing.T) {
	b := serve(t, nil)
	c := b.client(t)
	code, text := c.Mail("ana@customer.test", []string{"Support@Example.COM", "sales@example.com"}, []byte(simpleMail))
	if code != 250 {
		t.Fatalf("answered %d %s", code, text)
	}
	expect(t, c, "QUIT", 221)
	expectEnd(t, c)
	in := b.receiver.one(t)
	if text != "2.0.0 Ok: "+in.Receipt || !conversation.ValidID(in.Receipt) {
		t.Errorf("answered %q, the receipt is %q", text, in.Receipt)
	}
	if string(in.raw) != simpleMail {
		t.Errorf("received %q", in.raw)
	}
	if in.Envelope.From != "ana@customer.test" || !slices.Equal(in.Envelope.Recipients, []string{"Support@example.com", "sales@example.com"}) {
		t.Errorf("envelope %+v", in.Envelope)
	}
	if in.Envelope.HELO != "client.test" || in.Envelope.RemoteIP != netip.MustParseAddr("127.0.0.1") || in.Envelope.TLS != "" {
		t.Errorf("envelope %+v", in.Envelope)
	}
	want := "Received: from client.test ([127.0.0.1])\r\n\tby mx.example.com with ESMTP\r\n\tid " + in.Receipt +
		";\r\n\tMon, 23 Nov 2026 10:15:00 +0000\r\n"
	if in.Envelope.Received != want {
		t.Errorf("trace field %q, want %q", in.Envelope.Received, want)
	}
	if in.Parsed.Subject != "hello" || in.Parsed.Preview != "My order is late." {
		t.Errorf("parsed %+v", in.Parsed)
	}
	if r := b.verifier.last; r.FromDomain != "customer.test" || r.HELO != "client.test" || r.MailFrom != "ana@customer.test" ||
		r.RemoteIP != in.Envelope.RemoteIP || r.Size != int64(len(simpleMail)) {
		t.Errorf("verified %+v", r)
	}
	if a := in.Auth; a.Verdict != conversation.Verified || a.SPF != "pass" || a.DKIM != "none" || a.DMARC != "pass" ||
		a.Policy != "reject" || len(a.Evidence) != 1 || !strings.HasPrefix(a.Results, "Authentication-Results: mx.example.com;") {
		t.Errorf("auth %+v", a)
	}
	if n := b.Counters.Received.Load(); n != 1 {
		t.Errorf("%d mails are counted", n)
	}
}

// testLog collects what is logged.
type testLog struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *testLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *testLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *testLog) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }
