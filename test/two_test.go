package test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"recado/internal/mailtest"
)

// world carries what two Recados send to where it belongs, as their relays would: to the other one's MX, to a
// robot that answers whatever comes, or to an address that turns out to be gone.
type world struct {
	t     *testing.T
	mx    map[string]*product // by domain
	mails atomic.Int64        // that somebody handed over to an MX, those of the test included
}

// bring hands a mail over to a domain's MX, by a client that calls itself what the sender's domain is called.
func (w *world) bring(helo, from, to string, raw []byte) {
	_, domain, _ := strings.Cut(to, "@")
	c, err := mailtest.Dial(w.mx[domain].smtp)
	if err != nil {
		w.t.Error(err)
		return
	}
	defer c.Close()
	c.Timeout = within
	if code, text := c.Cmd("EHLO " + helo); code != 250 {
		w.t.Errorf("EHLO: %d %s", code, text)
	}
	if code, text := c.Mail(from, []string{to}, mailtest.ToCRLF(raw)); code != 250 {
		w.t.Errorf("a mail from <%s> to <%s> was answered %d %s", from, to, code, text)
	}
	w.mails.Add(1)
}

// carry takes a mail from the relay of the Recado of a domain. The relay's client hears of it only after
// the mail has arrived: when no queue has anything left, nothing is on its way.
func (w *world) carry(domain string) func(mailtest.Message) {
	return func(m mailtest.Message) {
		id := headerField(m.Raw, "Message-ID")
		for i, to := range m.To {
			_, at, _ := strings.Cut(to, "@")
			switch {
			case w.mx[at] != nil:
				w.bring(domain, m.From, to, m.Raw)
			case strings.HasPrefix(to, "robot@"):
				w.bring(at, "", "care@"+domain, []byte(mail(to, "Away", fmt.Sprintf("away%d.%d@%s", m.Seq, i, at),
					"Auto-Submitted: auto-replied\nIn-Reply-To: "+id+"\n", "I am away.")))
			case strings.HasPrefix(to, "gone@") && m.From != "":
				w.bring(at, "", m.From, []byte(mail("MAILER-DAEMON@"+at, "Undelivered", fmt.Sprintf("dsn%d.%d@%s", m.Seq, i, at),
					"MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n",
					"--b\n\nIt did not arrive.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; "+at+
						"\n\nFinal-Recipient: rfc822; "+to+"\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: "+id+"\n\n--b--")))
			}
		}
	}
}

// join starts the Recado of a domain within the world.
func (w *world) join(domain string) (*product, *mailtest.Relay) {
	relay := scriptedRelay(w.t, mailtest.RelayOptions{OnMessage: w.carry(domain),
		Script: mailtest.OnRecipient("dead@verified.test", mailtest.Answer{Code: 550, Enhanced: "5.1.1", Text: "no such user"})})
	channels := strings.ReplaceAll(strings.ReplaceAll(oneDepartment, "shop.test", domain), "acknowledge = false", "acknowledge = true")
	p := newProduct(w.t, settings{address: relay.Addr(), channels: channels, zone: `
a.test. TXT "v=spf1 ip4:127.0.0.1 -all"
b.test. TXT "v=spf1 ip4:127.0.0.1 -all"
`})
	w.mx[domain] = p
	return p, relay
}

// TestTwoRecados: acknowledgements at both ends, a robot that answers everything and dead addresses. Each is
// answered as often as the rules say, and then there is silence.
func TestTwoRecados(t *testing.T) {
	w := &world{t: t, mx: map[string]*product{}}
	a, relayA := w.join("a.test")
	b, relayB := w.join("b.test")
	// step waits until neither has anything to send, and compares what each has sent so far.
	step := func(what string, sentByA, sentByB int) {
		t.Helper()
		eventually(t, what, func() bool { return len(all[queueDoc](a, "queue", "list"))+len(all[queueDoc](b, "queue", "list")) == 0 })
		if got := []int{len(relayA.Messages()), len(relayB.Messages())}; !slices.Equal(got, []int{sentByA, sentByB}) {
			t.Fatalf("%s: A has sent %d mails, B %d; want %d and %d", what, got[0], got[1], sentByA, sentByB)
		}
	}
	with := func(p *product, address string) conversationDoc {
		t.Helper()
		l := p.protocols("--contact", address)
		if len(l) != 1 {
			t.Fatalf("%d protocols with %s", len(l), address)
		}
		return p.show(l[0].Number)
	}

	w.bring("b.test", "care@b.test", "care@a.test", []byte(mail("care@b.test", "Hello", "1@b.test", "", "Are you there?")))
	step("A acknowledges, and B does not answer that", 1, 0)
	a.reply(with(a, "care@b.test").Number, "Yes.")
	step("B acknowledges A's answer, and A does not answer that", 2, 1)
	b.reply(with(b, "care@a.test").Number, "Good.")
	step("A has an open protocol: nothing to acknowledge", 2, 2)
	a.reply(with(a, "care@b.test").Number, "Indeed.")
	step("nor has B", 3, 2)

	w.bring("verified.test", "robot@verified.test", "care@a.test", []byte(mail("robot@verified.test", "Hi", "1@v.test", "", "A person wrote this.")))
	step("the robot answers the acknowledgement", 4, 2)
	a.reply(with(a, "robot@verified.test").Number, "Hello.")
	step("and the answer", 5, 2)

	for i, address := range []string{"dead@verified.test", "gone@verified.test"} {
		w.bring("verified.test", address, "care@a.test", []byte(mail(address, "Hi", fmt.Sprintf("dead%d@v.test", i), "", "Hello.")))
	}
	step("one acknowledgement is refused, one gets lost", 6, 2)
	a.reply(with(a, "dead@verified.test").Number, "Hello.")
	a.reply(with(a, "gone@verified.test").Number, "Hello.")
	step("one answer is refused, one comes back", 7, 2)

	for address, state := range map[string]string{"dead@verified.test": "failed", "gone@verified.test": "undelivered"} {
		c := with(a, address)
		if i := slices.IndexFunc(c.Messages, func(m messageDoc) bool { return m.Kind == "out" }); i < 0 || c.Messages[i].Deliveries[0].State != state {
			t.Errorf("the answer to %s is not %s: %+v", address, state, c.Messages)
		}
	}
	// 4 of the test's own, 3 + 2 between the two, 2 of the robot's, 1 report.
	if n := w.mails.Load(); n != 12 {
		t.Errorf("%d mails came to the two, want 12", n)
	}
	if la, lb := len(a.protocols()), len(b.protocols()); la != 4 || lb != 1 {
		t.Errorf("A has %d protocols, B %d", la, lb)
	}
	if held := append(all[heldDoc](a, "held", "list"), all[heldDoc](b, "held", "list")...); len(held) != 1 || held[0].Reason != "automatic" {
		t.Errorf("held: %+v", held) // A's first acknowledgement, which answers nothing that B's Recado sent
	}
}
