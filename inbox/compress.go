package inbox

import (
	"mime"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// Compression of pages (RFC 9110, section 8.4). What is worth it: text of our own. Files from mails go as
// they are, with their ranges.
const (
	smallestToCompress = 1400 // octets: what fits in one packet gains nothing
	// sizeJitter blurs how long a compressed page is: up to so many octets are added, by a sum of what is on
	// it, so that asking again for the same page teaches nothing.
	sizeJitter = 32
)

// compress answers compressed to who can read it. A page holds the words of strangers (mail) beside those
// of others, and its length would tell who can both write and listen what they have in common (BREACH) if
// he also could make a browser ask again and again: so what another site made the browser ask for goes
// uncompressed, as does what comes from a browser that does not say. Static files are everybody's.
func (in *Inbox) compress(next http.Handler) http.Handler {
	compressed := in.gzip(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if in.mayCompress(r) {
			compressed.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func newCompressor() (func(http.Handler) http.HandlerFunc, error) {
	return gzhttp.NewWrapper(
		gzhttp.EnableZstd(false), // an encoder of its own for a few octets more
		gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.MinSize(smallestToCompress),
		gzhttp.ContentTypeFilter(worthCompressing),
		gzhttp.RandomJitter(sizeJitter, 0, false),
		gzhttp.SuffixETag("-gzip"),
	)
}

func (in *Inbox) mayCompress(r *http.Request) bool {
	if strings.HasPrefix(r.URL.Path, "/static/") {
		return true
	}
	if r.URL.Path == eventsPath { // each event leaves at once
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		return !in.secure // browsers say it over TLS and on loopback; elsewhere all is read in the clear anyway
	}
	return false
}

func worthCompressing(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch t {
	case "text/html", "text/css", "text/javascript", "image/svg+xml", "text/csv":
		return true
	}
	return false
}
