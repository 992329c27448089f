package api_test

import (
	"context"
	"time"

	"recado/conversation"
)

func session() *conversation.Session {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	return &conversation.Session{
		ID: queueID, TokenHash: "0123secret", Agent: "eva@example.com", CreatedAt: at, LastUsedAt: at.Add(time.Hour), ExpiresAt: at.Add(12 * time.Hour),
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", RemoteIP: "192.0.2.1",
	}
}

func (d *fakeDesk) Sessions(_ context.Context, a conversation.Actor, email string, p conversation.Page) ([]*conversation.Session, string, error) {
	return []*conversation.Session{session()}, d.next(), d.ask("Sessions %s %s %+v", who(a), email, p)
}

func (d *fakeDesk) EndAgentSession(_ context.Context, in conversation.Intent, email, id string) (*conversation.Session, error) {
	return session(), d.ask("EndAgentSession %s %s %s", intentOf(in), email, id)
}

func (d *fakeDesk) EndSessions(_ context.Context, in conversation.Intent, email, kept string) ([]*conversation.Session, error) {
	return []*conversation.Session{session()}, d.ask("EndSessions %s %s %q", intentOf(in), email, kept)
}
