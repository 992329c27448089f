package api

import (
	"fmt"
	"net/http"
	"strings"

	"recado/conversation"
)

// searchRoutes are the search index's own, for who runs the server.
func (h *handler) searchRoutes(table map[string]methods) {
	table["/search"] = methods{http.MethodGet: h.showSearch}
	table["/search/rebuild"] = methods{http.MethodPost: h.rebuildSearch}
}

// search lists what is found, each with the message that it was found by.
func (h *handler) search(w http.ResponseWriter, r *http.Request, a conversation.Actor, s conversation.SearchRequest) error {
	found, err := h.desk.Search(r.Context(), a, s)
	if err != nil {
		return err
	}
	out := List[Protocol]{Items: each(found.Hits, hitOf), Next: found.Next}
	out.Incomplete = incomplete(found.Index)
	return answer(w, http.StatusOK, out)
}

// incomplete is what a list lacks by the state of the index.
func incomplete(p conversation.Progress) string {
	switch {
	case p.Fault != nil:
		return searchFault
	case p.Building:
		return fmt.Sprintf("the search index is being built: %d %%", p.Percent())
	}
	return ""
}

// searchFault is what everybody may be told; the cause is for those who can mend it.
const searchFault = "the search index does not go on, and what came last may not be found: the server's log says why, and it tries again by itself"

// hitOf is a protocol with what was found in it.
func hitOf(h conversation.SearchHit) Protocol {
	p := protocolOf(&h.ProtocolItem)
	if h.Message == nil {
		return p
	}
	p.Match = &Match{Message: h.Message.ID, Kind: string(h.Message.Kind), At: Time{h.Message.ReceivedAt}}
	var text strings.Builder
	for _, s := range h.Snippet {
		text.WriteString(s.Text)
	}
	p.Match.Text = text.String()
	return p
}

// SearchIndex is how far the index is.
type SearchIndex struct {
	Building  bool   `json:"building"`
	Percent   int    `json:"percent"`           // 100 when it is complete
	Protocols int    `json:"protocols"`         // that are in it, while it is being built; told to the operator alone
	Problem   string `json:"problem,omitempty"` // why it does not go on, though it tries again
}

// searchIndexOf tells nobody but the operator a number that counts what is behind walls.
func searchIndexOf(a conversation.Actor, p conversation.Progress) SearchIndex {
	out := SearchIndex{Percent: 100}
	if p.Building {
		out = SearchIndex{Building: true, Percent: p.Percent()}
		if a.Operator {
			out.Protocols = p.Done
		}
	}
	switch {
	case p.Fault == nil:
	case a.Operator, a.Role == conversation.RoleAdmin:
		out.Problem = p.Fault.Error()
	default:
		out.Problem = searchFault
	}
	return out
}

func (h *handler) showSearch(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	p, err := h.desk.SearchProgress(r.Context())
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, searchIndexOf(a, p))
}

func (h *handler) rebuildSearch(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, err := intent(r, a)
	if err != nil {
		return err
	}
	if err := decode(w, r, maxWords, &struct{}{}); err != nil {
		return err
	}
	if err := h.desk.RebuildSearch(r.Context(), in); err != nil {
		return err
	}
	return answer(w, http.StatusOK, SearchIndex{Building: true})
}
