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

func newChannel(a *app) *cobra.Command {
	return noun("channel", "The channels of the channel file", channelList(a), channelShow(a), channelAdd(a), channelSet(a),
		channelSwitch(a, "enable", "Let a channel work again", "active"), channelSwitch(a, "disable", "Switch a channel off", "inactive"), channelRemove(a))
}

func channelList(a *app) *cobra.Command {
	var l listing
	c := &cobra.Command{
		Use: "list", Short: "List the channels, in the file's order", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.readChannelFile(c.Context(), func(client *api.Client) error {
				answer, err := client.Channels(c.Context(), l.paging)
				if err != nil {
					return err
				}
				head := []string{"SEND", "EMAIL", "DEPARTMENT", "STATUS"}
				return showList(a, l.json, answer, "No channels: add one with recado channel add.", head, func(r api.Channel) []string {
					return []string{r.Send, r.Email, r.Department, r.Status}
				})
			})
		},
	}
	l.flags(c)
	return c
}

func channelShow(a *app) *cobra.Command {
	return channelCommand(a, "show", "Show a channel", func(*cobra.Command) func() (api.ChannelEdit, error) { return nil },
		func(ctx context.Context, email, send string, _ api.ChannelEdit) (answer api.Answer[api.Channel], err error) {
			err = a.readChannelFile(ctx, func(client *api.Client) error {
				answer, err = client.Channel(ctx, email, send)
				return err
			})
			return answer, err
		}, writeChannel)
}

// channelCommand is a command that names one channel: by its email, and by --send where that has several.
func channelCommand(a *app, verb, short string, flags func(*cobra.Command) func() (api.ChannelEdit, error),
	call func(ctx context.Context, email, send string, edit api.ChannelEdit) (api.Answer[api.Channel], error),
	human func(io.Writer, api.Channel) error) *cobra.Command {
	var asJSON bool
	var send string
	c := &cobra.Command{Use: verb + " EMAIL", Short: short, Args: exactly("EMAIL")}
	outputFlags(c, &asJSON)
	c.Flags().StringVar(&send, "send", "", "the send type of the row, where the email has several: all, active, recontact, history, receptive")
	edit := flags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		var wanted api.ChannelEdit
		if edit != nil {
			var err error
			if wanted, err = edit(); err != nil {
				return err
			}
		}
		answer, err := call(c.Context(), args[0], send, wanted)
		if err != nil {
			return err
		}
		return show(a, asJSON, answer, human)
	}
	return c
}

// editing is the call of a command that changes a row.
func (a *app) editing(call func(client *api.Client, ctx context.Context, email, send string, edit api.ChannelEdit) (api.Answer[api.Channel], error)) func(context.Context, string, string, api.ChannelEdit) (api.Answer[api.Channel], error) {
	return func(ctx context.Context, email, send string, edit api.ChannelEdit) (answer api.Answer[api.Channel], err error) {
		err = a.editChannelFile(ctx, func(client *api.Client) error {
			answer, err = call(client, ctx, email, send, edit)
			return err
		})
		return answer, err
	}
}

func channelAdd(a *app) *cobra.Command {
	var asJSON, inactive bool
	var edit api.ChannelEdit
	var given rowFlags
	var send string
	c := &cobra.Command{
		Use: "add EMAIL", Short: "Add a channel", Args: exactly("EMAIL"),
		RunE: func(c *cobra.Command, args []string) error {
			edit = given.edit(c)
			if edit.Department == nil {
				return usagef("say which department the mail goes to: --department D")
			}
			edit.Email = &args[0]
			if c.Flags().Changed("send") {
				edit.Send = &send
			}
			if inactive {
				status := "inactive"
				edit.Status = &status
			}
			return a.editChannelFile(c.Context(), func(client *api.Client) error {
				answer, err := client.AddChannel(c.Context(), edit)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, sayChannel("Added"))
			})
		},
	}
	outputFlags(c, &asJSON)
	given.flags(c)
	c.Flags().StringVar(&send, "send", "all", "what it is for: all, active, recontact, history, receptive")
	c.Flags().BoolVar(&inactive, "inactive", false, "switched off from the start")
	return c
}

// rowFlags are the keys of a row that are set by flags.
type rowFlags struct {
	department, unverified, dmarc string
	robots                        []string
}

func (f *rowFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.department, "department", "", "the id of the department that it leads to")
	c.Flags().StringVar(&f.unverified, "unverified", "", "what mail meets that nothing vouches for: accept, hold")
	c.Flags().StringVar(&f.dmarc, "dmarc", "", "what mail meets that fails its domain's policy: hold, refuse")
	c.Flags().StringSliceVar(&f.robots, "robots", nil, "addresses or domains whose automatic mail is a customer's; \"\" for none")
}

func (f *rowFlags) edit(c *cobra.Command) (e api.ChannelEdit) {
	for _, flag := range []struct {
		name  string
		value *string
		into  **string
	}{{"department", &f.department, &e.Department}, {"unverified", &f.unverified, &e.Unverified}, {"dmarc", &f.dmarc, &e.DMARC}} {
		if c.Flags().Changed(flag.name) {
			*flag.into = flag.value
		}
	}
	if c.Flags().Changed("robots") {
		robots := append([]string{}, f.robots...)
		if len(robots) == 1 && robots[0] == "" {
			robots = []string{}
		}
		e.Robots = &robots
	}
	return e
}

func channelSet(a *app) *cobra.Command {
	return channelCommand(a, "set", "Change a channel's keys", func(c *cobra.Command) func() (api.ChannelEdit, error) {
		var given rowFlags
		var email, send, status string
		given.flags(c)
		c.Flags().StringVar(&send, "new-send", "", "another send type for the row")
		c.Flags().StringVar(&email, "new-email", "", "another address for the row")
		c.Flags().StringVar(&status, "status", "", "active or inactive")
		return func() (api.ChannelEdit, error) {
			edit := given.edit(c)
			for _, flag := range []struct {
				name  string
				value *string
				into  **string
			}{{"new-send", &send, &edit.Send}, {"new-email", &email, &edit.Email}, {"status", &status, &edit.Status}} {
				if c.Flags().Changed(flag.name) {
					*flag.into = flag.value
				}
			}
			if edit == (api.ChannelEdit{}) && !c.Flags().Changed("send") {
				return edit, usagef("say what to change: --department, --send, --status, --unverified, --dmarc, --robots or --new-email")
			}
			return edit, nil
		}
	}, a.editing(setChannel), sayChannel("Changed"))
}

// setChannel takes --send for the new send type where the email has one row, of another type: nothing else
// can be meant by it.
func setChannel(client *api.Client, ctx context.Context, email, send string, edit api.ChannelEdit) (api.Answer[api.Channel], error) {
	if only, err := client.Channel(ctx, email, ""); err == nil && send != "" && only.Value.Send != send && edit.Send == nil {
		wanted := send
		edit.Send, send = &wanted, only.Value.Send
	}
	return client.SetChannel(ctx, email, send, edit)
}

func channelSwitch(a *app, verb, short, status string) *cobra.Command {
	return channelCommand(a, verb, short, func(*cobra.Command) func() (api.ChannelEdit, error) {
		return func() (api.ChannelEdit, error) { return api.ChannelEdit{Status: &status}, nil }
	}, a.editing((*api.Client).SetChannel), sayChannel(map[string]string{"active": "Enabled", "inactive": "Disabled"}[status]))
}

func channelRemove(a *app) *cobra.Command {
	return channelCommand(a, "remove", "Remove a channel from the file; what came by it stays", func(*cobra.Command) func() (api.ChannelEdit, error) { return nil },
		a.editing(func(client *api.Client, ctx context.Context, email, send string, _ api.ChannelEdit) (api.Answer[api.Channel], error) {
			return client.RemoveChannel(ctx, email, send)
		}), sayChannel("Removed"))
}

func sayChannel(what string) func(io.Writer, api.Channel) error {
	return func(w io.Writer, c api.Channel) error {
		_, err := fmt.Fprintf(w, "%s %s (%s, %s, %s)\n", what, cleanLine(c.Email), c.Send, cleanLine(c.Department), c.Status)
		return err
	}
}

func writeChannel(w io.Writer, c api.Channel) error {
	var b bytes.Buffer
	facts(&b, "Email", c.Email, "Department", c.Department, "Send", c.Send, "Status", c.Status,
		"Unverified", c.Unverified, "DMARC", c.DMARC, "Robots", strings.Join(c.Robots, ", "))
	_, err := w.Write(b.Bytes())
	return err
}
