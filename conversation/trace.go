package conversation

import (
	"fmt"
	"strings"
)

// trace tells the mail's way, step by step (rule 20): address, channel, department, verdict, key, rule.
// The protocol follows when it is known.
func (f *mailFacts) trace(p *plan) []TraceStep {
	steps := []TraceStep{{"address", strings.Join(p.target.recipients, ", ")}}
	if p.elsewhere(f.d) {
		steps = []TraceStep{{"channel", "another department's: the report names our message " + p.about.ID}}
	} else if c := p.target.channel; c != nil {
		steps = append(steps,
			TraceStep{"channel", fmt.Sprintf("%s (%s, %s)", c.Email, c.Send, channelStatus(c))},
			TraceStep{"department", f.departmentFact(c.Department)})
	} else if p.about != nil {
		steps = append(steps, TraceStep{"channel", "the return path of our message " + p.about.ID})
	}
	steps = append(steps, TraceStep{"verdict", verdictFact(f.sender.auth)})
	if fact := f.in.Spam.fact(); fact != "" {
		steps = append(steps, TraceStep{"reputation", fact})
	}
	if f.sender.form {
		steps = append(steps, TraceStep{"form", f.in.Parsed.From[0].Address + " is a contact form: Reply-To is the sender"})
	}
	if f.automatic.Kind != "" {
		steps = append(steps, TraceStep{"automatic", f.automatic.Kind + " (" + f.automatic.Reason + ")"})
	}
	if p.block != nil {
		steps = append(steps, TraceStep{stepContact, f.blockFact(p.block)})
	}
	if p.decision.act != actReport {
		steps = append(steps, TraceStep{"key", keyFact(p.key)})
	}
	return append(steps, TraceStep{"rule", fmt.Sprintf("%s: %s, %s", p.decision.rule, p.decision.act, p.decision.reason)})
}

func channelStatus(c *Channel) string {
	if c.Active {
		return "active"
	}
	return "inactive"
}

func (f *mailFacts) departmentFact(id string) string {
	switch dep := f.d.Department(id); {
	case dep == nil:
		return id + " (not in the channel file)"
	case dep.Isolated:
		return fmt.Sprintf("%s (%s), isolated", id, dep.Name)
	default:
		return fmt.Sprintf("%s (%s)", id, dep.Name)
	}
}

func verdictFact(a Auth) string {
	return fmt.Sprintf("%s (spf=%s, dkim=%s, dmarc=%s)", a.Verdict, a.SPF, a.DKIM, a.DMARC)
}

func keyFact(k Key) string {
	if k.Department == "" {
		return k.Sender
	}
	return k.Sender + " within " + k.Department
}
