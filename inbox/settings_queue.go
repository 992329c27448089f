package inbox

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"recado/conversation"
	"recado/internal/say"
)

// queueDesk is what the screen of the queue needs of the domain.
type queueDesk interface {
	Queue(ctx context.Context, actor conversation.Actor, page conversation.Page) ([]*conversation.QueueItem, string, error)
	RetryQueued(ctx context.Context, intent conversation.Intent, id string) (*conversation.QueueItem, error)
	CancelQueued(ctx context.Context, intent conversation.Intent, id string) (*conversation.QueueItem, error)
}

// RelayState is how the relay fared lately; times are zero before anything happened.
type RelayState struct {
	Address  string
	Answered time.Time // it took a session
	Failed   time.Time
	Stage    string // of Failed: connect, EHLO, TLS or AUTH
	Words    string // of Failed, for who runs the server
}

func (s RelayState) works() bool { return !s.Answered.Before(s.Failed) }

// queueView is Settings > Queue.
type queueView struct {
	Relay     *relayView
	Rows      []queuedView
	Complaint string // why the last decision could not be carried out
	First     string
	More      string
}

// relayView says whether mail can leave.
type relayView struct {
	Address, Sign, Text, Advice, Words string
	At                                 *moment
}

// queuedView is a mail that waits.
type queuedView struct {
	ID, To, Kind, Department string
	Number, URL              string // of its protocol; URL is empty where the agent may not open it
	State, Last, Tries       string
	Sending, Uncertain       bool
	Next                     *moment
	Since                    moment
}

// supervisors lets supervisors and admins through.
func (in *Inbox) supervisors(h handler) http.HandlerFunc {
	return in.agent(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		if !v.actor.Supervises() {
			return &conversation.Error{Code: conversation.CodeForbidden, Sentence: say.Of("only a supervisor or an admin may do this")}
		}
		return h(w, r, v)
	})
}

func (in *Inbox) showQueue(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderQueue(w, r, v, http.StatusOK, &queueView{})
}

func (in *Inbox) renderQueue(w http.ResponseWriter, r *http.Request, v *visit, status int, view *queueView) error {
	p := page{Title: v.lang.T("queue.title"), Body: view}
	if err := in.framed(r.Context(), r, v, &p, "settings"); err != nil {
		return err
	}
	cursor := r.URL.Query().Get("cursor")
	items, next, err := in.desk.Queue(r.Context(), v.actor, conversation.Page{Cursor: cursor, Limit: listPage})
	if err != nil {
		return err
	}
	for _, item := range items {
		row, err := in.queuedView(r.Context(), v, item)
		if err != nil {
			return err
		}
		view.Rows = append(view.Rows, row)
	}
	if next != "" {
		view.More = "/settings/queue?cursor=" + url.QueryEscape(next)
	}
	if cursor != "" {
		view.First = "/settings/queue"
	}
	if in.relay != nil {
		view.Relay = v.relayView(in.relay())
	}
	switch done := r.URL.Query().Get("done"); done {
	case "retried", "cancelled":
		p.Notice = v.lang.T("queue.done." + done)
	}
	return in.render(w, v, status, "settings_queue", p)
}

func (in *Inbox) queuedView(ctx context.Context, v *visit, q *conversation.QueueItem) (queuedView, error) {
	row := queuedView{
		ID: q.ID, To: strings.Join(q.Recipients, ", "), Kind: v.lang.word("queue.kind.", string(q.Kind)), Department: departmentName(v.dir, q.Department),
		Number: q.Number, State: v.lang.word("queue.state.", string(q.State)), Last: q.Last, Tries: v.lang.number(q.Attempts),
		Sending: q.State == conversation.QueueSending, Uncertain: q.State == conversation.QueueUncertain, Since: v.moment(q.CreatedAt),
	}
	if q.State == conversation.QueueDeferred || q.State == conversation.QueueWaiting && q.NextAt.After(v.now) {
		next := v.moment(q.NextAt)
		row.Next = &next
	}
	var err error
	row.URL, err = in.protocolLink(ctx, v, q.Number)
	return row, err
}

// protocolLink is where the agent finds the protocol; empty where he may not see it.
func (in *Inbox) protocolLink(ctx context.Context, v *visit, number string) (string, error) {
	_, err := in.desk.Protocol(ctx, v.actor, number)
	switch {
	case hasCode(err, conversation.CodeNotFound):
		return "", nil
	case err != nil:
		return "", err
	}
	return "/protocols/" + number, nil
}

// relayStages are those that have words.
var relayStages = []string{"connect", "ehlo", "tls", "auth"}

func (v *visit) relayView(s RelayState) *relayView {
	view := &relayView{Address: s.Address, Sign: "unverified", Text: v.lang.T("queue.relay.unknown")}
	at := s.Answered
	switch {
	case !s.works():
		stage := strings.ToLower(s.Stage)
		view.Sign, at, view.Words = "failed", s.Failed, s.Words
		view.Text, view.Advice = v.lang.word("queue.relay.", stage), v.lang.word("queue.relay.", stage+".do")
	case !s.Answered.IsZero():
		view.Sign, view.Text = "verified", v.lang.T("queue.relay.works")
	}
	if !at.IsZero() {
		m := v.moment(at)
		view.At = &m
	}
	return view
}

func (in *Inbox) retryQueued(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.decideQueued(w, r, v, "retried", in.desk.RetryQueued)
}

func (in *Inbox) cancelQueued(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.decideQueued(w, r, v, "cancelled", in.desk.CancelQueued)
}

// decideQueued carries a decision out, or says on the page why it came too late.
func (in *Inbox) decideQueued(w http.ResponseWriter, r *http.Request, v *visit, done string,
	decide func(context.Context, conversation.Intent, string) (*conversation.QueueItem, error)) error {
	if err := form(w, r); err != nil {
		return err
	}
	id := r.PathValue("id")
	if !conversation.ValidID(id) {
		return errNotFound
	}
	_, err := decide(r.Context(), conversation.Intent{Actor: v.actor}, id)
	switch {
	case err == nil:
		http.Redirect(w, r, "/settings/queue?done="+done, http.StatusSeeOther)
		return nil
	case hasCode(err, conversation.CodeNotFound):
		return in.renderQueue(w, r, v, http.StatusConflict, &queueView{Complaint: v.lang.T("queue.gone")})
	case hasCode(err, conversation.CodeConflict):
		return in.renderQueue(w, r, v, http.StatusConflict, &queueView{Complaint: v.lang.T("queue.busy")})
	}
	return err
}
