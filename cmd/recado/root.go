package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"recado/internal/api"
	"recado/internal/config"
)

// app is what every command has.
type app struct {
	configPath string
	in         *os.File
	out, errs  io.Writer
}

// newRoot is all commands.
func newRoot(a *app) *cobra.Command {
	root := noun("recado", "A self-hosted email channel for customer service",
		newServe(a), newDemo(a), newConfig(a), newDNS(a), newDomain(a), newChannel(a), newDepartment(a), newAgent(a), newToken(a), newProtocol(a), newContact(a), newMail(a), newCanned(a), newHeld(a), newQueue(a), newJournal(a), newAudit(a), newNumbers(a), newSearch(a), newExplain(a), newVersion(a))
	root.Version = version()
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetOut(a.out)
	root.SetErr(a.errs)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%s; see %s --help", err, c.CommandPath())
	})
	root.PersistentFlags().StringVar(&a.configPath, "config", "", "the channel file (default: $RECADO_CONFIG, ./recado.toml, /etc/recado/recado.toml)")
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(newHelp())
	return root
}

// newHelp is cobra's, but for a command that does not exist, which it would tell with status 0.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Explain a command",
		RunE: func(c *cobra.Command, args []string) error {
			found, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usagef("there is no command %q to explain", strings.Join(args, " "))
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

// noun is a command that only holds others.
func noun(use, short string, verbs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 && c.HasParent() {
				return usagef("say what to do: %s %s", c.CommandPath(), strings.Join(verbNames(c), "|"))
			}
			if len(args) == 0 {
				return c.Help()
			}
			return usagef("%s has no command %q; there are %s", c.CommandPath(), args[0], strings.Join(verbNames(c), ", "))
		},
	}
	c.AddCommand(verbs...)
	return c
}

func verbNames(c *cobra.Command) []string {
	var names []string
	for _, v := range c.Commands() {
		if v.IsAvailableCommand() {
			names = append(names, v.Name())
		}
	}
	return names
}

// exactly wants the arguments that the names tell.
func exactly(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		if len(names) == 0 {
			return usagef("%s takes no arguments", c.CommandPath())
		}
		return usagef("usage: %s %s", c.CommandPath(), strings.Join(names, " "))
	}
}

// outputFlags adds --json.
func outputFlags(c *cobra.Command, asJSON *bool) {
	c.Flags().BoolVar(asJSON, "json", false, "print one JSON document, as the API answers it")
}

// What things are known by.
const (
	argID     = "ID"
	argNumber = "NUMBER"
)

// on is a command that takes one argument, by which the API knows a thing, and prints what it answers.
func on[T any](a *app, argument, use, short string, need need, human func(io.Writer, T) error,
	call func(*api.Client, context.Context, string) (api.Answer[T], error)) *cobra.Command {
	var asJSON bool
	var as string
	c := &cobra.Command{
		Use: use + " " + argument, Short: short, Args: exactly(argument),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(c.Context(), need, as, func(ctx context.Context, client *api.Client) error {
				answer, err := call(client, ctx, args[0])
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, human)
			})
		},
	}
	outputFlags(c, &asJSON)
	asFlag(c, &as)
	return c
}

// listing are the flags of every listing.
type listing struct {
	json   bool
	paging api.Paging
}

func (l *listing) flags(c *cobra.Command) {
	outputFlags(c, &l.json)
	c.Flags().IntVar(&l.paging.Limit, "limit", 50, "at most this many; a page holds 500")
	c.Flags().StringVar(&l.paging.Cursor, "cursor", "", "go on where an earlier page ended")
}

func (l *listing) check() error {
	if l.paging.Limit < 1 {
		return usagef("--limit is a number from 1")
	}
	return nil
}

// fileError is a channel file that cannot be read.
type fileError struct {
	text  string
	cause error
}

func (e *fileError) Error() string { return e.text }
func (e *fileError) Unwrap() error { return e.cause }

// defaultConfig is where the channel file stands on an installed system.
const defaultConfig = "/etc/recado/recado.toml"

// channelFile is the path of the channel file.
func (a *app) channelFile() string {
	if a.configPath != "" {
		return a.configPath
	}
	if path := os.Getenv("RECADO_CONFIG"); path != "" {
		return path
	}
	if _, err := os.Stat("recado.toml"); err == nil {
		return "recado.toml"
	}
	return defaultConfig
}

// load reads the channel file. Its problems become one error of several lines.
func (a *app) load() (*config.Config, error) {
	path := a.channelFile()
	cfg, err := config.Load(path, nil)
	var problems config.Problems
	switch {
	case err == nil:
		return cfg, nil
	case errors.As(err, &problems):
		return nil, fmt.Errorf("%s in %s:\n%w", count(len(problems), "problem"), path, err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, &fileError{"there is no channel file at " + path + ": name it with --config or RECADO_CONFIG, or put a recado.toml here (config.example.toml is one to begin with)", err}
	}
	return nil, &fileError{err.Error(), err}
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Tell which version this is", Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.out, "recado", version())
			return err
		},
	}
}

// version is the module's, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	revision, modified := "devel", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = "+changes"
		}
	}
	return revision + modified
}

// count writes "1 problem", "2 problems".
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
