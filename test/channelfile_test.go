package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
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

// TestEditsWhileMailFlows makes a hundred edits by command, API and editors while mail comes in: none of it is
// refused, each edit counts when it is said to be done, and every comment is still there.
func TestEditsWhileMailFlows(t *testing.T) {
	p := newProduct(t, settings{channels: commented, limits: "mails_per_hour = 0\nconnections_per_address = 0"})
	stop := make(chan struct{})
	var sending sync.WaitGroup
	halt := sync.OnceFunc(func() {
		close(stop)
		sending.Wait()
	})
	defer halt() // where an edit ends the test, too
	sent := 0
	sending.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			raw := fmt.Sprintf("From: ana@verified.test\r\nTo: care@shop.test\r\nSubject: %d\r\nMessage-ID: <%d@verified.test>\r\n\r\nHello\r\n", sent, sent)
			if code, text, err := p.tryDeliver("ana@verified.test", []string{"care@shop.test"}, raw); err != nil || code != 250 {
				t.Errorf("mail %d was answered %d %s, %v", sent, code, text, err)
				return
			}
			sent++
		}
	})
	for i := range 100 {
		email := fmt.Sprintf("n%d@shop.test", i/4)
		switch i % 4 {
		case 0:
			p.mustRun("channel", "add", email, "--department", "care", "--send", "receptive")
			p.receives(email, 250)
		case 1:
			p.apiEdit(http.MethodPatch, "/channels/"+email, map[string]string{"status": "inactive"})
			p.receives(email, 550)
		case 2:
			p.saveAsEditor(i/4, email)
			eventually(t, "the editor's file counts", func() bool { return p.statusOf(email) == "active" })
			p.receives(email, 250)
		default:
			p.apiEdit(http.MethodDelete, "/channels/"+email, nil)
			p.receives(email, 550)
		}
	}
	halt()
	if sent == 0 {
		t.Error("no mail came in meanwhile")
	}
	data, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(data), commented) {
		t.Errorf("a hundred edits that undo one another left\n%s", data)
	}
}

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

// statusOf is what the running server holds of a channel.
func (p *product) statusOf(email string) string {
	p.t.Helper()
	answer, err := p.socket().Get("http://recado/api/v1/channels/" + email)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	var channel struct {
		Status string `json:"status"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&channel); err != nil {
		p.t.Fatal(err)
	}
	return channel.Status
}

// saveAsEditor writes the channel's status in one of the ways that editors save a file.
func (p *product) saveAsEditor(way int, email string) {
	p.t.Helper()
	old, err := os.ReadFile(p.file)
	if err != nil {
		p.t.Fatal(err)
	}
	before, after, _ := strings.Cut(string(old), email)
	text := []byte(before + email + strings.Replace(after, `"inactive"`, `"active"`, 1))
	switch way % 3 {
	case 0: // truncated and written in two steps
		err = os.WriteFile(p.file, text[:len(text)/2], 0o600)
		if err == nil {
			err = os.WriteFile(p.file, text, 0o600)
		}
	case 1: // written beside it and put in its place
		if err = os.WriteFile(p.file+".swp", text, 0o600); err == nil {
			err = os.Rename(p.file+".swp", p.file)
		}
	default: // moved away for a backup and written anew
		if err = os.Rename(p.file, p.file+"~"); err == nil {
			err = os.WriteFile(p.file, text, 0o600)
		}
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
