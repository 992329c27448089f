package inbox

import (
	"context"
	"net/http"
	"strings"

	"recado/conversation"
)

// saveDraft keeps what the script sends of an answer that is being written.
func (in *Inbox) saveDraft(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	d := conversation.Draft{Text: normalize(r.PostForm.Get("text")), To: r.PostForm.Get("to"), Cc: strings.TrimSpace(r.PostForm.Get("cc"))}
	if err := in.desk.SaveDraft(r.Context(), v.actor, r.PathValue("number"), d); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// begun is what the agent has begun to write, nil where there is nothing, and a sentence on who else writes.
func (in *Inbox) begun(ctx context.Context, v *visit, number string) (*draft, string, error) {
	kept, others, err := in.desk.Draft(ctx, v.actor, number)
	if err != nil {
		return nil, "", err
	}
	sentence := ""
	if len(others) > 0 {
		names := make([]string, len(others))
		for i, email := range others {
			names[i] = v.name(email)
		}
		sentence = v.lang.T("reply.others", "who", strings.Join(names, ", "))
	}
	if kept == nil {
		return nil, sentence, nil
	}
	return &draft{compose: composeView{Text: kept.Text, Cc: kept.Cc, Kept: v.moment(kept.At).Short}, to: kept.To}, sentence, nil
}

// forget drops the draft of an answer that was sent. That it stays behind is no reason to call the answer unsent.
func (in *Inbox) forget(ctx context.Context, v *visit, number string) {
	if err := in.desk.SaveDraft(ctx, v.actor, number, conversation.Draft{}); err != nil {
		in.log.Warn("forget a draft", "number", number, "agent", v.agent.Email, "err", err)
	}
}
