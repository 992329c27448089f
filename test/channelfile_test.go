package test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
)

// commented is a file with a comment in every place that an edit might lose it from.
const commented = `
# our domain
[[domain]]
name = "shop.test" # the shop
postmaster = "care@shop.test"

[[department]]
id = "care"
name = "Customer care"
acknowledge = false

# the one that is never touched
[[channel]]
email      = "care@shop.test" # customers know it
department = "care"

# the one that is switched
[[channel]] # second
email      = "second@shop.test" # its email
# between
department = "care"
status     = "active" # its status

# a form
[[form]] # third
from = "web@shop.test" # its sender
`

// TestInvalidChannelFile: a file with a mistake is told everywhere, and the last valid one goes on.
func TestInvalidChannelFile(t *testing.T) {
	p := newProduct(t, settings{channels: commented})
	good, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.file, append(good, "colour = \"red\"\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the metric tells", func() bool { return strings.Contains(p.metrics(), "\nrecado_channel_file_valid 0\n") })
	if log := p.stderr.String(); !strings.Contains(log, "colour is not a key of [[form]]") {
		t.Error("the log does not tell")
	}
	if out, errs, status := p.run("channel", "list"); status != 0 || !strings.Contains(errs, "is not valid") || !strings.Contains(out, "second@shop.test") {
		t.Errorf("channel list: %d\n%s%s", status, out, errs)
	}
	if _, errs, status := p.run("channel", "disable", "second@shop.test"); status != 2 || !strings.Contains(errs, "colour") {
		t.Errorf("channel disable: %d %s", status, errs)
	}
	p.receives("second@shop.test", 250)
	if err := os.WriteFile(p.file, good, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the mended file counts", func() bool { return strings.Contains(p.metrics(), "\nrecado_channel_file_valid 1\n") })
}

func (p *product) metrics() string {
	p.t.Helper()
	r, err := http.Get("http://" + p.monitor + "/metrics")
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		p.t.Fatal(err)
	}
	return b.String()
}

// receives wants a recipient to be answered so.
func (p *product) receives(email string, want int) {
	p.t.Helper()
	raw := "From: eva@verified.test\r\nTo: " + email + "\r\nSubject: Are you there\r\n\r\nHello\r\n"
	if code, text := p.deliver("eva@verified.test", []string{email}, raw); code != want {
		p.t.Fatalf("%s was answered %d %s, want %d", email, code, text, want)
	}
}

// apiEdit asks over the socket, as the operator.
func (p *product) apiEdit(method, path string, body any) {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	if body == nil {
		text = nil
	}
	r, err := http.NewRequest(method, "http://recado/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := p.socket().Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		var b bytes.Buffer
		b.ReadFrom(answer.Body)
		p.t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, &b)
	}
}
