package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"recado/test/process"
)

// within bounds how long a server may take to start and to stop.
const within = 60 * time.Second

// channelFile is of one department that nothing is held in: no limits, no acknowledgements, since they
// are mails of their own that leave later.
const channelFile = `[server]
hostname = "mx.%[1]s"
data = "data"
[smtp]
listen = "127.0.0.1:0"
max_message = "128MiB"
[inbox]
listen = "127.0.0.1:0"
[monitor]
listen = ""
[relay]
address = "127.0.0.1:9"
security = "none"
[dns]
resolver = %[2]q
[limits]
mails_per_hour = 0
connections = 0
connections_per_address = 0
[[domain]]
name = %[1]q
[[department]]
id = "care"
acknowledge = false
[[channel]]
email = %[3]q
department = "care"
`

// startProduct runs the product in a process of its own, so that what it takes of the processor is known.
func startProduct(ctx context.Context, o options, dir, resolver string, notes io.Writer) (*server, error) {
	_, domain, _ := strings.Cut(o.to, "@")
	p, err := process.Start(ctx, o.binary, dir, fmt.Sprintf(channelFile, domain, resolver, o.to))
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(notes, "the product runs at %s, process %d, in %s\n", p.SMTP, p.PID, dir)
	return &server{name: "recado", addr: p.SMTP, stop: p.Stop, pids: func() ([]int, error) { return []int{p.PID}, nil }}, nil
}
