package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"recado/conversation"
	"recado/internal/api"
)

func newDepartment(a *app) *cobra.Command {
	return noun("department", "The departments of the channel file", departmentList(a), departmentShow(a), departmentAdd(a), departmentSet(a), departmentRemove(a))
}

func departmentList(a *app) *cobra.Command {
	var l listing
	c := &cobra.Command{
		Use: "list", Short: "List the departments, in the file's order", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.readChannelFile(c.Context(), func(client *api.Client) error {
				answer, err := client.Departments(c.Context(), l.paging)
				if err != nil {
					return err
				}
				head := []string{"ID", "NAME", "ISOLATED", "ACKNOWLEDGE", "LANGUAGE"}
				return showList(a, l.json, answer, "No departments: add one with recado department add.", head, func(d api.Department) []string {
					return []string{d.ID, d.Name, yesNo(d.Isolated), yesNo(d.Acknowledge), d.Language}
				})
			})
		},
	}
	l.flags(c)
	return c
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func departmentShow(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "show ID", Short: "Show a department", Args: exactly("ID"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.readChannelFile(c.Context(), func(client *api.Client) error {
				answer, err := client.Department(c.Context(), args[0])
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, writeDepartment)
			})
		},
	}
	outputFlags(c, &asJSON)
	return c
}

func writeDepartment(w io.Writer, d api.Department) error {
	var b bytes.Buffer
	facts(&b, "ID", d.ID, "Name", d.Name, "Isolated", yesNo(d.Isolated), "Acknowledge", yesNo(d.Acknowledge),
		"Language", d.Language, "Classifications", strings.Join(d.Classifications, ", "))
	_, err := w.Write(b.Bytes())
	return err
}

func sayDepartment(what string) func(io.Writer, api.Department) error {
	return func(w io.Writer, d api.Department) error {
		_, err := fmt.Fprintf(w, "%s %s (%s)\n", what, d.ID, cleanLine(d.Name))
		return err
	}
}

// departmentFlags are the keys of a row that are set by flags.
type departmentFlags struct {
	name, language, acknowledgement, signature string
	isolated, acknowledge                      bool
	classifications                            []string
}

func (f *departmentFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.name, "name", "", "how people name it, customers too; \"\" for its id")
	c.Flags().BoolVar(&f.isolated, "isolated", false, "nobody outside reads its protocols")
	c.Flags().BoolVar(&f.acknowledge, "acknowledge", true, "a new protocol is acknowledged to its sender")
	c.Flags().StringVar(&f.language, "language", "", "of its automatic texts: es, pt, en; \"\" for the server's")
	c.Flags().StringVar(&f.acknowledgement, "acknowledgement-file", "", "what an acknowledgement says; \"\" for the built-in text")
	c.Flags().StringVar(&f.signature, "signature-file", "", "what stands below every answer; \"\" for nothing")
	c.Flags().StringSliceVar(&f.classifications, "classifications", nil, "what its protocols may be finalized as; \"\" for anything")
}

// edit is what the flags ask for. A file is named from the folder of the command, and written as the channel file
// finds it.
func (f *departmentFlags) edit(c *cobra.Command, channelFile string) (e api.DepartmentEdit, err error) {
	for _, flag := range []struct {
		name  string
		value *string
		into  **string
	}{{"name", &f.name, &e.Name}, {"language", &f.language, &e.Language}} {
		if c.Flags().Changed(flag.name) {
			*flag.into = flag.value
		}
	}
	for _, flag := range []struct {
		name  string
		value *bool
		into  **bool
	}{{"isolated", &f.isolated, &e.Isolated}, {"acknowledge", &f.acknowledge, &e.Acknowledge}} {
		if c.Flags().Changed(flag.name) {
			*flag.into = flag.value
		}
	}
	for _, flag := range []struct {
		name, value string
		into        **string
	}{{"acknowledgement-file", f.acknowledgement, &e.AcknowledgementFile}, {"signature-file", f.signature, &e.SignatureFile}} {
		if c.Flags().Changed(flag.name) {
			file, err := fromFile(channelFile, flag.value)
			if err != nil {
				return e, err
			}
			*flag.into = &file
		}
	}
	if c.Flags().Changed("classifications") {
		list := append([]string{}, f.classifications...)
		if len(list) == 1 && list[0] == "" {
			list = []string{}
		}
		e.Classifications = &list
	}
	return e, nil
}

// fromFile is how the channel file names a file that the command's folder names otherwise: from its own folder
// where it is below that, else whole.
func fromFile(channelFile, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	file, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	folder, err := filepath.Abs(filepath.Dir(channelFile))
	if err != nil {
		return "", err
	}
	if near, err := filepath.Rel(folder, file); err == nil && filepath.IsLocal(near) {
		return filepath.ToSlash(near), nil
	}
	return file, nil
}

func departmentAdd(a *app) *cobra.Command {
	var asJSON bool
	var given departmentFlags
	var email, send string
	c := &cobra.Command{
		Use: "add ID", Short: "Add a department with its first channel", Args: exactly("ID"),
		RunE: func(c *cobra.Command, args []string) error {
			if email == "" {
				return usagef("say by which address it is reached: --email soporte@example.com, a new channel")
			}
			edit, err := given.edit(c, a.channelFile())
			if err != nil {
				return err
			}
			edit.ID = &args[0]
			body := api.NewDepartment{DepartmentEdit: edit, Channel: api.ChannelEdit{Email: &email}}
			if c.Flags().Changed("send") {
				body.Channel.Send = &send
			}
			return a.editChannelFile(c.Context(), func(client *api.Client) error {
				answer, err := client.AddDepartment(c.Context(), body)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, sayDepartment("Added"))
			})
		},
	}
	outputFlags(c, &asJSON)
	given.flags(c)
	c.Flags().StringVar(&email, "email", "", "the address of its first channel")
	c.Flags().StringVar(&send, "send", "all", "what that is for: all, active, recontact, history, receptive")
	return c
}

func departmentSet(a *app) *cobra.Command {
	var asJSON bool
	var given departmentFlags
	c := &cobra.Command{
		Use: "set ID", Short: "Change a department's keys", Args: exactly("ID"),
		RunE: func(c *cobra.Command, args []string) error {
			edit, err := given.edit(c, a.channelFile())
			if err != nil {
				return err
			}
			if edit == (api.DepartmentEdit{}) {
				return usagef("say what to change: --name, --isolated, --acknowledge, --language, --classifications, --acknowledgement-file or --signature-file")
			}
			return a.editChannelFile(c.Context(), func(client *api.Client) error {
				answer, err := client.SetDepartment(c.Context(), args[0], edit)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, sayDepartment("Changed"))
			})
		},
	}
	outputFlags(c, &asJSON)
	given.flags(c)
	return c
}

func departmentRemove(a *app) *cobra.Command {
	var asJSON, with bool
	var to string
	c := &cobra.Command{
		Use: "remove ID", Short: "Remove a department from the file; what is finalized of it stays", Args: exactly("ID"),
		RunE: func(c *cobra.Command, args []string) error {
			if with && to != "" {
				return usagef("say --channels-to or --with-channels, not both")
			}
			return a.editChannelFile(c.Context(), func(client *api.Client) error {
				answer, err := client.RemoveDepartment(c.Context(), args[0], to, with)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, sayDepartment("Removed"))
			})
		},
	}
	outputFlags(c, &asJSON)
	c.Flags().StringVar(&to, "channels-to", "", "the department that its channels lead to from then on")
	c.Flags().BoolVar(&with, "with-channels", false, "remove its channels, too")
	return c
}

// askedStanding asks the running server what stands in the way of an edit; where none runs, the store.
type askedStanding struct{ a *app }

func (s askedStanding) OpenOf(ctx context.Context, department string) (numbers []string, err error) {
	err = s.a.ask(ctx, reading, "", func(ctx context.Context, client *api.Client) error {
		page := api.Paging{Limit: conversation.MaxLimit}
		for numbers = nil; ; {
			answer, err := client.Protocols(ctx, api.ProtocolQuery{Status: "open", Department: department, Paging: page})
			if err != nil {
				return err
			}
			for _, p := range answer.Value.Items { // others' are seen by it, too
				if p.Department == department {
					numbers = append(numbers, p.Number)
				}
			}
			if page.Cursor = answer.Value.Next; page.Cursor == "" || len(numbers) > conversation.MaxListed {
				return nil
			}
		}
	})
	if errors.As(err, new(nothingKept)) {
		err = nil
	}
	return numbers, err
}

// WasIsolated is asked of admins' edits; a command is the operator's.
func (askedStanding) WasIsolated(context.Context, string) (bool, error) { return false, nil }
