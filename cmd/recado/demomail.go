package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"recado/conversation"
	"recado/internal/mailtest"
	"recado/internal/message"
)

// demoMails are sent in the order of their names.
//
//go:embed demo/*.eml
var demoMails embed.FS

// demoZone is the DNS of the demo's senders: those of correo.example sign by DKIM, most others are vouched
// for by SPF, nobody vouches for the workshop, and banco.example asks that mail like this be rejected.
func demoZone() (*mailtest.Zone, error) {
	zone, err := mailtest.ParseZone(`
correo.example. TXT "v=spf1 ip4:127.0.0.1 -all"
_dmarc.correo.example. TXT "v=DMARC1; p=reject"
mensagem.example. TXT "v=spf1 ip4:127.0.0.1 -all"
mailbox.example. TXT "v=spf1 ip4:127.0.0.1 ~all"
_dmarc.mailbox.example. TXT "v=DMARC1; p=quarantine"
teahouse.example. TXT "v=spf1 ip4:127.0.0.1 -all"
buzon-lleno.example. TXT "v=spf1 ip4:127.0.0.1 -all"
embalaje.example. TXT "v=spf1 ip4:127.0.0.1 -all"
tallerdelbarrio.example. MX 10 mx.tallerdelbarrio.example.
banco.example. TXT "v=spf1 -all"
_dmarc.banco.example. TXT "v=DMARC1; p=reject"
`)
	if err == nil {
		zone.TXT("demo._domainkey.correo.example.", mailtest.DKIMRecord(mailtest.Ed25519Key()))
	}
	return zone, err
}

// play sends the mails, and gives the one answer that is to bounce.
func (d *demo) play(ctx context.Context) error {
	names, err := demoMails.ReadDir("demo")
	if err != nil {
		return err
	}
	var failed []error
	for _, n := range names {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		raw, err := demoMails.ReadFile(path.Join("demo", n.Name()))
		if err == nil {
			err = d.deliver(raw)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", n.Name(), err))
		}
	}
	return errors.Join(append(failed, d.answerFullMailbox(ctx))...)
}

var ago = regexp.MustCompile(`\{\{ago (\w+)\}\}`)

// deliver sends one mail over SMTP as its sender's server would.
func (d *demo) deliver(raw []byte) error {
	raw = ago.ReplaceAllFunc(raw, func(m []byte) []byte {
		age, _ := time.ParseDuration(string(ago.FindSubmatch(m)[1])) // the mails are ours: a bad one is seen at once
		return []byte(time.Now().Add(-age).Format(time.RFC1123Z))
	})
	raw = mailtest.ToCRLF(raw)
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	from := message.ParseAddressList(msg.Header.Get("From"))
	var to []string
	for _, a := range message.ParseAddressList(msg.Header.Get("To")) {
		to = append(to, a.Address)
	}
	if len(from) != 1 || len(to) == 0 {
		return errors.New("no sender or recipient")
	}
	if strings.HasSuffix(from[0].Address, "@correo.example") {
		if raw, err = mailtest.SignDKIM(raw, "correo.example", "demo", mailtest.Ed25519Key()); err != nil {
			return err
		}
	}
	return send(d.server.smtpAddr, from[0].Address, to, raw)
}

// send delivers a mail over SMTP.
func send(server, from string, to []string, raw []byte) error {
	c, err := mailtest.Dial(server)
	if err != nil {
		return err
	}
	defer c.Close()
	if code, text := c.Cmd("EHLO mx.demo.example"); code != 250 {
		return fmt.Errorf("EHLO: %d %s", code, text)
	}
	if code, text := c.Mail(from, to, raw); code != 250 {
		return fmt.Errorf("%d %s", code, text)
	}
	c.Cmd("QUIT")
	return nil
}

// answerFullMailbox answers the customer whose mailbox is full, so that a bounce can be looked at.
func (d *demo) answerFullMailbox(ctx context.Context) error {
	operator := conversation.Actor{Operator: true}
	list, _, err := d.server.manager.Protocols(ctx, operator, conversation.ProtocolFilter{Contact: "lucia@" + fullMailbox}, conversation.Page{})
	if err != nil || len(list) == 0 {
		return err
	}
	actor := conversation.Actor{Operator: true, Email: demoAgent, Name: "Demo"}
	_, err = d.server.manager.Reply(ctx, conversation.Intent{Actor: actor}, list[0].Number, conversation.ReplyRequest{
		Text: "Hola, Lucía:\n\nHemos cambiado la dirección del pedido 48390. Saldrá mañana hacia la calle Mayor 5, 2.º B.\n\nUn saludo,\nDemo",
	})
	return err
}

// fullMailbox is the domain whose mail comes back.
const fullMailbox = "buzon-lleno.example"

// outbox prints what the relay takes, and sends a bounce for what is addressed to the full mailbox.
type outbox struct {
	out io.Writer

	mu      sync.Mutex
	server  string // where bounces go
	loud    bool
	bounces sync.WaitGroup
}

func (o *outbox) bounceTo(server string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.server = server
}

// quietUntilNow lets mails be printed from now on: those of the beginning would only be noise.
func (o *outbox) quietUntilNow() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.loud = true
}

// take is called by the relay with each mail, before its client hears that it was taken.
func (o *outbox) take(m mailtest.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.loud {
		fmt.Fprint(o.out, received(m))
	}
	for _, to := range m.To {
		if strings.HasSuffix(to, "@"+fullMailbox) && m.From != "" {
			report := []byte(bounce(m.From, to, m.Raw))
			server := o.server
			o.bounces.Go(func() { _ = send(server, "", []string{m.From}, report) }) // in vain once the demo ends
		}
	}
}

// received is a mail as the customer would see it.
func received(m mailtest.Message) string {
	var b strings.Builder
	mail := message.ParseBytes(m.Raw, message.Options{Text: true, Digest: true})
	line := strings.Repeat("─", 72)
	fmt.Fprintf(&b, "%s\nA mail left, authenticated as %s, for %s\n\n", line, m.User, strings.Join(m.To, ", "))
	for _, f := range []string{"From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References"} {
		if v := mail.Header.Get(f); v != "" {
			fmt.Fprintf(&b, "%s: %s\n", f, v)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", strings.TrimRight(mail.Text, "\n"))
	if mail.Quoted != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimRight(mail.Quoted, "\n"))
	}
	for _, a := range mail.Attachments {
		fmt.Fprintf(&b, "\n[%s, %s, %d octets]\n", a.Name, a.Type, a.Size)
	}
	b.WriteString(line + "\n")
	return b.String()
}

// bounce is the report (RFC 3464) that the server of a full mailbox sends.
func bounce(returnPath, recipient string, original []byte) string {
	header, _, _ := bytes.Cut(original, []byte("\r\n\r\n"))
	subject := mime.QEncoding.Encode("utf-8", "Undelivered Mail Returned to Sender")
	text := fmt.Sprintf(`From: Mail Delivery System <MAILER-DAEMON@mx.%[1]s>
To: %[2]s
Subject: %[3]s
Date: %[4]s
Message-ID: <bounce-%[5]d@mx.%[1]s>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain; charset=us-ascii

The mailbox of <%[6]s> is full.

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.%[1]s

Final-Recipient: rfc822; %[6]s
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 The mailbox is full

--report
Content-Type: text/rfc822-headers

`, fullMailbox, returnPath, subject, time.Now().Format(time.RFC1123Z), time.Now().UnixNano(), recipient)
	return string(mailtest.ToCRLF([]byte(text))) + string(header) + "\r\n\r\n--report--\r\n"
}
