package conversation

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"
)

// csvHead names the columns. Times are whole seconds, and a moment is RFC 3339 in UTC.
var csvHead = []string{"by", "id", "name", "waiting", "waiting_since", "opened", "finalized", "reopened", "received", "sent",
	"first_answers", "first_answer_average", "first_answer_median", "first_answer_p90",
	"resolutions", "resolution_average", "resolution_median", "resolution_p90"}

// WriteCSV writes the numbers as RFC 4180 has it, in UTF-8: a line for the total, each department, each agent and
// each day, told apart by the column "by".
func (n *Numbers) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true // 2.1
	lines := [][]string{csvHead, csvLine("total", n.Total)}
	for _, part := range []struct {
		by   string
		rows []NumbersRow
	}{{"department", n.Departments}, {"agent", n.Agents}, {"day", n.Days}} {
		for _, row := range part.rows {
			lines = append(lines, csvLine(part.by, row))
		}
	}
	return out.WriteAll(lines)
}

func csvLine(by string, r NumbersRow) []string {
	since := ""
	if !r.WaitingSince.IsZero() {
		since = r.WaitingSince.UTC().Format(time.RFC3339)
	}
	line := []string{by, plainCell(r.ID), plainCell(r.Name), strconv.Itoa(r.Waiting), since}
	for _, c := range r.Counts() {
		line = append(line, strconv.Itoa(*c))
	}
	for _, d := range []*Durations{&r.FirstAnswer, &r.Resolution} {
		line = append(line, strconv.Itoa(d.Count))
		for _, took := range []time.Duration{d.Average(), d.About(0.5), d.About(0.9)} {
			if d.Count == 0 {
				line = append(line, "")
				continue
			}
			line = append(line, strconv.Itoa(int(took/time.Second)))
		}
	}
	return line
}

// plainCell is text that no spreadsheet takes for a formula: a name is whatever somebody called himself.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}

// CSVType is the media type of what WriteCSV writes (RFC 4180 3).
const CSVType = "text/csv; charset=utf-8; header=present"

// FileName names the file that the numbers are saved as.
func (n *Numbers) FileName() string {
	return "recado-numbers-" + n.From.Format(time.DateOnly) + "-" + n.To.Format(time.DateOnly) + ".csv"
}
