package message

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func TestDecodeText(t *testing.T) {
	tests := []struct {
		name, label, in, want string
		ok                    bool
	}{
		{"ascii", "", "abc", "abc", true},
		{"utf-8", "utf-8", "caf\xc3\xa9", "café", true},
		{"quoted label", `"UTF-8"`, "caf\xc3\xa9", "café", true},
		{"latin1 as windows-1252", "iso-8859-1", "\x80 a\xf1o", "€ año", true},
		{"latin9", "iso-8859-15", "\xa4", "€", true},
		{"utf-8 said to be latin1", "iso-8859-1", "caf\xc3\xa9", "café", true},
		{"latin1 said to be utf-8", "utf-8", "caf\xe9", "café", false},
		{"latin1 said to be ascii", "us-ascii", "caf\xe9", "café", false},
		{"no label, latin1", "", "caf\xe9", "café", false},
		{"unknown label", "x-klingon", "caf\xe9", "café", false},
		{"unknown label, utf-8", "x-klingon", "caf\xc3\xa9", "café", false},
		{"cp-850", "cp-850", "caf\x82", "café", true},
		{"cp850", "cp850", "caf\x82", "café", true},
		{"ibm437", "IBM437", "caf\x82", "café", true},
		{"koi8-r", "koi8-r", "\xd0\xd2\xc9\xd7\xc5\xd4", "привет", true},
		{"windows-1251", "windows-1251", "\xef\xf0\xe8\xe2\xe5\xf2", "привет", true},
		{"cp1251", "cp1251", "\xef\xf0\xe8\xe2\xe5\xf2", "привет", true},
		{"gb2312 as gb18030", "gb2312", "\xc4\xe3\xba\xc3", "你好", true},
		{"big5", "big5", "\xa7\x41\xa6\x6e", "你好", true},
		{"cp932", "cp932", "\x93\xfa\x96\x7b", "日本", true},
		{"shift_jis", "Shift_JIS", "\x93\xfa\x96\x7b", "日本", true},
		{"euc-jp", "euc-jp", "\xc6\xfc\xcb\xdc", "日本", true},
		{"iso-2022-jp", "iso-2022-jp", "\x1b$BF|K\\\x1b(B", "日本", true},
		{"ks_c_5601", "ks_c_5601-1987", "\xc7\xd1\xb1\xdb", "한글", true},
		{"cp949", "cp949", "\xc7\xd1\xb1\xdb", "한글", true},
		{"iso-2022-kr", "iso-2022-kr", "\x1b$)C\x0eGQ1[\x0f", "한글", true},
		{"iso-2022-cn", "iso-2022-cn", "\x1b$)A\x0eDc:C\x0f", "你好", true},
		{"hz", "hz-gb-2312", "~{Dc:C~}", "你好", true},
		{"utf-7", "utf-7", "caf+AOk- 1 +- 1", "café 1 + 1", true},
		{"utf-7, unclosed", "utf-7", "+AOk", "é", true},
		{"utf-16 with mark", "utf-16", "\xff\xfea\x00\xe9\x00", "aé", true},
		{"utf-16le", "utf-16le", "a\x00\xe9\x00", "aé", true},
		{"utf-8 with mark", "", "\xef\xbb\xbfcaf\xc3\xa9", "café", true},
		{"gbk that is utf-8", "gbk", "caf\xc3\xa9\xc3", "", false},
		{"utf8mb4", "utf8mb4", "caf\xc3\xa9", "café", true},
		{"iso88591", "ISO88591", "caf\xe9", "café", true},
		{"macintosh", "macintosh", "caf\x8e", "café", true},
		{"tis-620", "tis-620", "\xca\xc7\xd1\xca\xb4\xd5", "สวัสดี", true},
		{"big5 without a label", "", strings.Repeat("\xa7\x41\xa6\x6e\xa1\x41\xa7\xda\xac\x4f\xa4\x48\xa1\x43", 3), strings.Repeat("你好，我是人。", 3), false},
		{"gbk without a label", "", strings.Repeat("\xc4\xe3\xba\xc3\xa3\xac\xce\xd2\xca\xc7\xc8\xcb\xa1\xa3", 3), strings.Repeat("你好，我是人。", 3), false},
		{"windows-1251 without a label", "us-ascii", "\xcf\xf0\xe8\xe2\xe5\xf2, \xea\xe0\xea \xe4\xe5\xeb\xe0? \xcd\xe0\xef\xe8\xf8\xe8\xf2\xe5 \xec\xed\xe5", "Привет, как дела? Напишите мне", false},
		{"koi8-r without a label", "us-ascii", "\xf0\xd2\xc9\xd7\xc5\xd4, \xcb\xc1\xcb \xc4\xc5\xcc\xc1? \xee\xc1\xd0\xc9\xdb\xc9\xd4\xc5 \xcd\xce\xc5", "Привет, как дела? Напишите мне", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := decodeText([]byte(tt.in), tt.label)
			if !utf8.ValidString(got) {
				t.Errorf("not UTF-8: %q", got)
			}
			if tt.want != "" && (got != tt.want || ok != tt.ok) {
				t.Errorf("got %q, %v, want %q, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestTransferReader(t *testing.T) {
	tests := []struct{ name, encoding, in, want string }{
		{"base64", "base64", "aGVs\r\nbG8=\r\n", "hello"},
		{"base64 with garbage", "BASE64", "aG*Vs\r\n!!bG8=", "hello"},
		{"base64 unpadded", "base64", "aGVsbG8", "hello"},
		{"base64 padded in the middle", "base64", "aGVsbG8=aGVsbG8=", "hellohello"},
		{"base64 with a parameter", "base64; charset=x", "aGVsbG8=", "hello"},
		{"base64 misspelt", "base-64", "aGVsbG8=", "hello"},
		{"base64 one left over", "base64", "aGVsbG8aQ", "hello\x1a"},
		{"qp", "quoted-printable", "caf=C3=A9=\r\n!", "café!"},
		{"qp lower case", "Quoted-Printable", "caf=c3=a9", "café"},
		{"qp soft break with spaces", "quoted-printable", "a= \t\r\nb", "ab"},
		{"qp LF", "quoted-printable", "a=\nb", "ab"},
		{"qp invalid", "quoted-printable", "1=2 and =XY =", "1=2 and =XY "},
		{"qp trailing space", "quoted-printable", "a  \r\nb", "a\r\nb"},
		{"qp space at the end", "quoted-printable", "a=20", "a "},
		{"qp 8-bit", "quoted-printable", "caf\xc3\xa9", "café"},
		{"uuencode", "x-uuencode", "begin 644 a.txt\n%:&5L;&\\\n`\nend\n", "hello"},
		{"7bit", "7bit", "hello", "hello"},
		{"unknown", "x-rot13", "hello", "hello"},
		{"none", "", "hello", "hello"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in)), iotest.DataErrReader(strings.NewReader(tt.in))} {
				dec, known := transferReader(r, tt.encoding)
				got, err := io.ReadAll(dec)
				if err != nil || string(got) != tt.want {
					t.Errorf("got %q (%v), want %q", got, err, tt.want)
				}
				if known != (tt.encoding != "x-rot13") {
					t.Errorf("known: %v", known)
				}
			}
		})
	}
}

func TestTransferReaderFault(t *testing.T) {
	fault := errors.New("disk gone")
	for _, encoding := range []string{"base64", "quoted-printable", "x-uuencode", "8bit"} {
		dec, _ := transferReader(iotest.ErrReader(fault), encoding)
		if _, err := io.ReadAll(dec); !errors.Is(err, fault) {
			t.Errorf("%s: %v", encoding, err)
		}
	}
}

func TestQuotedPrintableLongLines(t *testing.T) {
	var in, want bytes.Buffer
	for range 3000 {
		in.WriteString("=C3=A9 =\r\n")
		want.WriteString("é ")
	}
	in.WriteString(strings.Repeat(" ", 10000) + "x" + strings.Repeat("y", 20000))
	want.WriteString(strings.Repeat(" ", 10000) + "x" + strings.Repeat("y", 20000))
	dec, _ := transferReader(&in, "quoted-printable")
	got, err := io.ReadAll(dec)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d octets (%v), want %d", len(got), err, want.Len())
	}
}
