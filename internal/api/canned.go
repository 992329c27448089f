package api

import (
	"context"
	"net/http"

	"recado/conversation"
)

// cannedDesk is what canned answers need of the domain.
type cannedDesk interface {
	CannedAnswers(context.Context, conversation.Actor, conversation.Page) ([]*conversation.CannedAnswer, string, error)
	CannedAnswer(ctx context.Context, a conversation.Actor, id string) (*conversation.CannedAnswer, error)
	CannedText(ctx context.Context, a conversation.Actor, id string, r conversation.CannedRequest) (text, language string, err error)
	AddCanned(context.Context, conversation.Intent, conversation.CannedEdit) (*conversation.CannedAnswer, error)
	SetCanned(ctx context.Context, in conversation.Intent, id string, e conversation.CannedEdit) (*conversation.CannedAnswer, error)
	RemoveCanned(ctx context.Context, in conversation.Intent, id string) (*conversation.CannedAnswer, error)
}

// CannedAnswer is a text that agents answer with again and again.
type CannedAnswer struct {
	ID         string            `json:"id"`
	Title      string            `json:"title"`
	Department string            `json:"department"` // "": every department's
	Texts      map[string]string `json:"texts"`      // by language: es, pt, en
	Version    uint64            `json:"version"`    // for If-Match
	UpdatedAt  Time              `json:"updated_at"`
	UpdatedBy  string            `json:"updated_by"` // an agent's address; "": the operator
}

// CannedEdit is the body of POST and PATCH. What is left out keeps its value; a text that is "" goes.
type CannedEdit struct {
	Title      *string           `json:"title,omitempty"`
	Department *string           `json:"department,omitempty"`
	Texts      map[string]string `json:"texts,omitempty"`
}

// CannedText is a canned answer as it would be said: every variable has its value.
type CannedText struct {
	Text     string `json:"text"`
	Language string `json:"language"`
}

func cannedOf(c *conversation.CannedAnswer) CannedAnswer {
	return CannedAnswer{ID: c.ID, Title: c.Title, Department: c.Department, Texts: c.Texts, Version: c.Version,
		UpdatedAt: Time{c.UpdatedAt}, UpdatedBy: c.UpdatedBy}
}

// cannedRoutes are those of canned answers.
func (h *handler) cannedRoutes(table map[string]methods) {
	table["/canned-answers"] = methods{http.MethodGet: h.listCanned, http.MethodPost: h.addCanned}
	table["/canned-answers/{id}"] = methods{http.MethodGet: h.showCanned, http.MethodPatch: h.setCanned, http.MethodDelete: h.removeCanned}
	table["/canned-answers/{id}/text"] = methods{http.MethodGet: h.cannedText}
}

// listCanned is ordered by title.
func (h *handler) listCanned(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	_, page, err := listQuery(r)
	if err != nil {
		return err
	}
	items, next, err := h.desk.CannedAnswers(r.Context(), a, page)
	if err != nil {
		return err
	}
	return list(w, items, next, cannedOf)
}

func (h *handler) showCanned(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := id(r)
	if err != nil {
		return err
	}
	c, err := h.desk.CannedAnswer(r.Context(), a, id)
	return answerCanned(w, http.StatusOK, c, err)
}

func (h *handler) addCanned(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, err := intent(r, a)
	if err != nil {
		return err
	}
	var body CannedEdit
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	c, err := h.desk.AddCanned(r.Context(), in, conversation.CannedEdit(body))
	return answerCanned(w, http.StatusCreated, c, err)
}

// setCanned may carry If-Match with the version that was read.
func (h *handler) setCanned(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, id, err := cannedChange(r, a)
	if err != nil {
		return err
	}
	var body CannedEdit
	if err := decode(w, r, maxWords, &body); err != nil {
		return err
	}
	c, err := h.desk.SetCanned(r.Context(), in, id, conversation.CannedEdit(body))
	return answerCanned(w, http.StatusOK, c, err)
}

// removeCanned answers with the answer as it was.
func (h *handler) removeCanned(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	in, id, err := cannedChange(r, a)
	if err != nil {
		return err
	}
	if err := decode(w, r, maxWords, &struct{}{}); err != nil {
		return err
	}
	c, err := h.desk.RemoveCanned(r.Context(), in, id)
	return answerCanned(w, http.StatusOK, c, err)
}

// cannedChange reads what goes with a change of one answer, which has a version as protocols have.
func cannedChange(r *http.Request, a conversation.Actor) (conversation.Intent, string, error) {
	in, err := protocolIntent(r, a)
	if err != nil {
		return in, "", err
	}
	id, err := id(r)
	return in, id, err
}

func (h *handler) cannedText(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	values, err := query(r, "number", "language")
	if err != nil {
		return err
	}
	id, err := id(r)
	if err != nil {
		return err
	}
	text, language, err := h.desk.CannedText(r.Context(), a, id, conversation.CannedRequest{Number: values.Get("number"), Language: values.Get("language")})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, CannedText{Text: text, Language: language})
}

func answerCanned(w http.ResponseWriter, status int, c *conversation.CannedAnswer, err error) error {
	if err != nil {
		return err
	}
	setETag(w, c.Version)
	return answer(w, status, cannedOf(c))
}

// CannedAnswers lists them by title.
func (c *Client) CannedAnswers(ctx context.Context, p Paging) (Answer[List[CannedAnswer]], error) {
	return get[List[CannedAnswer]](ctx, c, address("canned-answers"), p.values())
}

// CannedAnswer is one.
func (c *Client) CannedAnswer(ctx context.Context, id string) (Answer[CannedAnswer], error) {
	return get[CannedAnswer](ctx, c, address("canned-answers", id), nil)
}

// AddCanned makes one.
func (c *Client) AddCanned(ctx context.Context, e CannedEdit) (Answer[CannedAnswer], error) {
	return post[CannedAnswer](ctx, c, address("canned-answers"), e)
}

// SetCanned changes one.
func (c *Client) SetCanned(ctx context.Context, id string, e CannedEdit) (Answer[CannedAnswer], error) {
	return send[CannedAnswer](ctx, c, http.MethodPatch, address("canned-answers", id), nil, e)
}

// RemoveCanned removes one, and answers with it as it was.
func (c *Client) RemoveCanned(ctx context.Context, id string) (Answer[CannedAnswer], error) {
	return send[CannedAnswer](ctx, c, http.MethodDelete, address("canned-answers", id), nil, struct{}{})
}

// CannedText is what the answer says in the protocol; number and language may be empty.
func (c *Client) CannedText(ctx context.Context, id, number, language string) (Answer[CannedText], error) {
	return get[CannedText](ctx, c, address("canned-answers", id, "text"), Paging{}.with("number", number, "language", language))
}
