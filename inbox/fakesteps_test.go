package inbox

import (
	"context"
	"net/netip"

	"recado/conversation"
	"recado/internal/say"
)

// fakeSteps is what the fake has of second steps: an app that always shows the same code.
type fakeSteps struct {
	states  map[string]conversation.SecondStepState // by agent
	waiting map[string]string                       // log-ins
	begun   map[string]string                       // enrolments by session
}

const (
	appCode      = "755224"
	recoveryCode = "aaaa-bbbb-cccc-dddd"
	appSecret    = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

func newFakeSteps() fakeSteps {
	return fakeSteps{states: map[string]conversation.SecondStepState{}, waiting: map[string]string{}, begun: map[string]string{}}
}

func (a *fakeAgents) AwaitCode(_ context.Context, agent *conversation.Agent) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	token := "waiting-" + agent.Email
	a.steps.waiting[token] = agent.Email
	return token, nil
}

func (a *fakeAgents) LoginAgent(_ context.Context, token string) (*conversation.Agent, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if agent := a.agents[a.steps.waiting[token]]; agent != nil {
		return agent, nil
	}
	return nil, conversation.ErrNoLogin
}

func (a *fakeAgents) FinishLogin(ctx context.Context, token, code string, _ netip.Addr, in conversation.SessionInput) (string, bool, error) {
	agent, err := a.LoginAgent(ctx, token)
	switch {
	case err != nil:
		return "", false, err
	case a.throttle > 0:
		return "", false, &conversation.ThrottledError{RetryAfter: a.throttle}
	case code != appCode && code != recoveryCode:
		return "", false, conversation.ErrWrongCode
	}
	delete(a.steps.waiting, token)
	in.Agent = agent.Email
	session, _, err := a.StartSession(ctx, in)
	return session, code == recoveryCode, err
}

func (a *fakeAgents) SecondStep(_ context.Context, actor conversation.Actor) (conversation.SecondStepState, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.steps.states[actor.Email], nil
}

// prove answers whose proof it is.
func (a *fakeAgents) prove(p conversation.Proof) (string, error) {
	if a.throttle > 0 {
		return "", &conversation.ThrottledError{RetryAfter: a.throttle}
	}
	if p.Password != password {
		return "", errWrong
	}
	return a.sessions[p.Session], nil
}

func (a *fakeAgents) BeginSecondStep(_ context.Context, p conversation.Proof) (*conversation.Enrolment, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	email, err := a.prove(p)
	if err != nil {
		return nil, err
	}
	a.steps.begun[p.Session] = email
	return &conversation.Enrolment{Account: email, Secret: appSecret}, nil
}

func (a *fakeAgents) Enrolment(_ context.Context, session string) (*conversation.Enrolment, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if email := a.steps.begun[session]; email != "" {
		return &conversation.Enrolment{Account: email, Secret: appSecret}, nil
	}
	return nil, conversation.ErrNoEnrolment
}

func (a *fakeAgents) set(email string, s conversation.SecondStepState) {
	a.steps.states[email] = s
	a.agents[email].SecondStep = s.On
}

func (a *fakeAgents) ConfirmSecondStep(ctx context.Context, session, code string) ([]string, error) {
	e, err := a.Enrolment(ctx, session)
	if err != nil {
		return nil, err
	}
	if code != appCode {
		return nil, conversation.ErrWrongCode
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.steps.begun, session)
	a.set(e.Account, conversation.SecondStepState{On: true, Since: today, Left: 10, CodesAt: today})
	return []string{recoveryCode, "eeee-ffff-gggg-hhhh"}, nil
}

func (a *fakeAgents) RenewRecoveryCodes(_ context.Context, p conversation.Proof) ([]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, err := a.prove(p)
	return []string{"iiii-jjjj-kkkk-llll"}, err
}

func (a *fakeAgents) EndSecondStep(_ context.Context, p conversation.Proof) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	email, err := a.prove(p)
	if err == nil {
		a.set(email, conversation.SecondStepState{})
	}
	return err
}

func (a *fakeAgents) AcknowledgeSecondStep(_ context.Context, actor conversation.Actor) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.steps.states[actor.Email] = conversation.SecondStepState{}
	return nil
}

func (a *fakeAgents) ResetSecondStep(_ context.Context, intent conversation.Intent, email string) (*conversation.Agent, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	agent, err := a.of(email)
	switch {
	case err != nil:
		return nil, err
	case intent.Actor.Email == email:
		return nil, &conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("one's own")}
	}
	a.set(email, conversation.SecondStepState{EndedAt: today, EndedBy: intent.Actor.Label()})
	return agent, nil
}

func (a *fakeAgents) ChangePassword(_ context.Context, p conversation.Proof, new string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if new == p.Password {
		return conversation.ErrSamePassword
	}
	email, err := a.prove(p)
	switch {
	case err != nil:
		return err
	case email == "":
		return conversation.ErrNoSession
	}
	a.changed = append(a.changed, email+" "+new)
	return nil
}
