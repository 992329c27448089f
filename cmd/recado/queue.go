package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"recado/internal/api"
)

func newQueue(a *app) *cobra.Command {
	return noun("queue", "What is to be sent", queueList(a),
		on(a, argID, "show", "Show what is to be sent", reading, writeQueued, (*api.Client).Queued),
		on(a, argID, "retry", "Send it now", changing, writeQueued, (*api.Client).RetryQueued),
		on(a, argID, "cancel", "Give it up", changing, func(w io.Writer, q api.QueueItem) error {
			_, err := fmt.Fprintf(w, "Cancelled %s to %s\n", q.ID, cleanLine(strings.Join(q.Recipients, ", ")))
			return err
		}, (*api.Client).CancelQueued))
}

func queueList(a *app) *cobra.Command {
	var l listing
	var as string
	c := &cobra.Command{
		Use: "list", Short: "List what is to be sent, oldest first", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.ask(c.Context(), reading, as, func(ctx context.Context, client *api.Client) error {
				answer, err := client.Queue(ctx, l.paging)
				if err != nil {
					return err
				}
				head := []string{"ID", "PROTOCOL", "KIND", "STATE", "RECIPIENTS", "ATTEMPTS", "NEXT", "LAST ANSWER"}
				return showList(a, l.json, answer, "Nothing waits to be sent.", head, func(q api.QueueItem) []string {
					return []string{q.ID, q.Number, q.Kind, q.State, strings.Join(q.Recipients, ", "), strconv.Itoa(q.Attempts), moment(q.NextAt), q.Last}
				})
			})
		},
	}
	l.flags(c)
	asFlag(c, &as)
	return c
}

func writeQueued(w io.Writer, q api.QueueItem) error {
	var b bytes.Buffer
	facts(&b, "Queued", q.ID, "Protocol", q.Number, "Message", q.Message, "Kind", q.Kind, "State", q.State,
		"To", strings.Join(q.Recipients, ", "), "Attempts", strconv.Itoa(q.Attempts), "Next", moment(q.NextAt), "Last answer", q.Last)
	_, err := w.Write(b.Bytes())
	return err
}
