package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
	gomail "github.com/emersion/go-message/mail"
	"github.com/google/go-cmp/cmp"
)

func file(name, mediaType string, data []byte) DraftAttachment {
	return DraftAttachment{Name: name, Type: mediaType, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
}

func draft() Draft {
	return Draft{
		From:      Address{"Atención al cliente", "soporte@example.com"},
		To:        []Address{{"Ruiz, Ana", "ana@example.org"}},
		Subject:   "Su consulta",
		MessageID: "id.mac@example.com",
		Date:      time.Date(2026, 11, 23, 9, 51, 45, 0, time.FixedZone("", -3*3600)),
		Text:      "Hola:\n\nGracias.\n",
	}
}

func compose(t *testing.T, d Draft) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Compose(&b, d); err != nil {
		t.Fatal(err)
	}
	checkWire(t, b.Bytes())
	return b.Bytes()
}

// checkWire wants CRLF only, ASCII (but in addresses) and lines within the limits.
func checkWire(t *testing.T, raw []byte) {
	t.Helper()
	if bare := bytes.ReplaceAll(raw, []byte("\r\n"), nil); bytes.ContainsAny(bare, "\r\n\x00") {
		t.Errorf("a bare CR, LF or NUL in:\n%q", raw)
	}
	for l := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(l) > 998 || len(l) > 78 && bytes.ContainsAny(l, " ") && !bytes.Contains(l, []byte("@")) {
			t.Errorf("a line of %d octets: %.100q", len(l), l)
		}
	}
}

func TestComposeRoundTrip(t *testing.T) {
	long := strings.Repeat("palabra ñandú ", 100)
	refs := make([]string, 100)
	for i := range refs {
		refs[i] = fmt.Sprintf("%d.%s@example.com", i, strings.Repeat("x", 40))
	}
	tests := []struct {
		name   string
		change func(*Draft)
	}{
		{"plain", func(*Draft) {}},
		{"many recipients", func(d *Draft) {
			for i := range 50 {
				d.Cc = append(d.Cc, Address{fmt.Sprintf("Persona número %d", i), fmt.Sprintf("p%d@example.org", i)})
			}
			d.ReplyTo = []Address{{"", "otra@example.com"}}
		}},
		{"odd names", func(d *Draft) {
			d.To = []Address{{`Quote " and \ back`, "a@x.org"}, {"日本語の名前", "b@x.org"}, {"a@b <c>", "c@x.org"}, {strings.Repeat("Largo ", 30) + "x", "d@x.org"}}
		}},
		{"long subject", func(d *Draft) { d.Subject = "Re: " + strings.TrimSpace(long) }},
		{"long ASCII subject", func(d *Draft) { d.Subject = strings.TrimSpace(strings.Repeat("word ", 200)) }},
		{"subject without spaces", func(d *Draft) { d.Subject = strings.Repeat("x", 2000) }},
		{"subject like an encoded word", func(d *Draft) { d.Subject = "=?utf-8?q?not_one?=" }},
		{"emoji", func(d *Draft) { d.Subject = strings.Repeat("👩‍👩‍👧‍👦", 20) }},
		{"text", func(d *Draft) {
			d.Text = "¿Qué tal?\n.\n..\nFrom here\n = equals\ntrailing  \n\ttab\n" + long + "\n" + strings.Repeat("y", 3000)
		}},
		{"empty text", func(d *Draft) { d.Text = "" }},
		{"html", func(d *Draft) { d.HTML = "<p>Hola: <b>gracias</b> ñ</p>" }},
		{"references", func(d *Draft) { d.InReplyTo = refs[99]; d.References = refs }},
		{"attachments", func(d *Draft) {
			d.HTML = "<p>x</p>"
			d.Attachments = []DraftAttachment{
				file("factura.pdf", "application/pdf", bytes.Repeat([]byte("%PDF\x00\r\n"), 1000)),
				file("año nuevo – résumé con un nombre larguísimo que no cabe en una línea del encabezado.docx", "", []byte("x")),
				file(`quote".txt`, "text/plain; charset=x", nil),
				file("mail.eml", "message/rfc822", []byte("Subject: x\n\ny")),
			}
		}},
		{"UTF-8 local part", func(d *Draft) { d.To = []Address{{"José", "josé@example.org"}} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := draft()
			tt.change(&d)
			raw := compose(t, d)
			m := ParseBytes(raw, Options{Text: true, HTML: true, Digest: true})
			if m.Unparsed || m.Truncated || len(m.Notes) > 0 {
				t.Errorf("read back as unparsed %v, truncated %v, %q", m.Unparsed, m.Truncated, m.Notes)
			}
			compareDraft(t, d, m)
			compareFiles(t, d, raw, m)
			strictRead(t, d, raw)
		})
	}
}

func compareDraft(t *testing.T, d Draft, m *Message) {
	t.Helper()
	type fields struct {
		From, ReplyTo, To, Cc       []Address
		Subject, MessageID, InReply string
		Date                        time.Time
		Text, HTML                  string
	}
	inReply := ""
	if len(m.InReplyTo) > 0 {
		inReply = m.InReplyTo[0]
	}
	got := fields{m.From, m.ReplyTo, m.To, m.Cc, m.Subject, m.MessageID, inReply, m.Date.UTC(), squeeze(m.Text + m.Quoted), strings.TrimSpace(m.HTML)}
	want := fields{[]Address{d.From}, d.ReplyTo, d.To, d.Cc, d.Subject, d.MessageID, d.InReplyTo, d.Date.UTC(), squeeze(d.Text), d.HTML}
	for i := range want.To {
		want.To[i].Name = strings.TrimSpace(want.To[i].Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(d.References); n > 0 {
		if len(m.References) != maxReferences || m.References[0] != d.References[0] || m.References[maxReferences-1] != d.References[n-1] {
			t.Errorf("references %q", m.References)
		}
	}
}

func compareFiles(t *testing.T, d Draft, raw []byte, m *Message) {
	t.Helper()
	if len(m.Attachments) != len(d.Attachments) {
		t.Fatalf("%d attachments, want %d", len(m.Attachments), len(d.Attachments))
	}
	for i, a := range d.Attachments {
		want, err := a.Open()
		if err != nil {
			t.Fatal(err)
		}
		wantData, _ := io.ReadAll(want)
		got, r, err := OpenAttachment(bytes.NewReader(raw), int64(len(raw)), i)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(data, wantData) {
			t.Errorf("attachment %d: %d octets (%v), want %d", i, len(data), err, len(wantData))
		}
		if want := safeName(a.Name, a.Type, 0); got.Name != want {
			t.Errorf("attachment %d: name %q, want %q", i, got.Name, want)
		}
	}
}

// strictRead reads the mail with a library that refuses what is malformed.
func strictRead(t *testing.T, d Draft, raw []byte) {
	t.Helper()
	r, err := gomail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("go-message: %v", err)
	}
	subject, err := r.Header.Subject()
	if err != nil || subject != d.Subject {
		t.Errorf("go-message: subject %q (%v)", subject, err)
	}
	to, err := r.Header.AddressList("To")
	if err != nil || len(to) != len(d.To) || to[0].Name != d.To[0].Name {
		t.Errorf("go-message: To %v (%v)", to, err)
	}
	files := 0
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil && !gomessage.IsUnknownCharset(err) {
			t.Fatalf("go-message: %v", err)
		}
		if h, ok := p.Header.(*gomail.AttachmentHeader); ok {
			name, err := h.Filename()
			if want := safeName(d.Attachments[files].Name, "", 0); err != nil || name != want {
				t.Errorf("go-message: file name %q (%v), want %q", name, err, want)
			}
			files++
		}
		if _, err := io.Copy(io.Discard, p.Body); err != nil {
			t.Errorf("go-message: %v", err)
		}
	}
	if files != len(d.Attachments) {
		t.Errorf("go-message: %d files, want %d", files, len(d.Attachments))
	}
}

func TestComposeKeepsThingsInTheirPlace(t *testing.T) {
	evil := "x\r\nBcc: victim@example.org\r\n\r\nbody\x00\x1b"
	d := draft()
	d.Subject = evil
	d.From.Name = evil
	d.To[0].Name = evil
	d.MessageID = evil
	d.InReplyTo = evil
	d.References = []string{evil}
	d.Text = "a\rb\r\nc\x00"
	d.Header = [][2]string{{"X-Note", evil}}
	d.Attachments = []DraftAttachment{file(evil+`"; x=y`, "text/plain\r\nBcc: a@b", []byte("a\r\nb"))}
	m := ParseBytes(compose(t, d), Options{Text: true})
	if m.Header.Has("Bcc") || m.FromFields != 1 || len(m.Attachments) != 1 || m.Header.Count("X-Note") != 1 {
		t.Errorf("got out of its place: %+v", m.Header)
	}
	if m.Attachments[0].Type != "application/octet-stream" {
		t.Errorf("type %q", m.Attachments[0].Type)
	}
}

func TestComposeIsRepeatable(t *testing.T) {
	d := draft()
	d.HTML = "<p>x</p>"
	d.Attachments = []DraftAttachment{file("a.txt", "text/plain", []byte("x"))}
	if a, b := compose(t, d), compose(t, d); !bytes.Equal(a, b) {
		t.Error("the same draft composed to different octets")
	}
}

func TestComposeRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Draft)
	}{
		{"no From", func(d *Draft) { d.From = Address{Name: "x"} }},
		{"no recipients", func(d *Draft) { d.To = nil }},
		{"bad address", func(d *Draft) { d.To[0].Address = "a b@x.org" }},
		{"address with a line end", func(d *Draft) { d.To[0].Address = "a@x.org\r\nBcc: b@x.org" }},
		{"bad field name", func(d *Draft) { d.Header = [][2]string{{"X Y", "z"}} }},
		{"field name with a colon", func(d *Draft) { d.Header = [][2]string{{"Bcc: x", "z"}} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := draft()
			tt.change(&d)
			if err := Compose(io.Discard, d); !errors.Is(err, ErrDraft) {
				t.Errorf("got %v", err)
			}
		})
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestComposeErrors(t *testing.T) {
	fault := errors.New("file gone")
	d := draft()
	d.Attachments = []DraftAttachment{{Name: "a", Open: func() (io.ReadCloser, error) { return nil, fault }}}
	if err := Compose(io.Discard, d); !errors.Is(err, fault) {
		t.Errorf("a missing file: %v", err)
	}
	if err := Compose(failingWriter{}, draft()); err == nil {
		t.Error("a full disk went unnoticed")
	}
}

func TestQuoteText(t *testing.T) {
	if got, want := QuoteText("a\n\n> b\r\nc\n"), "> a\n>\n>> b\n> c\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
