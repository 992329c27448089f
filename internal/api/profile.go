package api

import (
	"context"
	"net/http"

	"recado/conversation"
)

// AgentEdit is the body of PATCH /agents/{email}. What is left out keeps its value.
type AgentEdit struct {
	Name        *string   `json:"name,omitempty"`
	Role        *string   `json:"role,omitempty"`
	Departments *[]string `json:"departments,omitempty"`
	Language    *string   `json:"language,omitempty"`
	Signature   *string   `json:"signature,omitempty"`
}

func (h *handler) setAgent(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, err := intent(r, a)
	if err != nil {
		return err
	}
	var body AgentEdit
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	e := conversation.AgentEdit{
		ProfileEdit: conversation.ProfileEdit{Name: body.Name, Language: body.Language, Signature: body.Signature},
		Role:        (*conversation.Role)(body.Role), Departments: body.Departments,
	}
	agent, err := h.desk.SetAgent(r.Context(), in, r.PathValue("email"), e)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, agentOf(agent))
}

// SetAgent changes an agent.
func (c *Client) SetAgent(ctx context.Context, email string, e AgentEdit) (Answer[Agent], error) {
	return send[Agent](ctx, c, http.MethodPatch, address("agents", email), nil, e)
}
