package mailtest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// The SPF suites are YAML of one shape: documents of "description", "tests" and "zonedata". What follows
// reads that shape and no more, so that the project needs no YAML library for its tests.

// SPFCase is one case of a suite.
type SPFCase struct {
	Name, HELO, Host, MailFrom string
	Results                    []string // any of them is right
}

type spfRecord struct {
	name, kind string
	values     []string
}

// SPFSuite is cases with the zone that they are asked in.
type SPFSuite struct {
	Description string
	Cases       []SPFCase

	zone []spfRecord
}

// yamlLine is a line with its indentation; value lines that follow it more indented are joined to it.
type yamlLine struct {
	indent int
	text   string
}

// ReadSPFSuites reads the suites of a file.
func ReadSPFSuites(text string) []SPFSuite {
	var out []SPFSuite
	for _, doc := range strings.Split(text, "\n---\n") {
		if s := readSPFSuite(joinLines(doc)); len(s.Cases) > 0 {
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

func readSPFSuite(lines []yamlLine) SPFSuite {
	var s SPFSuite
	section, name := "", ""
	for _, l := range lines {
		key, val, _ := strings.Cut(l.text, ":")
		val = strings.TrimSpace(val)
		switch {
		case l.indent == 0 && !strings.HasPrefix(l.text, "- "):
			section = key
			if key == "description" {
				s.Description = val
			}
		case section == "tests" && l.indent == 2:
			s.Cases = append(s.Cases, SPFCase{Name: key})
		case section == "tests" && l.indent >= 4:
			c := &s.Cases[len(s.Cases)-1]
			switch key {
			case "helo":
				c.HELO = yamlValues(val)[0]
			case "host":
				c.Host = yamlValues(val)[0]
			case "mailfrom":
				c.MailFrom = yamlValues(val)[0]
			case "result":
				c.Results = yamlValues(val)
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

// Zone is what the suite is to be asked in. As the suites want it, SPF records are served as TXT where there are no
// TXT records of that name.
func (s SPFSuite) Zone() (*Zone, error) {
	z := &Zone{}
	hasTXT := map[string]bool{}
	for _, r := range s.zone {
		if r.kind == "TXT" {
			hasTXT[r.name] = true
		}
	}
	for _, r := range s.zone {
		switch r.kind {
		case "SPF", "TXT":
			if (r.kind == "TXT" || !hasTXT[r.name]) && strings.Join(r.values, "") != "NONE" && len(r.values) > 0 {
				z.TXT(r.name, strings.Join(r.values, ""))
			}
		case "A", "AAAA":
			a, err := netip.ParseAddr(r.values[0])
			if err != nil {
				return nil, err
			}
			z.Address(r.name, a)
		case "MX":
			pref, err := strconv.ParseUint(r.values[0], 10, 16)
			if err != nil {
				return nil, err
			}
			z.MX(r.name, uint16(pref), r.values[1])
		case "PTR":
			z.PTRName(r.name, r.values[0])
		case "CNAME":
			z.CNAME(r.name, r.values[0])
		case "TIMEOUT", "SERVFAIL":
			z.ServFail(r.name) // a server that fails is as temporary as one that is silent, and quicker
		case "CNAMELOOP":
			z.CNAME(r.name, r.name)
		default:
			return nil, fmt.Errorf("record type %q", r.kind)
		}
	}
	return z, nil
}
