package outbound

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/mailtest"
	"recado/internal/say"
)

// large is more than the buffers between us and the relay hold.
var large = strings.Repeat(strings.Repeat("x", 70)+"\n", 300_000)

// A relay that dies before the final dot cannot have the mail.
func TestDiesBeforeDot(t *testing.T) {
	for name, body := range map[string]string{"small": "Hello", "large": large} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, nil)
			o.relay.SetScript(mailtest.Times(1, mailtest.OnStage(mailtest.StageBody, mailtest.Answer{Drop: true})))
			// The relay is gone by the time that the dot is marked, as it is with a store that syncs.
			o.opts.Jobs = slowDot{o.manager()}
			o.queue = New(o.opts)
			o.way.Ask = true // an uncertain mail would wait for a person
			id := o.add(body, ana)
			stop := o.begin()
			defer stop()
			s := o.await(attempted(id, 1))
			d := delivery(t, s, "m1", ana)
			if d.State != conversation.DeliveryDeferred || !strings.Contains(d.Reason, "connection to the relay broke") {
				t.Errorf("%+v", d)
			}
			o.store.advance(time.Minute)
			o.queue.Wake()
			o.await(empty)
			if n := len(o.relay.Messages()); n != 1 {
				t.Errorf("%d mails", n)
			}
		})
	}
}

// slowDot takes as long to store the mark as a disk may.
type slowDot struct{ *conversation.Manager }

func (s slowDot) MarkDot(ctx context.Context, id, owner string, lease time.Duration) error {
	err := s.Manager.MarkDot(ctx, id, owner, lease)
	time.Sleep(50 * time.Millisecond) // is the slow disk
	return err
}

// A relay that dies between its disk and its answer: the mail is sent again, the same octets.
func TestDiesAfterDotRetry(t *testing.T) {
	o := newOffice(t, nil)
	o.relay.SetScript(mailtest.Times(1, mailtest.OnStage(mailtest.StageDot, mailtest.Answer{Drop: true})))
	id := o.add("Hello", ana)
	stop := o.begin()
	defer stop()
	s := o.await(attempted(id, 1))
	d := delivery(t, s, "m1", ana)
	if d.State != conversation.DeliveryUncertain || !strings.Contains(d.Reason, "may have taken it") || !d.NextAt.Equal(start.Add(time.Minute)) {
		t.Errorf("%+v", d)
	}
	o.store.advance(time.Minute)
	o.queue.Wake()
	s = o.await(empty)
	if d := delivery(t, s, "m1", ana); d.State != conversation.DeliverySent || d.Attempts != 2 {
		t.Errorf("%+v", d)
	}
	mails := o.relay.Messages()
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	if diff := cmp.Diff(string(mails[0].Raw), string(mails[1].Raw)); diff != "" {
		t.Errorf("the duplicate differs: %s", diff)
	}
}

// The same, where the file says that a person decides. A recipient that was only put off goes on by itself.
func TestDiesAfterDotAsk(t *testing.T) {
	o := newOffice(t, nil)
	o.way.Ask = true
	o.relay.SetScript(mailtest.Scripts(
		mailtest.Times(1, mailtest.OnRecipient(beto, mailtest.Answer{Code: 450})),
		mailtest.Times(1, mailtest.OnStage(mailtest.StageDot, mailtest.Answer{Drop: true})),
	))
	id := o.add("Hello", ana, beto)
	stop := o.begin()
	defer stop()
	s := o.await(attempted(id, 1))
	if diff := cmp.Diff(ana+" uncertain\n"+beto+" deferred 450\n", describe(s)); diff != "" {
		t.Error(diff)
	}
	if q := s.Items[id]; q.State != conversation.QueueUncertain || !cmp.Equal(q.Recipients, []string{ana}) || len(s.Items) != 2 {
		t.Errorf("%+v, %d items", q, len(s.Items))
	}
	if texts := events(s, conversation.EventUncertain); len(texts) != 1 || !strings.Contains(texts[0], ana) {
		t.Errorf("told %q", texts)
	}

	o.store.advance(24 * time.Hour)
	o.queue.Wake()
	s = o.await(func(s state) bool { return len(s.Items) == 1 })
	if diff := cmp.Diff(ana+" uncertain\n"+beto+" sent 250 2.0.0\n", describe(s)); diff != "" {
		t.Error(diff)
	}

	operator := conversation.Intent{Actor: conversation.Actor{Operator: true}}
	if _, err := o.manager().RetryQueued(t.Context(), operator, id); err != nil {
		t.Fatal(err)
	}
	o.queue.Wake()
	s = o.await(empty)
	if d := delivery(t, s, "m1", ana); d.State != conversation.DeliverySent {
		t.Errorf("%+v", d)
	}
}

// crash runs the queue until the relay holds it at the stage, and forgets it there: what is stored then
// is what a kill -9 leaves. The dying queue itself can store nothing any more.
func crash(t *testing.T, o *office, at mailtest.Stage) {
	t.Helper()
	reached, release := make(chan struct{}), make(chan struct{})
	var once bool
	o.relay.SetScript(func(e mailtest.Event) mailtest.Answer {
		if e.Stage != at || once {
			return mailtest.Answer{}
		}
		once = true
		close(reached)
		return mailtest.Answer{Hold: release, Drop: true, Lose: true}
	})
	dead := &deadJobs{Jobs: o.manager()}
	o.opts.Jobs = dead
	o.queue = New(o.opts)
	stop := o.begin()
	<-reached
	dead.kill()
	close(release)
	stop()
	o.relay.SetScript(nil)
	o.restart()
}

// deadJobs stores nothing once it was killed.
type deadJobs struct {
	Jobs
	dead atomic.Bool
}

func (d *deadJobs) kill() { d.dead.Store(true) }

func (d *deadJobs) Attempted(ctx context.Context, a conversation.Attempt) error {
	if d.dead.Load() {
		return &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("dead")}
	}
	return d.Jobs.Attempted(ctx, a)
}

func TestRestart(t *testing.T) {
	tests := []struct {
		name     string
		at       mailtest.Stage
		ask      bool
		found    conversation.DeliveryState // once the lease ran out and before the next attempt
		finished bool                       // it is sent without a person's word
	}{
		{"before the dot", mailtest.StageRcpt, false, conversation.DeliveryQueued, true},
		{"before the dot, ask", mailtest.StageRcpt, true, conversation.DeliveryQueued, true},
		{"after the dot", mailtest.StageDot, false, conversation.DeliveryUncertain, true},
		{"after the dot, ask", mailtest.StageDot, true, conversation.DeliveryUncertain, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t, nil)
			o.way.Ask = tt.ask
			id := o.add("Hello", ana)
			crash(t, o, tt.at)

			// Nobody touches it while the lease runs.
			m := o.manager()
			policy := conversation.LeasePolicy{Owner: "next", Limit: 10, Lease: lease, Ask: tt.ask}
			if got, err := m.LeaseDue(t.Context(), policy); err != nil || len(got) != 0 {
				t.Fatalf("leased %d, %v", len(got), err)
			}
			o.store.advance(lease)
			stop := o.begin()
			defer stop()
			if !tt.finished {
				s := o.await(func(s state) bool { return s.Items[id].State == conversation.QueueUncertain })
				if d := delivery(t, s, "m1", ana); d.State != tt.found || len(events(s, conversation.EventUncertain)) != 1 {
					t.Errorf("%+v", d)
				}
				return
			}
			s := o.await(empty)
			if d := delivery(t, s, "m1", ana); d.State != conversation.DeliverySent || d.Attempts != 2 {
				t.Errorf("%+v", d)
			}
			if n := len(o.relay.Messages()); n != 1 {
				t.Errorf("%d mails", n)
			}
		})
	}
}

// A mail that is under way when the server stops is waited for.
func TestShutdownWaits(t *testing.T) {
	o := newOffice(t, nil)
	reached, release := make(chan struct{}), make(chan struct{})
	o.relay.SetScript(mailtest.Times(1, func(e mailtest.Event) mailtest.Answer {
		if e.Stage != mailtest.StageDot {
			return mailtest.Answer{}
		}
		close(reached)
		return mailtest.Answer{Hold: release}
	}))
	o.add("Hello", ana)
	stop := o.begin()
	<-reached
	go func() {
		time.Sleep(20 * time.Millisecond) // the stop comes first
		close(release)
	}()
	stop()
	s := o.store.snapshot()
	if d := delivery(t, s, "m1", ana); d.State != conversation.DeliverySent || !empty(s) {
		t.Errorf("%+v", d)
	}
}

// One that does not end is broken off, and stored as what it is.
func TestShutdownBreaksOff(t *testing.T) {
	tests := []struct {
		name string
		at   mailtest.Stage
		want conversation.DeliveryState
	}{
		{"connecting", mailtest.StageConnect, conversation.DeliveryDeferred},
		{"before the dot", mailtest.StageRcpt, conversation.DeliveryDeferred},
		{"after the dot", mailtest.StageDot, conversation.DeliveryUncertain},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t, nil)
			o.opts.Drain = 20 * time.Millisecond
			o.restart()
			reached, never := make(chan struct{}), make(chan struct{})
			o.relay.SetScript(mailtest.Times(1, func(e mailtest.Event) mailtest.Answer {
				if e.Stage != tt.at {
					return mailtest.Answer{}
				}
				close(reached)
				return mailtest.Answer{Hold: never}
			}))
			id := o.add("Hello", ana)
			stop := o.begin()
			<-reached
			stop()
			s := o.store.snapshot()
			d := delivery(t, s, "m1", ana)
			if d.State != tt.want || !strings.Contains(d.Reason, "the server is stopping") {
				t.Errorf("%+v", d)
			}
			if q := s.Items[id]; q.State != conversation.QueueDeferred || !q.NextAt.Equal(start) {
				t.Errorf("the next start does not go on with it: %+v", q)
			}
			if !o.queue.Health().OK() {
				t.Error("the relay is blamed for our stop")
			}
			close(never)
		})
	}
}

// A sender whose lease was taken over gives no dot, and changes nothing.
func TestLostLease(t *testing.T) {
	o := newOffice(t, nil)
	id := o.add("Hello", ana)
	o.relay.SetScript(mailtest.Times(1, func(e mailtest.Event) mailtest.Answer {
		if e.Stage != mailtest.StageData {
			return mailtest.Answer{}
		}
		o.store.advance(lease)
		if got, err := o.manager().LeaseDue(context.Background(), conversation.LeasePolicy{Owner: "other", Limit: 1, Lease: lease}); err != nil || len(got) != 1 {
			t.Errorf("leased %d, %v", len(got), err)
		}
		return mailtest.Answer{Code: 354}
	}))
	stop := o.begin()
	o.await(func(s state) bool { return s.Items[id].LeaseOwner == "other" })
	stop()
	if n := len(o.relay.Messages()); n != 0 {
		t.Errorf("%d mails", n)
	}
	s := o.store.snapshot()
	if q := s.Items[id]; q.LeaseOwner != "other" || q.State != conversation.QueueSending || q.DotSent {
		t.Errorf("%+v", q)
	}
	var told *conversation.Error
	err := o.manager().Attempted(t.Context(), conversation.Attempt{Item: id, Owner: "somebody"})
	if !errors.As(err, &told) || told.Code != conversation.CodeConflict {
		t.Errorf("%v", err)
	}
}
