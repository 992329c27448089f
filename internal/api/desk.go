package api

import (
	"context"
	"io"

	"recado/conversation"
	"recado/internal/message"
)

// Desk is what the API needs of the domain. *conversation.Manager is one. Every method shows an actor
// only what he may see: what he may not is CodeNotFound. Errors that are safe to show are
// *conversation.Error; any other is a fault of ours.
type Desk interface {
	Directory() *conversation.Directory
	protocolDesk
	mailDesk
	queueDesk
	contactDesk
	peopleDesk
	sessionDesk
	cannedDesk
	numbersDesk
	Audit(context.Context, conversation.Actor, conversation.AuditRequest, conversation.Page) ([]*conversation.AuditLine, string, error)
}

type protocolDesk interface {
	Search(context.Context, conversation.Actor, conversation.SearchRequest) (*conversation.SearchResult, error)
	SearchProgress(context.Context) (conversation.Progress, error)
	RebuildSearch(context.Context, conversation.Intent) error
	Protocols(context.Context, conversation.Actor, conversation.ProtocolFilter, conversation.Page) ([]conversation.ProtocolItem, string, error)
	Protocol(ctx context.Context, a conversation.Actor, number string) (*conversation.ProtocolItem, error)
	Conversation(ctx context.Context, a conversation.Actor, number string) (*conversation.Conversation, error)
	Reply(ctx context.Context, in conversation.Intent, number string, r conversation.ReplyRequest) (*conversation.Message, error)
	SendMail(ctx context.Context, in conversation.Intent, r conversation.MailRequest) (*conversation.Message, error)
	Recontact(ctx context.Context, in conversation.Intent, number string, r conversation.RecontactRequest) (*conversation.Message, error)
	SendHistory(ctx context.Context, in conversation.Intent, number string, r conversation.HistoryRequest) (*conversation.Message, error)
	AddNote(ctx context.Context, in conversation.Intent, number, text string) (*conversation.Message, error)
	Finalize(ctx context.Context, in conversation.Intent, number, classification string) (*conversation.ProtocolItem, error)
	Reopen(ctx context.Context, in conversation.Intent, number string) (*conversation.ProtocolItem, error)
	Split(ctx context.Context, in conversation.Intent, number, message string) (*conversation.ProtocolItem, error)
	Merge(ctx context.Context, in conversation.Intent, number, into string) (*conversation.ProtocolItem, error)
	Undo(ctx context.Context, in conversation.Intent, number string) (*conversation.ProtocolItem, error)
	Assign(ctx context.Context, in conversation.Intent, number, agent string) (*conversation.ProtocolItem, error)
	Tag(ctx context.Context, in conversation.Intent, number string, c conversation.TagChange) (*conversation.ProtocolItem, error)
	Transfer(ctx context.Context, in conversation.Intent, number string, r conversation.TransferRequest) (*conversation.ProtocolItem, error)
}

type mailDesk interface {
	// RawMail opens the mail of a message or of a held mail. The caller closes it.
	RawMail(ctx context.Context, a conversation.Actor, id string) (conversation.Mail, error)
	// Attachment opens the n-th attachment, from 0, of a message or of a held mail. The caller closes it.
	Attachment(ctx context.Context, a conversation.Actor, id string, n int) (message.Attachment, io.ReadCloser, error)
	HeldMails(context.Context, conversation.Actor, conversation.HeldFilter, conversation.Page) ([]*conversation.Held, string, error)
	HeldMail(ctx context.Context, a conversation.Actor, id string) (*conversation.Held, error)
	AcceptHeld(ctx context.Context, in conversation.Intent, id string) (*conversation.Message, error)
	DiscardHeld(ctx context.Context, in conversation.Intent, id string) (*conversation.Held, error)
	Entry(ctx context.Context, a conversation.Actor, id string) (*conversation.Entry, error)
	StoredMail(ctx context.Context, a conversation.Actor, id string) (*conversation.Incoming, error)
	Explain(context.Context, *conversation.Incoming) ([]conversation.Explanation, error)
	Journal(context.Context, conversation.Actor, conversation.JournalFilter, conversation.Page) ([]*conversation.JournalLine, string, error)
}

type queueDesk interface {
	Queue(context.Context, conversation.Actor, conversation.Page) ([]*conversation.QueueItem, string, error)
	QueueItem(ctx context.Context, a conversation.Actor, id string) (*conversation.QueueItem, error)
	RetryQueued(ctx context.Context, in conversation.Intent, id string) (*conversation.QueueItem, error)
	CancelQueued(ctx context.Context, in conversation.Intent, id string) (*conversation.QueueItem, error)
}

// contactDesk names the department that something is said for: "" is the actor's own side.
type contactDesk interface {
	Contacts(context.Context, conversation.Actor, conversation.ContactFilter, conversation.Page) ([]*conversation.ContactItem, string, error)
	Contact(ctx context.Context, a conversation.Actor, address string) (*conversation.Person, error)
	ContactProtocols(ctx context.Context, a conversation.Actor, address string, page conversation.Page) ([]conversation.ProtocolItem, string, error)
	NameContact(ctx context.Context, in conversation.Intent, address, department, name string) (*conversation.Person, error)
	LinkContact(ctx context.Context, in conversation.Intent, address, department string, add, remove []string) (*conversation.Person, error)
	AddContactNote(ctx context.Context, in conversation.Intent, address, department, text string) (*conversation.ContactNote, error)
	DeleteContactNote(ctx context.Context, in conversation.Intent, address, id string) (*conversation.Person, error)
	BlockContact(ctx context.Context, in conversation.Intent, address, department, reason string) (*conversation.Person, error)
	UnblockContact(ctx context.Context, in conversation.Intent, address, department string) (*conversation.Person, error)
}

type peopleDesk interface {
	Agents(context.Context, conversation.Actor, conversation.Page) ([]*conversation.Agent, string, error)
	AddAgent(context.Context, conversation.Intent, conversation.AgentInput) (*conversation.Agent, error)
	SetPassword(ctx context.Context, in conversation.Intent, email, password string) (*conversation.Agent, error)
	DisableAgent(ctx context.Context, in conversation.Intent, email string) (*conversation.Agent, error)
	EnableAgent(ctx context.Context, in conversation.Intent, email string) (*conversation.Agent, error)
	ResetSecondStep(ctx context.Context, in conversation.Intent, email string) (*conversation.Agent, error)
	SetAgent(ctx context.Context, in conversation.Intent, email string, e conversation.AgentEdit) (*conversation.Agent, error)
	Tokens(context.Context, conversation.Actor, conversation.Page) ([]*conversation.Token, string, error)
	// AddToken returns the secret besides, which nobody is told again.
	AddToken(context.Context, conversation.Intent, conversation.TokenInput) (*conversation.Token, string, error)
	RevokeToken(ctx context.Context, in conversation.Intent, id string) (*conversation.Token, error)
}

var _ Desk = (*conversation.Manager)(nil)
