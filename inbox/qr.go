package inbox

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// qrMargin is the empty edge that readers need, in modules (ISO/IEC 18004 9.1).
const qrMargin = 4

// qrCode is a QR code as a page draws it: squares of one unit each.
type qrCode struct {
	Path string // of an SVG
	Box  string // its viewBox, with the margin
	Size int    // of that, in units
}

func newQRCode(text string) (*qrCode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("draw a QR code: %w", err)
	}
	n := code.Bounds().Dx()
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			from := x
			for x < n && code.At(x, y) == color.Black {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	size := n + 2*qrMargin
	return &qrCode{Path: path.String(), Box: fmt.Sprintf("-%d -%[1]d %d %[2]d", qrMargin, size), Size: size}, nil
}
