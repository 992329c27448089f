package message

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestParseFields(t *testing.T) {
	const raw = `Received: one
Received: two
From: =?utf-8?q?Jos=C3=A9?= <Jose@EXAMPLE.org>
From: second@example.org
Sender: s@example.org
Reply-To: r@example.org
To: a@example.com, B <b@example.com>
To: c@example.com
Cc: d@example.com
Subject: =?utf-8?q?=C2=BFCu=C3=A1ndo=3F?=
Message-ID: <one@example.org>
In-Reply-To: <two@example.org>
References: <three@example.org> <two@example.org>
Date: Mon, 23 Nov 2026 09:51:45 -0300

Hola,
 ¿cuándo llega?

El lun, 23 nov 2026 a las 9:00, Soporte (<soporte@example.com>) escribió:
> Gracias.
`
	m := ParseBytes([]byte(raw), Options{Text: true})
	checks := []struct {
		name      string
		got, want any
	}{
		{"From", m.From[0], Address{"José", "Jose@example.org"}},
		{"one From", len(m.From), 1},
		{"FromFields", m.FromFields, 2},
		{"Sender", m.Sender[0].Address, "s@example.org"},
		{"ReplyTo", m.ReplyTo[0].Address, "r@example.org"},
		{"To", len(m.To), 3},
		{"Cc", m.Cc[0].Address, "d@example.com"},
		{"Subject", m.Subject, "¿Cuándo?"},
		{"MessageID", m.MessageID, "one@example.org"},
		{"InReplyTo", strings.Join(m.InReplyTo, " "), "two@example.org"},
		{"References", strings.Join(m.References, " "), "three@example.org two@example.org"},
		{"Date", m.Date.Unix(), int64(1795438305)},
		{"Received", m.Received, 2},
		{"Text", m.Text, "Hola,\n ¿cuándo llega?"},
		{"Quoted", m.Quoted, "El lun, 23 nov 2026 a las 9:00, Soporte (<soporte@example.com>) escribió:\n> Gracias."},
		{"Preview", m.Preview, "Hola, ¿cuándo llega?"},
	}
	for _, c := range checks {
		if c.got != c.want {
			t.Errorf("%s: got %#v, want %#v", c.name, c.got, c.want)
		}
	}
	if short := ParseBytes([]byte(raw), Options{}); short.Preview != m.Preview || short.Text != "" || short.ContentHash != m.ContentHash {
		t.Errorf("without text: preview %q, text %q", short.Preview, short.Text)
	}
}

func TestContentHash(t *testing.T) {
	base := "From: a@example.org\r\nTo: b@example.com\r\nSubject: one\r\n two\r\nMessage-ID: <x@y>\r\nDate: Mon, 23 Nov 2026 09:51:45 -0300\r\n\r\nbody\r\n"
	hash := func(raw string) [32]byte { return ParseBytes([]byte(raw), Options{}).ContentHash }
	same := []string{
		"Received: from x\r\nDKIM-Signature: v=1\r\nX-Spam: no\r\nReturn-Path: <a@example.org>\r\n" + base,
		strings.Replace(base, "one\r\n two", "one two", 1),
		strings.Replace(base, "From:", "from: ", 1),
		base[strings.Index(base, "To:"):strings.Index(base, "Subject:")] + strings.Replace(base, "To: b@example.com\r\n", "", 1),
	}
	for i, s := range same {
		if hash(s) != hash(base) {
			t.Errorf("%d: what transport adds changes the hash", i)
		}
	}
	for _, r := range [][2]string{{"a@example.org", "c@example.org"}, {"b@example.com", "c@example.com"}, {"one", "three"}, {"x@y", "z@y"}, {"09:51", "09:52"}, {"body", "Body"}, {"body\r\n", "body"}} {
		if hash(strings.Replace(base, r[0], r[1], 1)) == hash(base) {
			t.Errorf("%q for %q does not change the hash", r[1], r[0])
		}
	}
	large := base + strings.Repeat("0123456789\r\n", 20000)
	if hash(large) == hash(large[:len(large)-3]) || hash(large) != hash("X-A: b\r\n"+large) {
		t.Error("a large mail")
	}
}

func TestMadeMessageID(t *testing.T) {
	id := MadeMessageID([32]byte{1, 2, 3}, "example.com")
	if id != "made.01020300000000000000000000000000@example.com" || cleanID(id) != id {
		t.Errorf("got %q", id)
	}
}

type faultyAt struct {
	data []byte
	from int64
	err  error
}

func (f faultyAt) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		return 0, f.err
	}
	return bytes.NewReader(f.data).ReadAt(p, off)
}

func TestParseFault(t *testing.T) {
	fault := errors.New("disk gone")
	data := bytes.Repeat([]byte("Subject: a\n\nbody\n"), 10000)
	for _, from := range []int64{0, 100 << 10} {
		if _, err := Parse(faultyAt{data, from, fault}, int64(len(data)), Options{}); !errors.Is(err, fault) {
			t.Errorf("fault from %d: %v", from, err)
		}
	}
	if _, _, err := OpenAttachment(faultyAt{data, 0, fault}, int64(len(data)), 0); !errors.Is(err, fault) {
		t.Errorf("OpenAttachment: %v", err)
	}
	if _, _, err := OpenAttachment(bytes.NewReader(data), int64(len(data)), 3); !errors.Is(err, ErrNoAttachment) {
		t.Errorf("OpenAttachment of none: %v", err)
	}
}

// A size beyond the source is no fault: what is there is read.
func TestParseShortSource(t *testing.T) {
	m, err := Parse(strings.NewReader("Subject: a\n\nbody"), 1000, Options{Text: true})
	if err != nil || m.Text != "body" {
		t.Errorf("got %v, %+v", err, m)
	}
}

func TestSafeName(t *testing.T) {
	tests := []struct{ in, mediaType, want string }{
		{"a.pdf", "", "a.pdf"},
		{"../../etc/passwd", "", "passwd"},
		{`C:\dir\a.pdf`, "", "a.pdf"},
		{"a\x00b.pdf", "", "ab.pdf"},
		{"a\r\nb.pdf", "", "ab.pdf"},
		{"invoice\u202efdp.exe", "", "invoicefdp.exe"},
		{".htaccess", "", "htaccess"},
		{"..", "image/png", "attachment-1.png"},
		{"", "application/pdf", "attachment-1.pdf"},
		{"con.txt", "", "_con.txt"},
		{`a<b>"c"|d?.txt`, "", "a_b__c__d_.txt"},
		{"a. . .", "", "a"},
		{strings.Repeat("é", 200) + ".pdf", "", strings.Repeat("é", 73) + ".pdf"},
		{"résumé.pdf", "", "résumé.pdf"},
	}
	for _, tt := range tests {
		if got := safeName(tt.in, tt.mediaType, 0); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestPreview(t *testing.T) {
	style := "<style>" + strings.Repeat("p { color: red }\n", 1000) + "</style>"
	tests := []struct{ name, raw, want string }{
		{"plain", "Subject: a\n\none\n\n  two\n", "one two"},
		{"html after a style sheet", "Content-Type: text/html\n\n" + style + "<p>one</p><p>two</p>", "one two"},
		{"long", "\n" + strings.Repeat("palabra ", 100), strings.Repeat("palabra ", 24) + "palabra…"},
		{"only a quote", "\n> what\n", "> what"},
		{"nothing", "Subject: a\n\n", ""},
		{"controls", "\na\x00b\x1bc\u202ed", "abcd"},
	}
	for _, tt := range tests {
		if got := ParseBytes([]byte(tt.raw), Options{}).Preview; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
