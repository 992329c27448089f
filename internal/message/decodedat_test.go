package message

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"mime/quotedprintable"
	"strings"
	"testing"
)

// What is read at any place is what a reader from the start finds there.
func TestDecodedAt(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	data := make([]byte, 100000)
	random.Read(data)
	var qp bytes.Buffer
	w := quotedprintable.NewWriter(&qp)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for encoding, body := range map[string]string{
		"base64":          base64Lines(data),
		"quotedprintable": qp.String(),
		"":                string(data),
	} {
		dec, _ := transferReader(strings.NewReader(body), encoding)
		want, err := io.ReadAll(dec)
		if err != nil {
			t.Fatal(err)
		}
		at := openDecoded(strings.NewReader("xx"+body+"yy"), &part{body: 2, end: int64(len(body)) + 2, encoding: encoding})
		for range 300 {
			off, n := random.Intn(len(want)+10), random.Intn(40000)
			got := make([]byte, n)
			m, err := at.ReadAt(got, int64(off))
			expect := want[min(off, len(want)):min(off+n, len(want))]
			if !bytes.Equal(got[:m], expect) || (m < n) != (err == io.EOF) {
				t.Fatalf("%q: %d octets at %d: %d that differ (%v)", encoding, n, off, m, err)
			}
		}
	}
	if openDecoded(strings.NewReader(""), &part{encoding: "uuencode"}) != nil {
		t.Error("uuencode has no random access")
	}
}

func TestEncodedMultipart(t *testing.T) {
	pdf := "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==\n"
	inner := "--a=b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=C2=BFqu=C3=A9?\n--a=b\n" + pdf + "--a=b--\n"
	var qp strings.Builder
	w := quotedprintable.NewWriter(&qp)
	fmt.Fprint(w, inner)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, raw, want string }{
		{"base64", "Content-Type: multipart/mixed; boundary=\"a=b\"\nContent-Transfer-Encoding: base64\n\n" + base64Lines([]byte(inner)),
			`text "¿qué?" | a.pdf application/pdf "%PDF"`},
		{"quoted-printable", "Content-Type: multipart/mixed; boundary=\"a=b\"\nContent-Transfer-Encoding: quoted-printable\n\n" + strings.ReplaceAll(qp.String(), "\r\n", "\n"),
			`text "¿qué?" | a.pdf application/pdf "%PDF"`},
		{"within another", "Content-Type: multipart/mixed; boundary=y\n\n--y\nContent-Type: multipart/mixed; boundary=\"a=b\"\nContent-Transfer-Encoding: base64\n\n" + base64Lines([]byte(inner)) + "--y\n" + pdf + "--y--\n",
			`text "¿qué?" | a.pdf application/pdf "%PDF" | a.pdf application/pdf "%PDF"`},
		{"said to be encoded and not", "Content-Type: multipart/mixed; boundary=\"a=b\"\nContent-Transfer-Encoding: base64\n\n" + inner,
			`text "¿qué?" | a.pdf application/pdf "%PDF"`},
		{"text in the preamble", "Content-Type: multipart/mixed; boundary=x\nContent-Transfer-Encoding: base64\n\n" + base64Lines([]byte("I write here.\n--x\n"+pdf+"--x--\n")),
			`text "I write here." | a.pdf application/pdf "%PDF"`},
		{"no parts", "Content-Type: multipart/mixed; boundary=x\nContent-Transfer-Encoding: base64\n\n" + base64Lines([]byte("I write here.\n")),
			`text "I write here."`},
		{"twice", "Content-Type: multipart/mixed; boundary=x\nContent-Transfer-Encoding: base64\n\n" +
			base64Lines([]byte("--x\nContent-Type: multipart/mixed; boundary=y\nContent-Transfer-Encoding: base64\n\n"+base64Lines([]byte("--y\n\nhello\n--y--\n"))+"--x--\n")),
			`text "--y\n\nhello\n--y--"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := outline(t, tt.raw, parse(t, tt.raw)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
