package test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"recado/internal/mailtest"
)

// listsOfTests lists 127.0.0.2 and not 127.0.0.1 (RFC 5782 5); broken.test does not answer.
const listsOfTests = `
2.0.0.127.list.test. A 127.0.0.4
2.0.0.127.broken.test. SERVFAIL
1.0.0.127.broken.test. SERVFAIL
wide.test. TXT "v=spf1 ip4:127.0.0.0/8 -all"
`

// deliverFrom sends a mail from an address of this machine, and returns the reply to the recipient and to the mail.
func (p *product) deliverFrom(ip, from, to, raw string) (rcpt, mail string) {
	p.t.Helper()
	c, err := mailtest.DialFrom(net.ParseIP(ip), p.smtp)
	if err != nil {
		p.t.Fatalf("from %s, which on Linux is this machine too: %v", ip, err)
	}
	defer c.Close()
	c.Timeout = within
	c.Cmd("EHLO client.test")
	c.Cmd("MAIL FROM:<" + from + ">")
	code, text := c.Cmd("RCPT TO:<" + to + ">")
	rcpt = fmt.Sprint(code, " ", text)
	if code, text = c.Cmd("DATA"); code == 354 {
		if err := c.Send(append(mailtest.DotStuff(mailtest.ToCRLF([]byte(raw))), ".\r\n"...)); err != nil {
			p.t.Fatal(err)
		}
		code, text = c.Reply()
	}
	return rcpt, fmt.Sprint(code, " ", text)
}

// factOf is what a trace says at a step; empty where it has none such.
func factOf(trace []stepDoc, step string) string {
	for _, s := range trace {
		if s.Step == step {
			return s.Fact
		}
	}
	return ""
}

// TestRule15Listed: mail from a listed host is held with the list's answer in its trace; a verified reply within an
// open protocol is not; a list that is broken stops nobody.
func TestRule15Listed(t *testing.T) {
	p := newProduct(t, settings{zone: listsOfTests, channels: "[spam]\ndnsbl = [\"list.test\", \"broken.test\"]\n" + oneDepartment})
	const bad = "127.0.0.2"
	p.accept("ana@wide.test", toCare, mail("ana@wide.test", "Order", "1@wide.test", "", "Where is it?"))
	first := p.one()
	if got := factOf(first.Messages[0].Trace, "reputation"); got != "broken.test could not be asked" {
		t.Errorf("the trace of the first: %q", got)
	}
	p.reply(first.Number, "On its way.")
	ours := "<" + p.show(first.Number).Messages[1].MessageID + ">"
	if _, got := p.deliverFrom(bad, "eve@wide.test", "care@shop.test", mail("eve@wide.test", "Buy", "2@wide.test", "", "Buy.")); !strings.HasPrefix(got, "250 ") {
		t.Fatalf("answered %s", got)
	}
	if _, got := p.deliverFrom(bad, "ana@wide.test", "care@shop.test", mail("ana@wide.test", "Re: Order", "3@wide.test", "In-Reply-To: "+ours+"\n", "Thanks.")); !strings.HasPrefix(got, "250 ") {
		t.Fatalf("answered %s", got)
	}
	if n := len(p.show(first.Number).Messages); n != 3 {
		t.Errorf("%d messages, want the reply from a listed host among three", n)
	}
	held := all[heldDoc](p, "held", "list")
	if len(held) != 1 || held[0].Reason != "spam" || held[0].Subject != "Buy" {
		t.Fatalf("held %+v", held)
	}
	var explained list[struct {
		Action string `json:"action"`
		Held   string `json:"held"`
		Trace  []stepDoc
	}]
	p.json(&explained, "explain", held[0].ID)
	if e := explained.Items[0]; e.Held != "spam" || factOf(e.Trace, "reputation") != "listed by list.test (127.0.0.4); broken.test could not be asked" {
		t.Errorf("the stored mail is explained as %+v", e)
	}
	out, errs, status := p.runWith(mail("eve@wide.test", "Buy", "9@wide.test", "", "Buy."), "explain", "-", "--json", "--ip", bad)
	if err := json.Unmarshal([]byte(out), &explained); err != nil || status != 0 {
		t.Fatalf("explain: %d %s %v", status, errs, err)
	}
	if e := explained.Items[0]; e.Held != "spam" {
		t.Errorf("a file is explained as %+v", e)
	}
	p.mustRun("held", "accept", held[0].ID)
	if n := len(p.protocols()); n != 2 {
		t.Errorf("%d protocols after it was accepted, want 2", n)
	}
}

// TestRule04Listed: where the file says so a listed host is refused at RCPT, but postmaster hears it.
func TestRule04Listed(t *testing.T) {
	p := newProduct(t, settings{zone: listsOfTests, channels: "[spam]\ndnsbl = [\"list.test\"]\nlisted = \"refuse\"\n" + oneDepartment})
	raw := mail("eve@wide.test", "Buy", "1@wide.test", "", "Buy.")
	if rcpt, got := p.deliverFrom("127.0.0.2", "eve@wide.test", "care@shop.test", raw); !strings.HasPrefix(rcpt, "550 5.7.1 ") || !strings.Contains(rcpt, "list.test") || !strings.HasPrefix(got, "503 ") {
		t.Errorf("RCPT %s, DATA %s", rcpt, got)
	}
	for _, to := range []string{"postmaster", "Postmaster@shop.test"} {
		if rcpt, got := p.deliverFrom("127.0.0.2", "eve@wide.test", to, raw); !strings.HasPrefix(rcpt, "250 ") || !strings.HasPrefix(got, "250 ") {
			t.Errorf("%s: RCPT %s, the mail %s", to, rcpt, got)
		}
	}
	if rcpt, _ := p.deliverFrom("127.0.0.1", "ana@wide.test", "care@shop.test", mail("ana@wide.test", "Order", "2@wide.test", "", "Hello.")); !strings.HasPrefix(rcpt, "250 ") {
		t.Errorf("from a host that is not listed: %s", rcpt)
	}
}

// TestRule15Rspamd: its score decides and is in the trace; while it is down, mail goes on and says so.
func TestRule15Rspamd(t *testing.T) {
	asked := make(chan string, 10)
	rspamd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked <- fmt.Sprintf("%s %s %s %s", r.URL.Path, r.Header.Get("IP"), r.Header.Get("Helo"), r.Header["Rcpt"])
		score := 1.5
		if strings.Contains(string(body), "pills") {
			score = 6
		}
		fmt.Fprintf(w, `{"score":%v,"symbols":{"PILLS":{"score":%v}}}`, score, score)
	}))
	defer rspamd.Close()
	p := newProduct(t, settings{channels: fmt.Sprintf("[spam]\nrspamd = %q\n", rspamd.URL) + oneDepartment})
	p.accept("ana@wide.test", toCare, mail("ana@wide.test", "Order", "1@wide.test", "", "Where is it?"))
	p.accept("eve@wide.test", toCare, mail("eve@wide.test", "Buy", "2@wide.test", "", "Buy pills."))
	if got := <-asked; got != "/checkv2 127.0.0.1 client.test [care@shop.test]" {
		t.Errorf("rspamd was asked %s", got)
	}
	if got := factOf(p.one().Messages[0].Trace, "reputation"); got != "rspamd 1.5 of 6 (PILLS 1.5)" {
		t.Errorf("the trace says %q", got)
	}
	held := all[heldDoc](p, "held", "list")
	if len(held) != 1 || held[0].Reason != "spam" || held[0].From.Address != "eve@wide.test" {
		t.Errorf("held %+v", held)
	}
	rspamd.Close()
	p.accept("eva@wide.test", toCare, mail("eva@wide.test", "Buy", "3@wide.test", "", "Buy pills."))
	i := slices.IndexFunc(p.protocols(), func(l protocolDoc) bool { return l.Contact.Address == "eva@wide.test" })
	if i < 0 {
		t.Fatal("while rspamd is down, mail does not go on")
	}
	if got := factOf(p.show(p.protocols()[i].Number).Messages[0].Trace, "reputation"); got != "rspamd could not be asked" {
		t.Errorf("the trace says %q", got)
	}
}
