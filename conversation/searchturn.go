package conversation

import (
	"context"
	"sync"
)

const (
	// searchesAtWork is how many searches of one agent the index works at.
	searchesAtWork = 2
	// SearchesOfOne is how many searches of one agent may be at work or wait for it.
	SearchesOfOne = 8
)

var errSearches = errorf(CodeTooMany, "%d searches of yours are not answered yet: wait for them", SearchesOfOne)

// turns let everybody search however much one of them does. The zero value is ready.
type turns struct {
	mu sync.Mutex
	of map[string]*turn
}

// turn is one agent's, as long as he searches.
type turn struct {
	asked int
	work  chan struct{}
}

// take waits for a turn of the actor's. Whoever took it calls release. The operator has no bound.
func (t *turns) take(ctx context.Context, actor Actor) (release func(), err error) {
	if actor.Operator {
		return func() {}, nil
	}
	mine := t.enter(actor.id())
	if mine == nil {
		return nil, errSearches
	}
	select {
	case mine.work <- struct{}{}:
		return func() {
			<-mine.work
			t.leave(actor.id())
		}, nil
	case <-ctx.Done():
		t.leave(actor.id())
		return nil, ctx.Err()
	}
}

func (t *turns) enter(who string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := t.of[who]
	if mine == nil {
		if t.of == nil {
			t.of = map[string]*turn{}
		}
		mine = &turn{work: make(chan struct{}, searchesAtWork)}
		t.of[who] = mine
	}
	if mine.asked == SearchesOfOne {
		return nil
	}
	mine.asked++
	return mine
}

func (t *turns) leave(who string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine := t.of[who]; mine.asked > 1 {
		mine.asked--
	} else {
		delete(t.of, who)
	}
}
