package store

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"recado/conversation"
)

// BenchmarkTake measures what keeping a mail costs before it can be answered 250: the record in the log,
// synced, then a transaction that writes a message and a line of the journal, committed. The more connections wait,
// the more of them share each sync and commit. b.TempDir must be on a disk for the figures to tell anything.
func BenchmarkTake(b *testing.B) {
	raw := bytes.Repeat([]byte("Where is my parcel? It has not come yet, and nobody answers. \r\n"), 64)
	for _, connections := range []int{1, 20, 100} {
		b.Run(fmt.Sprint(connections), func(b *testing.B) {
			s := openTest(b, Options{Dir: b.TempDir(), Reserve: 1})
			var next atomic.Int64
			b.SetBytes(int64(len(raw)))
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
						if err := take(s, n, raw); err != nil {
							b.Error(err)
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

// take keeps the n-th mail, as the n-th message of one of a hundred protocols.
func take(s *Store, n int64, raw []byte) error {
	ctx, id := context.Background(), fmt.Sprintf("%026d", n)
	record := testRecord(id, raw)
	ref, err := s.AppendMail(ctx, record, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return s.Update(ctx, func(tx conversation.Tx) error {
		number := fmt.Sprintf("20261123-%06d", n%100)
		err := tx.PutMessage(&conversation.Message{
			ID: id, Number: number, Seq: uint64(n), Kind: conversation.KindIn, Subject: "Where is my parcel?",
			ReceivedAt: record.At, Raw: ref, Preview: "Where is my parcel? It has not come yet, and nobody answers.",
		})
		if err != nil {
			return err
		}
		return tx.AddJournal(&conversation.JournalLine{
			At: record.At, Receipt: id, Recipient: "soporte@example.org", Sender: "ana@example.com",
			Fate: conversation.FateAppended, Number: number, Message: id,
		})
	})
}
