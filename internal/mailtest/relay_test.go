package mailtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/smtp"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func newRelay(t *testing.T, o RelayOptions) *Relay {
	t.Helper()
	r, err := NewRelay(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func issued(t *testing.T) (*CA, tls.Certificate) {
	t.Helper()
	ca, err := NewCA()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue("relay.test", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return ca, cert
}

func TestRelayKeepsMail(t *testing.T) {
	r := newRelay(t, RelayOptions{})
	c, err := Dial(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if code, text := c.Cmd("EHLO client.test"); code != 250 || !strings.Contains(text, "8BITMIME") {
		t.Fatalf("EHLO: %d %s", code, text)
	}
	raw := []byte("Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nbare\nlf\n.\nend\r\n")
	if code, text := c.Mail("a@client.test", []string{"b@x.test", "c@x.test"}, raw); code != 250 {
		t.Fatalf("%d %s", code, text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	got, err := r.Wait(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []Message{{Seq: 1, From: "a@client.test", To: []string{"b@x.test", "c@x.test"}, Raw: raw,
		HELO: "client.test", Conn: 1, RcptParams: []string{"", ""}}}
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(Message{}, "At")); d != "" {
		t.Error(d)
	}
}

func TestRelayAuthOverTLS(t *testing.T) {
	ca, cert := issued(t)
	client := &tls.Config{RootCAs: ca.Pool(), ServerName: "relay.test"}
	for _, security := range []string{SecurityStartTLS, SecurityTLS} {
		t.Run(security, func(t *testing.T) {
			r := newRelay(t, RelayOptions{Security: security, Certificate: cert, Users: map[string]string{"u": "secret"}})
			dial := func() *smtp.Client {
				t.Helper()
				var nc net.Conn
				var err error
				if security == SecurityTLS {
					nc, err = tls.Dial("tcp", r.Addr(), client)
				} else {
					nc, err = net.Dial("tcp", r.Addr())
				}
				if err != nil {
					t.Fatal(err)
				}
				c, err := smtp.NewClient(nc, "relay.test")
				if err != nil {
					t.Fatal(err)
				}
				if security == SecurityStartTLS {
					if ok, _ := c.Extension("AUTH"); ok {
						t.Error("AUTH is offered in the clear")
					}
					if err := c.StartTLS(client); err != nil {
						t.Fatal(err)
					}
				}
				return c
			}
			c := dial()
			if err := c.Auth(smtp.PlainAuth("", "u", "wrong", "relay.test")); err == nil || !strings.Contains(err.Error(), "535") {
				t.Errorf("wrong password: %v", err)
			}
			_ = c.Close()
			c = dial()
			defer c.Close()
			if err := c.Mail("a@b.test"); err == nil || !strings.Contains(err.Error(), "530") {
				t.Errorf("MAIL before AUTH: %v", err)
			}
			if err := c.Auth(smtp.PlainAuth("", "u", "secret", "relay.test")); err != nil {
				t.Fatal(err)
			}
			if err := c.Mail("a@b.test"); err != nil {
				t.Fatal(err)
			}
			if err := c.Rcpt("c@d.test"); err != nil {
				t.Fatal(err)
			}
			w, err := c.Data()
			if err != nil {
				t.Fatal(err)
			}
			_, _ = w.Write([]byte("Subject: x\r\n\r\nhello\r\n"))
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if got := r.Messages(); len(got) != 1 || got[0].User != "u" || !got[0].TLS || got[0].MailParams != "BODY=8BITMIME SMTPUTF8" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestRelayLogin(t *testing.T) {
	r := newRelay(t, RelayOptions{Users: map[string]string{"u": "p"}})
	RunDialogue(t, r.Addr(), `
		S: 220 relay.test*
		C: EHLO x
		S: 250-relay.test*250 AUTH PLAIN LOGIN
		C: AUTH LOGIN
		S: 334 VXNlcm5hbWU6
		C: dQ==
		S: 334 UGFzc3dvcmQ6
		C: cA==
		S: 235*
		C: AUTH CRAM-MD5
		S: 504*
		# two commands in one packet
		R: "NOOP\r\nNOOP\r\n"
		S: 250*
		S: 250*
		C: QUIT
		S: 221*
		S: EOF
	`)
}

func TestRelayScripts(t *testing.T) {
	const ehlo = "S: 220*\nC: EHLO x\nS: 250*\n"
	const envelope = "C: MAIL FROM:<a@b.test>\nS: 250*\nC: RCPT TO:<c@d.test>\nS: 250*\n"
	tests := []struct {
		name     string
		script   Script
		dialogue string
		kept     int
	}{
		{"banner", OnStage(StageConnect, Answer{Code: 421, Text: "busy"}), "S: 421 busy\nS: EOF", 0},
		{"cut at the banner", OnStage(StageConnect, Answer{Drop: true}), "S: EOF", 0},
		{"MAIL refused", OnStage(StageMail, Answer{Code: 451, Enhanced: "4.3.0", Text: "later"}),
			ehlo + "C: MAIL FROM:<a@b.test>\nS: 451 4.3.0 later\nC: RCPT TO:<c@d.test>\nS: 503*", 0},
		{"one recipient of two", OnRecipient("C@D.TEST", Answer{Code: 550, Enhanced: "5.1.1"}),
			ehlo + "C: MAIL FROM:<>\nS: 250*\nC: RCPT TO:<c@d.test>\nS: 550 5.1.1*\nC: RCPT TO:<e@d.test>\nS: 250*\nC: DATA\nS: 354*\nR: \"x: y\\r\\n\\r\\n.\\r\\n\"\nS: 250*", 1},
		{"first try only", Times(1, OnStage(StageData, Answer{Code: 450})),
			ehlo + envelope + "C: DATA\nS: 450*\nC: DATA\nS: 354*\nR: \".\\r\\n\"\nS: 250*", 1},
		{"cut in the mail", OnStage(StageBody, Answer{Drop: true}),
			ehlo + envelope + "C: DATA\nS: 354*\nC: Subject: x\nS: EOF", 0},
		{"refused after the dot", OnStage(StageDot, Answer{Code: 554, Enhanced: "5.7.1", Text: "spam"}),
			ehlo + envelope + "C: DATA\nS: 354*\nR: \"x: y\\r\\n.\\r\\n\"\nS: 554 5.7.1 spam", 0},
		{"cut after the dot, kept", OnStage(StageDot, Answer{Drop: true}),
			ehlo + envelope + "C: DATA\nS: 354*\nR: \"x: y\\r\\n.\\r\\n\"\nS: EOF", 1},
		{"cut after the dot, lost", OnStage(StageDot, Answer{Drop: true, Lose: true}),
			ehlo + envelope + "C: DATA\nS: 354*\nR: \"x: y\\r\\n.\\r\\n\"\nS: EOF", 0},
		{"several", Scripts(OnRecipient("x@y.test", Answer{Drop: true}), OnStage(StageQuit, Answer{Code: 221, Text: "so long"})),
			ehlo + envelope + "C: QUIT\nS: 221 so long\nS: EOF", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRelay(t, RelayOptions{Script: tt.script})
			RunDialogue(t, r.Addr(), tt.dialogue)
			if n := len(r.Messages()); n != tt.kept {
				t.Errorf("%d mails kept, want %d", n, tt.kept)
			}
		})
	}
}

func TestRelayHoldsUntilTold(t *testing.T) {
	hold, reached := make(chan struct{}), make(chan struct{})
	r := newRelay(t, RelayOptions{Script: func(e Event) Answer {
		if e.Stage == StageMail {
			close(reached)
			return Answer{Hold: hold}
		}
		return Answer{}
	}})
	c, err := Dial(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Cmd("EHLO x")
	answered := make(chan int, 1)
	go func() { code, _ := c.Cmd("MAIL FROM:<a@b.test>"); answered <- code }()
	<-reached
	select {
	case code := <-answered:
		t.Fatalf("answered %d while held", code)
	default:
	}
	close(hold)
	if code := <-answered; code != 250 {
		t.Errorf("got %d", code)
	}
}

func TestRelayDownAndUp(t *testing.T) {
	r := newRelay(t, RelayOptions{})
	c, err := Dial(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r.Down()
	if code, _ := c.Cmd("NOOP"); code != 0 {
		t.Errorf("an open connection answered %d after Down", code)
	}
	if _, err := Dial(r.Addr()); err == nil {
		t.Error("connected to a relay that is down")
	}
	if err := r.Up(); err != nil {
		t.Fatal(err)
	}
	c2, err := Dial(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	_ = c2.Close()
	r.Close()
	if err := r.Up(); err == nil {
		t.Error("a closed relay came up")
	}
}

func TestRelayMessageLimit(t *testing.T) {
	r := newRelay(t, RelayOptions{MaxMessage: 1000})
	c, err := Dial(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Cmd("EHLO x")
	if code, text := c.Mail("a@b.test", []string{"c@d.test"}, bytes.Repeat([]byte("0123456789\r\n"), 100)); code != 552 {
		t.Errorf("%d %s", code, text)
	}
}

func TestOnMessage(t *testing.T) {
	got := make(chan string, 1)
	r := newRelay(t, RelayOptions{OnMessage: func(m Message) { got <- m.From }})
	c, err := Dial(r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Cmd("EHLO x")
	c.Mail("a@b.test", []string{"c@d.test"}, []byte("x: y\r\n"))
	if from := <-got; from != "a@b.test" {
		t.Errorf("got %q", from)
	}
}

func TestCertificates(t *testing.T) {
	ca, cert := issued(t)
	certFile, keyFile, err := WriteCertificate(t.TempDir(), "relay", cert)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.LoadX509KeyPair(certFile, keyFile); err != nil {
		t.Error(err)
	}
	if st, err := os.Stat(keyFile); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", st.Mode(), err)
	}
	expired, err := ca.IssueExpired("relay.test")
	if err != nil {
		t.Fatal(err)
	}
	r := newRelay(t, RelayOptions{Security: SecurityTLS, Certificate: expired})
	if _, err := tls.Dial("tcp", r.Addr(), &tls.Config{RootCAs: ca.Pool(), ServerName: "relay.test"}); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("an expired certificate: %v", err)
	}
}
