package inbox

import (
	"context"
	"net/http"
	"net/netip"

	"recado/conversation"
)

// Sessions are the log-ins of agents. *conversation.Manager has them.
type Sessions interface {
	NoteSessionUse(ctx context.Context, token string, remote netip.Addr)
	Sessions(ctx context.Context, actor conversation.Actor, email string, page conversation.Page) ([]*conversation.Session, string, error)
	EndAgentSession(ctx context.Context, intent conversation.Intent, email, id string) (*conversation.Session, error)
	// EndSessions ends all but the one with the id kept.
	EndSessions(ctx context.Context, intent conversation.Intent, email, kept string) ([]*conversation.Session, error)
}

// sessionsView is where an agent is logged in, on the own page and on the one that admins see.
type sessionsView struct {
	Action string // that the forms are sent to
	Own    bool
	Rows   []sessionView
	Others bool // there are sessions that can be ended all together
}

type sessionView struct {
	ID, Browser, Address string
	Since, Used          moment
	This                 bool // it is the one that asks
}

// sessionsView lists the sessions of an agent; page is the address of what shows them.
func (in *Inbox) sessionsView(ctx context.Context, v *visit, email, page string) (*sessionsView, error) {
	list, _, err := in.agents.Sessions(ctx, v.actor, email, conversation.Page{Limit: conversation.MaxLimit}) // more there are not
	if err != nil {
		return nil, err
	}
	view := &sessionsView{Action: page + "/sessions", Own: email == v.agent.Email}
	for _, s := range list {
		row := sessionView{ID: s.ID, Browser: s.Browser(), Address: s.RemoteIP, Since: v.moment(s.CreatedAt), Used: v.moment(s.LastUsedAt), This: s.ID == v.session.ID}
		if row.Browser == "" {
			row.Browser = v.lang.T("sessions.unknown")
		}
		view.Rows = append(view.Rows, row)
		view.Others = view.Others || !row.This
	}
	return view, nil
}

// endSessions ends the session that the form names, or all but the one that asks, and leads back to the page. That one
// has ended already is what was wanted.
func (in *Inbox) endSessions(w http.ResponseWriter, r *http.Request, v *visit, email, page string) error {
	if err := form(w, r); err != nil {
		return err
	}
	intent := conversation.Intent{Actor: v.actor}
	var err error
	if r.PostForm.Get("all") != "" {
		_, err = in.agents.EndSessions(r.Context(), intent, email, v.session.ID)
	} else if id := r.PostForm.Get("session"); conversation.ValidID(id) {
		_, err = in.agents.EndAgentSession(r.Context(), intent, email, id)
	} else {
		return errBadForm
	}
	if err != nil && !hasCode(err, conversation.CodeNotFound) {
		return err
	}
	http.Redirect(w, r, page+"?done=ended", http.StatusSeeOther)
	return nil
}

func (in *Inbox) endOwnSessions(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.endSessions(w, r, v, v.agent.Email, youPage)
}
