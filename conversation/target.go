package conversation

import (
	"slices"

	"recado/internal/message"
)

// target is one place that a mail goes to: the message that ordinary departments share, the one of an
// isolated department, or a message of ours that the mail reports on (rules 6 and 12).
type target struct {
	recipients []string   // as RCPT gave them
	channels   []*Channel // of the recipients, each once
	channel    *Channel   // the one it belongs to; nil for a report
	about      string     // the id of our message, where the recipient was its return path
}

// isolated tells whether the target stands for an isolated department alone.
func (t *target) isolated(d *Directory) bool {
	return t.channel != nil && d.Isolated(t.channel.Department)
}

// targets groups the recipients of a mail: ordinary departments share one, each isolated one and each
// return path has its own. The order is that of RCPT.
func (m *Manager) targets(d *Directory, in *Incoming) []*target {
	var out []*target
	find := func(same func(*target) bool) *target {
		if i := slices.IndexFunc(out, same); i >= 0 {
			return out[i]
		}
		t := &target{}
		out = append(out, t)
		return t
	}
	for _, rcpt := range in.Envelope.Recipients {
		if id := m.signer.OpenReturnPath(rcpt); id != "" {
			t := find(func(t *target) bool { return t.about == id })
			t.about = id
			t.recipients = append(t.recipients, rcpt)
			continue
		}
		c, _ := d.Resolve(rcpt)
		if c == nil { // the file changed since RCPT: what was accepted is kept
			if c = d.lost(rcpt); c == nil {
				continue
			}
		}
		isolated := d.Isolated(c.Department)
		t := find(func(t *target) bool {
			return t.channel != nil && t.isolated(d) == isolated && (!isolated || t.channel.Department == c.Department)
		})
		if t.channel == nil {
			t.channel = c
		}
		t.recipients = append(t.recipients, rcpt)
		if !slices.Contains(t.channels, c) {
			t.channels = append(t.channels, c)
		}
	}
	for _, t := range out {
		if len(t.channels) > 1 {
			t.channel = firstNamed(d, in.Parsed, t.channels)
		}
	}
	return out
}

// lost is the channel of an address that takes no mail any more: its own, so that nothing of an isolated
// department goes elsewhere; of an address that is gone, the first that can have it.
func (d *Directory) lost(address string) *Channel {
	key := message.Address{Address: address}.Key()
	for _, k := range []string{key, message.FoldPlus(key)} {
		if rows := d.channels[k]; len(rows) > 0 {
			return rows[0]
		}
	}
	return d.fallback()
}

// fallback is the first active channel that receives for a department that is not isolated.
func (d *Directory) fallback() *Channel {
	for i := range d.Channels {
		c := &d.Channels[i]
		if c.Active && c.Send.Receives() && !d.Isolated(c.Department) {
			return c
		}
	}
	return nil
}

// firstNamed is the first of the channels that To names, then Cc; else the first in RCPT order (rule 6).
func firstNamed(d *Directory, mail *message.Message, channels []*Channel) *Channel {
	for _, list := range [][]message.Address{mail.To, mail.Cc} {
		for _, a := range list {
			if c, _ := d.Resolve(a.Address); c != nil && slices.Contains(channels, c) {
				return c
			}
		}
	}
	return channels[0]
}

// others are the target's further addresses of ours, which are noted on the message. Those of isolated
// departments are never among them: they have a target of their own.
func (t *target) others() []string {
	var out []string
	for _, c := range t.channels {
		if c != t.channel {
			out = append(out, c.Email)
		}
	}
	return out
}
