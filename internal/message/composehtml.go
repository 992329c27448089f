package message

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// ImageMark is what stands for the picture of that name in a plain text.
func ImageMark(name string) string { return "[image: " + name + "]" }

var imageMark = regexp.MustCompile(`\[image: ([^\[\]\r\n]+)\]`)

// ImageMarks finds the marks in a text: where each begins and ends, and where its name does.
func ImageMarks(text string) [][]int { return imageMark.FindAllStringSubmatchIndex(text, -1) }

// contentID names picture i of the mail (RFC 2392 section 2), in letters that need no escape in a URL.
func (d *Draft) contentID(i int) string {
	sum := sha256.Sum256([]byte("image\x00" + d.MessageID + "\x00" + strconv.Itoa(i)))
	_, domain, _ := strings.Cut(d.MessageID, "@")
	return hex.EncodeToString(sum[:12]) + "@" + domain
}

// htmlOf is the text with its pictures in their places. Everything else of it is escaped; nothing is loaded
// from elsewhere.
func (d *Draft) htmlOf() string {
	ids := map[string]string{}
	for i, image := range d.Images {
		ids[image.Name] = d.contentID(i)
	}
	text := strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(d.Text, "\ufffd"), "\r\n", "\n"), "\r", "\n")
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n<div dir=\"auto\">")
	at := 0
	for _, m := range ImageMarks(text) {
		name := text[m[2]:m[3]]
		id, ok := ids[name]
		if !ok {
			continue
		}
		htmlText(&b, text[at:m[0]])
		b.WriteString(`<img src="cid:` + id + `" alt="` + html.EscapeString(name) + `" style="max-width: 100%; height: auto">`)
		at = m[1]
	}
	htmlText(&b, text[at:])
	b.WriteString("</div>\n</body></html>\n")
	return b.String()
}

var webLink = regexp.MustCompile(`https?://[^\s<>"'` + "`" + `]+`)

// htmlText writes text that keeps its lines and its runs of spaces; web addresses become links.
func htmlText(b *strings.Builder, text string) {
	plain := func(s string) {
		s = strings.ReplaceAll(html.EscapeString(s), "  ", "&nbsp; ")
		b.WriteString(strings.ReplaceAll(s, "\n", "<br>\n"))
	}
	at := 0
	for _, m := range webLink.FindAllStringIndex(text, -1) {
		link := strings.TrimRight(text[m[0]:m[1]], ".,;:!?)]}*_")
		plain(text[at:m[0]])
		b.WriteString(`<a href="` + html.EscapeString(link) + `">` + html.EscapeString(link) + `</a>`)
		at = m[0] + len(link)
	}
	plain(text[at:])
}
