package conversation

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"recado/internal/message"
	"recado/internal/say"
)

// Store keeps everything: the records by transactions, the raw mails in a log beside them.
//
// Update's function may be run again (another function of its group failed, or two transactions met):
// it must assign its results anew each time and touch nothing else outside. It runs alone: what it
// reads stays true until its writes are committed. When it returns nil, Update returns only after the
// commit is on disk. When it returns an error or panics, none of its writes remain, and nobody else's
// are lost. Time stands still within a transaction (Tx.Now).
//
// View's function sees one state of the store and must not wait for a client's I/O.
//
// The context ends the wait for a transaction that has not begun; one that has begun is finished.
type Store interface {
	View(ctx context.Context, fn func(Tx) error) error
	Update(ctx context.Context, fn func(Tx) error) error
	// Watch returns a channel that receives (without queueing up) after commits that stored a change.
	// It is closed when ctx ends or the store is closed.
	Watch(ctx context.Context) <-chan struct{}
	MailLog
	DraftFiles
}

// DraftFiles keeps the files of what agents are writing, beside the transactions: a note says whose they are.
type DraftFiles interface {
	// KeepFile writes a file and returns its size when it is durable. What fails leaves nothing.
	KeepFile(ctx context.Context, id string, content io.Reader) (int64, error)
	// OpenFile opens one; fs.ErrNotExist where there is none of that id. The caller closes it.
	OpenFile(ctx context.Context, id string) (io.ReadCloser, error)
	// DropFile removes one; that it is not there is no error.
	DropFile(ctx context.Context, id string) error
	// FileIDs are all that are kept, in order.
	FileIDs(ctx context.Context) ([]string, error)
}

// MailLog keeps raw mails (docs/storage.md).
type MailLog interface {
	// AppendMail writes the size octets of raw to the log, and returns when they are durable.
	AppendMail(ctx context.Context, record MailRecord, raw io.Reader) (MailRef, error)
	// OpenMail opens a raw mail for reading. The caller closes it.
	OpenMail(ctx context.Context, ref MailRef) (Mail, error)
	// Room returns nil while there is space to take mail; else an error that says why not.
	Room() error
}

// MailRecord is what the log keeps beside a raw mail, enough to rebuild which mails were taken, when,
// from whom and for whom, without any other file.
type MailRecord struct {
	ID       string    `json:"id"`   // of the message or held mail; the receipt for mail of several
	Kind     Kind      `json:"kind"` // KindIn or KindOut
	At       time.Time `json:"at"`
	Size     int64     `json:"size"`
	SHA256   [32]byte  `json:"sha256"`
	Envelope Envelope  `json:"envelope"`
	Auth     *Auth     `json:"auth,omitempty"`
	Spam     *Spam     `json:"spam,omitempty"`
}

// Mail is a raw mail that is open for reading.
type Mail interface {
	io.ReaderAt
	io.Closer
	Size() int64
	Record() MailRecord
}

// ErrKeyTaken is returned by PutProtocol when another protocol of the key is open. The domain asks
// OpenProtocol first; to see this error means that it forgot to.
var ErrKeyTaken = errors.New("another protocol of this key is open")

// Tx is one transaction. A getter returns nil (or the zero value) and no error where there is nothing
// of that name. What it returns belongs to the caller. Errors are faults of the store, or
// [ErrReadOnly] for a write in a View.
type Tx interface {
	// Now is the transaction's time, in UTC.
	Now() time.Time

	// NextNumber gives the next protocol number of the day, "20261123" (rule 2). Never twice the same.
	NextNumber(day string) (string, error)
	Protocol(number string) (*Protocol, error)
	// OpenProtocol returns the open protocol that holds the key (rule: at most one; Protocol.Aside).
	OpenProtocol(key Key) (*Protocol, error)
	// PutProtocol inserts or replaces, sets p.Version to one more than that of the stored one, and keeps
	// every index true. ErrKeyTaken comes before anything is written.
	PutProtocol(p *Protocol) error
	Protocols(f ProtocolFilter, page Page) ([]*Protocol, string, error)
	// CountProtocols counts those of the status that any of the departments sees, in constant time a department.
	CountProtocols(status Status, department string) (int, error)
	// CountList is the length of a list of one status, of no contact. What it costs grows with the sets of
	// departments that see a protocol, not with the protocols.
	CountList(f ProtocolFilter) (int, error)

	// PutMessage inserts or replaces the message m.ID, entry m.Seq of the protocol m.Number. The caller
	// numbers the entries of a protocol from 1 (Protocol.LastSeq).
	PutMessage(m *Message) error
	Message(id string) (*Message, error)
	// Messages are those of a protocol with Seq > after, oldest first, at most limit (0: all).
	Messages(number string, after uint64, limit int) ([]*Message, error)

	// Seen returns the id of the message or held mail that came with this Message-ID within this key,
	// and whether its content was the same (rule 13). Where both same and other content were seen, same wins.
	Seen(key Key, messageID string, content [32]byte) (id string, same bool, err error)
	PutSeen(key Key, messageID string, content [32]byte, id string) error

	Held(id string) (*Held, error)
	PutHeld(h *Held) error
	DeleteHeld(id string) error
	// HeldList is newest first.
	HeldList(f HeldFilter, page Page) ([]*Held, string, error)
	// HeldExpiring are those with ExpiresAt before the time, earliest first.
	HeldExpiring(before time.Time, limit int) ([]*Held, error)
	CountHeld(department string) (int, error)
	// HeldGroups are the groups of what is held (Held.Who), the one with the newest mail first. The filter's
	// Who is not looked at.
	HeldGroups(f HeldFilter, page Page) ([]*HeldGroup, string, error)

	AddJournal(l *JournalLine) error // sets l.Seq
	// Journal is newest first; a filter that is empty means all.
	Journal(f JournalFilter, page Page) ([]*JournalLine, string, error)

	AuditRecords

	QueueItem(id string) (*QueueItem, error)
	PutQueueItem(q *QueueItem) error
	DeleteQueueItem(id string) error
	// QueueDue are the items in state queued, deferred or sending whose time (NextAt, or LeaseUntil
	// while sending) is not after now, earliest first.
	QueueDue(now time.Time, limit int) ([]*QueueItem, error)
	// QueueNext is the earliest such time; zero when nothing waits.
	QueueNext() (time.Time, error)
	// QueueOf are the items of a protocol, oldest first.
	QueueOf(number string) ([]*QueueItem, error)
	// Queue is oldest first. Departments as in ProtocolFilter.
	Queue(departments []string, page Page) ([]*QueueItem, string, error)

	Contact(key Key) (*Contact, error)
	PutContact(c *Contact) error
	// Contacts are the keys of contacts (Contact.Key), each once whatever the sides that know it. They are ordered
	// by key; where Find narrows the list and Blocked does not, by what was found.
	Contacts(f ContactFilter, page Page) ([]string, string, error)
	// ContactNotes are the notes about one contact, oldest first. There are as many as the caller lets be.
	ContactNotes(key Key) ([]*ContactNote, error)
	PutContactNote(n *ContactNote) error
	DeleteContactNote(key Key, id string) error
	// ProtocolsOf are the protocols of several contacts, newest first. Departments as in ProtocolFilter.
	ProtocolsOf(contacts, departments []string, page Page) ([]*Protocol, string, error)

	Agent(email string) (*Agent, error)
	PutAgent(a *Agent) error
	Agents(page Page) ([]*Agent, string, error)

	Token(id string) (*Token, error)
	TokenOf(hash string) (*Token, error)
	PutToken(t *Token) error
	DeleteToken(id string) error
	// Tokens are oldest first.
	Tokens(page Page) ([]*Token, string, error)

	SecondStep(email string) (*SecondStep, error)
	PutSecondStep(s *SecondStep) error
	DeleteSecondStep(email string) error

	// Session returns none that has expired. Nor do Times and Note.
	Session(tokenHash string) (*Session, error)
	PutSession(s *Session) error
	DeleteSession(tokenHash string) error
	// SessionsOf are those of an agent that have not expired, the latest begun first.
	SessionsOf(agent string, page Page) ([]*Session, string, error)

	// ReadMark is how many incoming messages of the protocol the agent has read; of agent "", anybody.
	ReadMark(agent, number string) (int, error)
	PutReadMark(agent, number string, incoming int) error

	// Times returns the recent times noted under a name ("mails/<key>", "acks/<key>", "logins/…"),
	// oldest first; PutTimes replaces them and lets the store forget the name after expires.
	Times(name string) ([]time.Time, error)
	PutTimes(name string, times []time.Time, expires time.Time) error
	// Note returns a small value noted under a name ("idempotency/…"), "" where there is none.
	Note(name string) (string, error)
	// PutNote keeps value under name until expires (zero: for good).
	PutNote(name, value string, expires time.Time) error
	// Sweep forgets what expired before Now: times, notes, sessions; at most limit of them; and tells how many.
	Sweep(limit int) (int, error)

	CannedRecords
	MentionRecords

	FigureRecords

	// AddChange sets c.Seq and stores it. Old ones are forgotten beyond some tens of thousands.
	AddChange(c *Change) error
	// Changes are those with Seq > after, oldest first. first is the oldest that is still kept, last the newest (0: none).
	Changes(after uint64, limit int) (changes []*Change, first, last uint64, err error)
}

// ErrReadOnly is returned by a write in a View, or in a store that was opened to be read only.
var ErrReadOnly = errors.New("the store is open for reading only")

// ErrBadCursor is returned by a list that is given a cursor that it did not make.
var ErrBadCursor = say.Errorf("this cursor is not of this list; begin without one")

// Page is a part of a list: at most Limit entries after Cursor, which an earlier page returned ("" for
// the first). A list returns the next page's cursor, empty at the end. A page may be short, or empty, though
// another follows: where what narrows the list has no index, only so many entries are looked at.
type Page struct {
	Cursor string
	Limit  int
}

// DefaultLimit and MaxLimit bound a page.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// Size is the limit within its bounds.
func (p Page) Size() int {
	switch {
	case p.Limit <= 0:
		return DefaultLimit
	case p.Limit > MaxLimit:
		return MaxLimit
	}
	return p.Limit
}

// Sort is the order of a list of protocols.
type Sort string

const (
	// SortNewest is by UpdatedAt, newest first, and of the same moment by number, highest first. So is a list without an order.
	SortNewest Sort = "newest"
	// SortWaiting is by WaitingSince, oldest first, and of the same moment by number, lowest first; after
	// them comes what does not wait, as by SortNewest.
	SortWaiting Sort = "waiting"
	// SortFinalized is by FinalizedAt, newest first, and of the same moment by number, highest first; only what
	// is finalized is in it. What happens to a protocol after its end does not move it there.
	SortFinalized Sort = "finalized"
)

// ProtocolFilter narrows a list of protocols and orders it. Empty fields do not narrow. Departments nil means all; an empty, non-nil one means none.
type ProtocolFilter struct {
	Status      Status
	Departments []string
	Contact     string // a key, as message.Address.Key
	Agent       string
	Unassigned  bool // of nobody; Agent is empty then
	Sort        Sort
	// Number is a number or what one begins with, at least its year ([ValidNumberStart]). Such a list is in the order
	// of the numbers, highest first, whatever Sort says.
	Number string
	// Classification (upper and lower case alike), After (that moment too) and Before (not that moment) are of a list
	// in the order SortFinalized or of one by Number.
	Classification string
	After, Before  time.Time // FinalizedAt
}

// HeldFilter narrows a list of held mails. Departments as in ProtocolFilter.
type HeldFilter struct {
	Departments []string
	Reason      HeldReason
	Who         string // as Held.Who
}

// JournalFilter narrows the journal. Departments as in ProtocolFilter. Empty fields do not narrow.
type JournalFilter struct {
	Receipt     string
	Departments []string
	Address     string // a key, as message.Address.Key, of the recipient or of the sender
	Number      string // of a protocol, whole
}

// Takes tells whether Address and Number, which have no index, let the line be of the list.
func (f JournalFilter) Takes(l *JournalLine) bool {
	if f.Number != "" && l.Number != f.Number {
		return false
	}
	return f.Address == "" || slices.ContainsFunc([]string{l.Recipient, l.Sender}, func(a string) bool {
		return (message.Address{Address: a}).Key() == f.Address
	})
}
