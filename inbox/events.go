package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"recado/conversation"
	"recado/internal/say"
)

const eventsPath = "/events"

const (
	heartbeat      = 20 * time.Second // below the idle limits of usual proxies
	streamDeadline = 40 * time.Second // to write one event
	maxStreams     = 20               // of one agent at one time: as many open tabs
	changesAtOnce  = 200
)

// streams keeps count of the live streams and ends them.
type streams struct {
	mu      sync.Mutex
	agents  map[string]int
	closing chan struct{} // closed by close
	closed  bool
	running sync.WaitGroup
}

func newStreams() *streams { return &streams{agents: map[string]int{}, closing: make(chan struct{})} }

// begin counts a stream of the agent; ok is false where there are too many, or all are to end.
func (s *streams) begin(agent string) (end func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.agents[agent] >= maxStreams {
		return nil, false
	}
	s.agents[agent]++
	s.running.Add(1)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.agents[agent]--; s.agents[agent] == 0 {
			delete(s.agents, agent)
		}
		s.running.Done()
	}, true
}

func (s *streams) close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("end live streams: %w", ctx.Err())
	}
}

// changeView is what a browser hears of a change: enough to know whether its page is concerned.
type changeView struct {
	Kind    string `json:"kind"`
	Number  string `json:"number,omitempty"`
	Message string `json:"message,omitempty"`
	Own     bool   `json:"own,omitempty"` // the agent did it
}

// events is the live stream (WHATWG HTML 9.2). It begins after Last-Event-ID, else after the change that
// the page was made at; what the browser missed comes first.
func (in *Inbox) events(w http.ResponseWriter, r *http.Request, v *visit) error {
	end, ok := in.streams.begin(v.agent.Email)
	if !ok {
		w.Header().Set("Retry-After", "30")
		return &conversation.Error{Code: conversation.CodeTooMany, Sentence: say.Of("too many live pages")}
	}
	defer end()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	after, err := in.resumeAt(r)
	if err != nil {
		return err
	}
	s := &stream{in: in, v: v, w: w, rc: http.NewResponseController(w), after: after}
	if number := r.URL.Query().Get("at"); conversation.ValidNumber(number) {
		if _, err := in.desk.Protocol(ctx, v.actor, number); err != nil {
			return err
		}
		signal, leave := in.presence.begin(number, v.agent.Email, v.now)
		defer leave()
		s.at, s.company = number, signal
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would keep events back
	w.WriteHeader(http.StatusOK)
	// The server's limit of reading a request must not end the stream either.
	if err := s.rc.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if err := s.run(ctx, in.desk.Subscribe(ctx)); err != nil && r.Context().Err() == nil && !errors.Is(err, errStreamEnds) {
		in.log.Warn("live stream ended", "agent", v.agent.Email, "err", err)
	}
	return nil
}

func (in *Inbox) resumeAt(r *http.Request) (uint64, error) {
	for _, s := range []string{r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after")} {
		if n, err := strconv.ParseUint(s, 10, 64); err == nil {
			return n, nil
		}
	}
	return in.desk.LastChange(r.Context())
}

// stream is one live stream.
type stream struct {
	in    *Inbox
	v     *visit
	w     http.ResponseWriter
	rc    *http.ResponseController
	after uint64
	at    string // the protocol that the page shows
	// company receives when somebody else comes to it or leaves it; nil where the page shows none.
	company <-chan struct{}
}

var errStreamEnds = errors.New("the stream ends")

func (s *stream) run(ctx context.Context, signal <-chan struct{}) error {
	if err := s.write("retry: 3000\n\n"); err != nil {
		return err
	}
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		if err := s.send(ctx); err != nil {
			return err
		}
		select {
		case _, ok := <-signal:
			if !ok {
				return errStreamEnds
			}
		case <-s.company:
			if err := s.tellCompany(ctx); err != nil {
				return err
			}
		case <-tick.C:
			if err := s.write(": still here\n\n"); err != nil { // keeps proxies from closing the connection
				return err
			}
		case <-s.in.streams.closing:
			return errStreamEnds
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// send writes what changed since the last event. Whether the session goes on is looked up after the changes were read
// and before they are told: none that came after its end is.
func (s *stream) send(ctx context.Context) error {
	for {
		actor := s.v.actor
		changes, last, complete, err := s.in.desk.Changes(ctx, actor, s.after, changesAtOnce)
		if err != nil {
			return err
		}
		if err := s.recheck(ctx); err != nil {
			return err
		}
		if actor.Role != s.v.actor.Role || !slices.Equal(actor.Departments, s.v.actor.Departments) {
			continue // to be read with what the agent may see now
		}
		if !complete {
			// What happened meanwhile is forgotten: the page is to be read anew.
			s.after = last
			return s.write(fmt.Sprintf("id: %d\nevent: stale\ndata: {}\n\n", last))
		}
		if last == s.after {
			return nil
		}
		s.after = last
		if len(changes) == 0 {
			continue
		}
		views := make([]changeView, 0, len(changes))
		for _, c := range changes {
			// What a colleague reads is the colleague's affair.
			if c.Kind == conversation.ChangeRead && c.Agent != s.v.agent.Email {
				continue
			}
			views = append(views, changeView{Kind: string(c.Kind), Number: c.Number, Message: c.Message, Own: c.Agent == s.v.agent.Email})
		}
		if len(views) == 0 {
			continue
		}
		data, err := json.Marshal(views)
		if err != nil {
			return err
		}
		if err := s.write(fmt.Sprintf("id: %d\nevent: change\ndata: %s\n\n", last, data)); err != nil {
			return err
		}
	}
}

// tellCompany says that somebody came to the protocol or left it, as long as the agent may see it. It has no id:
// the stream goes on from the last change.
func (s *stream) tellCompany(ctx context.Context) error {
	if _, err := s.in.desk.Protocol(ctx, s.v.actor, s.at); err != nil {
		if hasCode(err, conversation.CodeNotFound) {
			return nil
		}
		return err
	}
	data, err := json.Marshal([]changeView{{Kind: "looking", Number: s.at}})
	if err != nil {
		return err
	}
	return s.write(fmt.Sprintf("event: change\ndata: %s\n\n", data))
}

// recheck ends the stream of an agent who was logged out, and has it go by what the agent may see now. The end of a
// session is a change that wakes it.
func (s *stream) recheck(ctx context.Context) error {
	a, _, err := s.in.agents.SessionAgent(ctx, s.v.token)
	if errors.Is(err, conversation.ErrNoSession) || err == nil && a == nil {
		_ = s.write("event: bye\ndata: {}\n\n")
		return errStreamEnds
	}
	if err != nil {
		return err
	}
	s.v.agent, s.v.actor = a, conversation.ActorOf(a)
	return nil
}

// write sends at once, with a deadline of its own: the server's is for whole answers and long past.
func (s *stream) write(text string) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(streamDeadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.rc.Flush()
}
