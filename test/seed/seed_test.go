package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recado/conversation"
	"recado/store"
)

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		args string
		want string // of the error; empty: none
	}{
		{"all of them", "--data DIR --protocols 10 --messages 40 --open 3 --held 2 --seed 7 --until 2026-11-20 --password secret", ""},
		{"no folder", "", "--data"},
		{"no protocols", "--data DIR --protocols 0", "--protocols"},
		{"too few messages", "--data DIR --protocols 10 --messages 9", "--messages"},
		{"too many messages", "--data DIR --protocols 10 --messages 1001", "--messages"},
		{"all open", "--data DIR --protocols 10 --open 10", "--open"},
		{"held", "--data DIR --held -1", "--held"},
		{"no day", "--data DIR --until tomorrow", "until"},
		{"rest", "--data DIR now", "no flag"},
		{"a folder that is in use", "--data .", "not empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := strings.Fields(strings.ReplaceAll(c.args, "DIR", filepath.Join(t.TempDir(), "data")))
			_, err := parseOptions(args, &bytes.Buffer{})
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
}

const (
	someProtocols = 120
	someHeld      = 12
)

// seeded fills a folder and opens its store.
func seeded(t *testing.T, seed int) *store.Store {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	args := []string{"--data", dir, "--protocols", fmt.Sprint(someProtocols), "--held", fmt.Sprint(someHeld), "--seed", fmt.Sprint(seed),
		"--until", "2026-11-20", "--password", "a password of the tests"}
	var notes bytes.Buffer
	if err := run(t.Context(), args, &notes, &notes); err != nil {
		t.Fatalf("%v\n%s", err, &notes)
	}
	s, err := store.Open(store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func view(t *testing.T, s *store.Store, fn func(conversation.Tx) error) {
	t.Helper()
	if err := s.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// everyProtocol lists by the filter to the end.
func everyProtocol(t *testing.T, tx conversation.Tx, f conversation.ProtocolFilter) []*conversation.Protocol {
	t.Helper()
	var out []*conversation.Protocol
	for page := (conversation.Page{Limit: 50}); ; {
		list, next, err := tx.Protocols(f, page)
		if err != nil {
			t.Fatal(err)
		}
		if out = append(out, list...); next == "" {
			return out
		}
		page.Cursor = next
	}
}

// TestSeed holds that the folder is as the product leaves it: what is counted and indexed is what is there.
func TestSeed(t *testing.T) {
	s := seeded(t, 1)
	view(t, s, func(tx conversation.Tx) error {
		all := everyProtocol(t, tx, conversation.ProtocolFilter{})
		if len(all) != someProtocols {
			t.Errorf("%d protocols, want %d", len(all), someProtocols)
		}
		messages := 0
		for _, p := range all {
			messages += p.Messages
			checkProtocol(t, s, tx, p)
		}
		if messages != 5*someProtocols {
			t.Errorf("%d messages, want %d", messages, 5*someProtocols)
		}
		checkLists(t, tx, all)
		groups, _, err := tx.HeldGroups(conversation.HeldFilter{}, conversation.Page{Limit: conversation.MaxLimit})
		if err != nil {
			return err
		}
		held := 0
		for _, g := range groups {
			held += g.Count
		}
		if held != someHeld {
			t.Errorf("%d mails are held, want %d", held, someHeld)
		}
		queue, _, err := tx.Queue(nil, conversation.Page{})
		if len(queue) > 0 {
			t.Errorf("%d mails are still to be sent", len(queue))
		}
		return err
	})
}

// checkProtocol compares what a protocol tells of itself with its entries, and reads their mails.
func checkProtocol(t *testing.T, s *store.Store, tx conversation.Tx, p *conversation.Protocol) {
	t.Helper()
	entries, err := tx.Messages(p.Number, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	in, out, preview := 0, 0, ""
	for i, m := range entries {
		if m.Seq != uint64(i+1) {
			t.Errorf("%s: entry %d has the place %d", p.Number, i+1, m.Seq)
		}
		switch m.Kind {
		case conversation.KindIn:
			in++
			preview = m.Preview
		case conversation.KindOut:
			out++
			preview = m.Preview
			for _, d := range m.Deliveries {
				if d.State != conversation.DeliverySent && d.State != conversation.DeliveryUndelivered {
					t.Errorf("%s: a delivery is %s", p.Number, d.State)
				}
			}
		}
		if m.Raw.IsZero() {
			continue
		}
		if err := s.VerifyMail(context.Background(), m.Raw); err != nil {
			t.Errorf("%s: %v", p.Number, err)
		}
	}
	if p.Incoming != in || p.Messages != in+out || p.LastSeq != uint64(len(entries)) || p.Preview != preview {
		t.Errorf("%s: tells %d in, %d messages, %d entries, %q; has %d, %d, %d, %q",
			p.Number, p.Incoming, p.Messages, p.LastSeq, p.Preview, in, in+out, len(entries), preview)
	}
	if holder, err := tx.OpenProtocol(p.Key); err != nil || p.HoldsKey() && (holder == nil || holder.Number != p.Number) {
		t.Errorf("%s: its key leads to %v, %v", p.Number, holder, err)
	}
}

// checkLists compares every list and its count with what a reading of all protocols gives.
func checkLists(t *testing.T, tx conversation.Tx, all []*conversation.Protocol) {
	t.Helper()
	for _, status := range []conversation.Status{conversation.Open, conversation.Finalized} {
		filters := []conversation.ProtocolFilter{{Status: status}, {Status: status, Unassigned: true}, {Status: status, Agent: agents[2].email}}
		for _, d := range departments {
			filters = append(filters, conversation.ProtocolFilter{Status: status, Departments: []string{d.id}})
		}
		for _, f := range filters {
			want := 0
			for _, p := range all {
				if p.Status == status && (f.Departments == nil || slices.Contains(p.Departments(), f.Departments[0])) &&
					(!f.Unassigned || p.Agent == "") && (f.Agent == "" || p.Agent == f.Agent) {
					want++
				}
			}
			count, err := tx.CountList(f)
			if err != nil {
				t.Fatal(err)
			}
			list := everyProtocol(t, tx, f)
			if f.Sort = conversation.SortWaiting; len(everyProtocol(t, tx, f)) != want || len(list) != want || count != want {
				t.Errorf("%+v: %d listed, %d counted, want %d", f, len(list), count, want)
			}
			if want == 0 && status == conversation.Finalized && f.Departments == nil && !f.Unassigned && f.Agent == "" {
				t.Errorf("%+v: nothing", f)
			}
		}
	}
	waiting := everyProtocol(t, tx, conversation.ProtocolFilter{Status: conversation.Open, Sort: conversation.SortWaiting})
	if !slices.IsSortedFunc(waiting, func(a, b *conversation.Protocol) int {
		if a.WaitingSince.IsZero() || b.WaitingSince.IsZero() {
			return 0
		}
		return a.WaitingSince.Compare(b.WaitingSince)
	}) {
		t.Error("what waits is not in its order")
	}
}

// TestSameSeed holds that a seed makes one house, and another seed another.
func TestSameSeed(t *testing.T) {
	told := func(seed int) (lines []string) {
		s := seeded(t, seed)
		view(t, s, func(tx conversation.Tx) error {
			for _, p := range everyProtocol(t, tx, conversation.ProtocolFilter{}) {
				lines = append(lines, fmt.Sprint(p.Number, p.Status, p.Contact, p.Department, p.Subject, p.Agent, p.Tags, p.Classification, p.Messages, p.Preview, p.UpdatedAt))
			}
			return nil
		})
		return lines
	}
	first := told(3)
	if diff := cmp.Diff(first, told(3)); diff != "" {
		t.Errorf("the same seed made another house (-first +second):\n%s", diff)
	}
	if cmp.Equal(first, told(4)) {
		t.Error("another seed made the same house")
	}
}
