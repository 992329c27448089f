package api

import (
	"net/http"

	"recado/conversation"
)

// split answers with the new protocol, that begins with the message.
func (h *handler) split(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	var body struct {
		Message string `json:"message"`
	}
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	if !conversation.ValidID(body.Message) {
		return invalid("message is the id of the message that the new protocol begins with; an id has 26 characters")
	}
	p, err := h.desk.Split(r.Context(), in, n, body.Message)
	if err != nil {
		return err
	}
	return answerMoved(w, http.StatusCreated, p)
}

// merge answers with the protocol that the messages went into.
func (h *handler) merge(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	var body struct {
		Into string `json:"into"`
	}
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	if !conversation.ValidNumber(body.Into) {
		return invalid("into is the number of the protocol that takes the messages; a number looks like 20261123-000042")
	}
	p, err := h.desk.Merge(r.Context(), in, n, body.Into)
	if err != nil {
		return err
	}
	return answerMoved(w, http.StatusOK, p)
}

// undo answers with the protocol that has its messages back.
func (h *handler) undo(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	if err := decode(w, r, maxWords, &struct{}{}); err != nil {
		return err
	}
	p, err := h.desk.Undo(r.Context(), in, n)
	if err != nil {
		return err
	}
	return answerMoved(w, http.StatusOK, p)
}

func answerMoved(w http.ResponseWriter, status int, p *conversation.ProtocolItem) error {
	setETag(w, p.Version)
	return answer(w, status, protocolOf(p))
}
