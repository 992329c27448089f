package conversation

import (
	"context"
	"slices"
)

// AgentEdit is what is to become of an agent; nil keeps what there is.
type AgentEdit struct {
	ProfileEdit
	Role        *Role
	Departments *[]string
}

// SetAgent changes an agent. Role and departments are an admin's to give, the rest is the agent's own too. They
// count from the next request on. Departments that the actor may not know of stay as they are.
func (m *Manager) SetAgent(ctx context.Context, intent Intent, email string, e AgentEdit) (*Agent, error) {
	if e.Role == nil && e.Departments == nil {
		return m.SetProfile(ctx, intent, email, e.ProfileEdit)
	}
	if !intent.Actor.administers() {
		return nil, errAdminOnly
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	return m.changeAgent(ctx, intent, email, func(*Agent) (agentChange, error) {
		return func(tx Tx, a *Agent) error {
			governed := a.governs()
			if err := m.place(intent.Actor, a, e); err != nil {
				return err
			}
			e.apply(a)
			if governed && !a.governs() {
				return anotherAdmin(tx, intent.Actor, a)
			}
			return nil
		}, nil
	}, false)
}

// place gives the agent the role and the departments.
func (m *Manager) place(actor Actor, a *Agent, e AgentEdit) error {
	if e.Role != nil {
		a.Role = *e.Role
	}
	if e.Departments != nil {
		d := m.Directory()
		departments, err := m.given(actor, *e.Departments)
		if err != nil {
			return err
		}
		hidden := slices.DeleteFunc(slices.Clone(a.Departments), func(id string) bool { return actor.Knows(d, id) })
		a.Departments = append(departments, hidden...)
	}
	return checkPlace(a.Role, a.Departments)
}

// DisableAgent keeps an agent from logging in and ends all of the agent's sessions. What the agent
// wrote stays.
func (m *Manager) DisableAgent(ctx context.Context, intent Intent, email string) (*Agent, error) {
	return m.admit(ctx, intent, email, func(tx Tx, a *Agent) error {
		governed := a.governs()
		if a.Disabled = true; governed {
			return anotherAdmin(tx, intent.Actor, a)
		}
		return nil
	})
}

// EnableAgent lets an agent who was disabled log in again, with the same password.
func (m *Manager) EnableAgent(ctx context.Context, intent Intent, email string) (*Agent, error) {
	return m.admit(ctx, intent, email, func(_ Tx, a *Agent) error { a.Disabled = false; return nil })
}

// admit makes a change of who may log in, which is an admin's to make. No session outlives it.
func (m *Manager) admit(ctx context.Context, intent Intent, email string, change agentChange) (*Agent, error) {
	if !intent.Actor.administers() {
		return nil, errAdminOnly
	}
	return m.changeAgent(ctx, intent, email, func(*Agent) (agentChange, error) { return change, nil }, true)
}

// governs tells whether the agent can log in and change settings.
func (a *Agent) governs() bool { return a.Role == RoleAdmin && !a.Disabled }

// anotherAdmin refuses what leaves nobody who governs but by the command line. The operator may do that: he has it.
func anotherAdmin(tx Tx, actor Actor, without *Agent) error {
	if actor.Operator {
		return nil
	}
	for page := (Page{Limit: MaxLimit}); ; {
		all, next, err := tx.Agents(page)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(a *Agent) bool { return a.Email != without.Email && a.governs() }) {
			return nil
		}
		if next == "" {
			return errorf(CodeConflict, "%s is the only admin: make another one first", without.Email)
		}
		page.Cursor = next
	}
}
