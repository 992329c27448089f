package message

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// uuencode writes data as uuencode(1) does.
func uuencode(name string, data []byte) string {
	var b strings.Builder
	fmt.Fprintf(&b, "begin 644 %s\n", name)
	digit := func(v byte) byte {
		if v &= 0x3f; v == 0 {
			return '`'
		}
		return v + ' '
	}
	for len(data) > 0 {
		n := min(len(data), 45)
		b.WriteByte(digit(byte(n)))
		for i := 0; i < n; i += 3 {
			var g [3]byte
			copy(g[:], data[i:n])
			b.Write([]byte{digit(g[0] >> 2), digit(g[0]<<4 | g[1]>>4), digit(g[1]<<2 | g[2]>>6), digit(g[2])})
		}
		b.WriteByte('\n')
		data = data[n:]
	}
	b.WriteString("`\nend\n")
	return b.String()
}

func TestUuencodeInText(t *testing.T) {
	pdf := []byte("%PDF\x00\x01\xff and so on, longer than the forty-five octets of a line, to be sure")
	file := uuencode("a b.pdf", pdf)
	lost := strings.TrimSuffix(file, "`\nend\n")
	attached := fmt.Sprintf(" | a b.pdf application/octet-stream %q", pdf)
	tests := []struct{ name, raw, want string }{
		{"between text", "Subject: a\n\nsee\n" + file + "bye\n", `text "see\nbye"` + attached},
		{"nothing else", "Subject: a\n\n" + file, `text ""` + attached},
		{"two", "Subject: a\n\nsee\n" + file + "\n" + file, `text "see"` + attached + attached},
		{"spaces for zeros, lost at line ends", "Subject: a\n\n" + strings.ReplaceAll(strings.ReplaceAll(file, "`", " "), " \n", "\n"), `text ""` + attached},
		{"no end", "Subject: a\n\nsee\n" + lost, `text "see"` + attached},
		{"no end, text follows", "Subject: a\n\nsee\n" + lost + "bye, all\n", `text "see\nbye, all"` + attached},
		{"in a part", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n" + file + "--x\nContent-Type: image/png\n\nPNG\n--x--\n",
			`text "see"` + attached + ` | attachment-2.png image/png "PNG"`},
		{"path in its name", "Subject: a\n\n" + strings.Replace(file, "a b.pdf", "../../etc/a b.pdf", 1), `text ""` + attached},
		{"prose", "Subject: a\n\nbegin 644 the work\nand end\n", `text "begin 644 the work\nand end"`},
		{"an end alone", "Subject: a\n\nbegin 644 x\nend\n", `text "begin 644 x\nend"`},
		{"in an attached text", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nsee\n--x\nContent-Disposition: attachment; filename=b.txt\n\nbegin 644 x\n#86)C\nend\n--x--\n",
			`text "see" | b.txt text/plain "begin 644 x\n#86)C\nend"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := outline(t, tt.raw, parse(t, tt.raw)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A large file in a text goes through windows, and the text behind it is not lost to a limit.
func TestUuencodeLarge(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789\x00\xff"), 40000)
	raw := "Subject: a\n\n" + strings.Repeat("before ", 20000) + "\n" + uuencode("a.bin", data) + "after\n"
	m, err := Parse(strings.NewReader(raw), int64(len(raw)), Options{Text: true, Limits: Limits{TextBytes: 200000}})
	if err != nil {
		t.Fatal(err)
	}
	if m.Truncated || !strings.HasSuffix(m.Text, "before \nafter") || len(m.Attachments) != 1 {
		t.Fatalf("truncated %t, %d attachments, text %.100q", m.Truncated, len(m.Attachments), m.Text)
	}
	_, r, err := OpenAttachment(strings.NewReader(raw), int64(len(raw)), 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d octets, want %d (%v)", len(got), len(data), err)
	}
}
