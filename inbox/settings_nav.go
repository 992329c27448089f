package inbox

import (
	"net/http"
	"strings"

	"recado/conversation"
)

// settingsPages are the pages of the settings, in the order of their navigation, each with who may open it.
var settingsPages = []struct {
	word, path string
	may        func(*Inbox, conversation.Actor) bool
}{
	{"settings.channels", "/settings/channels", func(in *Inbox, a conversation.Actor) bool { return in.file != nil && a.MaySettle() }},
	{"teams.title", "/settings/departments", func(in *Inbox, a conversation.Actor) bool { return in.file != nil && a.MaySettle() }},
	{"domains.title", "/settings/domains", func(in *Inbox, a conversation.Actor) bool { return in.file != nil && in.dns != nil && a.MaySettle() }},
	{"agents.title", agentsPage, func(_ *Inbox, a conversation.Actor) bool { return a.MaySettle() }},
	{"tokens.title", "/settings/tokens", func(_ *Inbox, a conversation.Actor) bool { return a.MaySettle() }},
	{"queue.title", "/settings/queue", func(_ *Inbox, a conversation.Actor) bool { return a.Supervises() }},
	{"journal.title", "/settings/journal", func(_ *Inbox, a conversation.Actor) bool { return a.Supervises() }},
	{"audit.title", auditPath, func(_ *Inbox, a conversation.Actor) bool { return a.MaySettle() }},
	{"texts.title", "/settings/texts", everyAgent},
	{"you.title", youPage, everyAgent},
}

func everyAgent(*Inbox, conversation.Actor) bool { return true }

// settingsNav leads to the pages of the settings that the agent may open.
func (in *Inbox) settingsNav(v *visit, path string) []choice {
	var out []choice
	for _, p := range settingsPages {
		if p.may(in, v.actor) {
			out = append(out, choice{Label: v.lang.T(p.word), URL: p.path, Current: path == p.path || strings.HasPrefix(path, p.path+"/")})
		}
	}
	return out
}

// settings leads to the first page that the agent may open.
func (in *Inbox) settings(w http.ResponseWriter, r *http.Request, v *visit) error {
	http.Redirect(w, r, in.settingsNav(v, "")[0].URL, http.StatusSeeOther)
	return nil
}
