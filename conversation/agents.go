package conversation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"recado/internal/message"
)

// maxAgentName bounds an agent's name, in characters.
const maxAgentName = 100

// Languages are those that the inbox and automatic texts speak.
var Languages = []string{"es", "pt", "en"}

// AddAgent makes an agent. Only an admin, or the operator, may.
func (m *Manager) AddAgent(ctx context.Context, intent Intent, in AgentInput) (*Agent, error) {
	if !intent.Actor.administers() {
		return nil, errAdminOnly
	}
	a, err := m.newAgent(intent.Actor, in)
	if err != nil {
		return nil, err
	}
	if err := CheckPassword(in.Password, a.Email, a.Name); err != nil {
		return nil, err
	}
	// Hashing takes tens of milliseconds: never inside the transaction.
	if a.Password, err = hashPassword(ctx, in.Password); err != nil {
		return nil, fmt.Errorf("add agent: %w", err)
	}
	var made *Agent
	err = m.store.Update(ctx, func(tx Tx) error {
		old, err := tx.Agent(a.Email)
		if err != nil {
			return err
		}
		if made = old; old != nil {
			made = m.shownAgent(intent.Actor, old)
			return madeBefore(tx, intent, a.Email)
		}
		made = a
		a.CreatedAt = tx.Now()
		if err := m.remember(tx, intent, "agent", a.Email); err != nil {
			return err
		}
		err = audit(tx, intent.Actor, deed{action: AuditAgentAdd, object: a.Email, named: a.Departments, detail: string(a.Role)})
		if err != nil {
			return err
		}
		return tx.PutAgent(a)
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// madeBefore refuses to make an agent who is there, but for the same request sent twice.
func madeBefore(tx Tx, intent Intent, email string) error {
	if intent.IdempotencyKey != "" {
		made, err := tx.Note(intent.noteName("agent"))
		if err != nil || made == email {
			return err
		}
	}
	return errorf(CodeConflict, "%s is an agent already: change the password with passwd", email)
}

// newAgent validates and folds what an agent is made of.
func (m *Manager) newAgent(actor Actor, in AgentInput) (*Agent, error) {
	email, err := AgentEmail(in.Email)
	if err != nil {
		return nil, err
	}
	a := &Agent{Email: email, Name: strings.Join(strings.Fields(in.Name), " "), Language: in.Language}
	switch {
	case a.Name == "":
		a.Name, _, _ = cutAddress(email)
	case !showable(a.Name, maxAgentName):
		return nil, errorf(CodeInvalid, "the name has characters that cannot be shown, or more than %d of them", maxAgentName)
	}
	if a.Language != "" && !slices.Contains(Languages, a.Language) {
		return nil, errorf(CodeInvalid, "there is no language %q: write es, pt or en", in.Language)
	}
	a.Role, a.Departments, err = m.placed(actor, in.Role, in.Departments)
	if err != nil {
		return nil, err
	}
	return a, nil
}

// placed validates the role and the departments that the actor gives somebody.
func (m *Manager) placed(actor Actor, role Role, departments []string) (Role, []string, error) {
	if role == "" {
		role = RoleAgent
	}
	out, err := m.given(actor, departments)
	if err == nil {
		err = checkPlace(role, out)
	}
	if err != nil {
		return "", nil, err
	}
	return role, out, nil
}

// given are the departments that the actor gives somebody, each once. He gives none that he may not know of:
// that would let him in by another name.
func (m *Manager) given(actor Actor, departments []string) ([]string, error) {
	d := m.Directory()
	var out []string
	for _, id := range departments {
		if d.Department(id) == nil || !actor.Knows(d, id) {
			return nil, errorf(CodeInvalid, "there is no department %q in the channel file", id)
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, nil
}

// checkPlace tells whether there is such a role, and something to see for it.
func checkPlace(role Role, departments []string) error {
	if !slices.Contains([]Role{RoleAgent, RoleSupervisor, RoleAdmin}, role) {
		return errorf(CodeInvalid, "there is no role %q: write agent, supervisor or admin", role)
	}
	if len(departments) == 0 && role != RoleAdmin {
		return errorf(CodeInvalid, "the role %s needs a department, or there is nothing to see", role)
	}
	return nil
}

// AgentEmail validates and folds an agent's address. An agent's may belong to any domain.
func AgentEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	if len(s) > maxAddress {
		return "", errorf(CodeInvalid, "the e-mail address is too long")
	}
	a, ok := message.ParseAddress(s)
	if !ok || !validSender(a) || !showable(s, maxAddress) {
		return "", errorf(CodeInvalid, "%q is not an e-mail address", s)
	}
	return a.Key(), nil
}

// showable tells whether s has at most limit characters, fits on a line and turns no reading direction around.
func showable(s string, limit int) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

var errAdminOnly = errorf(CodeForbidden, "only an admin may do this")

// administers tells whether the actor may change agents.
func (a Actor) administers() bool { return a.Operator || a.Role == RoleAdmin }

// SetPassword gives an agent a new password and ends all of the agent's sessions. An admin may, but for agents of an
// isolated department that he may not know of: the password would let him in. The own one is changed by
// [Manager.ChangePassword], which asks for the one there is: a session that somebody left open is not enough.
func (m *Manager) SetPassword(ctx context.Context, intent Intent, email, password string) (*Agent, error) {
	return m.changeAgent(ctx, intent, email, func(a *Agent) (agentChange, error) {
		if intent.Actor.Email == a.Email {
			return nil, errorf(CodeForbidden, "one's own password is changed in the settings, with the one there is")
		}
		if err := CheckPassword(password, a.Email, a.Name); err != nil {
			return nil, err
		}
		hash, err := hashPassword(ctx, password)
		return func(tx Tx, a *Agent) error {
			a.Password = hash
			return m.checkWall(tx, intent.Actor, a, errorf(CodeForbidden, "only %s, or the operator, changes this password", a.Email))
		}, err
	}, true)
}

// SetLanguage chooses the language that the inbox speaks with the agent; "" is the server's.
func (m *Manager) SetLanguage(ctx context.Context, intent Intent, email, language string) (*Agent, error) {
	return m.SetProfile(ctx, intent, email, ProfileEdit{Language: &language})
}

// checkWall is the refusal where the agent is of an isolated department that the actor may not know of. One that the
// channel file does not name any more is what it was when the file last did.
func (m *Manager) checkWall(tx Tx, actor Actor, a *Agent, refusal error) error {
	d := m.Directory()
	for _, id := range a.Departments {
		if actor.Knows(d, id) {
			continue
		}
		if d.Department(id) != nil {
			return refusal
		}
		before, err := keyingIn(tx)
		if err != nil {
			return err
		}
		if isolated, was := before.Isolated[id]; isolated || !was {
			return refusal
		}
	}
	return nil
}

// agentChange changes an agent within a transaction, or refuses to.
type agentChange func(Tx, *Agent) error

// changeAgent reads an agent, lets prepare do what takes long, and applies its change in a transaction.
func (m *Manager) changeAgent(ctx context.Context, intent Intent, email string,
	prepare func(*Agent) (agentChange, error), endSessions bool) (*Agent, error) {
	key, err := AgentEmail(email)
	if err != nil {
		return nil, err
	}
	if !intent.Actor.administers() && intent.Actor.Email != key {
		return nil, errAdminOnly
	}
	var a *Agent
	if err := m.store.View(ctx, func(tx Tx) (err error) { a, err = agentIn(tx, key); return err }); err != nil {
		return nil, err
	}
	apply, err := prepare(a)
	if err != nil {
		return nil, err
	}
	err = m.store.Update(ctx, func(tx Tx) (err error) {
		if a, err = agentIn(tx, key); err != nil {
			return err
		}
		before := *a
		if err := apply(tx, a); err != nil {
			return err
		}
		if err := auditAgent(tx, intent.Actor, &before, a, endSessions); err != nil {
			return err
		}
		if endSessions {
			if err := endOtherSessions(tx, key, ""); err != nil {
				return err
			}
		}
		return tx.PutAgent(a)
	})
	if err != nil {
		return nil, err
	}
	a.Departments = known(intent.Actor, m.Directory(), a.Departments)
	return a, nil
}

func agentIn(tx Tx, key string) (*Agent, error) {
	a, err := tx.Agent(key)
	if err == nil && a == nil {
		err = errorf(CodeNotFound, "%s is not an agent", key)
	}
	if err != nil {
		return nil, err
	}
	return a, noteSecondStep(tx, a)
}

// noteSecondStep tells with the agent whether a log-in needs one.
func noteSecondStep(tx Tx, a *Agent) error {
	s, err := tx.SecondStep(a.Email)
	a.SecondStep = s.On()
	return err
}

// Agents lists the people of ours: everybody for an admin; for others those that they share a department
// with. Left out are passwords, and isolated departments that the actor may not know of.
func (m *Manager) Agents(ctx context.Context, actor Actor, page Page) ([]*Agent, string, error) {
	var out []*Agent
	var next string
	err := m.store.View(ctx, func(tx Tx) error {
		all, n, err := tx.Agents(page)
		if err != nil {
			return err
		}
		out, next = nil, n
		for _, a := range all {
			if actor.meets(a) {
				if err := noteSecondStep(tx, a); err != nil {
					return err
				}
				out = append(out, m.shownAgent(actor, a))
			}
		}
		return nil
	})
	if err != nil {
		return nil, "", listError(err)
	}
	return out, next, nil
}

// shownAgent is the agent as the actor may see him: not when a colleague was here last, which is nobody's to watch but
// an admin's.
func (m *Manager) shownAgent(actor Actor, a *Agent) *Agent {
	a.Password, a.Departments = "", known(actor, m.Directory(), a.Departments)
	if !actor.administers() {
		a.LastSeenAt = time.Time{}
	}
	return a
}

// Agent is one of the people of ours, as Agents lists them; CodeNotFound where there is none that the actor may know of.
func (m *Manager) Agent(ctx context.Context, actor Actor, email string) (*Agent, error) {
	key, err := AgentEmail(email)
	if err != nil {
		return nil, errorf(CodeNotFound, "%q is not an agent", preview(email))
	}
	var a *Agent
	if err := m.store.View(ctx, func(tx Tx) (err error) { a, err = agentIn(tx, key); return err }); err != nil {
		return nil, err
	}
	if !actor.meets(a) {
		return nil, errorf(CodeNotFound, "%s is not an agent", key)
	}
	return m.shownAgent(actor, a), nil
}

// meets tells whether the actor may know of the agent.
func (a Actor) meets(other *Agent) bool {
	return a.administers() || slices.ContainsFunc(other.Departments, func(d string) bool { return slices.Contains(a.Departments, d) })
}
