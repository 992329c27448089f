package smtpd

import (
	"context"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"
)

// pipeListener accepts one end of every pipe that dial makes.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

var replyLine = regexp.MustCompile(`^[2-5][0-9][0-9][ -][\x20-\x7e]*$`)

// FuzzDialogue says anything to the server: it never panics, answers in well-formed replies only, and takes
// no mail but for a recipient that it accepted.
func FuzzDialogue(f *testing.F) {
	const hello = "EHLO x.test\r\n"
	const data = hello + "MAIL FROM:<a@b.test>\r\nRCPT TO:<support@example.com>\r\nDATA\r\n"
	for _, s := range []string{
		data + "Subject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n", data + data + ".\r\n" + data,
		hello + "MAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nrcpt to: <POSTMASTER> X=1\r\nRSET\r\nDATA\r\n",
		hello + "MAIL FROM:<a@b.test> SIZE=99999999999 BODY=8BITMIME SMTPUTF8\r\nMAIL FROM:<\"a b\"@c.test>\r\n",
		hello + "RCPT TO:<@a,@b:c@d>\r\nVRFY x\r\nHELP\r\nBDAT 3 LAST\r\nabcQUIT\r\n", "STARTTLS\r\n\x16\x03\x01", "GET / HTTP/1.0\r\n\r\n",
		hello + "MAIL FROM:<é@b.test> SMTPUTF8\r\nRCPT TO:<josé@exämple.com>\r\nDATA\r\n..\r\n.\r\n", "\n\r\n \t\r\nHELO\r\nEHLO \r\n",
	} {
		f.Add(s)
	}
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	r := &fakeReceiver{}
	log := &testLog{}
	s, err := New(Options{Hostname: "mx.example.com", Listener: l, Receiver: r, Verifier: &fakeVerifier{}, SpoolDir: f.TempDir(),
		Limits: DefaultLimits, MaxMessage: 64 << 10, Timeouts: Timeouts{Command: 5 * time.Second, Block: 5 * time.Second}, Log: log.logger()})
	if err != nil {
		f.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background()) }()
	f.Cleanup(func() {
		_ = s.Shutdown(context.Background())
		<-served
	})
	f.Fuzz(func(t *testing.T, say string) {
		client, server := net.Pipe()
		l.conns <- server
		go func() {
			_, _ = io.WriteString(client, say)
			_, _ = io.WriteString(client, "\r\n.\r\nQUIT\r\n") // so that most end by themselves
			_ = client.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		}()
		heard, _ := io.ReadAll(client)
		_ = client.Close()
		for line := range strings.SplitSeq(strings.TrimSuffix(string(heard), "\r\n"), "\r\n") {
			if !replyLine.MatchString(line) {
				t.Fatalf("said %q, heard %q", say, line)
			}
		}
		if strings.Contains(string(heard), "Internal server error") {
			t.Fatalf("said %q, it panicked: %s", say, log)
		}
		for _, m := range r.got() {
			if len(m.Envelope.Recipients) == 0 || strings.ContainsAny(m.Envelope.From+m.Envelope.HELO, "\r\n\x00") {
				t.Fatalf("said %q, took %+v", say, m.Envelope)
			}
		}
		r.mu.Lock()
		r.mails = nil
		r.mu.Unlock()
	})
}
