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
	EventBounced      = "bounced"      // a message of ours did not arrive (rule 12) [reporter, ip; so the next three]
	EventDelayed      = "delayed"      // a message of ours is late, and still tried
	EventReported     = "reported"     // another report: delivered, relayed
	EventComplaint    = "complaint"    // the recipient called a message of ours spam (RFC 5965)
	EventRead         = "read"         // a receipt: a message of ours was shown to its recipient (RFC 8098)
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
	EventHistory      = "history"     // the conversation was sent [recipient, messages, omitted: how many]
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
	if n := a.f.in.Parsed.Notice; n != nil && n.Kind == message.NoticeRead {
		msg.Event = EventRead
	}
	if msg.InReplyTo == "" { // a receipt names it in its own field
		msg.InReplyTo = a.p.about.MessageID
	}
	msg.Trace = append(msg.Trace, TraceStep{"protocol", p.Number + ", event"})
	a.p.about.Reports++
	if err := a.tx.PutMessage(a.p.about); err != nil {
		return err
	}
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
	full := about.Reports >= maxReports && !a.f.approved
	about.Reports++
	event, text := a.mark(about)
	if err := a.tx.PutMessage(about); err != nil {
		return err
	}
	p := a.p.protocol
	if p == nil {
		return fmt.Errorf("report: the protocol %s of message %s is missing", about.Number, about.ID)
	}
	if full {
		if err := a.kept(ChangeDelivery, p, about); err != nil {
			return err
		}
		return a.journal(FateEvent, p.Number, about.ID)
	}
	msg := a.record(KindEvent)
	msg.Event, msg.Text, msg.Details = event, text, a.reporter()
	msg.InReplyTo = about.MessageID
	msg.Trace = append(msg.Trace, TraceStep{"protocol", p.Number + ", event on message " + about.ID})
	return a.addEvent(p, msg, ChangeDelivery)
}

// mark applies the report to the deliveries of our message, and says what it tells. A report is a claim
// of whoever knows the message: it says who makes it, and it marks only those whom the message was sent to.
func (a *application) mark(about *Message) (event, text string) {
	if n := a.f.in.Parsed.Notice; n != nil {
		if n.Kind == message.NoticeComplaint {
			return EventComplaint, ""
		}
		return EventAutomatic, "" // a receipt from nobody says that the message arrived
	}
	rep := a.f.in.Parsed.Report
	if rep == nil || len(rep.Recipients) == 0 {
		return a.markAll(about)
	}
	event = EventReported
	var lines []string
	for _, r := range rep.Recipients {
		if len(lines) < maxReportLines {
			lines = append(lines, reportLine(r))
		}
		d := reportedDelivery(about, r)
		switch r.Action {
		case "failed":
			event = EventBounced
			if d != nil {
				d.State, d.Code, d.Reason = DeliveryUndelivered, r.Status, r.Diagnostic
			}
		case "delayed":
			if event != EventBounced {
				event = EventDelayed
			}
			// Late is not lost: what another server still tries was sent as far as we can tell.
			if d != nil && d.State == DeliverySent {
				d.Code, d.Reason = r.Status, r.Diagnostic
			}
		case "delivered":
			if d != nil && d.State == DeliverySent { // what was late arrived
				d.Code, d.Reason = "", ""
			}
		}
	}
	return event, strings.Join(lines, "\n")
}

// maxReportLines bounds what an event tells of one report: our messages have few recipients.
const maxReportLines = 20

// maxReports bounds what machines add to a protocol about one message of ours. Whoever knows its Message-ID
// can forge a report: further ones are held, where a group is one line. Those to the signed return path still
// mark the message, so that nobody hides a bounce behind claims.
const maxReports = 20

// reporter is who makes a report, by its own word, and the address that it came from.
func (a *application) reporter() map[string]string {
	who := a.f.sender.address.Address
	if rep := a.f.in.Parsed.Report; rep != nil && rep.ReportingMTA != "" {
		who = rep.ReportingMTA
	}
	if n := a.f.in.Parsed.Notice; n != nil && n.By != "" {
		who = n.By
	}
	out := map[string]string{"reporter": who}
	if ip := a.f.in.Envelope.RemoteIP; ip.IsValid() {
		out["ip"] = ip.Unmap().String()
	}
	return out
}

// markAll is for a bounce in no form that tells its recipients.
func (a *application) markAll(about *Message) (event, text string) {
	text = a.f.in.Parsed.Preview
	if rep := a.f.in.Parsed.Report; rep != nil && rep.Delayed {
		return EventDelayed, text
	}
	for i := range about.Deliveries {
		d := &about.Deliveries[i]
		d.State, d.Code, d.Reason = DeliveryUndelivered, "", a.f.in.Parsed.Subject
	}
	return EventBounced, text
}

// reportedDelivery is the delivery that a report names, by the address that it was sent to or by the one
// that this led to; the only one where the report names neither, as it does after forwarding.
func reportedDelivery(m *Message, r message.ReportRecipient) *Delivery {
	for _, address := range []string{r.Address, r.Final} {
		key := message.Address{Address: address}.Key()
		for i := range m.Deliveries {
			if address != "" && (message.Address{Address: m.Deliveries[i].Recipient}).Key() == key {
				return &m.Deliveries[i]
			}
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
