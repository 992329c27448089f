package inbox

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"recado/conversation"
	"recado/internal/say"
)

// Tokens are those by which programs use the API. *conversation.Manager has them.
type Tokens interface {
	Tokens(ctx context.Context, actor conversation.Actor, page conversation.Page) ([]*conversation.Token, string, error)
	// AddToken returns the secret besides, which nobody is told again.
	AddToken(ctx context.Context, intent conversation.Intent, in conversation.TokenInput) (*conversation.Token, string, error)
	RevokeToken(ctx context.Context, intent conversation.Intent, id string) (*conversation.Token, error)
}

// tokensView is Settings > Tokens.
type tokensView struct {
	Rows      []tokenView // the newest first, after them those that were revoked
	Add       tokenForm
	Roles     []choice
	Teams     []choice
	Secret    string // of the token that was just made
	Made      string // its name
	Complaint string
}

type tokenView struct {
	ID, Name, Role, Departments, By string
	Created, Used, Ended            *moment
	EndedBy                         string
}

// tokenForm is what is being typed.
type tokenForm struct {
	Open        bool
	Key         string // of this form: sent twice, it makes one token
	Name, Role  string
	Departments []string
	Error       string
}

// admins lets admins alone through.
func (in *Inbox) admins(h handler) http.HandlerFunc {
	return in.agent(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		if !v.actor.MaySettle() {
			return &conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("only an admin may do this")}
		}
		return h(w, r, v)
	})
}

func (in *Inbox) showTokens(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderTokens(w, r, v, http.StatusOK, tokensView{})
}

func (in *Inbox) renderTokens(w http.ResponseWriter, r *http.Request, v *visit, status int, view tokensView) error {
	p := page{Title: v.lang.T("tokens.title"), Body: &view}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	all, _, err := in.agents.Tokens(r.Context(), v.actor, conversation.Page{Limit: conversation.MaxLimit}) // more there are not
	if err != nil {
		return err
	}
	slices.Reverse(all)
	var good, ended []*conversation.Token
	for _, t := range all {
		if t.Revoked() {
			ended = append(ended, t)
		} else {
			good = append(good, t)
		}
	}
	for _, t := range append(good, ended...) {
		view.Rows = append(view.Rows, v.tokenView(t))
	}
	view.Roles, view.Teams = v.roleChoices(view.Add.Role), v.teamChoices(view.Add.Departments)
	view.Add.Key = conversation.NewID(v.now)
	if r.URL.Query().Get("done") == "revoked" {
		p.Notice = v.lang.T("tokens.done")
	}
	return in.render(w, v, status, "settings_tokens", p)
}

func (v *visit) tokenView(t *conversation.Token) tokenView {
	view := tokenView{ID: t.ID, Name: t.Name, Role: v.lang.word("role.", string(t.Role)), By: t.CreatedBy, EndedBy: t.RevokedBy}
	view.Departments = v.teamNames(t.Departments)
	when := v.moment(t.CreatedAt)
	view.Created = &when
	if !t.LastUsedAt.IsZero() {
		used := v.moment(t.LastUsedAt)
		view.Used = &used
	}
	if t.Revoked() {
		ended := v.moment(t.RevokedAt)
		view.Ended = &ended
	}
	return view
}

// addToken answers with the page that shows the token, not with a redirect: it must stand in no address, and
// be asked for by nobody again.
func (in *Inbox) addToken(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	f := tokenForm{Open: true, Name: r.PostForm.Get("name"), Role: r.PostForm.Get("role"), Departments: r.PostForm["department"]}
	switch {
	case strings.TrimSpace(f.Name) == "":
		f.Error = v.lang.T("tokens.noname")
	case len(f.Departments) == 0 && f.Role != string(conversation.RoleAdmin):
		f.Error = v.lang.T("tokens.noteam")
	}
	if f.Error != "" {
		return in.renderTokens(w, r, v, http.StatusUnprocessableEntity, tokensView{Add: f})
	}
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: r.PostForm.Get("key")}
	t, secret, err := in.agents.AddToken(r.Context(), intent, conversation.TokenInput{Name: f.Name, Role: conversation.Role(f.Role), Departments: f.Departments})
	var told *conversation.Error
	switch {
	case err == nil:
		return in.renderTokens(w, r, v, http.StatusOK, tokensView{Secret: secret, Made: t.Name})
	case errors.As(err, &told) && (told.Code == conversation.CodeInvalid || told.Code == conversation.CodeConflict):
		f.Error = v.reason(err)
		status, _ := failure(err)
		return in.renderTokens(w, r, v, status, tokensView{Add: f})
	}
	return err
}

func (in *Inbox) revokeToken(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	if _, err := in.agents.RevokeToken(r.Context(), conversation.Intent{Actor: v.actor}, r.PostForm.Get("id")); err != nil {
		return err
	}
	http.Redirect(w, r, "/settings/tokens?done=revoked", http.StatusSeeOther)
	return nil
}
