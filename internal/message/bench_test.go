package message

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// worstShape is a kind of mail that costs readers most for its size.
type worstShape struct {
	name             string
	head, unit, tail string // unit is repeated
	full             int    // octets of units that the benchmark reads
}

func (s worstShape) mail(octets int) []byte {
	return []byte(s.head + strings.Repeat(s.unit, max(1, octets/len(s.unit))) + s.tail)
}

const (
	fullShape = 20 << 20
	multiHead = "Subject: a\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
	qpHead    = "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	tnefHead  = "Content-Type: application/ms-tnef\r\n\r\n"
	htmlHead  = "Content-Type: text/html\r\n\r\n"
)

var worstShapes = []worstShape{
	{"folded header", "Subject: a\r\n", " x\r\n", "\r\nbody", 640000},
	{"header of colons", "", "a:b\r\n", "\r\nbody", fullShape},
	{"part header", multiHead + "--x\r\nX-A: ", "y", "\r\n\r\nz\r\n--x--\r\n", fullShape},
	{"part header lines", multiHead + "--x\r\n", "A: b\r\n", "\r\nz\r\n--x--\r\n", fullShape},
	{"delimiters", multiHead, "--x\r\n", "", fullShape},
	{"almost delimiters", multiHead, "--y\r\n", "", fullShape},
	{"one line", multiHead + "--x\r\n\r\n", "z", "", fullShape},
	{"addresses", "From: ", "a@x.org, ", "\r\n\r\n", 900000},
	{"open quotes", "From: ", `"`, "\r\n\r\n", 500000},
	{"open comments", "To: ", "(", "\r\n\r\n", 500000},
	{"angle brackets", "To: ", "<", "\r\n\r\n", 400000},
	{"names before brackets", "Cc: ", "a <", "\r\n\r\n", 300000},
	{"open references", "References: ", "<", "\r\n\r\n", 400000},
	{"names before commas", "To: ", "a, ", "\r\n\r\n", 900000},
	{"encoded words", "Subject: ", "=?utf-8?q?a?= ", "\r\n\r\n", 840000},
	{"half encoded words", "Subject: ", "=?utf-8?q?", "\r\n\r\n", 900000},
	{"parameters", "Content-Type: text/plain", "; a*1*=x", "\r\n\r\n", 800000},
	{"quotes", "Subject: a\r\n\r\n", "> a\r\nOn 1, a@b wrote:\r\n", "", fullShape},
	{"quote openers", "Subject: a\r\n\r\n", "On 1 Jan a@b\r\n", "", fullShape},
	{"from headers", "Subject: a\r\n\r\n", "From: a\r\n", "", fullShape},
	{"device lines", "Subject: a\r\n\r\nx\r\n", "Regards,\r\n", "", fullShape},
	{"html tags", htmlHead, "<blockquote><ul><li>", "", fullShape},
	{"html links", htmlHead, "<a href=http://x.org/>a", "", fullShape},
	{"html formatting", htmlHead, "<b><p>", "", 48000},
	{"html tables", htmlHead, "<table>x<i>", "", 44000},
	{"html fostered", htmlHead + "<table>", "<a>x", "", 80000},
	{"html attributes", htmlHead + "<p", " a", ">", 800000},
	{"html style sheet", htmlHead + "<style>", "a{b:c(", "</style>", 240000},
	{"html style", htmlHead + "<p style='", "a:(", "'>", 600000},
	{"mail in mail", "", "Content-Type: message/rfc822\r\n\r\n", "", 960000},
	{"html entities", htmlHead, "&amp", "", fullShape},
	{"html less than", htmlHead, "<", "", fullShape},
	{"flowed", "Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n", "a \r\n", "", fullShape},
	{"quoted-printable", qpHead, "= ", "", fullShape},
	{"one quoted-printable line", qpHead, "=C3=A9", "", fullShape},
	{"soft line breaks", qpHead, "=\r\n", "", fullShape},
	{"broken base64", "Content-Transfer-Encoding: base64\r\n\r\n", "QUJD=!\r\n", "", fullShape},
	{"broken base64 file", multiHead + "--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n", "=A=", "", fullShape},
	{"utf-7", "Content-Type: text/plain; charset=utf-7\r\n\r\n", "+AOk-", "", fullShape},
	{"utf-7 begun", "Content-Type: text/plain; charset=utf-7\r\n\r\n", "+", "", fullShape},
	{"shifted charset", "Content-Type: text/plain; charset=iso-2022-kr\r\n\r\n\x1b$)C", "\x0eGQ\x0f", "", fullShape},
	{"charset that is wrong", "Content-Type: text/plain; charset=gb2312\r\n\r\n", "\xff", "", fullShape},
	{"no charset", "Subject: a\r\n\r\n", "\xe9\xff", "", fullShape},
	{"uuencoded files", "Subject: a\r\n\r\n", "begin 644 a\r\n#86)C\r\nend\r\n", "", fullShape},
	{"files begun", "Subject: a\r\n\r\n", "begin 644 a\r\n#86)C\r\n", "", fullShape},
	{"tnef attributes", tnefHead + string(tnef()), string(tnefAttribute(2, attAttachData, nil)), "", fullShape},
	{"tnef files", tnefHead + string(tnef()), string(tnefAttribute(2, attAttachRendData, nil)) + string(tnefAttribute(2, attAttachData, []byte("x"))), "", fullShape},
	{"tnef rtf", tnefHead + string(tnef(tnefAttribute(1, attMsgProps, tnefProps(tnefProp(propRTF, propBinary, packedRTF(strings.Repeat("{\\u1?", 1<<16))))))), "x", "", fullShape},
	{"signed pieces", "Content-Type: application/pkcs7-mime\r\n\r\n" + string(berOpen(berSequence, ber(berOID, oidSignedData))[:15]) + "\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80\x06\x01*\xa0\x80$\x80", "\x04\x01a", "", fullShape},
	{"signed depth", "Content-Type: application/pkcs7-mime\r\n\r\n" + string(berOpen(berSequence, ber(berOID, oidSignedData))[:15]), "\xa0\x80\x30\x80", "", fullShape},
	{"folded addresses", "To: ", strings.Repeat("a@x.org, ", 100) + "\r\n ", "\r\n\r\n", 900000},
	{"encoded multipart", strings.Replace(multiHead, "\r\n\r\n", "\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1), "LS14DQoN", "", fullShape},
	{"calendar lines", "Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n", "ATTENDEE;a=\"\";b=:c\r\n \r\n", "", fullShape},
	{"calendar parameters", "Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY", ";^^=\"", "", fullShape},
	{"status", "Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n", "Action: failed\r\n\r\n", "", fullShape},
}

// nestedMail is multiparts within one another, which no repetition makes.
func nestedMail(depth int) []byte {
	var b bytes.Buffer
	for i := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	return b.Bytes()
}

// readFully does all that is ever done to a mail that is shown.
func readFully(raw []byte) *Message {
	m := ParseBytes(raw, Options{Text: true, HTML: true, Digest: true})
	SafeHTML(m.HTML, HTMLOptions{})
	return m
}

// TestWorstShapes reads each shape at a size at which what is not linear would outlast the test's own
// deadline. No time is asserted; BenchmarkWorstShapes shows it.
func TestWorstShapes(t *testing.T) {
	for _, s := range worstShapes {
		if m := readFully(s.mail(min(s.full, 2<<20))); !utf8.ValidString(m.Text) || !utf8.ValidString(m.Preview) {
			t.Errorf("%s: what is shown is not UTF-8", s.name)
		}
	}
	readFully(nestedMail(4000))
}

// BenchmarkWorstShapes reads them at the size of the largest mail that is accepted.
func BenchmarkWorstShapes(b *testing.B) {
	for _, s := range worstShapes {
		b.Run(s.name, func(b *testing.B) {
			raw := s.mail(s.full)
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				readFully(raw)
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
