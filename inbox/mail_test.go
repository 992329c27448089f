package inbox

import (
	"net/http"
	"strings"
	"testing"

	"recado/conversation"
)

func TestHTMLOfAMail(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	id := desk.entries[martaNumber][0].ID
	path := "/messages/" + id + "/html"
	w := c.get(path)
	csp := w.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "img-src 'self' data:;", "frame-ancestors 'self'", "form-action 'none'", "sandbox allow-same-origin allow-popups"} {
		if !strings.Contains(csp, part) {
			t.Errorf("the policy %q has no %s", csp, part)
		}
	}
	if strings.Contains(csp, "script-src") || strings.Contains(csp, "allow-scripts") || strings.Contains(csp, "https:") {
		t.Errorf("the policy allows too much: %q", csp)
	}
	wantIn(t, w.Body.String(), "tetera", `src="/messages/`+id+`/attachments/0"`, `<base target="_blank">`)
	wantNotIn(t, w.Body.String(), "<script", "owned", "tracker.example/p.gif")
	wantIn(t, w.Body.String(), "No se cargó 1 imagen o estilo de otro sitio.")

	w = c.get(path + "?images=1")
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "img-src 'self' data: https: http:;") {
		t.Errorf("with images, the policy is %q", csp)
	}
	wantIn(t, w.Body.String(), "tracker.example/p.gif")
	wantNotIn(t, w.Body.String(), "No se cargó")
	if w := c.get("/messages/" + desk.held[0].ID + "/html"); w.Code != http.StatusOK {
		t.Errorf("a held mail's HTML answered %d", w.Code)
	}
}

func TestFilesAreOnlySaved(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	id := desk.entries[martaNumber][0].ID
	for _, tt := range []struct{ path, mediaType, disposition string }{
		{"/messages/" + id + "/attachments/0", "image/png", `attachment; filename=tetera.png`},
		{"/messages/" + id + "/attachments/1", "application/octet-stream", `attachment; filename=factura.html`},
		{"/messages/" + id + "/raw", "message/rfc822", "attachment; filename=" + id + ".eml"},
	} {
		w := c.get(tt.path)
		h := w.Header()
		if w.Code != http.StatusOK || h.Get("Content-Type") != tt.mediaType || h.Get("Content-Disposition") != tt.disposition {
			t.Errorf("%s answered %d, %q, %q", tt.path, w.Code, h.Get("Content-Type"), h.Get("Content-Disposition"))
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasSuffix(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: headers %v", tt.path, h)
		}
	}
	if raw := c.page("/messages/" + id + "/raw"); raw != desk.raw[id] {
		t.Error("the original mail is not the bytes as received")
	}
	if w := c.get("/messages/" + id + "/attachments/9"); w.Code != http.StatusNotFound {
		t.Errorf("an attachment that is not there answered %d", w.Code)
	}
}

func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"a.pdf":        `attachment; filename=a.pdf`,
		"mi plano.pdf": `attachment; filename="mi plano.pdf"`,
		"niño.pdf":     `attachment; filename="ni_o.pdf"; filename*=UTF-8''ni%C3%B1o.pdf`,
		"a\"b\r\nX: y": `attachment; filename="a_b__X: y"; filename*=UTF-8''a%22b%0D%0AX:%20y`,
		"100%.txt":     `attachment; filename="100_.txt"; filename*=UTF-8''100%25.txt`,
	} {
		if got := disposition(name); got != want {
			t.Errorf("disposition(%q) = %s, want %s", name, got, want)
		}
	}
}

func TestSegments(t *testing.T) {
	for text, want := range map[string]string{
		"nada":                          "nada",
		"ver https://a.example/b.":      "ver [https://a.example/b].",
		"(http://a.example/?q=1)":       "([http://a.example/?q=1])",
		"javascript:alert(1) x":         "javascript:alert(1) x",
		`https://a.example/"onclick=x`:  `[https://a.example/]"onclick=x`,
		"https://a.example https://b.c": "[https://a.example] [https://b.c]",
	} {
		var b strings.Builder
		for _, s := range segments(text) {
			if s.URL != "" {
				b.WriteString("[" + s.URL + "]")
			} else {
				b.WriteString(s.Text)
			}
		}
		if b.String() != want {
			t.Errorf("%q: %s, want %s", text, b.String(), want)
		}
	}
}

func TestAHugeTextIsCut(t *testing.T) {
	c, desk := loggedIn(t, "ana@example.com")
	desk.add(martaNumber, &conversation.Message{Kind: conversation.KindIn, From: desk.protocols[martaNumber].Contact}, plain(strings.Repeat("ñandú ", 100_000)))
	page := c.page(martaPath)
	if len(page) > 300<<10 {
		t.Errorf("the page has %d octets", len(page))
	}
	wantIn(t, page, "Solo se muestra el comienzo")
	wantNotIn(t, page, "\ufffd")
}
