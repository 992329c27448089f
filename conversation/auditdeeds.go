package conversation

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
)

// auditAltered is the line of what [Manager.alter] did, by the event that tells of it. A transfer across the wall of an
// isolated department leaves one on either side, each for those who see it there (rule 5).
func (m *Manager) auditAltered(tx Tx, by Actor, p *Protocol, from string, event *Message) error {
	switch event.Event {
	case EventTagged:
		return auditProtocol(tx, by, AuditTag, p, "", signed("+", event.Details["added"])+" "+signed("-", event.Details["removed"]))
	case EventTransferred:
	default:
		return auditProtocol(tx, by, AuditAssign, p, p.Agent, "")
	}
	d := deed{action: AuditTransfer, object: p.Number, department: from, named: []string{p.Department}}
	if m.Directory().sameWall(from, p.Department) {
		d.other = p.Agent
		return audit(tx, by, d)
	}
	if err := audit(tx, by, d); err != nil {
		return err
	}
	d.department, d.named, d.other = p.Department, []string{from}, p.Agent
	return audit(tx, by, d)
}

// signed puts a sign before each of the words of a list with commas.
func signed(sign, words string) string {
	if words == "" {
		return ""
	}
	return sign + strings.ReplaceAll(words, ", ", " "+sign)
}

// sentActions are what an agent did who sent a mail of the kind.
var sentActions = map[QueueKind]AuditAction{
	QueueReply: AuditReply, QueueActive: AuditMailSend, QueueRecontact: AuditRecontact, QueueHistory: AuditHistory,
}

// auditSent names where a history goes: it may be a stranger's address.
func auditSent(tx Tx, by Actor, p *Protocol, q *QueueItem) error {
	other := ""
	if q.Kind == QueueHistory {
		other = strings.Join(q.Recipients, ", ")
	}
	return auditProtocol(tx, by, sentActions[q.Kind], p, other, "")
}

// auditHeld names the protocol that an accepted mail is of.
func auditHeld(tx Tx, by Actor, action AuditAction, h *Held, msg *Message) error {
	d := deed{action: action, object: h.ID, department: h.Department}
	if msg != nil {
		d.other = msg.Number
	}
	return audit(tx, by, d)
}

func auditQueue(tx Tx, by Actor, action AuditAction, q *QueueItem) error {
	return audit(tx, by, deed{action: action, object: q.ID, other: q.Number, department: q.Department})
}

func auditContact(tx Tx, by Actor, action AuditAction, c *Contact) error {
	return audit(tx, by, deed{action: action, object: c.Key, department: c.Department})
}

func auditCanned(tx Tx, by Actor, action AuditAction, c *CannedAnswer) error {
	return audit(tx, by, deed{action: action, object: c.ID, department: c.Department, detail: c.Title})
}

func auditToken(tx Tx, by Actor, action AuditAction, t *Token) error {
	return audit(tx, by, deed{action: action, object: t.ID, named: t.Departments, detail: t.Name + ", " + string(t.Role)})
}

// auditAgent tells what became of an agent, by what is different; ended says that all sessions were ended. Nothing
// different leaves no line.
func auditAgent(tx Tx, by Actor, before, after *Agent, ended bool) error {
	d := deed{object: after.Email, action: AuditAgentSet}
	switch {
	case before.Disabled != after.Disabled && after.Disabled:
		d.action = AuditAgentDisable
	case before.Disabled != after.Disabled:
		d.action = AuditAgentEnable
	case before.Password != after.Password:
		d.action = AuditAgentPassword
	case reflect.DeepEqual(before, after) && ended:
		d.action = AuditSessionEndAll
	case reflect.DeepEqual(before, after):
		return nil
	}
	var changed []string
	for _, f := range []struct {
		name string
		is   bool
	}{
		{"name", before.Name != after.Name},
		{"language", before.Language != after.Language},
		{"signature", before.Signature != after.Signature},
		{"role " + string(after.Role), before.Role != after.Role},
		{"departments", !slices.Equal(before.Departments, after.Departments)},
	} {
		if f.is {
			changed = append(changed, f.name)
		}
	}
	if !slices.Equal(before.Departments, after.Departments) {
		d.named = after.Departments
	}
	d.detail = strings.Join(changed, ", ")
	return audit(tx, by, d)
}

// byInbox is the agent as the one who works there from an address.
func byInbox(a *Agent, remote netip.Addr) Actor {
	by := ActorOf(a)
	by.Via, by.Remote = ViaInbox, remote
	return by
}

// bySession is byInbox from where the session was used last.
func bySession(a *Agent, s *Session) Actor {
	remote, _ := netip.ParseAddr(s.RemoteIP)
	return byInbox(a, remote)
}

// auditSession tells of a session that an agent began, and how often somebody failed to within the hour before.
func auditSession(tx Tx, by Actor, action AuditAction, agent string) error {
	d := deed{action: action, object: agent}
	if action != AuditSessionBegin {
		return audit(tx, by, d)
	}
	failed := deed{action: AuditSessionFailed, object: agent}
	f, err := failures(tx, failed)
	if err != nil {
		return err
	}
	if f.N > 0 {
		d.count = f.N
		if err := tx.PutNote(failuresName(failed), "", tx.Now()); err != nil {
			return err
		}
	}
	return audit(tx, by, d)
}
