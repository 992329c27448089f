package conversation

import "slices"

// answering is the channel that an answer within the protocol leaves from: the address that the customer
// wrote to, whatever its type (rule 3); where that is gone or inactive, the department's own.
func (d *Directory) answering(p *Protocol, wroteTo string) *Channel {
	rows := d.ChannelsOf(wroteTo)
	if i := slices.IndexFunc(rows, func(c *Channel) bool { return c.Active && d.sameWall(c.Department, p.Department) }); i >= 0 {
		return rows[i]
	}
	if c := d.SendingChannel(p.Department, SendAll); c != nil {
		return c
	}
	return d.ReceivingChannel(p.Department)
}

// sameWall tells whether mail of one department may leave from an address of the other: always, but not
// across the wall of an isolated one (rule 5).
func (d *Directory) sameWall(a, b string) bool {
	return a == b || !d.Isolated(a) && !d.Isolated(b)
}

// AnswerChannels are the channels that the actor may answer from within the protocol: first the one that an answer leaves
// from where none is asked for, then the others that the department receives at, in the file's order. What is for
// another send type alone sends no answers (rule 3). It is empty where nothing can be sent.
func (d *Directory) AnswerChannels(actor Actor, p *Protocol, wroteTo string) []*Channel {
	first := d.answering(p, wroteTo)
	if first == nil {
		return nil
	}
	out := []*Channel{first}
	if !actor.Sees(d, p.Department) {
		return out
	}
	for i := range d.Channels {
		c := &d.Channels[i]
		if c.Department == p.Department && c.Active && c.Send.Receives() && c.Key() != first.Key() {
			out = append(out, c)
		}
	}
	return out
}

// replyChannel is the channel that was asked for, where it may be used; else the answering one.
func (m *Manager) replyChannel(d *Directory, actor Actor, p *Protocol, last *Message, asked string) (*Channel, error) {
	if asked == "" {
		wroteTo := p.Channel
		if last != nil && last.Channel != "" {
			wroteTo = last.Channel
		}
		if c := d.answering(p, wroteTo); c != nil {
			return c, nil
		}
		return nil, errorf(CodeConflict, "the department %s has no active channel to answer from: add or enable one", p.Department)
	}
	for _, c := range d.ChannelsOf(asked) {
		if !c.Active || !actor.Knows(d, c.Department) {
			continue
		}
		if !d.sameWall(c.Department, p.Department) || !actor.Sees(d, c.Department) {
			return nil, errorf(CodeForbidden, "%s belongs to a department that may not answer here", asked)
		}
		return c, nil
	}
	return nil, errorf(CodeInvalid, "%s is no active channel of ours: choose one that `recado channel list` shows", asked)
}
