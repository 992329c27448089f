package inbox

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"recado/conversation"
)

// MentionDesk is what the inbox needs of mentions. *conversation.Manager is one.
type MentionDesk interface {
	Mentions(ctx context.Context, actor conversation.Actor, page conversation.Page) ([]conversation.ProtocolItem, string, error)
	CountMentions(ctx context.Context, actor conversation.Actor) (int, error)
	Mentionable(ctx context.Context, actor conversation.Actor, number, begins string) ([]*conversation.Agent, error)
}

// named marks the colleagues whom a note told, in its words.
func named(words []segment, mentions []conversation.Mention) []segment {
	for _, m := range mentions {
		at := "@" + m.As
		for i := range words {
			if words[i].At || words[i].URL != "" {
				continue
			}
			before, after, found := strings.Cut(words[i].Text, at)
			if !found {
				continue
			}
			words = slices.Replace(words, i, i+1, segment{Text: before}, segment{Text: at, At: true}, segment{Text: after})
			break
		}
	}
	return words
}

// noted shows the protocol with its new note, and says whom the note named and did not tell.
func (in *Inbox) noted(w http.ResponseWriter, r *http.Request, v *visit, msg *conversation.Message) error {
	if err := in.readNames(r.Context(), v); err != nil {
		return err
	}
	var untold []string
	for _, m := range conversation.FindMentions(msg.Text, v.colleagues) {
		told := slices.ContainsFunc(msg.Mentions, func(t conversation.Mention) bool { return t.Agent == m.Agent })
		if !told && m.Agent != v.agent.Email {
			untold = append(untold, m.Agent)
		}
	}
	if len(untold) == 0 {
		return in.backTo(w, r, v, "m-"+msg.ID)
	}
	q, err := in.listQuery(r, v)
	if err != nil {
		return err
	}
	target, err := url.Parse(q.protocolURL(r.PathValue("number")))
	if err != nil {
		return err
	}
	query := target.Query()
	query["untold"] = untold
	target.RawQuery, target.Fragment = query.Encode(), "m-"+msg.ID
	http.Redirect(w, r, target.String(), http.StatusSeeOther)
	return nil
}

// tellUntold says it on the page that follows, of colleagues alone: the address may be anybody's.
func (v *visit) tellUntold(r *http.Request, view *protocolView) {
	var names []string
	for _, email := range r.URL.Query()["untold"] {
		if name := v.names[email]; name != "" && len(names) < 20 {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		view.Note.Untold = v.lang.T("mention.untold", "who", strings.Join(names, ", "))
	}
}

var colleagueList = template.Must(template.New("colleagues").Parse(
	`<ul class="colleagues" id="colleagues" role="listbox" aria-label="{{.Label}}">{{range $i, $a := .Agents}}<li role="option" id="colleague-{{$i}}" aria-selected="false" data-name="{{.Name}}"><span dir="auto">{{.Name}}</span> <span class="small">{{.Email}}</span></li>{{end}}</ul>`))

// suggestColleagues answers the script with the colleagues whom a note may name.
func (in *Inbox) suggestColleagues(w http.ResponseWriter, r *http.Request, v *visit) error {
	agents, err := in.desk.Mentionable(r.Context(), v.actor, r.PathValue("number"), r.URL.Query().Get("begins"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return colleagueList.Execute(w, struct {
		Label  string
		Agents []*conversation.Agent
	}{v.lang.T("mention.list"), agents})
}
