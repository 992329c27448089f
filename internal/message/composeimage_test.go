package message

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// A mail with pictures in its text is read back as it was meant: text, HTML that names each picture by its
// Content-ID, the pictures and the files; by our reader, and octet by octet the same when it is composed again.
func TestComposeImages(t *testing.T) {
	const gif = "GIF89a\x01\x00\x01\x00\x00\x00\x00;"
	file := func(name, kind string) DraftAttachment {
		return DraftAttachment{Name: name, Type: kind, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(gif)), nil }}
	}
	d := Draft{
		From: Address{Address: "care@shop.test"}, To: []Address{{Address: "ana@c.test"}}, MessageID: "1.mac@shop.test", Date: time.Unix(1e9, 0).UTC(),
		Text:        "Así <b>:\n[image: año 1.gif]\n  y [image: nadie.png]: https://shop.test/?a=1&b=2.\n[image: b.gif][image: año 1.gif]",
		Images:      []DraftAttachment{file("año 1.gif", "image/gif"), file("b.gif", "image/gif")},
		Attachments: []DraftAttachment{file("c.gif", "image/gif")},
	}
	var raw, again bytes.Buffer
	for _, w := range []*bytes.Buffer{&raw, &again} {
		if err := Compose(w, d); err != nil {
			t.Fatal(err)
		}
	}
	if raw.String() != again.String() {
		t.Error("composed twice, it differs")
	}
	for _, want := range []string{"multipart/mixed", "multipart/alternative", "multipart/related; type=\"text/html\"", "Content-Disposition: inline"} {
		if !strings.Contains(raw.String(), want) {
			t.Errorf("the mail has no %q", want)
		}
	}
	m, err := Parse(bytes.NewReader(raw.Bytes()), int64(raw.Len()), Options{Text: true, HTML: true, Digest: true})
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimRight(m.Text, "\r\n") != d.Text {
		t.Errorf("the text is %q", m.Text)
	}
	if len(m.Attachments) != 3 || !m.Attachments[0].Inline || !m.Attachments[1].Inline || m.Attachments[2].Inline || m.Attachments[0].Name != "año 1.gif" || m.Attachments[0].Size != int64(len(gif)) {
		t.Fatalf("attachments %+v", m.Attachments)
	}
	first, second := m.Attachments[0].ContentID, m.Attachments[1].ContentID
	for _, want := range []string{
		`<img src="cid:` + first + `" alt="año 1.gif"`, `<img src="cid:` + second + `" alt="b.gif"`, "Así &lt;b&gt;:<br>", "&nbsp; y [image: nadie.png]",
		`<a href="https://shop.test/?a=1&amp;b=2">https://shop.test/?a=1&amp;b=2</a>.<br>`,
	} {
		if !strings.Contains(m.HTML, want) {
			t.Errorf("the HTML has no %q:\n%s", want, m.HTML)
		}
	}
	if n := strings.Count(m.HTML, "<img"); n != 3 || first == second || !strings.HasSuffix(first, "@shop.test") {
		t.Errorf("%d pictures, Content-IDs %s and %s", n, first, second)
	}
	// RFC 2387 3.2: without a start the root is the first part, and type is its type.
	related := raw.String()[strings.Index(raw.String(), "multipart/related"):]
	if part := strings.Index(related, "\r\n--"); !strings.HasPrefix(related[part+2+strings.IndexByte(related[part+2:], '\n')+1:], "Content-Type: text/html") {
		t.Errorf("the root is not the HTML: %.300s", related)
	}
	d.Images = nil
	raw.Reset()
	if err := Compose(&raw, d); err != nil || strings.Contains(raw.String(), "text/html") {
		t.Errorf("without pictures it has HTML: %v", err)
	}
}
