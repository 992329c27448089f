package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"recado/internal/mailtest"
	"recado/internal/message"
)

// foreignReport is a delivery report of the corpus, and the message of ours that it is made to be about.
type foreignReport struct {
	name      string
	raw       []byte
	addresses []string // that it is to name; none: nothing is expected
	temporary bool
	to        string // the customer that ours is for
	about     messageDoc
}

func foreignReports(t *testing.T) []*foreignReport {
	t.Helper()
	dir := filepath.Join(mailtest.Corpora(t), "bounces", "flufl.bounce")
	raw, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string][]struct {
		Addresses []string
		Temporary bool
	}
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	var out []*foreignReport
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, "data", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		r := &foreignReport{name: f.Name(), raw: mailtest.ToCRLF(mailtest.StripMboxFrom(raw))}
		for _, e := range expected[f.Name()] {
			r.addresses = append(r.addresses, e.Addresses...)
			r.temporary = r.temporary || e.Temporary
		}
		r.to = fmt.Sprintf("customer%d@plain.test", len(out))
		if len(r.addresses) > 0 {
			r.to = r.addresses[0]
		}
		out = append(out, r)
	}
	if len(out) < 100 {
		t.Fatalf("%d reports under %s, expected 115", len(out), dir)
	}
	return out
}

// send is the report as it comes back for our message: to the address that the mail was from where the
// report returns its headers, with our Message-ID in place of the one that stands there; else to the return path.
func (r *foreignReport) send(c *mailtest.Conn, returnPath string) (code int, text string) {
	to, raw := returnPath, r.raw
	if rep := message.ParseBytes(r.raw, message.Options{}).Report; rep != nil && rep.OriginalMessageID != "" {
		to, raw = "care@shop.test", bytes.ReplaceAll(raw, []byte(rep.OriginalMessageID), []byte(r.about.MessageID))
	}
	if code, text = c.Mail("", []string{to}, raw); code != 250 {
		c.Cmd("RSET")
	}
	return code, text
}

// The reports of other mail systems mark the very message that they are about, and nothing else comes of them.
func TestReportsOfOthers(t *testing.T) {
	reports := foreignReports(t)
	p := newProduct(t, settings{
		channels: strings.Replace(oneDepartment, "acknowledge = false", "acknowledge = true", 1),
		limits:   "mails_per_hour = 0",
	})
	c, err := mailtest.Dial(p.smtp)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Timeout = within
	c.Cmd("EHLO client.test")
	numbers := p.customers(c, reports)
	for _, r := range reports {
		r.about = p.post("/protocols/"+numbers[strings.ToLower(r.to)]+"/replies", map[string]string{"text": "Está listo."})
	}
	returnPaths := map[string]string{} // by Message-ID
	for _, m := range p.sent(len(reports)) {
		returnPaths[message.ParseBytes(m.Raw, message.Options{}).MessageID] = m.From
	}
	eventually(t, "the queue is empty", func() bool { return len(p.queue()) == 0 })
	before := len(p.protocols())

	for _, r := range reports {
		if code, text := r.send(c, returnPaths[r.about.MessageID]); code != 250 {
			t.Errorf("%s was answered %d %s", r.name, code, text)
		}
	}

	if after := len(p.protocols()); after != before {
		t.Errorf("%d protocols were opened", after-before)
	}
	if len(p.queue()) != 0 || len(p.relay.Messages()) != len(reports) {
		t.Error("a report was answered")
	}
	if held := all[heldDoc](p, "held", "list"); len(held) != 0 {
		t.Errorf("held: %+v", held)
	}
	attached, classified, expected := p.judge(reports)
	t.Logf("%d reports: attached to their message %d; classified as expected %d of %d", len(reports), attached, classified, expected)
	if attached != len(reports) || classified*100 < expected*95 {
		t.Error("too few")
	}
}

// customers opens a protocol for each that a report is about, and returns their numbers by address.
func (p *product) customers(c *mailtest.Conn, reports []*foreignReport) map[string]string {
	p.t.Helper()
	for i, r := range reports {
		raw := mail(r.to, "Mi pedido", fmt.Sprintf("order%d@plain.test", i), "", "¿Está listo?")
		if code, text := c.Mail("someone@plain.test", []string{"care@shop.test"}, mailtest.ToCRLF([]byte(raw))); code != 250 {
			p.t.Fatalf("a mail of %s was answered %d %s", r.to, code, text)
		}
	}
	numbers := map[string]string{}
	for _, head := range p.protocols() {
		numbers[strings.ToLower(head.Contact.Address)] = head.Number
	}
	return numbers
}

// conversation is show without starting a program for it.
func (p *product) conversation(number string) conversationDoc {
	p.t.Helper()
	answer, err := p.socket().Get("http://recado/api/v1/protocols/" + number)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	var c conversationDoc
	if err := json.NewDecoder(answer.Body).Decode(&c); err != nil {
		p.t.Fatal(err)
	}
	return c
}

// judge counts the reports that are events on their message, and those that told what was expected.
func (p *product) judge(reports []*foreignReport) (attached, classified, expected int) {
	p.t.Helper()
	messages := map[string]messageDoc{}
	events := map[string]bool{} // by the Message-ID that they are about
	for _, head := range p.protocols() {
		for _, m := range p.conversation(head.Number).Messages {
			messages[m.ID] = m
			if m.Kind == "event" && m.InReplyTo != "" && (slices.Contains(m.Flags, "bounce") || slices.Contains(m.Flags, "automatic")) {
				events[m.InReplyTo] = true
			}
		}
	}
	for _, r := range reports {
		if events[r.about.MessageID] {
			attached++
		} else {
			p.t.Logf("%s is nowhere on its message", r.name)
		}
		if len(r.addresses) == 0 {
			continue
		}
		expected++
		want := map[bool]string{false: "undelivered", true: "sent"}[r.temporary]
		if d := messages[r.about.ID].Deliveries[0]; d.State == want {
			classified++
		} else {
			p.t.Logf("%s: %+v, want %s", r.name, d, want)
		}
	}
	return attached, classified, expected
}
