package conversation

import (
	"slices"
	"strings"
	"time"
)

// AuditLine tells of one thing that an agent, a program or the operator did. Lines are only ever added, in the
// transaction of what they tell of: there is neither without the other.
type AuditLine struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
	// Actor is who did it: an agent's address, the id of a program's token, or AuditOperator; empty where nobody was
	// recognized. Name is how he is shown.
	Actor string `json:"actor,omitempty"`
	Name  string `json:"name,omitempty"`
	// As is the agent that the operator acted as.
	As     string      `json:"as,omitempty"`
	Via    Via         `json:"via,omitempty"`
	From   string      `json:"from,omitempty"` // the address that the request came from; empty for the local socket
	Action AuditAction `json:"action"`
	// Object is what it was done to: a protocol's number, an address, an id, a name of the channel file. Other is the
	// second of the two that some deeds have: the protocol of a held mail, whom a protocol is assigned to.
	Object string `json:"object,omitempty"`
	Other  string `json:"other,omitempty"`
	// Department is whose the object is: who does not see it does not see the line. Empty: no department's.
	Department string `json:"department,omitempty"`
	// Named are departments that the line names besides, each for those alone who may know of it.
	Named  []string `json:"named,omitempty"`
	Detail string   `json:"detail,omitempty"` // short; never a text of a mail, never a secret
	// Count is how many failures there were within the hour, of a line of AuditSessionFailed or AuditTokenRefused with
	// this one, of AuditSessionBegin before it.
	Count int `json:"count,omitempty"`
}

// AuditOperator is the actor of what was done by whoever can open the local socket.
const AuditOperator = "operator"

// Via is the door that an actor came in by.
type Via string

const (
	ViaInbox  Via = "inbox"
	ViaAPI    Via = "api"
	ViaSocket Via = "socket"
	ViaFile   Via = "file" // the channel file, saved by whoever may write it
)

// AuditAction is what was done: the kind of the object, a dot and a verb.
type AuditAction string

// AuditActions are all that there are.
var AuditActions = []AuditAction{
	AuditMailSend, AuditReply, AuditRecontact, AuditHistory, AuditTakeBack, AuditNote, AuditAssign, AuditTag, AuditTransfer,
	AuditFinalize, AuditReopen, AuditSplit, AuditMerge, AuditUndo,
	AuditHeldAccept, AuditHeldDiscard, AuditQueueRetry, AuditQueueCancel,
	AuditContactName, AuditContactLinks, AuditContactNote, AuditContactUnnote, AuditContactBlock, AuditContactUnblock,
	AuditCannedAdd, AuditCannedSet, AuditCannedRemove,
	AuditAgentAdd, AuditAgentSet, AuditAgentPassword, AuditAgentDisable, AuditAgentEnable,
	AuditSecondStepOn, AuditSecondStepOff, AuditAgentCodes,
	AuditSessionBegin, AuditSessionFailed, AuditSessionEnd, AuditSessionEndAll,
	AuditTokenAdd, AuditTokenRevoke, AuditTokenRefused,
	AuditFileAdd("channel"), AuditFileSet("channel"), AuditFileRemove("channel"),
	AuditFileAdd("department"), AuditFileSet("department"), AuditFileRemove("department"),
	AuditFileAdd("domain"), AuditFileSet("domain"), AuditFileRemove("domain"),
	AuditFileAdd("form"), AuditFileSet("form"), AuditFileRemove("form"),
	AuditFileReload, AuditSearchRebuild,
}

const (
	AuditMailSend  AuditAction = "mail.send"
	AuditReply     AuditAction = "protocol.reply"
	AuditRecontact AuditAction = "protocol.recontact"
	AuditHistory   AuditAction = "protocol.history"
	AuditTakeBack  AuditAction = "protocol.takeback"
	AuditNote      AuditAction = "protocol.note"
	AuditAssign    AuditAction = "protocol.assign"
	AuditTag       AuditAction = "protocol.tag"
	AuditTransfer  AuditAction = "protocol.transfer"
	AuditFinalize  AuditAction = "protocol.finalize"
	AuditReopen    AuditAction = "protocol.reopen"
	AuditSplit     AuditAction = "protocol.split"
	AuditMerge     AuditAction = "protocol.merge"
	AuditUndo      AuditAction = "protocol.undo"

	AuditHeldAccept  AuditAction = "held.accept"
	AuditHeldDiscard AuditAction = "held.discard"
	AuditQueueRetry  AuditAction = "queue.retry"
	AuditQueueCancel AuditAction = "queue.cancel"

	AuditContactName    AuditAction = "contact.name"
	AuditContactLinks   AuditAction = "contact.links"
	AuditContactNote    AuditAction = "contact.note"
	AuditContactUnnote  AuditAction = "contact.unnote"
	AuditContactBlock   AuditAction = "contact.block"
	AuditContactUnblock AuditAction = "contact.unblock"

	AuditCannedAdd    AuditAction = "canned.add"
	AuditCannedSet    AuditAction = "canned.set"
	AuditCannedRemove AuditAction = "canned.remove"

	AuditAgentAdd      AuditAction = "agent.add"
	AuditAgentSet      AuditAction = "agent.set"
	AuditAgentPassword AuditAction = "agent.password"
	AuditAgentDisable  AuditAction = "agent.disable"
	AuditAgentEnable   AuditAction = "agent.enable"

	AuditSecondStepOn  AuditAction = "agent.secondstep"
	AuditSecondStepOff AuditAction = "agent.secondstep-off"
	AuditAgentCodes    AuditAction = "agent.codes"

	AuditSessionBegin  AuditAction = "session.begin"
	AuditSessionFailed AuditAction = "session.failed"
	AuditSessionEnd    AuditAction = "session.end"
	AuditSessionEndAll AuditAction = "session.endall"

	AuditTokenAdd     AuditAction = "token.add"
	AuditTokenRevoke  AuditAction = "token.revoke"
	AuditTokenRefused AuditAction = "token.refused"

	AuditFileReload    AuditAction = "file.reload"
	AuditSearchRebuild AuditAction = "search.rebuild"
)

// AuditFileAdd, AuditFileSet and AuditFileRemove are edits of a row of the channel file, by its section.
func AuditFileAdd(section string) AuditAction    { return AuditAction(section + ".add") }
func AuditFileSet(section string) AuditAction    { return AuditAction(section + ".set") }
func AuditFileRemove(section string) AuditAction { return AuditAction(section + ".remove") }

// Kind is the kind of the object, "protocol" of "protocol.reply".
func (a AuditAction) Kind() string {
	kind, _, _ := strings.Cut(string(a), ".")
	return kind
}

// AuditKinds are the kinds of all actions, in their order.
func AuditKinds() []string {
	var out []string
	for _, a := range AuditActions {
		if !slices.Contains(out, a.Kind()) {
			out = append(out, a.Kind())
		}
	}
	return out
}

// auditActions are the actions that a word names: itself, or all of a kind ("protocol", "protocol.").
func auditActions(word string) ([]AuditAction, error) {
	var out []AuditAction
	for _, a := range AuditActions {
		if string(a) == word || a.Kind() == strings.TrimSuffix(word, ".") {
			out = append(out, a)
		}
	}
	if out == nil {
		return nil, errorf(CodeInvalid, "%q is no action: write one such as %s, or a kind of them: %s", preview(word), AuditReply, strings.Join(AuditKinds(), ", "))
	}
	return out, nil
}

// AuditRecords keeps the lines.
type AuditRecords interface {
	AddAudit(l *AuditLine) error
	// Audit is newest first.
	Audit(f AuditFilter, page Page) ([]*AuditLine, string, error)
	// TrimAudit forgets lines of before the time, at most limit of them, and tells how many.
	TrimAudit(before time.Time, limit int) (int, error)
}

// AuditFilter narrows the lines. Empty fields do not narrow.
type AuditFilter struct {
	Departments  []string // as in ProtocolFilter; "" is what is of no department
	Actor        string   // Actor or As
	Object       string   // Object or Other
	Actions      []AuditAction
	Since, Until time.Time // that moment too, and not that moment
}

// Takes tells whether the line is of the list, as far as Actor, Object and Actions say.
func (f AuditFilter) Takes(l *AuditLine) bool {
	return (f.Actor == "" || f.Actor == l.Actor || f.Actor == l.As) &&
		(f.Object == "" || f.Object == l.Object || f.Object == l.Other) &&
		(f.Actions == nil || slices.Contains(f.Actions, l.Action))
}
