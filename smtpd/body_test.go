package smtpd

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// dripConn is a connection that gives its octets in the given pieces.
type dripConn struct {
	net.Conn
	pieces [][]byte
}

func (d *dripConn) Read(p []byte) (int, error) {
	for len(d.pieces) > 0 && len(d.pieces[0]) == 0 {
		d.pieces = d.pieces[1:]
	}
	if len(d.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(p, d.pieces[0])
	d.pieces[0] = d.pieces[0][n:]
	return n, nil
}

func (d *dripConn) SetReadDeadline(time.Time) error  { return nil }
func (d *dripConn) SetWriteDeadline(time.Time) error { return nil }

// readBody reads a body that comes in the pieces, and what is left after it.
func readBody(pieces ...[]byte) (mail, rest string, err error) {
	raw := &dripConn{pieces: pieces}
	c := &conn{Conn: raw, rw: raw, srv: &Server{o: Options{Timeouts: Timeouts{}.orDefault()}}}
	c.in.read = c.readRaw
	c.in.grow()
	b := &body{c: c, atLineStart: true, start: time.Now()}
	var out bytes.Buffer
	for {
		chunk, err := b.next()
		if err != nil {
			for c.in.fill() == nil { //nolint:revive // reads what is left
			}
			if errors.Is(err, errEndOfData) {
				err = nil
			}
			return out.String(), string(c.in.unread()), err
		}
		out.Write(chunk)
	}
}

func oneByOne(s string) [][]byte {
	var out [][]byte
	for i := range len(s) {
		out = append(out, []byte{s[i]})
	}
	return out
}

func TestBody(t *testing.T) {
	tests := map[string]struct {
		wire, mail, rest string
		cut              bool
	}{
		"empty":                 {wire: ".\r\n", mail: ""},
		"plain":                 {wire: "a\r\nb\r\n.\r\nQUIT\r\n", mail: "a\r\nb\r\n", rest: "QUIT\r\n"},
		"stuffed":               {wire: "..a\r\n...\r\n..\r\n.\r\n", mail: ".a\r\n..\r\n.\r\n"},
		"dot within a line":     {wire: "a.\r\nb.c\r\n.\r\n", mail: "a.\r\nb.c\r\n"},
		"unstuffed dot":         {wire: ".a\r\n.\r\n", mail: "a\r\n"},
		"CR before the end":     {wire: "a\r\r\n.\r\n", mail: "a\r\r\n"}, // go-smtp's own reader misses this end
		"CR after a dot":        {wire: "..\rb\r\n.\r\n", mail: ".\rb\r\n"},
		"only CRs":              {wire: "\r\r\r\n.\r\n", mail: "\r\r\r\n"},
		"cut":                   {wire: "a\r\nb", mail: "a\r\nb", cut: true},
		"cut before the dot":    {wire: "a\r\n", mail: "a\r\n", cut: true},
		"cut within the end":    {wire: "a\r\n.\r", mail: "a\r\n", cut: true},
		"cut with a bare dot":   {wire: "a\r\n.", mail: "a\r\n", cut: true},
		"cut at once":           {wire: "", mail: "", cut: true},
		"longer than any block": {wire: strings.Repeat("x", 200000) + "\r\n.\r\n", mail: strings.Repeat("x", 200000) + "\r\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for how, pieces := range map[string][][]byte{"at once": {[]byte(tt.wire)}, "octet by octet": oneByOne(tt.wire)} {
				mail, rest, err := readBody(pieces...)
				if mail != tt.mail || rest != tt.rest && !tt.cut || (err != nil) != tt.cut {
					t.Errorf("%s: mail %.60q, rest %q, error %v", how, mail, rest, err)
				}
				if tt.cut && !errors.Is(err, errCut) {
					t.Errorf("%s: error %v", how, err)
				}
			}
		})
	}
}

// smugglings are the ends of data that some server somewhere took for CRLF.CRLF.
var smugglings = []string{
	"\n.\n", "\n.\r\n", "\r.\r\n", "\r\n.\n", "\r\n.\r", "\r.\r", "\r.\n", "\n.\r",
	"\n.\n\n", "\r.\r\r", "\r\n.\n\r", "\n\n.\r\n", "\r\r.\r\n", "\n.\r\r\n", "\r\n..\r\n", "\r\n\t.\r\n", "\r\n.\t\r\n",
	"\r\n.\x1a\r\n", "\x00\n.\n\x00", "\r\n\xef\xbb\xbf.\r\n", "\xc2\x85.\xc2\x85", "\xe2\x80\xa8.\xe2\x80\xa8", "\r\n\xe3\x80\x82\r\n", "\f.\f", "\v.\v",
	"\r\n\x00.\r\n", "\r\n.\x00\r\n", "\r\x00\n.\r\n", "\r\n.\r\r\n", "\r\n. \r\n", "\r\n.\r\x00\n", "\n\r.\r\n", "\r\n\x0b.\r\n",
}

// TestSmuggling sends each of them within a body: one mail comes of it, with every octet.
func TestSmuggling(t *testing.T) {
	b := serve(t, nil)
	for _, s := range smugglings {
		t.Run(strings.Trim(strings.ReplaceAll(s, "\x00", `0`), ""), func(t *testing.T) {
			before := len(b.receiver.got())
			c := b.startData(t)
			wire := "Subject: one\r\n\r\nfirst" + s + "MAIL FROM:<eve@evil.test>\r\nRCPT TO:<support@example.com>\r\nDATA\r\nSubject: two\r\n\r\nsecond\r\n.\r\n"
			if err := c.Send([]byte(wire)); err != nil {
				t.Fatal(err)
			}
			expectReply(t, c, 250)
			expect(t, c, "NOOP", 250)
			mails := b.receiver.got()[before:]
			if len(mails) != 1 {
				t.Fatalf("%d mails came of one", len(mails))
			}
			want := strings.TrimSuffix(wire, ".\r\n")
			want = strings.ReplaceAll(want, "\r\n.", "\r\n") // RFC 5321 4.5.2
			if diff := cmp.Diff(want, string(mails[0].raw)); diff != "" {
				t.Errorf("octets (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBareLineEndsAreKept(t *testing.T) {
	b := serve(t, nil)
	c := b.startData(t)
	mail := "Subject: x\r\n\r\nbare\rCR\nLF\x00NUL \xff\r\n"
	if err := c.Send([]byte(mail + ".\r\n")); err != nil {
		t.Fatal(err)
	}
	expectReply(t, c, 250)
	if got := string(b.receiver.one(t).raw); got != mail {
		t.Errorf("kept %q, want %q", got, mail)
	}
}

// unstuff is what a body stands for, written the slow and plain way.
func unstuff(wire string) (mail, rest string, whole bool) {
	s := "\r\n" + wire
	end := strings.Index(s, "\r\n.\r\n")
	if end < 0 {
		return "", "", false
	}
	mail = strings.TrimPrefix(strings.ReplaceAll(s[:end]+"\r\n", "\r\n.", "\r\n"), "\r\n")
	return mail, s[end+5:], true
}

func FuzzBody(f *testing.F) {
	for _, s := range smugglings {
		f.Add("a"+s+"b\r\n.\r\nQUIT\r\n", 3)
	}
	f.Add("..\r\n.\r\n\r\n.\r\n", 1)
	f.Fuzz(func(t *testing.T, wire string, step int) {
		if len(wire) > 4<<10 {
			return
		}
		step = max(step, -step, 1)
		var pieces [][]byte
		for rest := []byte(wire); len(rest) > 0; {
			n := min(step, len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		mail, rest, err := readBody(pieces...)
		wantMail, wantRest, whole := unstuff(wire)
		if whole != (err == nil) {
			t.Fatalf("whole is %v, error %v", whole, err)
		}
		if whole && (mail != wantMail || !strings.HasPrefix(wantRest, rest) && rest != wantRest) {
			t.Fatalf("mail %q, want %q; rest %q, want %q", mail, wantMail, rest, wantRest)
		}
	})
}
