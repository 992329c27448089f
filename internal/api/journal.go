package api

import (
	"net/http"

	"recado/conversation"
	"recado/internal/message"
)

// listJournal is newest first.
func (h *handler) listJournal(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	values, page, err := listQuery(r, "receipt", "department", "address", "number")
	if err != nil {
		return err
	}
	filter := conversation.JournalFilter{Receipt: values.Get("receipt"), Number: values.Get("number")}
	if filter.Receipt != "" && !conversation.ValidID(filter.Receipt) {
		return invalid("receipt is the id that the sender was given with the 250: 26 characters")
	}
	if filter.Number != "" && !conversation.ValidNumber(filter.Number) {
		return invalid("number is a protocol's, such as 20261123-000042")
	}
	if text := values.Get("address"); text != "" {
		address, ok := message.ParseAddress(text)
		if filter.Address = address.Key(); !ok || filter.Address == "" {
			return invalid("address is that of a recipient or a sender, such as ana@example.com")
		}
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
