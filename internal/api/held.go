package api

import (
	"net/http"

	"recado/conversation"
)

func (h *handler) listHeld(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	values, page, err := listQuery(r, "department", "reason")
	if err != nil {
		return err
	}
	filter := conversation.HeldFilter{}
	filter.Reason, err = word("reason", values.Get("reason"), conversation.HeldPolicy, conversation.HeldUnverified,
		conversation.HeldAutomatic, conversation.HeldBackscatter, conversation.HeldLoop, conversation.HeldFlood,
		conversation.HeldSpam, conversation.HeldRecovered)
	if err != nil {
		return err
	}
	if department := values.Get("department"); department != "" {
		filter.Departments = []string{department}
	}
	items, next, err := h.desk.HeldMails(r.Context(), a, filter, page)
	if err != nil {
		return err
	}
	return list(w, items, next, heldOf)
}

func (h *handler) showHeld(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := id(r)
	if err != nil {
		return err
	}
	held, err := h.desk.HeldMail(r.Context(), a, id)
	if err != nil {
		return err
	}
	m, err := h.parse(r, a, id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, heldMailOf(held, m))
}

// acceptHeld answers with the message that the held mail became.
func (h *handler) acceptHeld(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, id, err := decision(w, r, a)
	if err != nil {
		return err
	}
	m, err := h.desk.AcceptHeld(r.Context(), in, id)
	if err != nil {
		return err
	}
	return h.answerMessage(w, r, a, http.StatusOK, m)
}

// discardHeld answers with the held mail as it was.
func (h *handler) discardHeld(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, id, err := decision(w, r, a)
	if err != nil {
		return err
	}
	held, err := h.desk.DiscardHeld(r.Context(), in, id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, heldOf(held))
}

// decision reads what a POST has that needs no more than an id.
func decision(w http.ResponseWriter, r *http.Request, a conversation.Actor) (conversation.Intent, string, error) {
	id, err := id(r)
	if err != nil {
		return conversation.Intent{}, "", err
	}
	in, err := intent(r, a)
	if err != nil {
		return in, "", err
	}
	return in, id, decode(w, r, maxWords, &struct{}{})
}
