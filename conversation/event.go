package conversation

import (
	"fmt"
	"strings"

	"recado/internal/message"
)

// Events that an entry of kind "event" tells of. Screens put their own words to them, with the details that
// are named in brackets (Message.Details).
const (
	EventAcknowledged = "acknowledged" // the number was sent to the customer (rule 14)
	EventBounced      = "bounced"      // a message of ours did not arrive (rule 12)
	EventDelayed      = "delayed"      // a message of ours is late, and still tried
	EventReported     = "reported"     // another report: delivered, relayed
	EventAutomatic    = "automatic"    // a robot answered a message of ours (rule 11)
	EventFinalized    = "finalized"    // [classification]
	EventReopened     = "reopened"
	EventSplit        = "split"       // messages went to a protocol of their own, whose number is its text
	EventMerged       = "merged"      // two protocols became one
	EventUndone       = "undone"      // a split or a merge was taken back
	EventFailed       = "failed"      // the relay refused a message of ours, or we gave up
	EventCancelled    = "cancelled"   // somebody took it from the queue
	EventAssigned     = "assigned"    // [agent, name, before]
	EventUnassigned   = "unassigned"  // [before]
	EventTransferred  = "transferred" // [from, to: departments; agent, name; reason]
	EventTagged       = "tagged"      // [added, removed: tags with commas between]
)

// event adds a robot's answer to the protocol of the message that it answers, finalized or not, without
// a new-mail signal (rule 11).
func (a *application) event() error {
	p, err := a.tx.Protocol(a.p.about.Number)
	if err != nil {
		return err
	}
	msg := a.record(KindEvent)
	msg.Event = EventAutomatic
	msg.Trace = append(msg.Trace, TraceStep{"protocol", p.Number + ", event"})
	return a.addEvent(p, msg, ChangeEvent)
}

func (a *application) addEvent(p *Protocol, msg *Message, kind ChangeKind) error {
	if err := appendEntry(a.tx, p, msg); err != nil {
		return err
	}
	if err := a.kept(kind, p, msg); err != nil {
		return err
	}
	return a.journal(FateEvent, p.Number, msg.ID)
}

// report marks the message of ours that a report is about, recipient by recipient, and adds the report
// to its protocol as an event (rule 12).
func (a *application) report() error {
	about := a.p.about
	event, text := a.mark(about)
	if err := a.tx.PutMessage(about); err != nil {
		return err
	}
	p := a.p.protocol
	if p == nil {
		return fmt.Errorf("report: the protocol %s of message %s is missing", about.Number, about.ID)
	}
	msg := a.record(KindEvent)
	msg.Event, msg.Text = event, text
	msg.InReplyTo = about.MessageID
	msg.Trace = append(msg.Trace, TraceStep{"protocol", p.Number + ", event on message " + about.ID})
	return a.addEvent(p, msg, ChangeDelivery)
}

// mark applies the report to the deliveries of our message, and says what it tells.
func (a *application) mark(about *Message) (event, text string) {
	rep := a.f.in.Parsed.Report
	if rep == nil || len(rep.Recipients) == 0 {
		return a.markAll(about)
	}
	event = EventReported
	var lines []string
	for _, r := range rep.Recipients {
		lines = append(lines, reportLine(r))
		switch {
		case strings.EqualFold(r.Action, "failed"):
			event = EventBounced
			if d := reportedDelivery(about, r.Address); d != nil {
				d.State, d.Code, d.Reason = DeliveryUndelivered, r.Status, r.Diagnostic
			}
		case strings.EqualFold(r.Action, "delayed") && event != EventBounced:
			event = EventDelayed
		}
	}
	return event, strings.Join(lines, "\n")
}

// markAll is for a bounce in no form that tells its recipients.
func (a *application) markAll(about *Message) (event, text string) {
	for i := range about.Deliveries {
		d := &about.Deliveries[i]
		d.State, d.Reason = DeliveryUndelivered, a.f.in.Parsed.Subject
	}
	return EventBounced, a.f.in.Parsed.Preview
}

// reportedDelivery is the delivery that a report names; the only one where the report names another address,
// as it does after forwarding.
func reportedDelivery(m *Message, address string) *Delivery {
	key := message.Address{Address: address}.Key()
	for i := range m.Deliveries {
		if (message.Address{Address: m.Deliveries[i].Recipient}).Key() == key {
			return &m.Deliveries[i]
		}
	}
	if len(m.Deliveries) == 1 {
		return &m.Deliveries[0]
	}
	return nil
}

func reportLine(r message.ReportRecipient) string {
	parts := []string{strings.TrimSpace(r.Address + " " + r.Action)}
	if r.Status != "" {
		parts = append(parts, r.Status)
	}
	if r.Diagnostic != "" {
		parts = append(parts, r.Diagnostic)
	}
	return strings.Join(parts, ": ")
}
