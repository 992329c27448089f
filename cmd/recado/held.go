package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
	return onEach(a, "accept", "Let held mails through", func(w io.Writer, m api.Message) error {
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
	return onEach(a, "discard", "End held mails", func(w io.Writer, h api.Held) error {
		_, err := fmt.Fprintf(w, "Discarded %s from %s\n", h.ID, cleanLine(person(h.From)))
		return err
	}, (*api.Client).DiscardHeld)
}

// onEach is a command that changes each of the held mails that it is given. With --json one is answered with its
// document, several with a list of them. What fails stands in nobody's way; the first failure is the exit status.
func onEach[T any](a *app, use, short string, human func(io.Writer, T) error, call func(*api.Client, context.Context, string) (api.Answer[T], error)) *cobra.Command {
	var asJSON bool
	var as string
	c := &cobra.Command{
		Use: use + " ID...", Short: short,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("usage: %s ID...", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(c.Context(), changing, as, func(ctx context.Context, client *api.Client) error {
				var failed error
				done := []json.RawMessage{}
				for _, id := range args {
					answer, err := call(client, ctx, id)
					switch {
					case err != nil && len(args) == 1:
						return err
					case err != nil:
						fmt.Fprintf(a.errs, "recado: %s: %s\n", cleanLine(id), err)
						if failed == nil {
							failed = err
						}
						continue
					case asJSON:
						done = append(done, answer.JSON)
						continue
					}
					if err := human(a.out, answer.Value); err != nil {
						return err
					}
				}
				if asJSON {
					return errors.Join(printEach(a.out, done, len(args)), failed)
				}
				return failed
			})
		},
	}
	outputFlags(c, &asJSON)
	asFlag(c, &as)
	return c
}

// printEach prints the document of the one mail that was asked for, of several a list.
func printEach(w io.Writer, done []json.RawMessage, asked int) error {
	if asked == 1 {
		return printJSON(w, done[0])
	}
	list, err := json.Marshal(api.List[json.RawMessage]{Items: done})
	if err != nil {
		return err
	}
	return printJSON(w, list)
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
