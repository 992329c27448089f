package api

import (
	"net/http"

	"recado/conversation"
)

// listJournal is newest first.
func (h *handler) listJournal(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	values, page, err := listQuery(r, "receipt", "department")
	if err != nil {
		return err
	}
	filter := conversation.JournalFilter{Receipt: values.Get("receipt")}
	if filter.Receipt != "" && !conversation.ValidID(filter.Receipt) {
		return invalid("receipt is the id that the sender was given with the 250: 26 characters")
	}
	if department := values.Get("department"); department != "" {
		filter.Departments = []string{department}
	}
	lines, next, err := h.desk.Journal(r.Context(), a, filter, page)
	if err != nil {
		return err
	}
	return list(w, lines, next, journalOf)
}
