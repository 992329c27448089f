package inbox

import (
	"context"
	"errors"
	"net/http"

	"recado/conversation"
	"recado/internal/say"
)

var (
	errBadForm  = &conversation.Error{Code: conversation.CodeInvalid, Sentence: say.Of("the form could not be read")}
	errNotFound = &conversation.Error{Code: conversation.CodeNotFound, Sentence: say.Of("no such page")}
)

// errorView is what the page of an error says: what happened, whether anything was lost, what to do.
type errorView struct {
	Title, Text, Detail string
	LoggedIn            bool
}

// failure is what each kind of error is answered with. It is the only place that does.
func failure(err error) (status int, key string) {
	var e *conversation.Error
	if !errors.As(err, &e) {
		return http.StatusInternalServerError, "error.fault"
	}
	switch e.Code {
	case conversation.CodeInvalid:
		return http.StatusUnprocessableEntity, "error.invalid"
	case conversation.CodeNotFound:
		return http.StatusNotFound, "error.notfound"
	case conversation.CodeConflict, conversation.CodeChanged:
		return http.StatusConflict, "error.conflict"
	case conversation.CodeForbidden:
		return http.StatusForbidden, "error.forbidden"
	case conversation.CodeTooMany:
		return http.StatusTooManyRequests, "error.toomany"
	}
	return http.StatusInternalServerError, "error.fault"
}

// fail answers with the page of an error. The cause goes to the log only.
func (in *Inbox) fail(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the browser has gone
	}
	status, key := failure(err)
	view := errorView{Title: v.lang.T(key), Text: v.lang.T(key + ".text"), LoggedIn: v.agent != nil}
	var e *conversation.Error
	switch {
	case status == http.StatusInternalServerError:
		in.log.Error("failed", "method", r.Method, "path", r.URL.Path, "agent", v.actor.Email, "err", err)
	case errors.As(err, &e) && status != http.StatusNotFound:
		view.Detail = v.told(e.Sentence)
	}
	in.renderError(w, v, status, view)
}

func (in *Inbox) renderError(w http.ResponseWriter, v *visit, status int, view errorView) {
	if err := in.render(w, v, status, "error", page{Title: view.Title, Body: view}); err != nil {
		in.log.Error("render the page of an error", "err", err)
		http.Error(w, view.Title, status)
	}
}

// notFound tells an agent so in his language, and a stranger in the browser's.
func (in *Inbox) notFound(_ http.ResponseWriter, r *http.Request, v *visit) error {
	if _, err := in.recognize(r, v); err != nil {
		return err
	}
	return errNotFound
}

// refuseForeign answers what another site made a browser send.
func (in *Inbox) refuseForeign(w http.ResponseWriter, r *http.Request, v *visit) error {
	in.log.Warn("cross-origin request refused", "path", r.URL.Path, "origin", r.Header.Get("Origin"))
	in.renderError(w, v, http.StatusForbidden, errorView{Title: v.lang.T("error.foreign"), Text: v.lang.T("error.foreign.text")})
	return nil
}

// hasCode tells whether err is an answer of that kind.
func hasCode(err error, code conversation.Code) bool {
	var e *conversation.Error
	return errors.As(err, &e) && e.Code == code
}
