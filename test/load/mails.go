package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/emersion/go-msgauth/dkim"

	"recado/internal/mailtest"
)

const (
	// senderDomains is how many domains the senders are of: all mail from one would be as unlike the
	// world as one from each.
	senderDomains = 16
	selector      = "load"
	// idMark stands in a mail's Message-ID for what is written when it is sent, in as many octets.
	idMark = "00000000000000000000"
	idForm = "%s%012d" // of the run, of the mail
)

// mail is ready for the wire: dot-stuffed, with its final dot, but for the octets between head and tail.
type mail struct {
	from       string
	head, tail []byte
}

func (m *mail) size() int { return len(m.head) + len(idMark) + len(m.tail) - len(".\r\n") }

// mails are the pool. Its method may be called by any goroutine.
type mails struct {
	pool []mail
	run  string // no two runs make the same Message-ID
	sent atomic.Uint64
}

// next is a mail that was not sent yet, and what its Message-ID is to hold.
func (p *mails) next() (*mail, string) {
	n := p.sent.Add(1)
	return &p.pool[n%uint64(len(p.pool))], fmt.Sprintf(idForm, p.run, n)
}

// makeMails makes a signed mail for each sender, and the zone that vouches for them. Signing takes longer
// than all that a server does with a mail, so it must not happen while the clock runs.
func makeMails(ctx context.Context, o options, notes io.Writer) (*mails, *mailtest.Zone, error) {
	senders := min(o.senders, max(1, maxPool/o.size))
	if senders < o.senders {
		fmt.Fprintf(notes, "%d senders rather than %d, as their mails are to fit into %d MiB\n", senders, o.senders, maxPool>>20)
	}
	var id [4]byte
	rand.Read(id[:]) // never fails since Go 1.24
	p := &mails{pool: make([]mail, senders), run: hex.EncodeToString(id[:])}
	var next atomic.Int64
	errs := make([]error, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for w := range errs {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= senders {
					return
				}
				var err error
				if p.pool[i], err = makeMail(o, i); err != nil {
					errs[w] = err
					return
				}
			}
		})
	}
	all.Wait()
	for _, err := range append(errs, ctx.Err()) {
		if err != nil {
			return nil, nil, err
		}
	}
	zone := &mailtest.Zone{TTL: 300} // seconds, as domains that send much have
	for i := range senderDomains {
		domain := senderDomain(i)
		zone.TXT(domain, "v=spf1 ip4:127.0.0.0/8 ip6:::1 -all")
		zone.TXT("_dmarc."+domain, "v=DMARC1; p=reject")
		zone.TXT(selector+"._domainkey."+domain, mailtest.DKIMRecord(mailtest.RSAKey()))
		zone.MX(domain, 10, "mx."+domain)
	}
	return p, zone, nil
}

func senderDomain(i int) string { return fmt.Sprintf("sender%02d.test", i%senderDomains) }

// makeMail writes the i-th customer's mail: the header of an ordinary client and lines of text.
func makeMail(o options, i int) (mail, error) {
	domain := senderDomain(i)
	from := fmt.Sprintf("customer%d@%s", i, domain)
	var b bytes.Buffer
	fmt.Fprintf(&b, "Received: from laptop.%s ([192.0.2.7]) by mail.%s with ESMTPSA id %08x;\r\n\tMon, 23 Nov 2026 10:00:00 +0000\r\n", domain, domain, i)
	fmt.Fprintf(&b, "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nUser-Agent: Load\r\n")
	fmt.Fprintf(&b, "Subject: A question about order %06d\r\nFrom: Customer %d <%s>\r\nTo: <%s>\r\n", i, i, from, o.to)
	fmt.Fprintf(&b, "Message-ID: <%s@%s>\r\n", idMark, domain)
	b.WriteString("Content-Type: text/plain; charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
	signature := 0
	if o.sign {
		signature = 700 // octets, about
	}
	for line := 0; b.Len()+signature < o.size; line++ {
		fmt.Fprintf(&b, "Line %d of %06d: where is my parcel? It has not come yet, né.\r\n", line, i)
	}
	raw := b.Bytes()
	if o.sign {
		var err error
		raw, err = mailtest.SignDKIMWith(raw, &dkim.SignOptions{
			Domain: domain, Selector: selector, Signer: mailtest.RSAKey(),
			HeaderKeys: []string{"From", "To", "Subject", "Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"},
		})
		if err != nil {
			return mail{}, err
		}
	}
	wire := mailtest.DotStuff(raw)
	at := bytes.Index(wire, []byte("<"+idMark+"@"))
	if at < 0 {
		return mail{}, fmt.Errorf("the mail of %s has no Message-ID", from)
	}
	at++
	return mail{from: from, head: wire[:at], tail: wire[at+len(idMark):]}, nil
}
