package conversation

import (
	"context"
	"fmt"

	"recado/internal/message"
)

// Explanation is what would become of a mail for one target today.
type Explanation struct {
	Recipients []string
	Department string
	Channel    string
	Action     string // refuse, later, hold, report, event, duplicate, open, append
	Reason     Reason
	Held       HeldReason // with hold
	Number     string     // of the protocol that it joins; of the original of a duplicate
	Trace      []TraceStep
}

// Explain tells what would become of a mail by the channel file and the store of now (rule 20). It
// changes nothing. A recipient that RCPT would refuse is told as refused (rule 4).
func (m *Manager) Explain(ctx context.Context, in *Incoming) ([]Explanation, error) {
	d := m.Directory()
	var out, refused []Explanation
	taken := in.Envelope
	taken.Recipients = nil
	for _, r := range in.Envelope.Recipients {
		if e := refusedRecipient(in, r, m.Recipient(r)); e != nil {
			refused = append(refused, *e)
			continue
		}
		taken.Recipients = append(taken.Recipients, r)
	}
	mail := *in
	mail.Envelope = taken
	f := m.newMailFacts(d, &mail)
	err := m.store.View(ctx, func(tx Tx) error {
		out = append([]Explanation{}, refused...)
		if len(taken.Recipients) == 0 {
			return nil
		}
		return m.eachPlan(tx, f, func(p *plan) error {
			e, err := explanation(tx, p)
			out = append(out, e)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	return out, nil
}

// refusedRecipient tells why RCPT would refuse a recipient; nil where it would not.
func refusedRecipient(in *Incoming, recipient string, status RecipientStatus) *Explanation {
	reason := status.reason()
	trace := []TraceStep{{"address", recipient}}
	switch {
	case status == RecipientAlways:
		return nil
	case status != RecipientOK: // as it says
	case in.Spam != nil && in.Spam.Refuse && len(in.Spam.Listed) > 0:
		reason = ReasonListed
		trace = append(trace, TraceStep{"reputation", in.Spam.fact()})
	default:
		return nil
	}
	return &Explanation{
		Recipients: []string{recipient}, Action: string(actRefuse), Reason: reason,
		Trace: append(trace, TraceStep{"rule", "4: refuse, " + string(reason)}),
	}
}

func explanation(tx Tx, p *plan) (Explanation, error) {
	e := Explanation{
		Recipients: p.target.recipients, Action: string(p.decision.act), Reason: p.decision.reason,
		Held: p.decision.held, Trace: p.trace,
	}
	if c := p.target.channel; c != nil {
		e.Channel, e.Department = c.Email, c.Department
	}
	switch p.decision.act {
	case actAppend, actReport:
		if p.protocol != nil {
			e.Number = p.protocol.Number
		}
	case actEvent:
		e.Number = p.about.Number
	case actDuplicate:
		msg, err := tx.Message(p.duplicate)
		if err != nil {
			return e, err
		}
		if msg != nil {
			e.Number = msg.Number
		}
	}
	if e.Number != "" {
		e.Trace = append(e.Trace, TraceStep{"protocol", e.Number})
	}
	return e, nil
}

// StoredMail returns a mail that we keep, as it came: what Explain needs of a message or held mail.
func (m *Manager) StoredMail(ctx context.Context, actor Actor, id string) (*Incoming, error) {
	raw, err := m.RawMail(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	parsed, err := message.Parse(raw, raw.Size(), message.Options{})
	if err != nil {
		return nil, fmt.Errorf("read message %s: %w", id, err)
	}
	r := raw.Record()
	in := &Incoming{At: r.At, Receipt: r.ID, Envelope: r.Envelope, Parsed: parsed, Spam: r.Spam, self: id}
	if r.Auth != nil {
		in.Auth = *r.Auth
	}
	return in, nil
}
