package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"recado/internal/api"
)

func newAgent(a *app) *cobra.Command {
	return noun("agent", "People, their roles and departments", agentList(a), agentAdd(a), agentSet(a), agentPassword(a),
		agentAdmit(a, "disable", "Keep an agent from logging in", "Disabled", (*api.Client).DisableAgent),
		agentAdmit(a, "enable", "Let an agent who was disabled log in again", "Enabled", (*api.Client).EnableAgent),
		agentAdmit(a, "totp-reset", "Let an agent who lost the app and the recovery codes log in with the password alone", "Turned off the second step of", (*api.Client).ResetTOTP),
		agentSessions(a), agentSignOut(a))
}

func agentList(a *app) *cobra.Command {
	var l listing
	c := &cobra.Command{
		Use: "list", Short: "List agents, by address", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.ask(c.Context(), reading, "", func(ctx context.Context, client *api.Client) error {
				answer, err := client.Agents(ctx, l.paging)
				if err != nil {
					return err
				}
				head := []string{"EMAIL", "NAME", "ROLE", "DEPARTMENTS", "STATUS", "TOTP"}
				return showList(a, l.json, answer, "No agents: add one with recado agent add.", head, func(g api.Agent) []string {
					totp := "off"
					if g.TOTP {
						totp = "on"
					}
					return []string{g.Email, g.Name, g.Role, strings.Join(g.Departments, ", "), g.Status, totp}
				})
			})
		},
	}
	l.flags(c)
	return c
}

func agentAdd(a *app) *cobra.Command {
	var asJSON, fromStdin bool
	var agent api.NewAgent
	c := &cobra.Command{
		Use: "add EMAIL", Short: "Add an agent", Args: exactly("EMAIL"),
		RunE: func(c *cobra.Command, args []string) error {
			agent.Email = args[0]
			return a.withPassword(c.Context(), fromStdin, func(ctx context.Context, client *api.Client, password string) error {
				agent.Password = password
				answer, err := client.AddAgent(ctx, agent)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, sayAgent("Added"))
			})
		},
	}
	outputFlags(c, &asJSON)
	passwordFlag(c, &fromStdin)
	c.Flags().StringVar(&agent.Name, "name", "", "as customers see it")
	c.Flags().StringVar(&agent.Role, "role", "agent", "agent, supervisor or admin")
	c.Flags().StringSliceVar(&agent.Departments, "department", nil, "one to work in; may be repeated, or several with commas")
	c.Flags().StringVar(&agent.Language, "language", "", "of the inbox: es, pt or en (default: the server's)")
	return c
}

func agentSet(a *app) *cobra.Command {
	var asJSON bool
	var name, role, language, signatureFile string
	var departments []string
	c := &cobra.Command{
		Use: "set EMAIL", Short: "Change an agent; what is not named stays as it is", Args: exactly("EMAIL"),
		RunE: func(c *cobra.Command, args []string) error {
			var e api.AgentEdit
			for _, f := range []struct {
				flag string
				from *string
				to   **string
			}{{"name", &name, &e.Name}, {"role", &role, &e.Role}, {"language", &language, &e.Language}} {
				if c.Flags().Changed(f.flag) {
					*f.to = f.from
				}
			}
			if c.Flags().Changed("department") {
				departments = slices.DeleteFunc(departments, func(id string) bool { return id == "" }) // --department "" takes all away
				e.Departments = &departments
			}
			if c.Flags().Changed("signature-file") {
				text, err := a.readFile("--signature-file", signatureFile)
				if err != nil {
					return err
				}
				e.Signature = &text
			}
			if e == (api.AgentEdit{}) {
				return usagef("say what to change: --name, --role, --department, --language or --signature-file")
			}
			return a.ask(c.Context(), offline, "", func(ctx context.Context, client *api.Client) error {
				answer, err := client.SetAgent(ctx, args[0], e)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, sayAgent("Changed"))
			})
		},
	}
	outputFlags(c, &asJSON)
	c.Flags().StringVar(&name, "name", "", "as customers see it")
	c.Flags().StringVar(&role, "role", "", "agent, supervisor or admin")
	c.Flags().StringSliceVar(&departments, "department", nil, "to work in, in place of those there are; may be repeated, or several with commas")
	c.Flags().StringVar(&language, "language", "", "of the inbox: es, pt or en; empty: the server's")
	c.Flags().StringVar(&signatureFile, "signature-file", "", "what closes the agent's mails, above the department's signature, in UTF-8; - for standard input; an empty file takes it away")
	return c
}

func agentPassword(a *app) *cobra.Command {
	var asJSON, fromStdin bool
	c := &cobra.Command{
		Use: "passwd EMAIL", Short: "Change an agent's password", Args: exactly("EMAIL"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withPassword(c.Context(), fromStdin, func(ctx context.Context, client *api.Client, password string) error {
				answer, err := client.SetPassword(ctx, args[0], password)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, sayAgent("Changed the password of"))
			})
		},
	}
	outputFlags(c, &asJSON)
	passwordFlag(c, &fromStdin)
	return c
}

// agentAdmit changes who may log in.
func agentAdmit(a *app, verb, what, done string, change func(*api.Client, context.Context, string) (api.Answer[api.Agent], error)) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: verb + " EMAIL", Short: what, Args: exactly("EMAIL"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(c.Context(), offline, "", func(ctx context.Context, client *api.Client) error {
				answer, err := change(client, ctx, args[0])
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, sayAgent(done))
			})
		},
	}
	outputFlags(c, &asJSON)
	return c
}

func sayAgent(what string) func(io.Writer, api.Agent) error {
	return func(w io.Writer, g api.Agent) error {
		_, err := fmt.Fprintln(w, what, cleanLine(g.Email))
		return err
	}
}

func passwordFlag(c *cobra.Command, fromStdin *bool) {
	c.Flags().BoolVar(fromStdin, "password-stdin", false, "read the password from standard input, up to its line end")
}

// withPassword obtains a password before anything is opened, since a person may take a while.
func (a *app) withPassword(ctx context.Context, fromStdin bool, fn func(context.Context, *api.Client, string) error) error {
	if _, err := a.load(); err != nil {
		return err
	}
	password, err := a.password(ctx, fromStdin)
	if err != nil {
		return err
	}
	return a.ask(ctx, offline, "", func(ctx context.Context, client *api.Client) error { return fn(ctx, client, password) })
}

// maxPassword bounds what is read, in octets.
const maxPassword = 4096

// password reads one line of standard input, or asks twice on the terminal without showing it.
func (a *app) password(ctx context.Context, fromStdin bool) (string, error) {
	if fromStdin {
		line, err := bufio.NewReader(io.LimitReader(a.in, maxPassword)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", usagef("standard input holds no password")
		}
		return line, nil
	}
	if !term.IsTerminal(int(a.in.Fd())) {
		return "", usagef("standard input is no terminal to ask for a password: give it with --password-stdin")
	}
	first, err := a.prompt(ctx, "Password: ")
	if err != nil {
		return "", err
	}
	second, err := a.prompt(ctx, "Again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", usagef("the two passwords differ: nothing was changed")
	}
	return first, nil
}

// prompt asks for a line that is not shown. An interrupt gives the terminal back as it was: the read
// itself cannot be ended, and goes with the process.
func (a *app) prompt(ctx context.Context, words string) (string, error) {
	fd := int(a.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	fmt.Fprint(a.errs, words)
	type answer struct {
		line []byte
		err  error
	}
	answered := make(chan answer, 1) // never closed; takes the one answer even when nobody waits for it
	go func() {
		line, err := term.ReadPassword(fd)
		answered <- answer{line, err}
	}()
	select {
	case got := <-answered:
		fmt.Fprintln(a.errs)
		if got.err != nil {
			return "", fmt.Errorf("read the password: %w", got.err)
		}
		return string(got.line), nil
	case <-ctx.Done():
		fmt.Fprintln(a.errs)
		return "", errors.Join(errors.New("interrupted: nothing was changed"), term.Restore(fd, before))
	}
}
