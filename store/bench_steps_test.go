package store

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"recado/conversation"
	"recado/internal/message"
)

// benchMail stores what the domain stores of a mail that joins or opens a protocol.
func benchMail(tx conversation.Tx, n int64, ref conversation.MailRef) error {
	sender := fmt.Sprintf("customer%d@example.com", n%5000)
	key := conversation.Key{Sender: sender}
	id := conversation.NewID(tx.Now())
	times, err := tx.Times("mails/" + sender)
	if err != nil {
		return err
	}
	content := [32]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}
	messageID := fmt.Sprintf("%d.abcdef@example.com", n)
	if _, _, err := tx.Seen(key, messageID, content); err != nil {
		return err
	}
	p, err := tx.OpenProtocol(key)
	if err != nil {
		return err
	}
	if p == nil {
		number, err := tx.NextNumber("20261123")
		if err != nil {
			return err
		}
		p = &conversation.Protocol{
			Number: number, Status: conversation.Open, Key: key, Department: "care", Channel: "soporte@example.org",
			Contact: conversation.ContactRef{Address: sender, Name: "A customer"}, Subject: "Where is my order?", OpenedAt: tx.Now(),
		}
	}
	p.Messages++
	p.Incoming++
	p.LastSeq++
	p.UpdatedAt, p.WaitingSince, p.Verdict = tx.Now(), tx.Now(), conversation.Verified
	p.Preview = "Good morning, I ordered two weeks ago and nothing has come yet; can you tell me where it is?"
	m := &conversation.Message{
		ID: id, Number: p.Number, Seq: p.LastSeq, Kind: conversation.KindIn, From: p.Contact, Subject: p.Subject, MessageID: messageID,
		To:   []message.Address{{Address: p.Channel}},
		Date: tx.Now(), ReceivedAt: tx.Now(), Preview: p.Preview, Channel: p.Channel, Department: "care", Receipt: id, Raw: ref,
		Auth: &conversation.Auth{Verdict: conversation.Verified, SPF: "pass", DKIM: "pass", DMARC: "pass", Policy: "reject",
			Evidence: []string{"DKIM: a signature of example.com verifies", "SPF: 192.0.2.1 may send for example.com"},
			Results:  "mx.example.org; spf=pass smtp.mailfrom=example.com; dkim=pass header.d=example.com; dmarc=pass"},
		Trace: []conversation.TraceStep{{Step: "address", Fact: p.Channel}, {Step: "channel", Fact: p.Channel}, {Step: "department", Fact: "care"},
			{Step: "verdict", Fact: "verified"}, {Step: "key", Fact: sender}, {Step: "rule", Fact: "1"}, {Step: "protocol", Fact: p.Number}},
		Envelope: &conversation.Envelope{From: sender, Recipients: []string{p.Channel}, HELO: "mail.example.com", TLS: "TLS1.3"},
	}
	if err := tx.PutProtocol(p); err != nil {
		return err
	}
	if err := tx.PutMessage(m); err != nil {
		return err
	}
	if err := tx.PutSeen(key, messageID, content, id); err != nil {
		return err
	}
	if err := tx.PutContact(&conversation.Contact{Key: sender, Address: sender, Name: "A customer", FirstAt: p.OpenedAt, LastAt: tx.Now()}); err != nil {
		return err
	}
	if err := tx.PutTimes("mails/"+sender, append(times, tx.Now()), tx.Now().Add(time.Hour)); err != nil {
		return err
	}
	line := &conversation.JournalLine{At: tx.Now(), Receipt: id, Recipient: p.Channel, MessageID: messageID, Fate: conversation.FateAppended, Number: p.Number, Message: id, Department: "care"}
	if err := tx.AddJournal(line); err != nil {
		return err
	}
	return tx.AddChange(&conversation.Change{At: tx.Now(), Kind: conversation.ChangeMessage, Number: p.Number, Message: id, Departments: []string{"care"}})
}

// cpu is the processor time that this process used.
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// concurrently runs fn b.N times from n goroutines, and reports the processor time of one.
func concurrently(b *testing.B, n int, fn func(i int64) error) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	before := cpu()
	for range n {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := fn(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{1, 20, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := openTest(b, Options{Dir: b.TempDir()})
			concurrently(b, n, func(i int64) error {
				return s.Update(context.Background(), func(tx conversation.Tx) error { return benchMail(tx, i, conversation.MailRef{}) })
			})
		})
	}
}

func BenchmarkAppendMail(b *testing.B) {
	raw := bytes.Repeat([]byte("0123456789abcdef"), 256)
	record := testRecord("01jdxxxxxxxxxxxxxxxxxxxxxx", raw)
	for _, n := range []int{1, 20, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := openTest(b, Options{Dir: b.TempDir()})
			concurrently(b, n, func(int64) error {
				_, err := s.AppendMail(context.Background(), record, bytes.NewReader(raw))
				return err
			})
		})
	}
}

// BenchmarkList reads the first page and one from the middle of a department's protocols.
func BenchmarkList(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := openTest(b, Options{Dir: b.TempDir()})
			at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
			for i := 0; i < n; {
				err := s.Update(b.Context(), func(tx conversation.Tx) error {
					for range min(n, 10_000) {
						i++
						sender := fmt.Sprintf("customer%d@example.com", i)
						p := &conversation.Protocol{Number: conversation.FormatNumber("20261123", uint64(i)), Status: conversation.Open,
							Key: conversation.Key{Sender: sender}, Contact: conversation.ContactRef{Address: sender},
							Department: []string{"care", "sales"}[i%2], UpdatedAt: at.Add(time.Duration(i) * time.Second)}
						if err := tx.PutProtocol(p); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			f := conversation.ProtocolFilter{Status: conversation.Open, Departments: []string{"care", "sales"}}
			for b.Loop() {
				err := s.View(b.Context(), func(tx conversation.Tx) error {
					_, next, err := tx.Protocols(f, conversation.Page{Limit: 5})
					if err != nil {
						return err
					}
					_, _, err = tx.Protocols(f, conversation.Page{Limit: 5, Cursor: next})
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
