package test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"recado/internal/mailtest"
)

// sample is one mail of the corpus and what its sender was told.
type sample struct {
	name string
	from string // envelope
	raw  []byte
	code int
	text string
}

// realMails are all mails of the corpus, with CRLF line ends.
func realMails(t *testing.T) []*sample {
	t.Helper()
	root := filepath.Join(mailtest.Corpora(t), "real")
	var out []*sample
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(filepath.Base(filepath.Dir(path)), "-") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s := &sample{name: strings.TrimPrefix(path, root+"/"), raw: mailtest.ToCRLF(mailtest.StripMboxFrom(raw)), from: "sender@corpus.test"}
		if m, err := netmail.ReadMessage(bytes.NewReader(s.raw)); err == nil {
			if list, err := netmail.ParseAddressList(m.Header.Get("From")); err == nil {
				s.from = list[0].Address
			}
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 300 {
		t.Fatalf("%d mails under %s, expected some 362", len(out), root)
	}
	return out
}

// sendAll sends the mails over n connections at once, many mails each.
func (p *product) sendAll(mails []*sample, n int) {
	p.t.Helper()
	work := make(chan *sample)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			c, err := mailtest.Dial(p.smtp)
			if err != nil {
				p.t.Error(err)
				for range work {
				}
				return
			}
			defer c.Close()
			c.Timeout = within
			c.Cmd("EHLO client.test")
			for s := range work {
				s.code, s.text = c.Mail(s.from, []string{"care@shop.test"}, s.raw)
				if s.code != 250 {
					c.Cmd("RSET")
				}
			}
		})
	}
	for _, s := range mails {
		work <- s
	}
	close(work)
	wg.Wait()
}

func TestRealMails(t *testing.T) {
	t.Parallel()
	mails := realMails(t)
	p := newProduct(t, settings{limits: "mails_per_hour = 0\nconnections_per_address = 0"})
	p.sendAll(mails, 20)

	accepted := map[string]*sample{} // by receipt
	for _, s := range mails {
		switch s.code {
		case 250:
			accepted[s.text[strings.LastIndexByte(s.text, ' ')+1:]] = s
		case 550:
			if !strings.Contains(s.text, "5.6.0") {
				t.Errorf("%s was answered %d %s", s.name, s.code, s.text)
			}
			t.Logf("%s was refused: %s", s.name, s.text)
		default:
			t.Errorf("%s was answered %d %s", s.name, s.code, s.text)
		}
	}
	if refused := len(mails) - len(accepted); refused != 2 {
		t.Errorf("%d mails were refused, want the one with an empty From and the one whose Sender is none of six in From", refused)
	}

	// The journal agrees with what the client counted.
	fates := map[string]int{}
	number := map[string]string{} // message -> protocol
	for _, l := range all[journalDoc](p, "journal") {
		s := accepted[l.Receipt]
		if s == nil {
			t.Errorf("the journal has a receipt that nobody was given: %+v", l)
			continue
		}
		fates[l.Fate]++
		if l.Fate != "duplicate" {
			number[l.Message] = l.Number
		}
		if bulk := bulkMail(s); bulk != (l.Fate == "held") && l.Fate != "duplicate" {
			t.Errorf("%s: fate %s (%s), but bulk is %t", s.name, l.Fate, l.Reason, bulk)
		}
		p.sameBytes(l.Message, l.Fate, s)
	}
	t.Logf("fates: %v", fates)
	if total := fates["opened"] + fates["appended"] + fates["held"] + fates["duplicate"]; total != len(accepted) {
		t.Errorf("%d lines in the journal for %d accepted mails: %v", total, len(accepted), fates)
	}

	// One open protocol a sender, and each accepted mail in it once.
	senders := map[string]string{}
	kept := 0
	for _, proto := range p.protocols() {
		key := strings.ToLower(proto.Contact.Address)
		if other, twice := senders[key]; twice {
			t.Errorf("%s has two open protocols: %s and %s", key, other, proto.Number)
		}
		senders[key] = proto.Number
		c := p.show(proto.Number)
		for _, m := range c.Messages {
			if number[m.ID] != proto.Number {
				t.Errorf("message %s is in %s, the journal says %q", m.ID, proto.Number, number[m.ID])
			}
			kept++
			if m.Text == "" && m.HTML == "" && len(m.Attachments) == 0 && m.Quoted == "" {
				t.Errorf("message %s of %s shows nothing", m.ID, proto.Number)
			}
		}
	}
	if kept != fates["opened"]+fates["appended"] || len(senders) != fates["opened"] {
		t.Errorf("%d messages of %d senders, the journal has %v", kept, len(senders), fates)
	}
	held := all[heldDoc](p, "held", "list")
	if len(held) != fates["held"] {
		t.Errorf("%d are held, the journal has %d", len(held), fates["held"])
	}

	// Sent again: all duplicates, nothing added.
	before := len(all[journalDoc](p, "journal"))
	p.sendAll(mails, 20)
	lines := all[journalDoc](p, "journal")
	for _, l := range lines[:len(lines)-before] {
		if l.Fate != "duplicate" {
			t.Errorf("sent again: %+v", l)
		}
	}
	if len(lines) != before+len(accepted) {
		t.Errorf("sent again: %d new lines, want %d", len(lines)-before, len(accepted))
	}
	if n := len(p.protocols()); n != len(senders) {
		t.Errorf("sent again: %d protocols, were %d", n, len(senders))
	}
}

// bulkMail is an oracle of its own for rule 11, by the plain fields of the time.
func bulkMail(s *sample) bool {
	header, _, _ := bytes.Cut(s.raw, []byte("\r\n\r\n"))
	for line := range strings.SplitSeq(string(header), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.ToLower(strings.TrimSpace(value))
		if strings.EqualFold(name, "Precedence") && slices.Contains([]string{"bulk", "junk"}, value) {
			return true
		}
		if strings.EqualFold(name, "Auto-Submitted") && value != "no" {
			return true
		}
	}
	return false
}

// sameBytes compares what is kept with what was sent.
func (p *product) sameBytes(id, fate string, s *sample) {
	p.t.Helper()
	if fate == "duplicate" {
		return
	}
	resp, err := p.socket().Get("http://recado/api/v1/messages/" + id + "/raw")
	if err != nil {
		p.t.Error(err)
		return
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		p.t.Errorf("%s: read the raw mail: %s, %v", s.name, resp.Status, err)
		return
	}
	if digest(got) != digest(withFinalNewline(s.raw)) {
		p.t.Errorf("%s: %d octets are kept, %d were sent", s.name, len(got), len(s.raw))
	}
}

// withFinalNewline is what SMTP makes of a mail: a last line ends too.
func withFinalNewline(raw []byte) []byte {
	if bytes.HasSuffix(raw, []byte("\r\n")) {
		return raw
	}
	return append(slices.Clone(raw), "\r\n"...)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
