package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"

	"recado/internal/api"
)

// table is what people see of a list: aligned columns, no colour. On a terminal the widest column gives
// way so that rows fit; elsewhere nothing is cut.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells ...string) {
	for i := range cells {
		cells[i] = cleanLine(cells[i])
	}
	t.rows = append(t.rows, cells)
}

const gap = "  "

func (t *table) write(w io.Writer) error {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], displayWidth(cell))
		}
	}
	fit(widths, terminalWidth(w))
	var b bytes.Buffer
	for _, row := range append([][]string{t.head}, t.rows...) {
		var line strings.Builder
		for i, cell := range row {
			cell = cut(cell, widths[i])
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[i]-displayWidth(cell)))
			line.WriteString(gap)
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	_, err := w.Write(b.Bytes())
	return err
}

// fit narrows the widest column, again and again, until a row is no wider than total (0: no bound).
func fit(widths []int, total int) {
	const narrowest = 8
	if total <= 0 {
		return
	}
	for {
		sum, widest := len(gap)*(len(widths)-1), 0
		for i, w := range widths {
			sum += w
			if w > widths[widest] {
				widest = i
			}
		}
		if sum <= total || widths[widest] <= narrowest {
			return
		}
		widths[widest]--
	}
}

// terminalWidth is the columns of the terminal that w is, 0 when it is none.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// displayWidth is the columns of a terminal that s takes.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cut shortens s to the columns, with a mark that it did.
func cut(s string, columns int) string {
	if displayWidth(s) <= columns {
		return s
	}
	n := 0
	for i, r := range s {
		if n+runeWidth(r) > columns-1 {
			return s[:i] + "…"
		}
		n += runeWidth(r)
	}
	return s
}

// cleanLine makes a stranger's words fit for one line of a terminal: nothing in them can move the cursor,
// change a setting or turn the reading direction.
func cleanLine(s string) string { return strings.Join(strings.Fields(cleanText(s)), " ") }

// cleanText is cleanLine for text of several lines.
func cleanText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, s)
}

// moment shows a time in the local zone.
func moment(t api.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(time.Local).Format("2006-01-02 15:04")
}

// person shows an address with its name.
func person(a api.Address) string {
	switch {
	case a.Name == "":
		return a.Address
	case a.Address == "":
		return a.Name
	}
	return fmt.Sprintf("%s <%s>", a.Name, a.Address)
}

// printJSON prints the API's document, set out for reading.
func printJSON(w io.Writer, document json.RawMessage) error {
	var b bytes.Buffer
	if err := json.Indent(&b, document, "", "  "); err != nil {
		return fmt.Errorf("print the answer: %w", err)
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// show prints an answer: the document itself with --json, else what human writes of it.
func show[T any](a *app, asJSON bool, answer api.Answer[T], human func(io.Writer, T) error) error {
	if asJSON {
		return printJSON(a.out, answer.JSON)
	}
	return human(a.out, answer.Value)
}

// showList is show for a page of a list. What is not part of the list goes to standard error.
func showList[T any](a *app, asJSON bool, answer api.Answer[api.List[T]], nothing string, head []string, row func(T) []string) error {
	if asJSON {
		return printJSON(a.out, answer.JSON)
	}
	if why := answer.Value.Incomplete; why != "" {
		fmt.Fprintln(a.errs, "Not all may be here: "+cleanLine(why))
	}
	if len(answer.Value.Items) == 0 {
		fmt.Fprintln(a.errs, nothing)
		return nil
	}
	t := &table{head: head}
	for _, item := range answer.Value.Items {
		t.add(row(item)...)
	}
	if err := t.write(a.out); err != nil {
		return err
	}
	if next := answer.Value.Next; next != "" {
		fmt.Fprintln(a.errs, "There are more: --cursor "+cleanLine(next))
	}
	return nil
}
