package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"

	"recado/conversation"
)

// Prefix is where the API stands on a listener.
const Prefix = "/api/v1"

// Options are what a handler is made of.
type Options struct {
	Desk Desk
	// Authenticate tells who asks. ErrUnauthenticated becomes 401; a *conversation.Error its status.
	Authenticate func(*http.Request) (conversation.Actor, error)
	// File edits the channel file; nil: nothing here does.
	File ChannelFile
	// DNS knows the records of our domains; nil: they are not told here.
	DNS DNS
	// Local adds the routes that are for the local socket alone: those that make and change agents,
	// tell how the channel file stands, and explain.
	Local bool
	// MaxMessage bounds the files of a reply, in octets; 0: 25 MiB.
	MaxMessage int64
	// Verify says who vouches for the sender of a mail, for explain; in has everything but the verdict.
	// nil: nobody does.
	Verify func(ctx context.Context, in *conversation.Incoming, mail io.ReaderAt, size int64) conversation.Auth
	// Spam says what blocklists and rspamd think of it, for explain too. nil: nobody is asked.
	Spam func(ctx context.Context, in *conversation.Incoming, mail io.ReaderAt, size int64) *conversation.Spam
	Log  *slog.Logger // nil: silence
}

const defaultMaxMessage = 25 << 20

// handler serves the API. It keeps no state.
type handler struct {
	desk         Desk
	file         ChannelFile
	dns          DNS
	authenticate func(*http.Request) (conversation.Actor, error)
	maxMessage   int64
	verify       func(context.Context, *conversation.Incoming, io.ReaderAt, int64) conversation.Auth
	spam         func(context.Context, *conversation.Incoming, io.ReaderAt, int64) *conversation.Spam
	log          *slog.Logger
}

// New makes the handler of everything under [Prefix].
func New(o Options) http.Handler { return newHandler(o).routes(o.Local) }

// Routes are the methods and paths ("GET /protocols/{number}", without [Prefix]) that New serves with the same
// options, sorted.
func Routes(o Options) []string {
	var out []string
	for path, m := range newHandler(o).table(o.Local) {
		for method := range m {
			out = append(out, method+" "+path)
		}
	}
	slices.Sort(out)
	return out
}

func newHandler(o Options) *handler {
	h := &handler{desk: o.Desk, file: o.File, dns: o.DNS, authenticate: o.Authenticate, maxMessage: o.MaxMessage, verify: o.Verify, spam: o.Spam, log: o.Log}
	if h.maxMessage <= 0 {
		h.maxMessage = defaultMaxMessage
	}
	if h.verify == nil {
		h.verify = noVerdict
	}
	if h.spam == nil {
		h.spam = func(context.Context, *conversation.Incoming, io.ReaderAt, int64) *conversation.Spam { return nil }
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	return h
}

// endpoint answers one request of an actor, or returns the error that the mapper turns into a problem.
type endpoint func(w http.ResponseWriter, r *http.Request, a conversation.Actor) error

// methods are the endpoints of one path.
type methods map[string]endpoint

// table is the API on one screen, by path.
func (h *handler) table(local bool) map[string]methods {
	const get, post = http.MethodGet, http.MethodPost
	table := map[string]methods{
		"/protocols":                     {get: h.listProtocols},
		"/protocols/{number}":            {get: h.showProtocol},
		"/protocols/{number}/replies":    {post: h.reply},
		"/protocols/{number}/recontact":  {post: h.recontact},
		"/protocols/{number}/history":    {post: h.sendHistory},
		"/protocols/{number}/notes":      {post: h.note},
		"/protocols/{number}/finalize":   {post: h.finalize},
		"/protocols/{number}/reopen":     {post: h.reopen},
		"/protocols/{number}/split":      {post: h.split},
		"/protocols/{number}/merge":      {post: h.merge},
		"/protocols/{number}/undo":       {post: h.undo},
		"/protocols/{number}/assign":     {post: h.assign},
		"/protocols/{number}/tags":       {post: h.tag},
		"/protocols/{number}/transfer":   {post: h.transfer},
		"/mails":                         {post: h.sendMail},
		"/messages/{id}/raw":             {get: h.rawMail},
		"/messages/{id}/attachments/{n}": {get: h.attachment},
		"/held":                          {get: h.listHeld},
		"/held/{id}":                     {get: h.showHeld},
		"/held/{id}/accept":              {post: h.acceptHeld},
		"/held/{id}/discard":             {post: h.discardHeld},
		"/journal":                       {get: h.listJournal},
		"/audit":                         {get: h.listAudit},
		"/queue":                         {get: h.listQueue},
		"/queue/{id}":                    {get: h.showQueued},
		"/queue/{id}/retry":              {post: h.retryQueued},
		"/queue/{id}/cancel":             {post: h.cancelQueued},
		"/numbers":                       {get: h.showNumbers},
		"/numbers.csv":                   {get: h.numbersCSV},
		"/channels":                      {get: h.listChannels},
		"/departments":                   {get: h.listDepartments},
		"/agents":                        {get: h.listAgents},
		"/agents/{email}/sessions":       {get: h.listSessions},
		"/agents/{email}/sign-out":       {post: h.signOut},
		"/agents/{email}/totp-reset":     {post: h.resetTOTP},
		describes:                        {get: h.describe},
		"/tokens":                        {get: h.listTokens, post: h.addToken},
		"/tokens/{id}/revoke":            {post: h.revokeToken},
	}
	h.contactRoutes(table)
	h.channelRoutes(table, local)
	h.domainRoutes(table)
	h.departmentRoutes(table)
	h.cannedRoutes(table)
	h.searchRoutes(table)
	if local {
		table["/agents"][post] = h.addAgent
		table["/agents/{email}"] = methods{http.MethodPatch: h.setAgent}
		table["/agents/{email}/password"] = methods{post: h.setPassword}
		table["/agents/{email}/disable"] = methods{post: h.disableAgent}
		table["/agents/{email}/enable"] = methods{post: h.enableAgent}
		table["/explain"] = methods{post: h.explain}
		table["/messages/{id}/explain"] = methods{get: h.explainStored}
	}
	return table
}

func (h *handler) routes(local bool) http.Handler {
	mux := http.NewServeMux()
	for route, m := range h.table(local) {
		authenticate := h.authenticate
		if route == describes {
			authenticate = func(*http.Request) (conversation.Actor, error) { return conversation.Actor{}, nil }
		}
		mux.Handle(Prefix+route, h.dispatch(m, authenticate))
	}
	nothing := h.dispatch(nil, h.authenticate)
	mux.Handle("/", nothing)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// ServeMux would redirect to the cleaned path, which names something else or nothing.
		if path.Clean(r.URL.Path) != r.URL.Path {
			nothing(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// dispatch chooses the endpoint by method, knows who asks before anything else is told, and answers errors.
func (h *handler) dispatch(m methods, authenticate func(*http.Request) (conversation.Actor, error)) http.HandlerFunc {
	allowed := make([]string, 0, len(m)+1)
	for method := range m {
		allowed = append(allowed, method)
		if method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	slices.Sort(allowed)
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		actor, err := authenticate(r)
		if err != nil {
			h.fail(w, r, actor, err)
			return
		}
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		serve := m[method]
		switch {
		case len(m) == 0:
			err = notFound("nothing is at this address")
		case serve == nil:
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			err = problem(http.StatusMethodNotAllowed, codeMethod, "this address takes "+strings.Join(allowed, ", "))
		default:
			err = serve(w, r, actor)
		}
		if err != nil {
			h.fail(w, r, actor, err)
		}
	}
}

// answer writes a document.
func answer(w http.ResponseWriter, status int, document any) error {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false) // nosniff and the media type keep browsers from reading it as HTML
	if err := enc.Encode(document); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that is gone needs no answer
	return nil
}

// list answers with a page, whose items are never null.
func list[In, Out any](w http.ResponseWriter, items []In, next string, f func(In) Out) error {
	return answer(w, http.StatusOK, List[Out]{Items: each(items, f), Next: next})
}
