package conversation

import (
	"slices"
	"time"
)

// Status is whether a protocol takes messages.
type Status string

const (
	Open      Status = "open"
	Finalized Status = "finalized"
)

// LinkKind says how another protocol relates to the one that holds the link.
type LinkKind string

const (
	LinkPrevious LinkKind = "previous" // the finalized protocol whose answer this one began with (rule 7)
	LinkNext     LinkKind = "next"     // the protocol that an answer to this finalized one opened
	LinkSplit    LinkKind = "split"
	LinkMerged   LinkKind = "merged"
	LinkStranger LinkKind = "stranger" // somebody else answered a message of that protocol (rule 8)
)

// Link leads from one protocol to another.
type Link struct {
	Number string   `json:"number"`
	Kind   LinkKind `json:"kind"`
}

// ContactRef is a customer as a protocol or a message shows him: the address as written, and a name.
type ContactRef struct {
	Address string `json:"address"`
	Name    string `json:"name"`
}

// Key is what at most one open protocol stands for: the sender's folded address (rule 1), and in an
// isolated department that department too (rule 5). It is fixed when the protocol opens.
type Key struct {
	Sender     string `json:"sender"`               // message.Address.Key, plus-tags folded where the file says so
	Department string `json:"department,omitempty"` // set only where the department is isolated
}

// String is the key in one piece, as stores index it. NUL stands in no address.
func (k Key) String() string { return k.Sender + "\x00" + k.Department }

// Protocol is a numbered conversation with one contact. It is also the stored form of it.
type Protocol struct {
	Number string `json:"number"`
	Status Status `json:"status"`
	Key    Key    `json:"key"`
	// Aside tells that it is open beside the one that its key leads to: a part that was split off. New mail
	// of the sender goes to that other one, and comes here only where it answers a message of this one (rule 7).
	Aside      bool       `json:"aside,omitempty"`
	Contact    ContactRef `json:"contact"`
	Department string     `json:"department"`
	// SeenBy are the further departments, none of them isolated, that messages of it came to (rule 5).
	SeenBy []string `json:"seen_by,omitempty"`
	// Channel is the address of ours that it was opened with.
	Channel string `json:"channel"`
	Subject string `json:"subject"`
	Agent   string `json:"agent,omitempty"` // the e-mail address of the agent it is assigned to
	Version uint64 `json:"version"`         // grows by one with each change; the store sets it
	// Messages counts incoming and outgoing messages; Incoming only the customer's.
	Messages int    `json:"messages"`
	Incoming int    `json:"incoming"`
	LastSeq  uint64 `json:"last_seq"` // the Seq of the newest message, note or event
	// Preview is the last words, From whom they are: for lists.
	Preview      string   `json:"preview,omitempty"`
	PreviewKind  Kind     `json:"preview_kind,omitempty"`
	Verdict      Verdict  `json:"verdict,omitempty"` // of the newest incoming message
	Participants []string `json:"participants,omitempty"`
	// WaitingSince is the arrival of the oldest customer's message that we have not answered; zero when none waits.
	WaitingSince   time.Time `json:"waiting_since,omitzero"`
	Links          []Link    `json:"links,omitempty"`
	Tags           []string  `json:"tags,omitempty"`
	Classification string    `json:"classification,omitempty"`
	OpenedAt       time.Time `json:"opened_at"`
	UpdatedAt      time.Time `json:"updated_at"`
	FinalizedAt    time.Time `json:"finalized_at,omitzero"`
	// SplitFrom is the number that this one was split off from; Merged where its messages went.
	SplitFrom string  `json:"split_from,omitempty"`
	Merged    *Merged `json:"merged,omitempty"`
}

// Merged is where the messages of a protocol went, and what it takes to bring them back.
type Merged struct {
	Into        string    `json:"into"`
	Move        string    `json:"move"`    // which move it was (Message.Earlier)
	Entries     int       `json:"entries"` // how many went
	WasOpen     bool      `json:"was_open,omitempty"`
	FinalizedAt time.Time `json:"finalized_at,omitzero"` // before
	Undid       bool      `json:"undid,omitempty"`       // it undid a split, and is not undone itself
}

// HoldsKey tells whether the protocol is the one that its key leads to: at most one does.
func (p *Protocol) HoldsKey() bool { return p.Status == Open && !p.Aside }

// Departments are all departments whose agents see the protocol: its own first.
func (p *Protocol) Departments() []string {
	return append([]string{p.Department}, p.SeenBy...)
}

// unlink removes a link.
func (p *Protocol) unlink(number string, kind LinkKind) {
	p.Links = slices.DeleteFunc(p.Links, func(l Link) bool { return l == Link{Number: number, Kind: kind} })
}

// maxLinks is the number of links from which on strangers add none: whoever has one Message-ID of ours can answer it
// under any number of names, and all links are written with every change.
const maxLinks = 100

// link adds a link once.
func (p *Protocol) link(number string, kind LinkKind) {
	l := Link{Number: number, Kind: kind}
	if slices.Contains(p.Links, l) || kind == LinkStranger && len(p.Links) >= maxLinks {
		return
	}
	p.Links = append(p.Links, l)
}
