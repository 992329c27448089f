// Package monitor answers what a supervisor asks of the server: /healthz (the process answers), /readyz
// (each of its parts can work) and /metrics (Prometheus text format 0.0.4). It stands on a listener of
// its own, loopback unless told otherwise, and says nothing about customers.
package monitor

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// Check tells whether one part can work.
type Check struct {
	Name string
	Run  func(context.Context) error // nil: it can; it should answer within a second
}

// Metric is one number.
type Metric struct {
	Name  string // recado_mails_received_total
	Help  string
	Type  string // counter or gauge
	Value func() float64
}

// Options say what is asked and counted.
type Options struct {
	Checks  []Check
	Metrics []Metric
}

// checkTime bounds one /readyz.
const checkTime = 5 * time.Second

// Handler answers the three paths, and 404 to others.
func Handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		plain(w, http.StatusOK, []byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), checkTime)
		defer cancel()
		status, body := ready(ctx, o.Checks)
		plain(w, status, body)
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		plain(w, http.StatusOK, expose(append(process(), o.Metrics...)))
	})
	return mux
}

func plain(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(body)
}

// ready runs the checks at the same time and writes a line for each, in their order.
func ready(ctx context.Context, checks []Check) (status int, body []byte) {
	results := make([]error, len(checks))
	var wg sync.WaitGroup
	for i, c := range checks {
		wg.Go(func() { results[i] = c.Run(ctx) })
	}
	wg.Wait()
	status = http.StatusOK
	var out bytes.Buffer
	for i, c := range checks {
		if results[i] == nil {
			fmt.Fprintf(&out, "ok %s\n", c.Name)
			continue
		}
		status = http.StatusServiceUnavailable
		fmt.Fprintf(&out, "not ready %s: %v\n", c.Name, results[i])
	}
	return status, out.Bytes()
}

func expose(metrics []Metric) []byte {
	var out bytes.Buffer
	for _, m := range metrics {
		fmt.Fprintf(&out, "# HELP %s %s\n# TYPE %s %s\n%s %s\n", m.Name, m.Help, m.Name, m.Type,
			m.Name, strconv.FormatFloat(m.Value(), 'g', -1, 64))
	}
	return out.Bytes()
}

// process are the numbers of the process itself.
func process() []Metric {
	return []Metric{
		{"go_goroutines", "Goroutines that exist.", "gauge", func() float64 { return float64(runtime.NumGoroutine()) }},
		{"go_memstats_heap_inuse_bytes", "Octets in heap spans that are in use.", "gauge", func() float64 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return float64(m.HeapInuse)
		}},
	}
}
