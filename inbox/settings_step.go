package inbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"recado/conversation"
)

// stepPage is Settings > You > Second step.
const stepPage = "/settings/you/second-step"

// stepState is how the agent's second step stands, in words.
type stepState struct {
	On          bool
	Since, Made *moment // Made: the recovery codes
	Left        int     // of them
	Ended       *moment // somebody else turned it off then
	EndedBy     string
}

func (in *Inbox) stepState(ctx context.Context, v *visit) (stepState, error) {
	s, err := in.agents.SecondStep(ctx, v.actor)
	if err != nil {
		return stepState{}, err
	}
	out := stepState{On: s.On, Left: s.Left, EndedBy: s.EndedBy}
	if s.On {
		since, made := v.moment(s.Since), v.moment(s.CodesAt)
		out.Since, out.Made = &since, &made
	} else if !s.EndedAt.IsZero() {
		ended := v.moment(s.EndedAt)
		out.Ended = &ended
		if s.EndedBy == (conversation.Actor{Operator: true}).Label() {
			out.EndedBy = v.lang.T("person.operator")
		}
	}
	return out, nil
}

// stepView is the page.
type stepView struct {
	stepState
	Enrol   *enrolView
	Codes   []string // for recovery, which were just made
	Next    string   // where a log-in was going
	Error   string
	ErrorAt string // the form that it is of
}

// enrolView is what the app is told.
type enrolView struct {
	QR     *qrCode
	URI    string
	Groups []string
}

func (in *Inbox) showStep(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderStep(w, r, v, http.StatusOK, stepView{})
}

func (in *Inbox) renderStep(w http.ResponseWriter, r *http.Request, v *visit, status int, view stepView) error {
	p := page{Title: v.lang.T("step.title"), Body: &view}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	var err error
	if view.stepState, err = in.stepState(r.Context(), v); err != nil {
		return err
	}
	if next := r.URL.Query().Get("next"); next != "" {
		view.Next = safeNext(next)
	}
	switch r.URL.Query().Get("done") {
	case "off":
		p.Notice = v.lang.T("step.ended")
	case "recovery":
		p.Notice = v.lang.T("step.used")
	}
	return in.render(w, v, status, "settings_step", p)
}

// proof is what the form gives, beside the session.
func (in *Inbox) proof(r *http.Request, v *visit) conversation.Proof {
	return conversation.Proof{Session: v.token, Password: r.PostForm.Get("password"), Remote: in.Remote(r)}
}

// refusedStep shows the page again with what was wrong with one of its forms; an error that no form can mend comes back.
func (in *Inbox) refusedStep(w http.ResponseWriter, r *http.Request, v *visit, view stepView, err error) error {
	status := http.StatusUnprocessableEntity
	var throttled *conversation.ThrottledError
	switch {
	case errors.As(err, &throttled):
		status, view.Error = http.StatusTooManyRequests, v.wait(w, throttled)
	case conversation.IsLoginError(err):
		view.Error = v.lang.T("step.password.wrong")
	case errors.Is(err, conversation.ErrWrongCode):
		view.Error = v.lang.T("step.wrong")
	case errors.Is(err, conversation.ErrNoEnrolment):
		status, view.Error = http.StatusConflict, v.lang.T("step.late")
	case errors.Is(err, conversation.ErrNoSession): // it ended while the form was sent
		return in.askLogin(w, r, v)
	default:
		return err
	}
	return in.renderStep(w, r, v, status, view)
}

// beginStep answers with the page that shows the secret, not with a redirect: it must stand in no address.
func (in *Inbox) beginStep(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := formUpTo(w, r, maxLoginForm); err != nil {
		return err
	}
	e, err := in.agents.BeginSecondStep(r.Context(), in.proof(r, v))
	if err != nil {
		return in.refusedStep(w, r, v, stepView{ErrorAt: "begin"}, err)
	}
	enrol, err := in.enrolView(e)
	if err != nil {
		return err
	}
	return in.renderStep(w, r, v, http.StatusOK, stepView{Enrol: enrol})
}

func (in *Inbox) enrolView(e *conversation.Enrolment) (*enrolView, error) {
	issuer := "Recado"
	if u, err := url.Parse(in.origin); err == nil && u.Hostname() != "" {
		issuer += " " + u.Hostname()
	}
	uri := e.URI(issuer)
	code, err := newQRCode(uri)
	if err != nil {
		return nil, err
	}
	return &enrolView{QR: code, URI: uri, Groups: e.Groups()}, nil
}

// confirmStep answers with the recovery codes, as beginStep does with the secret.
func (in *Inbox) confirmStep(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := formUpTo(w, r, maxLoginForm); err != nil {
		return err
	}
	codes, err := in.agents.ConfirmSecondStep(r.Context(), v.token, r.PostForm.Get("code"))
	if err == nil {
		return in.renderStep(w, r, v, http.StatusOK, stepView{Codes: codes})
	}
	view := stepView{ErrorAt: "begin"}
	if errors.Is(err, conversation.ErrWrongCode) { // the same secret again
		e, lost := in.agents.Enrolment(r.Context(), v.token)
		if lost != nil {
			return in.refusedStep(w, r, v, view, lost)
		}
		if view.Enrol, lost = in.enrolView(e); lost != nil {
			return lost
		}
		view.ErrorAt = "confirm"
	}
	return in.refusedStep(w, r, v, view, err)
}

func (in *Inbox) renewCodes(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := formUpTo(w, r, maxLoginForm); err != nil {
		return err
	}
	codes, err := in.agents.RenewRecoveryCodes(r.Context(), in.proof(r, v))
	if err != nil {
		return in.refusedStep(w, r, v, stepView{ErrorAt: "codes"}, err)
	}
	return in.renderStep(w, r, v, http.StatusOK, stepView{Codes: codes})
}

func (in *Inbox) endStep(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := formUpTo(w, r, maxLoginForm); err != nil {
		return err
	}
	if err := in.agents.EndSecondStep(r.Context(), in.proof(r, v)); err != nil {
		return in.refusedStep(w, r, v, stepView{ErrorAt: "off"}, err)
	}
	http.Redirect(w, r, stepPage+"?done=off", http.StatusSeeOther)
	return nil
}

// acknowledgeStep: the agent knows that somebody else turned it off, and goes where the log-in was going.
func (in *Inbox) acknowledgeStep(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := formUpTo(w, r, maxLoginForm); err != nil {
		return err
	}
	if err := in.agents.AcknowledgeSecondStep(r.Context(), v.actor); err != nil {
		return err
	}
	http.Redirect(w, r, safeNext(r.PostForm.Get("next")), http.StatusSeeOther)
	return nil
}
