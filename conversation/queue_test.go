package conversation

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// queueStore keeps in memory what the queue needs of a store; anything else panics.
type queueStore struct {
	Store
	tx queueTx
}

type queueTx struct {
	Tx
	now   time.Time
	state queueState
}

type queueState struct {
	Items     map[string]*QueueItem
	Messages  map[string]*Message
	Protocols map[string]*Protocol
	Changes   []*Change
	Notes     map[string]string
}

// copied is v as a store returns it: nothing is shared.
func copied[T any](v T) T {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out T
	if err := json.Unmarshal(raw, &out); err != nil {
		panic(err)
	}
	return out
}

func (s *queueStore) View(_ context.Context, fn func(Tx) error) error {
	return fn(&queueTx{now: s.tx.now, state: copied(s.tx.state)})
}

// Update runs the function twice, the first time for nothing, as a store may.
func (s *queueStore) Update(_ context.Context, fn func(Tx) error) error {
	_ = fn(&queueTx{now: s.tx.now, state: copied(s.tx.state)})
	tx := &queueTx{now: s.tx.now, state: copied(s.tx.state)}
	if err := fn(tx); err != nil {
		return err
	}
	s.tx.state = tx.state
	return nil
}

func (t *queueTx) AddAudit(*AuditLine) error               { return nil }
func (t *queueTx) Now() time.Time                          { return t.now }
func (t *queueTx) QueueItem(id string) (*QueueItem, error) { return copied(t.state.Items[id]), nil }
func (t *queueTx) PutQueueItem(q *QueueItem) error         { t.state.Items[q.ID] = copied(q); return nil }
func (t *queueTx) DeleteQueueItem(id string) error         { delete(t.state.Items, id); return nil }
func (t *queueTx) Message(id string) (*Message, error)     { return copied(t.state.Messages[id]), nil }
func (t *queueTx) PutMessage(m *Message) error             { t.state.Messages[m.ID] = copied(m); return nil }
func (t *queueTx) Protocol(number string) (*Protocol, error) {
	return copied(t.state.Protocols[number]), nil
}
func (t *queueTx) PutProtocol(p *Protocol) error { t.state.Protocols[p.Number] = copied(p); return nil }
func (t *queueTx) AddChange(c *Change) error {
	t.state.Changes = append(t.state.Changes, copied(c))
	return nil
}
func (t *queueTx) Note(name string) (string, error)          { return t.state.Notes[name], nil }
func (t *queueTx) PutNote(name, v string, _ time.Time) error { t.state.Notes[name] = v; return nil }
func (t *queueTx) QueueDue(now time.Time, limit int) ([]*QueueItem, error) {
	var due []*QueueItem
	for _, q := range t.state.Items {
		at := q.NextAt
		if q.State == QueueSending {
			at = q.LeaseUntil
		}
		if q.State != QueueUncertain && !at.After(now) {
			due = append(due, copied(q))
		}
	}
	slices.SortFunc(due, func(a, b *QueueItem) int { return cmp.Compare(a.ID, b.ID) })
	return due[:min(limit, len(due))], nil
}

func (t *queueTx) Queue(departments []string, _ Page) ([]*QueueItem, string, error) {
	var list []*QueueItem
	for _, q := range t.state.Items {
		if len(departments) == 0 || slices.Contains(departments, q.Department) {
			list = append(list, copied(q))
		}
	}
	slices.SortFunc(list, func(a, b *QueueItem) int { return cmp.Compare(a.ID, b.ID) })
	return list, "", nil
}

const (
	queueAna  = "ana@customer.example"
	queueBeto = "beto@customer.example"
)

// newQueueManager has one mail to two recipients in the queue: item "q", message "m", of the finalized protocol
// 20261123-000001 of the department care, which sales sees too.
func newQueueManager(t *testing.T, change func(*QueueItem)) (*Manager, *queueStore) {
	t.Helper()
	q := &QueueItem{
		ID: "q", Number: "20261123-000001", Message: "m", Kind: QueueReply, Department: "care",
		Recipients: []string{queueAna, queueBeto}, State: QueueWaiting, CreatedAt: testTime, NextAt: testTime,
	}
	if change != nil {
		change(q)
	}
	m := &Message{ID: "m", Number: q.Number, Seq: 3, Kind: KindOut, Deliveries: []Delivery{
		{Recipient: queueAna, State: DeliveryQueued}, {Recipient: queueBeto, State: DeliveryQueued},
	}}
	p := &Protocol{Number: q.Number, Status: Finalized, Department: "care", SeenBy: []string{"sales"}, LastSeq: 3, Messages: 2}
	s := &queueStore{tx: queueTx{now: testTime, state: queueState{
		Items: map[string]*QueueItem{"q": q}, Messages: map[string]*Message{"m": m},
		Protocols: map[string]*Protocol{p.Number: p}, Notes: map[string]string{},
	}}}
	d := &Directory{Departments: []Department{{ID: "care"}, {ID: "sales"}, {ID: "people", Isolated: true}}}
	return NewManager(Options{Store: s, Directory: d.Build(), Signer: NewSigner([]byte("sixteen octets.."))}), s
}

var queuePolicy = LeasePolicy{Owner: "me", Limit: 10, Lease: 10 * time.Minute}

func leaseOne(t *testing.T, m *Manager, policy LeasePolicy) *QueueItem {
	t.Helper()
	items, err := m.LeaseDue(t.Context(), policy)
	if err != nil || len(items) != 1 {
		t.Fatalf("leased %d, %v", len(items), err)
	}
	return items[0]
}

// states is one line a delivery, and one a queue item.
func (s *queueStore) states() string {
	var b strings.Builder
	for _, d := range s.tx.state.Messages["m"].Deliveries {
		fmt.Fprintf(&b, "%s %s %d\n", d.Recipient, d.State, d.Attempts)
	}
	items, _, _ := s.tx.Queue(nil, Page{})
	for _, q := range items {
		fmt.Fprintf(&b, "%s %s\n", q.State, strings.Join(q.Recipients, " "))
	}
	return b.String()
}

func codeOf(err error) Code {
	var told *Error
	if errors.As(err, &told) {
		return told.Code
	}
	return ""
}

func TestLeaseDue(t *testing.T) {
	later := testTime.Add(time.Hour)
	tests := []struct {
		name   string
		item   func(*QueueItem)
		ask    bool
		leased bool
		want   string
	}{
		{"queued", nil, false, true, "a queued 0\nb queued 0\nsending a b\n"},
		{"not yet", func(q *QueueItem) { q.NextAt = later }, false, false, "a queued 0\nb queued 0\nqueued a b\n"},
		{"deferred", func(q *QueueItem) { q.State, q.Recipients = QueueDeferred, []string{queueBeto} }, false, true, "a queued 0\nb queued 0\nsending b\n"},
		{"held by another", func(q *QueueItem) { q.State, q.LeaseUntil = QueueSending, later }, false, false, "a queued 0\nb queued 0\nsending a b\n"},
		{"crashed before the dot", func(q *QueueItem) { q.State, q.Attempts, q.LeaseUntil = QueueSending, 1, testTime }, true, true, "a queued 0\nb queued 0\nsending a b\n"},
		{"crashed after the dot, retry", func(q *QueueItem) { q.State, q.Attempts, q.LeaseUntil, q.DotSent = QueueSending, 1, testTime, true }, false, true,
			"a uncertain 1\nb uncertain 1\nsending a b\n"},
		{"crashed after the dot, ask", func(q *QueueItem) { q.State, q.Attempts, q.LeaseUntil, q.DotSent = QueueSending, 1, testTime, true }, true, false,
			"a uncertain 1\nb uncertain 1\nuncertain a b\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, s := newQueueManager(t, tt.item)
			before := s.tx.state.Items["q"].Attempts
			policy := queuePolicy
			policy.Ask = tt.ask
			items, err := m.LeaseDue(t.Context(), policy)
			if err != nil || (len(items) == 1) != tt.leased {
				t.Fatalf("leased %d, %v", len(items), err)
			}
			want := strings.NewReplacer("a ", queueAna+" ", "b ", queueBeto+" ", " a", " "+queueAna, " b", " "+queueBeto).Replace(tt.want)
			if diff := gocmp.Diff(want, s.states()); diff != "" {
				t.Error(diff)
			}
			if !tt.leased {
				return
			}
			q := s.tx.state.Items["q"]
			if q.Attempts != before+1 || q.LeaseOwner != "me" || !q.LeaseUntil.Equal(testTime.Add(policy.Lease)) || q.DotSent {
				t.Errorf("%+v", q)
			}
			if diff := gocmp.Diff(q, items[0]); diff != "" {
				t.Errorf("what is returned is not what is stored: %s", diff)
			}
		})
	}
}

// A process that begins alone need not wait until its forerunner's leases run out.
func TestReclaimQueue(t *testing.T) {
	tests := []struct {
		name string
		item func(*QueueItem)
		due  time.Time
	}{
		{"held by the dead", func(q *QueueItem) { q.State, q.LeaseUntil = QueueSending, testTime.Add(time.Hour) }, testTime},
		{"ran out", func(q *QueueItem) { q.State, q.LeaseUntil = QueueSending, testTime.Add(-time.Hour) }, testTime.Add(-time.Hour)},
		{"not held", func(q *QueueItem) { q.State, q.NextAt = QueueDeferred, testTime.Add(time.Hour) }, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, s := newQueueManager(t, tt.item)
			want := copied(s.tx.state.Items["q"])
			want.LeaseUntil = tt.due
			if err := m.ReclaimQueue(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(want, s.tx.state.Items["q"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What was queued while the clock was years ahead must not wait until they are over.
func TestReclaimQueueAfterAWrongClock(t *testing.T) {
	for state, due := range map[QueueState]bool{QueueWaiting: true, QueueDeferred: true, QueueUncertain: false} {
		ahead := testTime.AddDate(3, 0, 0)
		m, s := newQueueManager(t, func(q *QueueItem) { q.State, q.NextAt = state, ahead })
		if err := m.ReclaimQueue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.tx.state.Items["q"].NextAt; got.Equal(testTime) != due || got.Equal(ahead) == due {
			t.Errorf("%s: due at %s", state, got)
		}
	}
}

func TestMarkDot(t *testing.T) {
	m, s := newQueueManager(t, nil)
	leaseOne(t, m, queuePolicy)
	if err := m.MarkDot(t.Context(), "q", "other", time.Hour); codeOf(err) != CodeConflict {
		t.Errorf("by another: %v", err)
	}
	if err := m.MarkDot(t.Context(), "x", "me", time.Hour); codeOf(err) != CodeConflict {
		t.Errorf("of nothing: %v", err)
	}
	s.tx.now = s.tx.now.Add(queuePolicy.Lease)
	if err := m.MarkDot(t.Context(), "q", "me", time.Hour); codeOf(err) != CodeConflict {
		t.Errorf("too late: %v", err)
	}
	if s.tx.state.Items["q"].DotSent {
		t.Error("marked all the same")
	}
	s.tx.now = s.tx.now.Add(-time.Second)
	if err := m.MarkDot(t.Context(), "q", "me", time.Hour); err != nil {
		t.Fatal(err)
	}
	if q := s.tx.state.Items["q"]; !q.DotSent || !q.LeaseUntil.Equal(s.tx.now.Add(time.Hour)) {
		t.Errorf("%+v", q)
	}
}

func TestAttempted(t *testing.T) {
	next := testTime.Add(time.Minute)
	result := func(r string, s DeliveryState) AttemptResult { return AttemptResult{Recipient: r, State: s} }
	tests := []struct {
		name    string
		ask     bool
		results []AttemptResult
		want    string
		event   string
	}{
		{"sent", false, []AttemptResult{result(queueAna, DeliverySent), result(queueBeto, DeliverySent)}, "A sent 1\nB sent 1\n", ""},
		{"one deferred", false, []AttemptResult{result(queueAna, DeliverySent), result(queueBeto, DeliveryDeferred)},
			"A sent 1\nB deferred 1\ndeferred B\n", ""},
		{"one failed", false, []AttemptResult{{queueAna, DeliveryFailed, "550 5.1.1", "no such user"}, result(queueBeto, DeliverySent)},
			"A failed 1\nB sent 1\n", "failed: A (550 5.1.1): no such user"},
		{"both failed", false, []AttemptResult{{queueAna, DeliveryFailed, "550", "no"}, {queueBeto, DeliveryFailed, "", "given up"}},
			"A failed 1\nB failed 1\n", "failed: A (550): no\nB: given up"},
		{"uncertain, retry", false, []AttemptResult{result(queueAna, DeliveryUncertain), result(queueBeto, DeliveryDeferred)},
			"A uncertain 1\nB deferred 1\ndeferred A B\n", ""},
		{"uncertain, ask", true, []AttemptResult{result(queueAna, DeliveryUncertain), result(queueBeto, DeliveryUncertain)},
			"A uncertain 1\nB uncertain 1\nuncertain A B\n",
			"uncertain: A, B: the relay did not answer after it had the whole mail. Decide whether to send it again."},
		{"one uncertain, ask", true, []AttemptResult{result(queueAna, DeliveryUncertain), result(queueBeto, DeliveryDeferred)},
			"A uncertain 1\nB deferred 1\ndeferred B\nuncertain A\n",
			"uncertain: A: the relay did not answer after it had the whole mail. Decide whether to send it again."},
		{"nothing said", false, nil, "A queued 1\nB queued 1\ndeferred A B\n", ""},
		{"of somebody else", false, []AttemptResult{result("x@y.example", DeliverySent)}, "A queued 1\nB queued 1\ndeferred A B\n", ""},
	}
	short := strings.NewReplacer(queueAna, "A", queueBeto, "B")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, s := newQueueManager(t, nil)
			leaseOne(t, m, queuePolicy)
			a := Attempt{Item: "q", Owner: "me", Results: tt.results, NextAt: next, Ask: tt.ask, Last: "last"}
			if err := m.Attempted(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(sortedLines(tt.want), sortedLines(short.Replace(s.states()))); diff != "" {
				t.Error(diff)
			}
			for _, q := range s.tx.state.Items {
				if q.LeaseOwner != "" || !q.LeaseUntil.IsZero() || q.DotSent || q.Last != "last" || !q.NextAt.Equal(next) {
					t.Errorf("%+v", q)
				}
			}
			s.checkEvent(t, short, tt.event)
			if err := m.Attempted(t.Context(), a); codeOf(err) != CodeConflict {
				t.Errorf("told twice: %v", err)
			}
		})
	}
}

// checkEvent compares the only event there may be, "kind: text", and what live streams are told.
func (s *queueStore) checkEvent(t *testing.T, short *strings.Replacer, want string) {
	t.Helper()
	got := ""
	changes := []ChangeKind{ChangeDelivery}
	for _, m := range s.tx.state.Messages {
		if m.Kind == KindEvent {
			got = m.Event + ": " + short.Replace(m.Text)
			changes = append(changes, ChangeEvent)
			if m.Seq != 4 || m.Number != "20261123-000001" {
				t.Errorf("the event stands at %s %d", m.Number, m.Seq)
			}
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var kinds []ChangeKind
	for _, c := range s.tx.state.Changes {
		kinds = append(kinds, c.Kind)
		if diff := gocmp.Diff([]string{"care", "sales"}, c.Departments); diff != "" {
			t.Error(diff)
		}
	}
	if diff := gocmp.Diff(changes, kinds); diff != "" {
		t.Error(diff)
	}
}

func sortedLines(s string) []string {
	lines := strings.Split(s, "\n")
	slices.Sort(lines)
	return lines
}

// The report of a relay that is quick comes before its answer was stored. It knows more.
func TestAttemptedAfterReport(t *testing.T) {
	m, s := newQueueManager(t, nil)
	leaseOne(t, m, queuePolicy)
	s.tx.state.Messages["m"].Deliveries[0].State = DeliveryUndelivered
	s.tx.state.Messages["m"].Deliveries[0].Reason = "no such user"
	err := m.Attempted(t.Context(), Attempt{Item: "q", Owner: "me", Results: []AttemptResult{
		{Recipient: queueAna, State: DeliverySent}, {Recipient: queueBeto, State: DeliverySent},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if d := s.tx.state.Messages["m"].Deliveries[0]; d.State != DeliveryUndelivered || d.Reason != "no such user" || len(s.tx.state.Items) > 0 {
		t.Errorf("%+v, %d items", d, len(s.tx.state.Items))
	}
}

func TestQueueIsSeen(t *testing.T) {
	m, s := newQueueManager(t, nil)
	hidden := *s.tx.state.Items["q"]
	hidden.ID, hidden.Department = "p", "people"
	s.tx.state.Items["p"] = &hidden
	tests := []struct {
		name  string
		actor Actor
		want  string
	}{
		{"operator", Actor{Operator: true}, "p q"},
		{"agent of the department", Actor{Role: RoleAgent, Departments: []string{"care"}}, "q"},
		{"agent of the isolated one", Actor{Role: RoleAgent, Departments: []string{"people"}}, "p"},
		{"admin", Actor{Role: RoleAdmin}, "q"},
		{"agent of another", Actor{Role: RoleAgent, Departments: []string{"sales"}}, ""},
		{"agent of none", Actor{Role: RoleAgent}, ""},
	}
	for _, tt := range tests {
		items, _, err := m.Queue(t.Context(), tt.actor, Page{})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, q := range items {
			ids = append(ids, q.ID)
		}
		if got := strings.Join(ids, " "); got != tt.want {
			t.Errorf("%s sees %q, want %q", tt.name, got, tt.want)
		}
		for _, id := range []string{"p", "q", "x"} {
			_, err := m.QueueItem(t.Context(), tt.actor, id)
			if seen := slices.Contains(ids, id); seen != (err == nil) || !seen && codeOf(err) != CodeNotFound {
				t.Errorf("%s: %s: %v", tt.name, id, err)
			}
			if slices.Contains(ids, id) {
				continue
			}
			if _, err := m.CancelQueued(t.Context(), Intent{Actor: tt.actor}, id); codeOf(err) != CodeNotFound {
				t.Errorf("%s cancels %s: %v", tt.name, id, err)
			}
			if _, err := m.RetryQueued(t.Context(), Intent{Actor: tt.actor}, id); codeOf(err) != CodeNotFound {
				t.Errorf("%s retries %s: %v", tt.name, id, err)
			}
		}
	}
}

var queueAgent = Intent{Actor: Actor{Email: "eva@example.com", Role: RoleAgent, Departments: []string{"care"}}}

func TestRetryQueued(t *testing.T) {
	m, s := newQueueManager(t, func(q *QueueItem) { q.State, q.NextAt = QueueUncertain, time.Time{} })
	item, err := m.RetryQueued(t.Context(), queueAgent, "q")
	if err != nil || item.State != QueueWaiting || !item.NextAt.Equal(testTime) {
		t.Fatalf("%+v, %v", item, err)
	}
	if d := s.tx.state.Messages["m"].Deliveries[0]; !d.NextAt.Equal(testTime) {
		t.Errorf("%+v", d)
	}
	leaseOne(t, m, queuePolicy)
	if _, err := m.RetryQueued(t.Context(), queueAgent, "q"); codeOf(err) != CodeConflict {
		t.Errorf("while it is being sent: %v", err)
	}
}

func TestCancelQueued(t *testing.T) {
	m, s := newQueueManager(t, func(q *QueueItem) { q.Recipients = []string{queueBeto} })
	s.tx.state.Messages["m"].Deliveries[0].State = DeliverySent
	leased, _ := newQueueManager(t, nil)
	leaseOne(t, leased, queuePolicy)
	if _, err := leased.CancelQueued(t.Context(), queueAgent, "q"); codeOf(err) != CodeConflict {
		t.Errorf("while it is being sent: %v", err)
	}

	intent := queueAgent
	intent.IdempotencyKey = "once"
	item, err := m.CancelQueued(t.Context(), intent, "q")
	if err != nil || item.State != QueueCancelled {
		t.Fatalf("%+v, %v", item, err)
	}
	if diff := gocmp.Diff(queueAna+" sent 0\n"+queueBeto+" cancelled 0\n", s.states()); diff != "" {
		t.Error(diff)
	}
	s.checkEvent(t, strings.NewReplacer(), "cancelled: "+queueBeto+": not sent")
	for _, c := range s.tx.state.Changes {
		if c.Agent != "eva@example.com" {
			t.Errorf("%+v", c)
		}
	}
	again, err := m.CancelQueued(t.Context(), intent, "q")
	if diff := gocmp.Diff(item, again); err != nil || diff != "" {
		t.Errorf("repeated: %v %s", err, diff)
	}
	if _, err := m.CancelQueued(t.Context(), queueAgent, "q"); codeOf(err) != CodeNotFound {
		t.Errorf("once more: %v", err)
	}
}

// A mail whose fate is unknown is cancelled without saying that it did not arrive.
func TestCancelUncertain(t *testing.T) {
	m, s := newQueueManager(t, func(q *QueueItem) { q.State = QueueUncertain })
	for i := range s.tx.state.Messages["m"].Deliveries {
		s.tx.state.Messages["m"].Deliveries[i].State = DeliveryUncertain
	}
	if _, err := m.CancelQueued(t.Context(), queueAgent, "q"); err != nil {
		t.Fatal(err)
	}
	s.checkEvent(t, strings.NewReplacer(), "cancelled: "+queueAna+", "+queueBeto+": not sent again; the relay may have taken it before")
	if d := s.tx.state.Messages["m"].Deliveries[0]; d.State != DeliveryCancelled || !strings.Contains(d.Reason, "may have taken") {
		t.Errorf("%+v", d)
	}
}

// A mail is sent though its message and protocol are gone: the queue forgets nothing.
func TestQueueWithoutMessage(t *testing.T) {
	m, s := newQueueManager(t, nil)
	clear(s.tx.state.Messages)
	clear(s.tx.state.Protocols)
	leaseOne(t, m, queuePolicy)
	err := m.Attempted(t.Context(), Attempt{Item: "q", Owner: "me", Results: []AttemptResult{
		{Recipient: queueAna, State: DeliveryFailed}, {Recipient: queueBeto, State: DeliveryDeferred},
	}, NextAt: testTime.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	if q := s.tx.state.Items["q"]; q.State != QueueDeferred || !slices.Equal(q.Recipients, []string{queueBeto}) {
		t.Errorf("%+v", q)
	}
}
