package inbox

import (
	"net/http"
	"slices"
	"strings"

	"recado/conversation"
)

// workView is who is to do what on the screen of a protocol: the agent, the department, the tags, and what
// it may be finalized as.
type workView struct {
	Key             string   // makes the second of two clicks do nothing
	Agents          []choice // who sees it
	Departments     []choice // where else it can go
	Tags            string
	Classifications []string
}

func (v *visit) work(c *conversation.Conversation) *workView {
	view := &workView{Key: conversation.NewID(v.now), Tags: strings.Join(c.Tags, ", ")}
	view.Agents = []choice{{Label: v.lang.T("facts.nobody"), Current: c.Agent == ""}}
	for _, a := range v.colleagues {
		sees := slices.ContainsFunc(c.Departments(), func(d string) bool { return conversation.ActorOf(a).Sees(v.dir, d) })
		if sees && !a.Disabled {
			view.Agents = append(view.Agents, choice{Value: a.Email, Label: v.name(a.Email), Current: a.Email == c.Agent})
		}
	}
	for i := range v.dir.Departments {
		d := &v.dir.Departments[i]
		if d.ID == c.Department {
			view.Classifications = d.Classifications
			continue
		}
		if v.actor.Knows(v.dir, d.ID) { // an isolated department is named nowhere else (rule 5)
			view.Departments = append(view.Departments, choice{Value: d.ID, Label: departmentName(v.dir, d.ID)})
		}
	}
	return view
}

func (in *Inbox) assign(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.handOn(w, r, v, func(i conversation.Intent, number string) (*conversation.ProtocolItem, error) {
		return in.desk.Assign(r.Context(), i, number, r.PostForm.Get("agent"))
	})
}

func (in *Inbox) transfer(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.handOn(w, r, v, func(i conversation.Intent, number string) (*conversation.ProtocolItem, error) {
		return in.desk.Transfer(r.Context(), i, number, conversation.TransferRequest{Department: r.PostForm.Get("to"), Reason: r.PostForm.Get("reason")})
	})
}

func (in *Inbox) tag(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.handOn(w, r, v, func(i conversation.Intent, number string) (*conversation.ProtocolItem, error) {
		return in.desk.Tag(r.Context(), i, number, conversation.TagChange{Set: append([]string{}, splitTags(r.PostForm.Get("tags"))...)})
	})
}

// splitTags splits what was typed at commas, semicolons and line ends; the domain judges each.
func splitTags(s string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// handOn does one of the three and shows the protocol again, or the list where it is the agent's no more.
// What cannot be done is said on the page that it was asked on.
func (in *Inbox) handOn(w http.ResponseWriter, r *http.Request, v *visit, do func(conversation.Intent, string) (*conversation.ProtocolItem, error)) error {
	if err := form(w, r); err != nil {
		return err
	}
	intent := conversation.Intent{Actor: v.actor, IdempotencyKey: validKey(r.PostForm.Get("key"))}
	p, err := do(intent, r.PathValue("number"))
	if hasCode(err, conversation.CodeConflict) || hasCode(err, conversation.CodeInvalid) {
		status, _ := failure(err)
		moved := &movedView{Title: v.lang.T("work.failed"), Text: v.reason(err)}
		return in.renderProtocol(w, r, v, status, &draft{moved: moved})
	}
	if err != nil {
		return err
	}
	q, err := in.listQuery(r, v)
	if err != nil {
		return err
	}
	target := q.protocolURL(p.Number)
	if !slices.ContainsFunc(p.Departments(), func(d string) bool { return v.actor.Sees(v.dir, d) }) {
		target = q.url(q.Cursor)
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}
