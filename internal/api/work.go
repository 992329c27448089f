package api

import (
	"net/http"

	"recado/conversation"
)

// Who works on a protocol, and under which words it is found again.

func (h *handler) assign(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	var body struct {
		Agent *string `json:"agent"`
	}
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	if body.Agent == nil { // a forgotten field must take nobody's work away
		return invalid(`the field "agent" is missing: an agent's address, or "" for nobody`)
	}
	p, err := h.desk.Assign(r.Context(), in, n, *body.Agent)
	return answerProtocol(w, p, err)
}

// Tags is the body of POST /protocols/{number}/tags. Tags, when given, replaces those that there are.
type Tags struct {
	Tags   []string  `json:"tags,omitempty"`
	Add    OneOrMore `json:"add,omitempty"`
	Remove OneOrMore `json:"remove,omitempty"`
}

func (h *handler) tag(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	var body Tags
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	if body.Tags == nil && body.Add == nil && body.Remove == nil {
		return invalid("say what to do: the fields are add, remove, and tags for all of them")
	}
	p, err := h.desk.Tag(r.Context(), in, n, conversation.TagChange{Set: body.Tags, Add: body.Add, Remove: body.Remove})
	return answerProtocol(w, p, err)
}

// Transfer is the body of POST /protocols/{number}/transfer.
type Transfer struct {
	Department string `json:"department"` // "": the protocol's own, from agent to agent
	Agent      string `json:"agent,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

func (h *handler) transfer(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	var body Transfer
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	p, err := h.desk.Transfer(r.Context(), in, n, conversation.TransferRequest(body))
	return answerProtocol(w, p, err)
}

// answerProtocol answers a change with the protocol as it is then.
func answerProtocol(w http.ResponseWriter, p *conversation.ProtocolItem, err error) error {
	if err != nil {
		return err
	}
	setETag(w, p.Version)
	return answer(w, http.StatusOK, protocolOf(p))
}
