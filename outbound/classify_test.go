package outbound

import (
	"strings"
	"testing"
	"unicode/utf8"

	"recado/conversation"
)

func TestClassify(t *testing.T) {
	const (
		sent      = conversation.DeliverySent
		deferred  = conversation.DeliveryDeferred
		failed    = conversation.DeliveryFailed
		uncertain = conversation.DeliveryUncertain
	)
	tests := []struct {
		at    stage
		code  int
		line  string
		first bool
		want  conversation.DeliveryState
	}{
		{stageConnect, 554, "go away", true, deferred},
		{stageEHLO, 550, "who?", true, deferred},
		{stageTLS, 454, "no TLS", true, deferred},
		{stageAuth, 535, "5.7.8 wrong", true, deferred},
		{stageAuth, 550, "5.1.1 what?", true, deferred},
		{stageMail, 451, "4.3.0 later", true, deferred},
		{stageMail, 550, "5.7.1 not your address", true, failed},
		{stageMail, 552, "5.3.4 too large", true, failed},
		{stageMail, 530, "5.7.0 authenticate", true, deferred},
		{stageMail, 550, "5.7.8 authenticate again", true, deferred},
		{stageRcpt, 450, "4.2.1 busy", true, deferred},
		{stageRcpt, 452, "4.5.3 too many recipients", false, deferred},
		{stageRcpt, 550, "5.1.1 unknown", false, failed},
		{stageRcpt, 552, "too many recipients", false, deferred},
		{stageRcpt, 552, "5.5.3 too many recipients", true, deferred},
		{stageRcpt, 552, "mailbox full", true, failed},
		{stageRcpt, 552, "5.2.2 mailbox full", false, failed},
		{stageRcpt, 354, "what?", false, deferred},
		{stageData, 250, "what?", false, deferred},
		{stageData, 451, "4.3.0 later", false, deferred},
		{stageData, 554, "5.7.1 no", false, failed},
		{stageDot, 250, "2.0.0 taken", false, sent},
		{stageDot, 252, "taken", false, sent},
		{stageDot, 421, "4.3.2 closing", false, deferred},
		{stageDot, 451, "4.3.0 later", false, deferred},
		{stageDot, 552, "5.3.4 too large", false, failed},
		{stageDot, 554, "5.7.1 spam", false, failed},
		{stageDot, 354, "what?", false, uncertain},
	}
	for _, tt := range tests {
		if got := classify(tt.at, parseReply(tt.code, []string{tt.line}), tt.first); got != tt.want {
			t.Errorf("%s %d %s: %s, want %s", tt.at, tt.code, tt.line, got, tt.want)
		}
	}
}

func TestParseReply(t *testing.T) {
	tests := []struct {
		code         int
		lines        []string
		status, text string
	}{
		{550, []string{"5.1.1 no such user"}, "550 5.1.1", "no such user"},
		{550, []string{"5.1.1 no such", "5.1.1 user", "5.7.1 at all"}, "550 5.1.1", "no such user 5.7.1 at all"},
		{550, []string{"no such user"}, "550", "no such user"},
		{550, []string{"4.1.1 another class"}, "550", "4.1.1 another class"},
		{550, []string{"5.1 short"}, "550", "5.1 short"},
		{550, []string{"5.1.1234 long"}, "550", "5.1.1234 long"},
		{550, []string{"5.1.x letters"}, "550", "5.1.x letters"},
		{250, []string{""}, "250", ""},
		{250, []string{"2.0.0"}, "250 2.0.0", ""},
	}
	for _, tt := range tests {
		r := parseReply(tt.code, tt.lines)
		if r.status() != tt.status || r.text != tt.text {
			t.Errorf("%q: %q %q, want %q %q", tt.lines, r.status(), r.text, tt.status, tt.text)
		}
	}
}

func TestClean(t *testing.T) {
	tests := map[string]string{
		" a\tb\r\nc ":       "a b c",
		"a\x00\x1b[1mb":     "a [1mb",
		"a\u202eb\u200bc":   "abc",
		"a\xffb":            "a?b",
		"línea á":           "línea á",
		"a\u2028b\u0085c":   "a b c",
		"https://x.test/?a": "https://x.test/?a",
	}
	for in, want := range tests {
		if got := clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for _, s := range []string{strings.Repeat("é", 600), strings.Repeat("x", 1<<20), strings.Repeat("x é", 400)} {
		if got := clean(s); len(got) > maxReason || !utf8.ValidString(got) || len(got) < maxReason-4 {
			t.Errorf("%d octets", len(got))
		}
	}
}
