package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// writeTable prints a line for each number of connections and server.
func writeTable(w io.Writer, o options, servers []*server, results []result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "connections\tserver\tmails\tmails/s\tp50 ms\tp99 ms\tCPU ms/mail\tratio\t")
	for _, connections := range o.connections {
		for i, s := range servers {
			line := ofServer(results, connections, i)
			rates := make([]float64, len(line))
			var waits []time.Duration
			for k, r := range line {
				rates[k] = r.rate()
				waits = append(waits, r.waits...)
			}
			slices.Sort(waits)
			ratio := "-"
			if i > 0 {
				ratio = "1"
			} else if len(servers) > 1 {
				ratio = fmt.Sprintf("%.2f", median(ratios(line, ofServer(results, connections, 1))))
			}
			fmt.Fprintf(t, "%d\t%s\t%d\t%.0f\t%s\t%s\t%s\t%s\t\n", connections, s.name, len(waits), median(rates),
				milliseconds(percentile(waits, 50)), milliseconds(percentile(waits, 99)), perMail(line, len(waits)), ratio)
		}
	}
	return t.Flush()
}

// ofServer are the rounds of a server with so many connections, in their order.
func ofServer(all []result, connections, server int) []result {
	var out []result
	for _, r := range all {
		if r.connections == connections && r.server == server {
			out = append(out, r)
		}
	}
	return out
}

// ratios compares the rounds that ran one after the other.
func ratios(of, to []result) []float64 {
	out := make([]float64, min(len(of), len(to)))
	for i := range out {
		out[i] = of[i].rate() / to[i].rate()
	}
	return out
}

// perMail is what the server took of the processor for each mail.
func perMail(rounds []result, mails int) string {
	var sum time.Duration
	for _, r := range rounds {
		if r.processor < 0 {
			return "-"
		}
		sum += r.processor
	}
	return milliseconds(sum / time.Duration(mails))
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1000) }

// median of at least one figure.
func median(list []float64) float64 {
	s := slices.Sorted(slices.Values(list))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}

// percentile of figures in order, by nearest rank.
func percentile(sorted []time.Duration, p int) time.Duration {
	i := (len(sorted)*p + 99) / 100
	return sorted[max(i, 1)-1]
}
