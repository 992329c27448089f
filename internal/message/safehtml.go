package message

import (
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTMLOptions says where what HTML refers to may come from.
type HTMLOptions struct {
	// CID returns the address at which the part with that Content-ID (without <>)
	// is served, "" when there is none. nil: none is.
	CID func(contentID string) string
	// Remote lets images be loaded from where the sender put them, which tells
	// the sender that the mail is being read.
	Remote bool
}

// maxTags bounds the tree that is built, which takes some hundred octets a tag.
// Large newsletters have ten thousand.
const maxTags = 30000

// SafeHTML returns what of a stranger's HTML may be shown in a frame of its own:
// no script, no form, no frame, nothing that loads by itself but images named by
// the options, styles that cannot leave their place. blocked counts the remote
// things that Options.Remote would load. The result is the content of a body.
//
// It is two of three walls: a tree built anew from allowed elements with every
// URL judged by us, then bluemonday over the result. The third, a sandboxed frame with
// its own Content-Security-Policy, is the inbox's. HTML that the parser refuses
// (more than 512 open elements), or with more than 30,000 tags, is shown as its text.
func SafeHTML(src string, o HTMLOptions) (safe string, blocked int) {
	if strings.Count(src, "<") > maxTags {
		return TextToHTML(HTMLToText(src)), 0
	}
	doc, err := html.Parse(strings.NewReader(src))
	if err != nil {
		return TextToHTML(HTMLToText(src)), 0
	}
	c := htmlCleaner{o: o}
	body := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	c.children(doc, body)
	var out strings.Builder
	if err := html.Render(&out, body); err != nil {
		return TextToHTML(HTMLToText(src)), 0
	}
	safe = mailPolicy().Sanitize(out.String())
	if css := c.css.String(); css != "" {
		safe = "<style>" + css + "</style>" + safe
	}
	return safe, c.blocked
}

// htmlCleaner copies a tree, leaving out what must not be shown.
type htmlCleaner struct {
	o       HTMLOptions
	blocked int
	css     strings.Builder
}

// allowedElements stay, with the attributes in allowedAttributes. Of elements in
// neither map the content stays and the element goes.
var allowedElements = elementSet("a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup " +
	"dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark menu nav ol p pre q " +
	"rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr")

// droppedElements go with all that is in them.
var droppedElements = elementSet("script style noscript noembed noframes template iframe frame frameset object embed applet audio video source track " +
	"canvas svg math link meta base head title xmp plaintext listing textarea select option optgroup datalist button input keygen param portal dialog slot")

var allowedAttributes = elementSet("align valign bgcolor color face size width height border cellpadding cellspacing colspan rowspan nowrap " +
	"dir lang title alt start type value reversed class style span scope headers abbr clear hspace vspace noshade compact open cite datetime role")

func elementSet(names string) map[string]bool {
	set := map[string]bool{}
	for n := range strings.FieldsSeq(names) {
		set[n] = true
	}
	return set
}

// children appends to dst the safe copies of what is in src. The depth of the
// recursion is bounded by the parser.
func (c *htmlCleaner) children(src, dst *html.Node) {
	for n := src.FirstChild; n != nil; n = n.NextSibling {
		switch n.Type {
		case html.TextNode:
			dst.AppendChild(&html.Node{Type: html.TextNode, Data: strings.Map(dropNUL, n.Data)})
		case html.ElementNode:
			c.element(n, dst)
		}
	}
}

func dropNUL(r rune) rune {
	if r == 0 {
		return -1
	}
	return r
}

func (c *htmlCleaner) element(n, dst *html.Node) {
	name := strings.ToLower(n.Data)
	switch {
	case n.Namespace != "":
		return // SVG and MathML parse differently a second time
	case name == "head":
		c.head(n)
		return
	case name == "style":
		c.styleSheet(n)
		return
	case droppedElements[name]:
		c.countDropped(n)
		return
	case name == "body":
		c.body(n, dst)
		return
	case !allowedElements[name]:
		c.children(n, dst)
		return
	}
	e := &html.Node{Type: html.ElementNode, Data: name, DataAtom: atom.Lookup([]byte(name))}
	c.attributes(n, e)
	dst.AppendChild(e)
	c.children(n, e)
}

// head keeps the style sheets.
func (c *htmlCleaner) head(n *html.Node) {
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		if k.Type != html.ElementNode {
			continue
		}
		switch {
		case k.DataAtom == atom.Style && k.Namespace == "":
			c.styleSheet(k)
		default:
			c.countDropped(k)
		}
	}
}

// maxCSS bounds the style sheets that are kept of one mail, in octets.
const maxCSS = 256 << 10

func (c *htmlCleaner) styleSheet(n *html.Node) {
	for t := n.FirstChild; t != nil; t = t.NextSibling {
		if t.Type == html.TextNode && c.css.Len()+len(t.Data) <= maxCSS {
			c.css.WriteString(c.cleanSheet(t.Data))
		}
	}
}

// body gives the colours of the mail's page to the element around all of it.
func (c *htmlCleaner) body(n, dst *html.Node) {
	c.attributes(n, dst)
	for _, a := range n.Attr {
		switch {
		case strings.EqualFold(a.Key, "bgcolor") && isColour(a.Val):
			addStyle(dst, "background-color: "+a.Val)
		case strings.EqualFold(a.Key, "text") && isColour(a.Val):
			addStyle(dst, "color: "+a.Val)
		}
	}
	c.children(n, dst)
}

func isColour(s string) bool {
	if s == "" || len(s) > 30 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isAlnum(s[i]) && !(i == 0 && s[i] == '#') {
			return false
		}
	}
	return true
}

func addStyle(n *html.Node, decl string) {
	for i := range n.Attr {
		if n.Attr[i].Key == "style" {
			n.Attr[i].Val = decl + "; " + n.Attr[i].Val
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: "style", Val: decl})
}

// countDropped counts what a dropped element would have loaded.
func (c *htmlCleaner) countDropped(n *html.Node) {
	for _, a := range n.Attr {
		switch strings.ToLower(a.Key) {
		case "src", "href", "data", "poster", "background", "srcset":
			if isRemote(a.Val) && n.DataAtom != atom.Base {
				c.blocked++
			}
		}
	}
}

func (c *htmlCleaner) attributes(n, e *html.Node) {
	for _, a := range n.Attr {
		key := strings.ToLower(a.Key)
		if a.Namespace != "" || len(a.Val) > 2<<20 {
			continue
		}
		switch {
		case key == "style":
			if s := c.cleanStyle(a.Val); s != "" {
				e.Attr = append(e.Attr, html.Attribute{Key: key, Val: s})
			}
		case key == "href" && e.DataAtom == atom.A:
			c.link(a.Val, e)
		case key == "src" && e.DataAtom == atom.Img, key == "background":
			if u := c.image(a.Val); u != "" {
				e.Attr = append(e.Attr, html.Attribute{Key: key, Val: u})
			}
		case key == "srcset" && e.DataAtom == atom.Img:
			if isRemote(a.Val) && !hasAttr(n, "src") {
				c.blocked++
			}
		case key == "cite" || key == "datetime":
			continue
		case allowedAttributes[key]:
			e.Attr = append(e.Attr, html.Attribute{Key: key, Val: strings.Map(dropNUL, a.Val)})
		}
	}
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if strings.EqualFold(a.Key, key) {
			return true
		}
	}
	return false
}

// link keeps web, mail and telephone links; they open outside of the frame and
// tell the other side nothing.
func (c *htmlCleaner) link(href string, e *html.Node) {
	u := cleanURL(href)
	switch scheme(u) {
	case "http", "https", "mailto", "tel":
	default:
		return
	}
	e.Attr = append(e.Attr,
		html.Attribute{Key: "href", Val: u},
		html.Attribute{Key: "rel", Val: "noopener noreferrer nofollow"},
		html.Attribute{Key: "target", Val: "_blank"})
}

// image returns the address from which an image may be loaded, "" for none.
func (c *htmlCleaner) image(src string) string {
	u := cleanURL(src)
	switch s := scheme(u); {
	case s == "cid":
		if c.o.CID == nil {
			return ""
		}
		return c.o.CID(unescapeURL(u[len("cid:"):]))
	case s == "http" || s == "https" || strings.HasPrefix(u, "//"):
		if !c.o.Remote {
			c.blocked++
			return ""
		}
		if s == "" {
			u = "https:" + u
		}
		return u
	case s == "data" && isImageData(u):
		return u
	}
	return ""
}

// isImageData recognises data URLs of the image types that hold no script.
func isImageData(u string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(u[:min(len(u), 40)]), "data:image/")
	if !ok {
		return false
	}
	for _, t := range []string{"png;base64,", "jpeg;base64,", "jpg;base64,", "gif;base64,", "webp;base64,"} {
		if strings.HasPrefix(rest, t) {
			return !strings.ContainsAny(u[len("data:image/")+len(t):], "\"'<>&()\\ ")
		}
	}
	return false
}

// cleanURL removes what browsers ignore in a URL and attackers hide behind.
func cleanURL(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || isBidi(r) {
			return -1
		}
		return r
	}, s)
	return strings.ReplaceAll(strings.TrimSpace(s), `\`, "/")
}

func scheme(u string) string {
	i := strings.IndexByte(u, ':')
	if i <= 0 || strings.ContainsAny(u[:i], "/?#") {
		return ""
	}
	return strings.ToLower(u[:i])
}

func isRemote(u string) bool {
	u = cleanURL(u)
	s := scheme(u)
	return s == "http" || s == "https" || s == "ftp" || strings.HasPrefix(u, "//")
}

// unescapeURL resolves percent signs, as a Content-ID is escaped (RFC 2392 section 2).
func unescapeURL(s string) string { return strings.ToValidUTF8(string(unpercent(s)), "") }

// mailPolicy is the second wall: what the tree above cannot contain, stated once more.
var mailPolicy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	for name := range allowedElements {
		p.AllowElements(name)
		p.AllowNoAttrs().OnElements(name)
	}
	for name := range allowedAttributes {
		p.AllowAttrs(name).Globally()
	}
	p.AllowAttrs("href", "rel", "target").OnElements("a")
	p.AllowAttrs("src").OnElements("img")
	p.AllowAttrs("background").OnElements("table", "td", "th", "tr", "tbody", "div")
	p.AllowURLSchemes("http", "https", "mailto", "tel", "data")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(false)
	return p
})
