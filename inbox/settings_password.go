package inbox

import (
	"errors"
	"net/http"

	"recado/conversation"
)

// changePassword is where an agent changes the own password. It has no fragment: the browser would go by that, and not
// begin at the first field.
const changePassword = youPage + "?change=password"

// ownPassword is the form by which an agent changes the own password. What was typed is never shown again.
type ownPassword struct {
	Open   bool
	Floor  string            // what a password needs
	Errors map[string]string // by field
}

// At tells whether the field is where to begin: the first that is wrong, else the first.
func (f ownPassword) At(field string) bool {
	for _, name := range []string{"password", "new", "again"} {
		if f.Errors[name] != "" {
			return name == field
		}
	}
	return f.Open && field == "password"
}

// offerPassword fills in the form that was not sent.
func (v *visit) offerPassword(r *http.Request, f *ownPassword) {
	f.Open = f.Open || r.URL.Query().Get("change") == "password"
	f.Floor = v.lang.T("agents.password.floor", "n", v.lang.number(conversation.MinPassword))
}

// changeOwnPassword ends all other sessions of the agent; this one goes on.
func (in *Inbox) changeOwnPassword(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := formUpTo(w, r, maxLoginForm); err != nil {
		return err
	}
	proof, password := in.proof(r, v), r.PostForm.Get("new")
	mistakes := map[string]string{}
	if proof.Password == "" {
		mistakes["password"] = v.lang.T("you.password.nocurrent")
	}
	if words := v.passwordFault(password, v.agent.Email, v.agent.Name); words != "" {
		mistakes["new"] = words
	} else if password != r.PostForm.Get("again") {
		mistakes["again"] = v.lang.T("you.password.differs")
	}
	if len(mistakes) > 0 {
		return in.refuseOwnPassword(w, r, v, http.StatusUnprocessableEntity, mistakes)
	}
	err := in.agents.ChangePassword(r.Context(), proof, password)
	var throttled *conversation.ThrottledError
	switch {
	case err == nil:
		http.Redirect(w, r, youPage+"?done=password", http.StatusSeeOther)
		return nil
	case errors.As(err, &throttled):
		in.log.Warn("change of a password throttled", "agent", v.agent.Email, "remote", proof.Remote)
		return in.refuseOwnPassword(w, r, v, http.StatusTooManyRequests, map[string]string{"password": v.wait(w, throttled)})
	case conversation.IsLoginError(err):
		in.log.Warn("change of a password failed", "agent", v.agent.Email, "remote", proof.Remote)
		return in.refuseOwnPassword(w, r, v, http.StatusUnprocessableEntity, map[string]string{"password": v.lang.T("step.password.wrong")})
	case errors.Is(err, conversation.ErrSamePassword):
		return in.refuseOwnPassword(w, r, v, http.StatusUnprocessableEntity, map[string]string{"new": v.lang.T("you.password.same")})
	case errors.Is(err, conversation.ErrNoSession): // it ended while the form was sent
		return in.askLogin(w, r, v)
	}
	return err
}

func (in *Inbox) refuseOwnPassword(w http.ResponseWriter, r *http.Request, v *visit, status int, mistakes map[string]string) error {
	return in.renderYou(w, r, v, status, youView{
		Name: v.agent.Name, Signature: v.agent.Signature, Password: ownPassword{Open: true, Errors: mistakes},
	})
}
