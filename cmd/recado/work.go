package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"recado/internal/api"
)

func protocolAssign(a *app) *cobra.Command {
	var agent string
	var none bool
	c := on(a, argNumber, "assign", "Give a protocol to an agent", changing, writeWork,
		func(client *api.Client, ctx context.Context, number string) (api.Answer[api.Protocol], error) {
			if none == (agent != "") {
				return api.Answer[api.Protocol]{}, usagef("say to whom: --agent EMAIL, or --none")
			}
			return client.Assign(ctx, number, agent)
		})
	c.Flags().Var((*agentFlag)(&agent), "agent", "to the agent with this address")
	c.Flags().BoolVar(&none, "none", false, "to nobody")
	return c
}

func protocolTag(a *app) *cobra.Command {
	var tags api.Tags
	c := on(a, argNumber, "tag", "Change the tags of a protocol", changing, writeWork,
		func(client *api.Client, ctx context.Context, number string) (api.Answer[api.Protocol], error) {
			if len(tags.Add)+len(tags.Remove) == 0 {
				return api.Answer[api.Protocol]{}, usagef("say which: --add TAG, --remove TAG")
			}
			return client.Tag(ctx, number, tags)
		})
	c.Flags().StringArrayVar((*[]string)(&tags.Add), "add", nil, "a tag to add; may be repeated")
	c.Flags().StringArrayVar((*[]string)(&tags.Remove), "remove", nil, "a tag to remove; may be repeated")
	return c
}

func protocolTransfer(a *app) *cobra.Command {
	var t api.Transfer
	c := on(a, argNumber, "transfer", "Give a protocol to another department or agent", changing, writeWork,
		func(client *api.Client, ctx context.Context, number string) (api.Answer[api.Protocol], error) {
			if t.Department == "" && t.Agent == "" {
				return api.Answer[api.Protocol]{}, usagef("say where it goes: --department ID, --agent EMAIL or both")
			}
			return client.Transfer(ctx, number, t)
		})
	c.Flags().StringVar(&t.Department, "department", "", "to this department; without it, within its own")
	c.Flags().Var((*agentFlag)(&t.Agent), "agent", "to the agent with this address")
	c.Flags().StringVar(&t.Reason, "reason", "", "why, for those who go on")
	return c
}

// writeWork tells where a protocol stands.
func writeWork(w io.Writer, p api.Protocol) error {
	text := p.Number + " is of " + p.Department
	if p.Agent != "" {
		text += ", assigned to " + p.Agent
	} else {
		text += ", assigned to nobody"
	}
	if len(p.Tags) > 0 {
		text += ", tagged " + strings.Join(p.Tags, ", ")
	}
	_, err := fmt.Fprintln(w, cleanLine(text))
	return err
}
