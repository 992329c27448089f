package conversation

import (
	"fmt"
	"slices"
	"time"

	"recado/internal/message"
)

// application is the carrying out of one plan in one transaction.
type application struct {
	m   *Manager
	tx  Tx
	f   *mailFacts
	p   *plan
	ref MailRef
	id  string // of the message or held mail that comes of it

	fate  Fate // what the journal says; set by a held mail's acceptance, else told from the decision
	lines []JournalLine
}

// apply does what was decided: the records, the journal and the change.
func (a *application) apply() error {
	switch a.p.decision.act {
	case actDuplicate:
		return a.duplicate()
	case actHold:
		return a.hold()
	case actReport:
		return a.report()
	case actEvent:
		return a.event()
	case actOpen:
		return a.open()
	case actAppend:
		return a.append()
	}
	return fmt.Errorf("apply: no such action: %s", a.p.decision.act)
}

// journal adds one line a recipient.
func (a *application) journal(fate Fate, number, id string) error {
	if a.fate != "" {
		fate = a.fate
	}
	for _, r := range a.p.target.recipients {
		l := JournalLine{
			At: a.tx.Now(), Receipt: a.f.in.Receipt, Recipient: r, Sender: a.f.sender.address.Address, MessageID: a.f.messageID, Fate: fate,
			Number: number, Message: id, Reason: string(a.p.decision.reason), Department: a.journalDepartment(),
		}
		if err := a.tx.AddJournal(&l); err != nil {
			return err
		}
		a.lines = append(a.lines, l)
	}
	return nil
}

// department is whose the mail is: a report is of the message that it tells of, wherever a relay led it.
func (a *application) department() string {
	switch {
	case a.p.report:
		return a.p.owner()
	case a.p.target.channel != nil:
		return a.p.target.channel.Department
	case a.p.about != nil:
		return a.p.about.Department
	}
	return ""
}

// journalDepartment is who reads the line, which names the recipient and the protocol: where one of the
// two is an isolated department's, that one alone (rule 5).
func (a *application) journalDepartment() string {
	dep := a.department()
	if c := a.p.target.channel; a.p.report && c != nil && a.f.d.Isolated(c.Department) && !a.f.d.Isolated(dep) {
		return c.Department
	}
	return dep
}

// seen notes the mail so that its copies are known (rule 13).
func (a *application) seen() error {
	return a.tx.PutSeen(a.p.key, a.f.messageID, a.f.in.Parsed.ContentHash, a.id)
}

// record is the message that the mail becomes.
func (a *application) record(kind Kind) *Message {
	mail, s := a.f.in.Parsed, a.f.sender
	env := a.envelope()
	auth := s.auth
	msg := &Message{
		ID: a.id, Kind: kind, From: ContactRef{Address: s.address.Address, Name: s.address.Name},
		Subject: mail.Subject, MessageID: a.f.messageID, References: newestReferences(mail.References), Date: mail.Date,
		ReceivedAt: a.f.in.At, Preview: mail.Preview, Auth: &auth, Receipt: a.f.in.Receipt,
		Department: a.department(), Envelope: &env, Raw: a.ref, Trace: a.p.trace, AlsoTo: a.p.target.others(),
	}
	if len(mail.InReplyTo) > 0 {
		msg.InReplyTo = mail.InReplyTo[0]
	}
	if c := a.p.target.channel; c != nil && !a.p.elsewhere(a.f.d) {
		msg.Channel = c.Email
	}
	msg.Flags = a.flags()
	return msg
}

// envelope names the target's recipients only: an isolated department is named nowhere else (rule 5).
func (a *application) envelope() Envelope {
	env := a.f.in.Envelope
	env.Recipients = a.p.target.recipients
	return env
}

// flags are what of the message needs a second look.
func (a *application) flags() []Flag {
	mail, s := a.f.in.Parsed, a.f.sender
	var out []Flag
	for _, f := range []struct {
		set  bool
		flag Flag
	}{
		{s.auth.Verdict != Verified, FlagUnverified},
		{s.replyToElsewhere(mail), FlagReplyTo},
		{a.p.reusedID, FlagDuplicateID},
		{a.f.automatic.Robot, FlagAutomatic},
		{a.p.decision.act == actReport && mail.Notice == nil, FlagBounce},
		{a.p.proven == provesParticipant, FlagParticipant},
		{a.p.proven == provesStranger, FlagStranger},
		{mail.Truncated, FlagTruncated},
		{mail.Unparsed, FlagUnparsed},
		{len(a.p.target.others()) > 0, FlagAlsoSentTo},
	} {
		if f.set {
			out = append(out, f.flag)
		}
	}
	return out
}

// duplicate answers 250 again and notes the new recipients on what was seen before (rule 13).
func (a *application) duplicate() error {
	id := a.p.duplicate
	msg, err := a.tx.Message(id)
	if err != nil {
		return err
	}
	if msg == nil {
		return a.duplicateHeld(id)
	}
	number := msg.Number
	if msg.Kind == KindIn {
		if more := a.unnoted(append(slices.Clone(msg.AlsoTo), msg.Channel)); len(more) > 0 {
			msg.AlsoTo = append(msg.AlsoTo, more...)
			if !slices.Contains(msg.Flags, FlagAlsoSentTo) {
				msg.Flags = append(msg.Flags, FlagAlsoSentTo)
			}
			if err := a.tx.PutMessage(msg); err != nil {
				return err
			}
			if err := a.showTo(msg); err != nil {
				return err
			}
		}
	}
	return a.journal(FateDuplicate, number, id)
}

// showTo lets the departments that a copy came to see the protocol: many servers send a mail for two of
// our addresses twice.
func (a *application) showTo(msg *Message) error {
	p, err := a.tx.Protocol(msg.Number)
	if err != nil || p == nil || !a.seenBy(p) {
		return err
	}
	if err := a.tx.PutProtocol(p); err != nil {
		return err
	}
	return change(a.tx, ChangeMessage, p, msg.ID, "")
}

// duplicateHeld notes the new recipients on a mail that is still held. One that was discarded stays so.
func (a *application) duplicateHeld(id string) error {
	h, err := a.tx.Held(id)
	if err != nil {
		return err
	}
	if h != nil {
		before := len(h.To)
		for _, r := range a.p.target.recipients {
			if !slices.Contains(h.To, r) {
				h.To = append(h.To, r)
			}
		}
		if len(h.To) > before {
			if err := a.tx.PutHeld(h); err != nil {
				return err
			}
		}
	}
	return a.journal(FateDuplicate, "", id)
}

// unnoted are the channels' addresses that known does not hold.
func (a *application) unnoted(known []string) []string {
	var out []string
	for _, c := range a.p.target.channels {
		if !slices.Contains(known, c.Email) && !slices.Contains(out, c.Email) {
			out = append(out, c.Email)
		}
	}
	return out
}

// open makes a new protocol, linked to what it answers, and acknowledges it where that is wanted.
func (a *application) open() error {
	p, err := a.newProtocol()
	if err != nil {
		return err
	}
	if err := a.link(p); err != nil {
		return err
	}
	msg := a.record(KindIn)
	msg.Trace = append(msg.Trace, TraceStep{"protocol", p.Number + ", opened"})
	a.seenBy(p)
	if err := a.participants(p); err != nil {
		return err
	}
	if err := appendEntry(a.tx, p, msg); err != nil {
		return err
	}
	if err := a.contact(); err != nil {
		return err
	}
	if err := a.acknowledge(p, msg); err != nil {
		return err
	}
	if err := tally(a.tx, a.f.d, p, "", Figures{Opened: 1, Received: 1}); err != nil {
		return err
	}
	if err := a.kept(ChangeOpened, p, msg); err != nil {
		return err
	}
	return a.journal(FateOpened, p.Number, msg.ID)
}

// newProtocol is the protocol that the mail opens, not stored yet.
func (a *application) newProtocol() (*Protocol, error) {
	number, err := a.tx.NextNumber(NumberDay(a.tx.Now(), a.f.d.Location))
	if err != nil {
		return nil, err
	}
	c, s := a.p.target.channel, a.f.sender
	return &Protocol{
		Number: number, Status: Open, Key: a.p.key, Department: c.Department, Channel: c.Email,
		Contact: ContactRef{Address: s.address.Address, Name: s.address.Name},
		Subject: a.f.in.Parsed.Subject, OpenedAt: a.tx.Now(), UpdatedAt: a.tx.Now(),
	}, nil
}

// link links a new protocol with the one that the mail proved to answer (rules 7 and 8).
func (a *application) link(p *Protocol) error {
	old := a.p.linked
	if old == nil {
		return nil
	}
	there, back := LinkPrevious, LinkNext
	if a.p.proven == provesStranger {
		there, back = LinkStranger, LinkStranger
	}
	p.link(old.Number, there)
	old.link(p.Number, back)
	return a.tx.PutProtocol(old)
}

// append adds the mail to an open protocol.
func (a *application) append() error {
	p := a.p.protocol
	msg := a.record(KindIn)
	msg.Trace = append(msg.Trace, TraceStep{"protocol", p.Number + ", appended"})
	a.seenBy(p)
	if a.p.proven == provesStranger && a.p.linked.Number != p.Number {
		if err := a.link(p); err != nil {
			return err
		}
	}
	if err := a.participants(p); err != nil {
		return err
	}
	if err := appendEntry(a.tx, p, msg); err != nil {
		return err
	}
	if err := a.contact(); err != nil {
		return err
	}
	if err := tally(a.tx, a.f.d, p, "", Figures{Received: 1}); err != nil {
		return err
	}
	if err := a.kept(ChangeMessage, p, msg); err != nil {
		return err
	}
	return a.journal(FateAppended, p.Number, msg.ID)
}

// seenBy lets every department that the mail came to see the protocol, and tells whether one is new
// (rules 5 and 6). An isolated one has a target, and a protocol, of its own.
func (a *application) seenBy(p *Protocol) bool {
	before := len(p.SeenBy)
	for _, c := range a.p.target.channels {
		if c.Department != p.Department && a.f.d.sameWall(c.Department, p.Department) && !slices.Contains(p.SeenBy, c.Department) {
			p.SeenBy = append(p.SeenBy, c.Department)
		}
	}
	return len(p.SeenBy) > before
}

// kept notes the copy and tells of the change.
func (a *application) kept(kind ChangeKind, p *Protocol, msg *Message) error {
	if err := a.seen(); err != nil {
		return err
	}
	return change(a.tx, kind, p, msg.ID, "")
}

// maxParticipants bounds what a protocol remembers of Cc lists.
const maxParticipants = 50

// participants lets those take part whom the contact put in Cc of a verified message (rule 8).
func (a *application) participants(p *Protocol) error {
	if a.f.sender.auth.Verdict != Verified || a.f.sender.key != p.Key.Sender {
		return nil
	}
	return p.letIn(a.tx, a.f.d, a.f.in.Parsed.Cc)
}

// letIn makes participants of the addresses, never of the contact's own or one of ours (rule 8): a channel's,
// or an agent's, who answers in the product.
func (p *Protocol) letIn(tx Tx, d *Directory, list []message.Address) error {
	for _, a := range list {
		key := d.SenderKey(a)
		if len(p.Participants) >= maxParticipants {
			return nil
		}
		if !validSender(a) || d.IsOurs(key) || key == p.Key.Sender || slices.Contains(p.Participants, key) {
			continue
		}
		agent, err := tx.Agent(a.Key())
		if err != nil {
			return err
		}
		if agent == nil {
			p.Participants = append(p.Participants, key)
		}
	}
	return nil
}

// contact keeps the sender among the contacts of the protocol's side.
func (a *application) contact() error {
	if a.f.sender.key == "" {
		return nil
	}
	s := a.f.sender
	return noteContact(a.tx, Key{Sender: s.key, Department: a.p.key.Department}, ContactRef{Address: s.address.Address, Name: s.address.Name})
}

// noteTime adds now to the times of the last hour under name, keeping the newest limit of them.
func noteTime(tx Tx, name string, limit int) error {
	times, err := tx.Times(name)
	if err != nil {
		return err
	}
	times = append(within(times, tx.Now().Add(-time.Hour)), tx.Now())
	if len(times) > limit {
		times = times[len(times)-limit:]
	}
	return tx.PutTimes(name, times, tx.Now().Add(time.Hour))
}
