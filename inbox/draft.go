package inbox

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"recado/conversation"
	"recado/internal/message"
)

// written is a mail as it stands in its form.
type written struct {
	*upload
	at    conversation.Place
	key   string // makes the second of two clicks send nothing
	draft conversation.Draft

	contact conversation.ContactRef // of the protocol that is answered
}

// readWritten reads the form of a mail that is written at the place.
func (in *Inbox) readWritten(w http.ResponseWriter, r *http.Request, v *visit, at conversation.Place) (*written, error) {
	u, err := in.readUpload(w, r, v, at)
	if err != nil {
		return nil, err
	}
	line := func(name string) string { return strings.TrimSpace(u.fields[name]) }
	t := &written{upload: u, at: at, key: validKey(u.fields["key"]), draft: conversation.Draft{
		Text: normalize(u.fields["text"]), To: line("to"), Cc: line("cc"), Channel: line("channel"),
		Subject: line("subject"), Department: line("department"), Files: slices.Concat(u.kept, u.files),
	}}
	if t.key == "" {
		t.key = conversation.NewID(v.now)
	}
	if at.Kind == conversation.PlaceReply {
		return t, in.readContact(r.Context(), v, t)
	}
	return t, nil
}

// says tells whether there is anything to send.
func (t *written) says() bool { return strings.TrimSpace(t.draft.Text) != "" || len(t.draft.Files) > 0 }

// sentAs is how the mail leaves: it can be taken back for a while, and its draft ends with it.
func (in *Inbox) sentAs(t *written) conversation.Written {
	return conversation.Written{Wait: in.undoTime, Draft: &t.draft}
}

// over says that files did not fit, and which.
func (in *Inbox) over(v *visit, t *written) string {
	size := v.lang.size(in.filesLimit())
	if len(t.leftOut) == 0 {
		return v.lang.T("reply.toolarge", "size", size)
	}
	return v.lang.T("reply.leftout", "size", size, "names", strings.Join(t.leftOut, ", "))
}

// saveDraft keeps what is written of an answer.
func (in *Inbox) saveDraft(w http.ResponseWriter, r *http.Request, v *visit) error {
	number := r.PathValue("number")
	return in.save(w, r, v, conversation.ReplyAt(number), "/protocols/"+number+"#reply")
}

// saveRecontact keeps what is written to resume contact with.
func (in *Inbox) saveRecontact(w http.ResponseWriter, r *http.Request, v *visit) error {
	number := r.PathValue("number")
	return in.save(w, r, v, conversation.RecontactAt(number), "/protocols/"+number+"#resume")
}

// saveMail keeps what is written of a new mail.
func (in *Inbox) saveMail(w http.ResponseWriter, r *http.Request, v *visit) error {
	address := r.PathValue("address")
	return in.save(w, r, v, conversation.MailTo(address), contactURL(address)+"#mail")
}

// save keeps a draft with the files that come with it, and removes the one that it says. The script hears what
// files there are then; a browser without one is led back to the page.
func (in *Inbox) save(w http.ResponseWriter, r *http.Request, v *visit, at conversation.Place, page string) error {
	t, err := in.readWritten(w, r, v, at)
	if err != nil {
		return err
	}
	if err := in.changeFile(r.Context(), v, t); err != nil {
		return err
	}
	if instead := t.fields["instead"]; instead != "" {
		t.draft.To = strings.TrimSpace(instead)
	}
	if _, typed := t.fields["text"]; typed {
		if err := in.desk.SaveDraft(r.Context(), v.actor, at, t.draft); err != nil {
			return err
		}
	}
	switch {
	case t.fields["live"] != "":
		return in.tellFiles(w, r, v, t)
	case t.fields["remove"] != "" || t.fields["place"] != "" || t.fields["keep"] != "" || t.fields["instead"] != "":
		http.Redirect(w, r, page, http.StatusSeeOther)
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// changeFile does what a button beside a kept file asks: it removes it, with its marks in the text, or puts a mark
// of it at the end of the text.
func (in *Inbox) changeFile(ctx context.Context, v *visit, t *written) error {
	remove, place := t.fields["remove"], t.fields["place"]
	if remove == "" && place == "" {
		return nil
	}
	kept, _, err := in.desk.Draft(ctx, v.actor, t.at)
	if err != nil || kept == nil {
		return err
	}
	for _, f := range kept.Files {
		mark := message.ImageMark(f.Name)
		switch {
		case f.ID == remove:
			if f.Image {
				t.draft.Text = strings.ReplaceAll(t.draft.Text, mark, "")
			}
			return in.desk.DropFile(ctx, v.actor, t.at, f.ID)
		case f.ID == place && f.Image:
			t.draft.Text = strings.TrimLeft(strings.TrimRight(t.draft.Text, "\n")+"\n\n"+mark+"\n", "\n")
		}
	}
	return nil
}

// tellFiles answers with the list of the files that are kept at the place, or says what did not fit.
func (in *Inbox) tellFiles(w http.ResponseWriter, r *http.Request, v *visit, t *written) error {
	d, _, err := in.desk.Draft(r.Context(), v.actor, t.at)
	if err != nil {
		return err
	}
	view := in.filesView(d, r.URL.Path)
	if t.tooLarge() {
		view.Over = in.over(v, t)
	}
	var b bytes.Buffer
	if err := in.screens[v.lang.code+"/protocol"].ExecuteTemplate(&b, "kept", view); err != nil {
		return fmt.Errorf("render the files of a draft: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes())
	return nil
}

// filesView are the files of a mail that is being written.
type filesView struct {
	Save  string // where they are changed
	Limit int64
	Sum   int64
	Kept  []conversation.DraftFile
	Over  string // what did not fit
}

func (in *Inbox) filesView(d *conversation.Draft, save string) filesView {
	view := filesView{Save: save, Limit: in.filesLimit()}
	if d != nil {
		view.Kept, view.Sum = d.Files, sizeOf(d.Files)
	}
	return view
}

// keepStopped keeps the words of a mail that was not sent, beside its files. That they are not kept is no reason
// to say nothing: they stand in the form that is shown.
func (in *Inbox) keepStopped(ctx context.Context, v *visit, t *written) {
	if err := in.desk.SaveDraft(ctx, v.actor, t.at, t.draft); err != nil {
		in.log.Warn("keep a mail that was not sent", "agent", v.agent.Email, "err", err)
	}
}
