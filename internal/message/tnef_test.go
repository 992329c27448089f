package message

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// A TNEF is written here as [MS-OXTNEF] lays it out.

func le32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }
func le16(v uint16) []byte { return binary.LittleEndian.AppendUint16(nil, v) }

func tnef(attributes ...[]byte) []byte {
	return append(append(le32(tnefSignature), 1, 0), bytes.Join(attributes, nil)...)
}

func tnefAttribute(level byte, id uint32, data []byte) []byte {
	var sum uint16
	for _, c := range data {
		sum += uint16(c)
	}
	return bytes.Join([][]byte{{level}, le32(id), le32(uint32(len(data))), data, le16(sum)}, nil)
}

func tnefProps(props ...[]byte) []byte {
	return append(le32(uint32(len(props))), bytes.Join(props, nil)...)
}

func tnefProp(id, kind uint16, value []byte) []byte {
	b := append(le16(kind), le16(id)...)
	if id >= 0x8000 { // named by a string
		b = append(append(b, make([]byte, 16)...), bytes.Join([][]byte{le32(1), le32(6), utf16le("ab\x00"), {0, 0}}, nil)...)
	}
	if fixedSize(kind) == 0 {
		b = append(append(b, le32(1)...), le32(uint32(len(value)))...)
	}
	return append(append(b, value...), make([]byte, padded(int64(len(value)))-int64(len(value)))...)
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func sampleTNEF() []byte {
	inner := tnef(
		tnefAttribute(2, attAttachRendData, make([]byte, 14)),
		tnefAttribute(2, attAttachTitle, []byte("inner.txt\x00")),
		tnefAttribute(2, attAttachData, []byte("within")),
	)
	return tnef(
		tnefAttribute(1, attOemCodepage, append(le32(1252), 0, 0, 0, 0)),
		tnefAttribute(1, attMsgProps, tnefProps(
			tnefProp(0x8001, propUnicode, utf16le("named\x00")),
			tnefProp(0x0037, propString8, []byte("a subject\x00")),
			tnefProp(0x0e06, 0x0040, make([]byte, 8)),
			tnefProp(propInternetCodepage, propInt32, le32(28591)),
			tnefProp(propBody, propUnicode, utf16le("¿Cuándo llega?\r\n\x00")),
			tnefProp(propHTML, propBinary, []byte("<p>\xbfCu\xe1ndo llega?</p><img src='cid:logo@x'>")),
		)),
		tnefAttribute(2, attAttachRendData, make([]byte, 14)),
		tnefAttribute(2, attAttachTitle, []byte("FACTUR~1.PDF\x00")),
		tnefAttribute(2, attAttachData, []byte("%PDF\x00\xff")),
		tnefAttribute(2, attAttachment, tnefProps(
			tnefProp(propAttachLongName, propUnicode, utf16le("factura año.pdf\x00")),
			tnefProp(propAttachMimeTag, propString8, []byte("application/pdf\x00")),
		)),
		tnefAttribute(2, attAttachRendData, make([]byte, 14)),
		tnefAttribute(2, attAttachTitle, []byte("a\xf1o.png\x00")),
		tnefAttribute(2, attAttachData, []byte("PNG")),
		tnefAttribute(2, attAttachment, tnefProps(tnefProp(propAttachContentID, propString8, []byte("logo@x\x00")))),
		tnefAttribute(2, attAttachRendData, make([]byte, 14)),
		tnefAttribute(2, attAttachTitle, []byte("a mail\x00")),
		tnefAttribute(2, attAttachment, tnefProps(tnefProp(propAttachData, propObject, append(make([]byte, 16), inner...)))),
	)
}

func base64Lines(b []byte) string {
	s := base64.StdEncoding.EncodeToString(b)
	var out strings.Builder
	for len(s) > 76 {
		out.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return out.String() + s + "\n"
}

// namesAndOctets lists attachments as "name type octets".
func namesAndOctets(t *testing.T, raw string, m *Message) []string {
	t.Helper()
	var out []string
	for i, a := range m.Attachments {
		_, r, err := OpenAttachment(strings.NewReader(raw), int64(len(raw)), i)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || int64(len(data)) != a.Size {
			t.Errorf("%s: %d octets, said to have %d (%v)", a.Name, len(data), a.Size, err)
		}
		out = append(out, a.Name+" "+a.Type+" "+string(data))
	}
	return out
}

func TestTNEF(t *testing.T) {
	wrapped := sampleTNEF()
	inner := wrapped[bytes.LastIndex(wrapped, le32(tnefSignature)):]
	inner = inner[:len(inner)-2] // the checksum of the attribute that it stands in
	inner = bytes.TrimRight(inner, "\x00")
	files := []string{"winmail.dat application/ms-tnef " + string(wrapped), "factura año.pdf application/pdf %PDF\x00\xff",
		"año.png application/octet-stream PNG", "a mail application/ms-tnef " + string(inner), "inner.txt application/octet-stream within"}
	const head = "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
	t.Run("alone", func(t *testing.T) {
		raw := head + base64Lines(wrapped)
		m := parse(t, raw)
		if m.Text != "¿Cuándo llega?" || m.HTML != "<p>¿Cuándo llega?</p><img src='cid:logo@x'>" || m.Preview != "¿Cuándo llega?" {
			t.Errorf("text %q, html %q, preview %q", m.Text, m.HTML, m.Preview)
		}
		if d := cmp.Diff(files, namesAndOctets(t, raw, m)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if a := m.Attachments[2]; a.ContentID != "logo@x" || !a.Inline {
			t.Errorf("the image: %+v", a)
		}
	})
	t.Run("beside text", func(t *testing.T) {
		raw := "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhello\n--x\n" + head + base64Lines(wrapped) + "--x\nContent-Type: image/gif\n\nGIF\n--x--\n"
		m := parse(t, raw)
		if m.Text != "hello" || m.HTML != "" {
			t.Errorf("text %q, html %q", m.Text, m.HTML)
		}
		if d := cmp.Diff(append(files[:5:5], "attachment-6.gif image/gif GIF"), namesAndOctets(t, raw, m)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	t.Run("not encoded", func(t *testing.T) {
		raw := strings.Replace(head, "base64", "binary", 1) + string(wrapped)
		m := ParseBytes([]byte(raw), Options{Text: true, Digest: true})
		if d := cmp.Diff(files, namesAndOctets(t, raw, m)); d != "" || m.Text != "¿Cuándo llega?" {
			t.Errorf("text %q (-want +got):\n%s", m.Text, d)
		}
	})
	t.Run("only named so", func(t *testing.T) {
		raw := strings.Replace(head, "application/ms-tnef", "application/octet-stream", 1) + base64Lines(wrapped)
		if m := parse(t, raw); len(m.Attachments) != 5 {
			t.Errorf("%d attachments", len(m.Attachments))
		}
	})
	t.Run("cut anywhere", func(t *testing.T) {
		for n := range len(wrapped) {
			raw := head + base64Lines(wrapped[:n])
			m := ParseBytes([]byte(raw), Options{Text: true, HTML: true, Digest: true})
			if len(m.Attachments) == 0 || m.Attachments[0].Size != int64(n) {
				t.Fatalf("at %d: %+v", n, m.Attachments)
			}
			checkAttachments(t, "cut", []byte(raw), m)
		}
	})
	t.Run("something else", func(t *testing.T) {
		if m := parse(t, head+base64Lines([]byte("not a TNEF at all"))); len(m.Attachments) != 1 || m.Text != "" {
			t.Errorf("%+v", m)
		}
	})
}

// Files of many chunks are found and read exactly, and each limit is said.
func TestTNEFLarge(t *testing.T) {
	var attributes [][]byte
	want := map[string][]byte{}
	for i := range 3 {
		data := bytes.Repeat([]byte{byte(i), 1, 2, 3, 4, 5, 6}, 30000+i)
		name := string(rune('a'+i)) + ".bin"
		want[name] = data
		attributes = append(attributes, tnefAttribute(2, attAttachRendData, make([]byte, 14)),
			tnefAttribute(2, attAttachTitle, []byte(name+"\x00")), tnefAttribute(2, attAttachData, data))
	}
	raw := "Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n" + base64Lines(tnef(attributes...))
	m := ParseBytes([]byte(raw), Options{Digest: true})
	for i := len(m.Attachments) - 1; i > 0; i-- { // backwards: nothing depends on the order
		_, r, err := OpenAttachment(strings.NewReader(raw), int64(len(raw)), i)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want[m.Attachments[i].Name]) {
			t.Errorf("%s: %d octets (%v)", m.Attachments[i].Name, len(got), err)
		}
	}
	if len(m.Attachments) != 4 {
		t.Errorf("%d attachments", len(m.Attachments))
	}
	attributes = nil
	for range tnefFiles + 5 {
		attributes = append(attributes, tnefAttribute(2, attAttachRendData, nil), tnefAttribute(2, attAttachData, []byte("x")))
	}
	raw = "Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n" + base64Lines(tnef(attributes...))
	if m := ParseBytes([]byte(raw), Options{}); len(m.Attachments) != tnefFiles+1 || !m.Truncated || len(m.Notes) != 1 {
		t.Errorf("%d attachments, truncated %t, notes %q", len(m.Attachments), m.Truncated, m.Notes)
	}
}
