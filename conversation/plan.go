package conversation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"recado/internal/message"
)

// mailFacts are what is known of a mail for all its targets.
type mailFacts struct {
	in        *Incoming
	d         *Directory
	sender    sender
	automatic message.Automatic
	messageID string   // the mail's, or one made from its content (rule 13)
	proofs    []string // ids of our messages that References and In-Reply-To prove, newest first
	approved  bool     // a person accepted it from Held

	secondTry bool // rule 9
	flood     bool // rule 15
}

// newMailFacts gathers all that needs no store.
func (m *Manager) newMailFacts(d *Directory, in *Incoming) *mailFacts {
	f := &mailFacts{in: in, d: d, sender: senderOf(d, in)}
	f.automatic = message.Classify(in.Parsed.Header, in.Envelope.From)
	f.messageID = in.Parsed.MessageID
	if f.messageID == "" {
		f.messageID = message.MadeMessageID(in.Parsed.ContentHash, d.Hostname)
	}
	ids := [][]string{in.Parsed.InReplyTo, reversed(in.Parsed.References)}
	if n := in.Parsed.Notice; n != nil { // a receipt need not name it elsewhere (RFC 8098 3.2.5)
		ids = append(ids, []string{n.OriginalMessageID})
	}
	for _, ids := range ids {
		for _, id := range ids {
			if own := m.signer.OpenMessageID(id); own != "" && len(f.proofs) < maxProofs {
				f.proofs = append(f.proofs, own)
			}
		}
	}
	return f
}

// maxProofs bounds how many Message-IDs of ours one mail may have looked up.
const maxProofs = 20

// read gathers what of the mail as a whole the store knows.
func (f *mailFacts) read(tx Tx) error {
	if err := f.readFlood(tx); err != nil {
		return err
	}
	f.secondTry = false
	if f.in.Auth.Temporary {
		var err error
		f.secondTry, err = f.triedBefore(tx)
		return err
	}
	return nil
}

// plan is what is to be done with a mail for one target, decided in one transaction.
type plan struct {
	target    *target
	proofs    []string // ids of our messages that the mail proves to answer, the likeliest first
	key       Key
	decision  decision
	report    bool      // it reports on about (rule 12)
	duplicate string    // the id of what was seen before, with actDuplicate
	reusedID  bool      // the Message-ID was seen with other content (rule 13)
	protocol  *Protocol // to append to, or that an event is of
	about     *Message  // our message that a report or robot answers
	linked    *Protocol // the protocol that a new one is linked to
	block     *Block    // of the sender, on the target's side
	proven    proof
	trace     []TraceStep
}

// plan decides for one target. It reads the store and writes nothing.
func (m *Manager) plan(tx Tx, f *mailFacts, t *target) (*plan, error) {
	p := &plan{target: t, proofs: f.proofs}
	facts := facts{
		received: f.in.Parsed.Received, senderNamed: f.sender.named, auth: f.in.Auth,
		secondTry: f.secondTry, flood: f.flood, spam: f.in.Spam.holds(), approved: f.approved,
	}
	if err := m.planReport(tx, f, p, &facts); err != nil {
		return nil, err
	}
	if p.report = facts.report; p.report {
		p.key = reportKey(p.about)
	} else {
		p.key = f.key(t)
	}
	id, same, err := tx.Seen(p.key, f.messageID, f.in.Parsed.ContentHash)
	if err != nil {
		return nil, err
	}
	if id == f.in.self {
		id, same = "", false
	}
	facts.duplicate, p.reusedID = same, id != "" && !same
	if same {
		p.duplicate = id
	}
	if !facts.report {
		if err := m.planChannel(tx, f, p, &facts); err != nil {
			return nil, err
		}
	}
	p.proven = facts.proven
	p.decision = decide(facts)
	// A report that came twice is a duplicate; decide has no need to know the difference.
	if p.decision.act == actReport && facts.duplicate {
		p.decision = decision{act: actDuplicate, reason: ReasonDuplicate, rule: "13"}
	}
	p.trace = f.trace(p)
	return p, nil
}

// elsewhere tells whether the mail is a report that came to the other side of an isolated department's wall.
func (p *plan) elsewhere(d *Directory) bool {
	return p.report && p.target.channel != nil && !d.sameWall(p.target.channel.Department, p.owner())
}

// key is what at most one open protocol of the target's stands for (rules 1 and 5).
func (f *mailFacts) key(t *target) Key {
	k := Key{Sender: f.sender.key}
	if t.channel != nil && f.d.Isolated(t.channel.Department) {
		k.Department = t.channel.Department
	}
	return k
}

// planReport tells whether the mail reports on a message of ours, by the return path that it came to or
// by the Message-ID in the headers that it returns (rule 12).
func (m *Manager) planReport(tx Tx, f *mailFacts, p *plan, facts *facts) error {
	t, mail := p.target, f.in.Parsed
	about := t.about
	nullReport := f.in.Envelope.From == "" && mail.Report != nil
	if about == "" && nullReport {
		about = m.signer.OpenMessageID(mail.Report.OriginalMessageID)
		facts.backscatter = about == ""
	}
	complaint := mail.Notice != nil && mail.Notice.Kind == message.NoticeComplaint
	if complaint { // whatever its return path: no customer writes in that form
		if own := m.signer.OpenMessageID(mail.Notice.OriginalMessageID); own != "" {
			about = own
		}
		facts.backscatter = about == ""
	}
	if about == "" {
		return nil
	}
	msg, err := tx.Message(about)
	if err != nil {
		return err
	}
	if msg == nil || msg.Kind == KindIn {
		facts.backscatter = true // a good token for what was erased since
		return m.planLost(f, p)
	}
	switch {
	case mail.Report != nil, complaint, t.about != "" && machineBounce(f, msg):
		if t.about == "" && msg.Reports >= maxReports && !f.approved {
			facts.backscatter = true
			if c := m.channelOf(f.d, msg); c != nil { // an isolated department's is held for it alone (rule 5)
				t.channel, t.channels = c, []*Channel{c}
			}
			return nil
		}
		facts.report, p.about = true, msg
		p.protocol, err = tx.Protocol(msg.Number)
		return err
	}
	// A robot or a person that writes to the return path: as if it had come to the address it answers.
	if t.channel == nil {
		if c := m.channelOf(f.d, msg); c != nil {
			t.channel, t.channels = c, []*Channel{c}
		}
	}
	p.proofs = append([]string{about}, f.proofs...)
	return m.planLost(f, p)
}

// planLost gives a target without a channel the first that can have it.
func (m *Manager) planLost(f *mailFacts, p *plan) error {
	if p.target.channel != nil {
		return nil
	}
	if p.target.channel = f.d.fallback(); p.target.channel == nil {
		if len(f.d.Channels) == 0 {
			return errors.New("the channel file has no channel")
		}
		p.target.channel = &f.d.Channels[0]
	}
	p.target.channels = []*Channel{p.target.channel}
	return nil
}

// channelOf is the channel that a message of ours left from, where it still receives; else its department's,
// one that is switched off rather than another department's.
func (m *Manager) channelOf(d *Directory, msg *Message) *Channel {
	if c, status := d.Resolve(msg.Channel); status == RecipientOK && d.sameWall(c.Department, msg.Department) {
		return c
	}
	if c := d.ReceivingChannel(msg.Department); c != nil {
		return c
	}
	if i := slices.IndexFunc(d.Channels, func(c Channel) bool { return c.Department == msg.Department }); i >= 0 {
		return &d.Channels[i]
	}
	return nil
}

// machineBounce tells whether a mail to the return path of our message, in no form of a report, is one all
// the same: from a mail system, or from nobody and not what a robot of the customer's answers. Vacation
// replies and read receipts come from nobody too (RFC 3834 3.3, RFC 8098 3), and say that the message arrived.
func machineBounce(f *mailFacts, about *Message) bool {
	local, _, _ := cutAddress(f.sender.from)
	switch {
	case f.automatic.Kind == "auto-replied", f.automatic.Kind == "vacation", f.fromRecipient(about):
		return false
	case strings.EqualFold(local, "mailer-daemon"), strings.EqualFold(local, "postmaster"):
		return true
	case f.in.Envelope.From != "", len(f.proofs) > 0:
		return false
	}
	// With a null return path, that alone is what Classify names.
	kind := message.Classify(f.in.Parsed.Header, f.sender.from).Kind
	return f.sender.from == "" || kind != "auto-replied" && kind != "vacation"
}

// fromRecipient tells whether the mail is from one that our message was sent to.
func (f *mailFacts) fromRecipient(m *Message) bool {
	return f.sender.named && slices.ContainsFunc(m.Deliveries, func(d Delivery) bool {
		return f.d.SenderKey(message.Address{Address: d.Recipient}) == f.sender.from
	})
}

// planChannel gathers what depends on the channel, the key and the threads.
func (m *Manager) planChannel(tx Tx, f *mailFacts, p *plan, facts *facts) error {
	open, err := tx.OpenProtocol(p.key)
	if err != nil {
		return err
	}
	p.protocol, facts.open = open, open != nil
	p.target.prefer(open)
	c := p.target.channel
	facts.holdUnverified = c.HoldUnverified
	facts.refuseDMARC = c.DMARC == DMARCRefuse
	facts.ourselves = f.d.IsOurs(f.sender.from) || f.d.IsOurs(f.sender.key)
	facts.robot = f.automatic.Robot && !c.wantsRobot(f.sender.from)
	if err := planBlock(tx, p, facts); err != nil {
		return err
	}
	return m.planThread(tx, f, p, facts)
}

// prefer makes the target belong to the address of the open protocol's department, where the mail came
// to that too (rule 6: "it belongs to the open protocol if there is one").
func (t *target) prefer(open *Protocol) {
	if open == nil || t.channel.Department == open.Department {
		return
	}
	for _, c := range t.channels {
		if c.Department == open.Department {
			t.channel = c
			return
		}
	}
}

// planThread finds what the Message-IDs of ours prove. The likeliest that names a protocol in this key's
// scope wins; that of somebody else only where none is the sender's own or one that he takes part in.
func (m *Manager) planThread(tx Tx, f *mailFacts, p *plan, facts *facts) error {
	for _, id := range p.proofs {
		msg, proto, err := answered(tx, id)
		if err != nil {
			return err
		}
		// The wall of rule 5: an isolated protocol is reached only through its department's addresses, and
		// from those no other is.
		if proto == nil || proto.Key.Department != p.key.Department {
			continue
		}
		proven := f.proof(proto)
		if proven == provesStranger && facts.proven != provesNothing {
			continue
		}
		facts.answersUs, facts.proven, p.about, p.linked = msg.Reports < maxReports || f.approved || !facts.robot, proven, msg, nil
		switch proven {
		case provesOwnOpen, provesParticipant:
			p.protocol = proto
			return nil
		case provesOwnEnded:
			p.linked = proto
			return nil
		}
		p.linked = proto
	}
	return nil
}

// answered is the message of ours that the id names, and its protocol; nil where they are gone.
func answered(tx Tx, id string) (*Message, *Protocol, error) {
	msg, err := tx.Message(id)
	if err != nil || msg == nil {
		return nil, nil, err
	}
	proto, err := tx.Protocol(msg.Number)
	return msg, proto, err
}

// proof is what a Message-ID of the protocol proves for this sender.
func (f *mailFacts) proof(proto *Protocol) proof {
	own := proto.Key.Sender == f.sender.key
	switch {
	case own && proto.Status == Open:
		return provesOwnOpen
	case own:
		return provesOwnEnded
	case proto.Status == Open:
		for _, participant := range proto.Participants {
			if participant == f.sender.key {
				return provesParticipant
			}
		}
	}
	return provesStranger
}

// reportKey is what copies of one report are judged within.
func reportKey(about *Message) Key { return Key{Sender: "report/" + about.ID} }

func ackName(key string) string { return "acks/" + key }

// tryName names the note of a first try of a mail that DNS did not answer for (rule 9).
func (f *mailFacts) tryName(recipient string) string {
	return fmt.Sprintf("try/%s/%s/%s", network(f.in.Envelope.RemoteIP), f.sender.from, message.Address{Address: recipient}.Key())
}

// tryAgainAfter is how long after the first try DNS may still stand in the way (rule 9).
const tryAgainAfter = time.Hour

// triedBefore tells whether every recipient was tried an hour ago or longer.
func (f *mailFacts) triedBefore(tx Tx) (bool, error) {
	for _, r := range f.in.Envelope.Recipients {
		v, err := tx.Note(f.tryName(r))
		if err != nil {
			return false, err
		}
		first, err := time.Parse(time.RFC3339, v)
		if err != nil || tx.Now().Sub(first) < tryAgainAfter {
			return false, nil
		}
	}
	return true, nil
}

// noteTry keeps when a mail was tried first.
func (f *mailFacts) noteTry(tx Tx) error {
	for _, r := range f.in.Envelope.Recipients {
		v, err := tx.Note(f.tryName(r))
		if err != nil {
			return err
		}
		if v != "" {
			continue
		}
		// Senders give up after five days (RFC 5321 4.5.4.1).
		err = tx.PutNote(f.tryName(r), tx.Now().Format(time.RFC3339), tx.Now().Add(5*24*time.Hour))
		if err != nil {
			return err
		}
	}
	return nil
}

// within are the times after since.
func within(times []time.Time, since time.Time) []time.Time {
	for i, t := range times {
		if t.After(since) {
			return times[i:]
		}
	}
	return nil
}

func reversed(s []string) []string {
	out := make([]string, len(s))
	for i, v := range s {
		out[len(s)-1-i] = v
	}
	return out
}
