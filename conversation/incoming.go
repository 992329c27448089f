package conversation

import (
	"context"
	"io"
	"net/netip"
	"time"

	"recado/internal/message"
)

// Spool is a mail that was received and waits to be judged.
type Spool interface {
	io.ReaderAt
	Size() int64
	SHA256() [32]byte
}

// Incoming is one mail as it came, with every fact that does not need the store.
type Incoming struct {
	At       time.Time
	Receipt  string // [NewID]; given to the sender with the 250
	Envelope Envelope
	Mail     Spool
	Parsed   *message.Message
	Auth     Auth
	Spam     *Spam // nil: nobody was asked

	self string // the id it is kept under already, when it is explained: it is no copy of itself
}

// Action is what the sender of a mail is told.
type Action string

const (
	Accepted Action = "accepted" // 250: it is stored, and in the journal
	Refused  Action = "refused"  // 5xx: nothing is stored
	Later    Action = "later"    // 4xx: nothing but the first try is stored
)

// Outcome is what became of a mail. Reason and Rule name why; smtpd alone turns it into a reply.
type Outcome struct {
	Action  Action
	Reason  Reason
	Receipt string
	Fates   []JournalLine // one a recipient, when accepted
}

// Receiver is what an SMTP server needs of the domain. [Manager] is one.
type Receiver interface {
	// Recipient tells whether mail to address is taken (rules 4 and 12). It reads nothing but memory.
	Recipient(address string) RecipientStatus
	// Ready returns nil while mail can be taken; else an error that says why not (no room, a failed sync).
	Ready() error
	// Receive judges and stores. It returns an error only for a fault of ours: the sender is to try again.
	// An Accepted outcome means that everything is on disk. It does not keep in.Mail after it returned.
	Receive(ctx context.Context, in *Incoming) (*Outcome, error)
}

// network is the /24 or /64 that the address stands in, for what senders of many hosts share (rule 9).
func network(ip netip.Addr) string {
	bits := 64
	ip = ip.Unmap()
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}
