package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"recado/internal/api"
)

func agentSessions(a *app) *cobra.Command {
	var l listing
	c := &cobra.Command{
		Use: "sessions EMAIL", Short: "List where an agent is logged in, the latest log-in first", Args: exactly("EMAIL"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.ask(c.Context(), reading, "", func(ctx context.Context, client *api.Client) error {
				answer, err := client.Sessions(ctx, args[0], l.paging)
				if err != nil {
					return err
				}
				head := []string{"ID", "SINCE", "LAST USED", "ADDRESS", "BROWSER"}
				return showList(a, l.json, answer, "Logged in nowhere.", head, func(s api.Session) []string {
					return []string{s.ID, moment(s.CreatedAt), moment(s.LastUsedAt), s.Address, s.Browser}
				})
			})
		},
	}
	l.flags(c)
	return c
}

func agentSignOut(a *app) *cobra.Command {
	var asJSON bool
	var session string
	c := &cobra.Command{
		Use: "sign-out EMAIL", Short: "End an agent's sessions at once, or one of them", Args: exactly("EMAIL"),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("session") && session == "" {
				return usagef("--session is the id of one, as recado agent sessions lists it; without it all are ended")
			}
			return a.ask(c.Context(), offline, "", func(ctx context.Context, client *api.Client) error {
				answer, err := client.SignOut(ctx, args[0], session)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, func(w io.Writer, out api.SignedOut) error {
					_, err := fmt.Fprintf(w, "Ended %d of the sessions of %s\n", len(out.Ended), cleanLine(args[0]))
					return err
				})
			})
		},
	}
	outputFlags(c, &asJSON)
	c.Flags().StringVar(&session, "session", "", "the id of the one to end (default: all)")
	return c
}
