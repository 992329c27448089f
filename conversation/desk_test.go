package conversation_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/message"
	"recado/store"
)

// desk is a Manager over a real store, with a clock to turn.
type desk struct {
	*conversation.Manager
	t      *testing.T
	store  *store.Store
	signer *conversation.Signer

	mu  sync.Mutex
	now time.Time
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) pass(t time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(t)
}

var operator = conversation.Actor{Operator: true}

// directory has two ordinary departments and an isolated one.
func directory(change func(*conversation.Directory)) *conversation.Directory {
	loc, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		panic(err)
	}
	d := &conversation.Directory{
		Hostname: "mx.shop.test", Language: "en", Location: loc,
		Limits:  conversation.Limits{MailsPerHour: 60, AckPerHour: 3, HeldDays: 90},
		Domains: []conversation.Domain{{Name: "shop.test", Postmaster: "care@shop.test"}},
		Departments: []conversation.Department{
			{ID: "care", Name: "Customer care", Language: "en"},
			{ID: "finance", Name: "Finance", Language: "en"},
			{ID: "hr", Name: "People", Isolated: true, Language: "en"},
		},
		Channels: []conversation.Channel{
			{Email: "care@shop.test", Department: "care", Send: conversation.SendAll, Active: true, DMARC: conversation.DMARCHold},
			{Email: "finance@shop.test", Department: "finance", Send: conversation.SendAll, Active: true, DMARC: conversation.DMARCHold},
			{Email: "hr@shop.test", Department: "hr", Send: conversation.SendAll, Active: true, DMARC: conversation.DMARCHold},
		},
		Forms: []string{"form@shop-site.test"},
	}
	if change != nil {
		change(d)
	}
	return d.Build()
}

func newDesk(t *testing.T, change func(*conversation.Directory)) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	var err error
	d.store, err = store.Open(store.Options{Dir: t.TempDir(), Now: d.clock, Reserve: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.store.Close(); err != nil {
			t.Error(err)
		}
	})
	d.signer = conversation.NewSigner([]byte("a secret of the tests"))
	dir := directory(change)
	d.Manager = conversation.NewManager(conversation.Options{Store: d.store, Directory: dir, Signer: d.signer, MaxMessage: 1 << 20})
	if err := d.SetDirectory(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	return d
}

// spool is a mail in memory.
type spool struct{ *bytes.Reader }

func (s spool) Size() int64 { return s.Reader.Size() }
func (s spool) SHA256() [32]byte {
	b := make([]byte, s.Size())
	s.ReadAt(b, 0)
	return sha256.Sum256(b)
}

// letter is a mail that is being written.
type letter struct {
	from, to, subject, id, text string
	header                      string // further lines, each with its CRLF
	returnPath                  string // "" is the address of from; "<>" the null one
	rcpt                        []string
	auth                        conversation.Auth
	raw                         string // instead of all above but the envelope
}

var verified = conversation.Auth{Verdict: conversation.Verified, SPF: "pass", DKIM: "none", DMARC: "none"}
var unverified = conversation.Auth{Verdict: conversation.Unverified, SPF: "none", DKIM: "none", DMARC: "none"}

func (d *desk) incoming(l letter) *conversation.Incoming {
	d.t.Helper()
	if l.to == "" {
		l.to = "care@shop.test"
	}
	raw := l.raw
	if raw == "" {
		id := ""
		if l.id != "" {
			id = "Message-ID: <" + l.id + ">\r\n"
		}
		raw = fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: Mon, 23 Nov 2026 10:00:00 -0300\r\n%s%s\r\n%s\r\n",
			l.from, l.to, l.subject, id, l.header, l.text)
	}
	parsed := message.ParseBytes([]byte(raw), message.Options{Text: true})
	returnPath := l.returnPath
	switch {
	case returnPath == "<>":
		returnPath = ""
	case returnPath == "" && len(parsed.From) > 0:
		returnPath = parsed.From[0].Address
	}
	if l.rcpt == nil {
		for _, a := range message.ParseAddressList(l.to) {
			l.rcpt = append(l.rcpt, a.Address)
		}
	}
	if l.auth.Verdict == "" {
		l.auth = verified
	}
	return &conversation.Incoming{
		At: d.clock(), Receipt: conversation.NewID(d.clock()), Parsed: parsed, Auth: l.auth,
		Envelope: conversation.Envelope{From: returnPath, Recipients: l.rcpt, HELO: "client.test", RemoteIP: netip.MustParseAddr("192.0.2.1")},
		Mail:     spool{bytes.NewReader([]byte(raw))},
	}
}

func (d *desk) receive(l letter) *conversation.Outcome {
	d.t.Helper()
	out, err := d.Receive(context.Background(), d.incoming(l))
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// accept receives a mail that must be taken for one target, and returns its line of the journal.
func (d *desk) accept(l letter) conversation.JournalLine {
	d.t.Helper()
	out := d.receive(l)
	if out.Action != conversation.Accepted {
		d.t.Fatalf("the mail was %s: %s", out.Action, out.Reason)
	}
	return out.Fates[0]
}

func (d *desk) show(number string) *conversation.Conversation {
	d.t.Helper()
	c, err := d.Conversation(context.Background(), operator, number)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func (d *desk) finalize(number string) {
	d.t.Helper()
	if _, err := d.Finalize(context.Background(), conversation.Intent{Actor: operator}, number, ""); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) reply(number, text string) *conversation.Message {
	d.t.Helper()
	m, err := d.Reply(context.Background(), conversation.Intent{Actor: operator}, number, conversation.ReplyRequest{Text: text})
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

func (d *desk) open() []string {
	d.t.Helper()
	list, _, err := d.Protocols(context.Background(), operator, conversation.ProtocolFilter{Status: conversation.Open}, conversation.Page{Limit: 500})
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, p := range list {
		out = append(out, p.Number)
	}
	return out
}

func (d *desk) queue() []*conversation.QueueItem {
	d.t.Helper()
	items, _, err := d.Queue(context.Background(), operator, conversation.Page{})
	if err != nil {
		d.t.Fatal(err)
	}
	return items
}

func wantFate(t *testing.T, l conversation.JournalLine, fate conversation.Fate, reason conversation.Reason) {
	t.Helper()
	if l.Fate != fate || l.Reason != string(reason) {
		t.Errorf("fate %s (%s), want %s (%s)", l.Fate, l.Reason, fate, reason)
	}
}

func ids(messages []string) string { return "<" + strings.Join(messages, "> <") + ">" }
