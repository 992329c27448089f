package inbox

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"recado/internal/message"
)

// halves is a picture whose left half is red, and whose right half is blue.
func halves(width, height int) image.Image {
	m := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}})
	for y := range height {
		for x := width / 2; x < width; x++ {
			m.SetColorIndex(x, y, 1)
		}
	}
	return m
}

func encoded(t *testing.T, encode func(io.Writer, image.Image) error, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hugePNG says that it is of a size that nobody could decode.
func hugePNG(width, height uint32) []byte {
	head := []byte("IHDR")
	head = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(head, width), height)
	head = append(head, 8, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, head...), crc32.ChecksumIEEE(head))
}

// greyJPEG is a progressive JPEG of nothing but grey, with the colours (components) told. All scans but the first say
// nothing new, in few octets each: every one costs a decoder a walk over all of the picture (ITU-T T.81, annex G).
func greyJPEG(width, height uint16, colours byte, scans int) []byte {
	segment := func(marker byte, body ...byte) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
	}
	frame := append(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16([]byte{8}, height), width), colours)
	first := []byte{colours}
	for c := range colours {
		frame, first = append(frame, c, 0x11, 0), append(first, c, 0)
	}
	out := append([]byte{0xff, 0xd8}, segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)...)
	out = append(append(out, segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00")...)...), segment(0xc2, frame...)...)
	for class, symbol := range []byte{0, 0xe0} { // no difference; an end of band of 16384 blocks and more
		out = append(out, segment(0xc4, append([]byte{byte(class) << 4, 1, 16: 0}, symbol)...)...)
	}
	zeros := func(bits int) []byte { return make([]byte, (bits+7)/8) }
	blocks := (int(width) + 7) / 8 * ((int(height) + 7) / 8)
	out = append(append(out, segment(0xda, append(first, 0, 0, 0)...)...), zeros(blocks*int(colours))...)
	for range scans - 1 {
		out = append(append(out, segment(0xda, 1, 0, 0, 1, 63, 0)...), zeros((blocks/16384+1)*15)...)
	}
	return append(out, 0xff, 0xd9)
}

func TestMakeThumbnail(t *testing.T) {
	asJPEG := func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }
	asGIF := func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) }
	whole := encoded(t, png.Encode, halves(300, 100))
	tests := []struct {
		name string
		file []byte
		side int // 0: none
	}{
		{"png", whole, 80},
		{"jpeg", encoded(t, asJPEG, halves(100, 400)), 80},
		{"gif", encoded(t, asGIF, halves(640, 480)), 80},
		{"smaller than a thumbnail", encoded(t, png.Encode, halves(20, 10)), 10},
		{"one pixel", encoded(t, png.Encode, halves(1, 1)), 1},
		{"cut off", whole[:len(whole)/2], 0},
		{"more pixels than are decoded", hugePNG(60000, 60000), 0},
		{"longer than is read", append(bytes.Clone(whole), make([]byte, thumbnailFile)...), 0},
		{"a film behind it", append(encoded(t, asJPEG, halves(200, 200)), bytes.Repeat([]byte{0xff, 0xda}, 1000)...), 80},
		{"filling before a marker", bytes.Replace(greyJPEG(16, 16, 1, 1000), []byte{0xff, 0xda}, []byte{0xff, 0xff, 0xff, 0xda}, -1), 0},
		{"colours for print", greyJPEG(100, 100, 4, 10), 80},
		{"more colours for print than are decoded", greyJPEG(3500, 3500, 4, 1), 0},
		{"a progressive one that goes on and on", greyJPEG(16, 16, 1, 1000), 0},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`), 0},
		{"nothing", nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			small, err := makeThumbnail(tt.file)
			if tt.side == 0 {
				if err == nil {
					t.Error("a thumbnail was made")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			m, err := png.Decode(bytes.NewReader(small))
			if err != nil || m.Bounds() != image.Rect(0, 0, tt.side, tt.side) {
				t.Fatalf("%v, %v", m.Bounds(), err)
			}
			if tt.side < 2 || tt.name == "colours for print" { // which are all grey
				return
			}
			r, _, _, _ := m.At(tt.side/4, tt.side/2).RGBA()
			_, _, b, _ := m.At(tt.side*3/4, tt.side/2).RGBA()
			if r < 0xf000 || b < 0xf000 {
				t.Errorf("left %v, right %v", m.At(tt.side/4, tt.side/2), m.At(tt.side*3/4, tt.side/2))
			}
		})
	}
}

func TestThumbnailsAreServed(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	id := desk.entries[martaNumber][0].ID
	path := "/messages/" + id + "/attachments/0"
	wantIn(t, c.page(martaPath), `<img src="`+path+`/thumbnail" alt="" loading="lazy"`)
	w := c.get(path + "/thumbnail")
	h := w.Header()
	if w.Code != http.StatusOK || h.Get("Content-Type") != "image/png" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Cache-Control"), "private, max-age=") {
		t.Errorf("answered %d, %v", w.Code, h)
	}
	if _, err := png.Decode(w.Body); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"/messages/" + id + "/attachments/1/thumbnail", "/messages/" + id + "/attachments/9/thumbnail", "/messages/" + id + "/attachments/-1/thumbnail", "/messages/x/attachments/0/thumbnail"} {
		if w := c.get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s answered %d", path, w.Code)
		}
	}
}

func TestTypesThatDiffer(t *testing.T) {
	for _, tt := range []struct {
		stated, content string
		want            string
	}{
		{"image/png", "\x89PNG\r\n\x1a\n", ""},
		{"image/jpg", "\xff\xd8\xff", ""},
		{"application/octet-stream", "%PDF-1.7", ""},
		{"application/pdf", "<!doctype html><script>", "text/html"},
		{"image/png", "%PDF-1.7", "application/pdf"},
		{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK\x03\x04", ""},
		{"application/pdf", "PK\x03\x04", "application/zip"},
		{"text/csv", "a;b", ""},
		{"application/xhtml+xml", "<!doctype html>", ""},
	} {
		raw := "Content-Type: " + tt.stated + "; name=a\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte(tt.content))
		m := message.ParseBytes([]byte(raw), message.Options{})
		if got := otherType(&m.Attachments[0]); got != tt.want {
			t.Errorf("%s holding %q: %q, want %q", tt.stated, tt.content, got, tt.want)
		}
	}
}
