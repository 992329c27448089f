package monitor

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHandler(t *testing.T) {
	var fault error
	h := Handler(Options{
		Checks: []Check{
			{"store", func(context.Context) error { return nil }},
			{"relay", func(context.Context) error { return fault }},
		},
		Metrics: []Metric{{"recado_mails_received_total", "Mails.", "counter", func() float64 { return 42 }}},
	})
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Code, w.Body.String()
	}
	if code, body := get("/healthz"); code != 200 || body != "ok\n" {
		t.Errorf("/healthz: %d %q", code, body)
	}
	if code, body := get("/readyz"); code != 200 || body != "ok store\nok relay\n" {
		t.Errorf("/readyz: %d %q", code, body)
	}
	fault = errors.New("no answer since 10:00")
	if code, body := get("/readyz"); code != 503 || body != "ok store\nnot ready relay: no answer since 10:00\n" {
		t.Errorf("/readyz with a fault: %d %q", code, body)
	}
	if code, body := get("/metrics"); code != 200 || !strings.Contains(body, "# TYPE recado_mails_received_total counter\nrecado_mails_received_total 42\n") {
		t.Errorf("/metrics: %d %q", code, body)
	}
	if code, _ := get("/"); code != 404 {
		t.Errorf("/: %d, want 404", code)
	}
}
