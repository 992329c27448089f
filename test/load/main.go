// Command load measures how many mails a second the product accepts, each checked (SPF, DKIM, DMARC),
// parsed, judged and durable before its 250, and how that compares with Postfix on the same machine in
// the same minutes. docs/load.md tells how to read its table.
//
//	go run ./test/load                        # builds and starts the product, 1, 20 and 100 connections
//	go run ./test/load --postfix              # Postfix's smtpd beside it, round by round (as root)
//	go run ./test/load --server 127.0.0.1:25  # one that runs already, with the flags --to and --dns
//
// # How a run goes
//
//	options.go    the flags; nothing but loopback addresses is ever connected to
//	mails.go      a pool of distinct signed mails, made before the clock runs
//	product.go    the server of its own: channel file, DNS zone, a process of its own
//	postfix.go    an instance of Postfix of its own, which puts every mail into its hold queue
//	round.go      connections that send for a while, or so many mails; the servers take turns
//	client.go     the dialogue (RFC 5321), waiting for each reply or pipelined (RFC 2920)
//	processor.go  what a server's processes took of the processor (Linux)
//	table.go      medians, percentiles, ratios
//
// Every mail sent is another: its Message-ID is written when it is sent, which is why the signature
// leaves that field out. Whatever is answered otherwise than 250 ends the run, since a figure with
// refusals in it would tell nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"recado/internal/mailtest"
	"recado/test/process"
)

func main() { process.Main("load", run) }

// server is one that is measured.
type server struct {
	name string
	addr string // host:port of its SMTP
	// pids are its processes, the first of which is the parent of the others; nil where they are not known.
	pids func() ([]int, error)
	stop func() error
}

// run is the whole command: it prepares, measures and prints the table to out; progress goes to notes.
func run(ctx context.Context, args []string, out, notes io.Writer) (err error) {
	o, err := parseOptions(args, notes)
	if err != nil {
		return err
	}
	pool, zone, err := makeMails(ctx, o, notes)
	if err != nil {
		return fmt.Errorf("make the mails: %w", err)
	}
	dns, err := mailtest.ServeDNS(o.dns, zone)
	if err != nil {
		return err
	}
	defer dns.Close()
	dir, err := os.MkdirTemp(o.dir, "recado-load-")
	if err != nil {
		return fmt.Errorf("make a folder for the servers: %w", err)
	}
	defer os.RemoveAll(dir)
	servers, err := startServers(ctx, o, dir, dns.Addr(), notes)
	defer func() {
		for _, s := range servers {
			err = errors.Join(err, s.stop())
		}
	}()
	if err != nil {
		return err
	}
	results, err := measure(ctx, o, servers, pool, notes)
	if err != nil {
		return err
	}
	return writeTable(out, o, servers, results)
}

// startServers starts what is to be measured. What was started is returned with an error too.
func startServers(ctx context.Context, o options, dir, resolver string, notes io.Writer) ([]*server, error) {
	var servers []*server
	if o.server != "" {
		fmt.Fprintf(notes, "measuring %s; its [dns] resolver must be %q for the mails to verify\n", o.server, resolver)
		servers = append(servers, &server{name: "recado", addr: o.server, stop: func() error { return nil }})
	} else {
		s, err := startProduct(ctx, o, dir, resolver, notes)
		if err != nil {
			return nil, fmt.Errorf("start the product: %w", err)
		}
		servers = append(servers, s)
	}
	if o.postfix {
		s, err := startPostfix(ctx, o, dir)
		if err != nil {
			return servers, fmt.Errorf("start Postfix: %w", err)
		}
		servers = append(servers, s)
	}
	return servers, nil
}
