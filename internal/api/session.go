package api

import (
	"context"
	"net/http"

	"recado/conversation"
)

// Session is where an agent is logged in.
type Session struct {
	ID         string `json:"id"`
	Agent      string `json:"agent"` // the address
	CreatedAt  Time   `json:"created_at"`
	LastUsedAt Time   `json:"last_used_at"` // to five minutes
	ExpiresAt  Time   `json:"expires_at"`
	Address    string `json:"address"` // IP address that it was last used from
	Browser    string `json:"browser"` // in words: "Firefox, Windows"
	UserAgent  string `json:"user_agent"`
}

// SignOut is the body of POST /agents/{email}/sign-out.
type SignOut struct {
	Session string `json:"session"` // its id; "": every one
}

// SignedOut is the answer: the sessions that ended.
type SignedOut struct {
	Ended []Session `json:"ended"`
}

func sessionOf(s *conversation.Session) Session {
	return Session{
		ID: s.ID, Agent: s.Agent, CreatedAt: Time{s.CreatedAt}, LastUsedAt: Time{s.LastUsedAt}, ExpiresAt: Time{s.ExpiresAt},
		Address: s.RemoteIP, Browser: s.Browser(), UserAgent: s.UserAgent,
	}
}

// sessionDesk shows and ends an agent's sessions: the own ones, everybody's for an admin.
type sessionDesk interface {
	Sessions(ctx context.Context, a conversation.Actor, email string, page conversation.Page) ([]*conversation.Session, string, error)
	EndAgentSession(ctx context.Context, in conversation.Intent, email, id string) (*conversation.Session, error)
	EndSessions(ctx context.Context, in conversation.Intent, email, kept string) ([]*conversation.Session, error)
}

func (h *handler) listSessions(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	_, page, err := listQuery(r)
	if err != nil {
		return err
	}
	items, next, err := h.desk.Sessions(r.Context(), a, r.PathValue("email"), page)
	if err != nil {
		return err
	}
	return list(w, items, next, sessionOf)
}

func (h *handler) signOut(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, err := intent(r, a)
	if err != nil {
		return err
	}
	var body SignOut
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	var ended []*conversation.Session
	if email := r.PathValue("email"); body.Session == "" {
		ended, err = h.desk.EndSessions(r.Context(), in, email, "")
	} else {
		ended = make([]*conversation.Session, 1)
		ended[0], err = h.desk.EndAgentSession(r.Context(), in, email, body.Session)
	}
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, SignedOut{Ended: each(ended, sessionOf)})
}

// Sessions lists where an agent is logged in, the latest log-in first.
func (c *Client) Sessions(ctx context.Context, email string, p Paging) (Answer[List[Session]], error) {
	return get[List[Session]](ctx, c, address("agents", email, "sessions"), p.values())
}

// SignOut ends one session of an agent; "": all.
func (c *Client) SignOut(ctx context.Context, email, session string) (Answer[SignedOut], error) {
	return post[SignedOut](ctx, c, address("agents", email, "sign-out"), SignOut{Session: session})
}
