package message

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"testing"
)

// What reading a mail of a MiB may hold at once, in octets.
const (
	heapInput = 1 << 20
	heapBound = 64 << 20
)

// heapWatch keeps the most that was alive at the end of any round of the garbage collector. It is told of each by a
// finalizer, which the round runs.
type heapWatch struct{ most, rounds atomic.Uint64 }

func (w *heapWatch) arm() {
	runtime.SetFinalizer(new([16]byte), func(*[16]byte) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		w.most.Store(max(w.most.Load(), live[0].Value.Uint64()))
		w.rounds.Add(1)
		w.arm()
	})
}

// held returns the most octets that f held at once, beyond what was there before. Beside a small heap the collector runs
// at every few hundred KiB, so that hardly anything that is let go is counted.
func held(t *testing.T, f func()) int64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	var w heapWatch
	w.arm()
	runtime.GC()
	runtime.GC() // the first may still be telling of what was before
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	w.most.Store(0)
	w.rounds.Store(0)
	f()
	runtime.GC()
	for w.rounds.Load() == 0 {
		runtime.Gosched()
	}
	return int64(w.most.Load()) - int64(before.HeapAlloc)
}

// TestHeapIsWatched shows that what is held for a while and then let go is seen.
func TestHeapIsWatched(t *testing.T) {
	got := held(t, func() {
		var list [][]byte
		for range 80 {
			list = append(list, make([]byte, 1<<20))
		}
		runtime.KeepAlive(list)
	})
	if got < heapBound {
		t.Errorf("80 MiB were held, %d MiB were seen", got>>20)
	}
}

// TestHeapOfWorstShapes reads a MiB of each shape that costs most.
func TestHeapOfWorstShapes(t *testing.T) {
	check := func(name string, raw []byte) {
		got := held(t, func() { readFully(raw) })
		t.Logf("%s: %d KiB", name, got>>10)
		if got > heapBound {
			t.Errorf("%s: %d MiB are held for a mail of %d octets", name, got>>20, len(raw))
		}
	}
	check("nested multiparts", nestedMail(heapInput/60))
	for _, s := range worstShapes {
		check(s.name, s.mail(heapInput))
	}
}
