package inbox

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/conversation"
)

// protocolView is the screen of one protocol.
type protocolView struct {
	List      *listView
	Number    string
	URL       string // of this page
	Action    string // what forms post under: /protocols/{number}
	Query     string // of the list, to come back to it
	Subject   string
	Contact   conversation.ContactRef
	ContactAt string // the contact's page
	Known     *knownView
	Who       string
	Open      bool
	Earlier   string // the address of the page with entries before these; empty: there are none
	Later     string // the address of the page with the newest, where these are not
	Entries   []entryView
	Facts     []fact
	Links     []linkView
	Verdict   *verdictView // of the newest message of the customer
	Version   uint64
	Seen      uint64 // the Seq of the newest message that the page shows
	LastWords string // who wrote it, when it was the customer
	Compose   composeView
	Note      noteView
	Moved     *movedView
	Work      *workView
	Writing   string // who else is
	Looking   string // who else is
	Moves     *movesView
	Resume    *mailView    // nil where contact cannot be resumed from here
	History   *historyView // nil where it tells nothing
}

// shownEntries is how many of the newest entries a page shows at first.
const shownEntries = 50

// fact is one line of the column of facts.
type fact struct {
	Label, Value string
	Copy         bool
	Time         moment
}

type linkView struct{ Number, URL, Word string }

// composeView is the reply box.
type composeView struct {
	Key        string // makes the second of two clicks send nothing
	From       string
	Channel    string   // that was chosen; empty: From
	Channels   []choice // that it may leave from, where there is a choice
	Text, Cc   string
	To         string // empty: the contact
	ToCleared  bool   // it was left empty, and is shown so
	Instead    string // where the newest mail asks for answers, when it is elsewhere
	Mistakes   map[string]string
	Files      filesView
	Error      string
	Impossible string // why no answer can be sent
	Anyway     bool
	Kept       string // when the text was kept as a draft
	Undone     bool   // the text is that of an answer that was taken back
	Canned     *chooser
	Closing    *closingView
}

// goOn shows what was kept of an answer, where the form is not the one that was sent.
func (d *draft) goOn(v *visit, kept *conversation.Draft) {
	if c := &d.compose; kept == nil || c.Key != "" || c.Text != "" || c.Error != "" {
		return
	}
	d.compose.Text, d.compose.To, d.compose.Cc, d.compose.Channel = kept.Text, kept.To, kept.Cc, kept.Channel
	if kept.Text != "" {
		d.compose.Kept = v.moment(kept.At).Short
	}
}

type noteView struct {
	Key, Text, Error string
	Open             bool
	Untold           string // whom the last note named and did not tell
}

// movedView tells that something was not done, since the protocol moved on.
type movedView struct{ Title, Text string }

// draft is what was typed in a form that could not be carried out, to be shown again.
type draft struct {
	compose composeView
	note    *noteView
	resume  *mailView
	history *historyView
	moved   *movedView
}

func (in *Inbox) showProtocol(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderProtocol(w, r, v, http.StatusOK, nil)
}

// renderProtocol shows a protocol; d is what was typed in a form that was not carried out, nil for a fresh page.
func (in *Inbox) renderProtocol(w http.ResponseWriter, r *http.Request, v *visit, status int, d *draft) error {
	ctx, number := r.Context(), r.PathValue("number")
	if !conversation.ValidNumber(number) {
		return errNotFound
	}
	q, err := in.listQuery(r, v)
	if err != nil {
		return err
	}
	var p page
	if p.Seq, err = in.desk.LastChange(ctx); err != nil {
		return err
	}
	window, err := in.desk.ConversationWindow(ctx, v.actor, number, conversation.Window{Newest: shownEntries, From: r.URL.Query().Get("from")})
	if err != nil {
		return err
	}
	c := window.Conversation
	if err := in.looked(r, v, window); err != nil {
		return err
	}
	if err := in.readNames(ctx, v); err != nil {
		return err
	}
	begun, writing, err := in.desk.Draft(ctx, v.actor, conversation.ReplyAt(number))
	if err != nil {
		return err
	}
	if d == nil {
		d = &draft{}
	}
	d.goOn(v, begun)
	if d.compose.Undone, err = in.undone(r, v, conversation.ReplyAt(number)); err != nil {
		return err
	}
	seq := p.Seq
	if err := in.framed(ctx, r, v, &p, q.current()); err != nil {
		return err
	}
	p.Seq = seq
	view := in.protocolView(v, q, window, d)
	view.Compose.Files = in.filesView(begun, view.Action+"/draft")
	if err := in.beside(r, v, q, view, c, d); err != nil {
		return err
	}
	view.Work = v.work(c)
	view.Writing, view.Looking = in.company(v, c, writing)
	p.Path = view.URL
	p.Title, p.Body = view.Subject+" · "+view.Number, view
	return in.render(w, v, status, "protocol", p)
}

// beside fills what stands beside the conversation: what may be done with it, the list that it was opened from, who
// the contact is.
func (in *Inbox) beside(r *http.Request, v *visit, q listQuery, view *protocolView, c *conversation.Conversation, d *draft) error {
	ctx := r.Context()
	err := in.toSend(r, v, view, c, d)
	if err != nil {
		return err
	}
	if view.Moves, err = in.moves(ctx, v, c); err != nil {
		return err
	}
	if view.List, err = in.list(ctx, v, q, c.Number); err != nil {
		return err
	}
	v.tellUntold(r, view)
	if err = in.offer(ctx, v, view, c); err != nil {
		return err
	}
	view.Known, err = in.known(ctx, v, c)
	return err
}

// looked marks the protocol as read and the agent as looking, so that it works without a script, where a person looks at
// the newest of it: not for what the script fetches, and what a browser fetches ahead.
func (in *Inbox) looked(r *http.Request, v *visit, w *conversation.Windowed) error {
	if dest := r.Header.Get("Sec-Fetch-Dest"); w.Later || dest != "" && dest != "document" || r.Header.Get("Sec-Purpose") != "" {
		return nil
	}
	in.presence.load(w.Number, v.agent.Email, v.now)
	if w.Unread == 0 && !w.Mentioned {
		return nil
	}
	return in.desk.MarkRead(r.Context(), v.actor, w.Number)
}

// readNames reads who the colleagues are, once for a page.
func (in *Inbox) readNames(ctx context.Context, v *visit) error {
	if v.names != nil {
		return nil
	}
	agents, _, err := in.agents.Agents(ctx, v.actor, conversation.Page{Limit: conversation.MaxLimit})
	if err != nil {
		return err
	}
	v.colleagues = agents
	v.names = map[string]string{v.agent.Email: v.agent.Name}
	for _, a := range agents {
		v.names[a.Email] = a.Name
	}
	return nil
}

func (in *Inbox) protocolView(v *visit, q listQuery, w *conversation.Windowed, d *draft) *protocolView {
	c := w.Conversation
	view := &protocolView{
		Number: c.Number, URL: q.protocolURL(c.Number), Action: "/protocols/" + c.Number, Subject: c.Subject, Contact: c.Contact, ContactAt: contactURL(c.Contact.Address),
		Who: displayName(c.Known()), Open: c.Status == conversation.Open, Version: c.Version, Entries: v.thread(c), Facts: v.facts(c),
		Compose: d.compose, Note: noteView{Key: conversation.NewID(v.now)},
	}
	view.Query = q.query()
	for i := range view.Entries {
		if u := view.Entries[i].Undo; u != nil {
			u.Action += view.Query
		}
		for _, e := range view.Entries[i].Events {
			if e.Undo != nil {
				e.Undo.Action += view.Query
			}
		}
	}
	if view.Subject == "" {
		view.Subject = v.lang.T("list.nosubject")
	}
	for _, l := range c.Links {
		view.Links = append(view.Links, linkView{Number: l.Number, URL: "/protocols/" + l.Number, Word: v.lang.word("link.", string(l.Kind))})
	}
	view.window(w)
	last := w.LastIn
	if last != nil && last.Auth != nil {
		view.Verdict = v.verdict(last.Auth, last.From.Address)
	}
	if m := newest(c, conversation.KindIn, conversation.KindOut); m != nil {
		view.Seen = m.Seq
		if m.Kind == conversation.KindIn {
			view.LastWords = displayName(m.From)
		}
	}
	splittable(view.Entries, w.Earlier == "")
	v.compose(&view.Compose, c, last)
	view.Moved = d.moved
	if d.note != nil {
		view.Note = *d.note
	}
	return view
}

// window says where the entries go on that the page does not show.
func (view *protocolView) window(w *conversation.Windowed) {
	if w.Earlier != "" {
		view.Earlier = withQuery(view.URL, "from", w.Earlier)
	}
	if w.Later {
		view.Later = view.URL
	}
}

// withQuery is the address with one more field in its query.
func withQuery(address, name, value string) string {
	sep := "?"
	if strings.Contains(address, "?") {
		sep = "&"
	}
	return address + sep + url.Values{name: {value}}.Encode()
}

// newest is the newest entry of the kinds, nil where there is none.
func newest(c *conversation.Conversation, kinds ...conversation.Kind) *conversation.Entry {
	for i := len(c.Entries) - 1; i >= 0; i-- {
		if slices.Contains(kinds, c.Entries[i].Kind) {
			return &c.Entries[i]
		}
	}
	return nil
}

// facts are what is known of a protocol beside its conversation.
func (v *visit) facts(c *conversation.Conversation) []fact {
	t := v.lang.T
	facts := []fact{
		{Label: t("facts.number"), Value: c.Number, Copy: true},
		{Label: t("facts.status"), Value: t("protocol." + string(c.Status))},
		{Label: t("facts.department"), Value: departmentName(v.dir, c.Department)},
		{Label: t("facts.channel"), Value: c.Channel},
	}
	agent := v.name(c.Agent)
	if agent == "" {
		agent = t("facts.nobody")
	}
	facts = append(facts, fact{Label: t("facts.agent"), Value: agent})
	if !c.WaitingSince.IsZero() && c.Status == conversation.Open {
		facts = append(facts, fact{Label: t("facts.waiting"), Value: v.lang.span(max(time.Minute, v.now.Sub(c.WaitingSince)))})
	}
	facts = append(facts, fact{Label: t("facts.opened"), Time: v.moment(c.OpenedAt)})
	if !c.FinalizedAt.IsZero() {
		facts = append(facts, fact{Label: t("facts.finalized"), Time: v.moment(c.FinalizedAt)})
	} else {
		facts = append(facts, fact{Label: t("facts.updated"), Time: v.moment(c.UpdatedAt)})
	}
	facts = append(facts, fact{Label: t("facts.messages"), Value: v.lang.number(c.Messages)})
	var seenBy []string
	for _, id := range c.SeenBy {
		seenBy = append(seenBy, departmentName(v.dir, id))
	}
	for _, f := range []fact{
		{Label: t("facts.seenby"), Value: strings.Join(seenBy, ", ")},
		{Label: t("facts.participants"), Value: strings.Join(c.Participants, ", ")},
		{Label: t("facts.tags"), Value: strings.Join(c.Tags, ", ")},
		{Label: t("facts.classification"), Value: c.Classification},
	} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	return facts
}

func (in *Inbox) markRead(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := in.desk.MarkRead(r.Context(), v.actor, r.PathValue("number")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// quietlyMoved tells whether all that happened in a protocol since a page was made are things that no
// answer needs to wait for: an event, a note's neighbour, a delivery. seen is the newest message that the
// page showed. The version that it has now is returned.
func (in *Inbox) quietlyMoved(ctx context.Context, v *visit, number string, seen uint64) (version uint64, quiet bool) {
	c, err := in.desk.ConversationWindow(ctx, v.actor, number, conversation.Window{Newest: shownEntries})
	if err != nil {
		return 0, false
	}
	m := newest(c.Conversation, conversation.KindIn, conversation.KindOut)
	return c.Version, c.Status == conversation.Open && m != nil && m.Seq == seen
}

func parseUint(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
