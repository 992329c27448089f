package inbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"recado/conversation"
)

// undoView is the button that takes a mail back while it waits.
type undoView struct {
	Action, Message string
	Left            int // seconds
}

// undoable is the button of a mail that the agent made and that has not begun to leave; nil for others.
func (v *visit) undoable(m *conversation.Message) *undoView {
	if m.Agent != v.agent.Email || !waits(m, v.now) {
		return nil
	}
	return &undoView{Action: "/protocols/" + m.Number + "/takeback", Message: m.ID, Left: int(m.Deliveries[0].NextAt.Sub(v.now).Seconds()) + 1}
}

// waits tells whether a mail of ours has not begun to leave.
func waits(m *conversation.Message, now time.Time) bool {
	return len(m.Deliveries) > 0 && !slices.ContainsFunc(m.Deliveries, func(d conversation.Delivery) bool {
		return d.State != conversation.DeliveryQueued || d.Attempts > 0 || !d.NextAt.After(now)
	})
}

// takeBack takes a mail back and leads to where it was written, with what was typed in the box again.
func (in *Inbox) takeBack(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	id := r.PostForm.Get("message")
	if !conversation.ValidID(id) {
		return errBadForm
	}
	u, err := in.desk.TakeBack(r.Context(), conversation.Intent{Actor: v.actor}, id)
	if hasCode(err, conversation.CodeConflict) {
		late := &movedView{Title: v.lang.T("takeback.late"), Text: v.lang.T("takeback.late.text")}
		return in.renderProtocol(w, r, v, http.StatusConflict, &draft{moved: late})
	}
	if err != nil {
		return err
	}
	switch u.Place.Kind {
	case conversation.PlaceMail:
		http.Redirect(w, r, contactURL(u.Place.Of)+"?undone="+id+"#mail", http.StatusSeeOther)
		return nil
	case conversation.PlaceRecontact:
		http.Redirect(w, r, "/protocols/"+u.Place.Of+"?undone="+id+"#resume", http.StatusSeeOther)
		return nil
	case conversation.PlaceReply:
	default: // a history: nothing was typed
		return in.backTo(w, r, v, "m-"+id)
	}
	q, err := in.listQuery(r, v)
	if err != nil {
		return err
	}
	values := q.values()
	if q.Cursor != "" {
		values.Set("cursor", q.Cursor)
	}
	values.Set("undone", id)
	http.Redirect(w, r, "/protocols/"+r.PathValue("number")+"?"+values.Encode()+"#reply", http.StatusSeeOther)
	return nil
}

// undone tells whether the address of the page says that a mail was taken back that had been written at the place.
func (in *Inbox) undone(r *http.Request, v *visit, at conversation.Place) (bool, error) {
	id := r.URL.Query().Get("undone")
	if r.Method != http.MethodGet || !conversation.ValidID(id) {
		return false, nil
	}
	u, err := in.desk.Undone(r.Context(), v.actor, id)
	if hasCode(err, conversation.CodeNotFound) {
		return false, nil
	}
	return err == nil && u.Place.Kind == at.Kind && strings.EqualFold(u.Place.Of, at.Of), err
}
