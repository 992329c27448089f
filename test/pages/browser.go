package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
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

// get is a page's octets, as they came.
func (b *browser) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.root+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, res.Status)
	}
	return body, err
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
	small int             // the same, as gzip would have it
	first int             // with style sheet, script and icon, which a browser asks for once
}

// measure asks for a page again and again, after a few times that do not count.
func (b *browser) measure(ctx context.Context, p page, times int) (figure, error) {
	f := figure{page: p}
	var body []byte
	for i := range times + 3 {
		begun := time.Now()
		var err error
		if body, err = b.get(ctx, p.path); err != nil {
			return f, fmt.Errorf("%s: %w", p.name, err)
		}
		if i >= 3 {
			f.waits = append(f.waits, time.Since(begun))
		}
	}
	slices.Sort(f.waits)
	f.size = len(body)
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, err := w.Write(body)
	if err = errors.Join(err, w.Close()); err != nil {
		return f, err
	}
	f.small, f.first = z.Len(), f.size
	for _, m := range assetLinks.FindAllSubmatch(body, -1) {
		asset, err := b.get(ctx, html.UnescapeString(string(m[1])))
		if err != nil {
			return f, err
		}
		f.first += len(asset)
	}
	return f, nil
}
