package main

import (
	"context"

	"github.com/spf13/cobra"

	"recado/internal/api"
)

func newJournal(a *app) *cobra.Command {
	var l listing
	var q api.JournalQuery
	var as string
	c := &cobra.Command{
		Use: "journal", Short: "The fate of every accepted recipient, newest first", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.ask(c.Context(), reading, as, func(ctx context.Context, client *api.Client) error {
				q.Paging = l.paging
				answer, err := client.Journal(ctx, q)
				if err != nil {
					return err
				}
				head := []string{"AT", "FATE", "PROTOCOL", "RECIPIENT", "SENDER", "RECEIPT", "REASON"}
				return showList(a, l.json, answer, "The journal is empty.", head, func(j api.JournalLine) []string {
					return []string{moment(j.At), j.Fate, j.Number, j.Recipient, j.Sender, j.Receipt, j.Reason}
				})
			})
		},
	}
	l.flags(c)
	asFlag(c, &as)
	c.Flags().StringVar(&q.Receipt, "receipt", "", "of the mail whose sender was given this id")
	c.Flags().StringVar(&q.Address, "address", "", "of the recipient or the sender")
	c.Flags().StringVar(&q.Number, "number", "", "of the protocol, such as 20261123-000042")
	return c
}
