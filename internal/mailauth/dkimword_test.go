package mailauth

import "testing"

func TestDKIMWord(t *testing.T) {
	r := func(result string, aligned bool) DKIMResult {
		return DKIMResult{Result: result, Aligned: aligned}
	}
	tests := map[string]struct {
		all  []DKIMResult
		want string
	}{
		"none":      {nil, "none"},
		"fail":      {[]DKIMResult{r("fail", false), r("permerror", false)}, "fail"},
		"temporary": {[]DKIMResult{r("fail", false), r("temperror", false)}, "temperror"},
		"a pass":    {[]DKIMResult{r("fail", false), r("pass", false), r("temperror", false)}, "pass"},
		"aligned":   {[]DKIMResult{r("fail", false), r("pass", true)}, "pass"},
	}
	for name, tt := range tests {
		if got := (Result{DKIM: tt.all}).DKIMWord(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
