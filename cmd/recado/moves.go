package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"recado/internal/api"
)

func protocolSplit(a *app) *cobra.Command {
	var message string
	c := on(a, argNumber, "split", "Give a message and what follows it a protocol of its own", changing,
		func(w io.Writer, p api.Protocol) error {
			_, err := fmt.Fprintf(w, "%s begins with the message\n", p.Number)
			return err
		},
		func(client *api.Client, ctx context.Context, number string) (api.Answer[api.Protocol], error) {
			if message == "" {
				return api.Answer[api.Protocol]{}, usagef("--message is missing: it names the message that the new protocol begins with (see recado protocol show)")
			}
			return client.Split(ctx, number, message)
		})
	c.Flags().StringVar(&message, "message", "", "the id of the message that the new protocol begins with")
	return c
}

func protocolMerge(a *app) *cobra.Command {
	var into string
	c := on(a, argNumber, "merge", "Bring all of a protocol into another of the same contact", changing,
		func(w io.Writer, p api.Protocol) error {
			_, err := fmt.Fprintf(w, "%s has the messages of both\n", p.Number)
			return err
		},
		func(client *api.Client, ctx context.Context, number string) (api.Answer[api.Protocol], error) {
			if into == "" {
				return api.Answer[api.Protocol]{}, usagef("--into is missing: it names the protocol that takes the messages")
			}
			return client.Merge(ctx, number, into)
		})
	c.Flags().StringVar(&into, "into", "", "the number of the protocol that takes the messages")
	return c
}

func protocolUndo(a *app) *cobra.Command {
	return on(a, argNumber, "undo", "Take back the last split or merge of a protocol", changing,
		func(w io.Writer, p api.Protocol) error {
			_, err := fmt.Fprintf(w, "%s has its messages back\n", p.Number)
			return err
		}, (*api.Client).Undo)
}
