package smtpd

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"recado/conversation"
	"recado/internal/mailauth"
	"recado/internal/mailtest"
)

type noReceiver struct{}

func (noReceiver) Recipient(string) conversation.RecipientStatus { return conversation.RecipientOK }
func (noReceiver) Ready() error                                  { return nil }
func (noReceiver) Receive(_ context.Context, in *conversation.Incoming) (*conversation.Outcome, error) {
	return &conversation.Outcome{Action: conversation.Accepted, Receipt: in.Receipt}, nil
}

type noVerifier struct{}

func (noVerifier) Check(context.Context, mailauth.Request) mailauth.Result { return mailauth.Result{} }

// BenchmarkReceive measures what SMTP, spool and parse cost: nothing is verified or stored. Every connection
// sends mail after mail, waiting for each reply as most clients do.
func BenchmarkReceive(b *testing.B) {
	for _, size := range []int{4 << 10, 1 << 20} {
		for _, connections := range []int{1, 20, 100} {
			b.Run(fmt.Sprintf("%dKB/%d", size>>10, connections), func(b *testing.B) {
				receive(b, size, connections)
			})
		}
	}
}

func receive(b *testing.B, size, connections int) {
	srv := serve(b, func(o *Options) {
		o.Limits, o.Receiver, o.Verifier, o.MaxMessage = Limits{}, noReceiver{}, noVerifier{}, 25<<20
	})
	mail := mailtest.DotStuff([]byte(simpleMail + strings.Repeat(strings.Repeat("x", 74)+"\r\n", (size-len(simpleMail))/76)))
	clients := make([]*mailtest.Conn, connections)
	for i := range clients {
		clients[i] = srv.client(b)
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	b.SetBytes(int64(len(mail)))
	b.ReportAllocs()
	b.ResetTimer()
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := sendOne(c, mail); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

func sendOne(c *mailtest.Conn, stuffed []byte) error {
	if code, text := sendWire(c, stuffed); code != 250 {
		return fmt.Errorf("answered %d %s", code, text)
	}
	return nil
}
