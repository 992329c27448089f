package inbox

import (
	"net/http"
	"slices"
	"time"

	"recado/conversation"
)

// undoView is the button that takes an answer back while it waits.
type undoView struct {
	Action, Message string
	Left            int // seconds
}

// undoable is the button of an answer that the agent made and that has not begun to leave; nil for others.
func (v *visit) undoable(m *conversation.Message) *undoView {
	if m.Agent != v.agent.Email || !waits(m, v.now) {
		return nil
	}
	return &undoView{Action: "/protocols/" + m.Number + "/takeback", Message: m.ID, Left: int(m.Deliveries[0].NextAt.Sub(v.now).Seconds()) + 1}
}

// waits tells whether an answer of ours has not begun to leave.
func waits(m *conversation.Message, now time.Time) bool {
	return len(m.Deliveries) > 0 && !slices.ContainsFunc(m.Deliveries, func(d conversation.Delivery) bool {
		return d.State != conversation.DeliveryQueued || d.Attempts > 0 || !d.NextAt.After(now)
	})
}

// takeBack takes an answer back and leads to the protocol with what was typed in the box again.
func (in *Inbox) takeBack(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	id := r.PostForm.Get("message")
	if !conversation.ValidID(id) {
		return errBadForm
	}
	_, err := in.desk.UndoReply(r.Context(), conversation.Intent{Actor: v.actor}, id)
	if hasCode(err, conversation.CodeConflict) {
		late := &movedView{Title: v.lang.T("takeback.late"), Text: v.lang.T("takeback.late.text")}
		return in.renderProtocol(w, r, v, http.StatusConflict, &draft{moved: late})
	}
	if err != nil {
		return err
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

// takenBack is what was typed of the answer that the address says was taken back; nil where there is none.
func (in *Inbox) takenBack(r *http.Request, v *visit) (*draft, error) {
	id := r.URL.Query().Get("undone")
	if !conversation.ValidID(id) {
		return nil, nil
	}
	u, err := in.desk.Undone(r.Context(), v.actor, id)
	if hasCode(err, conversation.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d := &draft{compose: composeView{Text: u.Text, Cc: joinAddresses(u.Cc), AskForFiles: u.Files > 0, Undone: true}}
	if len(u.To) > 0 {
		d.to = u.To[0]
	}
	return d, nil
}
