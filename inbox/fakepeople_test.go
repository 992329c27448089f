package inbox

import (
	"context"
	"slices"

	"recado/conversation"
	"recado/internal/say"
)

func (a *fakeAgents) Agent(_ context.Context, _ conversation.Actor, email string) (*conversation.Agent, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.of(email)
}

func (a *fakeAgents) of(email string) (*conversation.Agent, error) {
	if agent := a.agents[email]; agent != nil {
		return agent, nil
	}
	return nil, notFound("agent")
}

// change changes an agent, or refuses what would leave no admin.
func (a *fakeAgents) change(email string, fn func(*conversation.Agent)) (*conversation.Agent, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	old, err := a.of(email)
	if err != nil {
		return nil, err
	}
	changed := *old
	fn(&changed)
	a.agents[email] = &changed
	for _, agent := range a.agents {
		if agent.Role == conversation.RoleAdmin && !agent.Disabled {
			return &changed, nil
		}
	}
	a.agents[email] = old
	return nil, &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("the only admin")}
}

func (a *fakeAgents) AddAgent(_ context.Context, _ conversation.Intent, in conversation.AgentInput) (*conversation.Agent, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.agents[in.Email] != nil {
		return nil, &conversation.Error{Code: conversation.CodeConflict, Sentence: say.Of("there already")}
	}
	a.agents[in.Email] = &conversation.Agent{Email: in.Email, Name: in.Name, Role: in.Role, Departments: in.Departments, CreatedAt: today}
	return a.agents[in.Email], nil
}

func (a *fakeAgents) SetAgent(_ context.Context, _ conversation.Intent, email string, e conversation.AgentEdit) (*conversation.Agent, error) {
	if len(*e.Departments) == 0 && *e.Role != conversation.RoleAdmin {
		return nil, &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("nothing to see")}
	}
	return a.change(email, func(agent *conversation.Agent) {
		agent.Name, agent.Role, agent.Departments = *e.Name, *e.Role, *e.Departments
	})
}

func (a *fakeAgents) SetPassword(_ context.Context, _ conversation.Intent, email, _ string) (*conversation.Agent, error) {
	if agent, err := a.Agent(context.Background(), conversation.Actor{}, email); err != nil || slices.Contains(agent.Departments, "hr") {
		return nil, &conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("behind a wall")}
	}
	a.end(email, func(*conversation.Session) bool { return true })
	return a.Agent(context.Background(), conversation.Actor{}, email)
}

func (a *fakeAgents) DisableAgent(_ context.Context, _ conversation.Intent, email string) (*conversation.Agent, error) {
	return a.change(email, func(agent *conversation.Agent) { agent.Disabled = true })
}

func (a *fakeAgents) EnableAgent(_ context.Context, _ conversation.Intent, email string) (*conversation.Agent, error) {
	return a.change(email, func(agent *conversation.Agent) { agent.Disabled = false })
}
