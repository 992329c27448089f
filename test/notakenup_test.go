package test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// TestNotTakenUp: an edit that open protocols stand in the way of leaves the file as it was, so that the server starts again
// by it.
func TestNotTakenUp(t *testing.T) {
	t.Parallel()
	p := newProduct(t, settings{channels: commented})
	before, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	p.mustRun("department", "add", "sales", "--email", "sales@shop.test")
	p.accept("ana@verified.test", []string{"sales@shop.test"}, "From: ana@verified.test\r\nTo: sales@shop.test\r\nSubject: A question\r\nMessage-ID: <1@verified.test>\r\n\r\nHello\r\n")
	if err := os.WriteFile(p.file, before, 0o600); err != nil { // an editor may take out what a command would not
		t.Fatal(err)
	}
	eventually(t, "the edit counts", func() bool {
		code, _ := p.deliver("eve@verified.test", []string{"sales@shop.test"}, "From: eve@verified.test\r\n\r\nHello\r\n")
		return code == 550
	})
	lines := func() int {
		return len(p.fileLines("--action", "department")) + len(p.fileLines("--action", "channel"))
	}
	edits := lines()
	_, errs, status := p.run("department", "add", "sales", "--isolated", "--email", "sales@shop.test")
	if status != 1 || !strings.Contains(errs, "isolated cannot become true while these protocols are open") || !strings.Contains(errs, "nothing was changed") {
		t.Errorf("department add: %d %s", status, errs)
	}
	if after, err := os.ReadFile(p.file); err != nil || string(after) != string(before) {
		t.Errorf("the file is, %v:\n%s", err, after)
	}
	if strings.Contains(p.metrics(), "recado_channel_file_valid 0") {
		t.Error("the server goes by another file than the one that is there")
	}
	if status, answer := p.apiTry("POST", "/departments", `{"id": "sales", "isolated": true, "channel": {"email": "sales@shop.test"}}`); status != 409 || !strings.Contains(answer, "nothing was changed") {
		t.Errorf("by the API: %d %s", status, answer)
	}
	if status, answer := p.apiTry("PATCH", "/channels/second@shop.test", `{"status": "active"}`); status != 200 {
		t.Errorf("what is so already: %d %s", status, answer)
	}
	if after, err := os.ReadFile(p.file); err != nil || string(after) != string(before) {
		t.Errorf("the API left, %v:\n%s", err, after)
	}
	if n := lines(); n != edits {
		t.Errorf("%d audit lines tell of what was not done", n-edits)
	}
	p.stop()
	p.start()
	p.receives("sales@shop.test", 550)
}

// apiTry asks over the socket, as the operator, for what may be refused.
func (p *product) apiTry(method, path, body string) (status int, answer string) {
	p.t.Helper()
	r, err := http.NewRequest(method, "http://recado/api/v1"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	w, err := p.socket().Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return w.StatusCode, string(text)
}
