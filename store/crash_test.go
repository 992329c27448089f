package store

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/conversation"
)

// crashMail is the mail with the id: anybody can tell whether it is whole.
func crashMail(id string) []byte {
	return []byte(strings.Repeat(id+"\r\n", 20+len(id)*7))
}

// writeUntilKilled is the other process of TestKill: it stores mails as fast as it can, from several
// goroutines, and prints the id of each that the store answered for.
func writeUntilKilled(dir string) {
	s, err := Open(Options{Dir: dir, SegmentSize: 100_000})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	run := conversation.NewID(time.Now())
	var out sync.Mutex
	for worker := range 8 {
		go func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%s-%d-%d", run[:16], worker, n)
				if err := storeCrashMail(s, id); err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				out.Lock()
				os.Stdout.WriteString("stored " + id + "\n")
				out.Unlock()
			}
		}()
	}
	select {}
}

func storeCrashMail(s *Store, id string) error {
	raw := crashMail(id)
	ref, err := s.AppendMail(context.Background(), testRecord(id, raw), bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return s.Update(context.Background(), func(tx conversation.Tx) error {
		n, err := tx.NextNumber("20261123")
		if err != nil {
			return err
		}
		p := &conversation.Protocol{Number: n, Status: conversation.Open, Key: conversation.Key{Sender: id}, Department: "care", UpdatedAt: tx.Now()}
		if err := tx.PutProtocol(p); err != nil {
			return err
		}
		if err := tx.AddJournal(&conversation.JournalLine{Receipt: id, Department: "care"}); err != nil {
			return err
		}
		return tx.PutMessage(&conversation.Message{ID: id, Number: n, Seq: 1, Raw: ref})
	})
}

// TestKill kills a process that stores mails, again and again, at any moment: what it was answered for
// is there exactly once, and all of the store agrees with itself.
func TestKill(t *testing.T) {
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	dir := t.TempDir()
	stored := map[string]bool{}
	for round := range rounds {
		for _, id := range runAndKill(t, dir, time.Duration(rand.IntN(150)+5)*time.Millisecond) {
			stored[id] = true
		}
		checkAfterKill(t, dir, stored)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	t.Logf("%d mails in %d rounds", len(stored), rounds)
}

func runAndKill(t *testing.T, dir string, after time.Duration) (ids []string) {
	t.Helper()
	c := child(t, "write", dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	var killer *time.Timer
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "ready":
			killer = time.AfterFunc(after, func() { c.Process.Kill() })
		case "stored":
			ids = append(ids, rest)
		case "error":
			t.Error(rest)
		}
	}
	c.Wait() // its error is that it was killed
	if killer == nil {
		t.Fatal("the process never began")
	}
	return ids
}

func checkAfterKill(t *testing.T, dir string, stored map[string]bool) {
	t.Helper()
	s := openTest(t, Options{Dir: dir, SegmentSize: 100_000})
	defer s.Close()
	inLog := map[string]int{}
	err := s.Records(t.Context(), func(_ conversation.MailRef, r conversation.MailRecord) error {
		inLog[r.ID]++
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	inJournal := map[string]int{}
	err = s.View(t.Context(), func(tx conversation.Tx) error {
		page := conversation.Page{Limit: conversation.MaxLimit}
		for {
			lines, next, err := tx.Journal(conversation.JournalFilter{}, page)
			if err != nil {
				return err
			}
			for _, l := range lines {
				inJournal[l.Receipt]++
			}
			if page.Cursor = next; next == "" {
				break
			}
		}
		open, err := tx.CountProtocols(conversation.Open, "care")
		if open != len(inJournal) {
			t.Errorf("%d open protocols are counted, %d lines in the journal", open, len(inJournal))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for id := range stored {
		if inLog[id] != 1 || inJournal[id] != 1 {
			t.Errorf("%s was answered for: %d times in the log, %d in the journal", id, inLog[id], inJournal[id])
		}
	}
	for id, n := range inJournal {
		if n != 1 || inLog[id] != 1 {
			t.Errorf("%s: %d times in the journal, %d in the log", id, n, inLog[id])
		}
		checkCrashMail(t, s, id)
	}
}

// checkCrashMail goes the way from the sender's key to the raw mail.
func checkCrashMail(t *testing.T, s *Store, id string) {
	t.Helper()
	err := s.View(t.Context(), func(tx conversation.Tx) error {
		p, err := tx.OpenProtocol(conversation.Key{Sender: id})
		if err != nil || p == nil {
			return fmt.Errorf("its protocol: %v, %w", p, err)
		}
		list, err := tx.Messages(p.Number, 0, 0)
		if err != nil || len(list) != 1 {
			return fmt.Errorf("its messages: %v, %w", list, err)
		}
		if raw, _ := readMail(t, s, list[0].Raw); !bytes.Equal(raw, crashMail(id)) {
			return fmt.Errorf("its raw mail is another")
		}
		return nil
	})
	if err != nil {
		t.Errorf("%s: %v", id, err)
	}
}
