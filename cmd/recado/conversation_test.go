package main

import (
	"testing"

	"recado/internal/api"
)

// TestVerdictTellsAllEvidence: what a mail does to be taken for somebody else's comes after who vouches for it.
func TestVerdictTellsAllEvidence(t *testing.T) {
	tests := map[string]struct {
		evidence []string
		want     string
	}{
		"none":        {nil, "verified"},
		"one":         {[]string{"evil.test vouches for it"}, "verified: evil.test vouches for it"},
		"and warning": {[]string{"evil.test vouches for it", "the name looks like an address"}, "verified: evil.test vouches for it; the name looks like an address"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := verdict(api.Auth{Verdict: "verified", Evidence: tt.evidence}); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
