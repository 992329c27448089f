package conversation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"recado/internal/message"
)

// maxText bounds what an agent writes, in octets.
const maxText = 1 << 20

// Reply answers within an open protocol. The mail is composed and durable first; then one transaction
// adds the message and queues it. It returns the new message.
func (m *Manager) Reply(ctx context.Context, intent Intent, number string, r ReplyRequest) (*Message, error) {
	if err := checkText(r.Text, r.Attachments, r.Draft); err != nil {
		return nil, err
	}
	var done *Message
	var msg *Message
	var draft message.Draft
	s := r.sendAs(ReplyAt(number))
	err := m.store.View(ctx, func(tx Tx) (err error) {
		if done, err = m.doneBefore(tx, intent, "reply/"+number); done != nil || err != nil {
			return err
		}
		p, err := m.answerable(tx, intent, number)
		if err != nil {
			return err
		}
		kept, err := m.attachments(ctx, tx, intent.Actor.Email, s.at, s.draft)
		if err != nil {
			return err
		}
		msg, draft, err = m.draftReply(tx, intent, p, r, slices.Concat(r.Attachments, kept))
		return err
	})
	if err != nil {
		return nil, err
	}
	if done != nil {
		return done, nil
	}
	recipients := addressesOf(msg.To, msg.Cc)
	returnPath := m.signer.ReturnPath(msg.ID, domainOf(msg.Channel))
	msg.Raw, err = m.compose(ctx, msg.ID, draft, Envelope{From: returnPath, Recipients: recipients})
	if err != nil {
		return nil, fmt.Errorf("reply: %w", err)
	}
	return m.commitOutgoing(ctx, intent, "reply/"+number, msg, QueueItem{
		Kind: QueueReply, ReturnPath: returnPath, Domain: domainOf(msg.Channel), Recipients: recipients,
	}, s, func(tx Tx) (*Protocol, error) { return m.answerable(tx, intent, number) })
}

// checkText refuses what says nothing, and what is too long for a mail's text.
func checkText(text string, files []AttachmentInput, d *Draft) error {
	if strings.TrimSpace(text) == "" && len(files) == 0 && (d == nil || len(d.Files) == 0) {
		return errorf(CodeInvalid, "the message is empty: write a text or attach a file")
	}
	if len(text) > maxText {
		return errorf(CodeInvalid, "the text is longer than %d octets: attach it as a file", maxText)
	}
	return nil
}

// commitOutgoing adds a composed message to the protocol that find gives and to the queue, unless the protocol
// moved on. It waits there before it leaves where it can be taken back. what names the request, as doneBefore has it.
func (m *Manager) commitOutgoing(ctx context.Context, intent Intent, what string, msg *Message, item QueueItem, s *sending,
	find func(Tx) (*Protocol, error)) (*Message, error) {
	var out *Message
	err := m.store.Update(ctx, func(tx Tx) error {
		done, err := m.doneBefore(tx, intent, what)
		if done != nil || err != nil {
			out = done
			return err
		}
		p, err := find(tx)
		if err != nil {
			return err
		}
		fresh := *msg
		fresh.Deliveries = nil
		for _, r := range item.Recipients {
			fresh.Deliveries = append(fresh.Deliveries, Delivery{Recipient: r, State: DeliveryQueued})
		}
		due := tx.Now().Add(s.wait)
		s.undo.see(p)
		if s.wait > 0 {
			for i := range fresh.Deliveries {
				fresh.Deliveries[i].NextAt = due
			}
		}
		kind := ChangeEvent
		if fresh.Kind == KindOut {
			kind = ChangeReply
			if err := p.letIn(tx, m.Directory(), slices.Concat(fresh.To, fresh.Cc)); err != nil { // whom an agent adds may answer (rule 8)
				return err
			}
			if err := tallySent(tx, m.Directory(), p, &fresh, s.undo.Opened); err != nil {
				return err
			}
		}
		if err := appendEntry(tx, p, &fresh); err != nil {
			return err
		}
		q := item
		q.ID, q.Number, q.Message, q.Department, q.Raw = fresh.ID, p.Number, fresh.ID, p.Department, fresh.Raw
		q.State, q.CreatedAt, q.NextAt = QueueWaiting, tx.Now(), due
		if err := tx.PutQueueItem(&q); err != nil {
			return err
		}
		if err := m.leaves(tx, intent.Actor, s, p, fresh.ID); err != nil {
			return err
		}
		if err := m.remember(tx, intent, what, fresh.ID); err != nil {
			return err
		}
		if err := auditSent(tx, intent.Actor, p, &q); err != nil {
			return err
		}
		out = &fresh
		return change(tx, kind, p, fresh.ID, intent.Actor.Email)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// answerable is the open protocol that the actor may answer in.
func (m *Manager) answerable(tx Tx, intent Intent, number string) (*Protocol, error) {
	p, err := m.changeable(tx, intent, number)
	if err != nil {
		return nil, err
	}
	if p.Status != Open {
		return nil, errorf(CodeConflict, "protocol %s is finalized: reopen it to answer in it", number)
	}
	return p, nil
}

// changeable is the protocol that the actor sees, at the version that he saw.
func (m *Manager) changeable(tx Tx, intent Intent, number string) (*Protocol, error) {
	p, err := m.visible(tx, intent.Actor, number)
	if err != nil {
		return nil, err
	}
	if intent.IfMatch != nil && *intent.IfMatch != p.Version {
		return nil, errorf(CodeChanged, "protocol %s moved on to version %d since you read version %d: read what is new, then send again", number, p.Version, *intent.IfMatch)
	}
	return p, nil
}

// draftReply is the message and the mail of an answer.
func (m *Manager) draftReply(tx Tx, intent Intent, p *Protocol, r ReplyRequest, files []AttachmentInput) (*Message, message.Draft, error) {
	d := m.Directory()
	last, err := lastMessage(tx, p)
	if err != nil {
		return nil, message.Draft{}, err
	}
	from, err := m.replyChannel(d, intent.Actor, p, last, r.Channel)
	if err != nil {
		return nil, message.Draft{}, err
	}
	to, err := recipients(r.To, message.Address{Name: p.Contact.Name, Address: p.Contact.Address})
	if err != nil {
		return nil, message.Draft{}, err
	}
	cc, err := recipients(r.Cc, message.Address{})
	if err != nil {
		return nil, message.Draft{}, err
	}
	if len(to)+len(cc) > MaxRecipients {
		return nil, message.Draft{}, errorf(CodeInvalid, "%d recipients are too many: %d at most", len(to)+len(cc), MaxRecipients)
	}
	msg := m.outgoing(d, p.Department, from, intent.Actor)
	msg.To, msg.Cc = to, cc
	msg.Subject = replySubject(p)
	msg.Preview = preview(r.Text)
	thread(msg, last)
	signature, err := signatureOf(tx, intent.Actor)
	return msg, m.draft(d, msg, closed(r.Text, d.Closing(p.Department, p, signature)), files), err
}

// outgoing begins a message of the department's that leaves from the channel.
func (m *Manager) outgoing(d *Directory, department string, from *Channel, actor Actor) *Message {
	now := m.now().UTC()
	id := NewID(now)
	msg := &Message{
		ID: id, Kind: KindOut, From: ContactRef{Address: from.Email, Name: d.nameOf(department)},
		MessageID: m.signer.MessageID(id, from.Domain()), ReceivedAt: now,
		Date:    now.Truncate(time.Second), // the field has no finer unit (RFC 5322 3.3)
		Channel: from.Email, Department: department, Agent: actor.Email, Program: actor.program(),
	}
	if !d.receives(from.Email) {
		if c := d.ReceivingChannel(department); c != nil {
			msg.ReplyTo = []message.Address{{Name: msg.From.Name, Address: c.Email}}
		}
	}
	return msg
}

// draft is the mail of an outgoing message.
func (m *Manager) draft(d *Directory, msg *Message, text string, files []AttachmentInput) message.Draft {
	draft := message.Draft{
		From: message.Address{Name: msg.From.Name, Address: msg.From.Address}, ReplyTo: msg.ReplyTo,
		To: msg.To, Cc: msg.Cc, Subject: msg.Subject, MessageID: msg.MessageID, InReplyTo: msg.InReplyTo,
		References: msg.References, Date: msg.Date.In(d.Location), Text: text,
	}
	for _, f := range files {
		file := message.DraftAttachment{Name: f.Name, Type: f.mediaType(), Open: f.Open}
		if f.Placed && strings.Contains(text, message.ImageMark(f.Name)) {
			draft.Images = append(draft.Images, file)
		} else {
			draft.Attachments = append(draft.Attachments, file)
		}
	}
	return draft
}

func (d *Directory) nameOf(department string) string {
	if dep := d.Department(department); dep != nil {
		return dep.Name
	}
	return ""
}

// lastMessage is the newest message of the customer's, nil where the protocol has none yet.
func lastMessage(tx Tx, p *Protocol) (*Message, error) { return lastOf(tx, p, KindIn) }

// lastOf is the newest entry of the kinds, nil where the protocol has none.
func lastOf(tx Tx, p *Protocol, kinds ...Kind) (*Message, error) {
	after := uint64(0)
	var last *Message
	for step := uint64(64); ; step *= 8 {
		if p.LastSeq > step {
			after = p.LastSeq - step
		} else {
			after = 0
		}
		msgs, err := tx.Messages(p.Number, after, 0)
		if err != nil {
			return nil, err
		}
		for _, msg := range msgs {
			if slices.Contains(kinds, msg.Kind) {
				last = msg
			}
		}
		if last != nil || after == 0 {
			return last, nil
		}
	}
}

// maxReferences bounds the chain that goes out: the first and the newest are what readers thread by.
const maxReferences = 30

// thread makes msg the answer of last (RFC 5322 3.6.4).
func thread(msg *Message, last *Message) {
	if last == nil {
		return
	}
	msg.InReplyTo = last.MessageID
	refs := slices.Clone(last.References)
	if len(refs) == 0 && last.InReplyTo != "" {
		refs = []string{last.InReplyTo}
	}
	msg.References = newestReferences(append(refs, last.MessageID))
}

// newestReferences keeps the first, which names the thread, and the newest.
func newestReferences(refs []string) []string {
	if len(refs) > maxReferences {
		return append(refs[:1:1], refs[len(refs)-maxReferences+1:]...)
	}
	return refs
}

// addressesOf are the bare addresses, each once.
func addressesOf(lists ...[]message.Address) []string {
	var out []string
	seen := map[string]bool{}
	for _, list := range lists {
		for _, a := range list {
			if !seen[a.Key()] {
				seen[a.Key()] = true
				out = append(out, a.Address)
			}
		}
	}
	return out
}

// replySubject is the protocol's subject with "Re:" once and the number once.
func replySubject(p *Protocol) string {
	return tagged(asReply(p.Subject), p.Number)
}

// asReply is the subject with "Re:" once.
func asReply(subject string) string {
	s := strings.TrimSpace(subject)
	if !hasReplyPrefix(s) {
		s = strings.TrimSpace("Re: " + s)
	}
	return s
}

// tagged is the subject with the number once.
func tagged(subject, number string) string {
	tag := "[#" + number + "]"
	if strings.Contains(subject, tag) {
		return subject
	}
	return strings.TrimSpace(subject + " " + tag)
}

func hasReplyPrefix(s string) bool {
	lower := strings.ToLower(s)
	for _, p := range []string{"re:", "res:", "rv:", "aw:"} {
		if strings.HasPrefix(lower, p) {
			return true
		}
	}
	return false
}

// preview is the first words of a text in one line.
func preview(text string) string {
	const most = 200
	line := strings.Join(strings.Fields(text), " ")
	if r := []rune(line); len(r) > most {
		line = string(r[:most-1]) + "…"
	}
	return line
}
