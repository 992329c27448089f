package test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"recado/internal/mailtest"
)

// relaying are the forms in which people have asked servers to pass a mail on to somebody else's domain.
var relaying = []struct {
	path string // between the angle brackets
	code int
}{
	{"victim@elsewhere.test", 550},
	{"victim%elsewhere.test@shop.test", 550},
	{"victim%elsewhere.test%shop.test@shop.test", 550},
	{"victim%elsewhere.test@[127.0.0.1]", 550},
	{"care%shop.test@elsewhere.test", 550},
	{"@shop.test:victim@elsewhere.test", 550},
	{"@shop.test,@mx.shop.test:victim@elsewhere.test", 550},
	{"elsewhere.test!victim@shop.test", 550},
	{"elsewhere.test!victim", 501},
	{"shop.test!victim@elsewhere.test", 550},
	{`"victim@elsewhere.test"@shop.test`, 550},
	{`"victim@elsewhere.test"`, 501},
	{`"care@shop.test"@elsewhere.test`, 550},
	{"victim@elsewhere.test@shop.test", 550},
	{"care@shop.test@elsewhere.test", 550},
	{"victim@elsewhere.test,care@shop.test", 550},
	{"care@shop.test,victim@elsewhere.test", 550},
	{"victim@[127.0.0.1]", 550},
	{"care@[127.0.0.1]", 550},
	{"care@[IPv6:::1]", 550},
	{"care@127.0.0.1", 550},
	{"care@localhost", 550},
	{"victim@mx.shop.test", 550},
	{"care@sub.shop.test", 550},
	{"care@shop.test.elsewhere.test", 550},
	{"care@elsewhereshop.test", 550},
	{"victim@elsewhere.test.", 501},
	{"victim@elsewhere.test\x00@shop.test", 501},
	{"care@shop.test\x00.elsewhere.test", 501},
	{"care@shop.test\r.elsewhere.test", 501},
	{"victim@elsewhere.test> ORCPT=<care@shop.test", 555},
	{"víctima@elsewhere.test", 553},
	{"victim＠elsewhere.test@shop.test", 553},
	{"victim@еlsewhere.test", 553},
	{"care@ѕhop.test", 553},
	{"postmaster@elsewhere.test", 550},
	{"postmaster%elsewhere.test", 501},
	{"b+0.0@elsewhere.test", 550},
	{"|/bin/sh@shop.test", 550},
	{"/etc/passwd@shop.test", 550},
	{"", 501},
}

// TestNoRelaying asks in every one of them, with and without a recipient of ours beside it, and wants nothing
// to come of it but what each is answered.
func TestNoRelaying(t *testing.T) {
	p := newProduct(t, settings{})
	for _, utf8 := range []string{"", " SMTPUTF8"} {
		for _, r := range relaying {
			c, err := mailtest.Dial(p.smtp)
			if err != nil {
				t.Fatal(err)
			}
			c.Timeout = within
			for _, line := range []string{"EHLO client.test", "MAIL FROM:<eve@plain.test>" + utf8} {
				if code, text := c.Cmd(line); code != 250 {
					t.Fatalf("%s: %d %s", line, code, text)
				}
			}
			code, text := c.Cmd("RCPT TO:<" + r.path + ">")
			if code == 250 || utf8 == "" && code != r.code || utf8 != "" && code != r.code && r.code != 553 {
				t.Errorf("RCPT TO:<%q>%s: %d %s, want %d", r.path, utf8, code, text, r.code)
			}
			if code, text := c.Cmd("DATA"); code != 503 {
				t.Errorf("DATA after RCPT TO:<%q>: %d %s", r.path, code, text)
			}
			_ = c.Close()
		}
	}
	// Quotes that are not needed, a final dot and a source route do not make an address another.
	for _, ours := range []string{`"care"@shop.test`, "@elsewhere.test:care@shop.test", "CARE@SHOP.TEST"} {
		p.accept("ana@plain.test", []string{ours}, mail("ana@plain.test", "Hello", fmt.Sprintf("%d@plain.test", len(ours)), "", "Hello."))
	}
	if n := len(p.one().Messages); n != 3 {
		t.Errorf("%d messages, want the three that were for us", n)
	}
	if got := p.relay.Messages(); len(got) != 0 {
		t.Errorf("%d mails left", len(got))
	}
}

// TestNothingBareLeaves answers a mail that is full of line ends that are none, in words that are too.
func TestNothingBareLeaves(t *testing.T) {
	p := newProduct(t, settings{})
	c, err := mailtest.Dial(p.smtp)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Timeout = within
	const second = "MAIL FROM:<eve@evil.test>\r\nRCPT TO:<victim@elsewhere.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"
	raw := "From: Ana <ana@verified.test>\r\nTo: \"Care\rBcc: victim@elsewhere.test\" <care@shop.test>\r\nCc: care@shop.test\r\nSubject: one\rBcc: victim@elsewhere.test\x00\n.\n" + second +
		"Message-ID: <1\r@verified.test>\r\nReferences: <a@b>\r.\r<c@d>\r\n\r\nfirst\n.\r\n" + second + "\r.\r" + second
	c.Cmd("EHLO client.test")
	if code, text := c.Mail("ana@verified.test", toCare, []byte(raw)); code != 250 {
		t.Fatalf("answered %d %s", code, text)
	}
	number := p.one().Number
	p.reply(number, "On Monday Ana wrote:\n> first\n.\n> second\r.\rMAIL FROM:<>\r\n.\r\nthird\x00")
	left := p.sent(1)[0]
	if bare := bytes.ReplaceAll(left.Raw, []byte("\r\n"), nil); bytes.ContainsAny(bare, "\r\n\x00") {
		t.Errorf("a CR, LF or NUL alone left in\n%q", left.Raw)
	}
	header, _, _ := bytes.Cut(left.Raw, []byte("\r\n\r\n"))
	if strings.Contains(strings.ToLower(string(header)), "\nbcc:") || len(left.To) != 1 {
		t.Errorf("it goes to %v, its header is\n%s", left.To, header)
	}
	if n := len(p.relay.Messages()); n != 1 {
		t.Errorf("%d mails left, want 1", n)
	}
}
