package mailauth

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"recado/internal/mailtest"
)

// remembering is a resolver of the zone whose clock the test moves.
func remembering(t *testing.T, z *mailtest.Zone) (r *dnsClient, pass func(time.Duration)) {
	t.Helper()
	now := time.Unix(1_800_000_000, 0)
	r = zoneChecker(t, z).Resolver.(*dnsClient)
	r.cache.now = func() time.Time { return now }
	return r, func(d time.Duration) { now = now.Add(d) }
}

func TestResolverRemembersByTTL(t *testing.T) {
	const name = "example.com."
	tests := []struct {
		name  string
		zone  string
		ttl   uint32 // of a no
		after time.Duration
		asked int // times in all, for three lookups at once and one after
	}{
		{"before the TTL ends", name + ` 60 TXT "x"`, 0, 59 * time.Second, 1},
		{"after it", name + ` 60 TXT "x"`, 0, 60 * time.Second, 2},
		{"the shortest counts", name + ` 600 TXT "x"` + "\n" + name + ` 600 TXT "y"`, 0, 10 * time.Minute, 2},
		{"an alias counts too", name + " 5 CNAME other.test.\nother.test. 600 TXT x", 0, 6 * time.Second, 2},
		{"a week is too long", name + ` 604800 TXT "x"`, 0, time.Hour, 2},
		{"nothing may be remembered", name + ` 0 TXT "x"`, 0, 0, 4},
		{"no such name", "", 60, 59 * time.Second, 1},
		{"no such name, later", "", 60, 60 * time.Second, 2},
		{"no such record", name + " A 192.0.2.1", 60, 59 * time.Second, 1},
		{"a no is not remembered for a day", "", 86400, 5 * time.Minute, 2},
		{"a no that may not be remembered", "", 0, 0, 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z := &mailtest.Zone{TTL: tt.ttl}
			if err := z.Add(tt.zone); err != nil {
				t.Fatal(err)
			}
			r, pass := remembering(t, z)
			var first, last string
			for i, asked := range []string{name, "EXAMPLE.com", "example.COM."} {
				txts, err := r.LookupTXT(context.Background(), asked)
				if last = fmt.Sprint(txts, isNotFound(err)); i == 0 {
					first = last
				}
			}
			pass(tt.after)
			txts, err := r.LookupTXT(context.Background(), name)
			if again := fmt.Sprint(txts, isNotFound(err)); first != last || again != first {
				t.Errorf("answers %s, %s and %s", first, last, again)
			}
			if n := z.Asked(name, "TXT"); n != tt.asked {
				t.Errorf("asked %d times, want %d", n, tt.asked)
			}
		})
	}
}

// TestResolverForgetsFailures: what did not answer is asked again by the next mail, and its answer counts at once.
func TestResolverForgetsFailures(t *testing.T) {
	z := &mailtest.Zone{TTL: 300}
	z.ServFail("example.com")
	r, _ := remembering(t, z)
	if _, err := r.LookupTXT(context.Background(), "example.com"); !isTemporary(err) {
		t.Fatalf("got %v", err)
	}
	z.Remove("example.com")
	z.TXT("example.com", "x")
	if txts, err := r.LookupTXT(context.Background(), "example.com"); err != nil || len(txts) != 1 {
		t.Errorf("got %q, %v", txts, err)
	}
}

func TestCacheAsksOnce(t *testing.T) {
	var c cache
	asked, answer := make(chan struct{}), make(chan struct{})
	times := 0
	ask := func() (*dns.Msg, error) {
		times++
		close(asked)
		<-answer
		return reply("example.com.", 60), nil
	}
	var wg sync.WaitGroup
	look := func() {
		defer wg.Done()
		if m, err := c.get(context.Background(), "example.com.", dns.TypeTXT, ask); err != nil || len(m.Answer) != 1 {
			t.Errorf("got %v, %v", m, err)
		}
	}
	wg.Add(10)
	go look()
	<-asked
	for range 9 {
		go look() // whether it waits or comes later: a second question would panic
	}
	close(answer)
	wg.Wait()
	if times != 1 {
		t.Errorf("asked %d times", times)
	}
}

// TestCacheOutlivesTheAsker: a mail whose time is over says nothing about the DNS to those who wait with it.
func TestCacheOutlivesTheAsker(t *testing.T) {
	var c cache
	over, end := context.WithCancel(context.Background())
	asked, first := make(chan struct{}), make(chan error)
	go func() {
		_, err := c.get(over, "example.com.", dns.TypeTXT, func() (*dns.Msg, error) {
			close(asked)
			<-over.Done()
			return nil, &net.DNSError{Err: "no answer in time", IsTemporary: true}
		})
		first <- err
	}()
	<-asked
	second := make(chan error)
	go func() {
		_, err := c.get(context.Background(), "example.com.", dns.TypeTXT, func() (*dns.Msg, error) { return reply("example.com.", 60), nil })
		second <- err
	}()
	// A third has no more time than the first: it need not wait for it.
	if _, err := c.get(canceled(), "example.com.", dns.TypeTXT, nil); !isTemporary(err) {
		t.Errorf("without time: %v", err)
	}
	end()
	if err := <-first; !isTemporary(err) {
		t.Errorf("the first got %v", err)
	}
	if err := <-second; err != nil {
		t.Errorf("the second got %v", err)
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestCacheSurvivesAPanic(t *testing.T) {
	var c cache
	func() {
		defer func() { _ = recover() }()
		_, _ = c.get(context.Background(), "example.com.", dns.TypeTXT, func() (*dns.Msg, error) { panic("a bug") })
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := c.get(ctx, "example.com.", dns.TypeTXT, func() (*dns.Msg, error) { return reply("example.com.", 60), nil }); err != nil {
		t.Errorf("the question of one that panicked is stuck: %v", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	var c cache
	for i := range maxCached + 500 {
		name := fmt.Sprintf("n%d.test.", i)
		if _, err := c.get(context.Background(), name, dns.TypeTXT, func() (*dns.Msg, error) { return reply(name, 60), nil }); err != nil {
			t.Fatal(err)
		}
	}
	large := reply("large.test.", 60)
	for len := large.Len(); len <= maxCachedSize; len = large.Len() {
		large.Answer = append(large.Answer, large.Answer...)
	}
	if _, err := c.get(context.Background(), "large.test.", dns.TypeTXT, func() (*dns.Msg, error) { return large, nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := c.get(context.Background(), "down.test.", dns.TypeTXT, func() (*dns.Msg, error) { return nil, errors.New("x") }); err == nil {
		t.Fatal("no error")
	}
	if len(c.answers) != maxCached || len(c.asking) != 0 {
		t.Errorf("%d answers and %d questions are kept", len(c.answers), len(c.asking))
	}
	if _, ok := c.answers[question{"large.test.", dns.TypeTXT}]; ok {
		t.Error("an answer over the bound is kept")
	}
}

// reply is an answer with one TXT record.
func reply(name string, ttl uint32) *dns.Msg {
	m := new(dns.Msg).SetQuestion(name, dns.TypeTXT)
	m.Answer = []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: ttl}, Txt: []string{"x"}}}
	return m
}
