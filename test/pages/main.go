// Command pages measures how fast the inbox's pages come and how heavy they are, over HTTP, as a browser of an
// agent asks for them, on a data folder that test/seed filled (docs/load.md).
//
//	main.go     flags, and the product in a process of its own
//	browser.go  an agent's browser: log-in, pages, the links in them
//	find.go     which pages: every list, its far pages, protocols of 5 and of 200 messages
//	table.go    the figures
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"recado/test/process"
)

func main() { process.Main("pages", run) }

// options are the flags.
type options struct {
	data     string
	agent    string
	password string
	times    int
	deep     int
	binary   string
}

func parseOptions(args []string, usage io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("pages", flag.ContinueOnError)
	f.SetOutput(usage)
	f.StringVar(&o.data, "data", "", "the data folder, as test/seed made it")
	f.StringVar(&o.agent, "agent", "ana@tienda.example", "who looks at the pages")
	f.StringVar(&o.password, "password", "", "the agent's")
	f.IntVar(&o.times, "times", 50, "how often each page is asked for")
	f.IntVar(&o.deep, "deep", 40, "how many pages down a list's far page is")
	f.StringVar(&o.binary, "binary", "", "the product's binary (default: it is built)")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is no flag", f.Arg(0))
	case o.data == "" || o.password == "":
		return o, errors.New("--data and --password are needed: go run ./test/seed --data DIR makes the one and prints the other")
	case o.times < 1 || o.deep < 1:
		return o, errors.New("counts are above zero")
	}
	return o, nil
}

func run(ctx context.Context, args []string, out, notes io.Writer) (err error) {
	o, err := parseOptions(args, notes)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "recado-pages-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file, err := channelFile(o.data)
	if err != nil {
		return err
	}
	p, err := process.Start(ctx, o.binary, dir, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	b, err := logIn(ctx, "http://"+p.Inbox, o)
	if err != nil {
		return err
	}
	pages, err := b.find(ctx, o)
	if err != nil {
		return err
	}
	figures := make([]figure, 0, len(pages))
	for _, page := range pages {
		f, err := b.measure(ctx, page, o.times)
		if err != nil {
			return err
		}
		figures = append(figures, f)
	}
	return writeTable(out, figures)
}

// channelFile is the seeded one with free ports in place of its own, for a file in another folder.
func channelFile(data string) (string, error) {
	text, err := os.ReadFile(filepath.Join(data, "recado.toml"))
	if err != nil {
		return "", err
	}
	if data, err = filepath.Abs(data); err != nil {
		return "", err
	}
	return strings.NewReplacer(`data = "."`, fmt.Sprintf("data = %q", data),
		`"127.0.0.1:2525"`, `"127.0.0.1:0"`, `"127.0.0.1:8080"`, `"127.0.0.1:0"`).Replace(string(text)), nil
}
