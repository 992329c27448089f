package conversation

import (
	"net/netip"
	"time"

	"recado/internal/message"
)

// Kind is what an entry of a protocol is.
type Kind string

const (
	KindIn    Kind = "in"    // the customer's words
	KindOut   Kind = "out"   // ours
	KindNote  Kind = "note"  // agents among themselves
	KindEvent Kind = "event" // what happened: a bounce, a vacation reply, an acknowledgement, finalized, …
)

// Verdict is what can be said of who wrote a mail (rule 9).
type Verdict string

const (
	Verified   Verdict = "verified"   // an aligned DKIM or SPF pass
	Unverified Verdict = "unverified" // neither verified nor failed
	Failed     Verdict = "failed"     // DMARC fails, and the domain asks for quarantine or reject
)

// Auth is a verdict with its evidence. SPF, DKIM and DMARC are the result words of RFC 8601 2.7.
type Auth struct {
	Verdict   Verdict  `json:"verdict"`
	SPF       string   `json:"spf"`
	DKIM      string   `json:"dkim"`
	DMARC     string   `json:"dmarc"`
	Policy    string   `json:"policy,omitempty"`    // what DMARC asks for: none, quarantine or reject
	Temporary bool     `json:"temporary,omitempty"` // DNS did not answer, and nothing else verifies
	Evidence  []string `json:"evidence,omitempty"`  // sentences
	// Results is our Authentication-Results field (RFC 8601), kept beside the mail.
	Results string `json:"results,omitempty"`
}

// Flag marks a message that needs a second look.
type Flag string

const (
	FlagUnverified  Flag = "unverified"
	FlagReplyTo     Flag = "reply-to"     // Reply-To names an address other than From's (rule 10)
	FlagDuplicateID Flag = "duplicate-id" // its Message-ID was seen with other content (rule 13)
	FlagAutomatic   Flag = "automatic"
	FlagBounce      Flag = "bounce"
	FlagParticipant Flag = "participant" // from a participant, not from the contact (rule 8)
	FlagStranger    Flag = "stranger"    // answers a protocol of somebody else (rule 8)
	FlagTruncated   Flag = "truncated"   // a bound cut what is shown; the raw bytes are whole
	FlagUnparsed    Flag = "unparsed"    // something of it could not be read
	FlagAlsoSentTo  Flag = "also-sent-to"
)

// TraceStep is one step of a mail's way: address, channel, department, verdict, key, rule, protocol (rule 20).
type TraceStep struct {
	Step string `json:"step"`
	Fact string `json:"fact"`
}

// MailRef is where the store keeps a raw mail. Its zero value means that there is none.
type MailRef struct {
	Segment uint32 `json:"s,omitempty"`
	Offset  int64  `json:"o,omitempty"`
	Length  int64  `json:"l,omitempty"` // octets of raw mail
}

// IsZero tells whether it refers to no mail.
func (r MailRef) IsZero() bool { return r == MailRef{} }

// Envelope is what SMTP told about a mail (RFC 5321 2.3.1), and about who brought it.
type Envelope struct {
	From       string     `json:"from"` // the return path; empty for <>
	Recipients []string   `json:"recipients,omitempty"`
	HELO       string     `json:"helo,omitempty"`
	RemoteIP   netip.Addr `json:"remote_ip,omitzero"`
	TLS        string     `json:"tls,omitempty"` // version and cipher, as in our Received field
	// Received is the trace field that we would prepend (RFC 5321 4.4); it is kept beside the mail.
	Received string `json:"received,omitempty"`
}

// Message is one entry of a protocol: the part that lists and rules need, and the stored form. What a
// person reads (text, HTML, attachments) is read from the raw mail when it is shown.
type Message struct {
	ID        string            `json:"id"`
	Number    string            `json:"number"`
	Seq       uint64            `json:"seq"` // order within the protocol, from 1
	Kind      Kind              `json:"kind"`
	From      ContactRef        `json:"from"`
	To        []message.Address `json:"to,omitempty"` // outgoing only: incoming ones are read from the mail
	Cc        []message.Address `json:"cc,omitempty"`
	ReplyTo   []message.Address `json:"reply_to,omitempty"`
	Subject   string            `json:"subject,omitempty"`
	MessageID string            `json:"message_id,omitempty"` // without angle brackets
	InReplyTo string            `json:"in_reply_to,omitempty"`
	// References are kept so that the next answer continues the chain (RFC 5322 3.6.4), bounded.
	References []string  `json:"references,omitempty"`
	Date       time.Time `json:"date,omitzero"` // what the mail says
	ReceivedAt time.Time `json:"received_at"`   // when we took or made it
	Preview    string    `json:"preview,omitempty"`
	Text       string    `json:"text,omitempty"` // notes and events, which have no raw mail
	Event      string    `json:"event,omitempty"`
	// Details are what the event tells, by name (see event.go), so that every reader can word it.
	Details    map[string]string `json:"details,omitempty"`
	Agent      string            `json:"agent,omitempty"`    // who wrote or did it, when an agent did
	Program    string            `json:"program,omitempty"`  // the name of the program that wrote or did it, when one did
	Mentions   []Mention         `json:"mentions,omitempty"` // of a note: those colleagues whom it told
	Auth       *Auth             `json:"auth,omitempty"`
	Flags      []Flag            `json:"flags,omitempty"`
	Deliveries []Delivery        `json:"deliveries,omitempty"`
	Reports    int               `json:"reports,omitempty"` // what machines said about it: bounces, complaints, receipts, robots' answers
	Channel    string            `json:"channel,omitempty"` // our address that it came to or leaves from
	Department string            `json:"department,omitempty"`
	AlsoTo     []string          `json:"also_to,omitempty"` // further addresses of ours (rule 6)
	Receipt    string            `json:"receipt,omitempty"`
	Trace      []TraceStep       `json:"trace,omitempty"`
	// Counted is what it counts for, of messages of ours (figures.go).
	Counted *Counted `json:"counted,omitempty"`
	// Earlier are the splits and merges that moved it, the last one last.
	Earlier  []Moved   `json:"earlier,omitempty"`
	Envelope *Envelope `json:"envelope,omitempty"`
	Raw      MailRef   `json:"raw,omitzero"`
}

// Moved is one move of an entry: the protocol that it was of, and which move it was.
type Moved struct {
	From string `json:"from"`
	Move string `json:"move"`
}

// DeliveryState is how far an outgoing message came for one recipient.
type DeliveryState string

const (
	DeliveryQueued      DeliveryState = "queued"
	DeliverySent        DeliveryState = "sent"        // the relay took it
	DeliveryDeferred    DeliveryState = "deferred"    // a temporary failure; tried again
	DeliveryFailed      DeliveryState = "failed"      // the relay refused it, or we gave up
	DeliveryUndelivered DeliveryState = "undelivered" // a report came back (rule 12)
	DeliveryUncertain   DeliveryState = "uncertain"   // the relay went away after the final dot
	DeliveryCancelled   DeliveryState = "cancelled"
)

// Delivery is the state of an outgoing message for one recipient.
type Delivery struct {
	Recipient string        `json:"recipient"`
	State     DeliveryState `json:"state"`
	Code      string        `json:"code,omitempty"` // "550 5.1.1" or an enhanced code alone
	Reason    string        `json:"reason,omitempty"`
	Attempts  int           `json:"attempts"`
	NextAt    time.Time     `json:"next_at,omitzero"`
}

// HeldReason is why a mail waits for a decision.
type HeldReason string

const (
	HeldPolicy      HeldReason = "policy"
	HeldUnverified  HeldReason = "unverified"
	HeldAutomatic   HeldReason = "automatic"
	HeldBackscatter HeldReason = "backscatter"
	HeldLoop        HeldReason = "loop"
	HeldFlood       HeldReason = "flood"
	HeldSpam        HeldReason = "spam"
	HeldRecovered   HeldReason = "recovered"
)

// expires tells whether mail held for the reason goes by itself after held_days (rule 19).
func (r HeldReason) expires() bool {
	return r == HeldAutomatic || r == HeldBackscatter || r == HeldSpam
}

// Held is a mail that waits for a person's decision. Its ID becomes the message's when it is accepted.
type Held struct {
	ID         string      `json:"id"`
	Reason     HeldReason  `json:"reason"`
	Decided    Reason      `json:"decided,omitempty"` // what of the rules it was held by, finer than Reason
	From       ContactRef  `json:"from"`
	To         []string    `json:"to"` // our addresses that it was sent to, those of one target (rule 6)
	Department string      `json:"department"`
	Channel    string      `json:"channel"`
	Subject    string      `json:"subject"`
	Preview    string      `json:"preview,omitempty"`
	MessageID  string      `json:"message_id,omitempty"`
	ReceivedAt time.Time   `json:"received_at"`
	ExpiresAt  time.Time   `json:"expires_at,omitzero"`
	Receipt    string      `json:"receipt"`
	Auth       Auth        `json:"auth"`
	Envelope   Envelope    `json:"envelope"`
	Trace      []TraceStep `json:"trace,omitempty"`
	Raw        MailRef     `json:"raw"`
}

// Who is what held mail of one reason is grouped by: its sender, of backscatter his domain, since each
// bounce of a storm comes from another host's daemon.
func (h *Held) Who() string {
	a := message.Address{Address: h.From.Address}
	switch {
	case a.Key() == "":
		return "<>"
	case h.Reason == HeldBackscatter && a.Domain() != "":
		return "@" + a.Domain()
	}
	return a.Key()
}

// HeldGroup is the held mail of one reason, department and sender: one line for a storm of mails.
type HeldGroup struct {
	Reason     HeldReason `json:"reason"`
	Department string     `json:"department"`
	Who        string     `json:"who"`
	Count      int        `json:"count"`
	First      time.Time  `json:"first"`  // when the first mail of it came, though that one may be decided
	Last       time.Time  `json:"last"`   // when the newest came that is still held
	Newest     string     `json:"newest"` // its id
}

// Fate is what became of a mail for one recipient (rule 19).
type Fate string

const (
	FateOpened    Fate = "opened"
	FateAppended  Fate = "appended"
	FateEvent     Fate = "event"
	FateDuplicate Fate = "duplicate"
	FateHeld      Fate = "held"
	FateAccepted  Fate = "accepted"
	FateDiscarded Fate = "discarded"
	FateExpired   Fate = "expired"
)

// JournalLine is the fate of one accepted recipient. Lines are only ever added.
type JournalLine struct {
	Seq        uint64    `json:"seq"` // set by the store, from 1 without gaps
	At         time.Time `json:"at"`
	Receipt    string    `json:"receipt"`
	Recipient  string    `json:"recipient"`
	Sender     string    `json:"sender"`     // the sender's address as the mail writes it (rule 1)
	MessageID  string    `json:"message_id"` // of the mail, without angle brackets
	Fate       Fate      `json:"fate"`
	Number     string    `json:"number,omitempty"`
	Message    string    `json:"message,omitempty"` // the id of the message or held mail
	Reason     string    `json:"reason,omitempty"`
	Department string    `json:"department,omitempty"`
}

// QueueKind is why a mail leaves.
type QueueKind string

const (
	QueueReply           QueueKind = "reply"
	QueueActive          QueueKind = "active"
	QueueRecontact       QueueKind = "recontact"
	QueueHistory         QueueKind = "history"
	QueueAcknowledgement QueueKind = "acknowledgement"
)

// QueueState is where a queue item stands.
type QueueState string

const (
	QueueWaiting   QueueState = "queued"
	QueueSending   QueueState = "sending" // leased: its bytes may be on their way
	QueueDeferred  QueueState = "deferred"
	QueueUncertain QueueState = "uncertain" // waits for a person ([relay] uncertain = "ask")
)

// QueueItem is a mail that still has recipients to reach. It goes when each of them is sent, failed or cancelled.
type QueueItem struct {
	ID         string     `json:"id"`
	Number     string     `json:"number"`
	Message    string     `json:"message"`
	Kind       QueueKind  `json:"kind"`
	Department string     `json:"department"`
	ReturnPath string     `json:"return_path"` // empty for <> (acknowledgements)
	Domain     string     `json:"domain"`      // whose DKIM key signs it
	Recipients []string   `json:"recipients"`  // those still to reach
	State      QueueState `json:"state"`
	Attempts   int        `json:"attempts"`
	CreatedAt  time.Time  `json:"created_at"`
	NextAt     time.Time  `json:"next_at"`
	LeaseUntil time.Time  `json:"lease_until,omitzero"`
	LeaseOwner string     `json:"lease_owner,omitempty"`
	// DotSent is written before the relay is given the end of the data: an item found with it after a
	// crash is uncertain.
	DotSent bool    `json:"dot_sent,omitempty"`
	Last    string  `json:"last,omitempty"` // the last answer or error, for people
	Raw     MailRef `json:"raw,omitzero"`   // zero until an acknowledgement was composed
}

// Role is what an agent may do beyond answering.
type Role string

const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor"
	RoleAdmin      Role = "admin"
)

// Agent is a person of ours.
type Agent struct {
	Email       string    `json:"email"` // folded: domain lower-case ASCII, local part lower-case
	Name        string    `json:"name"`
	Role        Role      `json:"role"`
	Departments []string  `json:"departments,omitempty"`
	Language    string    `json:"language,omitempty"`  // es, pt, en; empty: the server's
	Signature   string    `json:"signature,omitempty"` // closes what the agent writes, above the department's
	Password    string    `json:"password,omitempty"`  // argon2id in its PHC string form
	Disabled    bool      `json:"disabled,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	LastSeenAt  time.Time `json:"last_seen_at,omitzero"` // a session was begun or used, to sessionUse; for admins
	// SecondStep tells that a log-in needs one. It is read from what is kept apart (SecondStep).
	SecondStep bool `json:"-"`
}

// Session is an agent's log-in. Only the hash of its token is kept.
type Session struct {
	ID         string    `json:"id"`         // names it where its token must not stand
	TokenHash  string    `json:"token_hash"` // hex SHA-256 of the cookie's token
	Agent      string    `json:"agent"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"` // to sessionUse
	ExpiresAt  time.Time `json:"expires_at"`
	UserAgent  string    `json:"user_agent,omitempty"`
	RemoteIP   string    `json:"remote_ip,omitempty"` // that it was last used from
}

// ChangeKind is what a change tells.
type ChangeKind string

const (
	ChangeOpened      ChangeKind = "opened"
	ChangeMessage     ChangeKind = "message" // a new incoming message
	ChangeReply       ChangeKind = "reply"   // a new outgoing message
	ChangeNote        ChangeKind = "note"
	ChangeEvent       ChangeKind = "event"    // something quiet: no new-mail signal (rule 11)
	ChangeDelivery    ChangeKind = "delivery" // a delivery's state
	ChangeFinalized   ChangeKind = "finalized"
	ChangeReopened    ChangeKind = "reopened"
	ChangeAssigned    ChangeKind = "assigned"
	ChangeTransferred ChangeKind = "transferred"
	ChangeTagged      ChangeKind = "tagged"
	ChangeHeld        ChangeKind = "held"
	ChangeDecided     ChangeKind = "decided" // a held mail was accepted, discarded or expired
	ChangeRead        ChangeKind = "read"
	ChangeWriting     ChangeKind = "writing" // somebody began or stopped writing an answer
	ChangeSession     ChangeKind = "session" // log-ins of an agent ended: of no department, it only wakes his streams
)

// Change is one entry of the sequence that live streams and other nodes follow. It is stored in the
// transaction that it tells of.
type Change struct {
	Seq         uint64     `json:"seq"` // set by the store, from 1 without gaps
	At          time.Time  `json:"at"`
	Kind        ChangeKind `json:"kind"`
	Number      string     `json:"number,omitempty"`
	Message     string     `json:"message,omitempty"`
	Departments []string   `json:"departments,omitempty"` // who may hear of it
	Agent       string     `json:"agent,omitempty"`       // who did it, when an agent did
}
