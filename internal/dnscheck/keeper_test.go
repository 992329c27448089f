package dnscheck_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"recado/internal/dnscheck"
	"recado/internal/mailauth"
)

// slowDNS answers nothing until it is let go, and counts who asks.
type slowDNS struct {
	mailauth.Resolver
	asked  atomic.Int32
	letGo  chan struct{}
	begins chan struct{}
}

func (d *slowDNS) keeper(now func() time.Time) *dnscheck.Keeper {
	return dnscheck.NewKeeper(&dnscheck.Checker{Now: now, Resolver: func() mailauth.Resolver {
		d.asked.Add(1)
		d.begins <- struct{}{}
		<-d.letGo
		return d.Resolver
	}})
}

func newSlowDNS(t *testing.T) (*slowDNS, dnscheck.Options) {
	t.Helper()
	c, o, _ := served(t, nil)
	return &slowDNS{Resolver: c.Resolver(), letGo: make(chan struct{}), begins: make(chan struct{}, 100)}, o
}

// TestKeeperAsksOnce: who asks for a domain while it is checked, or soon after, is given that report.
func TestKeeperAsksOnce(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	d, o := newSlowDNS(t)
	k := d.keeper(func() time.Time { return now })
	if k.Last(o) != nil {
		t.Error("a report before any check")
	}
	var asking sync.WaitGroup
	var reports [5]*dnscheck.Report
	for i := range reports {
		asking.Go(func() { reports[i], _ = k.Check(context.Background(), o) })
	}
	<-d.begins
	close(d.letGo)
	asking.Wait()
	for _, r := range reports {
		if r == nil || r != reports[0] {
			t.Errorf("another report: %+v", r)
		}
	}
	check := func(what string, want int32) {
		t.Helper()
		if _, err := k.Check(context.Background(), o); err != nil || d.asked.Load() != want {
			t.Errorf("%s: %d checks, %v", what, d.asked.Load(), err)
		}
	}
	check("at once", 1)
	now = now.Add(3 * time.Second)
	check("three seconds later", 2)
	if k.Last(o) == nil {
		t.Error("the last report is not known")
	}
	o.MXHost = "other.example.com"
	if k.Last(o) != nil {
		t.Error("the last report of what it was is told of what it is")
	}
	check("with another name of ours", 3)
}

// TestKeeperOutlivesWhoAsks: where the one who asked goes away, the next one's check is a whole one.
func TestKeeperOutlivesWhoAsks(t *testing.T) {
	d, o := newSlowDNS(t)
	k := d.keeper(nil)
	ctx, cancel := context.WithCancel(context.Background())
	var asking sync.WaitGroup
	asking.Go(func() {
		if _, err := k.Check(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	<-d.begins
	asking.Go(func() {
		if r, err := k.Check(context.Background(), o); err != nil || r.State != dnscheck.OK {
			t.Errorf("%+v %v", r, err)
		}
	})
	cancel()
	close(d.letGo)
	asking.Wait()
}

// TestKeeperBounds: few domains are checked at once, and who has no time left does not wait.
func TestKeeperBounds(t *testing.T) {
	d, o := newSlowDNS(t)
	k := d.keeper(nil)
	var asking sync.WaitGroup
	for i := range 4 {
		o := o
		o.Domain = fmt.Sprintf("d%d.example.com", i)
		asking.Go(func() { _, _ = k.Check(context.Background(), o) })
		<-d.begins
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := k.Check(ctx, o); !errors.Is(err, context.Canceled) || d.asked.Load() != 4 {
		t.Errorf("%v after %d checks", err, d.asked.Load())
	}
	close(d.letGo)
	asking.Wait()
}
