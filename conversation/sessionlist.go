package conversation

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

const (
	// maxSessions of one agent are kept: one more log-in ends the one that was not used for the longest.
	maxSessions = 50
	// sessionUse is how old LastUsedAt may be before it is written again: a request that only reads shall not
	// wait for the disk.
	sessionUse = 5 * time.Minute
)

// usedAt is when the session was used last, as far as that was noted.
func (s *Session) usedAt() time.Time {
	if s.LastUsedAt.IsZero() {
		return s.CreatedAt
	}
	return s.LastUsedAt
}

// beginSession stores a new session, and ends one for it where there are too many.
func beginSession(tx Tx, a *Agent, s *Session) error {
	s.ID, s.LastUsedAt = NewID(s.CreatedAt), s.CreatedAt
	if err := auditSession(tx, bySession(a, s), AuditSessionBegin, a.Email); err != nil {
		return err
	}
	all, err := sessionsOf(tx, s.Agent)
	if err != nil {
		return err
	}
	if most := maxSessions - 1; len(all) > most {
		slices.SortStableFunc(all, func(a, b *Session) int { return b.usedAt().Compare(a.usedAt()) })
		if err := endSessions(tx, all[most:]...); err != nil {
			return err
		}
	}
	if err := tx.PutSession(s); err != nil {
		return err
	}
	return seenNow(tx, s.Agent)
}

// seenNow notes on the agent that a session of his is used.
func seenNow(tx Tx, email string) error {
	a, err := tx.Agent(email)
	if err != nil || a == nil {
		return err
	}
	a.LastSeenAt = tx.Now()
	return tx.PutAgent(a)
}

// sessionsOf are all: a page, but where an older version let more begin.
func sessionsOf(tx Tx, email string) ([]*Session, error) {
	var all []*Session
	for page := (Page{Limit: MaxLimit}); ; {
		list, next, err := tx.SessionsOf(email, page)
		if all = append(all, list...); err != nil || next == "" {
			return all, err
		}
		page.Cursor = next
	}
}

// endSessions ends sessions of one agent, and wakes the live streams, which look whether theirs is among them.
func endSessions(tx Tx, list ...*Session) error {
	for _, s := range list {
		if err := tx.DeleteSession(s.TokenHash); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	return tx.AddChange(&Change{At: tx.Now(), Kind: ChangeSession, Agent: list[0].Agent})
}

// endOtherSessions ends all sessions of the agent but the one of the token; "": all.
func endOtherSessions(tx Tx, email, token string) error {
	all, err := sessionsOf(tx, email)
	if err != nil {
		return err
	}
	kept := tokenHash(token)
	return endSessions(tx, slices.DeleteFunc(all, func(s *Session) bool { return s.TokenHash == kept })...)
}

// UseIsDue tells whether the session is used for the first time in a while, which [Manager.NoteSessionUse] notes.
func (s *Session) UseIsDue(now time.Time) bool { return now.Sub(s.LastUsedAt) >= sessionUse }

// NoteSessionUse notes when, and from where, a session was used. Where it cannot be written, the agent is served
// nevertheless.
func (m *Manager) NoteSessionUse(ctx context.Context, token string, remote netip.Addr) {
	err := m.store.Update(ctx, func(tx Tx) error {
		s, err := tx.Session(tokenHash(token))
		if err != nil || s == nil {
			return err
		}
		if s.LastUsedAt = tx.Now(); remote.IsValid() {
			s.RemoteIP = remote.String()
		}
		if err := tx.PutSession(s); err != nil {
			return err
		}
		return seenNow(tx, s.Agent)
	})
	if err != nil {
		m.log.Warn("the use of a session could not be noted", "error", err)
	}
}

// Sessions lists where an agent is logged in, the latest log-in first: an agent's own, everybody's for an admin.
// Hashes of tokens are left out.
func (m *Manager) Sessions(ctx context.Context, actor Actor, email string, page Page) ([]*Session, string, error) {
	key, err := sessionsKey(actor, email)
	if err != nil {
		return nil, "", err
	}
	var out []*Session
	var next string
	err = m.store.View(ctx, func(tx Tx) (err error) {
		if _, err = agentIn(tx, key); err != nil {
			return err
		}
		out, next, err = tx.SessionsOf(key, page)
		return err
	})
	if err != nil {
		return nil, "", listError(err)
	}
	for _, s := range out {
		s.TokenHash = ""
	}
	return out, next, nil
}

// sessionsKey is the agent whose sessions the actor may see and end.
func sessionsKey(actor Actor, email string) (string, error) {
	key, err := AgentEmail(email)
	if err == nil && !actor.administers() && actor.Email != key {
		err = errAdminOnly
	}
	return key, err
}

// EndAgentSession ends one session of an agent at once, and returns it. CodeNotFound: it has ended already.
func (m *Manager) EndAgentSession(ctx context.Context, intent Intent, email, id string) (*Session, error) {
	var s *Session
	err := m.endChosen(ctx, intent, AuditSessionEnd, email, func(all []*Session) ([]*Session, error) {
		i := slices.IndexFunc(all, func(s *Session) bool { return s.ID == id })
		if i < 0 {
			return nil, errorf(CodeNotFound, "there is no session %s, or it has ended already", preview(id))
		}
		s = all[i]
		return all[i : i+1], nil
	})
	if err != nil {
		return nil, err
	}
	s.TokenHash = ""
	return s, nil
}

// EndSessions logs an agent out everywhere but in the session with the id kept ("": everywhere), and returns what ended.
func (m *Manager) EndSessions(ctx context.Context, intent Intent, email, kept string) ([]*Session, error) {
	var ended []*Session
	err := m.endChosen(ctx, intent, AuditSessionEndAll, email, func(all []*Session) ([]*Session, error) {
		ended = slices.DeleteFunc(all, func(s *Session) bool { return kept != "" && s.ID == kept })
		return ended, nil
	})
	if err != nil {
		return nil, err
	}
	for _, s := range ended {
		s.TokenHash = ""
	}
	return ended, nil
}

// endChosen ends those of an agent's sessions that choose picks.
func (m *Manager) endChosen(ctx context.Context, intent Intent, action AuditAction, email string, choose func([]*Session) ([]*Session, error)) error {
	key, err := sessionsKey(intent.Actor, email)
	if err != nil {
		return err
	}
	return m.store.Update(ctx, func(tx Tx) error {
		if _, err := agentIn(tx, key); err != nil {
			return err
		}
		all, err := sessionsOf(tx, key)
		if err != nil {
			return err
		}
		chosen, err := choose(all)
		if err != nil {
			return err
		}
		if len(chosen) > 0 {
			if err := auditSession(tx, intent.Actor, action, key); err != nil {
				return err
			}
		}
		return endSessions(tx, chosen...)
	})
}
