package api

import (
	"context"
	"net/http"

	"recado/conversation"
)

type profileDesk interface {
	SetProfile(ctx context.Context, in conversation.Intent, email string, e conversation.ProfileEdit) (*conversation.Agent, error)
}

// ProfileEdit is the body of PATCH /agents/{email}. What is left out keeps its value.
type ProfileEdit struct {
	Name      *string `json:"name,omitempty"`
	Language  *string `json:"language,omitempty"`
	Signature *string `json:"signature,omitempty"`
}

func (h *handler) setProfile(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, err := intent(r, a)
	if err != nil {
		return err
	}
	var body ProfileEdit
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	agent, err := h.desk.SetProfile(r.Context(), in, r.PathValue("email"), conversation.ProfileEdit(body))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, agentOf(agent))
}

// SetProfile changes how an agent is shown.
func (c *Client) SetProfile(ctx context.Context, email string, e ProfileEdit) (Answer[Agent], error) {
	return send[Agent](ctx, c, http.MethodPatch, address("agents", email), nil, e)
}
