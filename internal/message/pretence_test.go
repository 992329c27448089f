package message

import (
	"slices"
	"strings"
	"testing"
)

func TestPretences(t *testing.T) {
	tests := []struct {
		name, from string
		want       []Pretence
	}{
		{"a person", "Ana <ana@example.com>", nil},
		{"an address alone", "ana@example.com", nil},
		{"its own address as its name", `"Ana@Example.com" <ana@example.com>`, nil},
		{"its own address in a longer name", "Ana (ana@example.com) <ana@example.com>", nil},
		{"a handle", "Ana @ Example <ana@example.com>", nil},
		{"a user name", "@ana <ana@example.com>", nil},
		{"another's address", `"ceo@bank.com" <x@evil.test>`, []Pretence{NameIsAddress}},
		{"without quotes", `ceo@bank.com <x@evil.test>`, []Pretence{NameIsAddress}},
		{"in angle brackets of the name", `"The CEO <ceo@bank.com>" <x@evil.test>`, []Pretence{NameIsAddress}},
		{"after its own", `"x@evil.test, ceo@bank.com" <x@evil.test>`, []Pretence{NameIsAddress}},
		{"as a comment", `x@evil.test (ceo@bank.com)`, []Pretence{NameIsAddress}},
		{"in an encoded word", `=?utf-8?q?ceo=40bank=2Ecom?= <x@evil.test>`, []Pretence{NameIsAddress}},
		{"in an encoded word that closes the bracket", `=?utf-8?b?YUBiLmNvbT4gPGNAZC5jb20=?= <x@evil.test>`, []Pretence{NameIsAddress}},
		{"with a full-width sign", `"ceo＠bank.com" <x@evil.test>`, []Pretence{NameIsAddress}},
		{"with characters that nobody sees", "\"ceo\u200b@\u00adbank.com\" <x@evil.test>", []Pretence{NameIsAddress}},
		{"in a quoted local part", `"ceo@bank.com"@evil.test`, []Pretence{NameIsAddress}},
		{"a domain of one language", "Ana <ana@münchen.test>", nil},
		{"in Japanese", "花 <hana@東京ひらがなカナabc.test>", nil},
		{"in Russian", "Анна <анна@почта.рф>", nil},
		{"in Russian, under a Latin top", "anna@яндекс.com", nil},
		{"Russian letters that look Latin, under a Russian top", "anna@сосна.рф", nil},
		{"its own address and a word after a stroke", `"ana@example.com/Sales" <ana@example.com>`, nil},
		{"its own address and a word after a bar", `"ana@example.com|Sales" <ana@example.com>`, nil},
		{"another's before a stroke", `"ceo@bank.com/Sales" <x@evil.test>`, []Pretence{NameIsAddress}},
		{"one letter of another alphabet", "PayPal <service@pаypal.com>", []Pretence{MixedAlphabets}},
		{"the same in Punycode", "PayPal <service@xn--pypal-4ve.com>", []Pretence{MixedAlphabets}},
		{"in a label below", "x@pаypal.example.com", []Pretence{MixedAlphabets}},
		{"in the local part", "sеrvice@paypal.com", []Pretence{MixedInName}},
		{"Greek and Cyrillic", "x@αж.com", []Pretence{MixedAlphabets}},
		{"all of another alphabet, to be read as Latin", "Apple <id@аррӏе.com>", []Pretence{LookAlike}},
		{"the same in Greek", "x@ναυ.com", []Pretence{LookAlike}},
		{"Punycode that decodes to nothing", "x@xn--zzzzzzzzz99.com", nil},
		{"both", `"ceo@bank.com" <x@bаnk.com>`, []Pretence{NameIsAddress, MixedAlphabets}},
		{"no address", "undisclosed", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list := ParseAddressList(tt.from)
			if len(list) != 1 {
				t.Fatalf("read as %+v", list)
			}
			if got := list[0].Pretences(); !slices.Equal(got, tt.want) {
				t.Errorf("%+v: got %q, want %q", list[0], got, tt.want)
			}
		})
	}
}

func TestPretencesOfLongNames(t *testing.T) {
	for _, name := range []string{strings.Repeat("a@", 200_000), strings.Repeat("a@b.c ", 100_000), strings.Repeat("a", 500_000) + "@"} {
		Address{Name: name, Address: "x@evil.test"}.Pretences() // linear, or the test's deadline tells
	}
}
