package conversation_test

import (
	"context"
	"testing"
	"time"
)

// TestReopenedWaitsSinceTheOldest: who wrote twice before the end waits since the first that nobody answered.
func TestReopenedWaitsSinceTheOldest(t *testing.T) {
	d := newDesk(t, nil)
	first := d.clock()
	n := d.accept(letter{from: "ann@x.test", id: "1@x"}).Number
	for _, c := range []struct {
		name string
		do   func() time.Time // what happens, and since when the customer waits then
	}{
		{"two that nobody answered", func() time.Time {
			d.pass(time.Hour)
			d.accept(letter{from: "ann@x.test", id: "2@x"})
			return first
		}},
		{"two after our answer", func() time.Time {
			d.pass(time.Hour)
			d.reply(n, "Hello.")
			d.pass(time.Hour)
			since := d.clock()
			d.accept(letter{from: "ann@x.test", id: "3@x"})
			d.pass(time.Hour)
			d.accept(letter{from: "ann@x.test", id: "4@x"})
			return since
		}},
		{"ours last", func() time.Time {
			d.pass(time.Hour)
			d.reply(n, "Bye.")
			return time.Time{}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.do()
			d.finalize(n)
			d.must(d.Reopen(context.Background(), by(operator), n))
			if got := d.show(n).WaitingSince; !got.Equal(want) {
				t.Errorf("waits since %v, not %v", got, want)
			}
		})
	}
}
