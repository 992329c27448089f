package test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/internal/mailtest"
)

// TestKill ends the server without warning, again and again, while twenty connections send: whatever was
// answered 250 is there exactly once, and what was not is sent again.
func TestKill(t *testing.T) {
	t.Parallel()
	const mails, senders, connections = 3000, 60, 20
	kills := 12
	if testing.Short() {
		kills = 3
	}
	p := newProduct(t, settings{limits: "mails_per_hour = 0\nconnections_per_address = 0"})
	todo := make(chan int, mails)
	for i := range mails {
		todo <- i
	}
	var mu sync.RWMutex // held for writing while there is no server
	var done sync.WaitGroup
	done.Add(mails)
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range connections {
		clients.Go(func() { p.sendUntil(stop, &mu, todo, &done, senders) })
	}
	finished := make(chan struct{})
	go func() { done.Wait(); close(finished) }()
	rng := rand.New(rand.NewPCG(1, 2))
	killed := 0
	for killed < kills {
		select {
		case <-finished:
			killed = kills
			continue
		case <-time.After(time.Duration(20+rng.IntN(180)) * time.Millisecond): // how long it may work
		}
		mu.Lock()
		p.kill()
		p.start()
		mu.Unlock()
		killed++
	}
	select {
	case <-finished:
	case <-time.After(4 * within):
		t.Fatal("not all mails were taken")
	}
	close(stop)
	clients.Wait()

	kept := map[string]int{}
	for _, l := range all[journalDoc](p, "journal") {
		if l.Fate != "duplicate" {
			kept[l.MessageID]++
		}
	}
	for i := range mails {
		if n := kept[fmt.Sprintf("%d@kill.test", i)]; n != 1 {
			t.Errorf("mail %d is there %d times", i, n)
		}
	}
	protocols := p.protocols("--status", "open")
	contacts := map[string]bool{}
	messages := 0
	for _, l := range protocols {
		if contacts[l.Contact.Address] {
			t.Errorf("%s has two open protocols", l.Contact.Address)
		}
		contacts[l.Contact.Address] = true
		messages += l.Messages
	}
	if messages != mails || len(protocols) != senders {
		t.Errorf("%d messages in %d protocols, want %d in %d", messages, len(protocols), mails, senders)
	}
	for _, l := range protocols[:3] {
		if c := p.show(l.Number); len(c.Messages) != l.Messages || !strings.Contains(c.Messages[0].Text, "words of") {
			t.Errorf("%s shows %d messages of %d", l.Number, len(c.Messages), l.Messages)
		}
	}
}

// sendUntil is one client: it sends what there is to do, and what was not answered 250 again.
func (p *product) sendUntil(stop <-chan struct{}, mu *sync.RWMutex, todo chan int, done *sync.WaitGroup, senders int) {
	var c *mailtest.Conn
	defer func() {
		if c != nil {
			c.Close()
		}
	}()
	for {
		var i int
		select {
		case <-stop:
			return
		case i = <-todo:
		}
		if c == nil {
			mu.RLock()
			addr := p.smtp
			mu.RUnlock()
			var err error
			if c, err = mailtest.Dial(addr); err != nil {
				c = nil
				todo <- i
				continue
			}
			c.Cmd("EHLO client.test")
		}
		from := fmt.Sprintf("s%d@plain.test", i%senders)
		raw := mail(from, "Hello", fmt.Sprintf("%d@kill.test", i), "", fmt.Sprintf("The words of mail %d. %s", i, strings.Repeat("More of them. ", 200)))
		if code, _ := c.Mail(from, []string{"care@shop.test"}, mailtest.ToCRLF([]byte(raw))); code != 250 {
			c.Close()
			c = nil
			todo <- i
			continue
		}
		done.Done()
	}
}
