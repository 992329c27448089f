package outbound

import (
	"testing"
	"time"
)

func TestRetry(t *testing.T) {
	const day = 24 * time.Hour
	tests := []struct {
		name     string
		attempts int
		age      time.Duration // at the end of the attempt
		chance   float64
		wait     time.Duration // 0: given up
	}{
		{"first", 1, 0, 0.5, time.Minute},
		{"first, early", 1, 0, 0, 48 * time.Second},
		{"second", 2, time.Minute, 0.5, 5 * time.Minute},
		{"third", 3, time.Hour, 0.5, 15 * time.Minute},
		{"seventh", 7, time.Hour, 0.5, 4 * time.Hour},
		{"thousandth", 1000, day, 0.5, 4 * time.Hour},
		{"not counted", 0, 0, 0.5, time.Minute},
		{"the last one falls on the end", 30, 5*day - time.Hour, 0.5, time.Hour},
		{"at the end", 31, 5 * day, 0.5, 0},
		{"after the end", 1, 6 * day, 0.5, 0},
	}
	for _, tt := range tests {
		now := start.Add(tt.age)
		at, again := retry(tt.attempts, start, now, 5*day, tt.chance)
		if again != (tt.wait > 0) || again && at.Sub(now) != tt.wait {
			t.Errorf("%s: after %v, %v", tt.name, at.Sub(now), again)
		}
	}
	for chance := 0.0; chance < 1; chance += 0.01 {
		at, _ := retry(5, start, start, 5*day, chance)
		if w := at.Sub(start); w < 48*time.Minute || w > 72*time.Minute {
			t.Errorf("chance %v: %v", chance, w)
		}
	}
}

func TestPause(t *testing.T) {
	last := time.Duration(0)
	for n := 1; n < 100; n++ {
		p := pause(n)
		if p < last || p > time.Minute || p < time.Second {
			t.Errorf("%d: %v after %v", n, p, last)
		}
		last = p
	}
}

func TestDays(t *testing.T) {
	for d, want := range map[time.Duration]string{
		120 * time.Hour: "5 days", 24 * time.Hour: "1 day", 36 * time.Hour: "36h", 90 * time.Minute: "1h30m", time.Second: "1s",
		10 * time.Minute: "10m", 20 * time.Second: "20s",
	} {
		if got := days(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
