package inbox

import (
	"context"
	"net/http"
	"strings"

	"recado/conversation"
)

func (in *Inbox) reply(w http.ResponseWriter, r *http.Request, v *visit) error {
	number := r.PathValue("number")
	t, err := in.readWritten(w, r, v, conversation.ReplyAt(number))
	if err != nil {
		return err
	}
	d := t.reply()
	stopped := func(status int) error {
		in.keepStopped(r.Context(), v, t)
		return in.renderProtocol(w, r, v, status, d)
	}
	switch {
	case t.tooLarge():
		d.compose.Error = in.over(v, t)
		return stopped(http.StatusRequestEntityTooLarge)
	case !t.says():
		d.compose.Error = v.lang.T("reply.empty")
		return stopped(http.StatusUnprocessableEntity)
	}
	to, cc, mistakes := v.addressed(t)
	if mistakes != nil {
		d.compose.Mistakes = mistakes
		return stopped(http.StatusUnprocessableEntity)
	}
	msg, err := in.answer(r.Context(), v, number, t, to, cc)
	switch {
	case hasCode(err, conversation.CodeChanged):
		d.moved = &movedView{Title: v.lang.T("reply.moved"), Text: v.lang.T("reply.moved.text")}
		d.compose.Anyway = true
		return stopped(http.StatusConflict)
	case err != nil:
		status, words, err := v.unsent(err)
		if err != nil {
			return err
		}
		d.compose.Error = words
		return stopped(status)
	}
	return in.backTo(w, r, v, "m-"+msg.ID)
}

// reply is the form with what was typed.
func (t *written) reply() *draft {
	return &draft{compose: composeView{
		Key: t.key, Text: t.draft.Text, To: t.draft.To, ToCleared: t.toCleared(), Cc: t.draft.Cc, Channel: t.draft.Channel,
	}}
}

// answer sends the answer, unless there is something that its writer should read first: that is no event, nor a
// delivery.
func (in *Inbox) answer(ctx context.Context, v *visit, number string, t *written, to, cc []string) (*conversation.Message, error) {
	version := parseUint(t.fields["version"])
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: t.key, IfMatch: &version}
	request := conversation.ReplyRequest{
		Text: t.draft.Text, To: to, Cc: cc, Channel: t.draft.Channel, Written: in.sentAs(t),
	}
	msg, err := in.desk.Reply(ctx, intent, number, request)
	if hasCode(err, conversation.CodeChanged) {
		if now, quiet := in.quietlyMoved(ctx, v, number, parseUint(t.fields["seen"])); quiet {
			intent.IfMatch = &now
			msg, err = in.desk.Reply(ctx, intent, number, request)
		}
	}
	return msg, err
}

// backTo shows the protocol again, by GET, at the entry.
func (in *Inbox) backTo(w http.ResponseWriter, r *http.Request, v *visit, entry string) error {
	q, err := in.listQuery(r, v)
	if err != nil {
		return err
	}
	target := q.protocolURL(r.PathValue("number"))
	if entry != "" {
		target += "#" + entry
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

func (in *Inbox) note(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	n := noteView{Key: validKey(r.PostForm.Get("key")), Text: normalize(r.PostForm.Get("text")), Open: true}
	if strings.TrimSpace(n.Text) == "" {
		n.Error = v.lang.T("note.empty")
		return in.renderProtocol(w, r, v, http.StatusUnprocessableEntity, &draft{note: &n})
	}
	// A note answers nobody: that the protocol moved on does not stop it.
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: n.Key}
	msg, err := in.desk.AddNote(r.Context(), intent, r.PathValue("number"), n.Text)
	if hasCode(err, conversation.CodeInvalid) {
		n.Error = v.lang.T("error.invalid") + ". " + v.reason(err)
		return in.renderProtocol(w, r, v, http.StatusUnprocessableEntity, &draft{note: &n})
	}
	if err != nil {
		return err
	}
	return in.noted(w, r, v, msg)
}

func (in *Inbox) finalize(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	number, version := r.PathValue("number"), parseUint(r.PostForm.Get("version"))
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: validKey(r.PostForm.Get("key")), IfMatch: &version}
	classification := strings.Join(strings.Fields(r.PostForm.Get("classification")), " ")
	if len(classification) > 200 {
		return errBadForm
	}
	_, err := in.desk.Finalize(r.Context(), intent, number, classification)
	if hasCode(err, conversation.CodeChanged) {
		if now, quiet := in.quietlyMoved(r.Context(), v, number, parseUint(r.PostForm.Get("seen"))); quiet {
			intent.IfMatch = &now
			_, err = in.desk.Finalize(r.Context(), intent, number, classification)
		}
	}
	if hasCode(err, conversation.CodeChanged) {
		moved := &movedView{Title: v.lang.T("finalize.moved"), Text: v.lang.T("finalize.moved.text")}
		return in.renderProtocol(w, r, v, http.StatusConflict, &draft{moved: moved})
	}
	if err != nil {
		return err
	}
	return in.backTo(w, r, v, "")
}

func (in *Inbox) reopen(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: validKey(r.PostForm.Get("key"))}
	_, err := in.desk.Reopen(r.Context(), intent, r.PathValue("number"))
	if hasCode(err, conversation.CodeConflict) {
		moved := &movedView{Title: v.lang.T("conflict.reopen"), Text: v.lang.T("conflict.reopen.text")}
		return in.renderProtocol(w, r, v, http.StatusConflict, &draft{moved: moved})
	}
	if err != nil {
		return err
	}
	return in.backTo(w, r, v, "")
}

// validKey is an idempotency key of a form of ours; anything else counts as none.
func validKey(s string) string {
	if !conversation.ValidID(s) {
		return ""
	}
	return s
}

// normalize makes the line ends of a form (CRLF, WHATWG HTML 4.10.21.4) into LF.
func normalize(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
