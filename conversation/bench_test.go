package conversation_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/message"
	"recado/store"
)

// BenchmarkReceive measures judging and storing a mail that was parsed and verified already: the rules
// over a store on disk, the raw mail in its log, the protocol found, the journal, all durable.
func BenchmarkReceive(b *testing.B) {
	for _, connections := range []int{1, 20, 100} {
		b.Run(fmt.Sprint(connections), func(b *testing.B) {
			s, err := store.Open(store.Options{Dir: b.TempDir(), Reserve: 1})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				if err := s.Close(); err != nil {
					b.Error(err)
				}
			})
			m := conversation.NewManager(conversation.Options{
				Store: s, Signer: conversation.NewSigner([]byte("a secret of the tests")), MaxMessage: 1 << 20,
				Directory: directory(func(d *conversation.Directory) { d.Limits.MailsPerHour = 0 }),
			})
			var next atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			var all sync.WaitGroup
			for range connections {
				all.Go(func() {
					for {
						n := next.Add(1)
						if n > int64(b.N) {
							return
						}
						out, err := m.Receive(context.Background(), benchMail(n))
						if err != nil || out.Action != conversation.Accepted {
							b.Errorf("mail %d: %v, %v", n, out, err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
}

// benchMail is the n-th mail, of one of a thousand customers.
func benchMail(n int64) *conversation.Incoming {
	from := fmt.Sprintf("customer%d@c.test", n%1000)
	raw := []byte(fmt.Sprintf("From: %s\r\nTo: care@shop.test\r\nSubject: Order %d\r\nMessage-ID: <%d@c.test>\r\n\r\n", from, n, n) +
		strings.Repeat("Where is my parcel? It has not come yet, and nobody answers. \r\n", 64))
	at := time.Now()
	return &conversation.Incoming{
		At: at, Receipt: conversation.NewID(at), Parsed: message.ParseBytes(raw, message.Options{}), Auth: verified,
		Envelope: conversation.Envelope{From: from, Recipients: []string{"care@shop.test"}, HELO: "client.test", RemoteIP: netip.MustParseAddr("192.0.2.1")},
		Mail:     spool{bytes.NewReader(raw)},
	}
}
