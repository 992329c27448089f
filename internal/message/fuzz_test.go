package message

import (
	"bytes"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// addCorpus adds the small mails of the corpora, where they are at hand.
func addCorpus(f *testing.F, folders ...string) {
	f.Helper()
	if os.Getenv("RECADO_CORPORA") == "" {
		return
	}
	for _, path := range corpusMails(f, folders...) {
		if raw, err := os.ReadFile(path); err == nil && len(raw) < 16<<10 {
			f.Add(raw)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(smallMailBytes())
	f.Add([]byte("Content-Type: multipart/mixed; boundary=x\n\npre\n--x\nContent-Type: multipart/alternative; boundary=x\n\n--x\n\na\n--x--\n--x\nContent-Type: message/delivery-status\n\nAction: failed\n--x--\nepi"))
	f.Add([]byte("Content-Type: multipart/mixed\n\n--y\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+\n"))
	f.Add([]byte("From joe\rSubject: =?utf-8?q?=C3?= =?utf-8?b?qQ==?=\r\rbody"))
	f.Add([]byte("Subject: a\n\nsee\n" + uuencode("a.bin", []byte("some octets")) + "begin 644 b\n#86)C\n"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=x\nContent-Transfer-Encoding: base64\n\n" + base64Lines([]byte("--x\n\nhello\n--x--\n"))))
	f.Add([]byte("Content-Type: text/calendar\n\n" + sampleCalendar))
	f.Add([]byte("Content-Type: message/partial; number=1; total=2; id=a\n\nSubject: b\n\nc"))
	f.Add([]byte("Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64\n\n" + base64Lines(signedData(berOpen, berOpen(berOctets|berConstructed, ber(berOctets, []byte("Subject: a\n\nb")))))))
	addCorpus(f, "mime", "bounces")
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Parse(bytes.NewReader(raw), int64(len(raw)), Options{Text: true, HTML: true, Digest: true})
		if err != nil {
			t.Fatal(err)
		}
		checkUTF8(t, "fuzz", reflect.ValueOf(m))
		checkAttachments(t, "fuzz", raw, m)
		lean := ParseBytes(raw, Options{})
		if lean.ContentHash != m.ContentHash || len(lean.Attachments) != len(m.Attachments) || lean.Subject != m.Subject {
			t.Error("the options change what does not depend on them")
		}
	})
}

func FuzzTNEF(f *testing.F) {
	f.Add(sampleTNEF())
	f.Add(tnef(tnefAttribute(1, attBody, []byte("hello")), tnefAttribute(2, attAttachment, tnefProps(tnefProp(propAttachData, propBinary|propMultiple, []byte("x"))))))
	f.Add(tnef(tnefAttribute(1, attMsgProps, tnefProps(tnefProp(propRTF, propBinary, packedRTF(`{\rtf1 a\u241?\'e9{\*b}}`))))))
	f.Fuzz(func(t *testing.T, b []byte) {
		if text := rtfToText(expandRTF(b, 64<<10)); !utf8.ValidString(text) {
			t.Errorf("RTF: %q", text)
		}
		raw := append([]byte("Content-Type: application/ms-tnef\nContent-Transfer-Encoding: binary\n\n"), b...)
		m := ParseBytes(raw, Options{Text: true, HTML: true, Digest: true})
		checkUTF8(t, "fuzz", reflect.ValueOf(m))
		checkAttachments(t, "fuzz", raw, m)
		if len(b) > 0 && (len(m.Attachments) == 0 || len(m.Attachments) > tnefFiles+1) {
			t.Errorf("%d attachments", len(m.Attachments))
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add("A: 1\r\n b\r\n\r\nx")
	f.Add("From x\nA : =?utf-8?q?a?=\nlost\nB: c")
	f.Add("Content-Type: text/plain; a*0*=utf-8''%41; a*1=b; c=\"d")
	f.Fuzz(func(t *testing.T, in string) {
		h, err := ReadHeader(strings.NewReader(in), HeaderLimits{Bytes: 4096, Lines: 100})
		if err != nil && err != ErrHeaderLimit {
			t.Fatal(err)
		}
		for i := range h.Len() {
			name, raw := h.Field(i)
			if !strings.Contains(in, name) {
				t.Errorf("invented the name %q", name)
			}
			if got := h.Get(name); !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n\x00") {
				t.Errorf("%q decodes to %q", raw, got)
			}
			for _, p := range parseMediaType(unfold(raw), "").params {
				if !utf8.ValidString(p.value) {
					t.Errorf("parameter %q", p.value)
				}
			}
			ParseDate(unfold(raw))
			for _, id := range ParseMessageIDs(unfold(raw)) {
				if !utf8.ValidString(id) || strings.ContainsAny(id, "<> \r\n\t") {
					t.Errorf("Message-ID %q", id)
				}
			}
		}
	})
}

func FuzzCharset(f *testing.F) {
	for _, label := range []string{"", "utf-8", "utf-7", "iso-2022-kr", "iso-2022-jp", "hz-gb-2312", "gb2312", "cp932", "utf-16", "x-none", "utf-32"} {
		f.Add([]byte("+AOk-\x1b$)C\x0eGQ~{Dc~}\xff\xfe\xe9"), label)
	}
	f.Fuzz(func(t *testing.T, b []byte, label string) {
		if s, _ := decodeText(b, label); !utf8.ValidString(s) {
			t.Errorf("%q in %q: %q", b, label, s)
		}
		for _, e := range []string{"base64", "quoted-printable", "x-uuencode"} {
			dec, _ := transferReader(bytes.NewReader(b), e)
			want, err := io.ReadAll(dec)
			if err != nil {
				t.Errorf("%s: %v", e, err)
			}
			p := &part{end: int64(len(b))}
			if got, _ := decodeHead(bytes.NewReader(b), p, normalEncoding(e), 1<<20); !bytes.Equal(got, want) {
				t.Errorf("%s: at once %q, streamed %q", e, got, want)
			}
		}
	})
}

func FuzzAddresses(f *testing.F) {
	for _, s := range []string{"a@b", `"a, b" <c@d>, e@f (g)`, "x: a@b;", "joe@b <a@b>", "<<a@b>", "\"(<", "=?utf-8?q?a=2Cb?= <c@d>", "a@bücher.example", "<a\n b@c>", "<a\r\n @b\r\n .c>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, a := range ParseAddressList(s) {
			if !utf8.ValidString(a.Name) || !utf8.ValidString(a.Address) || strings.ContainsAny(a.Name+a.Address, "\r\n\x00") {
				t.Errorf("%q: %q", s, a)
			}
			if a.Address == "" {
				continue
			}
			again := ParseAddressList(a.Address)
			if len(again) != 1 || again[0].Address != a.Address || again[0].Key() != a.Key() {
				t.Errorf("%q: %q reads back as %q", s, a, again)
			}
		}
	})
}

func FuzzQuotes(f *testing.F) {
	f.Add("hello\n\nOn 1 Jan, a <b@c> wrote:\n> x\n\nbye\n-- \nme")
	f.Add("a\n-----Original Message-----\nFrom: x\nTo: y\nSubject: z\n")
	f.Add("> a\nRegards,\nx\nSent from my phone")
	f.Fuzz(func(t *testing.T, s string) {
		s = cleanText(strings.ToValidUTF8(s, ""))
		said, quoted := SplitQuotes(s)
		if squeeze(said+"\n"+quoted) != squeeze(s) {
			t.Errorf("lost words of %q: %q and %q", s, said, quoted)
		}
		previewOf(said, quoted)
		unflow(s, true)
	})
}

func FuzzHTML(f *testing.F) {
	f.Add("<p style='color:red;background:url(x)'>a<script>b</script><a href=javascript:x>c</a><img src=cid:d>")
	f.Add("<style>@import 'x'; p{color:red} @media x{b{c:d}}</style><svg><style><img src=x onerror=y>")
	f.Add("<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">")
	f.Fuzz(func(t *testing.T, s string) {
		safe, _ := SafeHTML(s, HTMLOptions{})
		checkHarmless(t, safe, false)
		if text := HTMLToText(strings.ToValidUTF8(s, "")); !utf8.ValidString(text) {
			t.Errorf("%q", text)
		}
	})
}

func FuzzCompose(f *testing.F) {
	f.Add("Subject", "text", "Name", "file.txt", "X-A")
	f.Add("a\r\nBcc: x", ".\r\n=\x00", "\"\\", "\u202e.exe", "From")
	f.Fuzz(func(t *testing.T, subject, text, name, fileName, value string) {
		d := draft()
		d.Subject, d.Text, d.From.Name = subject, text, name
		d.To[0].Name = name
		d.Header = [][2]string{{"X-Value", value}}
		d.Attachments = []DraftAttachment{file(fileName, "text/plain", []byte(text))}
		var b bytes.Buffer
		if err := Compose(&b, d); err != nil {
			t.Fatal(err)
		}
		raw := b.Bytes()
		if bare := bytes.ReplaceAll(raw, []byte("\r\n"), nil); bytes.ContainsAny(bare, "\r\n\x00") {
			t.Errorf("a bare CR, LF or NUL in %q", raw)
		}
		for l := range bytes.SplitSeq(raw, []byte("\r\n")) {
			if len(l) > 998 {
				t.Errorf("a line of %d octets", len(l))
			}
		}
		m := ParseBytes(raw, Options{Digest: true})
		if m.Header.Len() != 8 && m.Header.Len() != 9 || len(m.Attachments) != 1 || m.FromFields != 1 || m.Attachments[0].Size != int64(len(text)) {
			t.Errorf("reads back as %d fields, %d attachments", m.Header.Len(), len(m.Attachments))
		}
	})
}
