package conversation

import "context"

// Assign gives the protocol to an agent, who must be enabled and see it; to nobody where agent is empty. To
// assign it to whom it is assigned changes nothing.
func (m *Manager) Assign(ctx context.Context, intent Intent, number, agent string) (*ProtocolItem, error) {
	if agent != "" {
		var err error
		if agent, err = AgentEmail(agent); err != nil {
			return nil, err
		}
	}
	return m.alter(ctx, intent, "assign/", number, func(tx Tx, p *Protocol) (*Message, ChangeKind, error) {
		if agent == p.Agent {
			return nil, "", nil
		}
		msg := entryOf(tx, KindEvent, intent.Actor, "")
		msg.Event, msg.Details = EventUnassigned, map[string]string{"before": p.Agent}
		if agent != "" {
			a, err := m.assignable(tx, p, agent)
			if err != nil {
				return nil, "", err
			}
			msg.Event = EventAssigned
			msg.Details["agent"], msg.Details["name"] = a.Email, a.Name
		}
		p.Agent = agent
		return msg, ChangeAssigned, nil
	})
}

// assignable is the agent, where the protocol may be his.
func (m *Manager) assignable(tx Tx, p *Protocol, email string) (*Agent, error) {
	a, err := tx.Agent(email)
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		return nil, errorf(CodeInvalid, "%s is not an agent: choose one that `recado agent list` shows", email)
	case a.Disabled:
		return nil, errorf(CodeConflict, "%s is disabled: choose another agent", email)
	case !ActorOf(a).seesProtocol(m.Directory(), p):
		return nil, errorf(CodeConflict, "%s is not of a department that sees this protocol: transfer it first, or choose another agent", email)
	}
	return a, nil
}

// alter changes a protocol, open or finalized, and adds the event that tells of it; no event, no change. What
// the same request made before is returned again as it was then: the actor may see it no more.
func (m *Manager) alter(ctx context.Context, intent Intent, verb, number string,
	fn func(Tx, *Protocol) (*Message, ChangeKind, error)) (*ProtocolItem, error) {
	var item *ProtocolItem
	err := m.store.Update(ctx, func(tx Tx) (err error) {
		if item, err = recall[ProtocolItem](tx, intent, verb+number); err != nil || item != nil {
			return err
		}
		p, err := m.changeable(tx, intent, number)
		if err != nil {
			return err
		}
		before, from := p.Departments(), p.Department
		msg, kind, err := fn(tx, p)
		if err != nil {
			return err
		}
		if msg != nil {
			msg.Department = p.Department
			if err := appendEntry(tx, p, msg); err != nil {
				return err
			}
			if err := changeFor(tx, kind, p, before, msg.ID, intent.Actor.Email); err != nil {
				return err
			}
			if err := m.auditAltered(tx, intent.Actor, p, from, msg); err != nil {
				return err
			}
		}
		if item, err = m.item(tx, intent.Actor, p); err != nil {
			return err
		}
		return keep(tx, intent, verb+number, item)
	})
	if err != nil {
		return nil, err
	}
	return item, nil
}

// changeFor stores a change for those who see the protocol, and apart from it one for those who saw it
// before: of two sides of an isolated department's wall neither hears of the other's (rule 5).
func changeFor(tx Tx, kind ChangeKind, p *Protocol, before []string, message, agent string) error {
	if err := change(tx, kind, p, message, agent); err != nil {
		return err
	}
	left := without(before, p.Departments())
	if len(left) == 0 {
		return nil
	}
	return tx.AddChange(&Change{At: tx.Now(), Kind: kind, Number: p.Number, Departments: left})
}
