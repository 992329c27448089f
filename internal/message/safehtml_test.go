package message

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestSafeHTML(t *testing.T) {
	cid := func(id string) string {
		if id == "logo@x" {
			return "/messages/1/attachments/0"
		}
		return ""
	}
	tests := []struct {
		name, in, want string
		remote         bool
		blocked        int
	}{
		{"text", "<p>Hello <b>you</b></p>", "<div><p>Hello <b>you</b></p></div>", false, 0},
		{"script", "<p>a<script>alert(1)</script>b</p>", "<p>ab</p>", false, 0},
		{"handler", `<p onclick="x()">a</p>`, "<p>a</p>", false, 0},
		{"link", `<a href="https://x.org/?a=1&amp;b=2">a</a>`, `<a href="https://x.org/?a=1&amp;b=2" rel="noopener noreferrer nofollow" target="_blank">a</a>`, false, 0},
		{"script link", `<a href=" java&#9;script:alert(1)">a</a>`, "<a>a</a>", false, 0},
		{"data link", `<a href="data:text/html,x">a</a>`, "<a>a</a>", false, 0},
		{"cid", `<img src="cid:logo@x" alt="l">`, `<img src="/messages/1/attachments/0" alt="l"/>`, false, 0},
		{"cid escaped", `<img src="cid:logo%40x">`, `<img src="/messages/1/attachments/0"/>`, false, 0},
		{"cid unknown", `<img src="cid:none">`, `<img/>`, false, 0},
		{"remote image", `<img src="http://x.org/a.png" width="3">`, `<img width="3"/>`, false, 1},
		{"remote image wanted", `<img src="http://x.org/a.png">`, `<img src="http://x.org/a.png"/>`, true, 0},
		{"scheme of the page", `<img src="//x.org/a.png">`, `<img/>`, false, 1},
		{"backslashes", `<img src="\\x.org/a.png">`, `<img/>`, false, 1},
		{"relative image", `<img src="/logout">`, `<img/>`, false, 0},
		{"image in data", `<img src="data:image/png;base64,AAAA">`, `<img src="data:image/png;base64,AAAA"/>`, false, 0},
		{"svg in data", `<img src="data:image/svg+xml;base64,AAAA">`, `<img/>`, false, 0},
		{"background", `<table background="http://x.org/a.png"><tr><td>a</td></tr></table>`, `<table><tbody><tr><td>a</td></tr></tbody></table>`, false, 1},
		{"style", `<p style="color: red; position: fixed; top: 0">a</p>`, `<p style="color: red">a</p>`, false, 0},
		{"style with url", `<p style="background: url(http://x.org/a.png) red">a</p>`, `<p>a</p>`, false, 1},
		{"style with url wanted", `<p style="background: url('http://x.org/a.png') red">a</p>`, `<p style="background: url(&#34;http://x.org/a.png&#34;) red">a</p>`, true, 0},
		{"style with escape", `<p style="background: \75rl(//x.org/a)">a</p>`, `<p>a</p>`, false, 0},
		{"style with expression", `<p style="width: expression(alert(1))">a</p>`, `<p>a</p>`, false, 0},
		{"style with comment", `<p style="back/**/ground: ur/**/l(//x.org)">a</p>`, `<p>a</p>`, false, 0},
		{"negative margin", `<p style="margin-top: -100px; color: red">a</p>`, `<p style="color: red">a</p>`, false, 0},
		{"style sheet", `<style>@import url(//x.org/a.css); p { color: red; position: fixed } @media (max-width: 3px) { b { color: blue } }</style><p>a</p>`,
			"<style>p{color: red}\n@media (max-width: 3px){b{color: blue}\n}\n</style><div><p>a</p></div>", false, 1},
		{"style sheet that ends early", `<style>p{color:red}</style/x><script>alert(1)</script>`, `<style>p{color: red}`, false, 0},
		{"form", `<form action="http://x.org"><input name=a><button>b</button>text</form>`, `<div>text</div>`, false, 0},
		{"frame", `<iframe src="http://x.org"></iframe>a`, `<div>a</div>`, false, 1},
		{"unbalanced", `</div></div><table><tr><td>a`, `<div><table><tbody><tr><td>a</td></tr></tbody></table></div>`, false, 0},
		{"svg", `<svg><a xlink:href="javascript:x"><text>a</text></a></svg>b`, `<div>b</div>`, false, 0},
		{"body colours", `<body bgcolor="#ffffff" text=black onload=x><p>a`, `<div bgcolor="#ffffff" style="color: black; background-color: #ffffff"><p>a</p></div>`, false, 0},
		{"id and name", `<p id=a name=b>x</p>`, `<p>x</p>`, false, 0},
		{"meta refresh", `<meta http-equiv=refresh content="0;url=http://x.org">a`, `<div>a</div>`, false, 0},
		{"base", `<base href="http://x.org/">a`, `<div>a</div>`, false, 0},
		{"target", `<a href="http://x.org" target=_top rel=opener>a</a>`, `<a href="http://x.org" rel="noopener noreferrer nofollow" target="_blank">a</a>`, false, 0},
		{"srcset", `<img srcset="http://x.org/a.png 2x">`, `<img/>`, false, 1},
		{"comment", `a<!-- <img src=x onerror=y> -->b`, `<div>ab</div>`, false, 0},
		{"conditional comment", `<!--[if mso]><p>x</p><![endif]-->a`, `<div>a</div>`, false, 0},
		{"nul", "a\x00b<scr\x00ipt>alert(1)</script>", `ab`, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, blocked := SafeHTML(tt.in, HTMLOptions{CID: cid, Remote: tt.remote})
			if !strings.Contains(got, tt.want) || blocked != tt.blocked {
				t.Errorf("got %s with %d blocked, want %s with %d", got, blocked, tt.want, tt.blocked)
			}
			checkHarmless(t, got, tt.remote)
		})
	}
}

// checkHarmless reads what is to be shown as a browser would and looks for
// anything that may run, load or reach outside.
func checkHarmless(t *testing.T, safe string, remote bool) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(safe))
	if err != nil {
		t.Fatalf("%v in %.300q", err, safe)
	}
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			t.Errorf("a comment in %.300q", safe)
		}
		if n.Type != html.ElementNode {
			continue
		}
		name := n.Data
		if name == "html" || name == "head" || name == "body" || name == "style" && n.FirstChild != nil {
			if name == "style" && strings.ContainsAny(n.FirstChild.Data, "<\\@") && !strings.Contains(n.FirstChild.Data, "@media") {
				t.Errorf("style sheet %.300q", n.FirstChild.Data)
			}
			continue
		}
		if n.Namespace != "" || !allowedElements[name] {
			t.Errorf("element %s:%s in %.300q", n.Namespace, name, safe)
		}
		for _, a := range n.Attr {
			checkAttribute(t, name, a, remote)
		}
	}
}

func checkAttribute(t *testing.T, element string, a html.Attribute, remote bool) {
	t.Helper()
	lower := strings.ToLower(a.Val)
	switch a.Key {
	case "href":
		if s := scheme(a.Val); element != "a" || s != "http" && s != "https" && s != "mailto" && s != "tel" {
			t.Errorf("%s href=%.200q", element, a.Val)
		}
	case "src", "background":
		if !remote && a.Val != "/messages/1/attachments/0" && !strings.HasPrefix(lower, "data:image/") {
			t.Errorf("%s %s=%.200q", element, a.Key, a.Val)
		}
	case "style":
		if strings.Contains(lower, "url(") && !remote || strings.Contains(strings.NewReplacer("background-position", "", "list-style-position", "").Replace(lower), "position") || strings.Contains(lower, "expression") || strings.ContainsAny(lower, `\@<`) {
			t.Errorf("%s style=%.200q", element, a.Val)
		}
	case "rel", "target":
	default:
		if !allowedAttributes[a.Key] {
			t.Errorf("%s %s=%.200q", element, a.Key, a.Val)
		}
	}
}

func TestSafeHTMLPayloads(t *testing.T) {
	root := filepath.Join(corpora(t), "html")
	payloads := 0
	for _, name := range []string{"dompurify/expect.json", "bluemonday/cases.json"} {
		raw, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		var any any
		if err := json.Unmarshal(raw, &any); err != nil {
			t.Fatal(err)
		}
		eachString(any, func(s string) {
			payloads++
			safe, _ := SafeHTML(s, HTMLOptions{})
			checkHarmless(t, safe, false)
			again, _ := SafeHTML(safe, HTMLOptions{})
			checkHarmless(t, again, false)
			HTMLToText(s)
		})
	}
	t.Logf("%d payloads", payloads)
	if payloads < 100 {
		t.Errorf("only %d payloads", payloads)
	}
}

func eachString(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, e := range v {
			eachString(e, f)
		}
	case map[string]any:
		for _, e := range v {
			eachString(e, f)
		}
	}
}

func TestSafeHTMLTooDeep(t *testing.T) {
	safe, _ := SafeHTML(strings.Repeat("<div>", 600)+"hello<script>x</script>", HTMLOptions{})
	if !strings.Contains(safe, "hello") || strings.Contains(safe, "script") {
		t.Errorf("got %q", safe)
	}
}

func TestHTMLToText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"paragraphs", "<p>one</p><p>two</p>", "one\n\ntwo"},
		{"breaks", "one<br>two<br><br>three", "one\ntwo\n\nthree"},
		{"white space", "one\n  two <b> three</b>", "one two three"},
		{"divs", "<div><div>one</div></div><div>two</div>", "one\ntwo"},
		{"entities", "a &amp; b&nbsp;&lt;c&gt; &euro;", "a & b <c> €"},
		{"list", "<ul><li>one<li>two</ul>", "- one\n- two"},
		{"ordered list", "<ol><li>one<li>two<ul><li>in</ul></ol>", "1. one\n2. two\n  - in"},
		{"link", `<a href="https://x.org/a">here</a>`, "here <https://x.org/a>"},
		{"link that shows itself", `<a href="https://x.org/">x.org</a>`, "x.org"},
		{"mail link", `<a href="mailto:a@x.org">a@x.org</a>`, "a@x.org"},
		{"script link", `<a href="javascript:x">here</a>`, "here"},
		{"table", "<table><tr><td>a<td>b</tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"},
		{"quote", "<p>said</p><blockquote><p>one</p><p>two</p></blockquote>after", "said\n\n> one\n> \n> two\n\nafter"},
		{"script and style", "<style>p{}</style>a<script>x</script>b<title>c</title>", "ab"},
		{"pre", "<pre>a\n  b</pre>", "a\n  b"},
		{"image", `<img src=x alt="Our logo">`, "[Our logo]"},
		{"rule", "a<hr>b", "a\n----------\nb"},
		{"unclosed", "<div><b>a", "a"},
		{"not html", "a < b", "a < b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := HTMLToText(tt.in)
			lines := strings.Split(got, "\n")
			for i := range lines {
				lines[i] = strings.TrimRight(lines[i], " ")
			}
			want := strings.ReplaceAll(tt.want, "> \n", ">\n")
			if got := strings.Join(lines, "\n"); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
