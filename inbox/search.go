package inbox

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"recado/conversation"
)

// maxSearch bounds what is searched for, in octets. The domain's bound is below it, and says so.
const maxSearch = 1000

func (in *Inbox) showSearch(w http.ResponseWriter, r *http.Request, v *visit) error {
	return in.showList(w, r, v)
}

// searched is the list of what a search finds.
func (in *Inbox) searched(ctx context.Context, v *visit, q listQuery, current string) (*listView, error) {
	t := v.lang.T
	l := &listView{Title: t("search.title"), Search: q.Search, Back: q.url(q.Cursor), MoreLabel: t("list.next"), FirstLabel: t("search.first")}
	if q.Search == "" {
		l.Empty = &emptyView{Title: t("search.how"), Text: t("search.how.text")}
		return l, nil
	}
	found, err := in.desk.Search(ctx, v.actor, conversation.SearchRequest{
		Query: q.Search, Page: conversation.Page{Cursor: q.Cursor, Limit: listPage},
	})
	if why := v.searchTrouble(err); why != nil {
		l.Empty = why
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	if err := in.readNames(ctx, v); err != nil {
		return nil, err
	}
	if l.Done, err = in.done(ctx, v, q, current); err != nil {
		return nil, err
	}
	items := make([]conversation.ProtocolItem, 0, len(found.Hits))
	for i := range found.Hits {
		h := &found.Hits[i]
		items = append(items, h.ProtocolItem)
		line := v.row(&h.ProtocolItem, q, current)
		if h.Message != nil {
			line.Topic, line.Found = h.Subject, h.Snippet
		}
		l.Rows = append(l.Rows, line)
	}
	if len(items) > 0 {
		l.Many = v.many(q, items, current)
	}
	if found.Index.Fault != nil {
		l.Notice = t("search.fault")
	} else if found.Index.Building {
		l.Notice = t("search.building", "percent", v.lang.number(found.Index.Percent()))
	}
	if found.Next != "" {
		l.More = q.url(found.Next)
	}
	if q.Cursor != "" {
		l.First = q.url("")
	}
	switch {
	case len(l.Rows) == 0 && l.More != "": // only so many are looked at for a page
		l.Empty = &emptyView{Title: t("filter.goon"), Text: t("filter.goon.text")}
	case len(l.Rows) == 0:
		l.Empty = &emptyView{Title: t("search.none"), Text: t("search.how.text")}
	}
	return l, nil
}

// searchTrouble is what an agent is told in place of a list; nil where the error is none of a search's own.
func (v *visit) searchTrouble(err error) *emptyView {
	t := v.lang.T
	var wrong *conversation.QueryError
	switch {
	case errors.As(err, &wrong):
		text := t("search.wrong."+string(wrong.Mistake), "part", wrong.Part, "example", wrong.Example)
		if wrong.Example == "" {
			text = strings.TrimSpace(text + " " + t("search.how.text"))
		}
		return &emptyView{Title: t("search.wrong"), Text: text}
	case errors.Is(err, conversation.ErrSearchSlow):
		return &emptyView{Title: t("search.slow"), Text: t("search.slow.text")}
	case errors.Is(err, conversation.ErrNoIndex), errors.Is(err, conversation.ErrIndexFault):
		return &emptyView{Title: t("search.shut"), Text: t("search.shut.text")}
	case hasCode(err, conversation.CodeTooMany):
		return &emptyView{Title: t("search.busy"), Text: t("search.busy.text")}
	case hasCode(err, conversation.CodeInvalid): // a page of another search
		return &emptyView{Title: t("search.wrong"), Text: t("search.how.text")}
	}
	return nil
}
