package message

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// worst are the shapes of mail that cost readers most for their size.
func worst() map[string][]byte {
	var nested strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&nested, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	big := 20 << 20
	multi := "Subject: a\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
	return map[string][]byte{
		"folded header":       []byte("Subject: a\r\n" + strings.Repeat(" x\r\n", 160000) + "\r\nbody"),
		"header of colons":    []byte(strings.Repeat("a:b\r\n", big/5) + "\r\nbody"),
		"nested":              []byte(nested.String()),
		"part header":         []byte(multi + "--x\r\nX-A: " + strings.Repeat("y", big) + "\r\n\r\nz\r\n--x--\r\n"),
		"part header lines":   []byte(multi + "--x\r\n" + strings.Repeat("A: b\r\n", big/6) + "\r\nz\r\n--x--\r\n"),
		"delimiters":          []byte(multi + strings.Repeat("--x\r\n", big/5)),
		"almost delimiters":   []byte(multi + strings.Repeat("--y\r\n", big/5)),
		"one line":            []byte(multi + "--x\r\n\r\n" + strings.Repeat("z", big)),
		"addresses":           []byte("From: " + strings.Repeat("a@x.org, ", 100000) + "\r\n\r\n"),
		"open quotes":         []byte("From: " + strings.Repeat(`"`, 500000) + "\r\nTo: " + strings.Repeat("(", 400000) + "\r\n\r\n"),
		"angle brackets":      []byte("To: " + strings.Repeat("<", 400000) + "\r\nCc: " + strings.Repeat("a <", 100000) + "\r\nReferences: " + strings.Repeat("<", 100000) + "\r\n\r\n"),
		"names before commas": []byte("To: " + strings.Repeat("a, ", 300000) + "\r\n\r\n"),
		"encoded words":       []byte("Subject: " + strings.Repeat("=?utf-8?q?a?= ", 60000) + "\r\n\r\n"),
		"half encoded words":  []byte("Subject: " + strings.Repeat("=?utf-8?q?", 90000) + "\r\n\r\n"),
		"parameters":          []byte("Content-Type: text/plain" + strings.Repeat("; a*1*=x", 100000) + "\r\n\r\n"),
		"quotes":              []byte("Subject: a\r\n\r\n" + strings.Repeat("> a\r\nOn 1, a@b wrote:\r\n", big/23)),
		"quote openers":       []byte("Subject: a\r\n\r\n" + strings.Repeat("On 1 Jan a@b\r\n", big/14)),
		"from headers":        []byte("Subject: a\r\n\r\n" + strings.Repeat("From: a\r\n", big/9)),
		"device lines":        []byte("Subject: a\r\n\r\nx\r\n" + strings.Repeat("Regards,\r\n", big/10)),
		"html tags":           []byte("Content-Type: text/html\r\n\r\n" + strings.Repeat("<blockquote><ul><li>", big/20)),
		"html links":          []byte("Content-Type: text/html\r\n\r\n" + strings.Repeat("<a href=http://x.org/>a", big/23)),
		"html formatting":     []byte("Content-Type: text/html\r\n\r\n" + strings.Repeat("<b><p>", 8000)),
		"html tables":         []byte("Content-Type: text/html\r\n\r\n" + strings.Repeat("<table>x<i>", 4000)),
		"html fostered":       []byte("Content-Type: text/html\r\n\r\n<table>" + strings.Repeat("<a>x", 20000)),
		"html attributes":     []byte("Content-Type: text/html\r\n\r\n<p" + strings.Repeat(" a", 400000) + ">"),
		"html styles":         []byte("Content-Type: text/html\r\n\r\n<style>" + strings.Repeat("a{b:c(", 40000) + "</style><p style='" + strings.Repeat("a:(", 200000) + "'>"),
		"mail in mail":        []byte(strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 30000)),
		"html entities":       []byte("Content-Type: text/html\r\n\r\n" + strings.Repeat("&amp", big/4)),
		"html less than":      []byte("Content-Type: text/html\r\n\r\n" + strings.Repeat("<", big)),
		"flowed":              []byte("Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n" + strings.Repeat("a \r\n", big/4)),
		"quoted-printable":    []byte("Content-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.Repeat("= ", big/2)),
		"status":              []byte("Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n" + strings.Repeat("Action: failed\r\n\r\n", big/18)),
	}
}

// TestWorstShapes holds the promise of linear time: every shape of about 20 MB
// is read in a time that only something worse than linear exceeds.
func TestWorstShapes(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 500 MB")
	}
	for name, raw := range worst() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			m := ParseBytes(raw, Options{Text: true, HTML: true, Digest: true})
			SafeHTML(m.HTML, HTMLOptions{})
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%d octets took %v", len(raw), took)
			} else if took > time.Second {
				t.Logf("%d octets took %v", len(raw), took)
			}
		})
	}
}

func smallMailBytes() []byte {
	return []byte("Received: from mx.example.org (mx.example.org [192.0.2.1]) by mx.example.com with ESMTPS id 1; Mon, 23 Nov 2026 09:51:45 -0300\r\n" +
		"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s; h=From:To:Subject;\r\n bh=" + strings.Repeat("A", 44) + ";\r\n b=" + strings.Repeat("B", 344) + "\r\n" +
		"From: =?utf-8?q?Jos=C3=A9?= <jose@example.org>\r\nTo: Soporte <soporte@example.com>\r\nSubject: Consulta por mi pedido\r\n" +
		"Message-ID: <one@example.org>\r\nDate: Mon, 23 Nov 2026 09:51:45 -0300\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"x\"\r\n\r\n" +
		"--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.Repeat("Hola, =C2=BFcu=C3=A1ndo llega mi pedido? Gracias.\r\n", 20) +
		"--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.Repeat("<p>Hola, =C2=BFcu=C3=A1ndo llega mi pedido? Gracias.</p>\r\n", 25) + "--x--\r\n")
}

func BenchmarkParse4K(b *testing.B) {
	raw := smallMailBytes()
	for _, o := range []struct {
		name string
		o    Options
	}{{"rules", Options{}}, {"text", Options{Text: true}}, {"shown", Options{Text: true, HTML: true, Digest: true}}} {
		b.Run(o.name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(bytes.NewReader(raw), int64(len(raw)), o.o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse25M(b *testing.B) {
	line := strings.Repeat("QUJD", 19) + "\r\n"
	raw := []byte("Subject: a\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		strings.Repeat(line, 25<<20/len(line)) + "--x--\r\n")
	for _, o := range []struct {
		name string
		o    Options
	}{{"rules", Options{}}, {"shown", Options{Text: true, HTML: true, Digest: true}}} {
		b.Run(o.name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(bytes.NewReader(raw), int64(len(raw)), o.o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSafeHTML(b *testing.B) {
	src := "<style>p{color:red}</style><table>" + strings.Repeat(`<tr><td style="padding: 3px; color: #333"><a href="https://x.org/?a=1">Hola</a> <img src="http://x.org/a.png" width=3></td></tr>`, 300) + "</table>"
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		SafeHTML(src, HTMLOptions{})
	}
}
