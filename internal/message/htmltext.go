package message

import (
	"strings"

	"golang.org/x/net/html"
)

// HTMLToText returns the text of an HTML document as a person would read it.
func HTMLToText(src string) string {
	z := html.NewTokenizer(strings.NewReader(src))
	var b strings.Builder
	for {
		switch z.Next() {
		case html.ErrorToken:
			return cleanText(b.String())
		case html.TextToken:
			b.Write(z.Text())
		}
	}
}

// TextToHTML returns plain text as HTML that keeps its lines.
func TextToHTML(text string) string {
	return `<div style="white-space: pre-wrap">` + html.EscapeString(text) + "</div>"
}

// metaCharset returns the charset that an HTML document declares for itself.
func metaCharset(b []byte) string {
	head := strings.ToLower(string(b[:min(len(b), 2048)]))
	for from := 0; ; {
		i := strings.Index(head[from:], "charset=")
		if i < 0 {
			return ""
		}
		from += i + len("charset=")
		v := strings.TrimLeft(head[from:], `"' `)
		if end := strings.IndexAny(v, `"'>;/ `); end > 0 {
			return v[:end]
		}
	}
}
