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
	if found.Index.Building {
		out.Incomplete = fmt.Sprintf("the search index is being built: %d %%", found.Index.Percent())
	}
	return answer(w, http.StatusOK, out)
}

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
	Building  bool `json:"building"`
	Percent   int  `json:"percent"`   // 100 when it is complete
	Protocols int  `json:"protocols"` // that are in it, while it is being built
}

func searchIndexOf(p conversation.Progress) SearchIndex {
	if !p.Building {
		return SearchIndex{Percent: 100}
	}
	return SearchIndex{Building: true, Percent: p.Percent(), Protocols: p.Done}
}

func (h *handler) showSearch(w http.ResponseWriter, r *http.Request, _ conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	p, err := h.desk.SearchProgress(r.Context())
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, searchIndexOf(p))
}

func (h *handler) rebuildSearch(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, err := intent(r, a)
	if err != nil {
		return err
	}
	if err := decode(w, r, maxWords, &struct{}{}); err != nil {
		return err
	}
	if err := h.desk.RebuildSearch(in); err != nil {
		return err
	}
	return answer(w, http.StatusOK, SearchIndex{Building: true})
}
