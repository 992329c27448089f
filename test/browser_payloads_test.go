package test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"

	"recado/internal/mailtest"
)

// payloads are the hostile pieces of HTML of the corpus, each once, those that say nothing left out.
func payloads(t *testing.T) []string {
	t.Helper()
	root := filepath.Join(mailtest.Corpora(t), "html")
	var out []string
	known := map[string]bool{}
	for _, file := range []struct{ name, field string }{{"dompurify/expect.json", "payload"}, {"bluemonday/cases.json", "input"}} {
		raw, err := os.ReadFile(filepath.Join(root, file.name))
		if err != nil {
			t.Fatal(err)
		}
		var cases []map[string]any
		if err := json.Unmarshal(raw, &cases); err != nil {
			t.Fatalf("%s: %v", file.name, err)
		}
		for _, c := range cases {
			if s, ok := c[file.field].(string); ok && strings.TrimSpace(s) != "" && !known[s] {
				known[s] = true
				out = append(out, s)
			}
		}
	}
	if len(out) < 600 {
		t.Fatalf("%d payloads under %s, expected some 650", len(out), root)
	}
	return out
}

// tellTale makes the calls that payloads prove themselves by leave a mark and a word on the console, and not stop the page.
const tellTale = `for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => { window.owned = top.owned = 1; console.error("a script ran"); }`

// frames are those that the test looks into, each with a mail as it was sent.
const frames = `[...document.querySelectorAll("details.sent iframe.looked-into")]`

// payloadsAPage is how many are looked at together: mails of one protocol, which its page shows all, or frames of the control.
const payloadsAPage = 45

// Every payload that others collected is received, opened by an agent as a customer's mail is, and does nothing. The same
// payloads without our walls are seen to run and to call elsewhere, by the same listener.
func TestBrowserPayloads(t *testing.T) {
	t.Parallel()
	all := payloads(t)
	p := newProduct(t, settings{limits: "mails_per_hour = 0\nconnections_per_address = 0"})
	p.agent("eva@shop.test", "Eva", "--department", "care")
	var mails []*sample
	for i, payload := range all {
		from := fmt.Sprintf("customer%d@verified.test", i/payloadsAPage)
		raw := mail(from, "Hello", fmt.Sprintf("%d@verified.test", i),
			"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n", wrapped(payload))
		mails = append(mails, &sample{from: from, raw: mailtest.ToCRLF([]byte(raw))})
	}
	p.sendAll(mails, 8)
	for i, m := range mails {
		if m.code != 250 {
			t.Fatalf("%q was answered %d %s", all[i], m.code, m.text)
		}
	}
	b, s := p.logIn("eva@shop.test"), p.session("eva@shop.test")
	b.watchScripts()
	shown, seen := 0, map[string]bool{}
	for _, proto := range p.protocols() {
		ids := p.show(proto.Number).ids()
		shown += len(ids)
		s.post("/protocols/"+proto.Number+"/read", nil) // so that no live change is to come
		b.showPayloads(proto.Number, s.unlike(ids, seen))
	}
	if shown != len(all) {
		t.Errorf("%d of %d payloads were shown", shown, len(all))
	}
	t.Logf("of %d payloads %d different documents are left", len(all), len(seen))
	control(newTab(t, p), all)
}

func (c conversationDoc) ids() (out []string) {
	for _, m := range c.Messages {
		out = append(out, m.ID)
	}
	return out
}

// unlike are the messages whose document in the frame is not yet among those seen: what the server gives in the same words does the
// same in a browser.
func (s *session) unlike(ids []string, seen map[string]bool) []string {
	s.t.Helper()
	out := []string{}
	for _, id := range ids {
		status, document := s.get("/messages/" + id + "/html")
		if status != http.StatusOK {
			s.t.Errorf("the mail %s as it was sent: %d", id, status)
		}
		if document = strings.ReplaceAll(document, id, "ID"); !seen[document] {
			seen[document] = true
			out = append(out, id)
		}
	}
	return out
}

func (b *tab) watchScripts() {
	b.t.Helper()
	b.do(call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: tellTale}))
}

// showPayloads opens a protocol that is made of payloads, and unfolds the mails with these ids.
func (b *tab) showPayloads(number string, ids []string) {
	b.t.Helper()
	b.takeFaults()
	b.goTo("/protocols/" + number)
	names, err := json.Marshal(ids)
	if err != nil {
		b.t.Fatal(err)
	}
	b.run(`for (const id of ` + string(names) + `) {
		const f = document.querySelector("iframe[name='frame-" + id + "']");
		f.className = "looked-into";
		f.loading = "eager";
		f.closest("details").open = true;
	}`)
	b.until(fmt.Sprintf(`%s.filter((f) => f.contentDocument?.readyState == "complete" && f.contentWindow.location.href == f.src).length == %d`, frames, len(ids)))
	b.run(frames + `.forEach((f) => f.contentDocument.querySelectorAll("a:not([href^=http]), [tabindex], [onclick]").forEach((a) => a.click()))`)
	b.settle()

	unharmed(b, number)
	for _, f := range b.takeFaults() {
		if !strings.Contains(f, "ERR_INVALID_URL (data:") { // a picture in its address that is none
			b.t.Errorf("%s: %s", number, f)
		}
	}
	if urls := b.foreignRequests(); len(urls) > 0 {
		b.t.Errorf("%s: asked for %v", number, urls)
	}
	if left := evaluate[[]string](b, frames+`.flatMap((f) => [...f.contentDocument.querySelectorAll("*")].filter((e) => `+strange+`).map((e) => e.outerHTML))`); len(left) > 0 {
		b.t.Errorf("%s: left in the frames: %q", number, left)
	}
	if moved := evaluate[[]string](b, frames+`.filter((f) => f.contentWindow.location.href != f.src).map((f) => f.contentWindow.location.href)`); len(moved) > 0 || evaluate[string](b, `location.pathname`) != "/protocols/"+number {
		b.t.Errorf("%s: moved: %v", number, moved)
	}
}

// settle waits until what the page and its frames had begun has had its turn.
func (b *tab) settle() {
	b.t.Helper()
	b.run(`window.settled = false; requestAnimationFrame(() => requestIdleCallback(() => { window.settled = true; }))`)
	b.until(`window.settled`)
}

// wrapped is base64 in lines as mail has them.
func wrapped(s string) string {
	var out strings.Builder
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString([]byte(s))), 76) {
		out.Write(line)
		out.WriteByte('\n')
	}
	return out.String()
}

// control shows the payloads in frames without a wall, until enough was seen.
func control(b *tab, all []string) {
	b.t.Helper()
	parts := slices.Collect(slices.Chunk(all, payloadsAPage))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/control/%d", &n); err != nil || n >= len(parts) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><title>control</title>")
		for _, payload := range parts[n] {
			fmt.Fprintf(w, `<iframe srcdoc="%s"></iframe>`, html.EscapeString(payload))
		}
	}))
	defer server.Close()
	b.base = server.URL
	b.watchScripts()
	const enough = 20
	ran, foreign := 0, 0
	for n := 0; n < len(parts) && (ran < enough || foreign < enough); n++ {
		b.goTo(fmt.Sprintf("/control/%d", n))
		b.settle()
		for _, f := range b.takeFaults() {
			if strings.HasPrefix(f, "console: ") || strings.HasPrefix(f, "exception: ") {
				ran++
			}
		}
		foreign = len(b.foreignRequests())
	}
	b.t.Logf("without walls: %d scripts ran, %d requests went elsewhere", ran, foreign)
	if ran < enough || foreign < enough {
		b.t.Errorf("without walls, %d scripts were seen to run and %d requests to go elsewhere: the listener is deaf", ran, foreign)
	}
}
