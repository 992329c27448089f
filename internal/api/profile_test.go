package api_test

import (
	"context"

	"recado/conversation"
)

func (d *fakeDesk) SetAgent(_ context.Context, in conversation.Intent, email string, e conversation.AgentEdit) (*conversation.Agent, error) {
	var role conversation.Role
	if e.Role != nil {
		role = *e.Role
	}
	var departments []string
	if e.Departments != nil {
		departments = *e.Departments
	}
	return agent(), d.ask("SetAgent %s %s name=%t language=%t signature=%q role=%q departments=%q", intentOf(in), email, e.Name != nil, e.Language != nil, *e.Signature, role, departments)
}

func (d *fakeDesk) ResetSecondStep(_ context.Context, in conversation.Intent, email string) (*conversation.Agent, error) {
	return agent(), d.ask("ResetSecondStep %s %s", intentOf(in), email)
}

func (d *fakeDesk) EnableAgent(_ context.Context, in conversation.Intent, email string) (*conversation.Agent, error) {
	return agent(), d.ask("EnableAgent %s %s", intentOf(in), email)
}
