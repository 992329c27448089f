package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"recado/conversation"
	"recado/internal/api"
)

func newToken(a *app) *cobra.Command {
	return noun("token", "Bearer tokens, by which programs use the API", tokenList(a), tokenAdd(a), tokenRevoke(a))
}

func tokenList(a *app) *cobra.Command {
	var l listing
	var as string
	c := &cobra.Command{
		Use: "list", Short: "List tokens, oldest first; what they open the API with is not kept", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.ask(c.Context(), reading, as, func(ctx context.Context, client *api.Client) error {
				answer, err := client.Tokens(ctx, l.paging)
				if err != nil {
					return err
				}
				head := []string{"ID", "NAME", "ROLE", "DEPARTMENTS", "STATUS", "LAST USED", "MADE BY"}
				return showList(a, l.json, answer, "No tokens: make one with recado token add.", head, func(t api.Token) []string {
					return []string{t.ID, t.Name, t.Role, strings.Join(t.Departments, ", "), t.Status, moment(t.LastUsedAt), t.CreatedBy}
				})
			})
		},
	}
	l.flags(c)
	asFlag(c, &as)
	return c
}

// tokenAdd prints the token alone, for scripts; what is to be said of it goes to standard error.
func tokenAdd(a *app) *cobra.Command {
	var asJSON bool
	var as string
	var t api.NewToken
	c := &cobra.Command{
		Use: "add", Short: "Make a token, which is shown this once", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if t.Name == "" {
				return usagef("--name is missing: that of the program that will use the token")
			}
			return a.ask(c.Context(), changing, as, func(ctx context.Context, client *api.Client) error {
				answer, err := client.AddToken(ctx, t)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, func(w io.Writer, made api.MadeToken) error {
					fmt.Fprintf(a.errs, "Made %s for %s. This is the token; it is not shown again:\n", made.ID, cleanLine(made.Name))
					_, err := fmt.Fprintln(w, made.Secret)
					return err
				})
			})
		},
	}
	outputFlags(c, &asJSON)
	asFlag(c, &as)
	c.Flags().StringVar(&t.Name, "name", "", "of the program, as its notes and events bear it")
	c.Flags().StringVar(&t.Role, "role", "agent", "agent, supervisor or admin")
	c.Flags().StringSliceVar(&t.Departments, "department", nil, "one to work in; may be repeated, or several with commas")
	return c
}

func tokenRevoke(a *app) *cobra.Command {
	return on(a, "ID|NAME", "revoke", "End a token at once", changing, func(w io.Writer, t api.Token) error {
		_, err := fmt.Fprintf(w, "Revoked %s (%s)\n", t.ID, cleanLine(t.Name))
		return err
	}, revokeToken)
}

// revokeToken takes the id, or the name where only one token that is still good has it.
func revokeToken(client *api.Client, ctx context.Context, what string) (api.Answer[api.Token], error) {
	if conversation.ValidID(what) {
		return client.RevokeToken(ctx, what)
	}
	all, err := client.Tokens(ctx, api.Paging{Limit: conversation.MaxLimit})
	if err != nil {
		return api.Answer[api.Token]{}, err
	}
	var ids []string
	for _, t := range all.Value.Items {
		if t.Name == what && t.Status == "active" {
			ids = append(ids, t.ID)
		}
	}
	switch len(ids) {
	case 0:
		return api.Answer[api.Token]{}, &api.Problem{Status: 404, Code: string(conversation.CodeNotFound), Detail: fmt.Sprintf("no token that is still good has the id or the name %q", what)}
	case 1:
		return client.RevokeToken(ctx, ids[0])
	}
	return api.Answer[api.Token]{}, usagef("several tokens have the name %q: say which by its id: %s", what, strings.Join(ids, ", "))
}
