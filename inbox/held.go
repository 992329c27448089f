package inbox

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"recado/conversation"
	"recado/internal/message"
)

// heldView is the screen of held mail: the list, and one mail of it where one is chosen.
type heldView struct {
	Rows  []heldRow
	More  string
	First string
	Mail  *heldMail
	Group *heldGroup // whose mails the list has, where one is chosen
	Soon  string     // what goes by itself within a week
}

type heldRow struct {
	URL, Who, Subject, Preview string
	Reason, ReasonWord         string
	Pretence                   string
	Received                   moment
	Current                    bool
	Count                      int    // of a group: how many mails it is
	Since                      string // of a group: when its first came
}

// heldMail is one held mail with what accepting and discarding would do.
type heldMail struct {
	ID, Who, Address, Subject string
	Reason                    string
	ReasonWord, Sentence      string
	For                       string
	Department                string
	Received, Expires         moment
	Verdict                   *verdictView
	Entry                     entryView
}

func (in *Inbox) showHeldList(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.renderHeld(w, r, v, nil)
}

func (in *Inbox) showHeld(w http.ResponseWriter, r *http.Request, v *visit) error {
	id := r.PathValue("id")
	if !conversation.ValidID(id) {
		return errNotFound
	}
	h, err := in.desk.HeldMail(r.Context(), v.actor, id)
	if err != nil {
		return err
	}
	return in.renderHeld(w, r, v, h)
}

func (in *Inbox) renderHeld(w http.ResponseWriter, r *http.Request, v *visit, chosen *conversation.Held) error {
	ctx := r.Context()
	var p page
	if err := in.framed(ctx, r, v, &p, "held"); err != nil {
		return err
	}
	cursor := r.URL.Query().Get("cursor")
	f := groupFilter(r.URL.Query())
	query := f.query()
	page := conversation.Page{Cursor: cursor, Limit: listPage}
	view := &heldView{}
	if cursor != "" {
		view.First = heldURL("/held", query)
		query.Set("cursor", cursor)
	}
	next, err := in.heldRows(ctx, v, view, f, page, query, chosen)
	if err != nil {
		return err
	}
	if next != "" {
		query.Set("cursor", next)
		view.More = heldURL("/held", query)
	}
	if err := in.soon(ctx, v, view); err != nil {
		return err
	}
	p.Title = v.lang.T("held.title")
	if chosen != nil {
		if view.Mail, err = in.heldMail(ctx, r, v, chosen); err != nil {
			return err
		}
		p.Title = view.Mail.Subject + " · " + p.Title
	}
	switch done := r.URL.Query().Get("done"); done {
	case "discarded", "accepted", "group":
		p.Notice = v.lang.T("held.done." + done)
	}
	p.Body = view
	return in.render(w, v, http.StatusOK, "held", p)
}

func (v *visit) heldRow(h *conversation.Held, query url.Values, current bool) heldRow {
	out := heldRow{
		URL: heldURL("/held/"+h.ID, query), Who: displayName(h.From), Subject: h.Subject, Preview: h.Preview, Reason: string(h.Reason),
		ReasonWord: v.lang.word("held.reason.", heldWord(h)), Received: v.moment(h.ReceivedAt), Current: current,
		Pretence: strings.Join(v.pretences(h.From), " "),
	}
	if out.Who == "" {
		out.Who = v.lang.T("held.nosender")
	}
	if out.Subject == "" {
		out.Subject = v.lang.T("list.nosubject")
	}
	return out
}

// heldWord is what the words for why a mail waits are called: a block is a policy too, though nobody's but ours.
func heldWord(h *conversation.Held) string {
	if h.Decided == conversation.ReasonBlocked {
		return string(h.Decided)
	}
	return string(h.Reason)
}

func (in *Inbox) heldMail(ctx context.Context, r *http.Request, v *visit, h *conversation.Held) (*heldMail, error) {
	row := v.heldRow(h, nil, true)
	out := &heldMail{
		ID: h.ID, Who: row.Who, Subject: row.Subject, Reason: row.Reason, ReasonWord: row.ReasonWord, Received: row.Received,
		Sentence: v.lang.word("held.sentence.", heldWord(h)), For: v.lang.T("held.for", "addresses", strings.Join(h.To, ", ")),
		Department: departmentName(v.dir, h.Department), Expires: v.moment(h.ExpiresAt), Verdict: v.verdict(&h.Auth, h.From.Address),
	}
	if row.Who != h.From.Address {
		out.Address = h.From.Address
	}
	m, err := in.readMail(r, v, h.ID, message.Options{Text: true, HTML: true, Digest: true})
	if err != nil {
		return nil, err
	}
	e := &conversation.Entry{
		Message: &conversation.Message{ID: h.ID, Kind: conversation.KindIn, From: h.From, Subject: h.Subject, Channel: h.Channel,
			ReceivedAt: h.ReceivedAt, Trace: h.Trace, Receipt: h.Receipt, Raw: h.Raw},
		Cc: m.Cc, ReplyTo: m.ReplyTo, Text: m.Text, Quoted: m.Quoted, HTML: m.HTML, Attachments: m.Attachments,
	}
	item := conversation.ProtocolItem{Protocol: &conversation.Protocol{Channel: h.Channel, Subject: h.Subject}}
	out.Entry = v.entry(&conversation.Conversation{ProtocolItem: item}, e)
	out.Entry.HasRaw = true
	return out, nil
}

func (in *Inbox) acceptHeld(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	msg, err := in.desk.AcceptHeld(r.Context(), conversation.Intent{Actor: v.actor}, r.PathValue("id"))
	if err != nil {
		return err
	}
	target := "/held?done=accepted"
	if msg != nil && msg.Number != "" {
		target = "/protocols/" + msg.Number + "#m-" + msg.ID
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

func (in *Inbox) discardHeld(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := form(w, r); err != nil {
		return err
	}
	_, err := in.desk.DiscardHeld(r.Context(), conversation.Intent{Actor: v.actor}, r.PathValue("id"))
	// The second of two clicks finds it gone, which is what was asked for.
	if err != nil && !hasCode(err, conversation.CodeNotFound) {
		return err
	}
	http.Redirect(w, r, "/held?done=discarded", http.StatusSeeOther)
	return nil
}
