package outbound

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/mailtest"
)

const (
	ana   = "ana@customer.example"
	beto  = "beto@customer.example"
	user  = "recado"
	words = "correct horse"
)

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// office is a queue, what it works on and the relay it works with.
type office struct {
	t      *testing.T
	store  *memory
	relay  *mailtest.Relay
	ca     *mailtest.CA
	opts   Options
	way    Relay
	queue  *Queue
	number int
}

// newOffice makes one whose relay asks for AUTH over STARTTLS, unless change says otherwise.
func newOffice(t *testing.T, change func(*mailtest.RelayOptions)) *office {
	t.Helper()
	ca, err := mailtest.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue("127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	o := mailtest.RelayOptions{Security: mailtest.SecurityStartTLS, Certificate: cert, Users: map[string]string{user: words}}
	if change != nil {
		change(&o)
	}
	relay, err := mailtest.NewRelay(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Close)
	of := &office{t: t, store: newMemory(start), relay: relay, ca: ca}
	of.way = Relay{
		Address: relay.Addr(), Security: o.Security, Username: user, Password: words,
		Hostname: "mx.example.com", RootCAs: ca.Pool(),
	}
	of.opts = Options{
		Relay: func() Relay { return of.way }, Connections: 2, Drain: 5 * time.Second,
		Now: of.store.clock, Chance: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler),
	}
	of.restart()
	return of
}

// restart gives the office a new queue, as a new process would have.
func (o *office) restart() {
	o.opts.Jobs = o.manager()
	o.queue = New(o.opts)
	o.queue.timeouts.connect = 5 * time.Second
	o.queue.timeouts.command = 5 * time.Second
	o.queue.timeouts.data = 5 * time.Second
	o.queue.timeouts.block = 5 * time.Second
	o.queue.timeouts.dot = 5 * time.Second
}

func (o *office) manager() *conversation.Manager {
	d := &conversation.Directory{Departments: []conversation.Department{{ID: "care", Name: "Care"}}}
	return conversation.NewManager(conversation.Options{
		Store: o.store, Directory: d.Build(), Signer: conversation.NewSigner([]byte("sixteen octets..")),
	})
}

// mailText is a mail of ours with a body of the given words.
func mailText(id, body string) string {
	return strings.ReplaceAll(strings.ReplaceAll(`From: Care <care@example.com>
To: Ana <ana@customer.example>
Subject: Your order [#20261123-000001]
Date: Mon, 23 Nov 2026 12:00:00 +0000
Message-ID: <ID@example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

`, "ID", id)+body+"\n", "\n", "\r\n")
}

// add queues a mail for the recipients and returns the item's id.
func (o *office) add(body string, recipients ...string) string {
	o.t.Helper()
	return o.addRaw(mailText(fmt.Sprintf("m%d", o.number+1), body), recipients...)
}

func (o *office) addRaw(raw string, recipients ...string) string {
	o.t.Helper()
	o.number++
	id := fmt.Sprintf("%d", o.number)
	number := "20261123-00000" + id
	now := o.store.clock()
	msg := &conversation.Message{ID: "m" + id, Number: number, Seq: 1, Kind: conversation.KindOut, MessageID: "m" + id + "@example.com"}
	for _, r := range recipients {
		msg.Deliveries = append(msg.Deliveries, conversation.Delivery{Recipient: r, State: conversation.DeliveryQueued})
	}
	item := &conversation.QueueItem{
		ID: "q" + id, Number: number, Message: msg.ID, Kind: conversation.QueueReply, Department: "care",
		ReturnPath: "b+" + id + "@example.com", Domain: "example.com", Recipients: recipients,
		State: conversation.QueueWaiting, CreatedAt: now, NextAt: now, Raw: o.store.addMail([]byte(raw)),
	}
	p := &conversation.Protocol{Number: number, Status: conversation.Finalized, Department: "care", LastSeq: 1}
	err := o.store.Update(context.Background(), func(tx conversation.Tx) error {
		if err := tx.PutProtocol(p); err != nil {
			return err
		}
		if err := tx.PutMessage(msg); err != nil {
			return err
		}
		return tx.PutQueueItem(item)
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return item.ID
}

// run runs the queue until the condition holds for what is stored, then stops it.
func (o *office) run(until func(state) bool) state {
	o.t.Helper()
	stop := o.begin()
	defer stop()
	return o.await(until)
}

// begin runs the queue until the returned function is called, which waits for its end.
func (o *office) begin() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.queue.Run(ctx) }()
	return func() {
		o.t.Helper()
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				o.t.Errorf("Run: %v", err)
			}
			ended <- nil // stop may be called twice
		case <-time.After(20 * time.Second):
			o.t.Fatal("Run does not end")
		}
	}
}

// await polls until the condition holds.
func (o *office) await(until func(state) bool) state {
	o.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		s := o.store.snapshot()
		if until(s) {
			return s
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("the state never came; deliveries:\n%s", describe(s))
		}
		time.Sleep(2 * time.Millisecond) // polls with a deadline
	}
}

// settled tells that nothing is queued to be sent now or being sent.
func settled(s state) bool {
	for _, q := range s.Items {
		if q.State == conversation.QueueWaiting || q.State == conversation.QueueSending {
			return false
		}
	}
	return true
}

// empty tells that nothing is in the queue.
func empty(s state) bool { return len(s.Items) == 0 }

// attempted tells that the item has been tried n times and waits.
func attempted(id string, n int) func(state) bool {
	return func(s state) bool {
		q := s.Items[id]
		return q != nil && q.Attempts >= n && q.State != conversation.QueueSending
	}
}

// describe is one line a delivery: "recipient state code".
func describe(s state) string {
	var b strings.Builder
	for i := 1; ; i++ {
		m := s.Messages[fmt.Sprintf("m%d", i)]
		if m == nil {
			return b.String()
		}
		for _, d := range m.Deliveries {
			b.WriteString(strings.TrimSpace(fmt.Sprintf("%s %s %s", d.Recipient, d.State, d.Code)) + "\n")
		}
	}
}

// events are the texts of the events of the kind.
func events(s state, event string) []string {
	var texts []string
	for _, m := range s.Messages {
		if m.Kind == conversation.KindEvent && m.Event == event {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

func delivery(t *testing.T, s state, message, recipient string) conversation.Delivery {
	t.Helper()
	if m := s.Messages[message]; m != nil {
		for _, d := range m.Deliveries {
			if d.Recipient == recipient {
				return d
			}
		}
	}
	t.Fatalf("no delivery of %s to %s", message, recipient)
	return conversation.Delivery{}
}

// spoken is a relay that says what it is told, line by line, to one connection: for what no real one
// would say. Each answer is given after one line of the client's, the first one at once.
func spoken(t *testing.T, answers ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go recite(c, answers)
		}
	}()
	return l.Addr().String()
}

func recite(c net.Conn, answers []string) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	buf := make([]byte, 4096)
	for i, a := range answers {
		if i > 0 {
			if _, err := c.Read(buf); err != nil {
				return
			}
		}
		if _, err := c.Write([]byte(a)); err != nil {
			return
		}
	}
}
