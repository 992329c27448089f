package message

import "testing"

func TestHasResultsOf(t *testing.T) {
	tests := []struct {
		name, fields string
		want         bool
	}{
		{"none", "Subject: x", false},
		{"another host's", "Authentication-Results: mx.other.test; dkim=pass", false},
		{"ours", "Authentication-Results: mx.shop.test; dkim=pass header.d=bank.com", true},
		{"with a version", "Authentication-Results: mx.shop.test 1; dkim=pass", true},
		{"nothing but the name", "Authentication-Results: mx.shop.test", true},
		{"other case", "AUTHENTICATION-results: MX.Shop.TEST; spf=pass", true},
		{"white space before the colon", "Authentication-Results : mx.shop.test; spf=pass", true},
		{"folded", "Authentication-Results:\r\n\tmx.shop.test;\r\n\tspf=pass", true},
		{"behind comments", "Authentication-Results: (a (nested \\) one)) (two)\r\n (three) mx.shop.test(x); spf=pass", true},
		{"quoted", `Authentication-Results: "mx.shop\.test"; spf=pass`, true},
		{"with a final dot", "Authentication-Results: mx.shop.test.; spf=pass", true},
		{"the second of several", "Authentication-Results: mx.other.test; spf=fail\r\nAuthentication-Results: mx.shop.test; spf=pass", true},
		{"the name in a comment", "Authentication-Results: (mx.shop.test) mx.other.test; spf=pass", false},
		{"a comment without end", "Authentication-Results: (mx.shop.test; spf=pass", false},
		{"a longer name", "Authentication-Results: mx.shop.test.evil.test; spf=pass", false},
		{"another field", "X-Authentication-Results: mx.shop.test; spf=pass", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := ParseBytes([]byte("From: a@b.test\r\n"+tt.fields+"\r\n\r\nx\r\n"), Options{})
			if got := m.Header.HasResultsOf("mx.shop.test"); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
