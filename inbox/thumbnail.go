package inbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"
	_ "image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strconv"
)

// Bounds on what is made small. A picture beyond them has no thumbnail; it can be saved as any file.
const (
	thumbnailFile   = 8 << 20   // octets of the file
	thumbnailMemory = 192 << 20 // octets that decoding may take: a photograph of 12 megapixels in its costliest form
	thumbnailScans  = 64        // walks over all of a JPEG: cameras and optimizers make a dozen, and one costs its sender 30 octets
	thumbnailSide   = 80        // pixels; it is shown at half of it, for fine screens
)

// thumbnailTypes are the pictures that are made small here.
var thumbnailTypes = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true}

var errNoThumbnail = errors.New("no thumbnail can be made")

// showThumbnail serves a small picture of an attachment, made by us: nothing of the sender's file reaches the page but its
// colours.
func (in *Inbox) showThumbnail(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, content, err := in.attachment(r, v)
	if err != nil {
		return err
	}
	defer content.Close()
	if !thumbnailTypes[a.Sniffed] {
		return errNotFound
	}
	small, err := in.thumbnail(r.Context(), content)
	if err != nil {
		return errNotFound // not a picture after all, or a huge one
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Cache-Control", "private, max-age=86400") // what a mail holds never changes
	h.Set("Content-Length", strconv.Itoa(len(small)))
	_, err = w.Write(small)
	in.logBroken(r, err)
	return nil
}

// thumbnail reads a picture and makes it small, one at a time: a large one takes much memory while it is read.
func (in *Inbox) thumbnail(ctx context.Context, content io.Reader) ([]byte, error) {
	select {
	case in.painter <- struct{}{}:
		defer func() { <-in.painter }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	file, err := io.ReadAll(io.LimitReader(content, thumbnailFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the picture: %w", err)
	}
	return makeThumbnail(file)
}

// makeThumbnail decodes a picture within the bounds, and returns the middle of it as a small PNG.
func makeThumbnail(file []byte) ([]byte, error) {
	if len(file) > thumbnailFile {
		return nil, errNoThumbnail
	}
	c, kind, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || c.Width <= 0 || c.Height <= 0 || int64(c.Width)*int64(c.Height) > thumbnailMemory/octetsPerPixel(kind, c.ColorModel) {
		return nil, errNoThumbnail
	}
	if kind == "jpeg" {
		scans, end := jpegScans(file)
		if scans > thumbnailScans {
			return nil, errNoThumbnail
		}
		file = file[:end] // nothing that was not counted
	}
	full, _, err := image.Decode(bytes.NewReader(file))
	if full == nil || err != nil {
		return nil, errNoThumbnail
	}
	var out bytes.Buffer
	if err := png.Encode(&out, shrink(full)); err != nil {
		return nil, fmt.Errorf("write the thumbnail: %w", err)
	}
	return out.Bytes(), nil
}

// jpegScans counts a JPEG's scans up to its end, and says where that is (ITU-T T.81, annex B). What stands behind it, a phone's
// film for one, is no picture.
func jpegScans(file []byte) (scans, end int) {
	for at := 2; at+1 < len(file); at++ {
		if file[at] != 0xff {
			continue // coded, or of no meaning
		}
		switch marker := file[at+1]; {
		case marker == 0, marker == 0xff, 0xd0 <= marker && marker <= 0xd7: // an octet of a scan, filling, a restart
		case marker == 0xd9:
			return scans, at + 2
		case at+3 < len(file):
			if marker == 0xda {
				scans++
			}
			at += 1 + int(binary.BigEndian.Uint16(file[at+2:]))
		}
	}
	return scans, len(file)
}

// octetsPerPixel is what a decoder may hold of a pixel at most: an interlaced PNG twice, a progressive JPEG its
// coefficients beside its colours.
func octetsPerPixel(kind string, m color.Model) int64 {
	switch {
	case m == color.CMYKModel:
		return 24
	case kind == "jpeg":
		return 15
	case m == color.RGBA64Model || m == color.NRGBA64Model:
		return 16
	}
	return 8
}

// shrink fills a square with the middle of a picture. A pixel is the mean of sixteen points of what it stands for.
func shrink(full image.Image) image.Image {
	b := full.Bounds()
	side := min(b.Dx(), b.Dy())
	left, top := b.Min.X+(b.Dx()-side)/2, b.Min.Y+(b.Dy()-side)/2
	size := min(side, thumbnailSide)
	small := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			var sum [4]uint32
			for i := range 16 {
				px := left + (x*4+i%4)*side/(size*4)
				py := top + (y*4+i/4)*side/(size*4)
				r, g, b, a := full.At(px, py).RGBA()
				sum[0], sum[1], sum[2], sum[3] = sum[0]+r, sum[1]+g, sum[2]+b, sum[3]+a
			}
			small.Set(x, y, color.RGBA64{uint16(sum[0] / 16), uint16(sum[1] / 16), uint16(sum[2] / 16), uint16(sum[3] / 16)})
		}
	}
	return small
}
