package test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/mailtest"
	"recado/internal/message"
	"recado/outbound"
	"recado/store"
)

// sendingOffice is the real store and the real queue before a relay, without the rest of the product.
type sendingOffice struct {
	t     *testing.T
	dir   string
	relay *mailtest.Relay

	mu  sync.Mutex
	now time.Time
}

func (o *sendingOffice) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *sendingOffice) advance(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

// open opens the store, as a process that starts does.
func (o *sendingOffice) open() (*store.Store, *conversation.Manager) {
	o.t.Helper()
	s, err := store.Open(store.Options{Dir: o.dir, Now: o.clock, Reserve: 1})
	if err != nil {
		o.t.Fatal(err)
	}
	d := &conversation.Directory{
		Hostname: "mx.shop.test", Language: "en",
		Domains:     []conversation.Domain{{Name: "shop.test", Postmaster: "care@shop.test"}},
		Departments: []conversation.Department{{ID: "care", Name: "Care", Language: "en", Acknowledge: true}},
		Channels:    []conversation.Channel{{Email: "care@shop.test", Department: "care", Send: conversation.SendAll, Active: true}},
	}
	return s, conversation.NewManager(conversation.Options{
		Store: s, Directory: d.Build(), Signer: conversation.NewSigner([]byte("a secret of thirty-two octets...")),
	})
}

// fill queues mails to two recipients each, and as many acknowledgements, which have no octets yet.
func (o *sendingOffice) fill(s *store.Store, mails int) {
	o.t.Helper()
	for i := range mails {
		number := conversation.FormatNumber("20261123", uint64(i+1))
		id := conversation.NewID(o.clock())
		raw := fmt.Sprintf("From: Care <care@shop.test>\r\nTo: ana%[1]d@verified.test\r\nSubject: [#%[2]s]\r\nMessage-ID: <%[3]s@shop.test>\r\n\r\nmail %[1]d\r\n%[4]s",
			i, number, id, strings.Repeat("words\r\n", i*100))
		record := conversation.MailRecord{ID: id, Kind: conversation.KindOut, At: o.clock(), Size: int64(len(raw))}
		ref, err := s.AppendMail(o.t.Context(), record, strings.NewReader(raw))
		if err != nil {
			o.t.Fatal(err)
		}
		to := []string{fmt.Sprintf("ana%d@verified.test", i), fmt.Sprintf("beto%d@verified.test", i)}
		reply := &conversation.Message{ID: id, Number: number, Seq: 1, Kind: conversation.KindOut, MessageID: id + "@shop.test", Raw: ref}
		ack := &conversation.Message{
			ID: conversation.NewID(o.clock()), Number: number, Seq: 2, Kind: conversation.KindEvent, Event: conversation.EventAcknowledged,
			From: conversation.ContactRef{Address: "care@shop.test", Name: "Care"}, To: []message.Address{{Address: to[0]}},
			Subject: "Received", Text: "We have it.", Date: o.clock(), ReceivedAt: o.clock(),
		}
		ack.MessageID = ack.ID + "@shop.test"
		err = s.Update(o.t.Context(), func(tx conversation.Tx) error {
			p := &conversation.Protocol{
				Number: number, Status: conversation.Open, Department: "care", LastSeq: 2, UpdatedAt: tx.Now(),
				Key: conversation.Key{Sender: to[0]}, Contact: conversation.ContactRef{Address: to[0]},
			}
			if err := tx.PutProtocol(p); err != nil {
				return err
			}
			if err := queueMail(tx, reply, conversation.QueueReply, ref, to); err != nil {
				return err
			}
			return queueMail(tx, ack, conversation.QueueAcknowledgement, conversation.MailRef{}, to[:1])
		})
		if err != nil {
			o.t.Fatal(err)
		}
	}
}

func queueMail(tx conversation.Tx, m *conversation.Message, kind conversation.QueueKind, raw conversation.MailRef, to []string) error {
	m.Deliveries = nil
	for _, r := range to {
		m.Deliveries = append(m.Deliveries, conversation.Delivery{Recipient: r, State: conversation.DeliveryQueued})
	}
	if err := tx.PutMessage(m); err != nil {
		return err
	}
	return tx.PutQueueItem(&conversation.QueueItem{
		ID: conversation.NewID(tx.Now()), Number: m.Number, Message: m.ID, Kind: kind, Department: "care", Domain: "shop.test",
		Recipients: to, State: conversation.QueueWaiting, CreatedAt: tx.Now(), NextAt: tx.Now(), Raw: raw,
	})
}

// start runs a queue that breaks off what it is sending as soon as it is stopped.
func (o *sendingOffice) start(s *store.Store, m *conversation.Manager) (q *outbound.Queue, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	way := outbound.Relay{Address: o.relay.Addr(), Security: outbound.SecurityNone, Hostname: "mx.shop.test"}
	q = outbound.New(outbound.Options{
		Jobs: m, Relay: func() outbound.Relay { return way }, Now: o.clock, Drain: time.Millisecond, Changed: s.Watch(ctx),
	})
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	return q, func() {
		cancel()
		if err := <-ended; err != nil {
			o.t.Errorf("Run: %v", err)
		}
	}
}

// whims is a relay that fails at every stage now and then.
func whims(seed uint64) mailtest.Script {
	var mu sync.Mutex
	chance := rand.New(rand.NewPCG(seed, 1))
	return func(e mailtest.Event) mailtest.Answer {
		mu.Lock()
		defer mu.Unlock()
		if e.Stage == mailtest.StageConnect || e.Stage == mailtest.StageEHLO || chance.IntN(8) > 0 {
			return mailtest.Answer{}
		}
		return []mailtest.Answer{{Code: 451, Enhanced: "4.3.0"}, {Code: 421}, {Drop: true}, {Drop: true, Lose: true}}[chance.IntN(4)]
	}
}

// TestQueueForgetsNothing stops and starts the process over and over in the middle of sending through a relay
// that fails in every way that is no refusal: each recipient gets each mail, and a duplicate is
// the same mail.
func TestQueueForgetsNothing(t *testing.T) {
	t.Parallel()
	relay, err := mailtest.NewRelay(mailtest.RelayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Close)
	o := &sendingOffice{t: t, dir: t.TempDir(), relay: relay, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	const mails, rounds = 30, 12
	s, m := o.open()
	o.fill(s, mails)
	for round := range rounds {
		relay.SetScript(whims(uint64(round)))
		before := len(relay.Messages())
		_, stop := o.start(s, m)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		_, _ = relay.Wait(short, before+5) // or less: the stop is to come in the middle
		cancel()
		stop()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		o.advance(5 * time.Hour)
		s, m = o.open()
	}
	defer func() { _ = s.Close() }()
	relay.SetScript(nil)
	q, stop := o.start(s, m)
	defer stop()
	eventually(t, "an empty queue", func() bool {
		o.advance(5 * time.Minute)
		q.Wake()
		next, err := m.QueueNext(t.Context())
		return err == nil && next.IsZero()
	})
	o.check(s, mails)
}

func (o *sendingOffice) check(s *store.Store, mails int) {
	o.t.Helper()
	got := map[string]int{} // by Message-ID and recipient
	raws := map[string][]byte{}
	for _, mail := range o.relay.Messages() {
		id := message.ParseMessageIDs(headerField(mail.Raw, "Message-ID"))[0]
		if old, ok := raws[id]; ok && !bytes.Equal(old, mail.Raw) {
			o.t.Errorf("two mails of %s differ:\n%s\n%s", id, old, mail.Raw)
		}
		raws[id] = mail.Raw
		for _, r := range mail.To {
			got[id+" "+r]++
		}
	}
	want, duplicates := 0, 0
	err := s.View(o.t.Context(), func(tx conversation.Tx) error {
		for i := range mails {
			list, err := tx.Messages(conversation.FormatNumber("20261123", uint64(i+1)), 0, 0)
			if err != nil {
				return err
			}
			for _, m := range list {
				for _, d := range m.Deliveries {
					want++
					n := got[m.MessageID+" "+d.Recipient]
					if d.State != conversation.DeliverySent || n == 0 {
						o.t.Errorf("%s to %s: %s %s, taken %d times", m.MessageID, d.Recipient, d.State, d.Reason, n)
					}
					duplicates += max(n-1, 0)
				}
				if m.Raw.IsZero() {
					o.t.Errorf("%s has no octets", m.MessageID)
				}
			}
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Logf("%d recipients, %d duplicates, %d connections", want, duplicates, o.relay.Connections())
	if want != 3*mails || len(got) != want {
		o.t.Errorf("%d deliveries, %d taken, want %d", want, len(got), 3*mails)
	}
}

// headerField is the value of a field that stands on one line.
func headerField(raw []byte, name string) string {
	for line := range strings.Lines(string(raw)) {
		if v, ok := strings.CutPrefix(line, name+": "); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
