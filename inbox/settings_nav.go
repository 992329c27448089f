package inbox

import (
	"net/http"
	"strings"

	"recado/conversation"
)

// settingsPage is a page of the settings and who may open it.
type settingsPage struct {
	word, path string
	may        func(*Inbox, conversation.Actor) bool
}

// settingsGroups are the pages of the settings, in the order of their navigation.
var settingsGroups = []struct {
	word  string
	pages []settingsPage
}{
	{"settings.channel", []settingsPage{
		{"settings.channels", "/settings/channels", func(in *Inbox, a conversation.Actor) bool { return in.file != nil && a.MaySettle() }},
		{"teams.title", "/settings/departments", func(in *Inbox, a conversation.Actor) bool { return in.file != nil && a.MaySettle() }},
		{"domains.title", "/settings/domains", func(in *Inbox, a conversation.Actor) bool { return in.file != nil && in.dns != nil && a.MaySettle() }},
		{"texts.title", "/settings/texts", everyAgent},
	}},
	{"settings.access", []settingsPage{
		{"agents.title", agentsPage, func(_ *Inbox, a conversation.Actor) bool { return a.MaySettle() }},
		{"tokens.title", "/settings/tokens", func(_ *Inbox, a conversation.Actor) bool { return a.MaySettle() }},
		{"audit.title", auditPath, func(_ *Inbox, a conversation.Actor) bool { return a.MaySettle() }},
	}},
	{"settings.operation", []settingsPage{
		{"queue.title", "/settings/queue", func(_ *Inbox, a conversation.Actor) bool { return a.Supervises() }},
		{"journal.title", "/settings/journal", func(_ *Inbox, a conversation.Actor) bool { return a.Supervises() }},
	}},
	{"you.title", []settingsPage{{"you.title", youPage, everyAgent}}},
}

func everyAgent(*Inbox, conversation.Actor) bool { return true }

// settingsNav is the column beside a page of the settings; on a phone it opens from the name of that page.
type settingsNav struct {
	Here   string
	Groups []settingsGroup
}

// settingsGroup has a title where it holds several pages: one page says itself what it is.
type settingsGroup struct {
	Title string
	Pages []choice
}

// settingsNav leads to the pages of the settings that the agent may open.
func (in *Inbox) settingsNav(v *visit, path string) *settingsNav {
	n := &settingsNav{Here: v.lang.T("nav.settings")}
	for _, g := range settingsGroups {
		var group settingsGroup
		for _, p := range g.pages {
			if !p.may(in, v.actor) {
				continue
			}
			c := choice{Label: v.lang.T(p.word), URL: p.path, Current: path == p.path || strings.HasPrefix(path, p.path+"/")}
			if c.Current {
				n.Here = c.Label
			}
			group.Pages = append(group.Pages, c)
		}
		if len(group.Pages) > 1 {
			group.Title = v.lang.T(g.word)
		}
		if len(group.Pages) > 0 {
			n.Groups = append(n.Groups, group)
		}
	}
	return n
}

// firstSetting is where the settings begin for the agent.
func (in *Inbox) firstSetting(v *visit) string { return in.settingsNav(v, "").Groups[0].Pages[0].URL }

// settings leads to the first page that the agent may open.
func (in *Inbox) settings(w http.ResponseWriter, r *http.Request, v *visit) error {
	http.Redirect(w, r, in.firstSetting(v), http.StatusSeeOther)
	return nil
}
