package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"recado/internal/api"
)

func newMail(a *app) *cobra.Command {
	return noun("mail", "Write to a customer first", mailSend(a))
}

// letter is what a command says that sends a mail.
type letter struct {
	textFile string
	attach   []string
}

func (l *letter) flags(c *cobra.Command) {
	c.Flags().StringVar(&l.textFile, "text-file", "", "the text, in UTF-8; - for standard input")
	c.Flags().StringArrayVar(&l.attach, "attach", nil, "a file to send along; may be repeated")
}

// read is the text and the files, looked at before anything is sent.
func (l *letter) read(a *app) (string, []api.File, error) {
	text, err := a.readText(l.textFile)
	if err != nil {
		return "", nil, err
	}
	files, err := attachments(l.attach)
	return text, files, err
}

func mailSend(a *app) *cobra.Command {
	var l letter
	var m api.Mail
	var as string
	var asJSON bool
	c := &cobra.Command{
		Use: "send", Short: "Send an active mail: it joins the contact's open protocol, or opens one", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case m.Department == "":
				return usagef("--department is missing: it names the department that writes")
			case m.To == "":
				return usagef("--to is missing: it is the customer's address")
			case m.Subject == "":
				return usagef("--subject is missing: it says what the mail is about")
			}
			text, files, err := l.read(a)
			if err != nil {
				return err
			}
			m.Text = text
			return a.ask(c.Context(), changing, as, func(ctx context.Context, client *api.Client) error {
				answer, err := client.SendMail(ctx, m, files)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, writeQueuedIn)
			})
		},
	}
	c.Flags().StringVar(&m.Department, "department", "", "the department that writes")
	c.Flags().StringVar(&m.To, "to", "", "the customer's address")
	c.Flags().StringVar(&m.Name, "name", "", "the customer's name")
	c.Flags().StringVar(&m.Subject, "subject", "", "what it is about; the number is added")
	l.flags(c)
	outputFlags(c, &asJSON)
	asFlag(c, &as)
	return c
}

// writeQueuedIn tells where a mail is that chose its protocol.
func writeQueuedIn(w io.Writer, m api.Message) error {
	_, err := fmt.Fprintf(w, "Queued %s to %s in %s\n", m.ID, cleanLine(people(m.To)), m.Number)
	return err
}

func protocolRecontact(a *app) *cobra.Command {
	var l letter
	var subject string
	c := on(a, argNumber, "recontact", "Write to the contact of a finalized protocol again", changing, writeQueuedIn,
		func(client *api.Client, ctx context.Context, number string) (api.Answer[api.Message], error) {
			text, files, err := l.read(a)
			if err != nil {
				return api.Answer[api.Message]{}, err
			}
			return client.Recontact(ctx, number, subject, text, files)
		})
	c.Flags().StringVar(&subject, "subject", "", "what it is about; without it, the protocol's subject")
	l.flags(c)
	return c
}

func protocolHistory(a *app) *cobra.Command {
	var to agentFlag
	c := on(a, argNumber, "history", "Send the contact what was written in a protocol", changing, writeQueuedIn,
		func(client *api.Client, ctx context.Context, number string) (api.Answer[api.Message], error) {
			return client.SendHistory(ctx, number, string(to))
		})
	c.Flags().Var(&to, "to", "to this address instead of the contact's; only a supervisor may")
	return c
}
