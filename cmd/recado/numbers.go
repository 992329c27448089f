package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"recado/internal/api"
)

func newNumbers(a *app) *cobra.Command {
	var f api.NumbersFilter
	var asJSON, asCSV bool
	var as string
	c := &cobra.Command{
		Use: "numbers", Short: "Who waits now, and how long answers and resolutions took, by department, agent and day", Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if asJSON && asCSV {
				return usagef("--json and --csv are two forms: choose one")
			}
			return a.ask(c.Context(), reading, as, func(ctx context.Context, client *api.Client) error {
				if asCSV {
					file, err := client.NumbersCSV(ctx, f)
					if err == nil {
						_, err = a.out.Write(file)
					}
					return err
				}
				answer, err := client.Numbers(ctx, f)
				if err != nil {
					return err
				}
				return show(a, asJSON, answer, writeNumbers)
			})
		},
	}
	outputFlags(c, &asJSON)
	c.Flags().BoolVar(&asCSV, "csv", false, "print a file for spreadsheets (RFC 4180), times in seconds")
	asFlag(c, &as)
	c.Flags().StringVar(&f.From, "from", "", "the first day, such as 2026-11-23, of the server's time zone (default: 28 days up to the last)")
	c.Flags().StringVar(&f.To, "to", "", "the last day (default: today)")
	c.Flags().StringVar(&f.Department, "department", "", "of one department")
	c.Flags().StringVar(&f.Agent, "agent", "", "what one agent did")
	return c
}

// writeNumbers sets all out in one table: in all, by department, by agent, by day. Times are medians.
func writeNumbers(w io.Writer, n api.Numbers) error {
	said := max(n.From, n.Since) + " to " + n.To
	if n.Since == "" || n.Since > n.To {
		said += ": nothing was counted on these days"
	}
	if _, err := fmt.Fprintln(w, said); err != nil {
		return err
	}
	t := &table{head: []string{"BY", "", "WAITING", "LONGEST", "OPENED", "FINALIZED", "REOPENED", "RECEIVED", "SENT", "FIRST ANSWER", "RESOLUTION"}}
	row := func(by, name, waiting, longest string, m api.Measures) {
		t.add(by, name, waiting, longest, strconv.Itoa(m.Opened), strconv.Itoa(m.Finalized), strconv.Itoa(m.Reopened), strconv.Itoa(m.Received),
			strconv.Itoa(m.Sent), about(m.FirstAnswer.Median), about(m.Resolution.Median))
	}
	waits := func(by, name string, m api.WaitingMeasures) {
		longest := ""
		if !m.WaitingSince.IsZero() {
			longest = spanOf(time.Since(m.WaitingSince.Time))
		}
		row(by, name, strconv.Itoa(m.Waiting), longest, m.Measures)
	}
	waits("all", "", n.Total)
	for _, d := range n.Departments {
		waits("department", d.Name, d.WaitingMeasures)
	}
	for _, agent := range n.Agents {
		name := agent.Name
		if agent.Agent == "" {
			name = "(nobody)"
		}
		waits("agent", name, agent.WaitingMeasures)
	}
	for _, d := range n.Days {
		row("day", d.Day, "", "", d.Measures)
	}
	return t.write(w)
}

// about is a median that is known to about an eighth.
func about(seconds *int64) string {
	if seconds == nil {
		return ""
	}
	return "~" + spanOf(time.Duration(*seconds)*time.Second)
}

// spanOf is a length of time in its largest unit.
func spanOf(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", max(0, int(d/time.Second)))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1fh", d.Hours())
	}
	return fmt.Sprintf("%.1fd", d.Hours()/24)
}
