package inbox

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"recado/conversation"
)

// visit is one request of an agent: who, in which language, when.
type visit struct {
	agent *conversation.Agent // nil before logging in
	actor conversation.Actor
	token string
	// session is the log-in; nil before it.
	session *conversation.Session
	lang    *language
	dir     *conversation.Directory
	now     time.Time
	log     *slog.Logger
	names   map[string]string // of colleagues, by address; where a screen shows them
	// colleagues are the agents, where a screen shows them.
	colleagues []*conversation.Agent
}

// name is a colleague's, the address of one who is not known.
func (v *visit) name(email string) string {
	if n := v.names[email]; n != "" {
		return n
	}
	return email
}

type handler func(w http.ResponseWriter, r *http.Request, v *visit) error

// open serves what needs no log-in.
func (in *Inbox) open(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &visit{lang: in.guestLanguage(r), dir: in.desk.Directory(), now: in.now(), log: in.log}
		if err := h(w, r, v); err != nil {
			in.fail(w, r, v, err)
		}
	}
}

// agent serves what only an agent may reach; others are led to the log-in and back.
func (in *Inbox) agent(h handler) http.HandlerFunc {
	return in.open(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		known, err := in.recognize(r, v)
		if err != nil {
			return err
		}
		if !known {
			return in.askLogin(w, r, v)
		}
		return h(w, r, v)
	})
}

// recognize puts the agent whose session the browser has into the visit, and tells whether there is one.
func (in *Inbox) recognize(r *http.Request, v *visit) (known bool, err error) {
	token := in.token(r)
	a, s, err := in.agents.SessionAgent(r.Context(), token)
	if errors.Is(err, conversation.ErrNoSession) || err == nil && a == nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if s.UseIsDue(v.now) {
		in.agents.NoteSessionUse(r.Context(), token, in.Remote(r))
	}
	v.agent, v.actor, v.token, v.session = a, in.actorOf(a, r), token, s
	v.lang = in.languages[in.fallback]
	if l := in.languages[a.Language]; l != nil {
		v.lang = l
	}
	return true, nil
}

// actorOf is the agent as the one who makes the request.
func (in *Inbox) actorOf(a *conversation.Agent, r *http.Request) conversation.Actor {
	actor := conversation.ActorOf(a)
	actor.Via, actor.Remote = conversation.ViaInbox, in.Remote(r)
	return actor
}

// askLogin leads a browser to the log-in. What is not a page is told so.
func (in *Inbox) askLogin(w http.ResponseWriter, r *http.Request, v *visit) error {
	if dest := r.Header.Get("Sec-Fetch-Dest"); r.URL.Path == "/events" || dest == "iframe" || dest == "image" || dest == "empty" {
		http.Error(w, v.lang.T("login.needed"), http.StatusUnauthorized)
		return nil
	}
	target := "/login"
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		target += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

// cookieName carries the prefix that keeps other hosts of the domain from setting it (RFC 6265bis
// 4.1.3.2), which browsers allow with https only.
func (in *Inbox) cookieName() string {
	if in.secure {
		return "__Host-recado"
	}
	return "recado"
}

// token is that of the browser's session.
func (in *Inbox) token(r *http.Request) string { return in.cookie(r, in.cookieName()) }

func (in *Inbox) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (in *Inbox) setCookie(w http.ResponseWriter, name, token string, life time.Duration) {
	c := &http.Cookie{
		Name: name, Value: token, Path: "/", HttpOnly: true, Secure: in.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(life / time.Second),
	}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// loginView is what the log-in shows.
type loginView struct {
	Email, Next, Error string
	Languages          []choice
	Lang               string // when it was chosen here, so that it is kept
}

// choice is one of several, for links and selections.
type choice struct {
	Value, Label, URL string
	Current           bool
}

func (in *Inbox) showLogin(w http.ResponseWriter, r *http.Request, v *visit) error {
	next := safeNext(r.URL.Query().Get("next"))
	if a, _, err := in.agents.SessionAgent(r.Context(), in.token(r)); err == nil && a != nil {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	return in.renderLogin(w, r, v, http.StatusOK, loginView{Next: next})
}

func (in *Inbox) renderLogin(w http.ResponseWriter, r *http.Request, v *visit, status int, view loginView) error {
	view.Lang = r.URL.Query().Get("lang") // FormValue would read files too, as many as a stranger sends
	for _, code := range conversation.Languages {
		q := url.Values{"lang": {code}, "next": {view.Next}}
		view.Languages = append(view.Languages, choice{
			Value: code, Label: in.languages[code].name, URL: "/login?" + q.Encode(), Current: code == v.lang.code,
		})
	}
	return in.render(w, v, status, "login", page{Title: v.lang.T("login.title"), Body: view})
}

func (in *Inbox) login(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := formUpTo(w, r, maxLoginForm); err != nil {
		return err
	}
	email, next := strings.TrimSpace(r.PostForm.Get("email")), safeNext(r.PostForm.Get("next"))
	remote := in.Remote(r)
	named, _ := cutText(email, 254) // for the log, in which a stranger shall not write as much as he likes
	a, err := in.agents.Authenticate(r.Context(), email, r.PostForm.Get("password"), remote)
	var throttled *conversation.ThrottledError
	switch {
	case errors.As(err, &throttled):
		in.log.Warn("log-in throttled", "agent", named, "remote", remote)
		return in.renderLogin(w, r, v, http.StatusTooManyRequests, loginView{Email: email, Next: next, Error: v.wait(w, throttled)})
	case conversation.IsLoginError(err):
		in.log.Warn("log-in failed", "agent", named, "remote", remote)
		return in.renderLogin(w, r, v, http.StatusUnauthorized, loginView{Email: email, Next: next, Error: v.lang.T("login.wrong")})
	case err != nil:
		return err
	}
	if a.SecondStep {
		return in.askCode(w, r, a, next)
	}
	input := in.sessionInput(r)
	input.Agent, input.Password = a.Email, a.Password
	token, _, err := in.agents.StartSession(r.Context(), input)
	if err != nil {
		return err
	}
	return in.enter(w, r, a, token, next)
}

// sessionInput is what a request tells of a session that it begins.
func (in *Inbox) sessionInput(r *http.Request) conversation.SessionInput {
	return conversation.SessionInput{Life: in.life, UserAgent: r.UserAgent(), RemoteIP: in.Remote(r).String()}
}

// enter lets an agent in whose session has begun. Who must know that somebody turned the second step off is told first.
func (in *Inbox) enter(w http.ResponseWriter, r *http.Request, a *conversation.Agent, token, next string) error {
	if old := in.token(r); old != "" { // the browser's earlier session is nobody's any more
		if err := in.agents.EndSession(r.Context(), in.actorOf(a, r), old); err != nil {
			in.log.Error("end earlier session", "err", err)
		}
	}
	step, err := in.agents.SecondStep(r.Context(), conversation.ActorOf(a))
	if err != nil {
		return err
	}
	if !step.EndedAt.IsZero() {
		next = stepPage + "?next=" + url.QueryEscape(next)
	}
	in.log.Info("logged in", "agent", a.Email, "remote", in.Remote(r))
	in.setCookie(w, in.cookieName(), token, in.life)
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

func (in *Inbox) logout(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := in.agents.EndSession(r.Context(), v.actor, v.token); err != nil {
		return err
	}
	in.setCookie(w, in.cookieName(), "", 0)
	// The browser forgets drafts too.
	w.Header().Set("Clear-Site-Data", `"storage"`)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

func (in *Inbox) chooseLanguage(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	_, err := in.agents.SetLanguage(r.Context(), conversation.Intent{Actor: v.actor}, v.agent.Email, r.PostForm.Get("language"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, safeNext(r.PostForm.Get("next")), http.StatusSeeOther)
	return nil
}

// safeNext is where to go after logging in: a page of ours, whatever was asked.
func safeNext(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.ContainsAny(s, "\\\r\n\t") {
		return "/inbox"
	}
	if !strings.HasPrefix(u.Path, "/") || u.Path == "/" || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "..") {
		return "/inbox"
	}
	for _, noPage := range noPages {
		if u.Path == noPage || strings.HasPrefix(u.Path, noPage+"/") {
			return "/inbox"
		}
	}
	return u.RequestURI()
}

// noPages are the addresses, and what is below them, that show nothing to work with.
var noPages = []string{"/login", "/logout", "/language", "/events", "/static", "/messages", "/api"}
