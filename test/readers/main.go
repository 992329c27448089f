// Command readers compares how mail is read: by internal/message, by go-message alone, and by enmime,
// on the same sample mails. It prints a table in Markdown, which docs/readers.md shows and explains.
//
//	RECADO_CORPORA=../shared/corpora go run ./test/readers
//
//	readers.go    the three readers, each told to give all that it can
//	table.go      what is counted, and how it is printed
//
// enmime is a dependency of this program alone.
package main

import (
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "readers:", err)
		os.Exit(1)
	}
}

// corpora are the folders that hold mails, and that a table of its own tells of.
var corpora = []string{"mime/enmime", "mime/python-email", "mime/mime4j", "real", "quotes", "bounces"}

func run(args []string, out io.Writer) error {
	dir := os.Getenv("RECADO_CORPORA")
	if dir == "" {
		dir = filepath.Join("..", "shared", "corpora")
	}
	flags := flag.NewFlagSet("readers", flag.ContinueOnError)
	flags.StringVar(&dir, "corpora", dir, "folder of the sample mails")
	rounds := flags.Int("rounds", 3, "how often each corpus is read; the quickest round is told")
	if err := flags.Parse(args); err != nil {
		return err
	}
	table := newTable()
	for _, corpus := range corpora {
		mails, err := load(filepath.Join(dir, filepath.FromSlash(corpus)))
		if err != nil {
			return fmt.Errorf("load %s: %w", corpus, err)
		}
		if len(mails) == 0 {
			return fmt.Errorf("no mails in %s of %s", corpus, dir)
		}
		for _, r := range readers {
			table.add(corpus, r.name, measure(r.read, mails, max(*rounds, 1)))
		}
	}
	_, err := io.WriteString(out, table.String())
	return err
}

// load reads every mail of a folder; files that state what is expected are no mails.
func load(folder string) (mails [][]byte, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isMail(path) {
			return err
		}
		raw, err := os.ReadFile(path)
		mails = append(mails, raw)
		return err
	})
	return mails, err
}

func isMail(path string) bool {
	switch filepath.Ext(path) {
	case ".json", ".xml", ".out", ".bin", ".png", ".gif", ".jpg", ".webp":
		return false
	}
	base := filepath.Base(path)
	return !strings.Contains(path, "_decoded") && !strings.HasPrefix(base, "LICENSE") && !strings.HasPrefix(base, "NOTICE")
}
