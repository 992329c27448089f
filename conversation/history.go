package conversation

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"recado/internal/message"
)

// Bounds of what one history mail tells: the newest entries, texts and files of a protocol.
const (
	maxHistoryEntries = 2000
	maxHistoryRead    = 256 << 20 // octets of all mails that are read for it
	maxHistoryText    = 512 << 10 // octets of all texts
	maxHistoryFiles   = 8 << 20   // octets of all files, less where a mail may have less
)

// SendHistory sends what was written in a protocol, open or finalized, from the department's channel for that (rules 3
// and 17): to the contact, or to another address where a supervisor says so. The mail is an event of the protocol, which is returned.
func (m *Manager) SendHistory(ctx context.Context, intent Intent, number string, r HistoryRequest) (*Message, error) {
	var done *Message
	var h *history
	err := m.store.View(ctx, func(tx Tx) (err error) {
		if done, err = m.doneBefore(tx, intent, "history/"+number); done == nil && err == nil {
			h, err = m.historyOf(tx, intent, number, r.To)
		}
		return err
	})
	if done != nil || err != nil {
		return done, err
	}
	if err := h.read(ctx, m); err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	d := m.Directory()
	msg := m.outgoing(d, h.p.Department, h.from, intent.Actor)
	msg.Kind, msg.Event, msg.To = KindEvent, EventHistory, []message.Address{h.to}
	msg.Subject = tagged(h.words.title, number)
	msg.Text = h.to.Address // the mail itself is not read again with the protocol that it repeats
	msg.Details = map[string]string{"recipient": h.to.Address, "messages": strconv.Itoa(len(h.told)), "omitted": strconv.Itoa(h.omitted)}
	if h.own {
		thread(msg, h.last)
	}
	recipients := addressesOf(msg.To)
	returnPath := m.signer.ReturnPath(msg.ID, h.from.Domain())
	draft := m.draft(d, msg, closed(h.text(d), h.department.Signature), h.files)
	if msg.Raw, err = m.compose(ctx, msg.ID, draft, Envelope{From: returnPath, Recipients: recipients}); err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	item := QueueItem{Kind: QueueHistory, ReturnPath: returnPath, Domain: h.from.Domain(), Recipients: recipients}
	return m.commitOutgoing(ctx, intent, "history/"+number, msg, item, &sending{wait: r.Wait}, func(tx Tx) (*Protocol, error) {
		return m.changeable(tx, intent, number)
	})
}

// history is a protocol as it is told.
type history struct {
	p          *Protocol
	department *Department
	from       *Channel
	to         message.Address
	own        bool // it goes to the contact
	words      historyWords
	records    []*Message // that may be told, oldest first
	last       *Message   // the newest of them
	told       []Entry    // oldest first
	omitted    int        // messages that the bounds left out
	files      []AttachmentInput
	sent       map[string]bool // files that are attached, by message and index
}

func (m *Manager) historyOf(tx Tx, intent Intent, number, to string) (*history, error) {
	p, err := m.changeable(tx, intent, number)
	if err != nil {
		return nil, err
	}
	if p.Merged != nil {
		return nil, errorf(CodeConflict, "the messages of protocol %s are in %s: send its history", number, p.Merged.Into)
	}
	d := m.Directory()
	h := &history{p: p}
	if h.to, h.own, err = d.toldTo(intent.Actor, p, to); err != nil {
		return nil, err
	}
	if h.from, err = d.sender(p.Department, SendHistory); err != nil {
		return nil, err
	}
	if h.department = d.Department(p.Department); h.department == nil {
		return nil, errorf(CodeConflict, "the department %s is not in the channel file any more: transfer protocol %s first", p.Department, number)
	}
	h.words = historyWordsOf(h.department)
	after := uint64(0)
	if p.LastSeq > maxHistoryEntries {
		after = p.LastSeq - maxHistoryEntries
	}
	entries, err := tx.Messages(number, after, 0)
	if err != nil {
		return nil, err
	}
	hidden := 0
	for _, e := range entries {
		switch {
		case e.Kind != KindIn && e.Kind != KindOut: // notes are for agents alone
		case e.Department != "" && e.Department != p.Department && d.Isolated(e.Department): // an isolated department is told of nowhere else (rule 5)
			hidden++
		default:
			h.records = append(h.records, e)
		}
	}
	if len(h.records) == 0 {
		return nil, errorf(CodeConflict, "protocol %s has no messages to tell of", number)
	}
	h.last = h.records[len(h.records)-1]
	h.omitted = max(0, p.Messages-hidden-len(h.records))
	return h, nil
}

// MayTellOthers tells whether the actor may send a history to another address than the contact's.
func (a Actor) MayTellOthers() bool { return a.Supervises() }

// toldTo is where the history goes, and whether that is the contact's own address.
func (d *Directory) toldTo(actor Actor, p *Protocol, asked string) (to message.Address, own bool, err error) {
	contact := message.Address{Address: p.Contact.Address, Name: p.Contact.Name}
	if asked == "" {
		if !validSender(contact) {
			return to, false, errorf(CodeConflict, "protocol %s has no address of a contact to write to", p.Number)
		}
		return contact, true, nil
	}
	if to, err = d.customer(asked); err != nil {
		return to, false, err
	}
	if d.SenderKey(to) == d.SenderKey(contact) {
		return contact, true, nil
	}
	if !actor.MayTellOthers() {
		return to, false, errorf(CodeForbidden, "only a supervisor may send the history to another address than the contact's")
	}
	return to, false, nil
}

// read reads the mails, the newest first, until a bound is met; and finds the files that fit.
func (h *history) read(ctx context.Context, m *Manager) error {
	text, files, raw := maxHistoryText, int64(maxHistoryFiles), int64(maxHistoryRead)
	if m.maxMessage > 0 {
		files = min(files, m.maxMessage/2) // base64 makes four octets of three, and the text needs room
		text = min(text, int(m.maxMessage/8))
	}
	h.sent = map[string]bool{}
	for i := len(h.records) - 1; i >= 0; i-- {
		e, err := m.entry(ctx, h.records[i])
		if err != nil {
			return err
		}
		text -= len(e.Text) + len(e.Quoted)
		raw -= e.Raw.Length
		if min(int64(text), raw) < 0 && len(h.told) > 0 {
			h.omitted += i + 1
			break
		}
		h.told = append(h.told, e)
		for _, a := range e.Attachments {
			if files < a.Size || len(h.files) >= maxHistoryAttached {
				continue
			}
			files -= a.Size
			h.sent[fileKey(&e, a)] = true
			h.files = append(h.files, AttachmentInput{Name: a.Name, Type: a.Type, Size: a.Size, Open: m.opener(ctx, e.Raw, a.Index)})
		}
	}
	slices.Reverse(h.told)
	return nil
}

// maxHistoryAttached bounds how many files are attached; the others are listed.
const maxHistoryAttached = 100

func fileKey(e *Entry, a message.Attachment) string { return e.ID + "/" + strconv.Itoa(a.Index) }

// opener opens a file of a stored mail.
func (m *Manager) opener(ctx context.Context, ref MailRef, index int) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		raw, err := m.store.OpenMail(ctx, ref)
		if err != nil {
			return nil, err
		}
		_, file, err := fileOf(raw, index)
		return file, err
	}
}
