package test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"recado/internal/mailtest"
)

// The rules of docs/rules.md, each over SMTP in and JSON out, from the built binary.

const departments = `
[[domain]]
name = "shop.test"
postmaster = "care@shop.test"

[[department]]
id = "care"
name = "Customer care"
acknowledge = false

[[department]]
id = "finance"
name = "Finance"
acknowledge = false

[[department]]
id = "hr"
name = "People"
isolated = true
acknowledge = false

[[channel]]
email = "care@shop.test"
department = "care"

[[channel]]
email = "finance@shop.test"
department = "finance"

[[channel]]
email = "hr@shop.test"
department = "hr"

[[channel]]
email = "news@shop.test"
department = "care"
send = "active"

[[channel]]
email = "closed@shop.test"
department = "care"
status = "inactive"

[[channel]]
email = "strict@shop.test"
department = "care"
send = "receptive"
unverified = "hold"
dmarc = "refuse"
`

var toCare = []string{"care@shop.test"}

func TestRule01Key(t *testing.T) {
	p := newProduct(t, settings{})
	p.accept("ana@plain.test", toCare, mail("Ana <Ana@Plain.TEST>", "One", "1@plain.test", "", "Hello."))
	p.accept("ana@plain.test", toCare, mail("ana@plain.test", "Another subject", "2@plain.test", "", "Hello again."))
	p.accept("ana+x@plain.test", toCare, mail("ana+x@plain.test", "Tagged", "3@plain.test", "", "Hello."))
	p.accept("ana@plain.test", toCare, mail("maría@münchen.test", "IDN", "4@plain.test", "", "Hello."))
	p.accept("ana@plain.test", toCare, mail("María@xn--mnchen-3ya.test", "IDN", "5@plain.test", "", "Hello."))
	got := map[string]int{}
	for _, l := range p.protocols() {
		got[l.Contact.Address] = l.Messages
	}
	if len(got) != 3 || got["Ana@plain.test"]+got["Ana@Plain.TEST"]+got["ana@plain.test"] != 2 || got["ana+x@plain.test"] != 1 {
		t.Errorf("protocols %v", got)
	}
}

func TestRule04RCPT(t *testing.T) {
	p := newProduct(t, settings{channels: departments})
	mailtest.RunDialogue(t, p.smtp, `
S: 220*
C: EHLO client.test
S: 250*
C: MAIL FROM:<ana@plain.test>
S: 250*
C: RCPT TO:<care@shop.test>
S: 250*
C: RCPT TO:<CARE+tag@Shop.TEST>
S: 250*
C: RCPT TO:<nobody@shop.test>
S: 550 5.1.1*
C: RCPT TO:<closed@shop.test>
S: 550 5.2.1*
C: RCPT TO:<news@shop.test>
S: 550 5.7.1*
C: RCPT TO:<ana@plain.test>
S: 550 5.7.1*
C: RCPT TO:<care%plain.test@shop.test>
S: 550 5.1.1*
C: RCPT TO:<postmaster>
S: 250*
C: RCPT TO:<postmaster@shop.test>
S: 250*
C: QUIT
S: 221*
`)
}

func TestRule05And06Departments(t *testing.T) {
	p := newProduct(t, settings{channels: departments})
	p.accept("ana@plain.test", toCare, mail("ana@plain.test", "One", "1@plain.test", "", "Hello."))
	p.accept("ana@plain.test", []string{"finance@shop.test"}, mail("ana@plain.test", "Two", "2@plain.test", "", "Money."))
	p.accept("ana@plain.test", []string{"hr@shop.test"}, mail("ana@plain.test", "Three", "3@plain.test", "", "A job."))
	p.accept("bob@plain.test", []string{"hr@shop.test", "finance@shop.test", "care@shop.test"},
		mail("bob@plain.test", "All", "4@plain.test", "Cc: finance@shop.test, hr@shop.test\n", "To all."))
	list := p.protocols("--contact", "ana@plain.test")
	if len(list) != 2 {
		t.Fatalf("Ana has %d protocols, want one shared and one isolated", len(list))
	}
	for _, l := range list {
		c := p.show(l.Number)
		switch c.Department {
		case "care":
			if len(c.Messages) != 2 || c.Messages[1].Channel != "finance@shop.test" {
				t.Errorf("the shared one: %+v", c.Messages)
			}
		case "hr":
			if len(c.Messages) != 1 {
				t.Errorf("the isolated one has %d messages", len(c.Messages))
			}
		}
	}
	for _, l := range p.protocols("--contact", "bob@plain.test") {
		m := p.show(l.Number).Messages[0]
		if l.Department == "hr" {
			continue
		}
		if l.Department != "care" || !slices.Contains(m.Flags, "also-sent-to") {
			t.Errorf("Bob's shared mail belongs to %s, flags %v", l.Department, m.Flags)
		}
		for _, a := range m.Cc {
			if a.Address == "hr@shop.test" {
				t.Error("the isolated department is named elsewhere")
			}
		}
	}
	if n := len(p.protocols("--department", "finance")); n != 2 {
		t.Errorf("finance sees %d protocols, want Ana's and Bob's", n)
	}
}

func TestRule07Threads(t *testing.T) {
	p := newProduct(t, settings{})
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Order", "1@v.test", "", "Where is it?"))
	number := p.one().Number
	ours := p.reply(number, "On its way.\n")
	left := p.sent(1)[0]
	if !strings.Contains(string(left.Raw), "[#"+number+"]") {
		t.Error("the subject has no number")
	}
	answer := "In-Reply-To: <" + ours.MessageID + ">\nReferences: <1@v.test> <" + ours.MessageID + ">\n"
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Re: Order", "2@v.test", answer, "Thanks."))
	if c := p.one(); len(c.Messages) != 3 {
		t.Errorf("%d messages, want 3", len(c.Messages))
	}
	p.run("protocol", "finalize", number)
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Re: Order", "3@v.test", answer, "One more thing."))
	list := p.protocols("--status", "open")
	if len(list) != 1 || !slices.Contains(list[0].Links, link{number, "previous"}) {
		t.Fatalf("after finalize: %+v", list)
	}
	if c := p.show(number); !slices.Contains(c.Links, link{list[0].Number, "next"}) || c.Status != "finalized" {
		t.Errorf("the old one: %s %v", c.Status, c.Links)
	}
	p.accept("eva@verified.test", toCare, mail("eva@verified.test", "Re: Order", "4@v.test", answer, "I am somebody else."))
	eva := p.protocols("--contact", "eva@verified.test")
	if len(eva) != 1 || !slices.Contains(p.show(eva[0].Number).Messages[0].Flags, "stranger") {
		t.Errorf("the stranger: %+v", eva)
	}
}

func TestRule09Verdict(t *testing.T) {
	p := newProduct(t, settings{channels: departments})
	for _, tt := range []struct {
		name, from, mailFrom, to string
		code                     int
		enhanced, verdict        string
	}{
		{"verified", "ana@verified.test", "ana@verified.test", "care@shop.test", 250, "2.0.0", "verified"},
		{"unverified", "ana@plain.test", "ana@plain.test", "care@shop.test", 250, "2.0.0", "unverified"},
		{"SPF of another domain", "ana@plain.test", "x@verified.test", "care@shop.test", 250, "2.0.0", "unverified"},
		{"failed, held", "ana@strict.test", "ana@strict.test", "care@shop.test", 250, "2.0.0", "held policy"},
		{"failed, refused", "bob@strict.test", "bob@strict.test", "strict@shop.test", 550, "5.7.1", ""},
		{"unverified, held", "bob@plain.test", "bob@plain.test", "strict@shop.test", 250, "2.0.0", "held unverified"},
		{"no address in From", "Ana", "x@plain.test", "care@shop.test", 550, "5.6.0", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, text := p.deliver(tt.mailFrom, []string{tt.to}, mail(tt.from, tt.name, strings.ReplaceAll(tt.name, " ", "")+"@x.test", "", "Hello."))
			if code != tt.code || !strings.HasPrefix(text, tt.enhanced) {
				t.Fatalf("answered %d %s, want %d %s", code, text, tt.code, tt.enhanced)
			}
			if reason, held := strings.CutPrefix(tt.verdict, "held "); held {
				for _, h := range all[heldDoc](p, "held", "list") {
					if h.Subject == tt.name && h.Reason == reason {
						return
					}
				}
				t.Errorf("it is not held as %s", reason)
			} else if tt.verdict != "" {
				for _, l := range p.protocols("--contact", tt.from) {
					for _, m := range p.show(l.Number).Messages {
						if m.Subject == tt.name && m.Auth.Verdict == tt.verdict {
							return
						}
					}
				}
				t.Errorf("no message of the verdict %s", tt.verdict)
			}
		})
	}
	two := "From: a@plain.test\nFrom: b@plain.test\nTo: care@shop.test\nMessage-ID: <two@x.test>\n\nHello.\n"
	if code, text := p.deliver("a@plain.test", toCare, two); code != 550 || !strings.HasPrefix(text, "5.6.0") {
		t.Errorf("two From fields: %d %s", code, text)
	}
	several := "From: a@plain.test, b@plain.test\nSender: b@plain.test\nTo: care@shop.test\nMessage-ID: <sev@x.test>\n\nHello.\n"
	p.accept("b@plain.test", toCare, several)
	if n := len(p.protocols("--contact", "b@plain.test")); n != 1 {
		t.Errorf("Sender's choice among several has %d protocols", n)
	}
	p.zone.ServFail("away.test.")
	if code, text := p.deliver("a@away.test", toCare, mail("a@away.test", "DNS", "dns@x.test", "", "Hello.")); code != 451 || !strings.HasPrefix(text, "4.4.3") {
		t.Errorf("DNS does not answer: %d %s", code, text)
	}
}

func TestRule11AutomaticMail(t *testing.T) {
	p := newProduct(t, settings{})
	p.accept("news@verified.test", toCare, mail("news@verified.test", "News", "1@v.test", "Precedence: bulk\n", "Buy."))
	p.accept("list@verified.test", toCare, mail("list@verified.test", "List", "2@v.test", "List-Id: <l.verified.test>\n", "Hello."))
	held := all[heldDoc](p, "held", "list")
	if len(held) != 1 || held[0].Reason != "automatic" || held[0].From.Address != "news@verified.test" {
		t.Errorf("held %+v", held)
	}
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Order", "3@v.test", "", "Hello."))
	number := p.protocols("--contact", "ana@verified.test")[0].Number
	ours := p.reply(number, "Hello.")
	p.accept("", toCare, mail("ana@verified.test", "Out of office", "4@v.test", "Auto-Submitted: auto-replied\nIn-Reply-To: <"+ours.MessageID+">\n", "I am away."))
	c := p.show(number)
	last := c.Messages[len(c.Messages)-1]
	if last.Kind != "event" || !strings.Contains(last.Text, "I am away.") {
		t.Errorf("the vacation reply became %s %q", last.Kind, last.Text)
	}
}

func TestRule12Reports(t *testing.T) {
	p := newProduct(t, settings{})
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "Order", "1@v.test", "", "Hello."))
	number := p.one().Number
	ours := p.reply(number, "Hello.")
	path := p.sent(1)[0].From
	if !strings.HasPrefix(path, "b+") || !strings.HasSuffix(path, "@shop.test") || len(path)-len("@shop.test") > 64 {
		t.Fatalf("return path %s", path)
	}
	report := strings.ReplaceAll(mail("MAILER-DAEMON@mx.verified.test", "Undelivered", "r@mx.v.test", `MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b
`, `--b
Content-Type: text/plain

It did not arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.verified.test

Final-Recipient: rfc822; ana@verified.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: <ORIGINAL>

--b--
`), "ORIGINAL", ours.MessageID)
	p.accept("", []string{strings.ToUpper(path[:10]) + path[10:]}, report)
	for _, m := range p.one().Messages {
		if m.ID != ours.ID {
			continue
		}
		if d := m.Deliveries[0]; d.State != "undelivered" || d.Code != "5.1.1" || !strings.Contains(d.Reason, "no such user") {
			t.Errorf("delivery %+v", d)
		}
	}
	p.accept("", toCare, strings.ReplaceAll(strings.ReplaceAll(report, ours.MessageID, "nobody@x.test"), "r@mx", "r2@mx"))
	if held := all[heldDoc](p, "held", "list"); len(held) != 1 || held[0].Reason != "backscatter" {
		t.Errorf("held %+v", held)
	}
	if code, _ := p.deliver("", []string{"b+" + strings.Repeat("0", 26) + "." + strings.Repeat("0", 16) + "@shop.test"}, report); code != 550 {
		t.Errorf("a forged return path is answered %d", code)
	}
}

func TestRule13Duplicates(t *testing.T) {
	p := newProduct(t, settings{})
	m := mail("ana@plain.test", "Order", "1@plain.test", "", "Hello.")
	first := p.accept("ana@plain.test", toCare, m)
	second := p.accept("ana@plain.test", toCare, "Received: from a by b; Mon, 23 Nov 2026 10:00:01 -0300\n"+m)
	if first == second {
		t.Error("two deliveries have one receipt")
	}
	p.accept("ana@plain.test", toCare, strings.Replace(m, "Hello.", "Other words.", 1))
	c := p.one()
	if len(c.Messages) != 2 || !slices.Contains(c.Messages[1].Flags, "duplicate-id") {
		t.Errorf("%d messages; flags of the last: %v", len(c.Messages), c.Messages[len(c.Messages)-1].Flags)
	}
	var fates []string
	for _, l := range all[journalDoc](p, "journal") {
		fates = append(fates, l.Fate)
	}
	if !slices.Equal(fates, []string{"appended", "duplicate", "opened"}) {
		t.Errorf("fates, newest first: %v", fates)
	}
}

func TestRule14Acknowledgement(t *testing.T) {
	p := newProduct(t, settings{channels: strings.Replace(oneDepartment, "acknowledge = false", "acknowledge = true\nlanguage = \"pt\"", 1)})
	p.accept("ana@verified.test", toCare, mail("Ana <ana@verified.test>", "Segredo", "1@v.test", "", "Olá."))
	p.accept("eva@plain.test", toCare, mail("eva@plain.test", "Unverified", "2@v.test", "", "Olá."))
	ack := p.sent(1)[0]
	raw := string(ack.Raw)
	if ack.From != "" || !slices.Equal(ack.To, []string{"ana@verified.test"}) {
		t.Errorf("the acknowledgement goes from <%s> to %v", ack.From, ack.To)
	}
	number := p.protocols("--contact", "ana@verified.test")[0].Number
	for _, want := range []string{"Auto-Submitted: auto-replied", number, "In-Reply-To: <1@v.test>", "protocolo"} {
		if !strings.Contains(raw, want) {
			t.Errorf("it has no %q:\n%s", want, raw)
		}
	}
	if strings.Contains(raw, "Segredo") {
		t.Error("it repeats the sender's words")
	}
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "More", "3@v.test", "", "Olá."))
	eventually(t, "the queue is empty", func() bool { return len(all[queueDoc](p, "queue", "list")) == 0 })
	if n := len(p.relay.Messages()); n != 1 {
		t.Errorf("%d acknowledgements, want 1", n)
	}
}

func TestRule15LoopsAndFloods(t *testing.T) {
	p := newProduct(t, settings{limits: "mails_per_hour = 3"})
	loop := strings.Repeat("Received: by x\n", 101) + mail("ana@plain.test", "Loop", "l@plain.test", "", "Hello.")
	if code, text := p.deliver("ana@plain.test", toCare, loop); code != 554 || !strings.HasPrefix(text, "5.4.6") {
		t.Errorf("101 Received: %d %s", code, text)
	}
	p.accept("care@shop.test", toCare, mail("care@shop.test", "Ourselves", "o@plain.test", "", "Hello."))
	for i := range 4 {
		p.accept("bob@plain.test", toCare, mail("bob@plain.test", "Again", fmt.Sprintf("%d@plain.test", i), "", "Hello."))
	}
	var reasons []string
	for _, h := range all[heldDoc](p, "held", "list") {
		reasons = append(reasons, h.Reason)
	}
	if !slices.Equal(reasons, []string{"flood", "loop"}) {
		t.Errorf("held, newest first: %v", reasons)
	}
}

func TestRule18FinalizeAndReopen(t *testing.T) {
	p := newProduct(t, settings{})
	p.accept("ana@plain.test", toCare, mail("ana@plain.test", "One", "1@plain.test", "", "Hello."))
	first := p.one().Number
	p.run("protocol", "finalize", first)
	p.accept("ana@plain.test", toCare, mail("ana@plain.test", "Two", "2@plain.test", "", "Hello."))
	second := p.protocols("--status", "open")[0].Number
	if first == second {
		t.Fatal("the finalized protocol took a mail")
	}
	_, errs, status := p.run("protocol", "reopen", first)
	if status != 1 || !strings.Contains(errs, second) {
		t.Errorf("reopen beside an open one: exit status %d, %s", status, errs)
	}
	p.run("protocol", "finalize", second)
	if _, errs, status := p.run("protocol", "reopen", first); status != 0 {
		t.Errorf("reopen: exit status %d, %s", status, errs)
	}
	file := filepath.Join(t.TempDir(), "reply")
	os.WriteFile(file, []byte("x"), 0o600)
	if _, errs, status := p.run("protocol", "reply", second, "--text-file", file); status != 1 || !strings.Contains(errs, "finalized") {
		t.Errorf("an answer into a finalized protocol: exit status %d, %s", status, errs)
	}
	if _, _, status := p.run("protocol", "show", "20200101-000001"); status != 3 {
		t.Errorf("an unknown protocol: exit status %d, want 3", status)
	}
}

func TestRule19HeldAndUnreadable(t *testing.T) {
	p := newProduct(t, settings{})
	receipt := p.accept("ana@strict.test", toCare, mail("ana@strict.test", "Held", "1@strict.test", "", "It is really me."))
	held := all[heldDoc](p, "held", "list")
	if len(held) != 1 || held[0].Reason != "policy" {
		t.Fatalf("held %+v", held)
	}
	if _, errs, status := p.run("held", "accept", held[0].ID); status != 0 {
		t.Fatalf("accept: exit status %d, %s", status, errs)
	}
	if c := p.one(); !strings.Contains(c.Messages[0].Text, "really me") || c.Messages[0].ID != held[0].ID {
		t.Errorf("accepted: %+v", c.Messages[0])
	}
	var fates []string
	for _, l := range all[journalDoc](p, "journal") {
		if l.Receipt == receipt {
			fates = append(fates, l.Fate)
		}
	}
	if !slices.Equal(fates, []string{"accepted", "held"}) {
		t.Errorf("fates of the receipt, newest first: %v", fates)
	}
	broken := "From: bob@plain.test\nTo: care@shop.test\nContent-Type: multipart/mixed; boundary=\nthis is no header\n\n--x\nContent-Type: text/plain; charset=nonsense\n\nStill \xe9 readable.\n"
	p.accept("bob@plain.test", toCare, broken)
	c := p.show(p.protocols("--contact", "bob@plain.test")[0].Number)
	shown := c.Messages[0].Text + c.Messages[0].Quoted
	for _, a := range c.Messages[0].Attachments {
		shown += a.Name
	}
	if !strings.Contains(shown, "readable") {
		t.Errorf("the broken mail shows %q", shown)
	}
}

func TestRule20Why(t *testing.T) {
	p := newProduct(t, settings{})
	p.accept("ana@verified.test", toCare, mail("ana@verified.test", "One", "1@v.test", "", "Hello."))
	c := p.one()
	var steps []string
	for _, s := range c.Messages[0].Trace {
		steps = append(steps, s.Step)
	}
	if !slices.Equal(steps, []string{"address", "channel", "department", "verdict", "key", "rule", "protocol"}) {
		t.Errorf("steps of the trace: %v", steps)
	}
	file := filepath.Join(t.TempDir(), "mail.eml")
	os.WriteFile(file, mailtest.ToCRLF([]byte(mail("ana@verified.test", "Two", "2@v.test", "", "Hello."))), 0o600)
	out, errs, status := p.run("explain", file, "--rcpt", "care@shop.test", "--from", "ana@verified.test", "--ip", "127.0.0.1", "--helo", "client.test")
	if status != 0 || !strings.Contains(out, c.Number) || !strings.Contains(out, "verified") {
		t.Errorf("explain: exit status %d\n%s%s", status, out, errs)
	}
	if n := len(p.one().Messages); n != 1 {
		t.Error("explain changed something")
	}
}

func TestRule21ForwardTo(t *testing.T) {
	p := newProduct(t, settings{})
	text, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), `department = "care"`, "department = \"care\"\nforward_to = \"old@elsewhere.test\"", 1)
	if err := os.WriteFile(p.file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs, status := p.run("config", "check")
	if status != 2 || !strings.Contains(errs, "forward_to") || !strings.Contains(errs, "MX") {
		t.Errorf("config check: exit status %d\n%s", status, errs)
	}
	eventually(t, "the running server reports it", func() bool { return strings.Contains(p.stderr.String(), "forward_to") })
	p.accept("ana@plain.test", toCare, mail("ana@plain.test", "Still", "1@plain.test", "", "The last valid file goes on."))
	if n := len(p.protocols()); n != 1 { // and so do the commands, by the server that runs
		t.Errorf("%d protocols while the file is not valid, want 1", n)
	}
}

// The file is taken up while the server runs, however it is saved.
func TestChannelFileIsTakenUp(t *testing.T) {
	p := newProduct(t, settings{})
	text, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	next := filepath.Join(p.dir, "next")
	os.WriteFile(next, []byte(string(text)+"\n[[channel]]\nemail = \"new@shop.test\"\ndepartment = \"care\"\n"), 0o600)
	if code, _ := p.deliver("ana@plain.test", []string{"new@shop.test"}, mail("ana@plain.test", "x", "1@p.test", "", "x")); code != 550 {
		t.Fatalf("an address that does not exist yet is answered %d", code)
	}
	if err := os.Rename(next, p.file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new address takes mail", func() bool {
		code, _ := p.deliver("ana@plain.test", []string{"new@shop.test"}, mail("ana@plain.test", "x", "1@p.test", "", "x"))
		return code == 250
	})
}

func TestMonitor(t *testing.T) {
	p := newProduct(t, settings{})
	p.accept("ana@plain.test", toCare, mail("ana@plain.test", "x", "1@p.test", "", "x"))
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		resp, err := http.Get("http://" + p.monitor + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("%s answers %s", path, resp.Status)
		}
	}
}
