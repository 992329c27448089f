package conversation

import (
	"math"
	"slices"
	"time"
)

// Durations is how long things took: how many, all of them together, and how they spread, so that a median can be told
// of any sum of cells.
type Durations struct {
	Count   int
	Seconds int64
	Spread  [spans]int
}

// spans is how many parts time has: the first up to a minute, each further one up to a quarter more than the one
// before it, the last from more than a year on.
const spans = 62

// spanEnds are where the parts end, in seconds, the last one's aside. They are never changed: what is stored counts by them.
var spanEnds = func() (ends [spans - 1]int64) {
	for i := range ends {
		ends[i] = 60
		if i > 0 {
			ends[i] = ends[i-1] + ends[i-1]/4
		}
	}
	return ends
}()

// count adds n that took as long.
func (d *Durations) count(took time.Duration, n int) {
	seconds := int64(max(0, took) / time.Second)
	part, _ := slices.BinarySearch(spanEnds[:], seconds+1)
	d.Count += n
	d.Seconds += int64(n) * seconds
	d.Spread[part] += n
}

func (d *Durations) join(other *Durations) {
	d.Count += other.Count
	d.Seconds += other.Seconds
	for i, n := range other.Spread {
		d.Spread[i] += n
	}
}

// Average is to the second; zero where nothing was counted.
func (d *Durations) Average() time.Duration {
	if d.Count <= 0 {
		return 0
	}
	return time.Duration(d.Seconds/int64(d.Count)) * time.Second
}

// About is what the share of them, 0.5 or 0.9, took at most. It is the middle of the part that this one lies in, so
// that it is off by about an eighth, below a minute by half of one.
func (d *Durations) About(share float64) time.Duration {
	rank := int(math.Ceil(share * float64(d.Count)))
	for i, n := range d.Spread {
		if rank -= n; rank > 0 || n == 0 {
			continue
		}
		switch i {
		case 0:
			return time.Duration(spanEnds[0]/2) * time.Second
		case spans - 1:
			return time.Duration(spanEnds[spans-2]) * time.Second
		}
		return time.Duration((spanEnds[i-1]+spanEnds[i])/2) * time.Second
	}
	return 0
}
