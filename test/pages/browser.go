package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// browser is an agent's, on one connection that is kept.
type browser struct {
	client *http.Client
	root   string
}

func logIn(ctx context.Context, root string, o options) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	b := &browser{root: root, client: &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{DisableCompression: true}}}
	form := url.Values{"email": {o.agent}, "password": {o.password}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, root+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || strings.HasSuffix(res.Request.URL.Path, "/login") {
		return nil, fmt.Errorf("log in as %s: %s", o.agent, res.Status)
	}
	return b, nil
}

// answer is what came.
type answer struct {
	sent   []byte // as it came
	zipped bool
}

// fetch asks for a page as a browser does that follows a link.
func (b *browser) fetch(ctx context.Context, path string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.root+path, nil)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := b.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, res.Status)
	}
	return answer{sent: body, zipped: res.Header.Get("Content-Encoding") == "gzip"}, err
}

func (a answer) text() ([]byte, error) {
	if !a.zipped {
		return a.sent, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(a.sent))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// get is a page's text.
func (b *browser) get(ctx context.Context, path string) ([]byte, error) {
	a, err := b.fetch(ctx, path)
	if err != nil {
		return nil, err
	}
	return a.text()
}

var (
	nextLink   = regexp.MustCompile(`<a href="([^"]+)" rel="next">`)
	assetLinks = regexp.MustCompile(`(?:href|src)="(/static/[^"]+)"`)
)

// next is the address of the page that follows, empty at a list's end.
func next(page []byte) string {
	m := nextLink.FindSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(string(m[1]))
}

// figure is what was seen of one page.
type figure struct {
	page  page
	waits []time.Duration // in order
	size  int             // octets of its HTML
	sent  int             // of the same, as it came
	first int             // with style sheet, script and icon, which a browser asks for once, as they came
}

// measure asks for a page again and again, after a few times that do not count.
func (b *browser) measure(ctx context.Context, p page, times int) (figure, error) {
	f := figure{page: p}
	var a answer
	for i := range times + 3 {
		begun := time.Now()
		var err error
		if a, err = b.fetch(ctx, p.path); err != nil {
			return f, fmt.Errorf("%s: %w", p.name, err)
		}
		if i >= 3 {
			f.waits = append(f.waits, time.Since(begun))
		}
	}
	slices.Sort(f.waits)
	body, err := a.text()
	if err != nil {
		return f, fmt.Errorf("%s: %w", p.name, err)
	}
	f.size, f.sent, f.first = len(body), len(a.sent), len(a.sent)
	for _, m := range assetLinks.FindAllSubmatch(body, -1) {
		asset, err := b.fetch(ctx, html.UnescapeString(string(m[1])))
		if err != nil {
			return f, err
		}
		f.first += len(asset.sent)
	}
	return f, nil
}
