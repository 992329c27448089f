package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"recado/conversation"
	"recado/internal/api"
)

func newCanned(a *app) *cobra.Command {
	return noun("canned", "Canned answers, the texts that agents answer with again and again", cannedList(a), cannedShow(a), cannedAdd(a),
		cannedSet(a), on(a, argID, "remove", "Remove a canned answer", changing, sayCanned("Removed"), (*api.Client).RemoveCanned))
}

func cannedList(a *app) *cobra.Command {
	var l listing
	var as string
	c := &cobra.Command{
		Use: "list", Short: "List canned answers, by title", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := l.check(); err != nil {
				return err
			}
			return a.ask(c.Context(), reading, as, func(ctx context.Context, client *api.Client) error {
				answer, err := client.CannedAnswers(ctx, l.paging)
				if err != nil {
					return err
				}
				head := []string{"ID", "TITLE", "DEPARTMENT", "LANGUAGES", "UPDATED", "BY"}
				return showList(a, l.json, answer, "No canned answers: add one with recado canned add.", head, func(c api.CannedAnswer) []string {
					return []string{c.ID, c.Title, c.Department, strings.Join(slices.Sorted(maps.Keys(c.Texts)), ", "), moment(c.UpdatedAt), c.UpdatedBy}
				})
			})
		},
	}
	l.flags(c)
	asFlag(c, &as)
	return c
}

func cannedShow(a *app) *cobra.Command {
	return on(a, argID, "show", "Show a canned answer with its texts", reading, writeCanned, (*api.Client).CannedAnswer)
}

func writeCanned(w io.Writer, c api.CannedAnswer) error {
	var b bytes.Buffer
	facts(&b, "Canned", c.ID, "Title", c.Title, "Department", c.Department, "Updated", moment(c.UpdatedAt), "By", c.UpdatedBy)
	for _, language := range slices.Sorted(maps.Keys(c.Texts)) {
		fmt.Fprintf(&b, "\n--- %s\n", cleanLine(language))
		writeBody(&b, c.Texts[language])
	}
	_, err := w.Write(b.Bytes())
	return err
}

func sayCanned(what string) func(io.Writer, api.CannedAnswer) error {
	return func(w io.Writer, c api.CannedAnswer) error {
		_, err := fmt.Fprintf(w, "%s %s %s\n", what, c.ID, cleanLine(c.Title))
		return err
	}
}

// cannedFlags are what makes or changes a canned answer.
type cannedFlags struct {
	title, department string
	files             map[string]*string // the file with the text, by language
}

func (f *cannedFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.title, "title", "", "what agents choose it by")
	c.Flags().StringVar(&f.department, "department", "", "whose agents have it; empty: everybody's")
	f.files = map[string]*string{}
	for _, language := range conversation.Languages {
		f.files[language] = c.Flags().String(language, "", "the file with the text in this language, in UTF-8; - for standard input")
	}
}

// edit is what the flags say; those that were not given change nothing.
func (f *cannedFlags) edit(a *app, c *cobra.Command) (api.CannedEdit, error) {
	e := api.CannedEdit{Texts: map[string]string{}}
	if c.Flags().Changed("title") {
		e.Title = &f.title
	}
	if c.Flags().Changed("department") {
		e.Department = &f.department
	}
	standard := "" // the language whose text is standard input
	for _, language := range conversation.Languages {
		if *f.files[language] != "-" {
			continue
		}
		if standard != "" {
			return e, usagef("standard input is one text: give --%s or --%s a file", standard, language)
		}
		standard = language
	}
	for _, language := range conversation.Languages {
		if !c.Flags().Changed(language) {
			continue
		}
		path := *f.files[language]
		text, err := a.readFile("--"+language, path)
		if err != nil {
			return e, err
		}
		if strings.TrimSpace(text) == "" {
			return e, usagef("%s holds no text", path)
		}
		e.Texts[language] = text
	}
	return e, nil
}

// cannedCall asks for a change of a canned answer.
type cannedCall func(context.Context, *api.Client) (api.Answer[api.CannedAnswer], error)

func cannedAdd(a *app) *cobra.Command {
	var f cannedFlags
	c := a.cannedCommand("add", "Add a canned answer", exactly(), sayCanned("Added"), func(c *cobra.Command, _ []string) (cannedCall, error) {
		e, err := f.edit(a, c)
		switch {
		case err != nil:
			return nil, err
		case f.title == "":
			return nil, usagef("--title is missing: it is what agents choose the answer by")
		case len(e.Texts) == 0:
			return nil, usagef("there is no text: name its file with --es, --pt or --en")
		}
		return func(ctx context.Context, client *api.Client) (api.Answer[api.CannedAnswer], error) {
			return client.AddCanned(ctx, e)
		}, nil
	})
	f.add(c)
	return c
}

func cannedSet(a *app) *cobra.Command {
	var f cannedFlags
	var without []string
	c := a.cannedCommand("set ID", "Change a canned answer; what is not named stays as it is", exactly(argID), sayCanned("Changed"),
		func(c *cobra.Command, args []string) (cannedCall, error) {
			e, err := f.edit(a, c)
			if err != nil {
				return nil, err
			}
			for _, language := range without {
				if _, both := e.Texts[language]; both {
					return nil, usagef("--%s and --without %s do not go together", language, language)
				}
				e.Texts[language] = ""
			}
			if e.Title == nil && e.Department == nil && len(e.Texts) == 0 {
				return nil, usagef("say what to change: --title, --department, --es, --pt, --en or --without")
			}
			return func(ctx context.Context, client *api.Client) (api.Answer[api.CannedAnswer], error) {
				return client.SetCanned(ctx, args[0], e)
			}, nil
		})
	f.add(c)
	c.Flags().StringSliceVar(&without, "without", nil, "take the text of this language away: es, pt or en")
	return c
}

// cannedCommand is a command that changes a canned answer on the running server. What it was given is looked at before
// the server is asked.
func (a *app) cannedCommand(use, short string, args cobra.PositionalArgs, human func(io.Writer, api.CannedAnswer) error,
	prepare func(*cobra.Command, []string) (cannedCall, error)) *cobra.Command {
	var asJSON bool
	var as string
	c := &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(c *cobra.Command, args []string) error {
			call, err := prepare(c, args)
			if err != nil {
				return err
			}
			return a.ask(c.Context(), changing, as, func(ctx context.Context, client *api.Client) error {
				answer, err := call(ctx, client)
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
