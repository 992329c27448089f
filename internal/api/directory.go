package api

import (
	"net/http"

	"recado/conversation"
)

// listChannels is in the channel file's order.
func (h *handler) listChannels(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	_, page, err := listQuery(r)
	if err != nil {
		return err
	}
	h.tellFile(w) // before the rows: an edit by an older hash is refused, one by a newer hash would not be
	d := h.desk.Directory()
	var seen []*conversation.Channel
	for i := range d.Channels {
		if c := &d.Channels[i]; a.Knows(d, c.Department) {
			seen = append(seen, c)
		}
	}
	items, next, err := pageOf(seen, page)
	if err != nil {
		return err
	}
	return list(w, items, next, channelOf)
}
