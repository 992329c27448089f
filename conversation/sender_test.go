package conversation

import (
	"slices"
	"strings"
	"testing"

	"recado/internal/message"
)

// TestWhoMayClaimASender: what From fields of liars come to. A mail is refused, or the agent sees the very
// address that the verdict is about, with a warning where something of it reads as another.
func TestWhoMayClaimASender(t *testing.T) {
	const refused = ""
	const nameWarning, mixedWarning = "looks like an address", "mixes alphabets: xn--"
	tests := []struct {
		name, header string
		want         string // the address that the protocol is keyed by
		warning      string
	}{
		{"honest", "From: Ana <ana@c.test>", "ana@c.test", ""},
		{"white space before the colon", "From : ana@c.test", "ana@c.test", ""},
		{"a line that ends in two CR", "From: ana@c.test\r", "ana@c.test", ""},
		{"folded", "From:\r\n Ana\r\n <ana@c.test>", "ana@c.test", ""},
		{"a comment", "From: Ana (of sales) <ana@c.test>", "ana@c.test", ""},
		{"a comment within the address", "From: ana(x)@c.test", "ana@c.test", ""},
		{"a group of one", "From: Team: ana@c.test;", "ana@c.test", ""},

		{"no From", "To: x@c.test", refused, ""},
		{"an empty one", "From:", refused, ""},
		{"two fields", "From: ana@c.test\r\nFrom: ceo@bank.test", refused, ""},
		{"two fields, one with white space before the colon", "From : ana@c.test\r\nFrom: ceo@bank.test", refused, ""},
		{"two fields, in two cases", "FROM: ana@c.test\r\nfrom: ceo@bank.test", refused, ""},
		{"a second one behind a bare CR", "From: ana@c.test\rFrom: ceo@bank.test", refused, ""},
		{"a bare CR elsewhere", "From: ana@c.test\r\nSubject: x\rFrom: ceo@bank.test", "ana@c.test", ""},
		{"a second one behind a bare LF", "From: ana@c.test\nFrom: ceo@bank.test", refused, ""},
		{"two addresses", "From: ana@c.test, ceo@bank.test", refused, ""},
		{"two addresses, and a Sender that is neither", "From: ana@c.test, ceo@bank.test\r\nSender: x@evil.test", refused, ""},
		{"two addresses, and a Sender that is one", "From: ana@c.test, ceo@bank.test\r\nSender: ana@c.test", "ana@c.test", ""},
		{"two addresses, and two Sender fields", "From: ana@c.test, ceo@bank.test\r\nSender: ana@c.test\r\nSender: ceo@bank.test", refused, ""},
		{"two in angle brackets", "From: <ceo@bank.test> <x@evil.test>", refused, ""},
		{"one within the other's brackets", "From: <ceo@bank.test <x@evil.test>>", refused, ""},
		{"a group of two", "From: Team: ana@c.test, ceo@bank.test;", refused, ""},
		{"a group of none", "From: undisclosed:;", refused, ""},
		{"a group whose name is an address", "From: ceo@bank.test: x@evil.test;", "x@evil.test", nameWarning},
		{"an encoded word for the address", "From: <=?utf-8?q?ceo=40bank=2Etest?=>", refused, ""},
		{"an encoded word for all of it", "From: =?utf-8?b?Q0VPIDxjZW9AYmFuay50ZXN0Pg==?=", refused, ""},
		{"two signs", "From: ceo@bank.test@evil.test", refused, ""},
		{"NUL", "From: ceo@bank.test\x00@evil.test", refused, ""},
		{"NUL in the name", "From: \"ceo@bank.test\x00\" <x@evil.test>", refused, ""},
		{"a backspace in the name", "From: \"evil\b\b\b\bbank\" <x@evil.test>", refused, ""},
		{"DEL", "From: ana\x7f@c.test", refused, ""},
		{"unquoted specials", "From: a[b]c@c.test", refused, ""},
		{"a backslash", "From: a\\b@c.test", refused, ""},
		{"a space in the local part", "From: <ceo bank@evil.test>", refused, ""},
		{"characters that turn the direction", "From: <ana\u202etset@c.test>", refused, ""},
		{"no domain", "From: ana", refused, ""},
		{"no local part", "From: @c.test", refused, ""},
		{"very long", "From: " + strings.Repeat("a", 400) + "@c.test", refused, ""},

		{"a name that is an address", "From: \"ceo@bank.test\" <x@evil.test>", "x@evil.test", nameWarning},
		{"one that is not quoted", "From: ceo@bank.test <x@evil.test>", "x@evil.test", nameWarning},
		{"one that closes the bracket", "From: =?utf-8?q?a=40b=2Etest=3E_=3Cceo=40bank=2Etest?= <x@evil.test>", "x@evil.test", nameWarning},
		{"one in a comment", "From: x@evil.test (ceo@bank.test)", "x@evil.test", nameWarning},
		{"a quoted group name", "From: \"ceo@bank.test\": x@evil.test;", "x@evil.test", nameWarning},
		{"a local part that is an address", "From: \"ceo@bank.test\"@evil.test", "\"ceo@bank.test\"@evil.test", nameWarning},
		{"a homograph", "From: PayPal <service@pаypal.test>", "service@xn--pypal-4ve.test", mixedWarning},
		{"a homograph in Punycode", "From: PayPal <service@xn--pypal-4ve.test>", "service@xn--pypal-4ve.test", mixedWarning},
		{"our name on a stranger's result", "From: ana@c.test\r\nAuthentication-Results: (x) MX.Shop.test; dmarc=pass", "ana@c.test", "in our name"},
	}
	d := &Directory{Hostname: "mx.shop.test"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := message.ParseBytes([]byte(tt.header+"\r\n\r\nx\r\n"), message.Options{})
			in := &Incoming{Parsed: m, Auth: Auth{Verdict: Verified, Evidence: []string{"it vouches"}}}
			s := senderOf(d, in)
			if !s.named {
				if tt.want != refused {
					t.Errorf("refused: %+v", m.From)
				}
				return
			}
			if s.address.Address != tt.want {
				t.Errorf("the sender is %q, want %q", s.address.Address, tt.want)
			}
			said := slices.ContainsFunc(s.auth.Evidence, func(e string) bool { return tt.warning != "" && strings.Contains(e, tt.warning) })
			if wants := tt.warning != ""; said != wants || (len(s.auth.Evidence) > 1) != wants {
				t.Errorf("evidence %q", s.auth.Evidence)
			}
			if len(in.Auth.Evidence) != 1 {
				t.Error("the verdict that came was changed")
			}
		})
	}
}

func TestLongNamesAreCut(t *testing.T) {
	m := message.ParseBytes([]byte("From: "+strings.Repeat("ñ", 10_000)+" <ana@c.test>\r\n\r\nx\r\n"), message.Options{})
	if a, ok := SenderOf(m); !ok || a.Address != "ana@c.test" || len(a.Name) > 600 || !strings.HasSuffix(a.Name, "ñ…") {
		t.Errorf("%t, %d octets", ok, len(a.Name))
	}
}
