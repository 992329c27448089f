package inbox

import (
	"net/http"
	"strings"

	"recado/conversation"
)

func (in *Inbox) reply(w http.ResponseWriter, r *http.Request, v *visit) error {
	u, err := in.readUpload(w, r)
	defer u.close()
	if err != nil {
		return err
	}
	d := &draft{to: u.fields["to"], compose: composeView{
		Key: validKey(u.fields["key"]), Text: normalize(u.fields["text"]), Cc: strings.TrimSpace(u.fields["cc"]), AskForFiles: u.had,
	}}
	switch {
	case u.tooLarge:
		d.compose.Error = v.lang.T("reply.toolarge", "size", v.lang.size(in.filesLimit()))
		return in.renderProtocol(w, r, v, http.StatusRequestEntityTooLarge, d)
	case strings.TrimSpace(d.compose.Text) == "" && len(u.files) == 0:
		d.compose.Error = v.lang.T("reply.empty")
		return in.renderProtocol(w, r, v, http.StatusUnprocessableEntity, d)
	}
	version := parseUint(u.fields["version"])
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: d.compose.Key, IfMatch: &version}
	request := conversation.ReplyRequest{Text: d.compose.Text, Cc: splitAddresses(d.compose.Cc), Attachments: u.files, Wait: in.undoTime}
	if d.to != "" {
		request.To = []string{d.to}
	}
	number := r.PathValue("number")
	msg, err := in.desk.Reply(r.Context(), intent, number, request)
	if hasCode(err, conversation.CodeChanged) {
		// Only what a person should read first stops an answer: not an event, nor a delivery.
		if now, quiet := in.quietlyMoved(r.Context(), v, number, parseUint(u.fields["seen"])); quiet {
			intent.IfMatch = &now
			msg, err = in.desk.Reply(r.Context(), intent, number, request)
		}
	}
	switch {
	case hasCode(err, conversation.CodeChanged):
		d.moved = &movedView{Title: v.lang.T("reply.moved"), Text: v.lang.T("reply.moved.text")}
		d.compose.Anyway = true
		return in.renderProtocol(w, r, v, http.StatusConflict, d)
	case hasCode(err, conversation.CodeConflict), hasCode(err, conversation.CodeInvalid), hasCode(err, conversation.CodeForbidden):
		status, key := failure(err)
		d.compose.Error = v.lang.T(key) + " " + v.lang.T("error.detail") + " " + err.Error()
		return in.renderProtocol(w, r, v, status, d)
	case err != nil:
		return err
	}
	in.forget(r.Context(), v, number)
	return in.backTo(w, r, v, "m-"+msg.ID)
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
		n.Error = v.lang.T("error.invalid") + " " + err.Error()
		return in.renderProtocol(w, r, v, http.StatusUnprocessableEntity, &draft{note: &n})
	}
	if err != nil {
		return err
	}
	return in.backTo(w, r, v, "m-"+msg.ID)
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

// joinAddresses writes addresses as splitAddresses reads them.
func joinAddresses(list []string) string { return strings.Join(list, ", ") }

// splitAddresses splits what was typed at commas, semicolons and line ends; the domain judges each.
func splitAddresses(s string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
