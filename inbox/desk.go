package inbox

import (
	"context"
	"io"
	"net/netip"
	"time"

	"recado/conversation"
	"recado/internal/message"
)

// Desk is what the inbox needs of the domain. *conversation.Manager is one. Every method answers only
// what the actor may see, and CodeNotFound for the rest.
type Desk interface {
	Directory() *conversation.Directory
	Counts(ctx context.Context, actor conversation.Actor) ([]conversation.DepartmentCount, error)
	ListCounts(ctx context.Context, actor conversation.Actor) (conversation.ListCounts, error)

	Protocols(ctx context.Context, actor conversation.Actor, f conversation.ProtocolFilter, page conversation.Page) ([]conversation.ProtocolItem, string, error)
	Protocol(ctx context.Context, actor conversation.Actor, number string) (*conversation.ProtocolItem, error)
	Search(ctx context.Context, actor conversation.Actor, r conversation.SearchRequest) (*conversation.SearchResult, error)
	ConversationWindow(ctx context.Context, actor conversation.Actor, number string, w conversation.Window) (*conversation.Windowed, error)
	MarkRead(ctx context.Context, actor conversation.Actor, number string) error
	Reply(ctx context.Context, intent conversation.Intent, number string, r conversation.ReplyRequest) (*conversation.Message, error)
	// TakeBack takes a mail back while it waits, and Undone tells what it was.
	TakeBack(ctx context.Context, intent conversation.Intent, id string) (*conversation.Undone, error)
	Undone(ctx context.Context, actor conversation.Actor, id string) (*conversation.Undone, error)
	contactDesk
	queueDesk
	journalDesk
	auditDesk
	SendMail(ctx context.Context, intent conversation.Intent, r conversation.MailRequest) (*conversation.Message, error)
	// Recontact returns the message, which is of the protocol that it joined or opened. SendHistory returns the event.
	Recontact(ctx context.Context, intent conversation.Intent, number string, r conversation.RecontactRequest) (*conversation.Message, error)
	SendHistory(ctx context.Context, intent conversation.Intent, number string, r conversation.HistoryRequest) (*conversation.Message, error)
	Assign(ctx context.Context, intent conversation.Intent, number, agent string) (*conversation.ProtocolItem, error)
	Transfer(ctx context.Context, intent conversation.Intent, number string, r conversation.TransferRequest) (*conversation.ProtocolItem, error)
	Tag(ctx context.Context, intent conversation.Intent, number string, c conversation.TagChange) (*conversation.ProtocolItem, error)
	SaveDraft(ctx context.Context, actor conversation.Actor, at conversation.Place, d conversation.Draft) error
	// Draft is what the actor has begun, with its files, and who else answers.
	Draft(ctx context.Context, actor conversation.Actor, at conversation.Place) (d *conversation.Draft, others []string, err error)
	KeepFile(ctx context.Context, actor conversation.Actor, at conversation.Place, name, mediaType string, content io.Reader) (*conversation.DraftFile, error)
	DropFile(ctx context.Context, actor conversation.Actor, at conversation.Place, id string) error
	AddNote(ctx context.Context, intent conversation.Intent, number, text string) (*conversation.Message, error)
	Finalize(ctx context.Context, intent conversation.Intent, number, classification string) (*conversation.ProtocolItem, error)
	Reopen(ctx context.Context, intent conversation.Intent, number string) (*conversation.ProtocolItem, error)
	// ChangeMany does one thing to many protocols. UndoMany takes that back, and ManyDone tells of it (nil: forgotten).
	ChangeMany(ctx context.Context, intent conversation.Intent, r conversation.ManyRequest) (*conversation.Many, error)
	ManyDone(ctx context.Context, actor conversation.Actor, key string) (*conversation.Many, error)
	UndoMany(ctx context.Context, actor conversation.Actor, key string) (*conversation.Many, error)
	Split(ctx context.Context, intent conversation.Intent, number, message string) (*conversation.ProtocolItem, error)
	Merge(ctx context.Context, intent conversation.Intent, number, into string) (*conversation.ProtocolItem, error)
	Undo(ctx context.Context, intent conversation.Intent, number string) (*conversation.ProtocolItem, error)

	CannedDesk
	numbersDesk
	MentionDesk

	// RawMail and Attachment serve messages and held mails alike. The caller closes what they return.
	RawMail(ctx context.Context, actor conversation.Actor, id string) (conversation.Mail, error)
	Attachment(ctx context.Context, actor conversation.Actor, id string, n int) (message.Attachment, io.ReadCloser, error)

	HeldMails(ctx context.Context, actor conversation.Actor, f conversation.HeldFilter, page conversation.Page) ([]*conversation.Held, string, error)
	HeldGroups(ctx context.Context, actor conversation.Actor, f conversation.HeldFilter, page conversation.Page) ([]*conversation.HeldGroup, string, error)
	AcceptHeldGroup(ctx context.Context, intent conversation.Intent, f conversation.HeldFilter, until time.Time) (int, error)
	DiscardHeldGroup(ctx context.Context, intent conversation.Intent, f conversation.HeldFilter, until time.Time) (int, error)
	HeldExpiring(ctx context.Context, actor conversation.Actor) (n int, first time.Time, err error)
	HeldMail(ctx context.Context, actor conversation.Actor, id string) (*conversation.Held, error)
	AcceptHeld(ctx context.Context, intent conversation.Intent, id string) (*conversation.Message, error)
	DiscardHeld(ctx context.Context, intent conversation.Intent, id string) (*conversation.Held, error)

	// LastChange is the sequence number of the newest change, Changes those after one (see
	// conversation.Manager.Changes), Subscribe signals after commits until ctx ends.
	LastChange(ctx context.Context) (uint64, error)
	Changes(ctx context.Context, actor conversation.Actor, after uint64, limit int) (changes []*conversation.Change, last uint64, complete bool, err error)
	Subscribe(ctx context.Context) <-chan struct{}
}

// Agents knows who may log in. *conversation.Manager is one.
type Agents interface {
	Authenticate(ctx context.Context, email, password string, remote netip.Addr) (*conversation.Agent, error)
	StartSession(ctx context.Context, in conversation.SessionInput) (token string, s *conversation.Session, err error)
	SessionAgent(ctx context.Context, token string) (*conversation.Agent, *conversation.Session, error)
	EndSession(ctx context.Context, by conversation.Actor, token string) error
	Sessions
	People
	SetProfile(ctx context.Context, intent conversation.Intent, email string, e conversation.ProfileEdit) (*conversation.Agent, error)
	SetLanguage(ctx context.Context, intent conversation.Intent, email, language string) (*conversation.Agent, error)
	ChangePassword(ctx context.Context, p conversation.Proof, password string) error
	Tokens
	SecondSteps
}

var (
	_ Desk   = (*conversation.Manager)(nil)
	_ Agents = (*conversation.Manager)(nil)
)
