package test

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to look into the index as it lies on the disk
)

// found are the protocols that a search finds, all pages of them.
func (p *product) found(query string) []string {
	p.t.Helper()
	var numbers []string
	for _, l := range p.protocols("--q", query) {
		numbers = append(numbers, l.Number)
	}
	return numbers
}

// searchIndex is how far the index is.
func (p *product) searchIndex() (x struct {
	Building bool
	Percent  int
	Problem  string
}) {
	p.t.Helper()
	p.json(&x, "search", "show")
	return x
}

func (p *product) indexed() {
	p.t.Helper()
	eventually(p.t, "the index is complete", func() bool { return !p.searchIndex().Building })
}

// TestSearchKilled ends the server without warning while mail comes in and while the index is made anew: it goes on where it was,
// and every mail is in it once.
func TestSearchKilled(t *testing.T) {
	t.Parallel()
	const mails, connections, kills = 300, 4, 6
	p := newProduct(t, settings{limits: "mails_per_hour = 0\nconnections_per_address = 0"})
	todo := make(chan int, mails)
	for i := range mails {
		todo <- i
	}
	var mu sync.RWMutex // held for writing while there is no server
	var done, clients sync.WaitGroup
	done.Add(mails)
	stop := make(chan struct{})
	for range connections {
		clients.Go(func() { p.sendUntil(stop, &mu, todo, &done, mails) })
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range kills {
		time.Sleep(time.Duration(20+rng.IntN(150)) * time.Millisecond) // how long it may work
		if i%2 == 1 {
			p.apiEdit("POST", "/search/rebuild", struct{}{})
			time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond)
		}
		mu.Lock()
		p.kill()
		p.start()
		mu.Unlock()
	}
	finished := make(chan struct{})
	go func() { done.Wait(); close(finished) }()
	select {
	case <-finished:
	case <-time.After(4 * within):
		t.Fatal("not all mails were taken")
	}
	close(stop)
	clients.Wait()
	p.indexed()
	for i := range mails {
		if i%20 == 0 { // a command each
			if got := p.found(fmt.Sprintf(`"the words of mail %d"`, i)); len(got) != 1 {
				t.Errorf("mail %d is found %d times", i, len(got))
			}
		}
	}
	if got := p.found("words"); len(got) != mails {
		t.Errorf("%d protocols are found, want %d", len(got), mails)
	}
	p.stop()
	db, err := sql.Open("sqlite", filepath.Join(p.dir, "data", "search.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, count := range []string{
		"SELECT count(*) FROM docs", "SELECT count(*) FROM words WHERE words MATCH 'words'", "SELECT count(*) FROM words WHERE words MATCH 'number : 2026 *'",
		"SELECT count(*) FROM words JOIN docs ON docs.place = words.rowid WHERE words MATCH 'words'",
	} {
		var n int
		if err := db.QueryRow(count).Scan(&n); err != nil || n != mails {
			t.Errorf("%s: %d, %v; want %d", count, n, err, mails)
		}
	}
}

// TestSearchFileLost: whatever lies there in place of the index, the server starts, says what it does, takes mail at once, and
// finds everything again.
func TestSearchFileLost(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{})
	file := filepath.Join(p.dir, "data", "search.db")
	for i := range 20 {
		p.accept(ana, toCare, mail(anaByName, "Tea", fmt.Sprintf("%d@verified.test", i), "", "porcelain "+strings.Repeat(fmt.Sprintf("w%d ", i), 200)))
	}
	sent := 20
	for _, c := range []struct {
		name   string
		damage func() error
		says   string // in the log
	}{
		{"deleted", func() error { return os.Remove(file) }, ""},
		{"torn", func() error { return os.Truncate(file, 9000) }, "made anew"},
		{"emptied", func() error { return os.Truncate(file, 0) }, "made anew"},
		{"no index", func() error { return os.WriteFile(file, bytes.Repeat([]byte("garbage "), 2000), 0o600) }, "made anew"},
		{"of a newer version", func() error {
			db, err := sql.Open("sqlite", file)
			if err != nil {
				return err
			}
			defer db.Close()
			_, err = db.Exec("UPDATE meta SET value = '1000' WHERE name = 'version'; CREATE TABLE more(x)")
			return err
		}, "version"},
	} {
		p.indexed()
		p.stop()
		if err := c.damage(); err != nil {
			t.Fatal(err)
		}
		p.start()
		p.accept(ana, toCare, mail(anaByName, "Tea", fmt.Sprintf("%d@verified.test", sent), "", fmt.Sprintf("porcelain late%d", sent)))
		eventually(t, c.name+": all is found again", func() bool {
			return len(p.found(fmt.Sprintf("late%d", sent))) == 1 && len(p.found("w7")) == 1 && !p.searchIndex().Building
		})
		if log := p.stderr.String(); !strings.Contains(log, c.says) || !strings.Contains(log, "the search index is being made") || !strings.Contains(log, "the search index is complete") {
			t.Errorf("%s: the log does not say what happens:\n%s", c.name, log)
		}
		sent++
	}
	p.nowhereToWrite(file)
}

// nowhereToWrite puts a folder in the place of the index: mail goes on, every search says what is wrong, and what was mended counts.
func (p *product) nowhereToWrite(file string) {
	p.t.Helper()
	p.stop()
	if err := os.Remove(file); err != nil {
		p.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(file, "in the way"), 0o700); err != nil {
		p.t.Fatal(err)
	}
	p.start()
	p.accept(ana, toCare, mail(anaByName, "Tea", "shut@verified.test", "", "porcelain whileshut"))
	number := p.one().Number
	if got := p.found(number); len(got) != 1 {
		p.t.Errorf("a number: %v", got)
	}
	if _, errs, status := p.run("protocol", "list", "--q", "porcelain"); status != 1 || !strings.Contains(errs, "index cannot be read") || !strings.Contains(errs, "Mail goes on") {
		p.t.Errorf("a search: exit status %d, %s", status, errs)
	}
	eventually(p.t, "the cause is told", func() bool { return p.searchIndex().Problem != "" })
	if out, _, status := p.run("search", "show"); status != 0 || !strings.Contains(out, "search.db") || !strings.Contains(out, "mail goes on") {
		p.t.Errorf("search show: exit status %d, %s", status, out)
	}
	if err := os.RemoveAll(file); err != nil {
		p.t.Fatal(err)
	}
	p.mustRun("search", "rebuild")
	if got := p.found("whileshut"); len(got) != 1 {
		p.t.Errorf("after it was mended: %v", got)
	}
}
