package api

import (
	"net/http"

	"recado/conversation"
)

// known tells whether the actor may know of the department: an isolated one is named only to those
// who read it (rule 5).
func known(d *conversation.Directory, a conversation.Actor, department string) bool {
	return !d.Isolated(department) || a.Sees(d, department)
}

// listChannels is in the channel file's order.
func (h *handler) listChannels(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	_, page, err := listQuery(r)
	if err != nil {
		return err
	}
	d := h.desk.Directory()
	var seen []*conversation.Channel
	for i := range d.Channels {
		if c := &d.Channels[i]; known(d, a, c.Department) {
			seen = append(seen, c)
		}
	}
	items, next, err := pageOf(seen, page)
	if err != nil {
		return err
	}
	return list(w, items, next, channelOf)
}

func (h *handler) listDepartments(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	_, page, err := listQuery(r)
	if err != nil {
		return err
	}
	d := h.desk.Directory()
	var seen []*conversation.Department
	for i := range d.Departments {
		if dep := &d.Departments[i]; known(d, a, dep.ID) {
			seen = append(seen, dep)
		}
	}
	items, next, err := pageOf(seen, page)
	if err != nil {
		return err
	}
	return list(w, items, next, departmentOf)
}
