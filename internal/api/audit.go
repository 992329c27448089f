package api

import (
	"context"
	"net/http"

	"recado/conversation"
)

// AuditLine is one thing that somebody of ours did.
type AuditLine struct {
	ID          string   `json:"id"`
	At          Time     `json:"at"`
	Actor       string   `json:"actor"` // an agent's address, a token's id, operator; "": nobody was recognized
	Name        string   `json:"name"`  // of the actor, as he is shown
	As          string   `json:"as"`    // the agent that the operator acted as
	Via         string   `json:"via"`   // inbox, api, socket, file
	From        string   `json:"from"`  // the address that the request came from
	Action      string   `json:"action"`
	Object      string   `json:"object"`
	Other       string   `json:"other"` // the second object of what has two
	Department  string   `json:"department"`
	Departments []string `json:"departments"` // further ones that it was about
	Detail      string   `json:"detail"`
	Count       int      `json:"count"` // of failures within the hour
}

func auditOf(l *conversation.AuditLine) AuditLine {
	return AuditLine{
		ID: l.ID, At: Time{l.At}, Actor: l.Actor, Name: l.Name, As: l.As, Via: string(l.Via), From: l.From, Action: string(l.Action),
		Object: l.Object, Other: l.Other, Department: l.Department, Departments: texts(l.Named), Detail: l.Detail, Count: l.Count,
	}
}

// listAudit is newest first.
func (h *handler) listAudit(w http.ResponseWriter, r *http.Request, a conversation.Actor) error {
	values, page, err := listQuery(r, "actor", "action", "object", "department", "since", "until")
	if err != nil {
		return err
	}
	q := conversation.AuditRequest{Actor: values.Get("actor"), Action: values.Get("action"), Object: values.Get("object"), Department: values.Get("department")}
	if q.Since, err = h.moment("since", values.Get("since")); err != nil {
		return err
	}
	if q.Until, err = h.moment("until", values.Get("until")); err != nil {
		return err
	}
	if day, err := h.desk.Directory().Day(values.Get("until")); err == nil { // to its end
		q.Until = day.AddDate(0, 0, 1)
	}
	lines, next, err := h.desk.Audit(r.Context(), a, q, page)
	if err != nil {
		return err
	}
	return list(w, lines, next, auditOf)
}

// AuditQuery narrows the lines; what is empty does not.
type AuditQuery struct {
	Actor      string // an agent's address, a token's id, operator
	Action     string // or a kind of them
	Object     string // a protocol's number, an address, an id
	Department string
	Since      string // a day or a time
	Until      string // a day, to its end, or a time
	Paging
}

// Audit lists what was done, newest first.
func (c *Client) Audit(ctx context.Context, q AuditQuery) (Answer[List[AuditLine]], error) {
	return get[List[AuditLine]](ctx, c, address("audit"), q.with("actor", q.Actor, "action", q.Action, "object", q.Object,
		"department", q.Department, "since", q.Since, "until", q.Until))
}
