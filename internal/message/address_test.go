package message

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseAddressList(t *testing.T) {
	one := func(name, addr string) []Address { return []Address{{Name: name, Address: addr}} }
	tests := []struct {
		name, in string
		want     []Address
	}{
		{"bare", "a@example.com", one("", "a@example.com")},
		{"named", "Ana Ruiz <ana@example.com>", one("Ana Ruiz", "ana@example.com")},
		{"quoted", `"Ruiz, Ana" <ana@example.com>`, one("Ruiz, Ana", "ana@example.com")},
		{"unquoted comma", "Ruiz, Ana <ana@example.com>", one("Ruiz, Ana", "ana@example.com")},
		{"unquoted commas in a list", "a@x.org, Ruiz, Ana <ana@example.com>, b@x.org", []Address{{"", "a@x.org"}, {"Ruiz, Ana", "ana@example.com"}, {"", "b@x.org"}}},
		{"address as name", "joe@b <a@b>", one("joe@b", "a@b")},
		{"quoted address as name", `"joe@b.org" <a@b.org>`, one("joe@b.org", "a@b.org")},
		{"two dots", "a..b@x.org", one("", "a..b@x.org")},
		{"dot at the end", "<a.@docomo.example>", one("", "a.@docomo.example")},
		{"comment", "a@x.org (Ana Ruiz)", one("Ana Ruiz", "a@x.org")},
		{"comment after brackets", "<a@x.org> (Ana)", one("Ana", "a@x.org")},
		{"nested comment", "a@x.org (Ana (home))", one("Ana (home)", "a@x.org")},
		{"group", "friends: a@x.org, B <b@x.org>;", []Address{{"", "a@x.org"}, {"B", "b@x.org"}}},
		{"empty group", "undisclosed-recipients:;", nil},
		{"semicolons", "a@x.org; b@x.org", []Address{{"", "a@x.org"}, {"", "b@x.org"}}},
		{"missing comma", "A <a@x.org> B <b@x.org>", []Address{{"A", "a@x.org"}, {"B", "b@x.org"}}},
		{"empty elements", ", a@x.org,,", one("", "a@x.org")},
		{"domain in capitals", "Ana@EXAMPLE.COM", one("", "Ana@example.com")},
		{"IDN", "a@bücher.example", one("", "a@xn--bcher-kva.example")},
		{"final dots", "a@x.org..", one("", "a@x.org")},
		{"full stops of another script", "a@例.example。", one("", "a@xn--fsq.example")},
		{"UTF-8 local part", "josé@example.com", one("", "josé@example.com")},
		{"encoded name", "=?utf-8?q?Jos=C3=A9?= <j@x.org>", one("José", "j@x.org")},
		{"encoded name with comma", "=?utf-8?q?Ruiz=2C_Jos=C3=A9?= <j@x.org>", one("Ruiz, José", "j@x.org")},
		{"encoded name in quotes", `"=?utf-8?q?Jos=C3=A9?=" <j@x.org>`, one("José", "j@x.org")},
		{"raw windows-1252", "Jos\xe9 <j@x.org>", one("José", "j@x.org")},
		{"single quotes", "'Ana' <a@x.org>", one("Ana", "a@x.org")},
		{"quoted local part", `"a b"@x.org`, one("", `"a b"@x.org`)},
		{"literal", "a@[192.0.2.1]", one("", "a@[192.0.2.1]")},
		{"route", "<@relay.org:a@x.org>", one("", "a@x.org")},
		{"mailto", "mailto:a@x.org", one("", "a@x.org")},
		{"mailto in brackets", "A <mailto:a@x.org>", one("A", "a@x.org")},
		{"double brackets", "A <<a@x.org>>", one("A", "a@x.org")},
		{"unclosed bracket", "A <a@x.org", one("A", "a@x.org")},
		{"unclosed quote", `"A <a@x.org>`, one("A", "a@x.org")},
		{"unclosed comment", "a@x.org (A", []Address{{"A", "a@x.org"}}},
		{"name without brackets", "Ana a@x.org", one("Ana", "a@x.org")},
		{"no address", "MAILER-DAEMON", one("MAILER-DAEMON", "")},
		{"no address in brackets", "Ana <ana>", one("Ana <ana>", "")},
		{"escaped", `"A \"B\" C" <a@x.org>`, one(`A "B" C`, "a@x.org")},
		{"header injection", "a@x.org\r\nBcc: b@x.org", nil},
		{"space in domain", "a@x.org evil", one("evil", "a@x.org")},
		{"bidi in local part", "a\u202eb@x.org", one("ab@x.org", "")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ParseAddressList(tt.in)
			if tt.name == "header injection" {
				for _, a := range got {
					if strings.ContainsAny(a.Address+a.Name, "\r\n") {
						t.Errorf("a line end came through: %q", a)
					}
				}
				return
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	if n := len(ParseAddressList(strings.Repeat("a@x.org,", 5000))); n != maxAddresses {
		t.Errorf("%d addresses, want %d", n, maxAddresses)
	}
}

func TestAddressKey(t *testing.T) {
	tests := []struct{ in, key, folded string }{
		{"Ana@Example.COM", "ana@example.com", "ana@example.com"},
		{"a.b+tag@x.org", "a.b+tag@x.org", "a.b@x.org"},
		{"+a@x.org", "+a@x.org", "+a@x.org"},
		{"JOSÉ@x.org", "josé@x.org", "josé@x.org"},
		{"jose\u0301@BÜCHER.example", "josé@xn--bcher-kva.example", "josé@xn--bcher-kva.example"},
		{"nobody", "", ""},
	}
	for _, tt := range tests {
		a := ParseAddressList(tt.in)[0]
		if a.Key() != tt.key || a.Key() != "" && FoldPlus(a.Key()) != tt.folded {
			t.Errorf("%q: key %q, folded %q, want %q and %q", tt.in, a.Key(), FoldPlus(a.Key()), tt.key, tt.folded)
		}
	}
}

func TestParseMessageIDs(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{"one", "<a@b>", []string{"a@b"}},
		{"several", "<a@b> <c@d>\t<e@f>", []string{"a@b", "c@d", "e@f"}},
		{"no space", "<a@b><c@d>", []string{"a@b", "c@d"}},
		{"no brackets", "a@b, c@d", []string{"a@b", "c@d"}},
		{"folded inside", "<a\n b@c>", []string{"ab@c"}},
		{"phrase", `Your message of "Monday" <a@b>`, []string{"a@b"}},
		{"unclosed", "<a@b <c@d>", []string{"a@b", "c@d"}},
		{"none", "nothing here", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, ParseMessageIDs(tt.in)); d != "" {
				t.Error(d)
			}
		})
	}
	many := ParseMessageIDs(strings.Repeat("<x@y>", 10000) + "<last@y>")
	if len(many) != maxIDs || many[len(many)-1] != "last@y" {
		t.Errorf("%d Message-IDs, the last %q", len(many), many[len(many)-1])
	}
}

func TestParseDate(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Mon, 23 Nov 2026 09:51:45 +0100", "2026-11-23T08:51:45Z"},
		{"Mon, 23 Nov 2026 09:51:45 +0100 (CET)", "2026-11-23T08:51:45Z"},
		{"23 Nov 26 09:51 GMT", "2026-11-23T09:51:00Z"},
		{"Mon 23 Nov 2026 09:51:45", "2026-11-23T09:51:45Z"},
		{"Mon Nov 23 09:51:45 2026", "2026-11-23T09:51:45Z"},
		{"Mon, 23-Nov-2026 09:51:45 EST", "2026-11-23T14:51:45Z"},
		{"2026-11-23T09:51:45Z", "2026-11-23T09:51:45Z"},
		{"2026-11-23 09:51:45 -0300", "2026-11-23T12:51:45Z"},
		{"lun, 23 dic 2026 09:51:45 +0100", "2026-12-23T08:51:45Z"},
		{"mar., 24 nov. 2026 09:51:45 -0300", "2026-11-24T12:51:45Z"},
		{"seg, 23 fev 2026 09:51:45 -0300", "2026-02-23T12:51:45Z"},
		{"Mon, 23 Nov 2026 9:51:45 PM +0000", "2026-11-23T21:51:45Z"},
		{"Mon, 23 Nov 2026 09:51:45 +02:00", "2026-11-23T07:51:45Z"},
		{"Mon, 08 Apr 0102 09:51:45 +0000", "2002-04-08T09:51:45Z"},
		{"Mon, 08 Apr 1802 09:51:45 +0000", ""},
		{"yesterday", ""},
		{"", ""},
		{"99 99 99 99:99:99", ""},
	}
	for _, tt := range tests {
		got, ok := ParseDate(tt.in)
		if s := got.UTC().Format(time.RFC3339); ok != (tt.want != "") || ok && s != tt.want {
			t.Errorf("%q: got %s (%v), want %q", tt.in, s, ok, tt.want)
		}
	}
}
