package inbox

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"

	"recado/conversation"
	"recado/internal/say"
)

// fakeSessions are the log-ins of the fake agents, by token.
type fakeSessions struct {
	logins map[string]*conversation.Session
}

func (f *fakeSessions) begin(token string, in conversation.SessionInput) *conversation.Session {
	if f.logins == nil {
		f.logins = map[string]*conversation.Session{}
	}
	f.logins[token] = &conversation.Session{
		ID: conversation.NewID(today), Agent: in.Agent, CreatedAt: today, LastUsedAt: today, ExpiresAt: today.Add(in.Life), UserAgent: in.UserAgent, RemoteIP: in.RemoteIP,
	}
	return f.logins[token]
}

func (a *fakeAgents) NoteSessionUse(_ context.Context, token string, remote netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.logins[token].LastUsedAt, a.logins[token].RemoteIP = today, remote.String()
}

func (a *fakeAgents) Sessions(_ context.Context, _ conversation.Actor, email string, _ conversation.Page) ([]*conversation.Session, string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []*conversation.Session
	for token, s := range a.logins {
		if a.sessions[token] == email {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(x, y *conversation.Session) int { return cmp.Compare(y.ID, x.ID) })
	return out, "", nil
}

func (a *fakeAgents) EndAgentSession(_ context.Context, _ conversation.Intent, email, id string) (*conversation.Session, error) {
	ended := a.end(email, func(s *conversation.Session) bool { return s.ID == id })
	if len(ended) == 0 {
		return nil, &conversation.Error{Code: conversation.CodeNotFound, Sentence: say.Of("no such session")}
	}
	return ended[0], nil
}

func (a *fakeAgents) EndSessions(_ context.Context, _ conversation.Intent, email, kept string) ([]*conversation.Session, error) {
	return a.end(email, func(s *conversation.Session) bool { return s.ID != kept }), nil
}

func (a *fakeAgents) end(email string, chosen func(*conversation.Session) bool) (ended []*conversation.Session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for token := range maps.Clone(a.sessions) {
		if s := a.logins[token]; a.sessions[token] == email && chosen(s) {
			ended = append(ended, s)
			delete(a.sessions, token)
		}
	}
	return ended
}
