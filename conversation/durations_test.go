package conversation

import (
	"slices"
	"testing"
	"time"
)

// TestDurationsAbout: a share is told to about an eighth, whatever the times are, and to half a minute below one.
func TestDurationsAbout(t *testing.T) {
	for name, times := range map[string][]time.Duration{
		"one":             {42 * time.Minute},
		"the bound":       {time.Minute},
		"even":            {time.Minute, 2 * time.Minute, 3 * time.Hour, 26 * time.Hour},
		"days":            {24 * time.Hour, 30 * time.Hour, 50 * time.Hour, 400 * time.Hour, 90 * 24 * time.Hour},
		"all of a sudden": {time.Second, 2 * time.Second, 59 * time.Second},
	} {
		var d Durations
		var all time.Duration
		for _, took := range times {
			d.count(took, 1)
			all += took
		}
		if d.Count != len(times) || d.Average() != (all/time.Duration(len(times))).Truncate(time.Second) {
			t.Errorf("%s: %d of %s", name, d.Count, d.Average())
		}
		slices.Sort(times)
		for _, share := range []float64{0.5, 0.9, 1} {
			exact := times[int(share*float64(len(times))+0.999)-1]
			about := d.About(share)
			if off := (about - exact).Abs(); off > max(exact/8, 30*time.Second) {
				t.Errorf("%s: about %s for %s", name, about, exact)
			}
		}
		for _, took := range times {
			d.count(took, -1)
		}
		if d != (Durations{}) || d.About(0.5) != 0 || d.Average() != 0 {
			t.Errorf("%s: taken back, and left %+v", name, d)
		}
	}
	var d Durations
	d.count(3*365*24*time.Hour, 1)
	if d.About(0.5) < 365*24*time.Hour {
		t.Errorf("three years are about %s", d.About(0.5))
	}
}
