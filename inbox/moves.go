package inbox

import (
	"context"
	"net/http"
	"slices"

	"recado/conversation"
)

// movesView is what can be moved on the screen of a protocol: split at a message, merge into another, undo.
type movesView struct {
	Key    string        // makes the second of two clicks do nothing
	Others []mergeChoice // open protocols of the contact that this one can go into
	Undo   bool          // there is a split or merge to take back
	Gone   *linkView     // where the messages went
}

type mergeChoice struct{ Number, Label string }

// moves reads what can be moved. Other protocols of the contact are looked for in one page: the latest.
func (in *Inbox) moves(ctx context.Context, v *visit, c *conversation.Conversation) (*movesView, error) {
	view := &movesView{Key: conversation.NewID(v.now)}
	if c.Merged != nil {
		view.Gone = &linkView{Number: c.Merged.Into, URL: "/protocols/" + c.Merged.Into}
	} else {
		f := conversation.ProtocolFilter{Status: conversation.Open, Contact: c.Key.Sender}
		list, _, err := in.desk.Protocols(ctx, v.actor, f, conversation.Page{Limit: conversation.DefaultLimit})
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if p.Number != c.Number && p.Key == c.Key {
				view.Others = append(view.Others, mergeChoice{Number: p.Number, Label: p.Number + " · " + p.Subject})
			}
		}
	}
	view.Undo = (c.Merged == nil || !c.Merged.Undid) && slices.ContainsFunc(c.Links, func(l conversation.Link) bool {
		return l.Kind == conversation.LinkMerged || l.Kind == conversation.LinkSplit
	})
	return view, nil
}

// splittable marks the messages that a new protocol can begin with: all but the protocol's first. whole tells
// whether the first is among them.
func splittable(entries []entryView, whole bool) {
	first := whole
	for i := range entries {
		if kind := entries[i].Kind; kind == string(conversation.KindIn) || kind == string(conversation.KindOut) {
			entries[i].CanSplit, first = !first, false
		}
	}
}

func (in *Inbox) split(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.move(w, r, v, func(i conversation.Intent, number string) (*conversation.ProtocolItem, error) {
		return in.desk.Split(r.Context(), i, number, r.PostForm.Get("message"))
	})
}

func (in *Inbox) merge(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.move(w, r, v, func(i conversation.Intent, number string) (*conversation.ProtocolItem, error) {
		return in.desk.Merge(r.Context(), i, number, r.PostForm.Get("into"))
	})
}

func (in *Inbox) undo(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.move(w, r, v, func(i conversation.Intent, number string) (*conversation.ProtocolItem, error) {
		return in.desk.Undo(r.Context(), i, number)
	})
}

// move does one of the three and shows the protocol that came of it. What cannot be done is said on the
// page that it was asked on.
func (in *Inbox) move(w http.ResponseWriter, r *http.Request, v *visit, do func(conversation.Intent, string) (*conversation.ProtocolItem, error)) error {
	if err := form(w, r); err != nil {
		return err
	}
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: validKey(r.PostForm.Get("key"))}
	p, err := do(intent, r.PathValue("number"))
	if hasCode(err, conversation.CodeConflict) {
		moved := &movedView{Title: v.lang.T("conflict.move"), Text: v.reason(err)}
		return in.renderProtocol(w, r, v, http.StatusConflict, &draft{moved: moved})
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/protocols/"+p.Number, http.StatusSeeOther)
	return nil
}
