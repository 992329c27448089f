package api

import (
	"context"
	"net/http"

	"recado/conversation"
)

func (h *handler) listQueue(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	_, page, err := listQuery(r)
	if err != nil {
		return err
	}
	items, next, err := h.desk.Queue(r.Context(), a, page)
	if err != nil {
		return err
	}
	return list(w, items, next, queueOf)
}

func (h *handler) showQueued(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := id(r)
	if err != nil {
		return err
	}
	item, err := h.desk.QueueItem(r.Context(), a, id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, queueOf(item))
}

func (h *handler) retryQueued(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	return changeQueued(w, r, a, h.desk.RetryQueued)
}

func (h *handler) cancelQueued(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	return changeQueued(w, r, a, h.desk.CancelQueued)
}

// changeQueued answers with the item as the change left it.
func changeQueued(w http.ResponseWriter, r *http.Request, a conversation.Actor,
	change func(context.Context, conversation.Intent, string) (*conversation.QueueItem, error)) error {
	in, id, err := decision(w, r, a)
	if err != nil {
		return err
	}
	item, err := change(r.Context(), in, id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, queueOf(item))
}
