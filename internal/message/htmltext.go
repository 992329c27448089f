package message

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTMLToText returns the text of an HTML document as a person would read it:
// paragraphs, lists, cells of tables, links with their address, quotes after
// "> ". It reads tokens, not a tree, so depth costs nothing.
func HTMLToText(src string) string {
	z := html.NewTokenizer(strings.NewReader(src))
	w := &textWriter{}
	w.b.Grow(len(src) / 2)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return cleanText(strings.TrimSpace(w.b.String()))
		case html.TextToken:
			if w.skip == 0 {
				w.text(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := z.TagName()
			w.start(atom.Lookup(name), z, attrs)
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(atom.Lookup(name))
		}
	}
}

// textWriter lays text out. Line breaks are held back until text follows, so
// that blocks within blocks do not add up.
type textWriter struct {
	b       strings.Builder
	breaks  int  // line ends to write before the next text
	space   bool // a space, if text goes on in this line
	column  bool // something stands in the current line
	quote   int  // depth of blockquote
	above   int  // and of the last text
	pre     int
	skip    atom.Atom // the element whose content is not shown
	lists   []listLevel
	href    string // of the link that is open
	linkPos int    // where its text began
	cell    bool   // a cell began in this line
}

type listLevel struct {
	ordered bool
	n       int
}

// maxMarks bounds the marks before a line, whatever the depth of quotes and lists.
const maxMarks = 8

func (w *textWriter) newline(n int) { w.breaks = max(w.breaks, n); w.space = false }

// open writes what is due before text.
func (w *textWriter) open() {
	if w.breaks > 0 {
		if w.b.Len() > 0 {
			for i := range w.breaks {
				w.b.WriteByte('\n')
				if i < w.breaks-1 { // a blank line is quoted when both sides of it are
					w.quoteMark(min(w.quote, w.above))
				}
			}
			w.quoteMark(w.quote)
		}
		w.breaks, w.column, w.space = 0, false, false
	} else if w.b.Len() == 0 {
		w.quoteMark(w.quote)
	}
	w.above = w.quote
	if w.cell && w.column {
		w.b.WriteByte('\t')
		w.space = false
	}
	w.cell = false
	if w.space && w.column {
		w.b.WriteByte(' ')
	}
	w.space = false
	w.column = true
}

func (w *textWriter) quoteMark(depth int) {
	if depth > 0 {
		w.b.WriteString(strings.Repeat(">", min(depth, maxMarks)))
		w.b.WriteByte(' ')
	}
}

func (w *textWriter) text(s string) {
	if w.pre > 0 {
		for i, line := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
			if i > 0 {
				w.breaks++
			}
			if line != "" {
				w.open()
				w.b.WriteString(line)
			}
		}
		return
	}
	for s != "" {
		i := strings.IndexAny(s, " \t\r\n\f")
		if i == 0 {
			w.space = true
			s = strings.TrimLeft(s, " \t\r\n\f")
			continue
		}
		if i < 0 {
			i = len(s)
		}
		w.open()
		w.b.WriteString(strings.ReplaceAll(s[:i], "\u00a0", " "))
		s = s[i:]
	}
}

func (w *textWriter) start(a atom.Atom, z *html.Tokenizer, attrs bool) {
	if w.skip != 0 {
		return
	}
	switch a {
	case atom.Script, atom.Style, atom.Title, atom.Noscript, atom.Textarea, atom.Iframe, atom.Noembed, atom.Noframes, atom.Select, atom.Svg, atom.Template:
		w.skip = a
	case atom.Br:
		if w.breaks++; w.breaks > 3 {
			w.breaks = 3
		}
		w.space = false
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Dl, atom.Figure:
		w.newline(2)
	case atom.Div, atom.Tr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Dt, atom.Dd, atom.Address, atom.Center, atom.Caption, atom.Form, atom.Body:
		w.newline(1)
		w.cell = false
	case atom.Td, atom.Th:
		w.cell = w.column && w.breaks == 0
		w.space = false
	case atom.Pre:
		w.newline(2)
		w.pre++
	case atom.Blockquote:
		w.newline(1)
		w.quote++
	case atom.Ul, atom.Ol:
		w.newline(1)
		if len(w.lists) < 1000 {
			w.lists = append(w.lists, listLevel{ordered: a == atom.Ol})
		}
	case atom.Li:
		w.item()
	case atom.Hr:
		w.newline(1)
		w.open()
		w.b.WriteString("----------")
		w.newline(1)
	case atom.A:
		w.href, w.linkPos = attribute(z, attrs, "href"), w.b.Len()
	case atom.Img:
		if alt := strings.TrimSpace(attribute(z, attrs, "alt")); alt != "" {
			w.text("[" + alt + "]")
		}
	}
}

func (w *textWriter) end(a atom.Atom) {
	if w.skip != 0 {
		if a == w.skip {
			w.skip = 0
		}
		return
	}
	switch a {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Dl, atom.Figure:
		w.newline(2)
	case atom.Div, atom.Tr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Li, atom.Dt, atom.Dd, atom.Address, atom.Center, atom.Caption, atom.Form:
		w.newline(1)
	case atom.Pre:
		w.pre = max(w.pre-1, 0)
		w.newline(2)
	case atom.Blockquote:
		w.quote = max(w.quote-1, 0)
		w.newline(1)
	case atom.Ul, atom.Ol:
		if len(w.lists) > 0 {
			w.lists = w.lists[:len(w.lists)-1]
		}
		w.newline(1)
	case atom.A:
		w.closeLink()
	}
}

func (w *textWriter) item() {
	w.newline(1)
	w.open()
	w.column = false
	if depth := min(len(w.lists), maxMarks); depth > 1 {
		w.b.WriteString(strings.Repeat("  ", depth-1))
	}
	mark := "- "
	if n := len(w.lists); n > 0 && w.lists[n-1].ordered {
		w.lists[n-1].n++
		mark = strconv.Itoa(w.lists[n-1].n) + ". "
	}
	w.b.WriteString(mark)
}

// maxLink is up to which length a link's address is worth reading, in octets.
const maxLink = 500

// closeLink adds the address of a link unless its text is that already.
func (w *textWriter) closeLink() {
	href := cleanURL(w.href)
	w.href = ""
	switch scheme(href) {
	case "http", "https", "mailto", "tel":
	default:
		return
	}
	if w.b.Len() <= w.linkPos || len(href) > maxLink {
		return
	}
	text := strings.TrimSpace(w.b.String()[w.linkPos:])
	bare := strings.TrimSuffix(href[strings.IndexByte(href, ':')+1:], "/")
	bare = strings.TrimPrefix(bare, "//")
	if text == "" || strings.Contains(text, bare) || strings.Contains(text, strings.TrimPrefix(bare, "www.")) {
		return
	}
	w.b.WriteString(" <" + href + ">")
}

func attribute(z *html.Tokenizer, more bool, name string) string {
	for more {
		var key, val []byte
		key, val, more = z.TagAttr()
		if string(key) == name {
			return strings.ToValidUTF8(string(val), "")
		}
	}
	return ""
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
