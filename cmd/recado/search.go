package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"recado/internal/api"
)

func newSearch(a *app) *cobra.Command {
	return noun("search", "The index that protocol list --q searches in", searchShow(a), searchRebuild(a))
}

func searchShow(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "show", Short: "Tell whether the index is complete", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.ask(c.Context(), reading, "", func(ctx context.Context, client *api.Client) error {
				answer, err := client.SearchIndex(ctx)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, writeSearchIndex)
			})
		},
	}
	outputFlags(c, &asJSON)
	return c
}

func writeSearchIndex(w io.Writer, x api.SearchIndex) error {
	text := "The search index is complete."
	if x.Building {
		text = fmt.Sprintf("The search index is being built: %d %%, %d protocols.", x.Percent, x.Protocols)
	}
	if x.Problem != "" {
		text += "\nIt does not go on, and is tried again; mail goes on: " + cleanLine(x.Problem)
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// lookAgain is how often the index is asked how far it is.
const lookAgain = 200 * time.Millisecond

func searchRebuild(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "rebuild", Short: "Throw the index away and make it anew; ends when it is complete", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.ask(c.Context(), changing, "", func(ctx context.Context, client *api.Client) error {
				if _, err := client.RebuildSearch(ctx); err != nil {
					return err
				}
				return a.watchSearch(ctx, client)
			})
		},
	}
}

// watchSearch waits until the index is complete, and shows a terminal how far it is.
func (a *app) watchSearch(ctx context.Context, client *api.Client) error {
	f, ok := a.errs.(interface{ Fd() uintptr })
	terminal := ok && term.IsTerminal(int(f.Fd()))
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for {
		answer, err := client.SearchIndex(ctx)
		if err != nil {
			return err
		}
		if terminal {
			fmt.Fprintf(a.errs, "\r%3d %% ", answer.Value.Percent)
		}
		if terminal && (!answer.Value.Building || answer.Value.Problem != "") {
			fmt.Fprintln(a.errs)
		}
		if why := answer.Value.Problem; why != "" {
			return fmt.Errorf("the search index does not go on, and is tried again: %s", why)
		}
		if !answer.Value.Building {
			return writeSearchIndex(a.out, answer.Value)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
}
