package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/internal/api"
	"recado/internal/say"
)

// serveSocket serves the handler at a new socket until the test ends.
func serveSocket(t *testing.T, h http.Handler) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), api.SocketName)
	l, err := api.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return path
}

// TestClient: every call asks the desk the same and gets the same document, over the socket and in process.
func TestClient(t *testing.T) {
	ctx := context.Background()
	file := api.File{Name: "a.txt", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("hi")), nil }}
	page := api.Paging{Limit: 3, Cursor: "c"}
	calls := map[string]func(c *api.Client) (string, error){
		"Protocols": func(c *api.Client) (string, error) {
			a, err := c.Protocols(ctx, api.ProtocolQuery{Status: "open", Contact: "a@b.example", Paging: page})
			return string(a.JSON), err
		},
		"Protocol": func(c *api.Client) (string, error) {
			a, err := c.Protocol(ctx, protocolNumber)
			return string(a.JSON), err
		},
		"Reply": func(c *api.Client) (string, error) {
			a, err := c.Reply(ctx, protocolNumber, "Hola", []api.File{file})
			return string(a.JSON), err
		},
		"Note": func(c *api.Client) (string, error) {
			a, err := c.Note(ctx, protocolNumber, "n")
			return string(a.JSON), err
		},
		"Finalize": func(c *api.Client) (string, error) {
			a, err := c.Finalize(ctx, protocolNumber, "x")
			return string(a.JSON), err
		},
		"Reopen": func(c *api.Client) (string, error) {
			a, err := c.Reopen(ctx, protocolNumber)
			return string(a.JSON), err
		},
		"Split": func(c *api.Client) (string, error) {
			a, err := c.Split(ctx, protocolNumber, messageID)
			return string(a.JSON), err
		},
		"Merge": func(c *api.Client) (string, error) {
			a, err := c.Merge(ctx, protocolNumber, "20261120-000007")
			return string(a.JSON), err
		},
		"Undo": func(c *api.Client) (string, error) { a, err := c.Undo(ctx, protocolNumber); return string(a.JSON), err },
		"Assign": func(c *api.Client) (string, error) {
			a, err := c.Assign(ctx, protocolNumber, "")
			return string(a.JSON), err
		},
		"Tag": func(c *api.Client) (string, error) {
			a, err := c.Tag(ctx, protocolNumber, api.Tags{Add: []string{"a"}})
			return string(a.JSON), err
		},
		"Transfer": func(c *api.Client) (string, error) {
			a, err := c.Transfer(ctx, protocolNumber, api.Transfer{Department: "hr"})
			return string(a.JSON), err
		},
		"Held": func(c *api.Client) (string, error) {
			a, err := c.Held(ctx, "automatic", "care", page)
			return string(a.JSON), err
		},
		"HeldMail": func(c *api.Client) (string, error) { a, err := c.HeldMail(ctx, heldID); return string(a.JSON), err },
		"Accept":   func(c *api.Client) (string, error) { a, err := c.AcceptHeld(ctx, heldID); return string(a.JSON), err },
		"Discard":  func(c *api.Client) (string, error) { a, err := c.DiscardHeld(ctx, heldID); return string(a.JSON), err },
		"Journal": func(c *api.Client) (string, error) {
			a, err := c.Journal(ctx, api.JournalQuery{Receipt: receiptID, Address: "Ana@customer.example", Number: protocolNumber, Paging: page})
			return string(a.JSON), err
		},
		"Queue":  func(c *api.Client) (string, error) { a, err := c.Queue(ctx, page); return string(a.JSON), err },
		"Queued": func(c *api.Client) (string, error) { a, err := c.Queued(ctx, queueID); return string(a.JSON), err },
		"Retry":  func(c *api.Client) (string, error) { a, err := c.RetryQueued(ctx, queueID); return string(a.JSON), err },
		"Cancel": func(c *api.Client) (string, error) {
			a, err := c.CancelQueued(ctx, queueID)
			return string(a.JSON), err
		},
		"Agents": func(c *api.Client) (string, error) { a, err := c.Agents(ctx, page); return string(a.JSON), err },
		"AddAgent": func(c *api.Client) (string, error) {
			a, err := c.AddAgent(ctx, api.NewAgent{Email: "eva@example.com", Role: "admin"})
			return string(a.JSON), err
		},
		"Password": func(c *api.Client) (string, error) {
			a, err := c.SetPassword(ctx, "eva@example.com", "p")
			return string(a.JSON), err
		},
		"Disable": func(c *api.Client) (string, error) {
			a, err := c.DisableAgent(ctx, "eva@example.com")
			return string(a.JSON), err
		},
		"Profile": func(c *api.Client) (string, error) {
			signature := "Eva"
			a, err := c.SetAgent(ctx, "eva@example.com", api.AgentEdit{Signature: &signature})
			return string(a.JSON), err
		},
		"Explain": func(c *api.Client) (string, error) {
			a, err := c.Explain(ctx, strings.NewReader(htmlMail), api.Envelope{Recipients: []string{"a@b.example", "c@d.example"}, From: "x@y.example", IP: "::1", HELO: "h"})
			return string(a.JSON), err
		},
		"ExplainStored": func(c *api.Client) (string, error) {
			a, err := c.ExplainStored(ctx, messageID)
			return string(a.JSON), err
		},
	}
	for name, ask := range calls {
		t.Run(name, func(t *testing.T) {
			near, far := &fakeDesk{mail: htmlMail}, &fakeDesk{mail: htmlMail}
			nearAnswer, err := ask(&api.Client{Transport: api.InProcess(newHandler(near))})
			if err != nil {
				t.Fatal(err)
			}
			farAnswer, err := ask(&api.Client{Transport: api.OverSocket(serveSocket(t, newHandler(far)))})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(nearAnswer, farAnswer); diff != "" || nearAnswer == "" {
				t.Errorf("the answers differ: %s", diff)
			}
			if diff := cmp.Diff(near.asked, far.asked); diff != "" || len(near.asked) == 0 {
				t.Errorf("the questions differ: %s", diff)
			}
		})
	}
}

func TestClientActsAs(t *testing.T) {
	d := &fakeDesk{}
	c := &api.Client{Transport: api.InProcess(newHandler(d)), As: "eva@example.com"}
	if _, err := c.Queued(t.Context(), queueID); err != nil || d.asked[0] != "QueueItem eva@example.com "+queueID {
		t.Errorf("%v, %q", err, d.asked)
	}
}

func TestClientProblem(t *testing.T) {
	d := &fakeDesk{err: &conversation.Error{Code: conversation.CodeNotFound, Sentence: say.Of("nothing")}}
	for name, transport := range map[string]http.RoundTripper{"in process": api.InProcess(newHandler(d)), "socket": api.OverSocket(serveSocket(t, newHandler(d)))} {
		t.Run(name, func(t *testing.T) {
			_, err := (&api.Client{Transport: transport}).Protocol(t.Context(), protocolNumber)
			var p *api.Problem
			if !errors.As(err, &p) || p.Status != 404 || err.Error() != "nothing" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestReplyFileFails: a file that cannot be read is why, and nothing is sent.
func TestReplyFileFails(t *testing.T) {
	d := &fakeDesk{mail: htmlMail}
	bad := api.File{Name: "gone", Open: func() (io.ReadCloser, error) { return nil, os.ErrNotExist }}
	for name, transport := range map[string]http.RoundTripper{"in process": api.InProcess(newHandler(d)), "socket": api.OverSocket(serveSocket(t, newHandler(d)))} {
		t.Run(name, func(t *testing.T) {
			_, err := (&api.Client{Transport: transport}).Reply(t.Context(), protocolNumber, "x", []api.File{bad})
			if err == nil || !strings.Contains(err.Error(), "attach gone: file does not exist") || len(d.asked) > 0 {
				t.Errorf("%v, asked %q", err, d.asked)
			}
		})
	}
}

func TestListen(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), api.SocketName)
	answers := func(want bool) {
		t.Helper()
		if got, err := api.Answers(ctx, path); got != want || err != nil {
			t.Fatalf("answers %v %v, want %v", got, err, want)
		}
	}
	answers(false)
	first, err := api.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if _, err := api.Listen(path); !errors.Is(err, api.ErrAnswered) {
		t.Errorf("a second listener: %v", err)
	}
	answers(true)

	// A copy of the socket's name outlives the process: what a crash leaves behind.
	stale := path + ".stale"
	if err := os.Link(path, stale); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket stays: %v", err)
	}
	if err := os.Rename(stale, path); err != nil {
		t.Fatal(err)
	}
	answers(false)
	second, err := api.Listen(path)
	if err != nil {
		t.Fatalf("a stale socket: %v", err)
	}
	answers(true)

	// Closing does not take away what another put in its place.
	if err := errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600), second.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
	if _, err := api.Listen(path); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("a file in its place: %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestListenLongPath(t *testing.T) {
	folder := t.TempDir()
	longest := func(n int) string { // a folder so that the socket's path has n octets
		dir := filepath.Join(folder, strings.Repeat("d", n-len(folder)-len(api.SocketName)-2))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, api.SocketName)
	}
	l, err := api.Listen(longest(107))
	if err != nil {
		t.Fatal(err)
	}
	if running, err := api.Answers(t.Context(), longest(107)); !running || err != nil {
		t.Errorf("answers %v %v", running, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := api.Listen(longest(108)); err == nil || !strings.Contains(err.Error(), "choose a shorter data folder") {
		t.Errorf("too long: %v", err)
	}
}
