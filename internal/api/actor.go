package api

import (
	"context"
	"net/http"

	"recado/conversation"
)

// HeaderAs names, on the local socket, the agent that a command acts as.
const HeaderAs = "Recado-As"

// OnSocket authenticates on the local socket: whoever can open it is the system's operator, unless
// Recado-As names an agent. agent returns nil where there is none of that (folded) address.
func OnSocket(agent func(ctx context.Context, email string) (*conversation.Agent, error)) func(*http.Request) (conversation.Actor, error) {
	return func(r *http.Request) (conversation.Actor, error) {
		as := r.Header.Values(HeaderAs)
		switch {
		case len(as) == 0:
			return conversation.Actor{Operator: true, Via: conversation.ViaSocket}, nil
		case len(as) > 1:
			return conversation.Actor{}, invalid(HeaderAs + " is given more than once")
		}
		email, err := conversation.AgentEmail(as[0])
		if err != nil {
			return conversation.Actor{}, err
		}
		found, err := agent(r.Context(), email)
		switch {
		case err != nil:
			return conversation.Actor{}, err
		case found == nil:
			return conversation.Actor{}, forbidden("no agent has the address " + email)
		case found.Disabled:
			return conversation.Actor{}, forbidden("the agent " + email + " is disabled")
		}
		a := conversation.ActorOf(found)
		a.Via = conversation.ViaSocket
		return a, nil
	}
}
