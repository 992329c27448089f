package conversation

import (
	"io"
	"strings"
	"testing"
)

func TestMediaType(t *testing.T) {
	for _, tt := range []struct{ name, stated, content, want string }{
		{"a.bin", "text/csv", "x", "text/csv"},
		{"Factura.PDF", "", "x", "application/pdf"},
		{"page.html", "", "x", "text/html"},
		{"picture", "", "GIF89a....", "image/gif"},
		{"notes", "", "Hola", "text/plain"},
		{"empty", "", "", "text/plain"},
		{"odd", "", "\x00\x01\x02", "application/octet-stream"},
	} {
		a := AttachmentInput{Name: tt.name, Type: tt.stated, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(tt.content)), nil }}
		if got := a.mediaType(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
