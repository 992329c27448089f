package outbound

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/mailtest"
)

// What is wrong with the way to the relay is told in words that an operator can act on, and no
// credential and no mail goes over it.
func TestFaults(t *testing.T) {
	other, err := mailtest.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	starttls := func(*mailtest.RelayOptions) {}
	tests := []struct {
		name   string
		relay  func(*mailtest.RelayOptions)
		way    func(*Relay)
		at     stage
		reason string
	}{
		{"STARTTLS stripped", func(o *mailtest.RelayOptions) { o.Security = mailtest.SecurityNone },
			func(r *Relay) { r.Security = SecurityStartTLS }, stageTLS, "does not offer STARTTLS, and nothing is sent in clear"},
		{"unknown authority", starttls, func(r *Relay) { r.RootCAs = other.Pool() }, stageTLS, "certificate is not good for 127.0.0.1"},
		{"system's authorities", starttls, func(r *Relay) { r.RootCAs = nil }, stageTLS, "certificate is not good for 127.0.0.1"},
		{"no TLS there", func(o *mailtest.RelayOptions) { o.Security = mailtest.SecurityNone },
			func(r *Relay) { r.Security = SecurityTLS }, stageTLS, "no TLS with the relay"},
		{"no AUTH offered", func(o *mailtest.RelayOptions) { o.Users = nil }, func(*Relay) {}, stageAuth, "offers no AUTH"},
		{"unknown AUTH", func(o *mailtest.RelayOptions) { o.Mechanisms = []string{"CRAM-MD5"} }, func(*Relay) {}, stageAuth, "only CRAM-MD5"},
		{"wrong password", starttls, func(r *Relay) { r.Password = "wrong" }, stageAuth, "refused our login"},
		{"wrong password, LOGIN", func(o *mailtest.RelayOptions) { o.Mechanisms = []string{"LOGIN"} }, func(r *Relay) { r.Password = "wrong" }, stageAuth, "refused our login"},
		{"no port", starttls, func(r *Relay) { r.Address = "relay" }, stageConnect, "host:port"},
		{"no such security", starttls, func(r *Relay) { r.Security = "ssl" }, stageConnect, "not known"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t, tt.relay)
			tt.way(&o.way)
			_, f := connect(t.Context(), o.way, o.queue.timeouts)
			if f == nil || f.at != tt.at || !strings.Contains(f.reason, tt.reason) {
				t.Fatalf("%+v", f)
			}
			if strings.Contains(f.Error(), words) {
				t.Error("the password is told")
			}
			o.add("Hello", ana)
			s := o.run(settled)
			if d := delivery(t, s, "m1", ana); d.State != conversation.DeliveryDeferred || d.Reason != f.reason {
				t.Errorf("%+v", d)
			}
			if n := len(o.relay.Messages()); n != 0 {
				t.Errorf("%d mails", n)
			}
		})
	}
}

func TestCertificateOfAnotherHost(t *testing.T) {
	ca, err := mailtest.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, func(r *mailtest.RelayOptions) {
		if r.Certificate, err = ca.Issue("relay.example"); err != nil {
			t.Fatal(err)
		}
	})
	o.way.RootCAs = ca.Pool()
	_, f := connect(t.Context(), o.way, o.queue.timeouts)
	if f == nil || f.at != stageTLS || !strings.Contains(f.reason, "not good for 127.0.0.1") {
		t.Fatalf("%+v", f)
	}
}

// A relay, or somebody between, may answer anything; we wait for none of it longer or hold more of it than we said.
func TestHostileRelay(t *testing.T) {
	tests := []struct {
		name    string
		answers []string
		reason  string
	}{
		{"no SMTP", []string{"HTTP/1.1 400 Bad Request\r\n"}, "does not speak SMTP"},
		{"closed", []string{""}, "closed the connection"},
		{"endless line", []string{"220 " + strings.Repeat("x", 10_000) + "\r\n"}, "too long"},
		{"endless reply", []string{strings.Repeat("220-x\r\n", 1000)}, "does not end"},
		{"codes that change", []string{"220-x\r\n250 y\r\n"}, "does not speak SMTP"},
		{"answer injected after STARTTLS", []string{"220 x\r\n", "250-x\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"}, "in clear after STARTTLS"},
		{"control characters", []string{"554 \x1b[31mred\x00 \u202eevil\r\n"}, "connections: [31mred evil"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			way := Relay{Address: spoken(t, tt.answers...), Security: SecurityStartTLS, Hostname: "mx.example.com"}
			limits := standardTimeouts
			limits.command = 5 * time.Second
			_, f := connect(t.Context(), way, limits)
			if f == nil || !strings.Contains(f.reason, tt.reason) || len(f.reason) > maxReason {
				t.Errorf("%+v", f)
			}
		})
	}
}

// A relay that says nothing is left after the time that we give it.
func TestSilentRelay(t *testing.T) {
	o := newOffice(t, nil)
	never := make(chan struct{})
	o.relay.SetScript(mailtest.Times(1, mailtest.OnStage(mailtest.StageMail, mailtest.Answer{Hold: never})))
	o.queue.timeouts.command = 50 * time.Millisecond
	o.add("Hello", ana)
	s := o.run(settled)
	close(never)
	if d := delivery(t, s, "m1", ana); d.State != conversation.DeliveryDeferred || !strings.Contains(d.Reason, "timeout") {
		t.Errorf("%+v", d)
	}
}

func TestNoneOnlyOnLoopback(t *testing.T) {
	for addr, want := range map[string]bool{"127.0.0.1:25": true, "[::1]:25": true, "192.0.2.1:25": false, "[2001:db8::1]:25": false} {
		if got := isLoopback(textAddr(addr)); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
}

type textAddr string

func (textAddr) Network() string  { return "tcp" }
func (a textAddr) String() string { return string(a) }

// What this relay cannot be given fails before anything is sent, and only for those whom it is about.
func TestRefusedAlone(t *testing.T) {
	utf8 := "josé@customer.example"
	tests := []struct {
		name  string
		relay func(*mailtest.RelayOptions)
		raw   string
		to    []string
		want  string
		mails int
	}{
		{"too large", func(o *mailtest.RelayOptions) { o.MaxMessage = 100 }, mailText("m1", "Hello"), []string{ana}, ana + " failed 552 5.3.4\n", 0},
		{"no addresses", nil, mailText("m1", "Hello"),
			[]string{"ana", "a>b@customer.example", "a\r\nRCPT TO:<x@customer.example", "@x", "x@", ana},
			"ana failed 553 5.1.3\na>b@customer.example failed 553 5.1.3\na\r\nRCPT TO:<x@customer.example failed 553 5.1.3\n" +
				"@x failed 553 5.1.3\nx@ failed 553 5.1.3\n" + ana + " sent 250 2.0.0\n", 1},
		{"SMTPUTF8", nil, mailText("m1", "Hello"), []string{utf8, ana}, utf8 + " sent 250 2.0.0\n" + ana + " sent 250 2.0.0\n", 1},
		{"no SMTPUTF8", func(o *mailtest.RelayOptions) { o.No8BITMIME = true }, mailText("m1", "Hello"), []string{utf8, ana},
			utf8 + " failed 553 5.6.7\n" + ana + " sent 250 2.0.0\n", 1},
		{"no SMTPUTF8 for the header", func(o *mailtest.RelayOptions) { o.No8BITMIME = true },
			strings.Replace(mailText("m1", "Hello"), "Ana <", "José <", 1), []string{ana}, ana + " failed 553 5.6.7\n", 0},
		{"no 8BITMIME", func(o *mailtest.RelayOptions) { o.No8BITMIME = true }, mailText("m1", "año"), []string{ana}, ana + " failed 554 5.6.3\n", 0},
		{"8BITMIME", nil, mailText("m1", "año"), []string{ana}, ana + " sent 250 2.0.0\n", 1},
		{"bare LF", nil, mailText("m1", "Hello") + "a\n.\r\n", []string{ana}, ana + " failed\n", 0},
		{"bare CR", nil, mailText("m1", "Hello") + "a\r.\r\n", []string{ana}, ana + " failed\n", 0},
		{"no last line end", nil, mailText("m1", "Hello") + "end", []string{ana}, ana + " sent 250 2.0.0\n", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t, tt.relay)
			o.addRaw(tt.raw, tt.to...)
			s := o.run(empty)
			if diff := cmp.Diff(tt.want, describe(s)); diff != "" {
				t.Error(diff)
			}
			mails := o.relay.Messages()
			if len(mails) != tt.mails {
				t.Fatalf("%d mails", len(mails))
			}
			if tt.mails > 0 {
				_, utf8Asked := params(mails[0].MailParams)["SMTPUTF8"]
				_, eightAsked := params(mails[0].MailParams)["BODY=8BITMIME"]
				if utf8Asked != (tt.name == "SMTPUTF8") || eightAsked != (tt.name == "8BITMIME") {
					t.Errorf("MAIL with %s", mails[0].MailParams)
				}
			}
		})
	}
}

func params(s string) map[string]bool {
	out := map[string]bool{}
	for _, p := range strings.Fields(s) {
		out[p] = true
	}
	return out
}

// A null return path is one (acknowledgements).
func TestNullReturnPath(t *testing.T) {
	o := newOffice(t, nil)
	id := o.add("Hello", ana)
	err := o.store.Update(context.Background(), func(tx conversation.Tx) error {
		q, err := tx.QueueItem(id)
		if err != nil {
			return err
		}
		q.ReturnPath = ""
		return tx.PutQueueItem(q)
	})
	if err != nil {
		t.Fatal(err)
	}
	o.run(empty)
	if m := o.relay.Messages(); len(m) != 1 || m[0].From != "" {
		t.Errorf("%+v", m)
	}
}

// TestRelayEchoesTheLogin: some servers repeat the command that they do not like. Agents see a relay's words,
// and the log keeps them.
func TestRelayEchoesTheLogin(t *testing.T) {
	plain := encode("\x00tienda\x00" + words)
	for _, tt := range []struct {
		name    string
		answers []string
	}{
		{"PLAIN", []string{"250-relay\r\n250 AUTH PLAIN\r\n", "500 5.5.1 Command unrecognized: \"AUTH PLAIN " + plain + "\"\r\n"}},
		{"PLAIN, in capitals and cut", []string{"250-relay\r\n250 AUTH PLAIN\r\n", "535 no " + strings.ToUpper(plain[:len(plain)-3]) + "\r\n"}},
		{"PLAIN, decoded", []string{"250-relay\r\n250 AUTH PLAIN\r\n", "535 the password of tienda is not (" + words + ")\r\n"}},
		{"PLAIN, and no SMTP", []string{"250-relay\r\n250 AUTH PLAIN\r\n", "AUTH PLAIN " + plain + "\r\n"}},
		{"LOGIN", []string{"250-relay\r\n250 AUTH LOGIN\r\n", "334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "500 what is " + encode(words) + "?\r\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			way := Relay{Address: spoken(t, append([]string{"220 relay\r\n"}, tt.answers...)...), Security: SecurityNone, Username: "tienda", Password: words, Hostname: "mx.test"}
			_, f := connect(t.Context(), way, standardTimeouts)
			if f == nil || f.at != stageAuth {
				t.Fatalf("%+v", f)
			}
			told := strings.ToLower(f.Error())
			if f.err != nil {
				told += strings.ToLower(f.err.Error())
			}
			for _, secret := range []string{words, plain[:len(plain)-3], encode(words)} {
				if strings.Contains(told, strings.ToLower(secret)) {
					t.Errorf("it tells %q: %s", secret, told)
				}
			}
		})
	}
}
