package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// writeTable prints a line for each page.
func writeTable(w io.Writer, figures []figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "page\tp50 ms\tp95 ms\tHTML KB\tsent KB\tfirst visit KB\t")
	for _, f := range figures {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t\n", f.page.name, milliseconds(percentile(f.waits, 50)), milliseconds(percentile(f.waits, 95)),
			kilobytes(f.size), kilobytes(f.sent), kilobytes(f.first))
	}
	return t.Flush()
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1000) }

func kilobytes(n int) string { return fmt.Sprintf("%.1f", float64(n)/1000) }

// percentile of figures in order, by nearest rank.
func percentile(sorted []time.Duration, p int) time.Duration {
	i := (len(sorted)*p + 99) / 100
	return sorted[max(i, 1)-1]
}
