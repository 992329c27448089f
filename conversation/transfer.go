package conversation

import (
	"context"
)

// maxReason bounds why a protocol is transferred, in characters.
const maxReason = 500

// TransferRequest moves a protocol. An empty Department is the protocol's own: it goes from agent to agent.
type TransferRequest struct {
	Department string
	Agent      string // empty: nobody, so that the department sees it waiting
	Reason     string
}

// Transfer gives the protocol to another department, to one of its agents where one is named. Any agent who
// sees it may, also to a department that he is not of. Among ordinary departments, that which gives it
// away still sees it, since messages came to it (rule 5). Across the wall of an isolated department the
// protocol gets the other key and only the other side sees it from then on; CodeConflict where the key has an open one.
func (m *Manager) Transfer(ctx context.Context, intent Intent, number string, r TransferRequest) (*ProtocolItem, error) {
	r.Reason = oneLine(r.Reason)
	if !showable(r.Reason, maxReason) {
		return nil, errorf(CodeInvalid, "the reason has characters that cannot be shown, or more than %d of them", maxReason)
	}
	if r.Department == "" && r.Agent == "" {
		return nil, errorf(CodeInvalid, "say where it goes: a department, an agent or both")
	}
	if r.Agent != "" {
		var err error
		if r.Agent, err = AgentEmail(r.Agent); err != nil {
			return nil, err
		}
	}
	return m.alter(ctx, intent, "transfer/", number, func(tx Tx, p *Protocol) (*Message, ChangeKind, error) {
		d, from, asked := m.Directory(), p.Department, r.Department
		if asked == "" {
			asked = from
		}
		if d.Department(asked) == nil {
			return nil, "", errorf(CodeInvalid, "there is no department %q in the channel file", asked)
		}
		if asked == from && (r.Agent == "" || r.Agent == p.Agent) {
			return nil, "", nil
		}
		if err := m.moveTo(tx, d, intent.Actor, p, asked); err != nil {
			return nil, "", err
		}
		msg, err := m.transferred(tx, intent.Actor, p, from, r.Agent, r.Reason)
		return msg, ChangeTransferred, err
	})
}

// transferred gives p, which came from the other department, to an agent, or to nobody, and tells of it.
func (m *Manager) transferred(tx Tx, actor Actor, p *Protocol, from, agent, reason string) (*Message, error) {
	d := m.Directory()
	msg := entryOf(tx, KindEvent, actor, reason)
	msg.Event = EventTransferred
	msg.Details = map[string]string{"to": p.Department, "reason": reason}
	if d.sameWall(from, p.Department) || !d.Isolated(from) { // an isolated department is named nowhere else
		msg.Details["from"] = from
	}
	p.Agent = ""
	if agent != "" {
		a, err := m.assignable(tx, p, agent)
		if err != nil {
			return nil, err
		}
		p.Agent = a.Email
		msg.Details["agent"], msg.Details["name"] = a.Email, a.Name
	}
	return msg, nil
}

// moveTo gives the protocol and what of it is queued to the department, with the key that it has there.
func (m *Manager) moveTo(tx Tx, d *Directory, actor Actor, p *Protocol, department string) error {
	if department == p.Department {
		return nil
	}
	before, held := p.Key, p.HoldsKey()
	if d.sameWall(p.Department, department) {
		p.SeenBy = append(without(p.SeenBy, []string{department}), p.Department)
	} else if err := crossWall(tx, d, actor, p, department); err != nil {
		return err
	}
	p.Department = department
	if held && p.Key != before {
		if err := tx.PutProtocol(p); err != nil { // it frees its key
			return err
		}
		if err := inheritKey(tx, before); err != nil {
			return err
		}
	}
	items, err := tx.QueueOf(p.Number)
	if err != nil {
		return err
	}
	for _, item := range items {
		item.Department = department
		if err := tx.PutQueueItem(item); err != nil {
			return err
		}
	}
	return nil
}

// crossWall gives the protocol the key of the other side of an isolated department's wall (rule 5).
func crossWall(tx Tx, d *Directory, actor Actor, p *Protocol, department string) error {
	key := Key{Sender: p.Key.Sender}
	if d.Isolated(department) {
		key.Department = department
	}
	if p.Status == Open {
		other, err := tx.OpenProtocol(key)
		if err != nil {
			return err
		}
		if other != nil && actor.seesProtocol(d, other) {
			return errorf(CodeConflict, "the customer has the open protocol %s there: merge %s into it, or finalize one of the two first", other.Number, p.Number)
		}
		if other != nil {
			return errorf(CodeConflict, "the customer has an open protocol there already: have it merged with %s by somebody who sees both, or finalize this one", p.Number)
		}
	}
	p.Key, p.SeenBy, p.Aside = key, nil, false
	// Whom only one side knew becomes a contact of the other.
	if err := noteContact(tx, key, p.Contact); err != nil || key.Department != "" {
		return err
	}
	p.Channel = "" // that of the isolated department is named nowhere else
	if c := d.ReceivingChannel(department); c != nil {
		p.Channel = c.Email
	}
	return nil
}

// owner is the department that a report's or robot's protocol is of today: it may have been transferred since
// the message that it tells of was sent.
func (p *plan) owner() string {
	if p.protocol != nil {
		return p.protocol.Department
	}
	return p.about.Department
}
