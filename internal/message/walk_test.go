package message

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parse reads a mail written with LF, as CRLF and as it is, and wants both to say the same.
func parse(t *testing.T, raw string) *Message {
	t.Helper()
	o := Options{Text: true, HTML: true, Digest: true}
	m := ParseBytes([]byte(raw), o)
	crlf := ParseBytes([]byte(strings.ReplaceAll(raw, "\n", "\r\n")), o)
	if m.Text != crlf.Text || len(m.Attachments) != len(crlf.Attachments) {
		t.Errorf("CRLF reads as %q with %d attachments, LF as %q with %d", crlf.Text, len(crlf.Attachments), m.Text, len(m.Attachments))
	}
	return m
}

// outline tells what a mail shows: its text, whether there is HTML, its attachments.
func outline(t *testing.T, raw string, m *Message) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "text %q", m.Text)
	if m.HTML != "" {
		fmt.Fprintf(&b, " html %q", m.HTML)
	}
	for i, a := range m.Attachments {
		_, r, err := OpenAttachment(strings.NewReader(raw), int64(len(raw)), i)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, " | %s %s %q", a.Name, a.Type, data)
	}
	return b.String()
}

func TestStructure(t *testing.T) {
	const pdf = "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==\n"
	tests := []struct{ name, raw, want string }{
		{"plain", "Subject: a\n\nhello\n", `text "hello"`},
		{"html only", "Content-Type: text/html\n\n<p>hello</p>", `text "hello" html "<p>hello</p>"`},
		{"alternative", "Content-Type: multipart/alternative; boundary=x\n\n--x\n\nplain\n--x\nContent-Type: text/html\n\n<b>html</b>\n--x--\n",
			`text "plain" html "<b>html</b>"`},
		{"alternative with a stub", "Content-Type: multipart/alternative; boundary=x\n\n--x\n\nYour mail client does not support HTML\n--x\nContent-Type: text/html\n\n<b>The true text of the mail, longer than the stub is</b>\n--x--\n",
			`text "The true text of the mail, longer than the stub is" html "<b>The true text of the mail, longer than the stub is</b>"`},
		{"mixed", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x\n" + pdf + "--x--\n",
			`text "hello" | a.pdf application/pdf "%PDF"`},
		{"text between attachments", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x\n" + pdf + "--x\n\ntwo\n--x--\n",
			`text "one\n\ntwo" | a.pdf application/pdf "%PDF"`},
		{"related in alternative", "Content-Type: multipart/alternative; boundary=x\n\n--x\n\nplain\n--x\nContent-Type: multipart/related; boundary=y\n\n--y\nContent-Type: text/html\n\n<img src=cid:i>\n--y\nContent-Type: image/png\nContent-ID: <i>\n\nPNG\n--y--\n--x--\n",
			`text "plain" html "<img src=cid:i>" | attachment-1.png image/png "PNG"`},
		{"no final boundary", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x\n" + pdf,
			`text "hello" | a.pdf application/pdf "%PDF"`},
		{"unclosed inner multipart", "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; boundary=y\n\n--y\n\nhello\n--x\n" + pdf + "--x--\n",
			`text "hello" | a.pdf application/pdf "%PDF"`},
		{"missing boundary parameter", "Content-Type: multipart/mixed\n\n--x\nContent-Type: text/plain\n\nhello\n--x\n" + pdf + "--x--\n",
			`text "hello" | a.pdf application/pdf "%PDF"`},
		{"wrong boundary parameter", "Content-Type: multipart/mixed; boundary=nope\n\n--x\nContent-Type: text/plain\n\nhello\n--x\n" + pdf + "--x--\n",
			`text "hello" | a.pdf application/pdf "%PDF"`},
		{"boundary never there", "Content-Type: multipart/mixed; boundary=x\n\nhello\n", `text "hello"`},
		{"repeated boundary parameter", "Content-Type: multipart/mixed; boundary=x; boundary=y\n\n--x\n\nhello\n--x--\n", `text "hello"`},
		{"unquoted odd boundary", "Content-Type: multipart/mixed; boundary=a=b:c?\n\n--a=b:c?\n\nhello\n--a=b:c?--\n", `text "hello"`},
		{"identical nested boundaries", "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; boundary=x\n\n--x\n\nhello\n--x--\n--x\n" + pdf + "--x--\n",
			`text "hello" | a.pdf application/pdf "%PDF"`},
		{"inner boundary begins like the outer", "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; boundary=x2\n\n--x2\n\nhello\n--x2--\n--x\n" + pdf + "--x--\n",
			`text "hello" | a.pdf application/pdf "%PDF"`},
		{"closed too early", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x--\n--x\n" + pdf + "--x--\n",
			`text "hello" | a.pdf application/pdf "%PDF"`},
		{"text in the preamble", "Content-Type: multipart/mixed; boundary=x\n\nI write this here.\n--x\n" + pdf + "--x--\n",
			`text "I write this here." | a.pdf application/pdf "%PDF"`},
		{"text in the epilogue", "Content-Type: multipart/mixed; boundary=x\n\n--x\n" + pdf + "--x--\nI write this here.\n",
			`text "I write this here." | a.pdf application/pdf "%PDF"`},
		{"usual preamble", "Content-Type: multipart/mixed; boundary=x\n\nThis is a message in MIME format.\n--x\n" + pdf + "--x--\n",
			`text "" | a.pdf application/pdf "%PDF"`},
		{"part without blank line", "Content-Type: multipart/mixed; boundary=x\n\n--x\nhello there\n--x\nContent-Type: text/plain\nhello again\n--x--\n",
			`text "hello there\n\nhello again"`},
		{"part with a broken header", "Content-Type: multipart/mixed; boundary=x\n\n--x\n: nonsense\nContent-Type: text/plain\n\nhello\n--x--\n",
			`text "hello"`},
		{"part header runs into a boundary", "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n--x\n\nhello\n--x--\n",
			`text "hello"`},
		{"mail in a mail", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n--x\nContent-Type: message/rfc822\n\nSubject: inner\n\nbody\n--x--\n",
			`text "see" | inner.eml message/rfc822 "Subject: inner\n\nbody"`},
		{"text attachments", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n--x\nContent-Type: text/plain\nContent-Disposition: attachment; filename=log.txt\n\nlog\n--x\nContent-Type: text/plain; name=b.txt\nContent-Disposition: inline\n\nmore\n--x--\n",
			`text "see" | log.txt text/plain "log" | b.txt text/plain "more"`},
		{"signed", "Content-Type: multipart/signed; boundary=x\n\n--x\n\nhello\n--x\nContent-Type: application/pgp-signature\n\nSIG\n--x--\n",
			`text "hello" | attachment-1.asc application/pgp-signature "SIG"`},
		{"nothing but a mail", "Content-Type: message/rfc822\n\nFrom: a@x.org\nSubject: inner\n\nhello\n",
			`text "From: a@x.org\nSubject: inner\n\nhello" | inner.eml message/rfc822 "From: a@x.org\nSubject: inner\n\nhello\n"`},
		{"digest", "Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: a\n\nb\n--x--\n",
			`text "Subject: a\n\nb" | a.eml message/rfc822 "Subject: a\n\nb"`},
		{"body is a pdf", "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==\n", `text "" | attachment-1.pdf application/pdf "%PDF"`},
		{"html said to be plain", "Subject: a\n\n <HTML><body><p>hello</p></body></HTML>\n", `text "hello" html " <HTML><body><p>hello</p></body></HTML>\n"`},
		{"half a type", "Content-Type: text\n\nhello\n", `text "hello"`},
		{"unknown type", "Content-Type: foo; name=x.foo\n\nhello\n", `text "" | x.foo application/octet-stream "hello\n"`},
		{"flowed", "Content-Type: text/plain; format=flowed\n\none \ntwo\n> a \n> b\nthree\n", `text "one two\n> a b\nthree"`},
		{"flowed, delsp", "Content-Type: text/plain; format=flowed; delsp=yes\n\none \ntwo\n", `text "onetwo"`},
		{"base64 that is none", "Content-Transfer-Encoding: base64\n\nHello, this is just a text. It is not encoded at all!\n", `text "Hello, this is just a text. It is not encoded at all!"`},
		{"calendar beside text", "Content-Type: multipart/alternative; boundary=x\n\n--x\n\ncome\n--x\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n--x--\n",
			`text "come" | attachment-1.ics text/calendar "BEGIN:VCALENDAR"`},
		{"empty", "", `text ""`},
		{"header only", "Subject: a\n", `text ""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, outline(t, tt.raw, parse(t, tt.raw))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	nested := func(depth int) string {
		var b strings.Builder
		for i := range depth {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		b.WriteString("\nthe innermost text\n")
		return b.String()
	}
	many := "Content-Type: multipart/mixed; boundary=x\n\n" + strings.Repeat("--x\nContent-Type: application/pdf\n\nPDF\n", 50) + "--x--\n"
	tests := []struct {
		name   string
		raw    string
		limits Limits
		check  func(*Message) bool
	}{
		{"depth", nested(100), Limits{Depth: 10}, func(m *Message) bool {
			return len(m.Attachments) == 1 && m.Attachments[0].Size > 1000
		}},
		{"parts", many, Limits{Parts: 10}, func(m *Message) bool {
			return len(m.Attachments) == 10 && m.Attachments[9].Type == "application/octet-stream" && m.Attachments[9].Size > 1000
		}},
		{"text", "\n" + strings.Repeat("é", 5000), Limits{TextBytes: 1001}, func(m *Message) bool {
			return m.Text == strings.Repeat("é", 500)
		}},
		{"html", "Content-Type: text/html\n\n" + strings.Repeat("é", 50000), Limits{TextBytes: 20001}, func(m *Message) bool {
			return m.HTML == strings.Repeat("é", 10000)
		}},
		{"header", "Subject: a\n" + strings.Repeat("X-Y: z\n", 1000) + "\nbody", Limits{HeaderLines: 100}, func(m *Message) bool {
			return m.Header.Len() == 100 && m.Text == "body"
		}},
		{"part header", "Content-Type: multipart/mixed; boundary=x\n\n--x\n" + strings.Repeat("X-Y: z\n", 1000) + "\nbody\n--x--\n", Limits{PartHeaderLines: 10}, func(m *Message) bool {
			return m.Text == "body"
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Parse(strings.NewReader(tt.raw), int64(len(tt.raw)), Options{Limits: tt.limits, Text: true, HTML: true, Digest: true})
			if err != nil {
				t.Fatal(err)
			}
			if !m.Truncated || len(m.Notes) == 0 || !tt.check(m) {
				t.Errorf("truncated %v, notes %q, %d attachments %+v, text %.80q", m.Truncated, m.Notes, len(m.Attachments), m.Attachments, m.Text)
			}
		})
	}
}

// A mail larger than what is read at once goes through windows: the parts must
// be the same wherever a window ends.
func TestLargeMail(t *testing.T) {
	var raw bytes.Buffer
	raw.WriteString("Subject: large\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x\nContent-Type: application/octet-stream; name=a.bin\n\n")
	want := bytes.Repeat([]byte("0123456789abcdef--x\n--y\n "), 20000)
	raw.Write(want)
	raw.WriteString("\n--x\nContent-Type: text/plain; name=long.txt\nContent-Disposition: attachment\n\n")
	long := bytes.Repeat([]byte("long line "), 50000)
	raw.Write(long)
	raw.WriteString("\n--x--\n")
	m, err := Parse(bytes.NewReader(raw.Bytes()), int64(raw.Len()), Options{Text: true, Digest: true})
	if err != nil {
		t.Fatal(err)
	}
	if m.Text != "hello" || len(m.Attachments) != 2 {
		t.Fatalf("text %q, attachments %+v", m.Text, m.Attachments)
	}
	for i, want := range [][]byte{want, long} {
		_, r, err := OpenAttachment(bytes.NewReader(raw.Bytes()), int64(raw.Len()), i)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, want) || m.Attachments[i].Size != int64(len(want)) {
			t.Errorf("attachment %d: %d octets (%v), want %d", i, len(got), err, len(want))
		}
	}
}
