package conversation

import (
	"io"
	"time"

	"recado/internal/message"
)

// Intent goes with everything that changes something.
type Intent struct {
	Actor Actor
	// IdempotencyKey, when given, makes a repeated request return what the first one made. Kept for a day.
	IdempotencyKey string
	// IfMatch, when given, is the version that the asker saw: CodeChanged when the protocol moved on.
	IfMatch *uint64
}

// AttachmentInput is a file that goes out with a message.
type AttachmentInput struct {
	Name string
	Type string // media type; empty: told from the name and the first bytes
	Size int64
	// Placed: it is a picture that stands in the text where its message.ImageMark does, and is attached where that is nowhere.
	Placed bool
	Open   func() (io.ReadCloser, error)
}

// ReplyRequest answers within a protocol.
type ReplyRequest struct {
	Text        string
	To, Cc      []string // empty To: the contact
	Channel     string   // empty: the address that the customer wrote to (rule 3)
	Attachments []AttachmentInput
	Written
}

// Written is what a mail that an agent wrote by hand has beyond one that a program sends.
type Written struct {
	// Wait is how long the mail stays in the queue before it may leave, so that it can be taken back
	// ([Manager.TakeBack]). Zero: it leaves at once.
	Wait time.Duration
	// Draft is what stands in the form. The kept files that it names go along after the attachments; the actor's
	// draft at the place ends with the mail, and is there again when that is taken back. Nil: no draft is touched.
	Draft *Draft
}

// ProtocolItem is a protocol as an actor sees it in a list.
type ProtocolItem struct {
	*Protocol
	Unread int // of the asking agent; for the operator: not yet read by anybody
	// Mentioned tells that a note names the asking agent, who has not read it.
	Mentioned bool
	// Given is the name that an agent gave the contact, on the protocol's side; empty: none. It is ours, and in no mail.
	Given string
}

// Known is the contact by the name that counts: what an agent gave, else what mails say.
func (p *ProtocolItem) Known() ContactRef {
	known := p.Contact
	if p.Given != "" {
		known.Name = p.Given
	}
	return known
}

// Entry is a message as a person reads it: the record, and what was read from its raw mail.
type Entry struct {
	*Message
	To, Cc, ReplyTo []message.Address
	References      []string
	Text, Quoted    string
	Damaged         bool   // the original cannot be read, as the text says in English
	HTML            string // as the mail has it: sanitise before showing (message.SafeHTML)
	Attachments     []message.Attachment
}

// Conversation is a protocol with its entries, oldest first.
type Conversation struct {
	ProtocolItem
	Entries []Entry
}

// AgentInput makes or changes an agent.
type AgentInput struct {
	Email, Name string
	Role        Role
	Departments []string
	Language    string
	Password    string
}

// AttemptResult is what the relay said of one recipient.
type AttemptResult struct {
	Recipient string
	State     DeliveryState // sent, deferred, failed or uncertain
	Code      string        // "550 5.1.1"; empty when no reply came
	Reason    string        // the reply's text, or what went wrong
}

// Attempt is one try to send a queue item.
type Attempt struct {
	Item    string // QueueItem.ID
	Owner   string // who held the lease: an attempt by anybody else changes nothing
	Results []AttemptResult
	NextAt  time.Time // when to try those again that are deferred, or retried as uncertain
	Ask     bool      // uncertain ones wait for a person instead ([relay] uncertain = "ask")
	Last    string
}

// MailRequest is an active mail: a department writes to a contact first (rule 17).
type MailRequest struct {
	Department  string
	To          string // one address
	Name        string // the contact's; empty: as he is known
	Subject     string
	Text        string
	Attachments []AttachmentInput
	Written
}

// RecontactRequest resumes contact from a finalized protocol (rule 17).
type RecontactRequest struct {
	Text        string
	Subject     string // empty: the finalized protocol's
	Attachments []AttachmentInput
	Written
}

// HistoryRequest sends what was written in a protocol (rule 17).
type HistoryRequest struct {
	To   string        // empty: the contact; another address is a supervisor's
	Wait time.Duration // as Written.Wait
}
