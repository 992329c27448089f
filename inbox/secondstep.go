package inbox

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"recado/conversation"
)

// SecondSteps are what agents prove besides the password. *conversation.Manager has them.
type SecondSteps interface {
	AwaitCode(ctx context.Context, a *conversation.Agent) (token string, err error)
	LoginAgent(ctx context.Context, token string) (*conversation.Agent, error)
	FinishLogin(ctx context.Context, token, code string, remote netip.Addr, in conversation.SessionInput) (session string, recovery bool, err error)

	SecondStep(ctx context.Context, actor conversation.Actor) (conversation.SecondStepState, error)
	BeginSecondStep(ctx context.Context, p conversation.Proof) (*conversation.Enrolment, error)
	Enrolment(ctx context.Context, session string) (*conversation.Enrolment, error)
	ConfirmSecondStep(ctx context.Context, session, code string) (recovery []string, err error)
	RenewRecoveryCodes(ctx context.Context, p conversation.Proof) ([]string, error)
	EndSecondStep(ctx context.Context, p conversation.Proof) error
	AcknowledgeSecondStep(ctx context.Context, actor conversation.Actor) error
	ResetSecondStep(ctx context.Context, intent conversation.Intent, email string) (*conversation.Agent, error)
}

// stepCookieLife is longer than a log-in waits for its second step: who comes too late is told so.
const stepCookieLife = time.Hour

// stepCookie holds the token of a log-in that waits for its second step.
func (in *Inbox) stepCookie() string { return in.cookieName() + "-step" }

// askCode goes on with the log-in of an agent whose password was right. There is no session yet.
func (in *Inbox) askCode(w http.ResponseWriter, r *http.Request, a *conversation.Agent, next string) error {
	token, err := in.agents.AwaitCode(r.Context(), a)
	if err != nil {
		return err
	}
	in.setCookie(w, in.stepCookie(), token, stepCookieLife)
	q := url.Values{"next": {next}}
	if lang := r.URL.Query().Get("lang"); in.languages[lang] != nil {
		q.Set("lang", lang)
	}
	http.Redirect(w, r, "/login/code?"+q.Encode(), http.StatusSeeOther)
	return nil
}

// codeView is the second step of a log-in.
type codeView struct {
	Email, Next, Lang, Error string
	Recovery                 bool // a recovery code is typed
}

func (in *Inbox) showCode(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderCode(w, r, v, codeView{Next: safeNext(r.URL.Query().Get("next"))}, nil)
}

// renderCode asks for a code, and says why the last one was refused. It leads to the first step where no log-in waits
// for its second.
func (in *Inbox) renderCode(w http.ResponseWriter, r *http.Request, v *visit, view codeView, refused error) error {
	token := in.cookie(r, in.stepCookie())
	a, err := in.agents.LoginAgent(r.Context(), token)
	switch {
	case errors.Is(err, conversation.ErrNoLogin) && token == "":
		http.Redirect(w, r, "/login?next="+url.QueryEscape(view.Next), http.StatusSeeOther)
		return nil
	case errors.Is(err, conversation.ErrNoLogin):
		in.setCookie(w, in.stepCookie(), "", 0)
		return in.renderLogin(w, r, v, http.StatusUnauthorized, loginView{Next: view.Next, Error: v.lang.T("login.late")})
	case err != nil:
		return err
	}
	view.Email, view.Lang = a.Email, r.URL.Query().Get("lang")
	if l := in.languages[a.Language]; l != nil && in.languages[view.Lang] == nil {
		v.lang = l
	}
	if refused != nil {
		in.log.Warn("second step failed", "agent", a.Email, "remote", in.Remote(r), "err", refused)
	}
	status := http.StatusOK
	var throttled *conversation.ThrottledError
	switch {
	case errors.As(refused, &throttled):
		status, view.Error = http.StatusTooManyRequests, v.wait(w, throttled)
	case refused != nil:
		status, view.Error = http.StatusUnauthorized, v.lang.T("step.wrong")
	}
	return in.render(w, v, status, "login_code", page{Title: v.lang.T("step.title"), Body: view})
}

// wait says how long to, in the head of the answer too.
func (v *visit) wait(w http.ResponseWriter, e *conversation.ThrottledError) string {
	seconds := max(1, int(math.Ceil(e.RetryAfter.Seconds())))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return v.lang.T("login.throttled", "wait", v.lang.span(time.Duration(seconds)*time.Second))
}

func (in *Inbox) giveCode(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := formUpTo(w, r, maxLoginForm); err != nil {
		return err
	}
	view := codeView{Next: safeNext(r.PostForm.Get("next")), Recovery: r.PostForm.Get("with") == "recovery"}
	session, recovery, err := in.agents.FinishLogin(r.Context(), in.cookie(r, in.stepCookie()), r.PostForm.Get("code"), in.Remote(r), in.sessionInput(r))
	var throttled *conversation.ThrottledError
	switch {
	case errors.Is(err, conversation.ErrWrongCode), errors.As(err, &throttled), errors.Is(err, conversation.ErrNoLogin):
		return in.renderCode(w, r, v, view, err)
	case err != nil:
		return err
	}
	a, _, err := in.agents.SessionAgent(r.Context(), session)
	if err != nil {
		return err
	}
	in.setCookie(w, in.stepCookie(), "", 0)
	if recovery { // tells how many are left
		view.Next = stepPage + "?" + url.Values{"done": {"recovery"}, "next": {view.Next}}.Encode()
	}
	return in.enter(w, r, a, session, view.Next)
}
