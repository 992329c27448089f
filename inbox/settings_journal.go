package inbox

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"recado/conversation"
	"recado/internal/message"
)

// journalDesk is what the screen of the journal needs of the domain.
type journalDesk interface {
	Journal(ctx context.Context, actor conversation.Actor, f conversation.JournalFilter, page conversation.Page) ([]*conversation.JournalLine, string, error)
	Protocol(ctx context.Context, actor conversation.Actor, number string) (*conversation.ProtocolItem, error)
}

// journalView is Settings > Journal.
type journalView struct {
	Find    string
	Mistake string // what is wrong with Find
	Rows    []journalRow
	Empty   *emptyView
	First   string
	More    string
}

type journalRow struct {
	At                         moment
	Fate, FateWord             string
	Sender, Recipient          string
	Number, URL                string // URL is empty where there is nothing that the agent may open
	Held                       bool   // URL is that of a held mail
	Receipt, MessageID, Reason string
	Department                 string
}

// maxJournalFind bounds what is looked for, in octets.
const maxJournalFind = 320

func journalURL(find, cursor string) string {
	values := url.Values{}
	for name, value := range map[string]string{"q": find, "cursor": cursor} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return "/settings/journal"
	}
	return "/settings/journal?" + values.Encode()
}

// journalFilter tells by its form what is looked for; ok is false for what is none of them.
func journalFilter(find string) (f conversation.JournalFilter, ok bool) {
	switch {
	case find == "":
	case conversation.ValidID(strings.ToLower(find)):
		f.Receipt = strings.ToLower(find)
	case conversation.ValidNumber(find):
		f.Number = find
	default:
		a, isAddress := message.ParseAddress(find)
		f.Address = a.Key()
		return f, isAddress && f.Address != ""
	}
	return f, true
}

func (in *Inbox) showJournal(w http.ResponseWriter, r *http.Request, v *visit) error {
	ctx, cursor := r.Context(), r.URL.Query().Get("cursor")
	view := &journalView{}
	view.Find, _ = cutText(strings.TrimSpace(r.URL.Query().Get("q")), maxJournalFind)
	p := page{Title: v.lang.T("journal.title"), Body: view}
	if err := in.framed(ctx, r, v, &p, "settings"); err != nil {
		return err
	}
	f, ok := journalFilter(view.Find)
	if !ok {
		view.Mistake = v.lang.T("journal.find.wrong")
		return in.render(w, v, http.StatusUnprocessableEntity, "settings_journal", p)
	}
	lines, next, err := in.desk.Journal(ctx, v.actor, f, conversation.Page{Cursor: cursor, Limit: listPage})
	if err != nil {
		return err
	}
	for _, l := range lines {
		row, err := in.journalRow(ctx, v, l)
		if err != nil {
			return err
		}
		view.Rows = append(view.Rows, row)
	}
	if next != "" {
		view.More = journalURL(view.Find, next)
	}
	if cursor != "" {
		view.First = journalURL(view.Find, "")
	}
	if len(lines) == 0 {
		view.Empty = v.noJournal(view)
	}
	return in.render(w, v, http.StatusOK, "settings_journal", p)
}

func (v *visit) noJournal(view *journalView) *emptyView {
	t := v.lang.T
	switch {
	case view.More != "": // only so many lines are looked at for a page
		return &emptyView{Title: t("filter.goon"), Text: t("filter.goon.text")}
	case view.Find != "":
		return &emptyView{Title: t("journal.nothing"), Text: t("journal.nothing.text")}
	}
	return &emptyView{Title: t("journal.empty"), Text: t("journal.empty.text")}
}

// journalReason is why a mail met its fate: a reason of the domain, or who decided.
func (v *visit) journalReason(reason string) string {
	if who, ok := strings.CutPrefix(reason, "by "); ok {
		return v.lang.T("journal.by", "who", who)
	}
	return v.lang.word("journal.why.", reason)
}

func (in *Inbox) journalRow(ctx context.Context, v *visit, l *conversation.JournalLine) (journalRow, error) {
	row := journalRow{
		At: v.moment(l.At), Fate: string(l.Fate), FateWord: v.lang.word("journal.fate.", string(l.Fate)), Sender: l.Sender, Recipient: l.Recipient,
		Number: l.Number, Receipt: l.Receipt, MessageID: l.MessageID, Reason: v.journalReason(l.Reason), Department: departmentName(v.dir, l.Department),
	}
	var err error
	switch {
	case l.Number != "":
		row.URL, err = in.protocolLink(ctx, v, l.Number)
	case l.Fate == conversation.FateHeld:
		if _, err = in.desk.HeldMail(ctx, v.actor, l.Message); err == nil {
			row.Held, row.URL = true, "/held/"+l.Message
		} else if hasCode(err, conversation.CodeNotFound) {
			err = nil // it was decided since
		}
	}
	return row, err
}
