package outbound

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"recado/conversation"
)

// memory is as much of a store as the queue needs; anything else panics. Its clock stands still until
// it is set. A process that dies is a queue that is forgotten while the memory stays.
type memory struct {
	conversation.Store

	mu    sync.Mutex
	now   time.Time
	state state
	mails [][]byte
}

type state struct {
	Items     map[string]*conversation.QueueItem
	Messages  map[string]*conversation.Message
	Protocols map[string]*conversation.Protocol
	Changes   []*conversation.Change
}

// copy gives v as a store would: nothing is shared.
func (s state) copy() state {
	return state{copies(s.Items), copies(s.Messages), copies(s.Protocols), slices.Clone(s.Changes)}
}

func copies[T any](m map[string]*T) map[string]*T {
	out := maps.Clone(m)
	for k, v := range out {
		out[k] = clone(v)
	}
	return out
}

func clone[T any](v *T) *T {
	if v == nil {
		return nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out T
	if err := json.Unmarshal(raw, &out); err != nil {
		panic(err)
	}
	return &out
}

func newMemory(now time.Time) *memory {
	return &memory{now: now, state: state{
		Items:     map[string]*conversation.QueueItem{},
		Messages:  map[string]*conversation.Message{},
		Protocols: map[string]*conversation.Protocol{},
	}}
}

func (m *memory) clock() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

func (m *memory) advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// snapshot is a copy of what is stored.
func (m *memory) snapshot() state {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.copy()
}

func (m *memory) View(_ context.Context, fn func(conversation.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fn(&memoryTx{now: m.now, state: m.state.copy()})
}

// Update runs fn twice, the first time in vain, as a store may.
func (m *memory) Update(_ context.Context, fn func(conversation.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = fn(&memoryTx{now: m.now, state: m.state.copy()})
	tx := &memoryTx{now: m.now, state: m.state.copy()}
	if err := fn(tx); err != nil {
		return err
	}
	m.state = tx.state
	return nil
}

func (m *memory) addMail(raw []byte) conversation.MailRef {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails = append(m.mails, raw)
	return conversation.MailRef{Segment: 1, Offset: int64(len(m.mails)), Length: int64(len(raw))}
}

func (m *memory) OpenMail(_ context.Context, ref conversation.MailRef) (conversation.Mail, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return memoryMail{bytes.NewReader(m.mails[ref.Offset-1])}, nil
}

type memoryMail struct{ *bytes.Reader }

func (memoryMail) Close() error                    { return nil }
func (memoryMail) Record() conversation.MailRecord { return conversation.MailRecord{} }

// memoryTx is one transaction on a copy.
type memoryTx struct {
	conversation.Tx
	now   time.Time
	state state
}

func (t *memoryTx) Now() time.Time { return t.now }

// AddAudit: who did what is the store's to keep; here nobody asks.
func (t *memoryTx) AddAudit(*conversation.AuditLine) error { return nil }

// due is when the item is, the zero time where it waits for nothing.
func due(q *conversation.QueueItem) time.Time {
	switch q.State {
	case conversation.QueueUncertain:
		return time.Time{}
	case conversation.QueueSending:
		return q.LeaseUntil
	}
	return q.NextAt
}

func (t *memoryTx) waiting() []*conversation.QueueItem {
	var list []*conversation.QueueItem
	for _, q := range t.state.Items {
		if !due(q).IsZero() {
			list = append(list, clone(q))
		}
	}
	slices.SortFunc(list, func(a, b *conversation.QueueItem) int {
		return cmp.Or(due(a).Compare(due(b)), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func (t *memoryTx) QueueDue(now time.Time, limit int) ([]*conversation.QueueItem, error) {
	list := slices.DeleteFunc(t.waiting(), func(q *conversation.QueueItem) bool { return due(q).After(now) })
	return list[:min(limit, len(list))], nil
}

func (t *memoryTx) QueueNext() (time.Time, error) {
	if list := t.waiting(); len(list) > 0 {
		return due(list[0]), nil
	}
	return time.Time{}, nil
}

func (t *memoryTx) QueueItem(id string) (*conversation.QueueItem, error) {
	return clone(t.state.Items[id]), nil
}

func (t *memoryTx) PutQueueItem(q *conversation.QueueItem) error {
	t.state.Items[q.ID] = clone(q)
	return nil
}

func (t *memoryTx) DeleteQueueItem(id string) error {
	delete(t.state.Items, id)
	return nil
}

func (t *memoryTx) Message(id string) (*conversation.Message, error) {
	return clone(t.state.Messages[id]), nil
}

func (t *memoryTx) PutMessage(m *conversation.Message) error {
	t.state.Messages[m.ID] = clone(m)
	return nil
}

func (t *memoryTx) Protocol(number string) (*conversation.Protocol, error) {
	return clone(t.state.Protocols[number]), nil
}

func (t *memoryTx) PutProtocol(p *conversation.Protocol) error {
	p.Version++
	t.state.Protocols[p.Number] = clone(p)
	return nil
}

func (t *memoryTx) AddChange(c *conversation.Change) error {
	c.Seq = uint64(len(t.state.Changes) + 1)
	t.state.Changes = append(t.state.Changes, clone(c))
	return nil
}
