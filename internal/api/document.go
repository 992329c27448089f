package api

import (
	"strings"
	"time"
)

// Time is a moment as documents show it: RFC 3339 in UTC to the millisecond, null when it did not come.
type Time struct{ time.Time }

const timeForm = "2006-01-02T15:04:05.000Z07:00"

// MarshalJSON writes null for the zero time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + t.UTC().Format(timeForm) + `"`), nil
}

// UnmarshalJSON is the inverse.
func (t *Time) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" {
		*t = Time{}
		return nil
	}
	at, err := time.Parse(time.RFC3339, text)
	t.Time = at
	return err
}

// List is a page of a list. Next is the cursor of the page after it, "" at the end.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
	// Incomplete says why things may be missing; absent where none are.
	Incomplete string `json:"incomplete,omitempty"`
}

// Address is somebody's address with a name.
type Address struct {
	Address string `json:"address"`
	Name    string `json:"name"`
}

// Link leads to another protocol. Kind is previous, next, split, merged or stranger.
type Link struct {
	Number string `json:"number"`
	Kind   string `json:"kind"`
}

// Protocol is a numbered conversation, in lists without its messages.
type Protocol struct {
	Number         string   `json:"number"`
	Status         string   `json:"status"` // open, finalized
	Department     string   `json:"department"`
	Channel        string   `json:"channel"`
	Contact        Address  `json:"contact"` // by the name that an agent gave, else the mails' own
	Subject        string   `json:"subject"`
	Agent          string   `json:"agent"` // whom it is assigned to
	Version        uint64   `json:"version"`
	Messages       int      `json:"messages"` // incoming and outgoing ones
	Unread         int      `json:"unread"`
	OpenedAt       Time     `json:"opened_at"`
	UpdatedAt      Time     `json:"updated_at"`
	FinalizedAt    Time     `json:"finalized_at"`
	Links          []Link   `json:"links"`
	Tags           []string `json:"tags"`
	Classification string   `json:"classification"`
	Match          *Match   `json:"match,omitempty"` // in what words found
}

// Match is the newest message that was found in a protocol.
type Match struct {
	Message string `json:"message"`
	Kind    string `json:"kind"` // in, out, note
	At      Time   `json:"at"`
	Text    string `json:"text"` // where the words stand
}

// Conversation is a protocol with its messages, oldest first. In place of their number stand they
// themselves.
type Conversation struct {
	Protocol
	Messages []Message `json:"messages"`
}

// Message is an entry of a protocol as a person reads it.
type Message struct {
	ID          string            `json:"id"`
	Number      string            `json:"number"`  // of the protocol that it is an entry of
	Kind        string            `json:"kind"`    // in, out, note, event
	Event       string            `json:"event"`   // what an event tells of; "" for others
	Details     map[string]string `json:"details"` // what the event tells, by name
	From        Address           `json:"from"`
	To          []Address         `json:"to"`
	Cc          []Address         `json:"cc"`
	ReplyTo     []Address         `json:"reply_to"`
	Subject     string            `json:"subject"`
	MessageID   string            `json:"message_id"` // without angle brackets
	InReplyTo   string            `json:"in_reply_to"`
	References  []string          `json:"references"`
	Date        Time              `json:"date"` // what the mail says
	ReceivedAt  Time              `json:"received_at"`
	Text        string            `json:"text"`
	Mentions    []string          `json:"mentions"` // of a note: the addresses of the agents whom it told
	HTML        string            `json:"html"`     // sanitised; cid: leads to the attachment
	Quoted      string            `json:"quoted"`
	Attachments []Attachment      `json:"attachments"`
	Auth        *Auth             `json:"auth"`
	Flags       []string          `json:"flags"`
	Deliveries  []Delivery        `json:"deliveries"`
	Channel     string            `json:"channel"`
	AlsoTo      []string          `json:"also_to"` // further addresses of ours that it came to (rule 6)
	Receipt     string            `json:"receipt"`
	Trace       []TraceStep       `json:"trace"`
}

// Attachment is a part that is not shown as text. ID is n of /messages/{id}/attachments/{n}.
type Attachment struct {
	ID        int    `json:"id"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Size      int64  `json:"size"` // octets, decoded
	SHA256    string `json:"sha256"`
	Inline    bool   `json:"inline"`
	ContentID string `json:"content_id"`
}

// Auth is who vouches for a sender: a verdict, and result words of RFC 8601 2.7.
type Auth struct {
	Verdict  string   `json:"verdict"` // verified, unverified, failed
	SPF      string   `json:"spf"`
	DKIM     string   `json:"dkim"`
	DMARC    string   `json:"dmarc"`
	Evidence []string `json:"evidence"` // sentences
}

// Delivery is how far an outgoing message came for one recipient.
type Delivery struct {
	Recipient string `json:"recipient"`
	State     string `json:"state"` // queued, sent, deferred, failed, undelivered, uncertain, cancelled
	Code      string `json:"code"`
	Reason    string `json:"reason"`
	Attempts  int    `json:"attempts"`
	NextAt    Time   `json:"next_at"`
}

// TraceStep is one step of a mail's way.
type TraceStep struct {
	Step string `json:"step"`
	Fact string `json:"fact"`
}

// Held is a mail that waits for a person's decision.
type Held struct {
	ID         string   `json:"id"`
	Reason     string   `json:"reason"` // policy, unverified, automatic, backscatter, loop, flood, spam, recovered
	From       Address  `json:"from"`
	To         []string `json:"to"` // our addresses that it was sent to
	Subject    string   `json:"subject"`
	ReceivedAt Time     `json:"received_at"`
	Auth       Auth     `json:"auth"`
	ExpiresAt  Time     `json:"expires_at"` // null: never by itself
}

// HeldMail is a held mail with what is needed to decide on it.
type HeldMail struct {
	Held
	Channel     string       `json:"channel"`
	Department  string       `json:"department"`
	Sender      string       `json:"sender"` // the return path
	MessageID   string       `json:"message_id"`
	Receipt     string       `json:"receipt"`
	Date        Time         `json:"date"`
	Text        string       `json:"text"`
	HTML        string       `json:"html"`
	Quoted      string       `json:"quoted"`
	Attachments []Attachment `json:"attachments"`
	Trace       []TraceStep  `json:"trace"`
}

// JournalLine is the fate of one accepted recipient.
type JournalLine struct {
	At        Time   `json:"at"`
	Receipt   string `json:"receipt"`
	Recipient string `json:"recipient"`
	Sender    string `json:"sender"` // header From; "" where the reader may not know
	MessageID string `json:"message_id"`
	Fate      string `json:"fate"` // opened, appended, event, duplicate, held, accepted, discarded, expired
	Number    string `json:"number"`
	Message   string `json:"message"` // the id of the message or held mail
	Reason    string `json:"reason"`
}

// QueueItem is a mail with recipients that are still to be reached.
type QueueItem struct {
	ID         string   `json:"id"`
	Number     string   `json:"number"`
	Message    string   `json:"message"`
	Kind       string   `json:"kind"` // reply, active, recontact, history, acknowledgement
	Recipients []string `json:"recipients"`
	State      string   `json:"state"` // queued, sending, deferred, uncertain
	Attempts   int      `json:"attempts"`
	NextAt     Time     `json:"next_at"`
	Last       string   `json:"last"` // the relay's last answer
}

// Channel is a row of the channel file.
type Channel struct {
	Email      string   `json:"email"`
	Department string   `json:"department"`
	Send       string   `json:"send"`   // all, active, recontact, history, receptive
	Status     string   `json:"status"` // active, inactive
	Unverified string   `json:"unverified"`
	DMARC      string   `json:"dmarc"`
	Robots     []string `json:"robots"`
}

// Department is a group of agents that channels lead to.
type Department struct {
	ID              string   `json:"id"`
	Name            string   `json:"name"`
	Isolated        bool     `json:"isolated"`
	Acknowledge     bool     `json:"acknowledge"`
	Language        string   `json:"language"`
	Classifications []string `json:"classifications"` // what its protocols may be finalized as; none: anything
}

// Agent is a person of ours.
type Agent struct {
	Email       string   `json:"email"`
	Name        string   `json:"name"`
	Role        string   `json:"role"` // agent, supervisor, admin
	Departments []string `json:"departments"`
	Language    string   `json:"language"`  // "": the server's
	Signature   string   `json:"signature"` // stands above the department's
	Status      string   `json:"status"`    // active, disabled
	TOTP        bool     `json:"totp"`      // a log-in needs a code besides the password
	CreatedAt   Time     `json:"created_at"`
	LastSeenAt  Time     `json:"last_seen_at"` // to five minutes; null: never, or not the asker's to know
}
