package conversation

import (
	"container/list"
	"sync"

	"recado/internal/message"
)

// readings keeps what was read of raw mails that are shown again and again: a page, its live changes,
// the check before an answer. A raw mail never changes, so neither does its reading. The bound is on the
// octets of text that are kept.
type readings struct {
	mu    sync.Mutex
	most  int
	held  int
	order *list.List // of *reading, the latest used first
	byID  map[string]*list.Element
}

type reading struct {
	id   string
	mail *message.Message
	size int
}

// readingOverhead is what a reading takes besides its texts, roughly.
const readingOverhead = 2 << 10

func newReadings(most int) *readings {
	return &readings{most: most, order: list.New(), byID: map[string]*list.Element{}}
}

// get returns the reading of the message, nil where it is not kept. It must not be changed.
func (r *readings) get(id string) *message.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.byID[id]
	if e == nil {
		return nil
	}
	r.order.MoveToFront(e)
	return e.Value.(*reading).mail
}

// put keeps a reading without the header, which nobody shows, and lets the longest unused go.
func (r *readings) put(id string, mail *message.Message) {
	kept := *mail
	kept.Header = message.Header{}
	size := readingOverhead + len(kept.Text) + len(kept.Quoted) + len(kept.HTML) + 256*len(kept.Attachments)
	if size > r.most/4 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID[id] != nil {
		return
	}
	r.byID[id] = r.order.PushFront(&reading{id: id, mail: &kept, size: size})
	for r.held += size; r.held > r.most; {
		last := r.order.Back()
		gone := last.Value.(*reading)
		r.order.Remove(last)
		delete(r.byID, gone.id)
		r.held -= gone.size
	}
}
