// Command seed fills a data folder with a house that has worked for a year: departments, channels, agents,
// customers and their protocols, as many as are asked for, so that lists, searches and backups can be tried
// and measured on something large (docs/load.md).
//
//	house.go    who we are: the channel file and the same as the domain sees it
//	people.go   customers
//	words.go    what they and the agents write, in three languages
//	mails.go    raw mails
//	plan.go     what happens when: every step of every protocol, made from one seed
//	batch.go    a store whose clock is the plan's and whose commits hold thousands of steps
//	play.go     carries the steps out through conversation.Manager
//
// Everything goes through the domain, as mail and agents would do it: what is in the folder afterwards is what
// the product itself wrote. Only its clock runs faster, and nothing is synced before the end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"recado/test/process"
)

func main() { process.Main("seed", run) }

// options are the flags.
type options struct {
	data      string
	protocols int
	messages  int
	open      int
	held      int
	seed      uint64
	until     time.Time
	password  string
}

func parseOptions(args []string, usage io.Writer) (options, error) {
	o := options{until: time.Now().UTC().Truncate(time.Minute)}
	f := flag.NewFlagSet("seed", flag.ContinueOnError)
	f.SetOutput(usage)
	f.StringVar(&o.data, "data", "", "the data folder to make; the channel file is put in it")
	f.IntVar(&o.protocols, "protocols", 100_000, "how many protocols")
	f.IntVar(&o.messages, "messages", 0, "how many messages, in and out (default 5 a protocol)")
	f.IntVar(&o.open, "open", 0, "how many of the protocols are open, about (default a tenth)")
	f.IntVar(&o.held, "held", 300, "how many mails are held")
	f.Uint64Var(&o.seed, "seed", 1, "the same number makes the same house, but for ids and keys, which are chance")
	f.Func("until", "the day that it is in the house, as 2026-11-26 (default now)", func(s string) error {
		t, err := time.Parse(time.DateOnly, s)
		o.until = t.Add(18 * time.Hour)
		return err
	})
	f.StringVar(&o.password, "password", "", "of every agent (default: one is made and printed)")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag", f.Arg(0))
	}
	if o.messages == 0 {
		o.messages = 5 * o.protocols
	}
	if o.open == 0 {
		o.open = o.protocols / 10
	}
	return o, o.check()
}

func (o *options) check() error {
	switch {
	case o.data == "":
		return errors.New("--data is missing: name the folder to make")
	case o.protocols < 1 || o.protocols > 10_000_000:
		return errors.New("--protocols is from 1 to 10000000")
	case o.messages < o.protocols || o.messages > 100*o.protocols:
		return errors.New("--messages is from 1 to 100 a protocol")
	case o.open < 0 || o.open > o.protocols/2:
		return errors.New("--open is at most half of the protocols")
	case o.held < 0 || o.held > 100_000:
		return errors.New("--held is from 0 to 100000")
	}
	entries, err := os.ReadDir(o.data)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: name a folder that is new, this is for nothing that is kept", o.data)
	}
	return nil
}

func run(ctx context.Context, args []string, out, notes io.Writer) (err error) {
	o, err := parseOptions(args, notes)
	if err != nil {
		return err
	}
	begun := time.Now()
	h, err := newHouse(o)
	if err != nil {
		return err
	}
	p, err := open(h, o, notes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.play(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d protocols with %d messages, %d mails held, in %s\n", o.protocols, o.messages, o.held, time.Since(begun).Round(time.Second))
	fmt.Fprintf(out, "recado serve --config %s\n", filepath.Join(o.data, channelFile))
	fmt.Fprintf(out, "log in as %s (admin) or any other of its agents, password %s\n", h.agents[0].email, h.password)
	return nil
}
