package message

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestReadHeader(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want []string // name=decoded value
		rest string   // what the body begins with
	}{
		{"plain", "A: 1\r\nB: 2\r\n\r\nbody", []string{"A=1", "B=2"}, "body"},
		{"LF only", "A: 1\nB: 2\n\nbody", []string{"A=1", "B=2"}, "body"},
		{"CR only", "A: 1\rB: 2\r\rbody", []string{"A=1", "B=2"}, "body"},
		{"bare CR is no line end elsewhere", "A: 1\rB: 2\r\nC: 3\r\n\r\nbody", []string{"A=1 B: 2", "C=3"}, "body"},
		{"folded", "A: one\r\n two\r\n\tthree\r\n\r\n", []string{"A=one two three"}, ""},
		{"mbox line", "From joe@example.com Mon Jan 1\nA: 1\n\nbody", []string{"A=1"}, "body"},
		{"quoted mbox line within", "A: 1\n>From joe@example.com Mon Jan 1\nSubject: 2\n\nbody", []string{"A=1", "Subject=2"}, "body"},
		{"space before colon", "A : 1\nSubject\t: 2\n\n", []string{"A=1", "Subject=2"}, ""},
		{"fold without white space", "Subject: a\nlost line\nFrom: x@y\n\nbody", []string{"Subject=a lost line", "From=x@y"}, "body"},
		{"parameter without white space", "Content-Type: multipart/mixed;\nboundary=\"x\"\n\nbody", []string{`Content-Type=multipart/mixed; boundary="x"`}, "body"},
		{"missing blank line", "Subject: a\nDear sir,\nI write.\n\nYours", []string{"Subject=a"}, "Dear sir,"},
		{"no header at all", "Dear sir,\nI write.\n", nil, "Dear sir,"},
		{"blank line first", "\nSubject: a\n\nbody", []string{"Subject=a"}, "body"},
		{"blank folded line", "Subject: a\n \nFrom: x@y\n\nbody", []string{"Subject=a", "From=x@y"}, "body"},
		{"white space line before the body", "Subject: a\n \nbody", []string{"Subject=a"}, "body"},
		{"8-bit name", "Ünvalid: 1\nSubject: a\n\n", []string{"Ünvalid=1", "Subject=a"}, ""},
		{"raw UTF-8", "Subject: ¿Cuándo?\n\n", []string{"Subject=¿Cuándo?"}, ""},
		{"raw windows-1252", "Subject: a\xf1o \x80\n\n", []string{"Subject=año €"}, ""},
		{"controls go", "Subject: a\x00b\x1bc\u202ed\n\n", []string{"Subject=abcd"}, ""},
		{"empty", "", nil, ""},
		{"unterminated", "Subject: a", []string{"Subject=a"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newLineScanner(strings.NewReader(tt.in), int64(len(tt.in)))
			h := readHeader(s, HeaderLimits{Bytes: 1000, Lines: 100}, nil).header
			var got []string
			for i := range h.Len() {
				name, raw := h.Field(i)
				got = append(got, name+"="+h.decode(unfold(raw)))
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("fields (-want +got):\n%s", d)
			}
			if ln, _ := s.next(); !strings.HasPrefix(string(ln.text), tt.rest) {
				t.Errorf("body begins with %q, want %q", ln.text, tt.rest)
			}
		})
	}
}

func TestReadHeaderLimits(t *testing.T) {
	in := "A: 1\r\nB: " + strings.Repeat("x", 500) + "\r\n\r\n"
	h, err := ReadHeader(strings.NewReader(in), HeaderLimits{Bytes: 100, Lines: 10})
	if !errors.Is(err, ErrHeaderLimit) || h.Get("A") != "1" || h.Has("B") {
		t.Errorf("over the limit of octets: %v, %d fields", err, h.Len())
	}
	in = strings.Repeat("A: 1\r\n", 20) + "\r\n"
	h, err = ReadHeader(strings.NewReader(in), HeaderLimits{Bytes: 10000, Lines: 10})
	if !errors.Is(err, ErrHeaderLimit) || h.Count("a") != 10 {
		t.Errorf("over the limit of lines: %v, %d fields", err, h.Len())
	}
	fault := errors.New("disk gone")
	_, err = ReadHeader(io.MultiReader(strings.NewReader("A: 1\r\n"), iotest.ErrReader(fault)), HeaderLimits{Bytes: 100, Lines: 10})
	if !errors.Is(err, fault) {
		t.Errorf("a fault of the source: %v", err)
	}
}

func TestHeaderAccess(t *testing.T) {
	h, err := ReadHeader(strings.NewReader("Received: a\r\nreceived: b\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n x\r\n\r\n"), HeaderLimits{1000, 100})
	if err != nil {
		t.Fatal(err)
	}
	if h.Count("RECEIVED") != 2 || h.Get("subject") != "café x" || h.Raw("Subject") != "=?utf-8?q?caf=C3=A9?= x" || h.Has("To") {
		t.Errorf("got %d, %q, %q", h.Count("RECEIVED"), h.Get("subject"), h.Raw("Subject"))
	}
	if d := cmp.Diff([]string{"a", "b"}, h.Values("Received")); d != "" {
		t.Error(d)
	}
}

func TestDecodeWords(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"Q", "=?iso-8859-1?Q?a=F1o_nuevo?=", "año nuevo"},
		{"B", "=?UTF-8?B?Y2Fmw6k=?=", "café"},
		{"text around", "Re: =?utf-8?q?caf=C3=A9?= today", "Re: café today"},
		{"space between words goes", "=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
		{"space before text stays", "=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
		{"split in a character", "=?utf-8?B?w4M=?= =?utf-8?Q?=C3?= =?utf-8?Q?=A9?=", "Ãé"},
		{"spaces inside", "=?utf-8?Q?hello there?=", "hello there"},
		{"mixed charsets", "=?iso-8859-1?q?=E9?= =?koi8-r?q?=C1?=", "éа"},
		{"language", "=?utf-8*es?q?hola?=", "hola"},
		{"in quotes", `"=?utf-8?q?caf=C3=A9?="`, `"café"`},
		{"adjoining text", "x=?utf-8?q?a?=y", "xay"},
		{"equals sign first", "=?utf-8?Q?=41?=", "A"},
		{"base64 without padding", "=?utf-8?B?Y2Fmw6k?=", "café"},
		{"wrong charset", "=?us-ascii?Q?caf=C3=A9?=", "café"},
		{"unknown charset", "=?x-none?Q?caf=C3=A9?=", "café"},
		{"unknown encoding stays", "=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
		{"unterminated stays", "=?utf-8?Q?abc", "=?utf-8?Q?abc"},
		{"gb2312 beyond its set", "=?gb2312?B?6Zc=?=", "闂"},
		{"iso-2022-jp", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := decodeWords(tt.in, ""); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMediaType(t *testing.T) {
	tests := []struct{ name, in, value, param, want string }{
		{"plain", "text/plain; charset=utf-8", "text/plain", "charset", "utf-8"},
		{"quoted", `text/plain; charset="utf-8"`, "text/plain", "charset", "utf-8"},
		{"spaces", `Text/Plain ; Charset = "utf-8" `, "text/plain", "charset", "utf-8"},
		{"single quotes stay for the charset to drop", "text/plain; charset='utf-8'", "text/plain", "charset", "'utf-8'"},
		{"unquoted spaces", "attachment; filename=my file.pdf", "attachment", "filename", "my file.pdf"},
		{"unquoted 8-bit", "attachment; filename=caf\xe9.pdf", "attachment", "filename", "café.pdf"},
		{"unterminated quote", `attachment; filename="a.pdf`, "attachment", "filename", "a.pdf"},
		{"unterminated quote before another", `attachment; filename="a.pdf; size=3`, "attachment", "filename", "a.pdf"},
		{"repeated", "multipart/mixed; boundary=a; boundary=b", "multipart/mixed", "boundary", "a"},
		{"no semicolon", "text/plain charset=utf-8", "text/plain", "charset", "utf-8"},
		{"unquoted equals", "multipart/mixed; boundary=a=b", "multipart/mixed", "boundary", "a=b"},
		{"escaped quote", `attachment; filename="a\"b.pdf"`, "attachment", "filename", `a"b.pdf`},
		{"windows path", `attachment; filename="C:\dir\new.pdf"`, "attachment", "filename", `C:\dir\new.pdf`},
		{"comment", "text/plain (really); charset=utf-8", "text/plain", "charset", "utf-8"},
		{"RFC 2231", "attachment; filename*=utf-8''caf%C3%A9.pdf", "attachment", "filename", "café.pdf"},
		{"RFC 2231 continued", "attachment; filename*0*=utf-8''caf%C3; filename*1*=%A9; filename*2=\".pdf\"", "attachment", "filename", "café.pdf"},
		{"RFC 2231 out of order", "attachment; filename*1=b.pdf; filename*0=a", "attachment", "filename", "ab.pdf"},
		{"RFC 2231 outweighs plain", "attachment; filename=x.pdf; filename*=utf-8''y.pdf", "attachment", "filename", "y.pdf"},
		{"RFC 2231 quoted", `attachment; filename*="utf-8''caf%C3%A9.pdf"`, "attachment", "filename", "café.pdf"},
		{"RFC 2231 one quote", "attachment; filename*=utf-8'caf%C3%A9.pdf", "attachment", "filename", "café.pdf"},
		{"RFC 2231 no charset", "attachment; filename*=caf%C3%A9.pdf", "attachment", "filename", "café.pdf"},
		{"RFC 2231 iso-8859-1", "attachment; filename*=iso-8859-1'es'a%F1o.pdf", "attachment", "filename", "año.pdf"},
		{"encoded word", `attachment; filename="=?utf-8?q?caf=C3=A9.pdf?="`, "attachment", "filename", "café.pdf"},
		{"encoded word, unquoted", "attachment; filename==?utf-8?q?caf=C3=A9.pdf?=", "attachment", "filename", "café.pdf"},
		{"encoded words in continuations", `attachment; filename*0="=?utf-8?q?caf="; filename*1="C3=A9?="`, "attachment", "filename", "café"},
		{"only parameters", "charset=utf-8", "", "charset", "utf-8"},
		{"empty", "", "", "charset", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := parseMediaType(tt.in, "")
			if m.value != tt.value || m.param(tt.param) != tt.want {
				t.Errorf("got %q and %q, want %q and %q", m.value, m.param(tt.param), tt.value, tt.want)
			}
		})
	}
}

// What of a header is not read is said, be it one long line or many addresses.
func TestHeaderThatIsNotReadWhole(t *testing.T) {
	list := func(n int, sep string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "user%d@example.com,%s", i, sep)
		}
		return b.String() + "last@example.com"
	}
	for _, tt := range []struct {
		name, to  string
		least     int
		truncated bool
	}{
		{"folded", list(900, "\r\n "), 901, false},
		{"in one line", list(900, " "), 901, false},
		{"in a line beyond the buffer", list(3000, " "), 900, true},
		{"more than are read", list(1500, "\r\n "), 1000, true},
	} {
		m := ParseBytes([]byte("From: a@b.example\r\nTo: "+tt.to+"\r\nSubject: x\r\n\r\nhi"), Options{Text: true})
		if len(m.To) < tt.least || m.Truncated != tt.truncated || m.Subject != "x" || m.Text != "hi" {
			t.Errorf("%s: %d addresses, truncated %t, subject %q, text %q", tt.name, len(m.To), m.Truncated, m.Subject, m.Text)
		}
	}
}
