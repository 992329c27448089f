package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"recado/internal/mailtest"
)

// patience is how long the honest client waits for a reply before it counts as unanswered.
const patience = 30 * time.Second

// honestClient sends mails one after the other, each on a connection of its own.
type honestClient struct {
	addr  string
	waits []time.Duration // from connecting to the 250
	bad   []string        // what it was told instead
}

// run sends until ctx ends; a mail that was begun is finished.
func (h *honestClient) run(ctx context.Context, pause time.Duration) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		start := time.Now()
		if err := h.send(n); err != nil {
			h.bad = append(h.bad, err.Error())
		} else {
			h.waits = append(h.waits, time.Since(start))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

func (h *honestClient) send(n int) error {
	c, err := mailtest.Dial(h.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	c.Timeout = patience
	if code, text := c.Cmd("EHLO mx.honest.test"); code != 250 {
		return fmt.Errorf("EHLO: %d %s", code, text)
	}
	from := fmt.Sprintf("customer%d@honest.test", n%500) // each keeps below mails_per_hour
	mail := fmt.Sprintf("From: %s\r\nTo: care@shop.test\r\nSubject: order %d\r\nMessage-ID: <%d@honest.test>\r\n\r\nWhere is it?\r\n", from, n, n)
	if code, text := c.Mail(from, []string{"care@shop.test"}, []byte(mail)); code != 250 {
		return fmt.Errorf("mail %d: %d %s", n, code, text)
	}
	return nil
}

func (h *honestClient) worst() time.Duration {
	if len(h.waits) == 0 {
		return 0
	}
	return slices.Max(h.waits).Round(time.Millisecond)
}

func (h *honestClient) median() time.Duration {
	if len(h.waits) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(h.waits))
	return sorted[len(sorted)/2].Round(time.Millisecond)
}

// verdict wants every mail to have been taken.
func (h *honestClient) verdict() error {
	if len(h.bad) > 0 {
		return fmt.Errorf("%d of the honest client's mails were not taken: %s", len(h.bad), h.bad[0])
	}
	if len(h.waits) == 0 {
		return errors.New("the honest client sent nothing")
	}
	return nil
}
