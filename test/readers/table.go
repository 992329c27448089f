package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"
)

// figures are what one reader made of one corpus.
type figures struct {
	mails       int
	read        int // without an error
	text        int // with something to read in it
	valid       int // read, and all of subject, text and names is valid UTF-8
	attachments int // of all mails
	octets      int64
	took        time.Duration // the quickest round
	allocated   uint64        // octets, of that round
}

// measure reads every mail, round by round.
func measure(read func([]byte) (reading, error), mails [][]byte, rounds int) figures {
	var f figures
	for i := range rounds {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		now := figures{mails: len(mails)}
		for _, raw := range mails {
			got, err := read(raw)
			now.count(got, err)
		}
		now.took = time.Since(start)
		runtime.ReadMemStats(&after)
		now.allocated = after.TotalAlloc - before.TotalAlloc
		if i == 0 || now.took < f.took {
			f = now
		}
	}
	return f
}

func (f *figures) count(got reading, err error) {
	if err == nil {
		f.read++
	}
	if strings.TrimSpace(got.text) != "" {
		f.text++
	}
	if err == nil && utf8.ValidString(got.subject+got.text+strings.Join(got.names, "")) {
		f.valid++
	}
	f.attachments += len(got.names)
	f.octets += got.octets
}

// table is what is printed.
type table struct{ rows []string }

func newTable() *table {
	return &table{rows: []string{
		"| corpus | mails | reader | without error | with text | valid UTF-8 | attachments | their octets | ms | MB allocated |",
		"|---|--:|---|--:|--:|--:|--:|--:|--:|--:|",
	}}
}

func (t *table) add(corpus, reader string, f figures) {
	t.rows = append(t.rows, fmt.Sprintf("| %s | %d | %s | %d | %d | %d | %d | %d | %.1f | %.1f |",
		corpus, f.mails, reader, f.read, f.text, f.valid, f.attachments, f.octets, float64(f.took.Microseconds())/1000, float64(f.allocated)/1e6))
}

func (t *table) String() string { return strings.Join(t.rows, "\n") + "\n" }
