package conversation

import (
	"time"

	"recado/internal/message"
)

// spread is how many times mails_per_hour one sender's name may come to from all networks together while
// nobody vouches for it, and how many times ack_per_hour a whole domain is acknowledged.
const (
	spreadNetworks = 10
	spreadDomain   = 100
)

// count is the times of the last hour noted under a name, and how many there may be.
type count struct {
	name  string
	limit int
}

// floods are the counts that the mail adds to (rule 15). Who is vouched for is counted by his address alone.
// Anybody can write the address of somebody else, and must not get that one's own mail held: without a
// verdict it is counted by the network that brings it too, and over all networks only at a multiple.
func (f *mailFacts) floods() []count {
	limit := f.d.Limits.MailsPerHour
	switch {
	case limit <= 0 || !f.sender.named:
		return nil
	case f.in.Auth.Verdict == Verified:
		return []count{{"mails/" + f.sender.from, limit}}
	}
	name := "mails-unverified/" + f.sender.from
	return []count{{name + "/" + network(f.in.Envelope.RemoteIP), limit}, {name, spreadNetworks * limit}}
}

// readFlood tells whether one of the counts is full.
func (f *mailFacts) readFlood(tx Tx) error {
	f.flood = false
	for _, c := range f.floods() {
		full, err := c.full(tx)
		if err != nil {
			return err
		}
		f.flood = f.flood || full
	}
	return nil
}

// countMail counts the mail towards its sender's flood (rule 15).
func countMail(tx Tx, f *mailFacts) error {
	for _, c := range f.floods() {
		if err := noteTime(tx, c.name, c.limit); err != nil {
			return err
		}
	}
	return nil
}

// acks are the counts that an acknowledgement adds to (rule 14): of its recipient, and of his domain. A
// system that answers each of our mails from another address of its own is stopped by the second.
func acks(key string, limit int) []count {
	domain := message.Address{Address: key}.Domain()
	return []count{{ackName(key), limit}, {ackName("@" + domain), spreadDomain * limit}}
}

func (c count) full(tx Tx) (bool, error) {
	times, err := tx.Times(c.name)
	return len(within(times, tx.Now().Add(-time.Hour))) >= c.limit, err
}
