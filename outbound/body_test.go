package outbound

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"recado/internal/mailtest"
)

func TestCopyBody(t *testing.T) {
	tests := []struct {
		name, in string
		bad      bool
	}{
		{"empty", "", false},
		{"dots", ".\r\n..\r\n.a\r\na.\r\n", false},
		{"dots without a line end", "a\r\n.", false},
		{"smuggling: LF dot LF", "a\r\n\n.\n", true},
		{"smuggling: LF dot CRLF", "a\n.\r\n", true},
		{"smuggling: CR dot CR", "a\r.\r", true},
		{"smuggling: CR dot CRLF", "a\r.\r\n", true},
		{"smuggling: CR CRLF", "a\r\r\n.\r\n", true},
		{"a carriage return at the end", "a\r", true},
		{"NUL", "a\x00\r\n", true},
	}
	for _, tt := range tests {
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader([]byte(tt.in)), "octet by octet": iotest.OneByteReader(bytes.NewReader([]byte(tt.in)))} {
			t.Run(tt.name+", "+name, func(t *testing.T) {
				var out bytes.Buffer
				err := copyBody(bufio.NewWriter(&out), r, func() {})
				if tt.bad {
					if !errors.Is(err, errForm) {
						t.Errorf("%v: %q", err, out.String())
					}
					return
				}
				want := string(mailtest.DotStuff([]byte(tt.in)))
				if tt.in == "" {
					want = ".\r\n"
				}
				if got := out.String() + ".\r\n"; err != nil || got != want {
					t.Errorf("%v: %q, want %q", err, got, want)
				}
			})
		}
	}
	if err := copyBody(bufio.NewWriter(io.Discard), iotest.ErrReader(io.ErrUnexpectedEOF), func() {}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a mail that cannot be read: %v", err)
	}
}

// FuzzCopyBody: whatever is sent, the relay reads back as one mail, the same, or it is refused.
func FuzzCopyBody(f *testing.F) {
	for _, s := range []string{"a\r\n.b\r\n", "\r\n.\r\n", "a\r.\r\n", ".", "\n.\n"} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, in []byte, piece int) {
		var out bytes.Buffer
		r := io.Reader(bytes.NewReader(in))
		if piece > 0 {
			r = bufio.NewReaderSize(r, 16+piece%64)
		}
		if copyBody(bufio.NewWriterSize(&out, 16), r, func() {}) != nil {
			return
		}
		out.WriteString(".\r\n")
		got, rest := unstuff(out.Bytes())
		if len(rest) > 0 {
			t.Fatalf("%q leaves as more than one mail: %q", in, out.Bytes())
		}
		if len(in) > 0 && !bytes.HasSuffix(in, []byte("\r\n")) {
			in = append(in, "\r\n"...)
		}
		if !bytes.Equal(got, in) {
			t.Fatalf("%q arrives as %q", in, got)
		}
	})
}

// unstuff reads as lax servers do, which take a bare LF or CR for a line's end.
func unstuff(b []byte) (mail, rest []byte) {
	start := true
	for i := 0; i < len(b); i++ {
		c := b[i]
		if start && c == '.' {
			if next := b[i+1:]; len(next) > 0 && (next[0] == '\n' || next[0] == '\r') {
				return mail, bytes.TrimPrefix(bytes.TrimPrefix(next, []byte("\r")), []byte("\n"))
			}
			start = false
			continue
		}
		start = c == '\n' || c == '\r' && i+1 < len(b) && b[i+1] != '\n'
		mail = append(mail, c)
	}
	return mail, []byte("no end")
}
