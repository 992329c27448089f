package api_test

import (
	"context"

	"recado/conversation"
)

func (d *fakeDesk) SetProfile(_ context.Context, in conversation.Intent, email string, e conversation.ProfileEdit) (*conversation.Agent, error) {
	return agent(), d.ask("SetProfile %s %s name=%t language=%t signature=%q", intentOf(in), email, e.Name != nil, e.Language != nil, *e.Signature)
}
