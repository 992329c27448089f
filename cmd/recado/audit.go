package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"recado/internal/api"
)

func newAudit(a *app) *cobra.Command {
	return noun("audit", "What agents, programs and the operator did", auditList(a))
}

func auditList(a *app) *cobra.Command {
	var l listing
	var q api.AuditQuery
	var as string
	c := &cobra.Command{
		Use: "list", Short: "List what was done, newest first", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.ask(c.Context(), reading, as, func(ctx context.Context, client *api.Client) error {
				q.Paging = l.paging
				answer, err := client.Audit(ctx, q)
				if err != nil {
					return err
				}
				head := []string{"AT", "ACTOR", "VIA", "FROM", "ACTION", "OBJECT", "DEPARTMENT", "DETAIL"}
				return showList(a, l.json, answer, "Nothing was done that this asks for.", head, func(line api.AuditLine) []string {
					return []string{moment(line.At), auditActor(line), line.Via, line.From, line.Action, auditObject(line), line.Department, auditDetail(line)}
				})
			})
		},
	}
	l.flags(c)
	asFlag(c, &as)
	c.Flags().StringVar(&q.Actor, "actor", "", "an agent's address, a token's id, or operator")
	c.Flags().StringVar(&q.Action, "action", "", "such as protocol.reply, or a kind such as protocol")
	c.Flags().StringVar(&q.Object, "object", "", "what it was done to: a protocol's number, an address, an id")
	c.Flags().StringVar(&q.Department, "department", "", "whose the object is")
	c.Flags().StringVar(&q.Since, "since", "", "a day of the server's time zone, such as 2026-11-23, or a time")
	c.Flags().StringVar(&q.Until, "until", "", "a day, to its end, or a time")
	return c
}

// auditActor is an address, the name of a program, or the operator.
func auditActor(l api.AuditLine) string {
	switch {
	case l.As != "":
		return l.Actor + " as " + l.As
	case l.Actor == "" || strings.Contains(l.Actor, "@"):
		return l.Actor
	}
	return cmp.Or(l.Name, l.Actor)
}

func auditObject(l api.AuditLine) string {
	if l.Other == "" {
		return l.Object
	}
	return strings.TrimSpace(l.Object + " → " + l.Other)
}

func auditDetail(l api.AuditLine) string {
	parts := []string{l.Detail, strings.Join(l.Departments, ", ")}
	if l.Count > 0 {
		parts = append(parts, strconv.Itoa(l.Count)+" failed within the hour")
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "; ")
}
