package inbox

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestCompression asks for pages as browsers do: what our own pages link to comes compressed, what another
// site made a browser ask for does not.
func TestCompression(t *testing.T) {
	c := newClient(t, newInbox(t, sampleDesk(), newFakeAgents(), func(o *Options) { o.URL = "https://inbox.example.com" }))
	c.login("ana@example.com")
	ask := func(path string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return c.do(r)
	}
	plain := c.page("/inbox")
	for _, tc := range []struct {
		name, path string
		header     []string
		want       string
	}{
		{"our own page", "/inbox", []string{"Accept-Encoding", "gzip, br", "Sec-Fetch-Site", "same-origin"}, "gzip"},
		{"typed", "/inbox", []string{"Accept-Encoding", "gzip", "Sec-Fetch-Site", "none"}, "gzip"},
		{"another site", "/inbox", []string{"Accept-Encoding", "gzip", "Sec-Fetch-Site", "cross-site"}, ""},
		{"a neighbour's site", "/inbox", []string{"Accept-Encoding", "gzip", "Sec-Fetch-Site", "same-site"}, ""},
		{"nobody says, over TLS", "/inbox", []string{"Accept-Encoding", "gzip"}, ""},
		{"who cannot read it", "/inbox", []string{"Sec-Fetch-Site", "same-origin"}, ""},
		{"who refuses it", "/inbox", []string{"Accept-Encoding", "gzip;q=0", "Sec-Fetch-Site", "same-origin"}, ""},
		{"the script, for everybody", "/static/inbox.js", []string{"Accept-Encoding", "gzip", "Sec-Fetch-Site", "cross-site"}, "gzip"},
		{"the style sheet", "/static/inbox.css", []string{"Accept-Encoding", "gzip"}, "gzip"},
		{"a file of a few octets", "/static/icon.svg", []string{"Accept-Encoding", "gzip"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := ask(tc.path, tc.header...)
			if w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != tc.want {
				t.Fatalf("answered %d, Content-Encoding %q; want 200, %q", w.Code, w.Header().Get("Content-Encoding"), tc.want)
			}
			if tc.want == "" {
				return
			}
			if w.Header().Get("Vary") == "" {
				t.Error("nothing tells caches that it depends on Accept-Encoding")
			}
			packed := w.Body.Len()
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			if packed*2 > len(b) {
				t.Errorf("%d octets of %d", packed, len(b))
			}
			if tc.path == "/inbox" && len(b) != len(plain) {
				t.Errorf("the page has %d octets, uncompressed %d", len(b), len(plain))
			}
		})
	}
}

// TestCompressionKeepsRanges: a range is one of the octets as they are.
func TestCompressionKeepsRanges(t *testing.T) {
	c, _ := loggedIn(t, "ana@example.com")
	r := httptest.NewRequest(http.MethodGet, "/static/inbox.css", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("Range", "bytes=0-99")
	w := c.do(r)
	if w.Code != http.StatusPartialContent || w.Header().Get("Content-Encoding") != "" || w.Body.Len() != 100 {
		t.Errorf("a range answered %d with %d octets, Content-Encoding %q", w.Code, w.Body.Len(), w.Header().Get("Content-Encoding"))
	}
}
