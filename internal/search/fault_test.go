package search_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/search"
)

// eventually polls until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// fault is why the index does not go on.
func (d *desk) fault() error {
	p, err := d.SearchProgress(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return p.Fault
}

// TestFull: on a full disk what is in the index is found, the rest is said to be missing, mail goes on, and so does the index
// where there is room again.
func TestFull(t *testing.T) {
	d := newDesk(t)
	old := d.receive("a@c.test", "care@shop.test", "One", "porcelain")
	d.complete()
	d.find(operator, "porcelain")
	empty, err := d.index.Fill()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		d.receive("b@c.test", "care@shop.test", "Two", "porcelain "+strings.Repeat(fmt.Sprintf("word%d ", i), 3)+strings.Repeat("many more words of it ", 100))
	}
	late := d.receive("c@c.test", "care@shop.test", "Three", "porcelain"+longText())
	eventually(t, "the fault is told", func() bool { return d.fault() != nil })
	if got := d.fault(); !strings.Contains(got.Error(), "full") {
		t.Errorf("the fault is %v, want that the disk is full", got)
	}
	found := d.search(operator, conversation.SearchRequest{Query: "porcelain"})
	if found.Index.Fault == nil || len(found.Hits) == 0 || found.Hits[len(found.Hits)-1].Number != old {
		t.Errorf("%d hits, fault %v, want what is in, and the fault", len(found.Hits), found.Index.Fault)
	}
	empty()
	if err := d.RebuildSearch(t.Context(), intent(operator)); err != nil { // at once, without waiting for the next try
		t.Fatal(err)
	}
	eventually(t, "all is found", func() bool {
		f, err := d.Search(t.Context(), operator, conversation.SearchRequest{Query: "porcelain"})
		return err == nil && len(f.Hits) == 3 && f.Hits[0].Number == late && f.Index.Fault == nil
	})
}

// longText are words that the index has not room for in a page.
func longText() string {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, " w%d", i)
	}
	return b.String()
}

// TestNoFile: where the file cannot be made, searches say so, mail goes on, and a mended folder is taken up.
func TestNoFile(t *testing.T) {
	d := newDesk(t)
	d.stop()
	path := filepath.Join(d.dir, search.FileName)
	for _, end := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(path + end)
	}
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	d.start()
	n := d.receive("a@c.test", "care@shop.test", "One", "porcelain")
	if _, err := d.Search(t.Context(), carer, conversation.SearchRequest{Query: "porcelain"}); !errors.Is(err, conversation.ErrIndexFault) {
		t.Errorf("%v, want that the index has a fault", err)
	}
	if got := d.find(carer, n); len(got) != 1 {
		t.Errorf("a number: %v", got)
	}
	eventually(t, "the fault is told", func() bool { return d.fault() != nil })
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := d.RebuildSearch(t.Context(), intent(operator)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is found", func() bool {
		f, err := d.Search(t.Context(), carer, conversation.SearchRequest{Query: "porcelain"})
		return err == nil && len(f.Hits) == 1
	})
}

// TestSaysWhy: the log tells why an index is made anew, and a first start does not read like a fault.
func TestSaysWhy(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, search.FileName)
	start := func() string {
		t.Helper()
		var log bytes.Buffer
		x, err := search.Open(search.Options{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		return log.String()
	}
	for _, first := range []string{"the first time", "the second"} {
		if log := start(); log != "" {
			t.Errorf("%s: %s", first, log)
		}
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("garbage "), 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	if log := start(); !strings.Contains(log, "made anew") || !strings.Contains(log, "not a database") {
		t.Errorf("of garbage the log says %q", log)
	}
	change("UPDATE meta SET value = '1000' WHERE name = 'version'")(t, path)
	if log := start(); !strings.Contains(log, "made anew") || !strings.Contains(log, `version \"1000\"`) {
		t.Errorf("of a newer version the log says %q", log)
	}
	if log := start(); log != "" {
		t.Errorf("after that: %s", log)
	}
}

// TestDamageAtWork: a file that is overwritten while it is open is made anew.
func TestDamageAtWork(t *testing.T) {
	d := newDesk(t)
	for i := range 30 {
		d.receive(fmt.Sprintf("c%d@c.test", i), "care@shop.test", "Tea", "porcelain")
	}
	d.complete()
	d.find(operator, "porcelain")
	path := filepath.Join(d.dir, search.FileName)
	for _, end := range []string{"", "-wal"} {
		info, err := os.Stat(path + end)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+end, bytes.Repeat([]byte("garbage "), int(info.Size())/8), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n := d.receive("late@c.test", "care@shop.test", "Tea", "porcelain")
	eventually(t, "all is found again", func() bool {
		f, err := d.Search(t.Context(), operator, conversation.SearchRequest{Query: "porcelain", Page: conversation.Page{Limit: 100}})
		return err == nil && len(f.Hits) == 31 && f.Hits[0].Number == n
	})
}

// TestQuestionIsNoDamage: an error of a question alone does not throw the index away.
func TestQuestionIsNoDamage(t *testing.T) {
	d := newDesk(t)
	d.complete()
	for _, query := range []string{`SELECT * FROM words WHERE words MATCH '"'`, "SELECT * FROM nothing", "SELECT 1 +"} {
		if err := d.index.Ask(query); err == nil || d.index.IsDamage(err) {
			t.Errorf("%s: %v is damage", query, err)
		}
	}
}

// TestManyAtOnce: fifty agents search while mail comes in and the index is made anew; each finds his own.
func TestManyAtOnce(t *testing.T) {
	d := newDesk(t)
	for i := range 40 {
		d.receive(fmt.Sprintf("c%d@c.test", i), []string{"care@shop.test", "finance@shop.test"}[i%2], "Tea", "porcelain")
	}
	d.complete()
	d.find(operator, "porcelain")
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			who := conversation.Actor{Email: fmt.Sprintf("a%d@shop.test", i), Role: conversation.RoleAgent, Departments: []string{[]string{"care", "finance"}[i%2]}}
			for range 10 {
				found, err := d.Search(t.Context(), who, conversation.SearchRequest{Query: "porc", Page: conversation.Page{Limit: 100}})
				if err != nil {
					t.Errorf("%s: %v", who.Email, err)
					return
				}
				for _, h := range found.Hits {
					if h.Department != who.Departments[0] {
						t.Errorf("%s found %s of %s", who.Email, h.Number, h.Department)
					}
				}
				if !found.Index.Building && len(found.Hits) < 20 {
					t.Errorf("%s found %d", who.Email, len(found.Hits))
				}
			}
		})
	}
	for i := range 20 {
		d.receive(fmt.Sprintf("late%d@c.test", i), "care@shop.test", "Tea", "porcelain")
	}
	if err := d.RebuildSearch(t.Context(), intent(operator)); err != nil {
		t.Error(err)
	}
	all.Wait()
	d.complete()
	eventually(t, "all sixty", func() bool {
		return len(d.search(operator, conversation.SearchRequest{Query: "porcelain", Page: conversation.Page{Limit: 100}}).Hits) == 60
	})
}
