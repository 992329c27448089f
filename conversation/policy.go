package conversation

import (
	"recado/internal/message"
)

// Reason names why a mail met its fate. It is stable: logs, traces and tests refer to it.
type Reason string

const (
	// Refused: smtpd gives each its code (rules 9 and 15).
	ReasonLoopReceived  Reason = "loop-received"  // more than 100 Received fields
	ReasonFromMalformed Reason = "from-malformed" // From is not one field that names one sender
	ReasonDMARCPolicy   Reason = "dmarc-policy"   // the domain asks for reject, and the channel follows

	// Later.
	ReasonDNSTemporary Reason = "dns-temporary" // nothing verifies, and DNS did not answer

	// Held.
	ReasonFailed      Reason = "dmarc-failed"
	ReasonUnverified  Reason = "unverified"
	ReasonAutomatic   Reason = "automatic"
	ReasonBackscatter Reason = "backscatter"
	ReasonOurselves   Reason = "from-ourselves"
	ReasonFlood       Reason = "flood"
	ReasonSpam        Reason = "spam"
	ReasonBlocked     Reason = "blocked" // an agent blocked the sender (rule 22)

	// Kept.
	ReasonReport          Reason = "report"           // of a message of ours (rule 12)
	ReasonAutomaticAnswer Reason = "automatic-answer" // of a message of ours (rule 11)
	ReasonDuplicate       Reason = "duplicate"        // rule 13
	ReasonFirst           Reason = "first"            // no open protocol of the key: a new one
	ReasonAnswerFinalized Reason = "answer-finalized" // it answers a finalized one: a new one, linked (rule 7)
	ReasonStranger        Reason = "stranger"         // answers a protocol of somebody else: one of its own, linked (rule 8)
	ReasonOpenProtocol    Reason = "open-protocol"    // the rule of the product
	ReasonThread          Reason = "thread"           // a Message-ID of ours chose among the sender's protocols (rule 7)
	ReasonParticipant     Reason = "participant"      // rule 8
)

// maxReceived is the number of Received fields beyond which a mail is taken to loop (RFC 5321 6.3).
const maxReceived = 100

// action is what decide wants done with a mail for one target.
type action string

const (
	actRefuse    action = "refuse"
	actLater     action = "later"
	actHold      action = "hold"
	actReport    action = "report"
	actEvent     action = "event"
	actDuplicate action = "duplicate"
	actOpen      action = "open"
	actAppend    action = "append"
)

// facts is all that decide looks at: about the mail, its target's channel, and what the store knows.
type facts struct {
	received int // Received fields

	report      bool // it reports on a message of ours, which was found (rule 12)
	backscatter bool // it is a report, of nothing that we sent

	senderNamed bool // From is one field and names one sender (rule 9)
	duplicate   bool // same Message-ID, sender and content (rule 13)

	auth           Auth
	holdUnverified bool // the channel's unverified = "hold"
	refuseDMARC    bool // the channel's dmarc = "refuse"
	secondTry      bool // an hour after a first try that DNS did not answer

	ourselves bool // from one of our channels' addresses (rule 15)
	blocked   bool // an agent of the target's side blocked the sender (rule 22)
	robot     bool // automatic mail that this channel does not want as a customer's (rule 11)
	answersUs bool // it proves by a Message-ID that it answers a message of ours
	flood     bool // over mails_per_hour (rule 15)
	spam      bool // a blocklist or rspamd says so (rule 15)

	approved bool // a person accepted it from Held: nothing holds or refuses it any more

	proven proof // what the Message-ID of ours proves (rules 7 and 8)
	open   bool  // the key has an open protocol
}

// proof is what a Message-ID of ours in References or In-Reply-To proves about a sender.
type proof string

const (
	provesNothing     proof = ""
	provesOwnOpen     proof = "own-open"      // an open protocol of the sender
	provesOwnEnded    proof = "own-finalized" // a finalized one of the sender
	provesParticipant proof = "participant"   // an open one that the sender takes part in
	provesStranger    proof = "stranger"      // one of somebody else
)

// decision is what becomes of a mail for one target, and why.
type decision struct {
	act    action
	reason Reason
	held   HeldReason // with actHold
	rule   string     // the number in docs/rules.md
}

// decide holds the order in which a mail is judged (docs/rules.md). It is pure: the same facts, the
// same decision, for a mail that arrives, for one that is accepted from Held, and for explain.
func decide(f facts) decision {
	if f.received > maxReceived && !f.approved {
		return decision{act: actRefuse, reason: ReasonLoopReceived, rule: "15"}
	}
	if f.report {
		return decision{act: actReport, reason: ReasonReport, rule: "12"}
	}
	// A report of nothing of ours is exempt from rule 9's refusals too: its From is a machine's.
	if f.backscatter && !f.approved {
		if f.duplicate {
			return decision{act: actDuplicate, reason: ReasonDuplicate, rule: "13"}
		}
		return decision{act: actHold, reason: ReasonBackscatter, held: HeldBackscatter, rule: "12"}
	}
	if !f.senderNamed && !f.approved {
		return decision{act: actRefuse, reason: ReasonFromMalformed, rule: "9"}
	}
	if f.duplicate && !f.approved {
		return decision{act: actDuplicate, reason: ReasonDuplicate, rule: "13"}
	}
	if !f.approved {
		if d, stop := decideVerdict(f); stop {
			return d
		}
		if f.ourselves {
			return decision{act: actHold, reason: ReasonOurselves, held: HeldLoop, rule: "15"}
		}
		if f.blocked {
			return decision{act: actHold, reason: ReasonBlocked, held: HeldPolicy, rule: "22"}
		}
	}
	if f.robot && f.answersUs {
		return decision{act: actEvent, reason: ReasonAutomaticAnswer, rule: "11"}
	}
	if !f.approved {
		if f.spam && !f.ownReply() {
			return decision{act: actHold, reason: ReasonSpam, held: HeldSpam, rule: "15"}
		}
		if f.robot {
			return decision{act: actHold, reason: ReasonAutomatic, held: HeldAutomatic, rule: "11"}
		}
		if f.flood {
			return decision{act: actHold, reason: ReasonFlood, held: HeldFlood, rule: "15"}
		}
	}
	return decideProtocol(f)
}

// ownReply tells whether the mail proves to be the sender's, and to answer within an open protocol of theirs: a word
// in a conversation that we are having. Whose host a blocklist lists today is still our customer.
func (f *facts) ownReply() bool {
	return f.auth.Verdict == Verified && f.proven == provesOwnOpen
}

// decideVerdict is rule 9's part; stop is false where the verdict stands in nobody's way.
func decideVerdict(f facts) (d decision, stop bool) {
	switch {
	case f.auth.Verdict == Failed:
		if f.refuseDMARC && f.auth.Policy == "reject" {
			return decision{act: actRefuse, reason: ReasonDMARCPolicy, rule: "9"}, true
		}
		// RFC 9989 7.4: not refused on the sender's policy alone.
		return decision{act: actHold, reason: ReasonFailed, held: HeldPolicy, rule: "9"}, true
	case f.auth.Verdict == Verified:
		return decision{}, false
	case f.auth.Temporary && !f.secondTry:
		return decision{act: actLater, reason: ReasonDNSTemporary, rule: "9"}, true
	case f.holdUnverified:
		return decision{act: actHold, reason: ReasonUnverified, held: HeldUnverified, rule: "9"}, true
	}
	return decision{}, false
}

// decideProtocol is which protocol takes it (rules 1, 7 and 8).
func decideProtocol(f facts) decision {
	switch {
	case f.proven == provesOwnOpen:
		return decision{act: actAppend, reason: ReasonThread, rule: "7"}
	case f.proven == provesParticipant:
		return decision{act: actAppend, reason: ReasonParticipant, rule: "8"}
	case f.open:
		return decision{act: actAppend, reason: ReasonOpenProtocol, rule: "1"}
	case f.proven == provesOwnEnded:
		return decision{act: actOpen, reason: ReasonAnswerFinalized, rule: "7"}
	case f.proven == provesStranger:
		return decision{act: actOpen, reason: ReasonStranger, rule: "8"}
	}
	return decision{act: actOpen, reason: ReasonFirst, rule: "1"}
}

// SenderOf is the address that a mail claims to be from (rule 9): From must be one field; of several
// addresses in it the Sender field must name one, which is then the sender. ok is false where it names none.
func SenderOf(m *message.Message) (sender message.Address, ok bool) {
	if m.FromFields != 1 || hasControls(m.Header, "From") {
		return message.Address{}, false
	}
	switch len(m.From) {
	case 0:
		return message.Address{}, false
	case 1:
		return m.From[0], validSender(m.From[0])
	}
	if len(m.Sender) != 1 || m.Header.Count("Sender") > 1 {
		return message.Address{}, false
	}
	for _, a := range m.From {
		if a.Key() == m.Sender[0].Key() {
			return a, validSender(a)
		}
	}
	return message.Address{}, false
}

func validSender(a message.Address) bool {
	local, domain, ok := cutAddress(a.Address)
	return ok && local != "" && domain != "" && len(a.Address) <= maxAddress
}

// maxAddress is RFC 5321 4.5.3.1: 64 octets, an @ and 255.
const maxAddress = 320
