package smtpd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/emersion/go-smtp"

	"recado/conversation"
	"recado/internal/mailtest"
)

// TestReplies gives every outcome its reply, and nothing of a cause leaves the house.
func TestReplies(t *testing.T) {
	outcome := func(a conversation.Action, r conversation.Reason) func(context.Context, *conversation.Incoming) (*conversation.Outcome, error) {
		return func(context.Context, *conversation.Incoming) (*conversation.Outcome, error) {
			return &conversation.Outcome{Action: a, Reason: r}, nil
		}
	}
	secret := &smtp.SMTPError{Code: 550, Message: "/var/lib/recado/recado.db of ana@customer.test"}
	tests := map[string]struct {
		receive func(context.Context, *conversation.Incoming) (*conversation.Outcome, error)
		code    int
		text    string
	}{
		"loop":           {outcome(conversation.Refused, conversation.ReasonLoopReceived), 554, "5.4.6 "},
		"from malformed": {outcome(conversation.Refused, conversation.ReasonFromMalformed), 550, "5.6.0 "},
		"DMARC policy":   {outcome(conversation.Refused, conversation.ReasonDMARCPolicy), 550, "5.7.1 "},
		"another reason": {outcome(conversation.Refused, "something-new"), 550, "5.7.1 "},
		"DNS":            {outcome(conversation.Later, conversation.ReasonDNSTemporary), 451, "4.4.3 "},
		"later":          {outcome(conversation.Later, "something-new"), 451, "4.7.1 "},
		"no action":      {outcome("", ""), 451, "4.3.0 "},
		"fault": {func(context.Context, *conversation.Incoming) (*conversation.Outcome, error) {
			return nil, errors.New("open /var/lib/recado/recado.db: permission denied")
		}, 451, "4.3.0 "},
		"wrapped reply": {func(context.Context, *conversation.Incoming) (*conversation.Outcome, error) {
			return nil, fmt.Errorf("store: %w", secret)
		}, 451, "4.3.0 "},
		"a reply that is not ours": {func(context.Context, *conversation.Incoming) (*conversation.Outcome, error) { return nil, secret }, 451, "4.3.0 "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			log := &testLog{}
			b := serve(t, func(o *Options) { o.Log = log.logger() })
			b.receiver.receive = tt.receive
			c := b.client(t)
			code, text := c.Mail("ana@customer.test", []string{"support@example.com"}, []byte(simpleMail))
			if code != tt.code || !strings.HasPrefix(text, tt.text) {
				t.Errorf("answered %d %s, want %d %s", code, text, tt.code, tt.text)
			}
			if strings.Contains(text, "recado") || strings.Contains(text, "customer") {
				t.Errorf("the cause went out: %s", text)
			}
			if strings.Contains(log.String(), "My order") {
				t.Error("a body is in the log")
			}
			expect(t, c, "NOOP", 250) // the connection goes on
		})
	}
}

func TestCauseIsLogged(t *testing.T) {
	log := &testLog{}
	b := serve(t, func(o *Options) { o.Log = log.logger() })
	b.receiver.receive = func(context.Context, *conversation.Incoming) (*conversation.Outcome, error) {
		return nil, errors.New("disk on fire")
	}
	c := b.client(t)
	c.Mail("ana@customer.test", []string{"support@example.com"}, []byte(simpleMail))
	if !strings.Contains(log.String(), "disk on fire") || !strings.Contains(log.String(), b.receiver.one(t).Receipt) {
		t.Errorf("log: %s", log)
	}
}

func TestNotReady(t *testing.T) {
	tests := map[string]struct {
		err  error
		code int
		text string
	}{
		"no room":      {errors.New("less than 256 MiB left"), 452, "4.3.1 "},
		"disk full":    {fmt.Errorf("append: %w", syscall.ENOSPC), 452, "4.3.1 "},
		"failed fsync": {&os.PathError{Op: "sync", Path: "/x/mail", Err: syscall.EIO}, 451, "4.3.0 "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := serve(t, nil)
			b.receiver.ready = tt.err
			c := b.client(t)
			if text := expect(t, c, "MAIL FROM:<ana@customer.test>", tt.code); !strings.HasPrefix(text, tt.text) || strings.Contains(text, "/") {
				t.Errorf("answered %s", text)
			}
			expect(t, c, "RCPT TO:<support@example.com>", 503)
		})
	}
}

func TestPanicIsContained(t *testing.T) {
	log := &testLog{}
	b := serve(t, func(o *Options) { o.Log = log.logger() })
	b.receiver.receive = func(context.Context, *conversation.Incoming) (*conversation.Outcome, error) { panic("boom") }
	c := b.client(t)
	code, text := c.Mail("ana@customer.test", []string{"support@example.com"}, []byte(simpleMail))
	if code != 421 || strings.Contains(text, "boom") {
		t.Errorf("answered %d %s", code, text)
	}
	expectEnd(t, c)
	b.client(t) // others go on
	eventually(t, "the panic is in the log", func() bool { return strings.Contains(log.String(), "boom") })
}

// TestJudgedWithoutTheClient: after the final dot the work does not depend on the connection.
func TestJudgedWithoutTheClient(t *testing.T) {
	b := serve(t, nil)
	gone, judged := make(chan struct{}), make(chan error, 1)
	b.receiver.receive = func(ctx context.Context, in *conversation.Incoming) (*conversation.Outcome, error) {
		<-gone
		_, bounded := ctx.Deadline()
		if !bounded {
			judged <- errors.New("no deadline")
		} else {
			judged <- ctx.Err()
		}
		return &conversation.Outcome{Action: conversation.Accepted}, nil
	}
	c := b.startData(t)
	if err := c.Send([]byte(simpleMail + ".\r\n")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the mail is judged", func() bool { return len(b.receiver.got()) == 1 })
	_ = c.Close()
	close(gone)
	if err := <-judged; err != nil {
		t.Errorf("the context: %v", err)
	}
}

// TestConnectionContext: it ends with the connection.
func TestConnectionContext(t *testing.T) {
	b := serve(t, nil)
	c := b.client(t)
	var own *conn
	b.mu.Lock()
	for k := range b.conns {
		own = k
	}
	b.mu.Unlock()
	if own.ctx.Err() != nil {
		t.Fatal("it ended before the connection")
	}
	expect(t, c, "QUIT", 221)
	eventually(t, "the context ends", func() bool { return own.ctx.Err() != nil })
}

func TestCutDataIsNotDelivered(t *testing.T) {
	for name, wire := range map[string]string{
		"nothing": "", "header": "Subject: x\r\n", "body": simpleMail, "almost": simpleMail + ".\r",
	} {
		t.Run(name, func(t *testing.T) {
			b := serve(t, nil)
			c := b.startData(t)
			if err := c.Send([]byte(wire)); err != nil {
				t.Fatal(err)
			}
			_ = c.Close()
			eventually(t, "the connection ends", func() bool { return b.Counters.Open.Load() == 0 })
			if n := len(b.receiver.got()); n != 0 || b.Counters.Cut.Load() != 1 {
				t.Errorf("%d mails delivered, %d cut", n, b.Counters.Cut.Load())
			}
		})
	}
}

// TestCutBDATIsNotDelivered: go-smtp would take a chunk that the connection's end cut short for a whole mail.
func TestCutBDATIsNotDelivered(t *testing.T) {
	b := serve(t, nil)
	for _, bdat := range []string{"BDAT 1000 LAST\r\nSubject: half", "BDAT 10\r\nSubject: xBDAT 500 LAST\r\nhalf", "bdat 0 last\r\n"} {
		c := b.client(t)
		expect(t, c, "MAIL FROM:<ana@customer.test>", 250)
		expect(t, c, "RCPT TO:<support@example.com>", 250)
		if err := c.Send([]byte(bdat)); err != nil {
			t.Fatal(err)
		}
		expectReply(t, c, 502)
		expectEnd(t, c)
	}
	eventually(t, "the connections end", func() bool { return b.Counters.Open.Load() == 0 })
	if n := len(b.receiver.got()); n != 0 {
		t.Errorf("%d mails delivered", n)
	}
}

func TestSizes(t *testing.T) {
	const limit = 1 << 20
	header := "Subject: big\r\n\r\n"
	line := strings.Repeat("x", 76) + "\r\n"
	fill := func(n int) string {
		s := header + strings.Repeat(line, (n-len(header))/len(line))
		return s + strings.Repeat("y", n-len(s)-2) + "\r\n"
	}
	tests := map[string]struct {
		mail string
		code int
	}{
		"empty":               {"", 250},
		"in memory":           {fill(spoolInMemory), 250},
		"in a file":           {fill(spoolInMemory + 100), 250},
		"just fits":           {fill(limit), 250},
		"one octet too many":  {fill(limit + 100), 552},
		"one line of 100 KB":  {header + strings.Repeat("x", 100<<10) + "\r\n", 250},
		"one line of 700 KB":  {strings.Repeat("x", 500<<10), 250},
		"30 MB, limit 25 MiB": {fill(30e6), 552},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := serve(t, func(o *Options) {
				if len(tt.mail) > 2*limit {
					o.MaxMessage = 25 << 20
				}
			})
			c := b.client(t)
			code, text := c.Mail("ana@customer.test", []string{"support@example.com"}, []byte(tt.mail))
			if code != tt.code {
				t.Fatalf("answered %d %s, want %d", code, text, tt.code)
			}
			expect(t, c, "NOOP", 250) // the rest of a refused body was not taken for commands
			if code != 250 {
				if n := len(b.receiver.got()); n != 0 {
					t.Errorf("%d mails delivered", n)
				}
				return
			}
			in := b.receiver.one(t)
			want := bytes.TrimSuffix(mailtest.DotStuff([]byte(tt.mail)), []byte(".\r\n")) // with a last CRLF
			if !bytes.Equal(in.raw, want) || in.Mail.SHA256() != sha256.Sum256(in.raw) || in.Mail.Size() != int64(len(in.raw)) {
				t.Errorf("%d octets received of %d", len(in.raw), len(want))
			}
		})
	}
}

// TestEndlessBody: a client that sends on and on is cut after twice the limit.
func TestEndlessBody(t *testing.T) {
	b := serve(t, func(o *Options) { o.MaxMessage = 64 << 10 })
	c := b.startData(t)
	go func() {
		block := bytes.Repeat([]byte("endless\r\n"), 1000)
		for c.Send(block) == nil { //nolint:revive // until it is cut
		}
	}()
	if code, _ := c.Reply(); code/100 != 5 && code != 0 { // the reset may overtake the reply
		t.Errorf("answered %d", code)
	}
	expectEnd(t, c)
}

func TestHeaderBombs(t *testing.T) {
	tests := map[string]struct {
		header string
		code   int
	}{
		"a field of 600 KiB":       {"Subject: " + strings.Repeat("x", 600<<10) + "\r\n", 552},
		"many octets":              {strings.Repeat("X-Field: "+strings.Repeat("y", 900)+"\r\n", 700), 552},
		"many fields":              {strings.Repeat("A: b\r\n", 6000), 554},
		"many folds":               {"Subject: x\r\n" + strings.Repeat(" x\r\n", 6000), 554},
		"many folds, LF":           {"Subject: x\n" + strings.Repeat(" x\n", 6000), 554},
		"bare CRs":                 {"Subject: x" + strings.Repeat("\r", 6000) + "\r\n", 554},
		"lines of one CR":          {strings.Repeat("\r\r\n", 6000), 554},
		"4900 fields":              {strings.Repeat("A: b\r\n", 4900), 250},
		"400 KiB":                  {"Subject: " + strings.Repeat("x", 400<<10) + "\r\n", 250},
		"many lines, in the body":  {"Subject: x\r\n\r\n" + strings.Repeat("A: b\r\n", 6000), 250},
		"LF ends the header":       {"Subject: x\n\n" + strings.Repeat("A: b\r\n", 6000), 250},
		"LF, CRLF ends the header": {"Subject: x\n\r\n" + strings.Repeat("A: b\r\n", 6000), 250},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := serve(t, nil)
			c := b.client(t)
			code, text := c.Mail("ana@customer.test", []string{"support@example.com"}, []byte(tt.header+"\r\nbody\r\n"))
			if code != tt.code {
				t.Fatalf("answered %d %s, want %d", code, text, tt.code)
			}
			if n := len(b.receiver.got()); n != 0 && code != 250 {
				t.Error("a refused mail was judged")
			}
			expect(t, c, "NOOP", 250)
		})
	}
}

// TestNoSpoolRoom: where the spool cannot be written, the sender is to try again.
func TestNoSpoolRoom(t *testing.T) {
	b := serve(t, func(o *Options) { o.SpoolDir = "/nonexistent/spool" })
	c := b.client(t)
	big := []byte("Subject: x\r\n\r\n" + strings.Repeat("line\r\n", 100000))
	if code, text := c.Mail("ana@customer.test", []string{"support@example.com"}, big); code != 451 || strings.Contains(text, "/") {
		t.Errorf("answered %d %s", code, text)
	}
	if code, _ := c.Mail("ana@customer.test", []string{"support@example.com"}, []byte(simpleMail)); code != 250 {
		t.Errorf("a small mail is answered %d", code)
	}
}

func TestSpoolLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	s := newSpool(dir, 0)
	data := bytes.Repeat([]byte("0123456789"), 100000)
	for chunk := range slices.Chunk(data, 70000) {
		if _, err := s.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	got, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size()))
	if err != nil || !bytes.Equal(got, data) || s.SHA256() != sha256.Sum256(data) {
		t.Errorf("%d octets came back, %v", len(got), err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("the spool has a name: %v", entries)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestDuplicateRecipientsAreOne(t *testing.T) {
	b := serve(t, nil)
	c := b.client(t)
	rcpts := []string{"support@example.com", "SUPPORT@EXAMPLE.COM", "support@example.com", "sales@example.com"}
	if code, text := c.Mail("", rcpts, []byte(simpleMail)); code != 250 {
		t.Fatalf("answered %d %s", code, text)
	}
	if in := b.receiver.one(t); len(in.Envelope.Recipients) != 2 || in.Envelope.From != "" {
		t.Errorf("envelope %+v", in.Envelope)
	}
}

func TestSenderThatIsVerified(t *testing.T) {
	tests := map[string]struct{ header, want string }{
		"one":             {"From: Ana <ana@Customer.TEST>", "customer.test"},
		"IDN":             {"From: <ana@exämple.test>", "xn--exmple-cua.test"},
		"Sender decides":  {"From: a@one.test, b@two.test\r\nSender: b@two.test", "two.test"},
		"nobody decides":  {"From: a@one.test, b@two.test", ""},
		"several fields":  {"From: a@one.test\r\nFrom: b@two.test", ""},
		"none":            {"Subject: x", ""},
		"Sender elsewere": {"From: a@one.test\r\nSender: b@two.test", "one.test"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := serve(t, nil)
			c := b.client(t)
			c.Mail("x@y.test", []string{"support@example.com"}, []byte(tt.header+"\r\n\r\nbody\r\n"))
			b.receiver.one(t)
			if got := b.verifier.last.FromDomain; got != tt.want {
				t.Errorf("verified %q, want %q", got, tt.want)
			}
		})
	}
}
