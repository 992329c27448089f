package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"recado/internal/api"
)

func newHeld(a *app) *cobra.Command {
	return noun("held", "Mail that waits for a decision", heldList(a), heldShow(a), heldAccept(a), heldDiscard(a))
}

func heldList(a *app) *cobra.Command {
	var l listing
	var reason, department, as string
	c := &cobra.Command{
		Use: "list", Short: "List held mail, newest first", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.ask(c.Context(), reading, as, func(ctx context.Context, client *api.Client) error {
				answer, err := client.Held(ctx, reason, department, l.paging)
				if err != nil {
					return err
				}
				head := []string{"ID", "REASON", "FROM", "TO", "SUBJECT", "VERDICT", "RECEIVED"}
				return showList(a, l.json, answer, "Nothing is held.", head, func(h api.Held) []string {
					return []string{h.ID, h.Reason, person(h.From), strings.Join(h.To, ", "), h.Subject, h.Auth.Verdict, moment(h.ReceivedAt)}
				})
			})
		},
	}
	l.flags(c)
	asFlag(c, &as)
	c.Flags().StringVar(&reason, "reason", "", "held for this reason")
	c.Flags().StringVar(&department, "department", "", "of this department")
	return c
}

func heldShow(a *app) *cobra.Command {
	return on(a, argID, "show", "Show a held mail", reading, writeHeld, (*api.Client).HeldMail)
}

func heldAccept(a *app) *cobra.Command {
	return on(a, argID, "accept", "Let a held mail through", changing, func(w io.Writer, m api.Message) error {
		_, err := fmt.Fprintf(w, "Accepted %s from %s%s\n", m.ID, cleanLine(person(m.From)), joined(m))
		return err
	}, (*api.Client).AcceptHeld)
}

// joined tells the protocol that a mail's trace ends at.
func joined(m api.Message) string {
	for _, s := range m.Trace {
		if s.Step == "protocol" {
			return ": " + cleanLine(s.Fact)
		}
	}
	return ""
}

func heldDiscard(a *app) *cobra.Command {
	return on(a, argID, "discard", "End a held mail", changing, func(w io.Writer, h api.Held) error {
		_, err := fmt.Fprintf(w, "Discarded %s from %s\n", h.ID, cleanLine(person(h.From)))
		return err
	}, (*api.Client).DiscardHeld)
}

func writeHeld(w io.Writer, h api.HeldMail) error {
	var b bytes.Buffer
	facts(&b, "Held", h.ID, "Reason", h.Reason, "Received", moment(h.ReceivedAt), "Expires", moment(h.ExpiresAt),
		"From", person(h.From), "Return path", h.Sender, "To", strings.Join(h.To, ", "), "Department", h.Department,
		"Subject", h.Subject, "Sender", verdict(h.Auth), "Receipt", h.Receipt)
	writeFiles(&b, h.Attachments)
	writeTrace(&b, h.Trace)
	writeBody(&b, h.Text)
	_, err := w.Write(b.Bytes())
	return err
}

func writeTrace(b *bytes.Buffer, trace []api.TraceStep) {
	for _, s := range trace {
		fmt.Fprintf(b, "  %-10s %s\n", cleanLine(s.Step), cleanLine(s.Fact))
	}
}
