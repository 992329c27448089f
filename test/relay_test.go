package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"recado/internal/mailtest"
)

const beto = "beto@verified.test"

// answered is a product with one protocol of Ana's, and an answer to it on its way.
func answered(t *testing.T, s settings) (p *product, number string, out messageDoc) {
	t.Helper()
	if s.channels == "" {
		s.channels = signedDepartment
	}
	p = newProduct(t, s)
	p.accept(ana, []string{"care@shop.test"}, mail(anaByName, "Factura", "q1@verified.test", "", "Hola"))
	number = p.one().Number
	return p, number, p.reply(number, "Aquí está.")
}

// scriptedRelay fails as it is told from its first connection on.
func scriptedRelay(t *testing.T, o mailtest.RelayOptions) *mailtest.Relay {
	t.Helper()
	relay, err := mailtest.NewRelay(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Close)
	return relay
}

// through is answered with a relay that fails.
func through(t *testing.T, relay *mailtest.Relay, s settings) (p *product, number string, out messageDoc) {
	t.Helper()
	s.address = relay.Addr()
	p, number, out = answered(t, s)
	p.relay = relay
	return p, number, out
}

func TestRelayDownThenUp(t *testing.T) {
	t.Parallel()
	relay := scriptedRelay(t, mailtest.RelayOptions{})
	relay.Down()
	p, number, out := through(t, relay, settings{})
	item := p.waits("deferred")
	if item.Kind != "reply" || item.Number != number || !slices.Equal(item.Recipients, []string{ana}) || !strings.Contains(item.Last, "cannot be reached") {
		t.Errorf("%+v", item)
	}
	if err := relay.Up(); err != nil {
		t.Fatal(err)
	}
	p.retry()
	got := p.sent(1)
	p.delivered(number)
	if m := readForeign(t, got[0].Raw); m.header.Get("Message-Id") != "<"+out.MessageID+">" || !strings.HasPrefix(m.text, "Aquí está.\n\n-- \n") {
		t.Errorf("%s: %q", m.header.Get("Message-Id"), m.text)
	}
}

// What the relay refuses for good is told; the other recipient has the mail, once.
func TestRelayRefusesOneOfTwo(t *testing.T) {
	relay := scriptedRelay(t, mailtest.RelayOptions{})
	p, number, _ := through(t, relay, settings{})
	p.delivered(number)
	relay.Reset()
	relay.SetScript(mailtest.OnRecipient(beto, mailtest.Answer{Code: 550, Enhanced: "5.1.1", Text: "Nobody of that name here"}))

	p.post("/protocols/"+number+"/replies", map[string]any{"text": "To both.", "to": []string{ana}, "cc": []string{"Beto <" + beto + ">"}})
	p.sent(1)
	p.emptyQueue()
	states := map[string]deliveryDoc{}
	for _, d := range p.outgoing(number).Deliveries {
		states[d.Recipient] = d
	}
	if d := states[ana]; d.State != "sent" || len(states) != 2 {
		t.Errorf("%+v", states)
	}
	if d := states[beto]; d.State != "failed" || d.Code != "550 5.1.1" || !strings.Contains(d.Reason, "Nobody of that name") {
		t.Errorf("%+v", d)
	}
	c := p.one()
	if last := c.Messages[len(c.Messages)-1]; last.Kind != "event" || !strings.Contains(last.Text, beto) || !strings.Contains(last.Text, "550 5.1.1") || strings.Contains(last.Text, ana) {
		t.Errorf("the protocol ends with %+v", last)
	}
	mails := relay.Messages()
	if len(mails) != 1 || !slices.Equal(mails[0].To, []string{ana}) {
		t.Errorf("%d mails: %q", len(mails), mails[0].To)
	}
	if m := readForeign(t, mails[0].Raw); len(m.cc) != 1 || m.cc[0].Address != beto || m.cc[0].Name != "Beto" {
		t.Errorf("Cc: %v", m.cc)
	}
}

// A relay that breaks off before the final dot has nothing: the mail is sent again, and once in all.
func TestRelayDropsBeforeDot(t *testing.T) {
	// More than the buffers between us and the relay hold, so that we cannot have come to the dot.
	large := filepath.Join(t.TempDir(), "large.bin")
	if err := os.WriteFile(large, make([]byte, 12<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, stage := range []mailtest.Stage{mailtest.StageConnect, mailtest.StageData, mailtest.StageBody} {
		t.Run(string(stage), func(t *testing.T) {
			relay := scriptedRelay(t, mailtest.RelayOptions{})
			// An uncertain mail would wait for a person.
			p, number, _ := through(t, relay, settings{relay: "security = \"none\"\nuncertain = \"ask\""})
			p.delivered(number)
			relay.Reset()
			relay.SetScript(mailtest.OnStage(stage, mailtest.Answer{Drop: true}))
			if stage == mailtest.StageConnect { // the connection is kept for a while
				relay.Down()
				if err := relay.Up(); err != nil {
					t.Fatal(err)
				}
			}
			p.reply(number, "With a file.", "--attach", large)
			if item := p.waits("deferred"); !strings.Contains(item.Last, "connection to the relay broke") {
				t.Errorf("%+v", item)
			}
			relay.SetScript(nil)
			p.retry()
			p.sent(1)
			p.delivered(number)
			if mails := relay.Messages(); len(mails) != 1 || len(mails[0].Raw) < 16<<20 {
				t.Errorf("%d mails", len(mails))
			}
		})
	}
}

// dropsAfterDot takes the first mail and dies before it says so.
func dropsAfterDot() mailtest.Script {
	return mailtest.Times(1, mailtest.OnStage(mailtest.StageDot, mailtest.Answer{Drop: true}))
}

// A relay that breaks off after the final dot may have the mail: better twice than never, and the same mail.
func TestRelayDropsAfterDot(t *testing.T) {
	relay := scriptedRelay(t, mailtest.RelayOptions{Script: dropsAfterDot()})
	p, number, out := through(t, relay, settings{})
	p.sent(1)
	if item := p.waits("deferred"); !strings.Contains(item.Last, "may have taken it") {
		t.Errorf("%+v", item)
	}
	if d := p.outgoing(number).Deliveries[0]; d.State != "uncertain" {
		t.Errorf("%+v", d)
	}
	p.retry()
	p.delivered(number)
	sameTwice(t, relay, out)
}

// Where the file says so, a person decides whether it is sent again.
func TestRelayDropsAfterDotAsk(t *testing.T) {
	relay := scriptedRelay(t, mailtest.RelayOptions{Script: dropsAfterDot()})
	p, number, out := through(t, relay, settings{relay: "security = \"none\"\nuncertain = \"ask\""})
	p.sent(1)
	item := p.waits("uncertain")
	if d := p.outgoing(number).Deliveries[0]; d.State != "uncertain" || !strings.Contains(d.Reason, "may have taken it") {
		t.Errorf("%+v", d)
	}
	c := p.one()
	if last := c.Messages[len(c.Messages)-1]; last.Kind != "event" || !strings.Contains(last.Text, "Decide whether to send it again") {
		t.Errorf("the protocol ends with %+v", last)
	}

	// Nothing but a person moves it: not a restart, and not other mail that passes.
	p.stop()
	p.start()
	p.reply(number, "Another.")
	p.sent(2)
	if again := p.waits("uncertain"); again.ID != item.ID || again.Attempts != 1 {
		t.Errorf("%+v", again)
	}
	if mails := relay.Messages(); len(mails) != 2 || !bytes.Contains(mails[1].Raw, []byte("Another.")) {
		t.Errorf("%d mails", len(mails))
	}
	relay.Reset()
	p.retry()
	p.sent(1)
	p.emptyQueue()
	if got := relay.Messages(); len(got) != 1 || !bytes.Contains(got[0].Raw, []byte("<"+out.MessageID+">")) {
		t.Errorf("%d mails", len(got))
	}
}

// sameTwice holds that the relay got one mail twice, octet by octet but for the time in the signature.
func sameTwice(t *testing.T, relay *mailtest.Relay, out messageDoc) {
	t.Helper()
	mails := relay.Messages()
	if len(mails) != 2 {
		t.Fatalf("%d mails, want the same twice", len(mails))
	}
	first, second := unsigned(t, mails[0].Raw), unsigned(t, mails[1].Raw)
	if !bytes.Equal(first, second) {
		t.Errorf("the second differs:\n%s\n%s", first, second)
	}
	if !bytes.Contains(first, []byte("\r\nMessage-ID: <"+out.MessageID+">\r\n")) || mails[0].From != mails[1].From {
		t.Errorf("from %q, then %q:\n%s", mails[0].From, mails[1].From, first)
	}
}

// unsigned takes the signature off, which is the first field.
func unsigned(t *testing.T, raw []byte) []byte {
	t.Helper()
	lines := bytes.SplitAfter(raw, []byte("\r\n"))
	if !bytes.HasPrefix(lines[0], []byte("DKIM-Signature:")) {
		t.Fatalf("not signed:\n%s", raw)
	}
	for i, line := range lines[1:] {
		if !bytes.HasPrefix(line, []byte(" ")) && !bytes.HasPrefix(line, []byte("\t")) {
			return bytes.Join(lines[1+i:], nil)
		}
	}
	return nil
}

// A power cut while the relay has the mail and has not answered: the next start sends it.
func TestRelayKilledWhileSending(t *testing.T) {
	for name, uncertain := range map[string]string{"retry": "retry", "ask": "ask"} {
		t.Run(name, func(t *testing.T) {
			hold, atDot := make(chan struct{}), atomic.Bool{}
			relay := scriptedRelay(t, mailtest.RelayOptions{Script: func(e mailtest.Event) mailtest.Answer {
				if e.Stage == mailtest.StageDot && !atDot.Swap(true) {
					return mailtest.Answer{Hold: hold, Drop: true, Lose: true}
				}
				return mailtest.Answer{}
			}})
			p, number, out := through(t, relay, settings{relay: fmt.Sprintf("security = \"none\"\nuncertain = %q", uncertain)})
			eventually(t, "the relay has the mail", atDot.Load)
			p.kill()
			close(hold)
			p.start()
			if uncertain == "ask" {
				if item := p.waits("uncertain"); !strings.Contains(item.Last, "may have taken") {
					t.Errorf("%+v", item)
				}
				if n := len(relay.Messages()); n != 0 {
					t.Errorf("%d mails were sent unasked", n)
				}
				p.retry()
			}
			got := p.sent(1)[0]
			p.delivered(number)
			if m := readForeign(t, got.Raw); m.header.Get("Message-Id") != "<"+out.MessageID+">" || !strings.HasPrefix(m.text, "Aquí está.\n\n-- \n") {
				t.Errorf("%s: %q", m.header.Get("Message-Id"), m.text)
			}
			if n := len(relay.Messages()); n != 1 {
				t.Errorf("%d mails", n)
			}
		})
	}
}

// Without the protection that the file asks for, neither a mail nor a password is said.
func TestRelayUnprotected(t *testing.T) {
	ca, err := mailtest.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		relay mailtest.RelayOptions
		want  string
	}{
		"no STARTTLS":             {mailtest.RelayOptions{}, "does not offer STARTTLS, and nothing is sent in clear"},
		"a certificate of nobody": {mailtest.RelayOptions{Security: mailtest.SecurityStartTLS, Certificate: cert}, "certificate is not good for 127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			var said atomic.Int32
			tt.relay.Users = map[string]string{"recado": "geheim"}
			tt.relay.Script = func(e mailtest.Event) mailtest.Answer {
				switch e.Stage {
				case mailtest.StageAuth, mailtest.StageMail, mailtest.StageRcpt, mailtest.StageData:
					said.Add(1)
				}
				return mailtest.Answer{}
			}
			p, number, _ := through(t, scriptedRelay(t, tt.relay), settings{
				relay: "security = \"starttls\"\nusername = \"recado\"\npassword_env = \"RELAY_PASSWORD\"", env: []string{"RELAY_PASSWORD=geheim"},
			})
			if item := p.waits("deferred"); !strings.Contains(item.Last, tt.want) {
				t.Errorf("the queue says %q", item.Last)
			}
			if d := p.outgoing(number).Deliveries[0]; d.State != "deferred" || !strings.Contains(d.Reason, tt.want) {
				t.Errorf("%+v", d)
			}
			if n := said.Load(); n != 0 || len(p.relay.Messages()) != 0 {
				t.Errorf("%d commands that tell something were sent", n)
			}
		})
	}
}

// post sends a document to the API on the local socket, which must take it.
func (p *product) post(path string, body any) messageDoc {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.socket().Post("http://recado/api/v1"+path, "application/json", bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	var m messageDoc
	if err := json.NewDecoder(answer.Body).Decode(&m); err != nil || answer.StatusCode != http.StatusCreated {
		p.t.Fatalf("POST %s: %s: %v", path, answer.Status, err)
	}
	return m
}
