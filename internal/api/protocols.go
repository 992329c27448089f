package api

import (
	"net/http"
	"time"

	"recado/conversation"
	"recado/internal/message"
)

// agentNone asks for the protocols that nobody is assigned to. No address reads so.
const agentNone = "none"

func (h *handler) listProtocols(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	values, page, err := listQuery(r, "status", "department", "contact", "agent", "number", "classification", "after", "before", "sort", "q")
	if err != nil {
		return err
	}
	filter := conversation.ProtocolFilter{Number: values.Get("number"), Classification: values.Get("classification")}
	for name, at := range map[string]*time.Time{"after": &filter.After, "before": &filter.Before} {
		if *at, err = h.moment(name, values.Get(name)); err != nil {
			return err
		}
	}
	if filter.Status, err = word("status", values.Get("status"), conversation.Open, conversation.Finalized); err != nil {
		return err
	}
	if department := values.Get("department"); department != "" {
		filter.Departments = []string{department}
	}
	if filter.Contact, err = addressKey("contact", values.Get("contact")); err != nil {
		return err
	}
	if filter.Unassigned = values.Get("agent") == agentNone; !filter.Unassigned {
		if filter.Agent, err = addressKey("agent", values.Get("agent")); err != nil {
			return err
		}
	}
	if filter.Sort, err = word("sort", values.Get("sort"), conversation.SortNewest, conversation.SortWaiting, conversation.SortFinalized); err != nil {
		return err
	}
	if q := values.Get("q"); q != "" {
		return h.search(w, r, a, conversation.SearchRequest{Query: q, Filter: filter, Page: page})
	}
	items, next, err := h.desk.Protocols(r.Context(), a, filter, page)
	if err != nil {
		return err
	}
	return list(w, items, next, func(p conversation.ProtocolItem) Protocol { return protocolOf(&p) })
}

// addressKey folds an address for comparing (rule 1); text that is none is refused.
func addressKey(name, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	a, ok := message.ParseAddress(text)
	if !ok || a.Key() == "" {
		return "", invalid(name + " is an e-mail address")
	}
	return a.Key(), nil
}

func (h *handler) showProtocol(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	n, err := number(r)
	if err != nil {
		return err
	}
	c, err := h.desk.Conversation(r.Context(), a, n)
	if err != nil {
		return err
	}
	setETag(w, c.Version)
	return answer(w, http.StatusOK, conversationOf(c))
}

func (h *handler) reply(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	var body Reply
	files, done, err := h.readWritten(w, r, &body)
	if err != nil {
		return err
	}
	defer done()
	m, err := h.desk.Reply(r.Context(), in, n, conversation.ReplyRequest{
		Text: body.Text, To: body.To, Cc: body.Cc, Channel: body.Channel, Attachments: files,
	})
	if err != nil {
		return err
	}
	return h.answerMessage(w, r, a, http.StatusCreated, m)
}

func (h *handler) note(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	var body struct {
		Text string `json:"text"`
	}
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	m, err := h.desk.AddNote(r.Context(), in, n, body.Text)
	if err != nil {
		return err
	}
	return h.answerMessage(w, r, a, http.StatusCreated, m)
}

func (h *handler) finalize(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	var body struct {
		Classification string `json:"classification"`
	}
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	p, err := h.desk.Finalize(r.Context(), in, n, body.Classification)
	return answerProtocol(w, p, err)
}

func (h *handler) reopen(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, n, err := change(r, a)
	if err != nil {
		return err
	}
	if err := decode(w, r, maxWords, &struct{}{}); err != nil {
		return err
	}
	p, err := h.desk.Reopen(r.Context(), in, n)
	return answerProtocol(w, p, err)
}

// change reads what every change of a protocol has.
func change(r *http.Request, a conversation.Actor) (conversation.Intent, string, error) {
	n, err := number(r)
	if err != nil {
		return conversation.Intent{}, "", err
	}
	in, err := protocolIntent(r, a)
	return in, n, err
}
