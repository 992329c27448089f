package inbox

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"recado/conversation"
)

// listener reads a live stream.
type listener struct {
	t      *testing.T
	events chan string // "id event data"; closed at the end of the stream
}

func listen(t *testing.T, server *httptest.Server, cookies map[string]*http.Cookie, path, lastID string) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("the stream answered %s, %s", answer.Status, answer.Header.Get("Content-Type"))
	}
	l := &listener{t: t, events: make(chan string, 100)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(l.events)
		var fields []string
		for s := bufio.NewScanner(answer.Body); s.Scan(); {
			if s.Text() == "" {
				if len(fields) > 1 { // one that is of no change has no id
					l.events <- strings.Join(fields, " ")
				}
				fields = nil
				continue
			}
			_, value, _ := strings.Cut(s.Text(), ": ")
			fields = append(fields, value)
		}
	}()
	t.Cleanup(func() { cancel(); answer.Body.Close(); <-done })
	return l
}

func (l *listener) want(event string) {
	l.t.Helper()
	select {
	case got, ok := <-l.events:
		if !ok || got != event {
			l.t.Errorf("heard %q, want %q", got, event)
		}
	case <-time.After(10 * time.Second):
		l.t.Fatalf("nothing came, want %q", event)
	}
}

func liveServer(t *testing.T, agent string) (*Inbox, *fakeDesk, *httptest.Server, *client) {
	t.Helper()
	desk := newFakeDesk()
	in := newInbox(t, desk, newFakeAgents(), nil)
	server := httptest.NewUnstartedServer(in.Handler())
	server.Config.WriteTimeout = 200 * time.Millisecond // a stream outlives the server's limit
	server.Config.ReadTimeout = 200 * time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	c := newClient(t, in)
	c.login(agent)
	return in, desk, server, c
}

func (d *fakeDesk) locked(fn func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fn()
}

func TestLiveStream(t *testing.T) {
	_, desk, server, c := liveServer(t, "rui@example.com")
	desk.locked(func() { desk.change(conversation.ChangeOpened, []string{"sales"}, "n1", "") })
	l := listen(t, server, c.cookies, "/events?after=0", "")
	l.want(`1 change [{"kind":"opened","number":"n1"}]`)
	desk.locked(func() {
		desk.change(conversation.ChangeMessage, []string{"care"}, "n2", "")              // not his
		desk.change(conversation.ChangeRead, []string{"sales"}, "n1", "eve@example.com") // not his either
		desk.change(conversation.ChangeReply, []string{"sales"}, "n1", "rui@example.com")
	})
	l.want(`4 change [{"kind":"reply","number":"n1","own":true}]`)
	// Beyond the server's limits of time the stream still lives.
	deadline := time.NewTimer(500 * time.Millisecond)
	<-deadline.C
	desk.locked(func() { desk.change(conversation.ChangeNote, []string{"sales", "care"}, "n3", "") })
	l.want(`5 change [{"kind":"note","number":"n3"}]`)
}

func TestLiveStreamResumes(t *testing.T) {
	_, desk, server, c := liveServer(t, "rui@example.com")
	for _, n := range []string{"n1", "n2", "n3"} {
		desk.locked(func() { desk.change(conversation.ChangeMessage, []string{"sales"}, n, "") })
	}
	// Last-Event-ID is newer than what the page was made at.
	l := listen(t, server, c.cookies, "/events?after=0", "2")
	l.want(`3 change [{"kind":"message","number":"n3"}]`)
	l = listen(t, server, c.cookies, "/events", "")
	desk.locked(func() { desk.change(conversation.ChangeMessage, []string{"sales"}, "n4", "") })
	l.want(`4 change [{"kind":"message","number":"n4"}]`)
	// What is forgotten, or never was, makes the page be read anew.
	desk.locked(func() { desk.forgotten = 2 })
	listen(t, server, c.cookies, "/events", "1").want("4 stale {}")
	listen(t, server, c.cookies, "/events", "999").want("4 stale {}")
}

func TestLiveStreamsEnd(t *testing.T) {
	in, desk, server, c := liveServer(t, "rui@example.com")
	l := listen(t, server, c.cookies, "/events", "")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := in.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, ok := <-l.events; ok {
		t.Error("an event came instead of the end")
	}
	if w := c.get("/events"); w.Code != http.StatusTooManyRequests {
		t.Errorf("a new stream after Close answered %d", w.Code)
	}
	if err := in.Close(ctx); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if w := c.get("/inbox"); w.Code != http.StatusOK {
		t.Errorf("a page after Close answered %d", w.Code)
	}
	for left := 1; left > 0; { // what ends with a context ends soon after it
		desk.locked(func() { left = len(desk.watchers) })
		if ctx.Err() != nil {
			t.Fatalf("%d subscriptions are left", left)
		}
		runtime.Gosched()
	}
}

func TestLiveStreamsAreBounded(t *testing.T) {
	in, _, server, c := liveServer(t, "rui@example.com")
	for range maxStreams {
		listen(t, server, c.cookies, "/events", "")
	}
	if w := c.get("/events"); w.Code != http.StatusTooManyRequests {
		t.Errorf("one more stream answered %d", w.Code)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := in.Close(ctx); err != nil {
		t.Error(err)
	}
}

// TestAStreamEndsWithItsSession at once, and says nothing more of what happens.
func TestAStreamEndsWithItsSession(t *testing.T) {
	in, desk, server, c := liveServer(t, "rui@example.com")
	l := listen(t, server, c.cookies, "/events?after=0", "")
	desk.locked(func() { desk.change(conversation.ChangeOpened, []string{"sales"}, "n1", "") })
	l.want(`1 change [{"kind":"opened","number":"n1"}]`)
	for _, cookie := range c.cookies {
		if err := in.agents.EndSession(t.Context(), conversation.Actor{}, cookie.Value); err != nil {
			t.Fatal(err)
		}
	}
	desk.locked(func() { desk.change(conversation.ChangeMessage, []string{"sales"}, "n1", "") })
	l.want("bye {}")
	if event, more := <-l.events; more {
		t.Errorf("after that came %q", event)
	}
}

// TestAStreamGoesByWhatTheAgentMaySeeNow: a department that was taken away is not heard of any more.
func TestAStreamGoesByWhatTheAgentMaySeeNow(t *testing.T) {
	in, desk, server, c := liveServer(t, "ana@example.com")
	l := listen(t, server, c.cookies, "/events?after=0", "")
	desk.locked(func() { desk.change(conversation.ChangeOpened, []string{"sales"}, "n1", "") })
	l.want(`1 change [{"kind":"opened","number":"n1"}]`)
	agents := in.agents.(*fakeAgents)
	agents.mu.Lock()
	agents.agents["ana@example.com"].Departments = []string{"care"}
	agents.mu.Unlock()
	desk.locked(func() { desk.change(conversation.ChangeMessage, []string{"sales"}, "n1", "") })
	desk.locked(func() { desk.change(conversation.ChangeMessage, []string{"care"}, "n2", "") })
	l.want(`3 change [{"kind":"message","number":"n2"}]`)
}
