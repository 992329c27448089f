package conversation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// errNeedsRaw is how apply says that the raw mail must be in the log after all: what was a duplicate
// when it was looked up is none any more.
var errNeedsRaw = errors.New("the raw mail is not in the log yet")

// Receive judges a mail and stores what it becomes. See [Receiver].
func (m *Manager) Receive(ctx context.Context, in *Incoming) (*Outcome, error) {
	d := m.Directory()
	f := m.newMailFacts(d, in)
	var verdict *Outcome
	store := false
	err := m.store.View(ctx, func(tx Tx) error {
		plans, err := m.planAll(tx, f)
		if err != nil {
			return err
		}
		verdict, store = rejection(in, plans), needsRaw(plans)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	if verdict != nil {
		return m.reject(ctx, f, verdict)
	}
	var ref MailRef
	for {
		if store {
			if ref, err = m.keepRaw(ctx, in); err != nil {
				return nil, fmt.Errorf("receive: %w", err)
			}
		}
		out, err := m.applyAll(ctx, f, ref)
		if errors.Is(err, errNeedsRaw) && ref.IsZero() {
			store = true
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("receive: %w", err)
		}
		m.logFates(out)
		return out, nil
	}
}

// errNoTarget is a fault of ours: RCPT was answered 250 for what leads nowhere.
var errNoTarget = errors.New("no recipient leads to a channel")

// planAll decides for every target, as the store is before any of them is carried out.
func (m *Manager) planAll(tx Tx, f *mailFacts) ([]*plan, error) {
	var plans []*plan
	err := m.eachPlan(tx, f, func(p *plan) error {
		plans = append(plans, p)
		return nil
	})
	return plans, err
}

// eachPlan decides for one target after the other and hands each plan to fn before the next is made: two
// targets may meet in one protocol. The targets are made anew, since planning settles their channels.
func (m *Manager) eachPlan(tx Tx, f *mailFacts, fn func(*plan) error) error {
	if err := f.read(tx); err != nil {
		return err
	}
	targets := m.targets(f.d, f.in)
	if len(targets) == 0 {
		return errNoTarget
	}
	for _, t := range targets {
		p, err := m.plan(tx, f, t)
		if err == nil {
			err = fn(p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rejection is the outcome of a mail that no target takes, nil when one does. SMTP answers a mail once:
// where only some targets refuse, theirs is held instead (see asHeld), so that nothing is lost silently.
func rejection(in *Incoming, plans []*plan) *Outcome {
	refused := 0
	for _, p := range plans {
		switch p.decision.act {
		case actLater:
			return &Outcome{Action: Later, Reason: p.decision.reason, Receipt: in.Receipt}
		case actRefuse:
			refused++
		}
	}
	if refused < len(plans) {
		return nil
	}
	return &Outcome{Action: Refused, Reason: plans[0].decision.reason, Receipt: in.Receipt}
}

// asHeld is what becomes of a refusal when another target takes the mail.
func asHeld(d decision) decision {
	if d.act == actRefuse {
		d.act, d.held = actHold, HeldPolicy
		if d.reason == ReasonLoopReceived {
			d.held = HeldLoop
		}
	}
	return d
}

// reject notes the first try of a mail that is to come again.
func (m *Manager) reject(ctx context.Context, f *mailFacts, out *Outcome) (*Outcome, error) {
	if out.Action == Later {
		if err := m.store.Update(ctx, f.noteTry); err != nil {
			return nil, fmt.Errorf("receive: note the first try: %w", err)
		}
	}
	return out, nil
}

// needsRaw tells whether any target keeps the mail.
func needsRaw(plans []*plan) bool {
	for _, p := range plans {
		if p.decision.act != actDuplicate {
			return true
		}
	}
	return false
}

// keepRaw appends the mail to the log and returns when it is durable.
func (m *Manager) keepRaw(ctx context.Context, in *Incoming) (MailRef, error) {
	return m.store.AppendMail(ctx, MailRecord{
		ID: in.Receipt, Kind: KindIn, At: in.At, Size: in.Mail.Size(), SHA256: in.Mail.SHA256(),
		Envelope: in.Envelope, Auth: &in.Auth, Spam: in.Spam,
	}, io.NewSectionReader(in.Mail, 0, in.Mail.Size()))
}

// applyAll decides again, in the transaction that keeps the result true, and stores all of it.
func (m *Manager) applyAll(ctx context.Context, f *mailFacts, ref MailRef) (*Outcome, error) {
	var out *Outcome
	err := m.store.Update(ctx, func(tx Tx) error {
		out = &Outcome{Action: Accepted, Receipt: f.in.Receipt}
		counted := false
		err := m.eachPlan(tx, f, func(p *plan) error {
			p.decision = asHeld(p.decision)
			if p.decision.act != actDuplicate && ref.IsZero() {
				return errNeedsRaw
			}
			a := &application{m: m, tx: tx, f: f, p: p, ref: ref, id: NewID(tx.Now())}
			if err := a.apply(); err != nil {
				return err
			}
			out.Fates = append(out.Fates, a.lines...)
			out.Reason = p.decision.reason
			counted = counted || p.decision.act != actDuplicate && p.decision.act != actReport
			return nil
		})
		if err == nil && counted {
			err = countMail(tx, f)
		}
		return err
	})
	return out, err
}

func (m *Manager) logFates(out *Outcome) {
	for _, l := range out.Fates {
		m.log.Info(string(l.Fate), slog.String("receipt", l.Receipt), slog.String("recipient", l.Recipient),
			slog.String("number", l.Number), slog.String("message", l.Message), slog.String("reason", l.Reason))
	}
}
