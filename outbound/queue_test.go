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

func TestSend(t *testing.T) {
	tests := []struct {
		name   string
		change func(*mailtest.RelayOptions)
	}{
		{"STARTTLS, PLAIN", nil},
		{"STARTTLS, LOGIN", func(o *mailtest.RelayOptions) { o.Mechanisms = []string{"LOGIN"} }},
		{"TLS", func(o *mailtest.RelayOptions) { o.Security = mailtest.SecurityTLS }},
		{"none, on loopback", func(o *mailtest.RelayOptions) { o.Security = mailtest.SecurityNone }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t, tt.change)
			o.add("Hello\n.a dot\n..two", ana, beto)
			s := o.run(empty)
			if diff := cmp.Diff(ana+" sent 250 2.0.0\n"+beto+" sent 250 2.0.0\n", describe(s)); diff != "" {
				t.Error(diff)
			}
			mails := o.relay.Messages()
			if len(mails) != 1 {
				t.Fatalf("%d mails", len(mails))
			}
			m := mails[0]
			if diff := cmp.Diff(mailText("m1", "Hello\n.a dot\n..two"), string(m.Raw)); diff != "" {
				t.Errorf("the mail changed on its way: %s", diff)
			}
			got := []string{m.From, m.HELO, m.User, strings.Join(m.To, " ")}
			if diff := cmp.Diff([]string{"b+1@example.com", "mx.example.com", user, ana + " " + beto}, got); diff != "" {
				t.Error(diff)
			}
			if m.TLS != (o.way.Security != SecurityNone) {
				t.Errorf("TLS %v", m.TLS)
			}
			if h := o.queue.Health(); !h.OK() || h.LastSuccess.IsZero() {
				t.Errorf("health %+v", h)
			}
		})
	}
}

// Our name is said before STARTTLS too, where some relays look at it already.
func TestNameBeforeTLS(t *testing.T) {
	names := make(chan string, 10)
	o := newOffice(t, func(r *mailtest.RelayOptions) {
		r.Script = func(e mailtest.Event) mailtest.Answer {
			if e.Stage == mailtest.StageEHLO {
				names <- e.Arg
			}
			return mailtest.Answer{}
		}
	})
	if err := o.queue.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"mx.example.com", "mx.example.com"}, []string{<-names, <-names}); diff != "" {
		t.Error(diff)
	}
}

// A recipient that is refused has failed at once, one that is put off is tried again alone.
func TestRecipients(t *testing.T) {
	o := newOffice(t, nil)
	o.relay.SetScript(mailtest.Scripts(
		mailtest.OnRecipient(ana, mailtest.Answer{Code: 550, Enhanced: "5.1.1", Text: "no such \x07user"}),
		mailtest.Times(1, mailtest.OnRecipient(beto, mailtest.Answer{Code: 450, Enhanced: "4.2.1", Text: "busy"})),
	))
	carla := "carla@customer.example"
	id := o.add("Hello", ana, beto, carla)
	stop := o.begin()
	defer stop()
	s := o.await(attempted(id, 1))
	if diff := cmp.Diff(ana+" failed 550 5.1.1\n"+beto+" deferred 450 4.2.1\n"+carla+" sent 250 2.0.0\n", describe(s)); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]string{ana + " (550 5.1.1): no such user"}, events(s, conversation.EventFailed)); diff != "" {
		t.Error(diff)
	}
	item := s.Items[id]
	if diff := cmp.Diff([]string{beto}, item.Recipients); diff != "" {
		t.Error(diff)
	}
	want := start.Add(time.Minute)
	if d := delivery(t, s, "m1", beto); !d.NextAt.Equal(want) || !item.NextAt.Equal(want) || d.Attempts != 1 {
		t.Errorf("next %v and %v, attempts %d", d.NextAt, item.NextAt, d.Attempts)
	}

	o.store.advance(time.Minute)
	o.queue.Wake()
	s = o.await(empty)
	if d := delivery(t, s, "m1", beto); d.State != conversation.DeliverySent || d.Attempts != 2 || !d.NextAt.IsZero() {
		t.Errorf("%+v", d)
	}
	mails := o.relay.Messages()
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	if diff := cmp.Diff([]string{beto}, mails[1].To); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(mails[0].Raw, mails[1].Raw); diff != "" {
		t.Errorf("the second attempt has other octets: %s", diff)
	}
}

// Each stage's replies are for the recipients that they are about.
func TestReplies(t *testing.T) {
	tests := []struct {
		name  string
		stage mailtest.Stage
		code  int
		state conversation.DeliveryState
	}{
		{"connect 421", mailtest.StageConnect, 421, conversation.DeliveryDeferred},
		{"connect 554", mailtest.StageConnect, 554, conversation.DeliveryDeferred},
		{"EHLO 550", mailtest.StageEHLO, 550, conversation.DeliveryDeferred},
		{"STARTTLS 454", mailtest.StageStartTLS, 454, conversation.DeliveryDeferred},
		{"AUTH 454", mailtest.StageAuth, 454, conversation.DeliveryDeferred},
		{"AUTH 535", mailtest.StageAuth, 535, conversation.DeliveryDeferred},
		{"MAIL 421", mailtest.StageMail, 421, conversation.DeliveryDeferred},
		{"MAIL 451", mailtest.StageMail, 451, conversation.DeliveryDeferred},
		{"MAIL 530", mailtest.StageMail, 530, conversation.DeliveryDeferred},
		{"MAIL 552", mailtest.StageMail, 552, conversation.DeliveryFailed},
		{"RCPT 421", mailtest.StageRcpt, 421, conversation.DeliveryDeferred},
		{"DATA 451", mailtest.StageData, 451, conversation.DeliveryDeferred},
		{"DATA 554", mailtest.StageData, 554, conversation.DeliveryFailed},
		{"dot 421", mailtest.StageDot, 421, conversation.DeliveryDeferred},
		{"dot 452", mailtest.StageDot, 452, conversation.DeliveryDeferred},
		{"dot 554", mailtest.StageDot, 554, conversation.DeliveryFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t, nil)
			o.relay.SetScript(mailtest.OnStage(tt.stage, mailtest.Answer{Code: tt.code, Text: "as told"}))
			o.add("Hello", ana, beto)
			s := o.run(settled)
			for _, r := range []string{ana, beto} {
				d := delivery(t, s, "m1", r)
				if d.State != tt.state || !strings.HasPrefix(d.Code, tt.name[strings.LastIndex(tt.name, " ")+1:]) || !strings.Contains(d.Reason, "as told") {
					t.Errorf("%+v", d)
				}
				if waits := !d.NextAt.IsZero(); waits != (tt.state == conversation.DeliveryDeferred) {
					t.Errorf("tried again at %v", d.NextAt)
				}
			}
			if n := len(o.relay.Messages()); n != 0 {
				t.Errorf("%d mails", n)
			}
		})
	}
}

// The relay is away: everything waits, and goes once it is back.
func TestRelayDown(t *testing.T) {
	o := newOffice(t, nil)
	o.relay.Down()
	id := o.add("Hello", ana)
	stop := o.begin()
	defer stop()
	s := o.await(attempted(id, 1))
	d := delivery(t, s, "m1", ana)
	if d.State != conversation.DeliveryDeferred || !strings.Contains(d.Reason, "cannot be reached") {
		t.Errorf("%+v", d)
	}
	if h := o.queue.Health(); h.OK() || !strings.Contains(h.Error, "cannot be reached") {
		t.Errorf("health %+v", h)
	}
	if err := o.relay.Up(); err != nil {
		t.Fatal(err)
	}
	o.store.advance(time.Minute)
	o.queue.Wake()
	o.await(empty)
	if !o.queue.Health().OK() {
		t.Errorf("health %+v", o.queue.Health())
	}
}

// A wrong password is the operator's to mend: it fails no mail, and is not tried with every mail.
func TestWrongPassword(t *testing.T) {
	o := newOffice(t, nil)
	o.way.Password = "wrong"
	for range 20 {
		o.add("Hello", ana)
	}
	stop := o.begin()
	defer stop()
	s := o.await(func(s state) bool {
		for _, q := range s.Items {
			if q.Attempts > 0 && q.State == conversation.QueueDeferred {
				return true
			}
		}
		return false
	})
	stop()
	if n := o.relay.Connections(); n > o.opts.Connections {
		t.Errorf("%d connections", n)
	}
	if len(events(s, conversation.EventFailed)) > 0 || len(s.Items) != 20 {
		t.Error("mail failed for a fault of ours")
	}
	h := o.queue.Health()
	if h.OK() || !strings.Contains(h.Error, "check [relay] username and password") || strings.Contains(h.Error, "wrong\"") {
		t.Errorf("health %+v", h)
	}
}

// After a fault the queue rests, then one mail tries whether it is over, and then all go.
func TestOneTries(t *testing.T) {
	o := newOffice(t, nil)
	for range 10 {
		o.add("Hello", ana)
	}
	take := func(want string, free, busy, items int, wait time.Duration) {
		t.Helper()
		got, w := o.queue.take(t.Context(), free, busy)
		if len(got) != items || w != wait {
			t.Errorf("%s: %d items and then %v, want %d and %v", want, len(got), w, items, wait)
		}
	}
	o.queue.relayFailed(&fault{at: stageConnect, reason: "away"})
	o.queue.relayFailed(&fault{at: stageConnect, reason: "away, of a mail that was sent meanwhile"})
	take("at rest", 2, 0, 0, time.Second)
	o.store.advance(time.Second)
	take("one tries", 2, 0, 1, 0)
	take("the others wait for it", 1, 1, 0, longestWait)
	o.queue.relayFailed(&fault{at: stageConnect, reason: "still away"})
	take("at rest for longer", 2, 0, 0, 2*time.Second)
	o.queue.relayAnswered()
	take("it is over", 2, 0, 2, 0)
	take("no worker is free", 0, 2, 0, longestWait)
}

// A mail that was taken from the queue when the server stops, and not begun, is due again at once.
func TestTakenNotBegun(t *testing.T) {
	o := newOffice(t, nil)
	id := o.add("Hello", ana)
	items, _ := o.queue.take(t.Context(), 1, 0)
	if len(items) != 1 {
		t.Fatalf("%d items", len(items))
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	jobs := make(chan *conversation.QueueItem, 1)
	jobs <- items[0]
	close(jobs)
	o.queue.work(stopped, t.Context(), jobs, make(chan struct{}, 1))
	s := o.store.snapshot()
	if q := s.Items[id]; q.State != conversation.QueueDeferred || !q.NextAt.Equal(start) || q.LeaseOwner != "" {
		t.Errorf("%+v", q)
	}
	if d := delivery(t, s, "m1", ana); d.State != conversation.DeliveryQueued || o.relay.Connections() != 0 {
		t.Errorf("%+v, %d connections", d, o.relay.Connections())
	}
}

// A backlog goes over as many connections as there are workers, not one for each mail.
func TestConnectionIsReused(t *testing.T) {
	o := newOffice(t, nil)
	for range 30 {
		o.add("Hello", ana)
	}
	o.relay.SetScript(mailtest.OnRecipient(beto, mailtest.Answer{Code: 550}))
	o.add("Refused: RSET before the next", beto)
	for range 10 {
		o.add("Hello", ana)
	}
	o.run(empty)
	if n := o.relay.Connections(); n > o.opts.Connections {
		t.Errorf("%d connections for 41 mails", n)
	}
	if n := len(o.relay.Messages()); n != 40 {
		t.Errorf("%d mails", n)
	}
}

// A connection that the relay closed between two mails is not an attempt at the second.
func TestStaleConnection(t *testing.T) {
	o := newOffice(t, nil)
	o.opts.Connections = 1
	o.restart()
	stop := o.begin()
	defer stop()
	o.add("first", ana)
	o.queue.Wake()
	o.await(empty)
	o.relay.Down()
	if err := o.relay.Up(); err != nil {
		t.Fatal(err)
	}
	o.add("second", ana)
	o.queue.Wake()
	s := o.await(empty)
	if d := delivery(t, s, "m2", ana); d.State != conversation.DeliverySent || d.Attempts != 1 {
		t.Errorf("%+v", d)
	}
}

// A new channel file counts for the next mail.
func TestChangedRelay(t *testing.T) {
	o := newOffice(t, nil)
	other := newOffice(t, nil)
	way := make(chan Relay, 1)
	way <- o.way
	o.opts.Relay = func() Relay { w := <-way; way <- w; return w }
	o.opts.Connections = 1
	o.restart()
	stop := o.begin()
	defer stop()
	o.add("first", ana)
	o.queue.Wake()
	o.await(empty)
	<-way
	way <- other.way
	o.add("second", ana)
	o.queue.Wake()
	o.await(empty)
	if a, b := len(o.relay.Messages()), len(other.relay.Messages()); a != 1 || b != 1 {
		t.Errorf("%d and %d mails", a, b)
	}
}

// Days of failures come to an end, which the agents hear of.
func TestGiveUp(t *testing.T) {
	o := newOffice(t, nil)
	o.relay.SetScript(mailtest.OnStage(mailtest.StageDot, mailtest.Answer{Code: 451, Enhanced: "4.3.0", Text: "try later"}))
	id := o.add("Hello", ana)
	stop := o.begin()
	defer stop()
	tries := 0
	for n := 1; ; n++ {
		s := o.await(func(s state) bool { return empty(s) || attempted(id, n)(s) })
		tries = n
		if empty(s) {
			break
		}
		o.store.advance(s.Items[id].NextAt.Sub(o.store.clock()))
		o.queue.Wake()
	}
	if age := o.store.clock().Sub(start); age != giveUpAfter {
		t.Errorf("given up after %v", age)
	}
	if tries < 20 || tries > 60 {
		t.Errorf("%d attempts in 5 days", tries)
	}
	s := o.store.snapshot()
	d := delivery(t, s, "m1", ana)
	if d.State != conversation.DeliveryFailed || d.Reason != "given up after 5 days; last: try later" || d.Code != "451 4.3.0" {
		t.Errorf("%+v", d)
	}
	if len(events(s, conversation.EventFailed)) != 1 {
		t.Error("nobody was told")
	}
}
