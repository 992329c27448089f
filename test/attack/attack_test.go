package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAttack is a short run of the whole command: what must hold under attack holds.
func TestAttack(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the server's memory is read from /proc, which this system does not have")
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--duration", "6s"}, &out, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	t.Log("\n" + out.String())
}

// TestBelievedAttackers holds that the run could fail.
func TestBelievedAttackers(t *testing.T) {
	tests := map[string]struct{ log, want string }{
		"nobody judged":          {"msg=ready\n", "proves nothing"},
		"the honest client":      {"msg=received ip=127.0.0.1 verdict=verified\nmsg=received ip=127.66.0.1 verdict=failed\n", ""},
		"an attacker, believed":  {"msg=received ip=127.66.0.1 verdict=verified\n", "taken for verified"},
		"an attacker, doubted":   {"msg=received ip=127.66.0.1 verdict=unverified\n", ""},
		"refused, yet believed":  {"msg=rejected ip=127.66.9.1 verdict=verified\n", "taken for verified"},
		"connected, nothing yet": {"msg=rejected ip=127.66.9.1 reply=550\n", "proves nothing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(log, []byte(tt.log), 0o600); err != nil {
				t.Fatal(err)
			}
			err := believedAttackers(log)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
