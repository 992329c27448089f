package api

import (
	"context"
	"net/http"

	"recado/conversation"
)

func (h *handler) listAgents(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	_, page, err := listQuery(r)
	if err != nil {
		return err
	}
	items, next, err := h.desk.Agents(r.Context(), a, page)
	if err != nil {
		return err
	}
	return list(w, items, next, agentOf)
}

// NewAgent is the body of POST /agents. A password never comes back.
type NewAgent struct {
	Email       string   `json:"email"`
	Name        string   `json:"name"`
	Role        string   `json:"role"` // agent, supervisor, admin; "": agent
	Departments []string `json:"departments"`
	Language    string   `json:"language"` // es, pt, en; "": the server's
	Password    string   `json:"password"`
}

func (h *handler) addAgent(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, err := intent(r, a)
	if err != nil {
		return err
	}
	var body NewAgent
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	role, err := word("role", body.Role, conversation.RoleAgent, conversation.RoleSupervisor, conversation.RoleAdmin)
	if err != nil {
		return err
	}
	if role == "" {
		role = conversation.RoleAgent
	}
	agent, err := h.desk.AddAgent(r.Context(), in, conversation.AgentInput{
		Email: body.Email, Name: body.Name, Role: role, Departments: body.Departments,
		Language: body.Language, Password: body.Password,
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, agentOf(agent))
}

func (h *handler) setPassword(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, err := intent(r, a)
	if err != nil {
		return err
	}
	var body struct {
		Password string `json:"password"`
	}
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	agent, err := h.desk.SetPassword(r.Context(), in, r.PathValue("email"), body.Password)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, agentOf(agent))
}

func (h *handler) disableAgent(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	return admitAgent(w, r, a, h.desk.DisableAgent)
}

func (h *handler) enableAgent(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	return admitAgent(w, r, a, h.desk.EnableAgent)
}

func (h *handler) resetTOTP(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	return admitAgent(w, r, a, h.desk.ResetSecondStep)
}

// admitAgent answers with the agent as the change left him.
func admitAgent(w http.ResponseWriter, r *http.Request, a conversation.Actor,
	change func(context.Context, conversation.Intent, string) (*conversation.Agent, error)) error {
	in, err := intent(r, a)
	if err != nil {
		return err
	}
	if err := decode(w, r, maxWords, &struct{}{}); err != nil {
		return err
	}
	agent, err := change(r.Context(), in, r.PathValue("email"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, agentOf(agent))
}
