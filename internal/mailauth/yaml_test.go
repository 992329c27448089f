package mailauth

import (
	"strconv"
	"strings"
	"testing"
)

// The SPF suites are YAML of one shape: documents of "description", "tests" and "zonedata". What follows
// reads that shape and no more, so that the project needs no YAML library for its tests.

type spfCase struct {
	name, helo, host, mailFrom string
	results                    []string
}

type spfRecord struct {
	name, kind string
	values     []string
}

type spfSuite struct {
	description string
	cases       []spfCase
	zone        []spfRecord
}

// yamlLine is a line with its indentation; value lines that follow it more indented are joined to it.
type yamlLine struct {
	indent int
	text   string
}

func readSPFSuites(t *testing.T, text string) []spfSuite {
	t.Helper()
	var out []spfSuite
	for _, doc := range strings.Split(text, "\n---\n") {
		if s := readSPFSuite(joinLines(doc)); len(s.cases) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// joinLines drops comments and block scalars (descriptions, nothing else) and joins continued lines.
func joinLines(doc string) []yamlLine {
	var out []yamlLine
	block := -1 // indentation of the key whose block scalar is being skipped
	for _, raw := range strings.Split(doc, "\n") {
		text := strings.TrimSpace(raw)
		indent := len(raw) - len(strings.TrimLeft(raw, " "))
		if block >= 0 && (text == "" || indent > block) {
			continue
		}
		block = -1
		if text == "" || text[0] == '#' {
			continue
		}
		for _, mark := range []string{": |", ": >", ": |-", ": >-"} {
			if strings.HasSuffix(text, mark) {
				block = indent
			}
		}
		if n := len(out); n > 0 && indent > out[n-1].indent && !isYAMLEntry(text) && !strings.HasSuffix(out[n-1].text, ":") {
			out[n-1].text += " " + text
			continue
		}
		out = append(out, yamlLine{indent, text})
	}
	return out
}

func isYAMLEntry(text string) bool {
	if strings.HasPrefix(text, "- ") {
		return true
	}
	key, _, ok := strings.Cut(text, ": ")
	return (ok && !strings.Contains(key, " ")) || (strings.HasSuffix(text, ":") && !strings.Contains(text, " ")) ||
		(strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `":`))
}

func readSPFSuite(lines []yamlLine) spfSuite {
	var s spfSuite
	section, name := "", ""
	for _, l := range lines {
		key, val, _ := strings.Cut(l.text, ":")
		val = strings.TrimSpace(val)
		switch {
		case l.indent == 0 && !strings.HasPrefix(l.text, "- "):
			section = key
			if key == "description" {
				s.description = val
			}
		case section == "tests" && l.indent == 2:
			s.cases = append(s.cases, spfCase{name: key})
		case section == "tests" && l.indent >= 4:
			c := &s.cases[len(s.cases)-1]
			switch key {
			case "helo":
				c.helo = yamlValues(val)[0]
			case "host":
				c.host = yamlValues(val)[0]
			case "mailfrom":
				c.mailFrom = yamlValues(val)[0]
			case "result":
				c.results = yamlValues(val)
			}
		case section == "zonedata" && strings.HasPrefix(l.text, "- "):
			kind, val, _ := strings.Cut(l.text[2:], ":")
			s.zone = append(s.zone, spfRecord{name, kind, yamlValues(strings.TrimSpace(val))})
		case section == "zonedata" && l.indent == 2:
			name = yamlValues(strings.TrimSuffix(strings.TrimSpace(l.text), ":"))[0]
		}
	}
	return s
}

// yamlValues reads a scalar or a list in brackets.
func yamlValues(s string) []string {
	if !strings.HasPrefix(s, "[") {
		return []string{yamlScalar(s)}
	}
	out := []string{}
	for _, v := range strings.Split(strings.Trim(s, "[]"), ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, yamlScalar(v))
		}
	}
	return out
}

func yamlScalar(s string) string {
	switch {
	case strings.HasPrefix(s, `"`):
		if v, err := strconv.Unquote(strings.ReplaceAll(s, `\0"`, `\x00"`)); err == nil {
			return v
		}
	case strings.HasPrefix(s, "'"):
		return strings.ReplaceAll(strings.Trim(s, "'"), "''", "'")
	}
	return s
}
