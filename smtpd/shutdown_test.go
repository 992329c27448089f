package smtpd

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/mailtest"
)

func shutdown(b *bench, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return b.Shutdown(ctx)
}

// TestShutdownTellsIdleClients: go-smtp would wait for them for ever.
func TestShutdownTellsIdleClients(t *testing.T) {
	b := serve(t, nil)
	idle, within := b.client(t), b.client(t)
	expect(t, within, "MAIL FROM:<ana@customer.test>", 250)
	silent := b.dial(t)
	if err := shutdown(b, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*mailtest.Conn{idle, within, silent} {
		if text := expectReply(t, c, 421); !strings.HasPrefix(text, "4.3.2 ") {
			t.Errorf("told %s", text)
		}
		expectEnd(t, c)
	}
	if _, err := net.Dial("tcp", b.addr); err == nil {
		t.Error("it still accepts")
	}
}

func TestShutdownDuringTheBannerDelay(t *testing.T) {
	b := serve(t, func(o *Options) { o.BannerDelay = time.Hour })
	nc, err := net.Dial("tcp", b.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	eventually(t, "it is accepted", func() bool { return b.Counters.Open.Load() == 1 })
	if err := shutdown(b, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(nc); !strings.HasPrefix(string(got), "421 4.3.2 ") {
		t.Errorf("told %q", got)
	}
}

// TestShutdownFinishesAMail that is being received, and one that is being judged.
func TestShutdownFinishesAMail(t *testing.T) {
	b := serve(t, nil)
	release := make(chan struct{})
	b.receiver.receive = func(context.Context, *conversation.Incoming) (*conversation.Outcome, error) {
		<-release
		return &conversation.Outcome{Action: conversation.Accepted}, nil
	}
	judged, half := b.startData(t), b.startData(t)
	if err := judged.Send([]byte(simpleMail + ".\r\n")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "one is judged", func() bool { return len(b.receiver.got()) == 1 })
	if err := half.Send([]byte(simpleMail)); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- shutdown(b, 10*time.Second) }()
	eventually(t, "it drains", b.isDraining)
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	close(release)
	if err := half.Send([]byte("the other half\r\n.\r\n")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*mailtest.Conn{judged, half} {
		expectReply(t, c, 250)
		expectReply(t, c, 421)
		expectEnd(t, c)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := len(b.receiver.got()); n != 2 {
		t.Errorf("%d mails received", n)
	}
}

// TestShutdownThatMayNotWait cuts a mail whose sender has fallen silent; it is not delivered.
func TestShutdownThatMayNotWait(t *testing.T) {
	b := serve(t, nil)
	c := b.startData(t)
	if err := c.Send([]byte(simpleMail)); err != nil {
		t.Fatal(err)
	}
	if err := shutdown(b, 50*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("shutdown: %v", err)
	}
	expectEnd(t, c)
	if err := shutdown(b, 5*time.Second); err != nil {
		t.Errorf("the second shutdown: %v", err)
	}
	if n := len(b.receiver.got()); n != 0 {
		t.Errorf("%d mails delivered", n)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	s, err := New(Options{Hostname: "mx.example.com", Addr: "127.0.0.1:0", Receiver: &fakeReceiver{}, Verifier: &fakeVerifier{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	c, err := mailtest.Dial(s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	// Whether an idle client still reads its 421 before the connection is closed is a matter of chance.
	if code, text := c.Reply(); code == 421 {
		expectEnd(t, c)
	} else if code != 0 || strings.Contains(text, "timeout") {
		t.Errorf("the connection goes on: %d %s", code, text)
	}
}
