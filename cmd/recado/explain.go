package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"recado/conversation"
	"recado/internal/api"
)

func newExplain(a *app) *cobra.Command {
	var asJSON bool
	var env api.Envelope
	c := &cobra.Command{
		Use: "explain FILE", Short: "Tell what would become of a mail today, changing nothing",
		Long: "Tell what would become of a mail by the channel file of today, changing nothing.\n" +
			"FILE is a raw mail, - for standard input, or the id of a message or held mail.", Args: exactly("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(c.Context(), reading, "", func(ctx context.Context, client *api.Client) error {
				answer, err := a.explain(ctx, client, args[0], env)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, writeExplanations)
			})
		},
	}
	outputFlags(c, &asJSON)
	c.Flags().StringArrayVar(&env.Recipients, "rcpt", nil, "an address it is for; may be repeated (default: ours in To and Cc)")
	c.Flags().StringVar(&env.From, "from", "", "its return path (default: Return-Path, or From)")
	c.Flags().StringVar(&env.IP, "ip", "", "the address of the host that brings it")
	c.Flags().StringVar(&env.HELO, "helo", "", "what that host calls itself")
	return c
}

func (a *app) explain(ctx context.Context, client *api.Client, file string, env api.Envelope) (api.Answer[api.List[api.Explanation]], error) {
	if file == "-" {
		return client.Explain(ctx, a.in, env)
	}
	f, err := os.Open(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && conversation.ValidID(file):
		return client.ExplainStored(ctx, file)
	case err != nil:
		return api.Answer[api.List[api.Explanation]]{}, usagef("read the mail: %s", err)
	}
	defer f.Close()
	return client.Explain(ctx, f, env)
}

func writeExplanations(w io.Writer, list api.List[api.Explanation]) error {
	var b bytes.Buffer
	for i, e := range list.Items {
		if i > 0 {
			b.WriteByte('\n')
		}
		why := e.Reason
		if e.Held != "" {
			why = e.Held
		}
		fmt.Fprintf(&b, "%s: %s (%s) %s\n", cleanLine(strings.Join(e.Recipients, ", ")), e.Action, cleanLine(why), e.Number)
		writeTrace(&b, e.Trace)
	}
	_, err := w.Write(b.Bytes())
	return err
}
