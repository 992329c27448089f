package test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDepartments: one is added, answers by itself with a text of its own as soon as that is saved in any way, and
// is not removed while somebody waits for it.
func TestDepartments(t *testing.T) {
	p := newProduct(t, settings{channels: commented})
	p.mustRun("department", "add", "sales", "--name", "Sales", "--email", "sales@shop.test")
	acknowledged := func(n int, id, want string) {
		t.Helper()
		raw := "From: ana" + id + "@verified.test\r\nTo: sales@shop.test\r\nSubject: A question\r\nMessage-ID: <" + id + "@verified.test>\r\n\r\nHello\r\n"
		p.accept("ana"+id+"@verified.test", []string{"sales@shop.test"}, raw)
		sent := p.sent(n)
		if got := string(sent[n-1].Raw); !strings.Contains(got, want) {
			t.Fatalf("mail %s was acknowledged with\n%s\nwhich lacks %q", id, got, want)
		}
	}
	acknowledged(1, "one", "We have received your message. Your protocol number is ")

	file := filepath.Join(filepath.Dir(p.file), "words.txt")
	if err := os.WriteFile(file, []byte("Hello from {department}, number {number}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.mustRun("department", "set", "sales", "--acknowledgement-file", file)
	acknowledged(2, "two", "Hello from Sales, number 2")

	// An editor's save of the text alone counts by itself.
	if err := os.WriteFile(file+".new", []byte("Thank you: {number}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the saved text counts", func() bool { return strings.Contains(p.acknowledgementOf("sales"), "Thank you") })
	acknowledged(3, "three", "Thank you: 2")

	p.apiEdit(http.MethodPut, "/departments/sales/texts/acknowledgement", map[string]string{"text": "By the API: {number}"})
	acknowledged(4, "four", "By the API: 2")
	if text, err := os.ReadFile(file); err != nil || string(text) != "By the API: {number}\n" {
		t.Errorf("the file says %q, %v", text, err)
	}
	p.apiEdit(http.MethodDelete, "/departments/sales/texts/acknowledgement", nil)
	acknowledged(5, "five", "We have received your message")

	if _, errs, status := p.run("department", "remove", "sales", "--with-channels"); status != 1 || !strings.Contains(errs, "while these protocols are open: 2") {
		t.Errorf("department remove: %d %s", status, errs)
	}
	if _, errs, status := p.run("department", "set", "sales", "--isolated"); status != 1 || !strings.Contains(errs, "isolated cannot become true") {
		t.Errorf("department set: %d %s", status, errs)
	}
	p.receives("sales@shop.test", 250)
	for _, item := range p.protocols("--department", "sales", "--status", "open") {
		p.mustRun("protocol", "finalize", item.Number)
	}
	p.mustRun("department", "remove", "sales", "--with-channels")
	p.receives("sales@shop.test", 550)
	if data, err := os.ReadFile(p.file); err != nil || !strings.HasSuffix(string(data), commented) {
		t.Errorf("edits that undo one another left %v\n%s", err, data)
	}
}

// acknowledgementOf is what the running server says for a department by itself.
func (p *product) acknowledgementOf(department string) string {
	p.t.Helper()
	answer, err := p.socket().Get("http://recado/api/v1/departments/" + department + "/texts/acknowledgement")
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	var text struct{ Text string }
	if err := json.NewDecoder(answer.Body).Decode(&text); err != nil {
		p.t.Fatal(err)
	}
	return text.Text
}
